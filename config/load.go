package config

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Sources are the places Load reads, lowest precedence first after the defaults.
type Sources struct {
	File    string            // config.toml; empty: the default place, where a missing file is fine
	EnvFile string            // --env-file; empty: .env in Dir, where a missing file is fine
	Environ []string          // as os.Environ
	Flags   map[string]string // flag name without dashes to value, only flags that were given
	Dir     string            // working folder

	NoBucket bool // a store is enough: no bucket need be named
	Fresh    bool // what is said of buckets, stores and credentials elsewhere than in Flags does not count

	Earlier *Config // of this process, whose bandwidth is shared as long as the limit is the same; may be nil
}

// DefaultBucket is the bucket of an embedded store that names none.
const DefaultBucket = "fabric-storage-bucket"

// layer is a place settings come from; a higher one wins.
type layer int

const (
	fromFile layer = iota
	fromEnvFile
	fromEnviron
	fromFlags
	layers
)

// given is a value somebody set, and where.
type given struct {
	value string
	place string
}

// loader gathers what each layer gives before the winners are applied.
type loader struct {
	c        *Config
	from     Sources
	layers   [layers]map[string]given
	problems Problems
}

// Load reads and checks the configuration. The error, if any, is a Problems
// that lists everything wrong at once.
func Load(ctx context.Context, from Sources) (*Config, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l := &loader{from: from, c: &Config{
		PathStyle: "auto", Checksums: "auto", Theme: "auto",
		Folders: defaultFolders,
		Setup:   Setup{AbortUploads: 7, ExpireVersions: 90, CoolUploads: 90},
		Limits:  Limits{Pixels: 50_000_000, Bytes: 64 << 20, Memory: 768 << 20},
		Link:    time.Hour, Preview: true,
		Keys: map[string][]string{},
	}}
	for i := range l.layers {
		l.layers[i] = map[string]given{}
	}
	env := environ(from.Environ)
	l.readEnvFile()
	l.readEnviron(env)
	l.readFlags()
	l.findPaths(env)
	if l.from.File != "" || l.c.Paths.Config != "" {
		l.readFile(cmp.Or(from.File, filepath.Join(l.c.Paths.Config, "config.toml")), from.File != "")
	}
	if from.Fresh {
		l.freshen()
	}
	l.findStore(env)
	l.apply()
	l.checkTogether()
	l.c.share(from.Earlier)
	if len(l.problems) > 0 {
		slices.SortStableFunc(l.problems, func(a, b Problem) int {
			al, an := a.order()
			bl, bn := b.order()
			return cmp.Or(cmp.Compare(al, bl), cmp.Compare(an, bn))
		})
		return nil, l.problems
	}
	return l.c, nil
}

func (l *loader) problem(place, format string, args ...any) {
	l.problems = append(l.problems, Problem{place, fmt.Sprintf(format, args...)})
}

func (l *loader) warn(format string, args ...any) {
	l.c.Warnings = append(l.c.Warnings, fmt.Sprintf(format, args...))
}

func (l *loader) give(from layer, name string, g given) { l.layers[from][name] = g }

// pick is the value that wins among the layers, strongest first.
func (l *loader) pick(name string) (given, layer, bool) {
	for i := layers - 1; i >= 0; i-- {
		if g, ok := l.layers[i][name]; ok {
			return g, i, true
		}
	}
	return given{}, 0, false
}

// drop forgets a setting in the layers below and including top.
func (l *loader) drop(name string, top layer) {
	for i := layer(0); i <= top; i++ {
		delete(l.layers[i], name)
	}
}

func (l *loader) readFlags() {
	for name, v := range l.from.Flags {
		place := "flag --" + name
		i := slices.IndexFunc(options, func(o option) bool { return o.flag == name })
		setting := name
		if i >= 0 {
			setting = options[i].name
		}
		switch {
		case name == "env-file":
			continue
		case name != "local" && i < 0:
			l.problem(place, "is not a setting")
		case v == "":
			l.problem(place, "is empty")
		default:
			l.give(fromFlags, setting, given{v, place})
		}
	}
}

// apply sets the winners, in the order of the table, and notes where each came from.
func (l *loader) apply() {
	extra := slices.SortedFunc(slices.Values(l.c.Settings), func(a, b Setting) int { return cmp.Compare(a.Name, b.Name) })
	l.c.Settings = nil
	for _, o := range options {
		g, _, ok := l.pick(o.name)
		source := "default"
		if ok {
			source = g.place
			if err := o.set(l.c, g.value); err != nil {
				l.problem(g.place, "%s: %v", o.name, err)
			}
		}
		l.c.Settings = append(l.c.Settings, Setting{o.name, o.show(l.c), source})
	}
	l.c.Settings = append(l.c.Settings, extra...)
	l.applyCredentials()
}

// place is where a setting came from.
func (l *loader) place(name string) string {
	g, _, ok := l.pick(name)
	if !ok {
		return "default"
	}
	return g.place
}

// checkTogether checks what one setting alone cannot tell.
func (l *loader) checkTogether() {
	c := l.c
	if _, _, ok := l.pick("region"); ok && c.Local == "" {
		if err := checkRegion(c); err != nil {
			l.problem(l.place("region"), "region: %v", err)
		}
	}
	if plainHTTP(c.Endpoint) {
		l.warn("endpoint %s (%s) is plain http: keys are not sent, but everybody on the way can read and change the objects; use https", c.Endpoint, l.place("endpoint"))
	}
	for i, a := range c.Folders {
		for _, b := range c.Folders[:i] {
			if strings.HasPrefix(a.Prefix, b.Prefix) || strings.HasPrefix(b.Prefix, a.Prefix) {
				name := "folders." + string(a.Role)
				other := "folders." + string(b.Role)
				place := l.place(name)
				if place == "default" {
					name, other, place, a, b = other, name, l.place(other), b, a
				}
				l.problem(place, "%s: %q is the same as, inside or around %s (%q): each folder needs a place of its own", name, a.Prefix, other, b.Prefix)
			}
		}
	}
}

// findPaths finds the folders of this machine; WEFT_HOME may also stand in .env.
func (l *loader) findPaths(env map[string]string) {
	home, _, _ := l.pick("WEFT_HOME")
	p, from, ok := findPaths(env, home.value, l.from.Dir)
	if !ok {
		l.problem("environment HOME", "is not set, so there is no place for settings and state: set HOME or WEFT_HOME")
		return
	}
	if home.place != "" {
		from = home.place
	}
	l.c.Paths = p
	l.c.Settings = append(l.c.Settings,
		Setting{"paths.config", p.Config, from}, Setting{"paths.data", p.Data, from}, Setting{"paths.state", p.State, from})
}
