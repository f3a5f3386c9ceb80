package child

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"time"

	"weft/pipeline/picture"
	"weft/pipeline/recipe"
)

// exitMemory is the exit code of a child that holds more than it may.
const exitMemory = 70

const (
	muchMemory = 64 << 20 // bytes: held after a picture, they are given back at once
	maxStack   = 32 << 20 // bytes; no decoder nests deeper
)

// Serve makes this process a child: it answers the requests that come on
// standard input, one after the other, on standard output, and never returns.
// When the input ends, as it does with its parent, the process ends at once.
func Serve() {
	debug.SetMaxStack(maxStack)
	in, out := os.Stdin, os.Stdout
	os.Stdout = os.Stderr // whatever a library prints is no answer
	type job struct {
		request
		source []byte
	}
	jobs := make(chan job)
	go func() {
		for {
			var j job
			blobs, err := receive(in, &j.request)
			source, ok := j.take(blobs)
			if err != nil || !ok {
				os.Exit(0) // also in the middle of a picture: nobody waits for it
			}
			j.source = source
			jobs <- j
		}
	}()
	first()
	start := mapped()
	for j := range jobs {
		room := j.Memory
		if slices.ContainsFunc(j.Recipes, func(r recipe.Recipe) bool { return r.Format() == "avif" }) {
			room *= 2 // address space: the encoder's memory grows by copies, of which the old ones are let go
		}
		// What pictures before have had it map it may use again: the watch sees how much it does.
		confine(start, max(room, mapped()-start))
		debug.SetMemoryLimit(j.Memory - j.Memory/8) // the collector works harder near the end
		done := make(chan struct{})
		go watch(j.Memory, done)
		a := carryOut(j.request, j.source)
		close(done)
		if j.source = nil; held() > muchMemory {
			debug.FreeOSMemory() // first: with the answer the memory is others'
		}
		a.Held = held()
		if err := sendAnswer(out, a); err != nil {
			os.Exit(0)
		}
	}
}

// carryOut does what is asked for.
func carryOut(r request, source []byte) (a answer) {
	var err error
	ctx := context.Background()
	switch {
	case r.Preview:
		a.Picture, a.Facts, err = picture.Preview(ctx, source, r.Width, r.Height, r.Limits)
	case (r.Find || r.Split) && len(r.Recipes) != 1:
		err = errMessage
	case r.Find:
		a.Found, a.Facts, err = picture.FindSwatches(ctx, source, r.Recipes[0], r.Limits)
	case r.Split:
		a.Results, a.Found, a.Facts, err = picture.Split(ctx, source, r.Recipes[0], r.Limits, nil)
	default:
		a.Results, a.Facts, err = picture.Run(ctx, source, r.Recipes, r.Limits)
	}
	if r.Split {
		a.Made = make([]int, len(a.Results)) // all are by the one recipe
	}
	for place, i := 0, len(a.Made); i < len(a.Results) && place < len(r.Recipes); place++ { // they come in the same order
		if x := a.Results[i].Recipe; x.Name == r.Recipes[place].Name && x.Hash() == r.Recipes[place].Hash() {
			a.Made = append(a.Made, place)
			i++
		}
	}
	a.fail(err)
	return a
}

// watch ends the process when it holds more than it may, until done is closed:
// the same everywhere, and with a reason. The kernel's own limit is for what
// asks for too much at once.
func watch(allowed int64, done <-chan struct{}) {
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-done:
			return
		case <-look.C:
		}
		if held() > allowed {
			os.Exit(exitMemory)
		}
	}
}

// held is what this process has of the system's memory, in bytes.
func held() int64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return int64(samples[0].Value.Uint64() - samples[1].Value.Uint64())
}
