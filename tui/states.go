package tui

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"weft/config"
	"weft/s3ops"
)

// sentence is a paragraph of a state, with its weight.
type sentence struct {
	text  string
	style style
}

// written are the lines of a state, a blank one before each sentence. Where there is
// no room for those they go, and then the longest sentence ends early: an error's
// Enter explains whole, and the keys come after it.
func written(all []sentence, width, height int) (out []string) {
	var told [][]string
	need, longest := 0, 0
	for i, s := range all {
		told = append(told, wrap(s.text, width))
		if need += len(told[i]); len(told[i]) > len(told[longest]) {
			longest = i
		}
	}
	airy := need+len(all) <= height
	if n := len(told[longest]) - max(0, need-height); need > height && n > 0 {
		told[longest] = told[longest][:n]
		told[longest][n-1] = ansiFit(told[longest][n-1]+" …", width)
	}
	for i, s := range all {
		if airy {
			out = append(out, "")
		}
		for _, l := range told[i] {
			out = append(out, "  "+s.style.Render(l))
		}
	}
	return out
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
	next := sentence{"Enter explains  " + m.keyOf("refresh") + " tries again  " + m.keyOf("doctor") + " doctor", t.Dim}
	e, ok := errors.AsType[*s3ops.Error](err)
	if !ok {
		return []sentence{{"✗ " + what + ".", t.Bad}, {upperFirst(Clean(err.Error())) + ".", t.Text}, next}
	}
	all := []sentence{{"✗ " + what + ": " + Clean(e.Why) + ".", t.Bad}}
	if e.Remedy != "" {
		all = append(all, sentence{upperFirst(Clean(e.Remedy)) + ".", t.Text})
	}
	if m.statement() != "" {
		all = append(all, sentence{m.keyOf("copy-statement") + " copies the IAM statement that allows it", t.Dim})
	}
	all = append(all, next)
	if e.Code != "" || e.RequestID != "" {
		all = append(all, sentence{strings.TrimSpace(Clean(e.Code + "  " + e.RequestID)), t.Faint})
	}
	return all
}

// statement is the entry of an IAM policy that allows what was refused here;
// "" if nothing was, or none does.
func (m *Model) statement() string {
	if e, ok := errors.AsType[*s3ops.Error](cmp.Or(m.failure, m.objects.err)); ok {
		return e.Statement()
	}
	return ""
}

func (m *Model) copyStatement() tea.Cmd {
	return m.copyText(m.statement(), "IAM statement copied: it belongs into the policy of these credentials")
}

// keyOf is the key of an action, or how the palette finds it where it has none.
func (m *Model) keyOf(name string) string {
	for i := range m.acts {
		if a := &m.acts[i]; a.name == name && len(a.keys) > 0 {
			return shownKeys(a.keys[:1])
		}
	}
	return ": then " + name
}
