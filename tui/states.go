package tui

import (
	"errors"
	"fmt"
	"strings"

	"weft/config"
	"weft/s3ops"
)

// sentence is a paragraph of a state, with its weight.
type sentence struct {
	text  string
	style style
}

// emptiness says why there are no rows, and what to do about it.
func (m *Model) emptiness() []sentence {
	t, o := m.theme, &m.objects
	switch {
	case m.failure != nil:
		return m.failed("The bucket could not be opened", m.failure)
	case o.err != nil:
		return m.failed("This folder could not be listed", o.err)
	case m.session == nil:
		return []sentence{{"Opening " + Clean(m.parts.Config.Bucket) + "…", t.Dim}}
	case o.late() && o.rows.n > 0:
		return []sentence{{"Filtering " + group(o.rows.n) + " loaded names…", t.Dim}}
	case o.loading && o.rows.n == 0:
		return []sentence{{"Loading…", t.Dim}}
	case o.filter != "" && o.rows.n > 0:
		return []sentence{
			{fmt.Sprintf("None of the %s loaded names holds %q.", group(o.rows.n), Clean(o.filter)), t.Text},
			{"Enter asks the server for names that begin so, in upper and lower case as you type it. Esc shows all.", t.Dim},
		}
	case o.deleted:
		return []sentence{{"Nothing here is deleted.", t.Text}, {". shows the objects again.", t.Dim}}
	case o.stopped:
		return []sentence{{"Stopped before anything was listed.", t.Text}, {"R lists the folder.", t.Dim}}
	}
	return m.emptyFolder()
}

// placeName is the folder shown, or the bucket.
func (m *Model) placeName() string {
	if f := m.objects.folder(); f != "" {
		return Clean(f)
	}
	return Clean(m.parts.Config.Bucket)
}

func (m *Model) emptyFolder() []sentence {
	t, f := m.theme, m.parts.Config.Folders
	here := m.objects.prefix
	if beginning, ok := strings.CutPrefix(here, m.objects.folder()); ok && beginning != "" {
		return []sentence{
			{fmt.Sprintf("The server has no name that begins with %q in %s.", Clean(beginning), m.placeName()), t.Text},
			{"Upper and lower case count. h shows the folder.", t.Dim},
		}
	}
	advice := "u uploads files or whole folders to it."
	switch here {
	case f.Prefix(config.Generated):
		advice = "Mark images in 1 " + title(f.Prefix(config.SearchUploads)) + " with Space and press t: recipes write their results here."
	case f.Prefix(config.FabricTable):
		advice = "Each image that a recipe has run over gets a row here: mark some in 1 " + title(f.Prefix(config.SearchUploads)) + " and press t."
	}
	if m.parts.Config.ReadOnly {
		advice = "weft was started read-only."
	}
	return []sentence{{Clean(here) + " is empty.", t.Text}, {advice, t.Dim}}
}

// failed says what failed, why, and what to do now.
func (m *Model) failed(what string, err error) []sentence {
	t := m.theme
	var e *s3ops.Error
	if !errors.As(err, &e) {
		return []sentence{{"✗ " + what + ".", t.Bad}, {upperFirst(Clean(err.Error())) + ".", t.Text}, {"R or Enter tries again. : then doctor looks closer.", t.Dim}}
	}
	all := []sentence{{"✗ " + what + ": " + Clean(e.Why) + ".", t.Bad}}
	if e.Remedy != "" {
		all = append(all, sentence{upperFirst(Clean(e.Remedy)) + ".", t.Text})
	}
	if e.Code != "" || e.RequestID != "" {
		all = append(all, sentence{Clean(e.Code + "  " + e.RequestID), t.Faint})
	}
	return append(all, sentence{"R or Enter tries again. : then doctor looks closer.", t.Dim})
}
