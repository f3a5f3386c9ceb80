package s3ops

import (
	"context"
	"slices"
	"sync"
)

// A long listing is read in stretches, several at once: the store says of no
// page where the one after the next begins, but it lists from any key on, so
// that keys further on are guessed and asked for. What comes is in order, each
// key once, since a stretch ends where the next one was found to begin.

const (
	flights    = 8  // requests at once
	stride     = 8  // how many pages a stretch should have
	readAhead  = 64 // pages that may wait to be handed on: some 13 MB
	pipelined  = 2  // the same, where the listing cannot be divided
	leftmost   = 3  // stretches that may go beyond, since they are needed first
	allowance  = 8  // by how many pages
	missesFree = 3  // guesses that may miss, besides one in eight pages
)

// division tells where a store's listings may be divided.
type division int

const (
	undivided division = iota // it takes no start, or does not keep the order
	// atNames is between names of the folder that all the keys in question are
	// in: there a store that walks directories agrees with one that sorts keys.
	atNames
	anywhere // it sorts keys by their bytes, as AWS promises
)

// stretch is one part of a listing, read page by page.
type stretch struct {
	at      string // where its next page begins, as the store says it
	until   string // the name at which the next stretch begins; "": none does
	nothing string // from this name on up to until nothing is; "": not known
	pages   []Page // read and not handed on
	ruler   ruler  // the newest page
	read    int    // pages, since it was last divided
	tried   int    // pages it had read when a guess last missed
	busy    bool   // a page is under way
	probing bool   // a guess is under way
	done    bool
	err     error
	been    *places
}

// stretches is one listing under way. All of it belongs to the goroutine that
// ranges over the listing, but for the requests.
type stretches struct {
	b       *Bucket
	prefix  string
	options ListOptions
	divide  division
	line    []*stretch // in order; the first one is being handed on
	answers chan pageRead
	flying  int
	waiting int     // pages read and not handed on
	pages   int     // pages read
	misses  int     // guesses that were of no use
	reach   float64 // how many pages' worth of keys to guess ahead
}

// pageRead is the answer to one request.
type pageRead struct {
	of     *stretch
	probe  string // the guess the page lies behind, or ""
	page   Page
	next   string
	ruler  ruler
	sorted bool
	err    error
}

func (r *pageRead) empty() bool { return len(r.page.Folders)+len(r.page.Objects) == 0 }

// rest hands on what comes after a listing's first page.
func (b *Bucket) rest(ctx context.Context, prefix string, o ListOptions, first pageRead, yield func(Page, error) bool) {
	ctx, cancel := context.WithCancel(ctx)
	var requests sync.WaitGroup
	defer requests.Wait()
	defer cancel()
	s := &stretches{b: b, prefix: prefix, options: o, divide: b.divide, reach: stride,
		answers: make(chan pageRead, 4*flights)} // no request ever waits here
	if o.Versions || o.Deleted {
		s.divide = undivided
	}
	first.of = &stretch{been: newPlaces()}
	s.line = []*stretch{first.of}
	s.note(&first)
	for len(s.line) > 0 {
		for more := true; more; {
			select {
			case r := <-s.answers:
				s.take(r)
			default:
				more = false
			}
		}
		s.ask(ctx, &requests)
		switch front := s.line[0]; {
		case len(front.pages) > 0:
			p := front.pages[0]
			front.pages[0] = Page{}
			front.pages = front.pages[1:]
			s.waiting--
			if !yield(p, nil) {
				return
			}
		case front.err != nil:
			yield(Page{}, front.err)
			return
		case front.done:
			s.line = s.line[1:]
		default:
			s.take(<-s.answers)
		}
	}
}

// ask makes the requests there is room for: first those for what is needed first.
func (s *stretches) ask(ctx context.Context, requests *sync.WaitGroup) {
	open := 0
	for _, st := range s.line {
		if !st.done {
			open++
		}
	}
	for i := 0; i < len(s.line); i++ {
		st, extra := s.line[i], max(0, leftmost-i)
		room := s.flying < flights && s.waiting+s.flying < readAhead+extra*allowance
		if s.divide == undivided {
			room = len(st.pages) < pipelined
		}
		if !st.done && !st.busy && st.err == nil && (room || i == 0 && len(st.pages) == 0) {
			st.busy = true
			s.send(ctx, requests, pageRead{of: st}, st.at, "")
		}
		if st.err != nil || s.flying >= flights {
			return
		}
		if guess := s.guess(st); room && open < flights+extra && guess != "" {
			open++
			st.probing = true
			s.send(ctx, requests, pageRead{of: st, probe: guess}, "", guess)
		}
	}
}

