package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"
)

// scope is where an action's keys are heard.
type scope string

const (
	motions      scope = "Move" // in every pane, and in every list on top
	browsing     scope = "Browse"
	closing      scope = "Sheets" // in all that lies on top
	sharing      scope = "Share"
	transforming scope = "Transform"
	splitting    scope = "Split"
	picking      scope = "Upload"
	working      scope = "Work"
	logging      scope = "Log"
	versions     scope = "Versions"
	mending      scope = "Types"
	comparing    scope = "Results"
	examining    scope = "Doctor"
	inspecting   scope = "Bucket"
	revising     scope = "Change"
	explaining   scope = "Errors"
	asking       scope = "Questions"
	typing       scope = "Type" // wherever text is typed
)

// action is one thing that a key does. The table of actions makes the keymap,
// the help, the palette and the hints, so that they never differ.
type action struct {
	name  string   // stable, for the config's [keys]
	keys  []string // as Bubble Tea names them; a chord is two with a space between
	label string   // a word or two, for the hints
	about string   // a sentence without a full stop
	scope scope
	hint  int // place among the hints at the bottom; 0: not there

	disabled func(*Model) string  // why it cannot be done now; "" if it can
	run      func(*Model) tea.Cmd // nil for the keys of text fields, which know them by name
}

// Binding is one line of the keymap.
type Binding struct {
	Scope string   `json:"scope"`
	Name  string   `json:"name"`
	Keys  []string `json:"keys"`
	About string   `json:"about"`
}

// Keymap lists every action with its keys, changed as the config says.
func Keymap(changes map[string][]string) []Binding {
	var all []Binding
	for _, a := range bind(actions(), changes) {
		all = append(all, Binding{Scope: string(a.scope), Name: a.name, Keys: a.keys, About: a.about})
	}
	return all
}

// bind gives actions the keys that the config asks for.
func bind(all []action, changes map[string][]string) []action {
	for i := range all {
		if keys, ok := changes[all[i].name]; ok {
			all[i].keys = keys
		}
	}
	return all
}

// within puts actions into a scope.
func within(s scope, all []action) []action {
	for i := range all {
		all[i].scope = s
	}
	return all
}

// unless gives the reason if the condition does not hold.
func unless(ok bool, why string) string {
	if ok {
		return ""
	}
	return why
}

func needsStore(m *Model) string {
	return unless(m.session != nil, "The bucket is not open yet")
}

func needsRow(m *Model) string {
	if why := needsStore(m); why != "" {
		return why
	}
	return unless(m.objects.marks.n+len(m.objects.order) > 0, "There is nothing here to do that with")
}

func needsObject(m *Model) string {
	if why := needsRow(m); why != "" {
		return why
	}
	r, ok := m.objects.current()
	return unless(ok && !r.folder, "That works on an object, not on a folder")
}

// needsObjects asks for an object among what is marked, or under the cursor.
func needsObjects(m *Model) string {
	if why := needsRow(m); why != "" || m.objects.marks.n > m.objects.marks.folders {
		return why
	}
	return needsObject(m)
}

func needsWrite(m *Model) string {
	if why := needsStore(m); why != "" {
		return why
	}
	return unless(!m.session.Config.ReadOnly, "weft was started read-only: nothing is changed")
}

// needsHistory asks for the queue, whose jobs are what can be undone.
func needsHistory(m *Model) string {
	if why := needsWrite(m); why != "" {
		return why
	}
	switch {
	case m.queue == nil:
		return "The history is not open yet: try again in a moment"
	case m.undoing:
		return "Still looking at what was done last"
	}
	return ""
}

func needsWriteRow(m *Model) string {
	if why := needsWrite(m); why != "" {
		return why
	}
	return needsRow(m)
}

// keyNames are how keys are written for people.
var keyNames = strings.NewReplacer("space", "Space", "enter", "Enter", "esc", "Esc", "shift+tab", "Shift+Tab", "tab", "Tab", "backspace", "Backspace",
	"pgdown", "PgDn", "pgup", "PgUp", "home", "Home", "end", "End", "ctrl+", "Ctrl+", "left", "←", "right", "→", "up", "↑", "down", "↓", "f1", "F1")

// shownKeys writes an action's keys for people.
func shownKeys(keys []string) string { return keyNames.Replace(strings.Join(keys, "  ")) }
