// Package tui is weft's interface: what is on screen, what the keys do, and
// nothing else.
//
// It knows no AWS, no database and no SSH. A key becomes an action (action.go);
// an action changes the state or starts an effect (effect.go); an effect
// answers with one message (message.go); Update takes it in and View draws.
package tui

import (
	"context"
	"errors"
	"time"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"weft/pipeline/queue"
	"weft/s3ops"
)

// pane names what has the focus.
type pane int

const (
	folderPane pane = iota
	objectPane
	detailPane
)

// Model is the whole state of the interface.
type Model struct {
	home  context.Context // of the whole interface
	ctx   context.Context // of the store that is open
	leave context.CancelFunc
	store int // how many were left before it
	parts Parts
	theme theme
	acts  []action

	width, height int
	now           time.Time
	clock         func() time.Time
	indexed       bool // the terminal has 256 colours

	session *Session
	queue   *queue.Queue
	failure error // why the bucket could not be opened

	focus    pane
	folders  folders
	objects  objects
	detail   detail
	past     []place // behind and ahead, for [ and ]
	future   []place
	stale    bool             // the place changed while it was being listed
	seek     string           // key to put the cursor on when it is listed
	asks     bool             // the server is to be asked if the filter, once done, hits nothing
	sought   string           // the filter as it was typed
	keepsOld s3ops.Versioning // "" if not known
	asked    bool             // and asking has not told

	counting int  // folders whose objects are being counted
	recount  bool // and once more after that

	snapshot queue.Snapshot
	sheet    sheet            // what lies on top, or nil
	pending  string           // first key of a chord
	heard    []scope          // where the chord may go on
	typing   *textinput.Model // the filter being typed, or nil
	later    tea.Cmd          // what a sheet that was closed leaves to do
	toast    toast
	clip     clipboard
	last     []string // recipes of the last transform
	// recipeFault is what was said to be wrong with the recipes.
	recipeFault string
	mine        map[int64]bool         // jobs begun in this session: z takes them back without asking
	undoing     bool                   // what z or Z takes back is being looked up
	wakes       int                    // workers started since work went on last
	waking      bool                   // one is being started
	worker      string                 // credentials of the worker, as last compared with the session's
	seen        map[int64]int          // finished tasks per job, as of the last reload
	speeds      map[int64]*queue.Speed // of the unfinished jobs

	listing, resting, describing, drawing, matching, gathering, renaming, signing, planning, chronicling, arranging, choosing, judging, comparing, examining, logging, inspecting, tallying fetch
}

// toast is a short-lived line about what just happened.
type toast struct {
	text  string
	bad   bool
	err   error // what it tells of, if it is bad
	token int
}

// place is where one was: a prefix and the key under the cursor.
type place struct{ prefix, key string }

// clipboard holds what y or x took, until p.
type clipboard struct {
	rows selection
	cut  bool
}

// New makes the interface. ctx ends every effect.
func New(ctx context.Context, p Parts) *Model {
	here, leave := context.WithCancel(ctx)
	m := &Model{
		home: ctx, ctx: here, leave: leave, parts: p, theme: newTheme(p.Config.Theme != "light"), now: time.Now(), clock: time.Now, focus: objectPane,
		acts: bind(actions(), p.Config.Keys), folders: newFolders(p.Config.Folders), seen: map[int64]int{}, speeds: map[int64]*queue.Speed{}, mine: map[int64]bool{},
	}
	start := p.Start
	if start == "" {
		start = p.Config.Folders[0].Prefix
	}
	m.objects = newObjects(start, objects{})
	m.folders.follow(start)
	return m
}

// Init opens the bucket and the queue, side by side.
func (m *Model) Init() tea.Cmd {
	return tea.Batch(tea.RequestBackgroundColor, connect(m.ctx, m.parts), openQueue(m.ctx, m.parts), tick())
}

// Update takes in one message, if it is about the store that is open.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	m.now = m.clock()
	msg, current := m.current(msg)
	if !current {
		return m, m.late(msg)
	}
	_, cmd := m.route(msg)
	if m.later != nil {
		cmd, m.later = tea.Batch(cmd, m.later), nil
	}
	return m, of(m.store, cmd)
}

// route sends a message to where it is taken in: each case is one step of state.
func (m *Model) route(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
		return m, m.look()
	case tea.BackgroundColorMsg:
		if m.parts.Config.Theme == "auto" {
			m.theme = newTheme(msg.IsDark())
		}
	case tea.ColorProfileMsg:
		m.indexed = msg.Profile == colorprofile.ANSI256
	case tea.KeyPressMsg:
		return m, m.key(msg)
	case tea.PasteMsg:
		return m, m.paste(msg)
	case tea.MouseWheelMsg:
		return m, m.wheel(msg)
	case tea.MouseClickMsg:
		return m, m.click(msg)
	case connected:
		return m, m.open(msg)
	case recipesRead:
		return m, m.addRecipes(msg)
	case switched:
		switch {
		case !m.choosing.current(msg.token): // Esc was quicker
		case msg.err == nil:
			return m, m.become(msg)
		default:
			return m, m.answer(msg)
		}
	case loggedIn:
		return m, m.addLoggedIn(msg)
	case queueOpened:
		if msg.err != nil {
			return m, m.fail(msg.err)
		}
		m.queue = msg.queue
		return m, watch(m.ctx, m.queue, 0)
	case ticked:
		return m, tick()
	case faded:
		if m.toast.token == msg.token {
			m.toast.text = ""
		}
	default:
		return m, m.answer(msg)
	}
	return m, nil
}

// answer takes in what an effect brought.
func (m *Model) answer(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case listed:
		return m.addListed(msg)
	case surveyed:
		return m.addSurveyed(msg)
	case versioned:
		m.keepsOld, m.asked = msg.state, true
	case rested:
		return m.lookCloser(msg)
	case described:
		m.detail.setInfo(msg, m.describing.current(msg.token))
	case previewed:
		m.detail.setPreview(msg, m.drawing.current(msg.token))
	case matched:
		if m.matching.current(msg.token) {
			m.objects.results = msg.results
			return m.lookAgain()
		}
	case arranged:
		return m.addArranged(msg)
	case gathered:
		return m.addGathered(msg)
	case foreseen:
		return m.addForeseen(msg)
	case undone:
		return m.addUndone(msg)
	case submitted:
		return m.addSubmitted(msg)
	case watched:
		return m.addWatched(msg)
	case compared:
		if msg.differs {
			return m.fail(queue.ErrOtherAccount)
		}
	case woken:
		return m.addWoken(msg)
	case controlled:
		return m.say(msg.text, msg.err)
	case saved:
		return m.say("Written to "+msg.path, msg.err)
	case traced:
		return m.follow(msg)
	case collected:
		return m.addCollected(msg)
	default:
		if m.sheet != nil {
			return m.sheet.answer(m, msg)
		}
	}
	return nil
}

// say shows a line about what happened; an error takes the text's place.
func (m *Model) say(text string, err error) tea.Cmd {
	if err != nil {
		return m.fail(err)
	}
	m.toast = toast{text: text, token: m.toast.token + 1}
	return fade(m.toast.token)
}

// fail shows an error. It stays until the next key that says something else.
func (m *Model) fail(err error) tea.Cmd {
	if needed, ok := errors.AsType[*s3ops.CodeNeeded](err); ok && m.sheet == nil {
		return m.askCode(needed, (*Model).resume)
	}
	m.toast = toast{text: Clean(err.Error()), bad: true, err: err, token: m.toast.token + 1}
	return nil
}
