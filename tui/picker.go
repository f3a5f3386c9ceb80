package tui

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
)

// picker chooses files and folders of this machine. It reads one folder at a
// time, off the update loop, and draws only the rows in sight. Marks stay while
// one walks from folder to folder.
type picker struct {
	theme theme
	dir   string // absolute
	home  string

	files  []localFile // of dir, in order
	shown  []int       // those that the filter and hidden let through
	loaded bool
	err    error
	token  int    // of the newest read; answers to others are stale
	seek   string // name to put the cursor on once the folder is read

	win    window
	height int // rows drawn last
	hidden bool
	filter string // lower case
	typing *textinput.Model

	marks map[string]localFile // by absolute path
}

// localFile is one entry of a folder of this machine.
type localFile struct {
	name     string
	size     int64 // bytes
	modified time.Time
	folder   bool // or a link to one
	link     bool
	regular  bool // what can be uploaded: not a socket, a pipe or a device
}

// newPicker begins in a folder of this machine.
func newPicker(t theme, dir, home string) (*picker, tea.Cmd) {
	p := &picker{theme: t, dir: dir, home: home, height: 10, marks: map[string]localFile{}}
	return p, p.open(dir, "")
}

// open goes to a folder; the cursor goes to the named entry, if there is one.
func (p *picker) open(dir, seek string) tea.Cmd {
	p.dir, p.seek = filepath.Clean(dir), seek
	p.files, p.shown, p.loaded, p.err = nil, nil, false, nil
	p.win, p.filter, p.typing = window{}, "", nil
	p.token++
	return look(p.token, p.dir)
}

// read takes in what a folder holds. Stale answers change nothing.
func (p *picker) read(msg folderRead) {
	if msg.token != p.token {
		return
	}
	p.files, p.err, p.loaded = msg.files, msg.err, true
	if strings.HasPrefix(p.seek, ".") {
		p.hidden = true
	}
	p.arrange(p.seek)
}

// arrange chooses the rows shown and puts the cursor on a name among them.
func (p *picker) arrange(name string) {
	p.shown = p.shown[:0]
	at := 0
	for i := range p.files {
		f := &p.files[i]
		if !p.hidden && strings.HasPrefix(f.name, ".") || !strings.Contains(strings.ToLower(f.name), p.filter) {
			continue
		}
		if f.name == name {
			at = len(p.shown)
		}
		p.shown = append(p.shown, i)
	}
	p.win.center(at, len(p.shown), p.height)
}

// current is the entry under the cursor.
func (p *picker) current() (localFile, bool) {
	if p.win.cursor >= len(p.shown) {
		return localFile{}, false
	}
	return p.files[p.shown[p.win.cursor]], true
}

func (p *picker) path(f localFile) string { return filepath.Join(p.dir, f.name) }

// markable tells whether an entry can be uploaded: links are not followed.
func (f localFile) markable() bool { return !f.link && (f.folder || f.regular) }

// chosen are the marked paths in order, or else the file under the cursor.
func (p *picker) chosen() []string {
	if len(p.marks) > 0 {
		return slices.Sorted(maps.Keys(p.marks))
	}
	if f, ok := p.current(); ok && f.markable() && !f.folder {
		return []string{p.path(f)}
	}
	return nil
}

// openCurrent goes into the folder under the cursor.
func (p *picker) openCurrent() tea.Cmd {
	if f, ok := p.current(); ok && f.folder {
		return p.open(p.path(f), "")
	}
	return nil
}

// openAbove goes to the folder above, with the cursor on the one left.
func (p *picker) openAbove() tea.Cmd {
	if up := filepath.Dir(p.dir); up != p.dir {
		return p.open(up, filepath.Base(p.dir))
	}
	return nil
}

// reopen reads the folder again.
func (p *picker) reopen() tea.Cmd {
	f, _ := p.current()
	return p.open(p.dir, f.name)
}

func (p *picker) turnHidden() {
	f, _ := p.current()
	p.hidden = !p.hidden
	p.arrange(f.name)
}

func (p *picker) startFilter() tea.Cmd {
	in := newInput(p.theme, "/", p.filter)
	p.typing = &in
	return in.Focus()
}

// stepOut drops the nearest of filter and marks, or tells that there is
// nothing left but to leave.
func (p *picker) stepOut() (leave bool) {
	switch {
	case p.filter != "":
		p.setFilter("")
	case len(p.marks) > 0:
		clear(p.marks)
	default:
		return true
	}
	return false
}

// mark turns the mark under the cursor and moves down.
func (p *picker) mark() {
	f, ok := p.current()
	if !ok || !f.markable() {
		return
	}
	path := p.path(f)
	if _, on := p.marks[path]; on {
		delete(p.marks, path)
	} else {
		p.marks[path] = f
	}
	p.win.move(1, len(p.shown), p.height)
}

// markAll marks all that is shown, or nothing of it if all is marked.
func (p *picker) markAll() {
	all := true
	for _, i := range p.shown {
		f := p.files[i]
		if _, on := p.marks[p.path(f)]; !on && f.markable() {
			all = false
			p.marks[p.path(f)] = f
		}
	}
	if !all {
		return
	}
	for _, i := range p.shown {
		delete(p.marks, p.path(p.files[i]))
	}
}

// input passes a message on to the filter being typed.
func (p *picker) input(msg tea.Msg) tea.Cmd {
	in, cmd := p.typing.Update(msg)
	p.typing = &in
	if text := strings.ToLower(in.Value()); text != p.filter {
		p.setFilter(text)
	}
	return cmd
}

func (p *picker) setFilter(text string) {
	f, _ := p.current()
	p.filter = text
	p.arrange(f.name)
}

// paste goes into the filter being typed. Otherwise a path goes to its file and
// marks it: terminals paste the path of what is dragged onto them.
func (p *picker) paste(msg tea.PasteMsg) tea.Cmd {
	if p.typing != nil {
		return p.input(msg)
	}
	path := strings.TrimPrefix(strings.Trim(strings.TrimSpace(msg.Content), `'"`), "file://")
	path = strings.ReplaceAll(path, `\ `, " ")
	if !filepath.IsAbs(path) {
		return nil
	}
	return p.open(filepath.Dir(path), filepath.Base(path))
}
