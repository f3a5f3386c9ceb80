package tui

import (
	"context"
	"fmt"
	"image/color"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"weft/config"
	"weft/pipeline"
	"weft/pipeline/doctor"
	"weft/pipeline/picture/child"
	"weft/pipeline/queue"
	"weft/pipeline/recipe"
	"weft/s3ops"
)

// Every side effect of the interface is in this file, in effect_queue.go for the
// queue, in effect_recipes.go for recipes and in effect_files.go for files of this machine: nothing else in tui
// calls out. An effect is built from plain values, runs off the update loop, and
// answers with exactly one message.

// Session is an opened store: what effects read from and submit to.
type Session struct {
	Config   *config.Config // with the store's endpoint filled in
	Bucket   *s3ops.Bucket
	Pictures *child.Engine   // draws previews
	Recipes  []recipe.Recipe // those read last
	Rows     string          // file in which what was read of the table's rows is kept
	// Load reads the recipes in force, those of the bucket too; nil: they do not change.
	Load func(context.Context) ([]recipe.Recipe, error)
}

// doer looks what Tasks would do. The interface never carries one out.
func (s *Session) doer() *pipeline.Doer {
	return &pipeline.Doer{Bucket: s.Bucket, Folders: s.Config.Folders, Limits: s.Config.Limits, Pictures: s.Pictures, Rows: s.Rows}
}

// Parts is how the interface reaches the world. The command wires it.
type Parts struct {
	Config  *config.Config
	Version string
	Start   string // prefix to open first
	// Connect opens the bucket. On the embedded store it waits for the worker that hosts it.
	Connect func(context.Context) (*Session, error)
	// Queue opens the queue.
	Queue func(context.Context) (*queue.Queue, error)
	// Doctor looks whether all that weft needs is there and works.
	Doctor func(context.Context) iter.Seq[doctor.Finding]
	// Editor is the command that opens a file for a person at this terminal and ends
	// when he is done with it; nil where the person sits at another machine.
	Editor []string
	// Wake makes sure that a worker is alive.
	Wake func(context.Context) error
	// Stores tells which other buckets can be opened; of a profile, or "" for the
	// credentials in force. Switch gives the parts of one. nil: there are none.
	Stores func(ctx context.Context, profile string) Stores
	Switch func(context.Context, Store) (Parts, error)
	// Login takes the code that a profile's role asks for.
	Login func(ctx context.Context, profile, code string) error
}

const (
	restTime     = 120 * time.Millisecond // a cursor that stays so long is looked at closer
	surveyLimit  = 10_000                 // objects counted per folder before "10k+" is said
	watchPause   = 80 * time.Millisecond  // snapshots are drawn about 12 times a second at most
	pagePause    = 60 * time.Millisecond  // rows of a listing come about 16 times a second at most
	previewLimit = 24 << 20               // bytes read for a picture in the detail pane
	toastTime    = 6 * time.Second
)

func connect(ctx context.Context, p Parts) tea.Cmd {
	return func() tea.Msg {
		s, err := p.Connect(ctx)
		return connected{session: s, err: err}
	}
}

func openQueue(ctx context.Context, p Parts) tea.Cmd {
	return func() tea.Msg {
		q, err := p.Queue(ctx)
		return queueOpened{queue: q, err: err}
	}
}

// list reads a prefix. The first page is handed over as soon as it is there, the
// later ones together, some times a second.
func list(ctx context.Context, s *Session, token int, prefix string, o s3ops.ListOptions) tea.Cmd {
	newest, whole := make(chan listed, 1), make(chan struct{})
	take := func() listed {
		select {
		case l := <-newest:
			return l
		case <-ctx.Done():
			return listed{token: token, done: true, err: ctx.Err()}
		}
	}
	next := func() listed {
		select {
		case <-time.After(pagePause):
		case <-whole:
		case <-ctx.Done():
		}
		return take()
	}
	read := func() {
		defer close(whole)
		got := listed{token: token, rows: newRows(prefix), next: next}
		put := func() { // in place of what was not taken yet
			select {
			case <-newest:
			default:
			}
			newest <- got
		}
		for page, err := range s.Bucket.Pages(ctx, prefix, o) {
			if err != nil {
				got.err = err
				break
			}
			got.rows.add(page.Folders, page.Objects)
			put()
		}
		got.done = true
		put()
	}
	return func() tea.Msg {
		go read()
		return take()
	}
}

