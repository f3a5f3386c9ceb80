package pipeline

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"weft/config"
	"weft/pipeline/recipe"
	"weft/s3ops"
)

// The states of a result, beside those of a planned output.
const (
	ResultMissing = "missing" // its source is there, and the recipe is usual for it
	ResultOrphan  = "orphan"  // it is there, and its source is gone
)

// Result is one result as it stands: up to date, stale, missing, a collision or
// an orphan.
type Result struct {
	PlannedOutput
	etag string // of an orphan
	row  string // the ETag of the row of its source, which is gone; "" if there is none
}

// Results tells how the results of the sources below a prefix stand, in the
// order of the sources; then come the orphans in the order of their keys. It
// lists sources, results and rows, once each, reads the rows that this machine
// has not kept, and asks for the objects themselves only where those disagree.
//
// A result is missing if its recipe is usual: at least half of the sources with
// any result have one by it, or none has any. With all set, each recipe is usual.
// Results of recipes that are not among the given ones are passed over, and so
// are sheets, which are of many sources. An error with a Source is of that one, or
// of a recipe; one without ends the sequence. told is
// called, from another goroutine, while rows are read; it may be nil.
func (d *Doer) Results(ctx context.Context, prefix string, recipes []recipe.Recipe, all bool, told func(rows, of int)) iter.Seq2[Result, error] {
	return func(yield func(Result, error) bool) {
		var sources []s3ops.Object
		var l *ledger
		g, gctx := errgroup.WithContext(ctx)
		g.Go(func() (err error) {
			l, err = d.readLedger(gctx, d.Folders.Prefix(config.Generated), true, told)
			return err
		})
		g.Go(func() error {
			for o, err := range d.Sources(gctx, []string{prefix}) {
				if err != nil {
					return err
				}
				sources = append(sources, o)
			}
			return nil
		})
		if err := g.Wait(); err != nil {
			yield(Result{}, err)
			return
		}
		recipes, broken := d.lookUp(ctx, recipes)
		for _, err := range broken {
			if !yield(Result{PlannedOutput: PlannedOutput{Source: cmp.Or(prefix, "/")}}, err) {
				return
			}
		}
		_, recipes = bySheet(recipes) // a sheet is of no one source
		s := standing{ledger: l, prefix: prefix, sources: map[string]bool{}, claimed: map[string]bool{}}
		usual := s.claim(sources, recipes, all)
		if s.each(ctx, sources, recipes, usual, yield) && s.orphans(ctx, yield) && ctx.Err() != nil {
			yield(Result{}, ctx.Err())
		}
	}
}

// standing is Results at work.
type standing struct {
	*ledger
	prefix  string
	sources map[string]bool // all that are there
	claimed map[string]bool // keys of results that a source and a recipe have
}

// claim finds which results there are of sources by recipes, and gives the names
// of the usual recipes.
func (s *standing) claim(sources []s3ops.Object, recipes []recipe.Recipe, all bool) map[string]bool {
	have, any := map[string]int{}, 0
	for _, o := range sources {
		s.sources[o.Key] = true
		found := false
		for _, r := range taking(recipes, o.Key, s.d.Folders) {
			key, err := r.Output(o.Key, s.d.Folders)
			if err != nil {
				continue
			}
			if _, ok := s.there[key]; ok {
				s.claimed[key] = true
				have[r.Name]++
				found = true
			}
		}
		if found {
			any++
		}
	}
	usual := map[string]bool{}
	for _, r := range recipes {
		usual[r.Name] = all || 2*have[r.Name] >= any
	}
	return usual
}

// each tells of every result of every source; it tells whether to go on.
func (s *standing) each(ctx context.Context, sources []s3ops.Object, recipes []recipe.Recipe, usual map[string]bool, yield func(Result, error) bool) bool {
	first := owners{}
	for one := range inOrder(ctx, slices.Values(sources), ledgerWidth, func(ctx context.Context, o s3ops.Object) planned {
		return s.planOne(ctx, o, taking(recipes, o.Key, s.d.Folders))
	}) {
		for _, p := range one.outputs {
			if p.State == OutputNew && !usual[p.Recipe] {
				continue
			}
			if first.judge(&p); p.State == OutputNew {
				p.State = ResultMissing
			}
			if !yield(Result{PlannedOutput: p}, nil) {
				return false
			}
		}
		if one.err != nil && ctx.Err() == nil && !yield(Result{PlannedOutput: PlannedOutput{Source: one.source}}, one.err) {
			return false
		}
	}
	return ctx.Err() == nil
}

