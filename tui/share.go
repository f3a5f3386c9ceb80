package tui

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"time"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"weft/config"
	"weft/s3ops"
)

// lifetimes are the lives of links that the sheet offers; after them comes one
// that is typed.
var lifetimes = []struct {
	label string
	life  time.Duration
}{{"5 min", 5 * time.Minute}, {"1 h", time.Hour}, {"8 h", 8 * time.Hour}, {"1 day", 24 * time.Hour}, {"7 days", 7 * 24 * time.Hour}}

// shareSheet makes presigned links for several objects at once.
type shareSheet struct {
	objects []string // keys of the chosen objects; none if a folder is chosen
	folder  string   // where the names of uploads lie
	put     bool
	attach  bool
	life    int // of lifetimes, or len(lifetimes) for the one typed
	format  int
	fields  window          // the line that has the focus
	name    textinput.Model // what one download is saved as
	names   textinput.Model // the files that may be uploaded; empty: the objects themselves
	lasting textinput.Model // the life that is typed
	links   []s3ops.Link
	text    string // the links as they are copied
	auto    bool   // copy as soon as the links are there, and stay open to show them
	err     error
}

// newShareSheet offers links to objects, or for uploads to a folder, that live
// as long as the config says.
func newShareSheet(m *Model, objects []string, folder string) *shareSheet {
	life := m.parts.Config.Link
	s := &shareSheet{objects: objects, folder: folder, put: len(objects) == 0, life: len(lifetimes), lasting: newInput(m.theme, "", config.FormatLife(life))}
	for i, l := range lifetimes {
		if l.life == life {
			s.life = i
		}
	}
	s.names, s.name = newInput(m.theme, "", ""), newInput(m.theme, "", "")
	if len(objects) == 1 {
		s.name.SetValue(path.Base(objects[0]))
	}
	for _, in := range []*textinput.Model{&s.name, &s.names, &s.lasting} {
		in.Focus()
	}
	if s.put {
		s.fields.cursor = 1 // the names come first
	}
	return s
}

// shareField is a line of the sheet.
type shareField int

const (
	linkTo shareField = iota
	uploadsOf
	opensAs
	savedAs
	worksFor
	lastsFor
	copyAs
)

// lines are the lines that matter for the links as chosen.
func (s *shareSheet) lines() []shareField {
	lines := []shareField{linkTo, uploadsOf, opensAs, savedAs, worksFor, lastsFor, copyAs}
	return slices.DeleteFunc(lines, func(f shareField) bool {
		switch f {
		case uploadsOf:
			return !s.put
		case opensAs:
			return s.put
		case savedAs:
			return s.put || !s.attach || len(s.objects) != 1
		case lastsFor:
			return s.life < len(lifetimes)
		}
		return false
	})
}

// field is the line that has the focus.
func (s *shareSheet) field() shareField {
	lines := s.lines()
	return lines[min(s.fields.cursor, len(lines)-1)]
}

// input is the text field of a line, or nil.
func (s *shareSheet) input(f shareField) *textinput.Model {
	switch f {
	case uploadsOf:
		return &s.names
	case savedAs:
		return &s.name
	case lastsFor:
		return &s.lasting
	}
	return nil
}

func (s *shareSheet) list(*Model) (*window, int, int) {
	return &s.fields, len(s.lines()), len(s.lines())
}

// next goes to the next line, and from the last one to the first.
func (s *shareSheet) next(*Model) tea.Cmd {
	s.fields.cursor = (s.fields.cursor + 1) % len(s.lines())
	return nil
}

// mostLinks are made at once: they take a second and 10 MB.
const mostLinks = 10_000

// share opens the sheet for what is chosen. Folders take only upload links: to
// the folder under the cursor, or to the one shown where it is empty.
func (m *Model) share() tea.Cmd {
	chosen := m.objects.chosen()
	if chosen.objects() > mostLinks {
		return m.say("Links are made for "+group(mostLinks)+" objects at once: "+group(chosen.objects())+" are marked", nil)
	}
	var objects []string
	folder := m.objects.folder()
	for r := range chosen.all() {
		if r.folder {
			folder = r.Key
		} else {
			objects = append(objects, r.Key)
		}
	}
	if len(objects) > 0 {
		folder = m.objects.folder()
	}
	s := newShareSheet(m, objects, folder)
	m.sheet = s
	return s.sign(m)
}