func more(l listed) tea.Cmd { return func() tea.Msg { return l.next() } }

// surveyFolder counts what lies below a prefix, up to surveyLimit.
func surveyFolder(ctx context.Context, s *Session, prefix string) tea.Cmd {
	return func() tea.Msg {
		m := surveyed{prefix: prefix}
		for page, err := range s.Bucket.Pages(ctx, prefix, s3ops.ListOptions{Recursive: true}) {
			if err != nil {
				m.err = err
				return m
			}
			m.count += len(page.Objects)
			if m.count >= surveyLimit {
				m.more = true
				break
			}
		}
		return m
	}
}

// surveyRoot finds the folders beside the five, from the first page of the root.
func surveyRoot(ctx context.Context, s *Session) tea.Cmd {
	return func() tea.Msg {
		m := surveyed{root: true}
		for page, err := range s.Bucket.Pages(ctx, "", s3ops.ListOptions{}) {
			if err != nil {
				m.err = err
				return m
			}
			for _, prefix := range page.Folders {
				if !holdsRole(s.Config.Folders, prefix) {
					m.others = append(m.others, prefix)
				}
			}
			break
		}
		return m
	}
}

// holdsRole tells whether one of the five folders is the prefix or lies below it.
func holdsRole(folders config.Folders, prefix string) bool {
	for _, f := range folders {
		if strings.HasPrefix(f.Prefix, prefix) {
			return true
		}
	}
	return false
}

func askVersioning(ctx context.Context, s *Session) tea.Cmd {
	return func() tea.Msg {
		state, err := s.Bucket.Versioning(ctx)
		if err != nil {
			state = "" // not known: the questions say so
		}
		return versioned{state: state}
	}
}

func rest(token int) tea.Cmd {
	return tea.Tick(restTime, func(time.Time) tea.Msg { return rested{token: token} })
}

// describe reads an object's headers, tags, number of versions and row in the table.
func describe(ctx context.Context, s *Session, token int, key string) tea.Cmd {
	return func() tea.Msg {
		info, err := s.Bucket.Stat(ctx, key, "")
		if err != nil {
			return described{token: token, err: err}
		}
		if tags, err := s.Bucket.Tags(ctx, key, ""); err == nil {
			info.Tags = tags
		}
		n := 0
		for o, err := range s.Bucket.Objects(ctx, key, s3ops.ListOptions{Recursive: true, Versions: true}) {
			if err != nil && n == 0 {
				n = -1 // not known
			}
			if err != nil || o.Key != key {
				break // listings are sorted: the versions of this key come first
			}
			n++
		}
		m := described{token: token, info: info, versions: n}
		if pipeline.IsImage(key) {
			if row, ok, err := s.doer().Row(ctx, info); ok && err == nil {
				m.known = &row.Facts
			}
		}
		return m
	}
}

// preview reads a picture, fits it into width × height pixels and draws it as
// text over the background, in the 256 indexed colours where the terminal has
// no more.
func preview(ctx context.Context, s *Session, token int, o s3ops.Object, cacheKey string, width, height int, background color.Color, indexed bool) tea.Cmd {
	return func() tea.Msg {
		m := previewed{token: token, key: cacheKey}
		if o.Size > previewLimit {
			m.err = fmt.Errorf("%s is too large to draw here (limit %s)", humanSize(o.Size), humanSize(previewLimit))
			return m
		}
		body, _, err := s.Bucket.Read(ctx, o.Key, s3ops.ReadOptions{VersionID: o.VersionID})
		if err != nil {
			m.err = err
			return m
		}
		defer body.Close()
		data, err := io.ReadAll(io.LimitReader(body, previewLimit+1))
		if err != nil {
			m.err = err
			return m
		}
		img, facts, err := s.Pictures.Preview(ctx, data, width, height, s.Config.Limits)
		m.facts, m.err = facts, err
		if err == nil {
			m.lines = halfBlocks(img, background, indexed)
		}
		return m
	}
}

