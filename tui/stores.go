package tui

import (
	"errors"
	"fmt"
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"weft/config"
	"weft/s3ops"
)

// Store is a bucket that can be opened, or with no Bucket a profile whose
// buckets can be looked at.
type Store struct {
	Bucket   string
	Start    string            // prefix to open first
	Profile  string            // of the shared AWS files; empty: as Settings say, or the credentials in force
	Settings map[string]string // by the names of weft's flags; nil: those in force
	Alone    bool              // only Profile and Settings say where it is
	About    string            // for people
}

// Stores is what can be opened from here.
type Stores struct {
	Of       string // whose buckets these are, for people
	Buckets  []Store
	Denied   error // why the buckets are not known
	Profiles []Store
	Recent   []Store
}

// storeSheet chooses another bucket: a recent one, one of those that the
// credentials list, one of a profile's, or one whose name is typed.
type storeSheet struct {
	profile string // whose buckets are shown; "": those of the store that is open
	input   textinput.Model
	stores  *Stores // nil while they are being read
	err     error   // why the chosen one was not opened
	opening string
	found   []choice
	win     window
}

// choice is a row of the sheet.
type choice struct {
	kind  string // "recent", "bucket" or "profile"
	store Store
}

func (c choice) name() string {
	switch {
	case c.store.Bucket == "":
		return c.store.Profile
	case c.store.Start != "":
		return c.store.Bucket + "/" + c.store.Start
	}
	return c.store.Bucket
}

func (m *Model) showStores() tea.Cmd { return m.storesOf("") }

// storesOf opens the sheet on the buckets of a profile.
func (m *Model) storesOf(profile string) tea.Cmd {
	s := &storeSheet{profile: profile, input: newInput(m.theme, "> ", "")}
	m.sheet = s
	return tea.Batch(s.input.Focus(), s.read(m))
}

func (s *storeSheet) read(m *Model) tea.Cmd {
	s.stores = nil
	ctx, token := m.choosing.begin(m.ctx)
	return readStores(ctx, m.parts, token, s.profile)
}

func (s *storeSheet) answer(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case surveyedStores:
		if !m.choosing.current(msg.token) {
			return nil
		}
		s.stores = &msg.stores
		s.search()
		if needed, ok := errors.AsType[*s3ops.CodeNeeded](msg.stores.Denied); ok {
			return m.askCode(needed, func(m *Model) tea.Cmd { return s.read(m) })
		}
		return nil
	case switched: // not opened: where one was is still there
		s.opening, s.err = "", msg.err
		return nil
	}
	before := s.input.Value()
	var cmd tea.Cmd
	if s.input, cmd = s.input.Update(msg); s.input.Value() != before {
		s.err = nil
		s.search()
	}
	return cmd
}

// search keeps the rows whose name holds what is typed.
func (s *storeSheet) search() {
	s.found, s.win = nil, window{}
	if s.stores == nil {
		return
	}
	text := strings.ToLower(strings.TrimPrefix(s.input.Value(), "s3://"))
	take := func(kind string, all []Store) {
		for _, x := range all {
			if c := (choice{kind, x}); strings.Contains(strings.ToLower(c.name()), text) {
				s.found = append(s.found, c)
			}
		}
	}
	if s.profile == "" {
		take("recent", s.stores.Recent)
	}
	take("bucket", s.stores.Buckets)
	if s.profile == "" {
		take("profile", s.stores.Profiles)
	}
}

func (s *storeSheet) key(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	switch m.typed(msg) {
	case "type-cancel":
		s.close(m)
		return nil
	case "type-accept":
		return s.accept(m)
	case "type-next":
		s.win.move(1, len(s.found), s.rows(m))
		return nil
	case "type-previous":
		s.win.move(-1, len(s.found), s.rows(m))
		return nil
	case "type-complete":
		if s.win.cursor < len(s.found) {
			s.input.SetValue(s.found[s.win.cursor].name())
			s.input.CursorEnd()
			s.search()
		}
		return nil
	}
	return s.answer(m, msg)
}

