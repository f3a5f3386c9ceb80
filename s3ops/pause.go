package s3ops

import (
	"context"
	"time"
)

// Pause is a wait before a request is made again.
type Pause struct {
	For time.Duration // from now on; 0: the wait is over
	Why string        // the store's code or a few plain words, e.g. "SlowDown"
}

type pauses struct{} // key of a context: func(Pause)

// WithPauses is a context whose requests tell each pause they make, so that
// waiting can be seen. tell must not block; it may be called from several
// goroutines at once, since the parts of one transfer pause each for itself.
func WithPauses(ctx context.Context, tell func(Pause)) context.Context {
	return context.WithValue(ctx, pauses{}, tell)
}

func tellPause(ctx context.Context, p Pause) {
	if tell, ok := ctx.Value(pauses{}).(func(Pause)); ok {
		tell(p)
	}
}