// match lists the results below a prefix of the generated folder.
func match(ctx context.Context, s *Session, token int, prefix string) tea.Cmd {
	return func() tea.Msg {
		results := map[string]time.Time{}
		for o, err := range s.Bucket.Objects(ctx, prefix, s3ops.ListOptions{Recursive: true}) {
			if err != nil || len(results) >= 5*surveyLimit {
				break // badges are a courtesy: without them nothing is lost
			}
			results[o.Key] = o.Modified
		}
		return matched{token: token, results: results}
	}
}

// arrangeBehind filters and orders a copy of the rows off the update loop.
func arrangeBehind(ctx context.Context, token int, o objects) tea.Cmd {
	return func() tea.Msg { return o.arranged(ctx, token) }
}

// sign makes links.
func sign(ctx context.Context, s *Session, token int, keys []string, o s3ops.LinkOptions) tea.Cmd {
	return func() tea.Msg {
		m := signed{token: token}
		for _, key := range keys {
			link, err := s.Bucket.Presign(ctx, key, o)
			if err != nil {
				m.err = err
				return m
			}
			m.links = append(m.links, link)
		}
		return m
	}
}

func chronicle(ctx context.Context, s *Session, token int, key string) tea.Cmd {
	return func() tea.Msg {
		m := chronicled{token: token}
		for o, err := range s.Bucket.Objects(ctx, key, s3ops.ListOptions{Recursive: true, Versions: true}) {
			if err != nil {
				m.err = err
				return m
			}
			if o.Key == key {
				m.versions = append(m.versions, o)
			} else if len(m.versions) > 0 {
				break
			}
		}
		return m
	}
}

// resolve finds what a typed path means: an object of that name, a folder of
// that name, or else all that begins so.
func resolve(ctx context.Context, s *Session, path string) tea.Cmd {
	return func() tea.Msg {
		if path == "" || strings.HasSuffix(path, "/") {
			return traced{prefix: path}
		}
		if _, err := s.Bucket.Stat(ctx, path, ""); err == nil {
			return reach(ctx, s, path)()
		}
		for page, err := range s.Bucket.Pages(ctx, path+"/", s3ops.ListOptions{}) {
			if err == nil && len(page.Objects)+len(page.Folders) > 0 {
				return traced{prefix: path + "/"}
			}
			break
		}
		return traced{prefix: path}
	}
}

// nearPages are the pages of a folder in which an object is looked for, before
// it is shown without the folder.
const nearPages = 3

// reach finds the way to an object: its folder, or if it lies far down a huge
// one, the names that begin as its own, which come at once.
func reach(ctx context.Context, s *Session, key string) tea.Cmd {
	return func() tea.Msg {
		near := traced{prefix: key[:strings.LastIndexByte(key, '/')+1], key: key}
		n := 0
		for page, err := range s.Bucket.Pages(ctx, near.prefix, s3ops.ListOptions{}) {
			if slices.ContainsFunc(page.Objects, func(o s3ops.Object) bool { return o.Key == key }) {
				return near
			}
			if n++; err != nil || n == nearPages {
				return traced{prefix: key, key: key}
			}
		}
		return near
	}
}

// trace finds the source of a result, from the result's metadata.
func trace(ctx context.Context, s *Session, key string) tea.Cmd {
	return func() tea.Msg {
		info, err := s.Bucket.Stat(ctx, key, "")
		if err != nil {
			return traced{err: err}
		}
		source, ok := pipeline.OriginOf(info.Metadata)
		if !ok {
			return traced{err: fmt.Errorf("%s was not made by a recipe: its metadata names no source", Clean(key))}
		}
		return reach(ctx, s, source.SourceKey)()
	}
}

func fade(token int) tea.Cmd {
	return tea.Tick(toastTime, func(time.Time) tea.Msg { return faded{token: token} })
}

// tick comes twice a minute, so that the ages on screen stay true.
func tick() tea.Cmd {
	return tea.Tick(30*time.Second, func(time.Time) tea.Msg { return ticked{} })
}