func (s *stretches) send(ctx context.Context, requests *sync.WaitGroup, r pageRead, at, after string) {
	s.flying++
	requests.Go(func() {
		probe, of := r.probe, r.of
		r = s.b.page(ctx, s.prefix, s.options, at, after)
		r.probe, r.of = probe, of
		s.answers <- r
	})
}

// guess names a place some pages ahead of what was read of a stretch, or "".
func (s *stretches) guess(st *stretch) string {
	if s.divide == undivided || st.done || st.probing || st.tried >= st.read || s.misses > missesFree+s.pages/8 {
		return ""
	}
	limit := st.until
	if st.nothing != "" {
		limit = st.nothing
	}
	for reach := s.reach; reach >= 1.5; reach /= 2 {
		guess := st.ruler.ahead(reach, len(s.prefix))
		if s.divide == atNames || !s.options.Recursive {
			guess = nameOf(guess, st.ruler.last, folderOf(s.prefix, st.ruler.last, st.until))
		}
		if guess > st.ruler.last && (limit == "" || guess < limit) {
			return guess
		}
	}
	return ""
}

// take takes in an answer.
func (s *stretches) take(r pageRead) {
	s.flying--
	st := r.of
	if r.probe != "" {
		st.probing = false
		s.found(r)
		return
	}
	st.busy = false
	if r.err != nil {
		st.err = r.err
		return
	}
	s.note(&r)
	s.add(&r)
}

// note remembers where a stretch has come to with a page.
func (s *stretches) note(r *pageRead) {
	st := r.of
	s.pages++
	st.read++
	st.at = r.next
	switch {
	case st.at == "":
		st.done = true
	case !st.been.add(st.at):
		st.err = s.b.fail(attempt{op: "list", key: s.prefix}, errRepeats)
	}
	if r.empty() {
		return
	}
	before := st.ruler.last
	st.ruler = r.ruler
	if !r.sorted || st.ruler.first <= before {
		s.straight(st)
	}
}

// straight gives up dividing, because the store does not list in order. What a
// stretch reads from here on is all there is after it.
func (s *stretches) straight(st *stretch) {
	s.divide = undivided
	if i := slices.Index(s.line, st); i >= 0 && st.until != "" {
		s.line = s.line[:i+1]
		st.until, st.done = "", st.at == ""
	}
}

// add keeps what of a page is the stretch's own, to be handed on.
func (s *stretches) add(r *pageRead) {
	st, p := r.of, r.page
	if st.until != "" && r.ruler.last >= st.until {
		st.done = true
		p.Folders = slices.DeleteFunc(p.Folders, func(f string) bool { return f >= st.until })
		p.Objects = slices.DeleteFunc(p.Objects, func(x Object) bool { return x.Key >= st.until })
		switch {
		case st.read <= stride/4:
			s.reach = min(s.reach*2, 1<<20)
		case st.read > stride*2:
			s.reach = max(s.reach/2, 1.5)
		}
	}
	if len(p.Folders)+len(p.Objects) > 0 {
		st.pages = append(st.pages, p)
		s.waiting++
	}
}

// found divides a stretch where a guess has led to.
func (s *stretches) found(r pageRead) {
	st := r.of
	s.pages++
	switch {
	case s.divide == undivided:
	case r.err != nil:
		s.divide = undivided // it may take no start; what was found so far stands
	case r.empty() && r.next != "":
		s.missed(st)
	case r.empty(), st.until != "" && r.ruler.first >= st.until:
		st.nothing = r.probe
		s.misses++
	case r.ruler.first <= r.probe: // it pays no heed to where it should begin
		s.divide = undivided
	case !r.sorted:
		s.straight(st)
	case st.done, r.ruler.first <= st.ruler.last: // read meanwhile
		s.missed(st)
	default:
		next := &stretch{until: st.until, nothing: st.nothing, been: newPlaces()}
		st.until, st.nothing, st.read, st.tried = r.ruler.first, r.probe, 0, 0
		s.line = slices.Insert(s.line, slices.Index(s.line, st)+1, next)
		r.of = next
		s.note(&r)
		s.add(&r)
	}
}

// missed makes a stretch read another page before the next guess.
func (s *stretches) missed(st *stretch) {
	st.tried = st.read
	s.misses++
}
