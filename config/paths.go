package config

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"runtime"
	"strings"
)

// findPaths computes the folders from the environment alone: below WEFT_HOME,
// or else by the XDG base directory specification, on every system (and below
// %LocalAppData% on Windows). from says which rule applied.
func findPaths(env map[string]string, weftHome, dir string) (p Paths, from string, ok bool) {
	home := env["HOME"]
	if home == "" {
		home = env["USERPROFILE"]
	}
	if weftHome != "" {
		h := absolute(weftHome, home, dir)
		return Paths{Home: h, Config: h, State: filepath.Join(h, "state"), Data: filepath.Join(h, "data")}, "WEFT_HOME", true
	}
	local := env["LOCALAPPDATA"]
	base := func(name string, below ...string) string {
		// The specification says that a relative path is to be ignored.
		if v := env[name]; filepath.IsAbs(v) {
			from = "environment " + name
			return filepath.Join(v, "weft")
		}
		if runtime.GOOS == "windows" && local != "" {
			return filepath.Join(append([]string{local, "weft"}, below[len(below)-1])...)
		}
		if home == "" {
			return ""
		}
		return filepath.Join(append(append([]string{home}, below...), "weft")...)
	}
	from = "default"
	p.Config = base("XDG_CONFIG_HOME", ".config")
	p.State = base("XDG_STATE_HOME", ".local", "state")
	p.Data = base("XDG_DATA_HOME", ".local", "share")
	return p, from, p.Config != "" && p.State != "" && p.Data != ""
}

// absolute resolves a path against the working folder; ~/ is the home folder,
// because a .env and a --flag=~/x are not expanded by the shell.
func absolute(path, home, dir string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok && home != "" {
		path = filepath.Join(home, rest)
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	return filepath.Clean(path)
}

// StoreID names the store and bucket in a way that is safe as a file name and
// stable across restarts: workers, queues and locks are kept per StoreID.
func (c *Config) StoreID() string {
	// The embedded store answers on another port each time: its folder is what lasts.
	where := "aws"
	switch {
	case c.Local != "":
		where = "local " + filepath.Clean(c.Local)
	case c.Endpoint != "":
		where = "endpoint " + strings.ToLower(strings.TrimSuffix(c.Endpoint, "/"))
	}
	sum := sha256.Sum256([]byte(where + "\x00" + c.Bucket))
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return '-'
	}, c.Bucket)
	return name[:min(len(name), 40)] + "-" + hex.EncodeToString(sum[:6])
}

// StateDir is the folder of this store's queue, locks and logs.
func (c *Config) StateDir() string { return filepath.Join(c.Paths.State, c.StoreID()) }
