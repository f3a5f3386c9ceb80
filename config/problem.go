package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/agext/levenshtein"
)

// Problem is one thing wrong with the configuration.
type Problem struct {
	Place string // "config.toml:12", ".env:3", "environment AWS_REGION", "flag --endpoint"
	Text  string // what is wrong and what to write instead
}

// order sorts problems by where they are: config.toml, .env, environment, flags.
func (p Problem) order() (layer, line int) {
	if name, n, ok := strings.Cut(p.Place, ":"); ok {
		line, _ = strconv.Atoi(n)
		p.Place = name
	}
	switch {
	case strings.HasPrefix(p.Place, "flag "):
		return 3, line
	case strings.HasPrefix(p.Place, "environment "):
		return 2, line
	case strings.HasSuffix(p.Place, ".toml"):
		return 0, line
	}
	return 1, line
}

// Problems is everything wrong with the configuration at once, in the order of
// the places: config.toml, .env, environment, flags.
type Problems []Problem

// Error has one line per problem.
func (p Problems) Error() string {
	if len(p) == 1 {
		return "configuration: " + p[0].Place + ": " + p[0].Text
	}
	var b strings.Builder
	fmt.Fprintf(&b, "configuration: %d problems", len(p))
	for _, x := range p {
		b.WriteString("\n  " + x.Place + ": " + x.Text)
	}
	return b.String()
}

// nearest is the known name most like name, or "" if none is alike.
func nearest(name string, known []string) string {
	best, score := "", 0.0
	for _, k := range known {
		s := levenshtein.Similarity(strings.ToLower(name), strings.ToLower(k), nil)
		if s > score {
			best, score = k, s
		}
	}
	if score < 0.5 {
		return ""
	}
	return best
}

// didYouMean is the hint for an unknown name.
func didYouMean(name string, known []string) string {
	if n := nearest(name, known); n != "" {
		return fmt.Sprintf("; did you mean %q?", n)
	}
	return "; known are " + strings.Join(known, ", ")
}

// CheckKeys says which of the keymap's changes name no action. The actions are
// known to the interface, not here.
func (c *Config) CheckKeys(actions []string) error {
	var p Problems
	for _, s := range c.Settings {
		name, ok := strings.CutPrefix(s.Name, "keys.")
		if ok && !slices.Contains(actions, name) {
			p = append(p, Problem{s.Source, fmt.Sprintf("unknown action %q%s", name, didYouMean(name, actions))})
		}
	}
	if len(p) == 0 {
		return nil
	}
	return p
}
