package tui

import (
	"context"
	"iter"
	"slices"

	tea "charm.land/bubbletea/v2"

	"weft/pipeline"
	"weft/pipeline/queue"
	"weft/s3ops"
)

// selection is what an action is about: rows as they were when it was made, in
// the order of the listing. A million take 4 MB beside the rows themselves.
type selection struct {
	rows    rows
	numbers []int32
	folders int   // those of them that are folders
	bytes   int64 // of the objects
}

// all gives the rows.
func (s selection) all() iter.Seq[row] {
	return func(yield func(row) bool) {
		for _, i := range s.numbers {
			if !yield(s.rows.at(i)) {
				return
			}
		}
	}
}

// without leaves out some of the rows.
func (s selection) without(out func(row) bool) selection {
	left := selection{rows: s.rows}
	for _, i := range s.numbers {
		r := s.rows.at(i)
		if out(r) {
			continue
		}
		left.numbers = append(left.numbers, i)
		left.bytes += r.Size
		if r.folder {
			left.folders++
		}
	}
	return left
}

// objects counts them.
func (s selection) objects() int { return len(s.numbers) - s.folders }

// every row of a place.
func everyRow(r rows) selection {
	s := selection{rows: r, numbers: make([]int32, r.n), folders: r.folders, bytes: r.bytes}
	for i := range s.numbers {
		s.numbers[i] = int32(i)
	}
	return s
}

// chosen is what an action is about: the marked rows, else the current one.
func (o *objects) chosen() selection {
	k := o.marks
	if i := o.held(); k.n == 0 && i >= 0 {
		k = marks{}
		k.put(&o.rows, i, true)
	}
	return selection{rows: o.rows, numbers: slices.AppendSeq(make([]int32, 0, k.n), k.set.all()), folders: k.folders, bytes: k.bytes}
}

// gatherThen finds every object that an action is about, folders opened, and
// goes on with them.
func (m *Model) gatherThen(chosen selection, then func(*Model, selection) tea.Cmd) tea.Cmd {
	if chosen.folders == 0 {
		return then(m, chosen)
	}
	ctx, token := m.gathering.begin(m.ctx)
	m.sheet = &waiting{title: "Counting", text: "Listing what is in " + plural(chosen.folders, "folder") + "…"}
	return gather(ctx, m.session, token, chosen, then)
}

// gather lists the objects below the chosen folders and adds them to the chosen ones.
func gather(ctx context.Context, s *Session, token int, chosen selection, then func(*Model, selection) tea.Cmd) tea.Cmd {
	return func() tea.Msg {
		found := newRows(chosen.rows.base)
		for r := range chosen.all() {
			if !r.folder {
				found.add(nil, []s3ops.Object{r.object()})
				continue
			}
			for page, err := range s.Bucket.Pages(ctx, r.Key, s3ops.ListOptions{Recursive: true}) {
				if err != nil {
					return gathered{token: token, err: err}
				}
				found.add(nil, page.Objects)
			}
		}
		return gathered{token: token, objects: everyRow(found), then: then}
	}
}

func (m *Model) addGathered(msg gathered) tea.Cmd {
	if !m.gathering.current(msg.token) {
		return nil
	}
	m.gathering.stop()
	m.sheet = nil
	if msg.err != nil {
		return m.fail(msg.err)
	}
	return msg.then(m, msg.objects)
}

// runEach submits a task for each object. A million are made off the update loop.
func (m *Model) runEach(of selection, task func(row) pipeline.Task) tea.Cmd {
	return submitEach(m.ctx, m.parts, m.queue, of, task)
}

func submitEach(ctx context.Context, p Parts, q *queue.Queue, of selection, task func(row) pipeline.Task) tea.Cmd {
	return submit(ctx, p, q, func(yield func(pipeline.Task) bool) {
		for r := range of.all() {
			if !yield(task(r)) {
				return
			}
		}
	})
}
