// Package child is the image engine behind a wall: ordinary pictures are worked
// on in this process, those whose decoders have no other guard in a child that
// has limits of memory and time and can be killed. It knows no bucket and no pixels.
package child

import (
	"context"
	"errors"
	"fmt"
	"image"
	"runtime"
	"slices"
	"sync"
	"time"

	"weft/config"
	"weft/pipeline/picture"
	"weft/pipeline/recipe"
)

// Engine does what package picture does. Command is what starts a child: a
// program and arguments that end in Serve, such as weft itself. It may be used
// from many goroutines. A nil Engine, or one without a Command, refuses what is
// for a child.
type Engine struct {
	Command []string
	Env     []string // the child's environment; nothing of this process's reaches it

	patience time.Duration // instead of a demand's time, for tests

	mu     sync.Mutex
	idle   []*process // warm children, the last used last
	closed bool
}

// How long a warm child waits for the next picture, and how much it may still
// hold to be kept.
const (
	idleTime   = 30 * time.Second
	keepMemory = 96 << 20 // bytes
)

// Run is picture.Run.
func (e *Engine) Run(ctx context.Context, source []byte, recipes []recipe.Recipe, l config.Limits) (_ []picture.Result, _ picture.Facts, err error) {
	defer caught(&err)
	d, err := picture.Weigh(source, recipes, l)
	if err != nil {
		return nil, d.Facts, err
	}
	if d.Apart == "" {
		return picture.Run(ctx, source, recipes, l)
	}
	a, err := e.do(ctx, d, request{Recipes: recipes, Limits: l}, source)
	if err != nil {
		return nil, d.Facts, err
	}
	for i, place := range a.Made {
		if place < 0 || place >= len(recipes) {
			return nil, d.Facts, errMessage
		}
		a.Results[i].Recipe = recipes[place]
	}
	return a.Results, a.Facts, a.err()
}

// Preview is picture.Preview.
func (e *Engine) Preview(ctx context.Context, source []byte, width, height int, l config.Limits) (_ *image.NRGBA, _ picture.Facts, err error) {
	defer caught(&err)
	d, err := picture.Weigh(source, nil, l)
	if err != nil {
		return nil, d.Facts, err
	}
	if d.Apart == "" {
		return picture.Preview(ctx, source, width, height, l)
	}
	a, err := e.do(ctx, d, request{Preview: true, Width: width, Height: height, Limits: l}, source)
	if err != nil {
		return nil, d.Facts, err
	}
	return a.Picture, a.Facts, a.err()
}

// caught makes a fault of the engine that this goroutine can catch an error.
func caught(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("weft has a fault here: %.200s; please report it", fmt.Sprint(p))
	}
}

// do has a child answer a request. A child that somebody else has killed is no
// fault of the picture's, nor is one that dies of what the pictures before have left
// behind, such as memory in pieces: a new one tries once more.
func (e *Engine) do(ctx context.Context, d picture.Demand, r request, source []byte) (answer, error) {
	release, err := picture.Reserve(ctx, d.Memory, r.Limits)
	if err != nil {
		return answer{}, err
	}
	defer release()
	r.Memory = d.Memory
	for again := false; ; again = true {
		p, err := e.take(again)
		if err != nil {
			return answer{}, fmt.Errorf("%s is worked on in a process of its own, which could not be started: %w", d.Apart, err)
		}
		used := p.expiry != nil
		a, err := p.ask(ctx, e.time(d), r, source)
		if err == nil {
			e.put(p, a.Held)
			return a, nil
		}
		p.kill()
		<-p.done
		if err := ctx.Err(); err != nil {
			return answer{}, err
		}
		err = p.reason(err, d.Memory, r.Limits)
		if again || p.late || !errors.Is(err, errKilled) && !used {
			return answer{}, err
		}
	}
}

func (e *Engine) time(d picture.Demand) time.Duration {
	if e.patience > 0 {
		return e.patience
	}
	return d.Time
}

// take gets a warm child, or starts one.
func (e *Engine) take(fresh bool) (*process, error) {
	if e == nil || len(e.Command) == 0 {
		return nil, errors.New("this program was not told how")
	}
	e.mu.Lock()
	for n := len(e.idle); n > 0 && !fresh; n = len(e.idle) {
		p := e.idle[n-1]
		e.idle = e.idle[:n-1]
		if p.expiry.Stop() && p.alive() {
			e.mu.Unlock()
			return p, nil
		}
	}
	e.mu.Unlock()
	return start(e.Command, e.Env)
}

// put keeps a child for the next picture, unless it still holds much: then it is
// gone when put returns, and so is what it holds.
func (e *Engine) put(p *process, held int64) {
	if held > keepMemory {
		p.kill()
		<-p.done
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed || len(e.idle) >= runtime.NumCPU() {
		p.leave()
		return
	}
	p.expiry = time.AfterFunc(idleTime, func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		if i := slices.Index(e.idle, p); i >= 0 {
			e.idle = slices.Delete(e.idle, i, i+1)
			p.leave()
		}
	})
	e.idle = append(e.idle, p)
}

// Close lets the warm children go. They also go when this process ends, however
// it does.
func (e *Engine) Close() {
	if e == nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	for _, p := range e.idle {
		p.expiry.Stop()
		p.leave()
	}
	e.idle = nil
}