// orphans tells of the results whose source is gone.
func (s *standing) orphans(ctx context.Context, yield func(Result, error) bool) bool {
	made := map[string]Origin{} // of results by what the rows say
	for _, row := range s.rows {
		for _, o := range row.Outputs {
			if at, ok := s.there[o.Key]; ok && at.Size == o.Bytes && !s.claimed[o.Key] {
				made[o.Key] = Origin{SourceKey: row.Source, Recipe: o.Recipe}
			}
		}
	}
	left := slices.DeleteFunc(slices.Sorted(maps.Keys(s.there)), func(key string) bool {
		from, known := made[key]
		return s.claimed[key] || known && !s.lost(from.SourceKey)
	})
	type answer struct {
		Result
		lost bool
		err  error
	}
	for a := range inOrder(ctx, slices.Values(left), ledgerWidth, func(ctx context.Context, key string) (a answer) {
		a.Source, a.Key, a.State, a.etag = key, key, ResultOrphan, s.there[key].ETag
		from, known := made[key]
		if !known {
			info, err := s.d.Bucket.Stat(ctx, key, "")
			if errors.Is(err, s3ops.ErrNotFound) || err != nil && ctx.Err() != nil {
				return a
			}
			if a.err = err; err != nil {
				return a
			}
			if from, known = OriginOf(info.Metadata); !known || !s.lost(from.SourceKey) {
				return a // not ours, or not lost
			}
			a.etag = info.ETag
		}
		a.Source, a.Recipe, a.Why = from.SourceKey, from.Recipe, "its source is gone"
		a.row = s.rows[RowKey(s.d.Folders, a.Source)].ETag
		a.lost, a.err = s.gone(ctx, from.SourceKey)
		return a
	}) {
		if (a.lost || a.err != nil) && !yield(a.Result, a.err) {
			return false
		}
	}
	return true
}

// lost tells whether a source should lie below the prefix and was not listed.
func (s *standing) lost(source string) bool {
	_, result := s.there[source]
	return strings.HasPrefix(source, s.prefix) && !s.sources[source] && !result
}

// gone makes sure of it where the listing shows only what looks like a picture.
func (s *standing) gone(ctx context.Context, source string) (bool, error) {
	if IsImage(source) && !s.d.ours(source) {
		return true, nil
	}
	_, err := s.d.Bucket.Stat(ctx, source, "")
	if errors.Is(err, s3ops.ErrNotFound) {
		return true, nil
	}
	return false, err
}

// MendResults are the tasks that bring results up to date: what is stale or missing
// is made, orphans are deleted with the rows of their sources, each as long as it is
// the object that was seen. The results of one source come after one another.
func MendResults(f config.Folders, results []Result) iter.Seq[Task] {
	return func(yield func(Task) bool) {
		rows := map[string]bool{} // that are to be deleted
		for i := 0; i < len(results); {
			r := results[i]
			var todo []recipe.Recipe
			from := i
			for ; i < len(results) && results[i].Source == r.Source && results[i].State != ResultOrphan; i++ {
				if s := results[i].State; s == OutputStale || s == ResultMissing {
					todo = append(todo, results[i].recipe)
				}
			}
			for t := range Tasks(f, []string{r.Source}, todo) {
				if !yield(t) {
					return
				}
			}
			if i > from {
				continue
			}
			i++
			if r.State != ResultOrphan {
				continue
			}
			if !yield(Task{Verb: Delete, Key: r.Key, IfETag: r.etag}) {
				return
			}
			row := Task{Verb: Delete, Key: RowKey(f, r.Source), IfETag: r.row}
			if r.row == "" || rows[row.Key] {
				continue
			}
			if rows[row.Key] = true; !yield(row) {
				return
			}
		}
	}
}