// keys are what the links lead to.
func (s *shareSheet) keys() ([]string, error) {
	if !s.put || s.names.Value() == "" {
		return s.objects, nil
	}
	names, err := uploadNames(s.names.Value())
	if err != nil {
		return nil, err
	}
	keys := make([]string, len(names))
	for i, n := range names {
		keys[i] = s.folder + n
		if err := s3ops.CheckKey(keys[i]); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// options are what the links are for, as the sheet stands.
func (s *shareSheet) options() (s3ops.LinkOptions, error) {
	o := s3ops.LinkOptions{Put: s.put}
	switch {
	case s.put:
	case s.attach:
		o.Opens, o.Filename = s3ops.AsDownload, s.name.Value()
	default:
		o.Opens = s3ops.InBrowser
	}
	if s.life < len(lifetimes) {
		o.Life = lifetimes[s.life].life
		return o, nil
	}
	var err error
	o.Life, err = config.ParseLife(s.lasting.Value())
	return o, err
}

// sign asks for the links as the sheet stands.
func (s *shareSheet) sign(m *Model) tea.Cmd {
	m.signing.stop()
	s.links, s.text = nil, ""
	keys, err := s.keys()
	o, lasting := s.options()
	if s.err = err; err == nil {
		s.err = lasting
	}
	if s.err != nil || len(keys) == 0 {
		return nil
	}
	ctx, token := m.signing.begin(m.ctx)
	return sign(ctx, m.session, token, keys, o)
}

func (s *shareSheet) answer(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case signed:
		if m.signing.current(msg.token) {
			s.links, s.err = msg.links, msg.err
			s.write()
			if s.auto && s.err == nil {
				s.auto = false
				return m.copyText(s.text, linkSaid(s.links, m.now))
			}
		}
	case tea.PasteMsg:
		return s.typeText(m, msg)
	}
	return nil
}

// write makes the text of the links, which View would otherwise make each time.
func (s *shareSheet) write() { s.text = FormatLinks(s.links, LinkFormats[s.format]) }

func (s *shareSheet) key(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	if s.input(s.field()) == nil {
		return m.dispatch(msg, sharing, motions, closing)
	}
	switch m.typed(msg) {
	case "type-accept":
		return s.copy(m)
	case "type-cancel":
		s.close(m)
		return nil
	case "type-next", "type-complete":
		return s.next(m)
	case "type-previous":
		s.fields.cursor--
		return nil
	}
	return s.typeText(m, msg)
}

// typeText takes in what is typed or pasted into the line with the focus.
func (s *shareSheet) typeText(m *Model, msg tea.Msg) tea.Cmd {
	in := s.input(s.field())
	if in == nil {
		return nil
	}
	before := in.Value()
	var cmd tea.Cmd
	if *in, cmd = in.Update(msg); in.Value() == before {
		return cmd
	}
	return tea.Batch(cmd, s.sign(m))
}

func (s *shareSheet) close(m *Model) {
	m.signing.stop()
	m.sheet = nil
}

// change turns the choice of the line that has the focus.
func (s *shareSheet) change(m *Model, step int) tea.Cmd {
	switch s.field() {
	case linkTo:
		if len(s.objects) == 0 {
			return m.say("A folder has no link to download: mark objects in it", nil)
		}
		s.put = !s.put
	case opensAs:
		s.attach = !s.attach
	case worksFor:
		n := len(lifetimes) + 1
		s.life = (s.life + step + n) % n
	case copyAs:
		s.format = (s.format + step + len(LinkFormats)) % len(LinkFormats)
		s.write()
		return nil
	}
	return s.sign(m)
}

func (s *shareSheet) copy(m *Model) tea.Cmd {
	text := s.text
	switch {
	case s.err != nil || len(s.links) == 0:
		return nil
	case len(text) > clipboardLimit:
		return s.askFile(m)
	}
	m.sheet = nil
	return m.copyText(text, linkSaid(s.links, m.now))
}

// fileEndings are how the files of the formats are called.
var fileEndings = map[LinkFormat]string{Plain: ".txt", Markdown: ".md", HTML: ".html", Curl: ".sh", CSV: ".csv"}

// askFile asks for the file to write the links to; the sheet comes back after.
func (s *shareSheet) askFile(m *Model) tea.Cmd {
	if s.err != nil || len(s.links) == 0 {
		return nil
	}
	text := s.text
	about := "Whoever reads the file can use the links until they expire. Only you may read it."
	if len(text) > clipboardLimit {
		about = fmt.Sprintf("%s are too much for a terminal's clipboard, which takes %s. %s", humanSize(int64(len(text))), humanSize(clipboardLimit), about)
	}
	file := filepath.Join(saveFolder(), "links"+fileEndings[LinkFormats[s.format]])
	cmd := m.ask("Write "+plural(len(s.links), "link")+" to a new file", about, file, func(m *Model, p string) tea.Cmd {
		m.sheet = s
		file, err := absolute(p)
		if err != nil {
			return m.fail(err)
		}
		return write(file, text+"\n")
	})
	m.sheet.(*prompt).under = s
	return cmd
}
