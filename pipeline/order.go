package pipeline

import (
	"context"
	"iter"
)

// inOrder calls do for many at the same time, width of them, and gives the
// answers in the order of what was asked. It ends early when ctx does, or when
// the reader stops: then no call is waited for.
func inOrder[T, R any](ctx context.Context, all iter.Seq[T], width int, do func(context.Context, T) R) iter.Seq[R] {
	return func(yield func(R) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		order := make(chan chan R, width)
		go func() {
			defer close(order)
			for x := range all {
				one := make(chan R, 1)
				select {
				case order <- one:
				case <-ctx.Done():
					return
				}
				go func() { one <- do(ctx, x) }()
			}
		}()
		for one := range order {
			if !yield(<-one) {
				return
			}
		}
	}
}