// close steps back from a profile's buckets, or out.
func (s *storeSheet) close(m *Model) {
	m.choosing.stop()
	m.sheet = nil
	if s.profile != "" {
		back := &storeSheet{input: newInput(m.theme, "> ", "")}
		back.input.Focus()
		m.sheet = back
		m.later = back.read(m)
	}
}

func (s *storeSheet) list(m *Model) (*window, int, int) { return &s.win, len(s.found), s.rows(m) }

func (s *storeSheet) rows(m *Model) int { return clamp(m.height-11, 1, 16) }

// accept opens the row under the cursor, or what was typed where no row is
// called so.
func (s *storeSheet) accept(m *Model) tea.Cmd {
	if s.opening != "" {
		return nil
	}
	text := strings.TrimPrefix(strings.TrimSpace(s.input.Value()), "s3://")
	if s.win.cursor < len(s.found) {
		c := s.found[s.win.cursor]
		if c.store.Bucket == "" {
			return m.storesOf(c.store.Profile)
		}
		return s.open(m, c.store)
	}
	if text == "" {
		return nil
	}
	bucket, start, _ := strings.Cut(text, "/")
	if s.err = config.CheckBucket(bucket); s.err != nil {
		return nil
	}
	return s.open(m, Store{Bucket: bucket, Start: start, Profile: s.profile, Alone: s.profile != ""})
}

func (s *storeSheet) open(m *Model, x Store) tea.Cmd {
	s.opening, s.err = x.Bucket, nil
	ctx, token := m.choosing.begin(m.ctx)
	return switchTo(ctx, m.parts, token, x)
}

func (s *storeSheet) view(m *Model, width, height int) string {
	t := m.theme
	width = min(width, 92)
	inner := width - 4
	s.input.SetWidth(max(1, inner-4))
	body := []string{s.input.View(), ""}
	from, to := s.win.visible(len(s.found), s.rows(m))
	last := ""
	for i := from; i < to; i++ {
		c := s.found[i]
		on, edge, kind := t.on(i == s.win.cursor), " ", c.kind
		if i == s.win.cursor {
			edge = "▌"
		}
		if kind == last {
			kind = ""
		}
		last = c.kind
		wide := clamp(inner/2, 8, 44)
		body = append(body, on(t.Accent, edge)+on(t.Faint, fit(kind, 8))+on(t.Text, fit(Clean(c.name()), wide))+on(t.Dim, fit(" "+Clean(c.store.About), max(0, inner-9-wide))))
	}
	return frame(t, s.title(), append(append(body, s.notes(m, inner)...), "", m.keyLine(inner, typing)), width, height)
}

func (s *storeSheet) title() string {
	if s.profile != "" {
		return "Buckets of the profile " + Clean(s.profile)
	}
	return "Open another bucket"
}

// notes say what is not known, and what Enter does then.
func (s *storeSheet) notes(m *Model, width int) []string {
	t := m.theme
	var out []string
	put := func(style style, text string) { out = append(out, styled(style, wrap(text, width))...) }
	switch {
	case s.opening != "":
		put(t.Dim, "Opening "+Clean(s.opening)+"…")
	case s.err != nil:
		put(t.Bad, "✗ "+upperFirst(Clean(s.err.Error())))
	case s.stores == nil:
		put(t.Dim, "Listing the buckets…")
	case len(s.found) == 0 && s.input.Value() != "":
		put(t.Dim, fmt.Sprintf("None of these is called %q: Enter opens the bucket of that name.", Clean(s.input.Value())))
	case s.stores.Denied != nil:
		var e *s3ops.Error
		why := s.stores.Denied.Error()
		if errors.As(s.stores.Denied, &e) {
			why = e.Why + ". " + upperFirst(e.Remedy)
		}
		put(t.Warn, "The buckets are not listed: "+Clean(why)+".")
		put(t.Text, "A bucket opens by its name all the same: type it, with a folder if only that is yours (bucket/folder/).")
	case len(s.found) == 0:
		put(t.Dim, "There is no bucket beside this one. Type the name of one that others share with you.")
	}
	if len(out) > 0 && len(s.found) > 0 {
		out = append([]string{""}, out...)
	}
	return out
}
