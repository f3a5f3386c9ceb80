package main

import (
	"cmp"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"weft/config"
	"weft/tui"
)

// maxRecent is how many buckets are remembered.
const maxRecent = 12

// visited is a bucket that was opened, and how: by which of weft's flags. It
// holds no keys.
type visited struct {
	Bucket   string            `json:"bucket"`
	Start    string            `json:"start,omitempty"`
	Settings map[string]string `json:"settings,omitempty"`
	Alone    bool              `json:"alone,omitempty"` // nothing but the settings said where it is
	At       time.Time         `json:"at"`
}

func recentPath(cfg *config.Config) string { return filepath.Join(cfg.Paths.State, "recent.json") }

// readRecent reads what is remembered, newest first. A file that cannot be read
// is forgotten.
func readRecent(cfg *config.Config) []visited {
	data, err := os.ReadFile(recentPath(cfg))
	var all []visited
	if err != nil || json.Unmarshal(data, &all) != nil {
		return nil
	}
	return all
}

// visitOf is how the store of an app was opened.
func visitOf(a *app, start string) visited {
	v := visited{Bucket: a.cfg.Bucket, Start: start, Settings: map[string]string{}, Alone: a.fresh, At: time.Now().UTC().Truncate(time.Second)}
	for _, name := range storeFlags {
		if value, ok := a.flags[name]; ok && name != "bucket" {
			v.Settings[name] = value
		}
	}
	if a.cfg.Local != "" {
		v.Settings = map[string]string{"local": a.cfg.Local}
	}
	return v
}

func (v visited) same(w visited) bool {
	return v.Bucket == w.Bucket && maps.Equal(v.Settings, w.Settings)
}

// remember puts a store first among those opened last. What cannot be written is
// not remembered: that stops nothing.
func (d *desk) remember(a *app, start string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v := visitOf(a, start)
	all := slices.DeleteFunc(readRecent(a.cfg), v.same)
	all = append([]visited{v}, all...)
	data, err := json.MarshalIndent(all[:min(len(all), maxRecent)], "", " ")
	if err != nil {
		return
	}
	// Under a name of its own first: another interface may read it just now.
	f, err := os.CreateTemp(a.cfg.Paths.State, ".recent-*")
	if err != nil {
		return
	}
	_, err = f.Write(data)
	if cerr := f.Close(); err != nil || cerr != nil || os.Rename(f.Name(), recentPath(a.cfg)) != nil {
		_ = os.Remove(f.Name())
	}
}

// recent are the stores opened last but the one that is open.
func recent(a *app) []tui.Store {
	here := visitOf(a, "")
	var out []tui.Store
	for _, v := range readRecent(a.cfg) {
		if v.same(here) || config.CheckBucket(v.Bucket) != nil {
			continue
		}
		if v.Settings == nil {
			v.Settings = map[string]string{}
		}
		where := cmp.Or(v.Settings["profile"], strings.TrimPrefix(strings.TrimPrefix(v.Settings["endpoint"], "https://"), "http://"))
		if v.Settings["local"] != "" {
			where = "embedded store"
		}
		out = append(out, tui.Store{Bucket: v.Bucket, Start: v.Start, Settings: v.Settings, Alone: v.Alone, About: where})
	}
	return out
}
