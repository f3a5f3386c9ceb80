package tui

import (
	"path"
	"strconv"
	"strings"

	"weft/config"
	"weft/pipeline"
)

// output is where a recipe's result of a source goes.
type output struct{ recipe, key string }

// outputs lists the results that the recipes would make of a source.
func (m *Model) outputs(source string) []output {
	if m.session == nil || !pipeline.IsImage(source) || strings.HasPrefix(source, m.parts.Config.Folders.Prefix(config.Generated)) {
		return nil
	}
	var all []output
	for _, r := range m.session.Recipes {
		if key, err := r.Output(source, m.parts.Config.Folders); err == nil {
			all = append(all, output{recipe: r.Name, key: key})
		}
	}
	return all
}

// resultsPrefix is the folder that holds the results of the objects shown, or
// "" where there are none to look for.
func (m *Model) resultsPrefix() string {
	for i := range int32(min(m.objects.rows.n, 1000)) { // one of the first tells, or none
		r := m.objects.rows.at(i)
		if r.folder {
			continue
		}
		if outs := m.outputs(r.Key); len(outs) > 0 {
			return outs[0].key[:strings.LastIndexByte(outs[0].key, '/')+1]
		}
	}
	return ""
}

// badge says how many results of a source there are: ✓3, or ! if one is older
// than its source.
func (m *Model) badge(r *row) (string, style) {
	if len(m.objects.results) == 0 {
		return "", m.theme.Text
	}
	n := 0
	for _, out := range m.outputs(r.Key) {
		at, ok := m.objects.results[out.key]
		if !ok {
			continue
		}
		if at.Before(r.modified()) {
			return " !", m.theme.Warn
		}
		n++
	}
	if n == 0 {
		return "", m.theme.Text
	}
	return " ✓" + strconv.Itoa(n), m.theme.Good
}

// title is the last part of a prefix, as a name.
func title(prefix string) string { return Clean(path.Base(strings.TrimSuffix(prefix, "/"))) }
