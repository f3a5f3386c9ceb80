package tui

import "context"

// fetch guards one kind of read: beginning a new one cancels the one before,
// and only answers that carry the newest token are current.
type fetch struct {
	token  int
	cancel context.CancelFunc
}

// begin starts a read and gives its context and token.
func (f *fetch) begin(parent context.Context) (context.Context, int) {
	f.stop()
	ctx, cancel := context.WithCancel(parent)
	f.cancel = cancel
	return ctx, f.token
}

// stop cancels the read under way; its answers are stale from now on.
func (f *fetch) stop() {
	if f.cancel != nil {
		f.cancel()
		f.cancel = nil
	}
	f.token++
}

// busy tells whether an answer is still to come.
func (f *fetch) busy() bool { return f.cancel != nil }

// current tells whether an answer belongs to the newest read.
func (f *fetch) current(token int) bool { return f.cancel != nil && f.token == token }
