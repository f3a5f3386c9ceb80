package tui

import (
	"context"
	"iter"

	tea "charm.land/bubbletea/v2"
)

// stream reads a sequence off the update loop. What comes while the interface is
// busy is handed over together. wrap makes a message of it, with the command
// that reads on; that is nil when the sequence or ctx has ended.
func stream[T any](ctx context.Context, all iter.Seq[T], wrap func(some []T, next tea.Cmd) tea.Msg) tea.Cmd {
	ready := make(chan []T)
	var next tea.Cmd
	next = func() tea.Msg {
		select {
		case some, ok := <-ready:
			if ok {
				return wrap(some, next)
			}
		case <-ctx.Done():
		}
		return wrap(nil, nil)
	}
	read := func() {
		defer close(ready)
		var some []T
		for x := range all {
			some = append(some, x)
			select {
			case ready <- some:
				some = nil
			case <-ctx.Done():
				return
			default:
			}
		}
		if len(some) > 0 {
			select {
			case ready <- some:
			case <-ctx.Done():
			}
		}
	}
	return func() tea.Msg {
		go read()
		return next()
	}
}
