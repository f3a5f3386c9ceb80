package main

import (
	"cmp"
	"context"
	"fmt"
	"iter"

	"github.com/spf13/cobra"

	"weft/pipeline"
	"weft/s3ops"
)

// mended is what a script learns of one object. Those that are right are counted
// only.
type mended struct {
	Key       string `json:"key"`
	State     string `json:"state"` // wrong, mended, left, failed
	From      string `json:"from"`
	To        string `json:"to,omitempty"`
	CacheFrom string `json:"cache_control_from,omitempty"`
	CacheTo   string `json:"cache_control,omitempty"`
	Note      string `json:"note,omitempty"`
	Error     string `json:"error,omitempty"`
}

func (a *app) fixHeadersCommand() *cobra.Command {
	var plan bool
	var cache string
	c := &cobra.Command{
		Use:   "fix-headers KEY|PREFIX/…",
		Short: "Mend wrong types of objects, so that links show pictures",
		Long: "Finds objects whose Content-Type is missing or not that of their bytes, of which it reads\n" +
			"1 KB, and mends them inside the store: metadata, tags, other headers, storage class and\n" +
			"encryption stay. The time of a mended object becomes that of now; S3 keeps the one before as a\n" +
			"version where versioning is on (the embedded store does not). An ACL of its own is not kept,\n" +
			"archived objects are left. What was uploaded in parts gets another ETag: its results are made again.",
		Example: "  weft fix-headers --plan uploaded/\n  weft fix-headers --cache-control max-age=31536000 generated/",
		Args:    takes(1, -1),
	}
	c.Flags().BoolVar(&plan, "plan", false, "only say what is wrong")
	c.Flags().StringVar(&cache, "cache-control", "", "also give every object this Cache-Control")
	c.RunE = a.do(func(ctx context.Context, args []string) error {
		keys, err := a.keys(ctx, args)
		if err != nil {
			return err
		}
		b, stop, err := a.openFor(ctx, !plan)
		if err != nil {
			return err
		}
		defer stop()
		return a.fixHeaders(ctx, b, keys, cache, plan)
	})
	return c
}

func (a *app) fixHeaders(ctx context.Context, b *s3ops.Bucket, keys []string, cache string, plan bool) error {
	count, total := map[string]int{}, 0
	done := &history{a: a}
	defer done.close(ctx)
	for m, err := range a.doer(b).Mend(ctx, objectsOf(ctx, b, keys), cache, plan) {
		if err != nil {
			return err
		}
		total++
		count[m.State]++
		if m.State == pipeline.HeadersMended {
			done.add(ctx, pipeline.Task{Verb: pipeline.Mend, Key: m.Key, CacheControl: cache}, m.Outcome)
		}
		a.out.progress(fmt.Sprintf("%d looked at, %d wrong", total, count[pipeline.HeadersWrong]+count[pipeline.HeadersMended]))
		if err := a.tellMended(m); err != nil {
			return err
		}
	}
	a.out.progress("")
	text := fmt.Sprintf("%s looked at: %d wrong", plural(total, "object"), count[pipeline.HeadersWrong]+count[pipeline.HeadersMended])
	for _, state := range []string{pipeline.HeadersMended, pipeline.HeadersLeft, pipeline.HeadersFailed} {
		if n := count[state]; n > 0 {
			text += fmt.Sprintf(", %d %s", n, state)
		}
	}
	if plan && count[pipeline.HeadersWrong] > 0 {
		text += "; mending gives each the time of now, and one more version where the bucket keeps them"
	}
	a.out.note("%s", text)
	return orFailures(nil, count[pipeline.HeadersFailed], total)
}

// objectsOf are the objects of keys and of all that lies below folders.
func objectsOf(ctx context.Context, b *s3ops.Bucket, keys []string) iter.Seq2[s3ops.Object, error] {
	return func(yield func(s3ops.Object, error) bool) {
		for _, k := range keys {
			if k != "" && !isFolder(k) {
				if !yield(s3ops.Object{Key: k}, nil) {
					return
				}
				continue
			}
			found := false
			for o, err := range b.Objects(ctx, k, s3ops.ListOptions{Recursive: true}) {
				if !yield(o, err) || err != nil {
					return
				}
				found = true
			}
			if !found {
				yield(s3ops.Object{}, fmt.Errorf("%s: nothing is there", k))
				return
			}
		}
	}
}

// tellMended prints what became of one object, unless it was right.
func (a *app) tellMended(m pipeline.Mending) error {
	r := mended{Key: m.Key, State: m.State, From: m.ContentType, To: m.RightType, CacheTo: m.RightCache, Note: cmp.Or(m.Left, m.Note)}
	if m.RightCache != "" {
		r.CacheFrom = m.CacheControl
	}
	if m.State == pipeline.HeadersFailed {
		err := s3ops.Doing("look at", m.Err)
		r.Error = err.Error()
		a.out.fail(r.Error)
	}
	switch {
	case m.State == pipeline.HeadersRight:
		return nil
	case a.json:
		return a.out.object(r)
	case m.State == pipeline.HeadersFailed:
		return nil
	case m.State == pipeline.HeadersLeft:
		a.out.note("%s: left as it is: %s", m.Key, m.Left)
		return nil
	}
	if m.Note != "" {
		a.out.note("%s", m.Note)
	}
	return a.out.line("%-6s %s  %s", m.State, clean(m.Key), clean(changes(m.Headers)))
}

// changes are "binary/octet-stream → image/jpeg", and of the Cache-Control.
func changes(h s3ops.Headers) string {
	text := ""
	if h.RightType != "" {
		text = cmp.Or(h.ContentType, "no type") + " → " + h.RightType
	}
	if h.RightCache != "" {
		if text != "" {
			text += "  "
		}
		text += "Cache-Control " + cmp.Or(h.CacheControl, "none") + " → " + h.RightCache
	}
	return text
}
