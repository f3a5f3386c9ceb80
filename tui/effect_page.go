package tui

import (
	"context"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"weft/pipeline/queue"
	"weft/pipeline/survey"
)

// The effects of the bucket's page.

type (
	// inspected: how the bucket is set up, what was counted last and what was done.
	inspected struct {
		token int
		facts []survey.Fact
		count *survey.Count
		jobs  []queue.Job
	}
	// tallied: how far the count is; next counts on.
	tallied struct {
		token int
		count *survey.Count
		err   error
		next  tea.Cmd
	}
	// opened: a document to edit or to read, or why not.
	opened struct {
		document survey.Document
		edit     bool
		err      error
	}
	// edited: what the editor left.
	edited struct {
		document survey.Document
		text     string
		err      error
	}
	// revised: an edited document was written, or why not.
	revised struct {
		kind string
		err  error
	}
)

// inspect asks how the bucket is set up.
func inspect(ctx context.Context, s *Session, q *queue.Queue, token int) tea.Cmd {
	return func() tea.Msg {
		m := inspected{token: token, facts: survey.Look(ctx, s.Bucket)}
		if c, ok := survey.Kept(s.Config.StateDir()); ok {
			m.count = &c
		}
		if q != nil {
			m.jobs, _ = q.Find(ctx, queue.Filter{}) // without them nothing is estimated of the work
		}
		return m
	}
}

type counted struct {
	count survey.Count
	err   error
}

// tally counts the bucket and keeps the whole count.
func tally(ctx context.Context, s *Session, token int, now time.Time) tea.Cmd {
	var all iter.Seq[counted] = func(yield func(counted) bool) {
		for c, err := range survey.Tally(ctx, s.Bucket, s.Config.Folders, now) {
			if err == nil && c.Whole {
				err = survey.Keep(s.Config.StateDir(), c)
			}
			if !yield(counted{c, err}) {
				return
			}
		}
	}
	return stream(ctx, all, func(some []counted, next tea.Cmd) tea.Msg {
		m := tallied{token: token, next: next}
		if n := len(some); n > 0 {
			m.count, m.err = &some[n-1].count, some[n-1].err
		}
		return m
	})
}

func openDocument(ctx context.Context, s *Session, kind string, edit bool) tea.Cmd {
	return func() tea.Msg {
		d, err := survey.Open(ctx, s.Bucket, kind)
		return opened{document: d, edit: edit, err: err}
	}
}

// editText gives the terminal to an editor until the person is done.
func editText(command []string, d survey.Document, text string) tea.Cmd {
	dir, err := os.MkdirTemp("", "weft-*")
	if err != nil {
		return func() tea.Msg { return edited{document: d, text: text, err: err} }
	}
	path := filepath.Join(dir, d.Kind+".json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return func() tea.Msg { return edited{document: d, text: text, err: err} }
	}
	editor := exec.Command(command[0], append(append([]string{}, command[1:]...), path)...)
	return tea.ExecProcess(editor, func(err error) tea.Msg {
		defer func() { _ = os.RemoveAll(dir) }()
		if err != nil {
			return edited{document: d, text: text, err: fmt.Errorf("%s: %w", strings.Join(command, " "), err)}
		}
		left, err := os.ReadFile(path)
		return edited{document: d, text: string(left), err: err}
	})
}

func revise(ctx context.Context, d survey.Document, text string) tea.Cmd {
	return func() tea.Msg { return revised{kind: d.Kind, err: d.Apply(ctx, text)} }
}
