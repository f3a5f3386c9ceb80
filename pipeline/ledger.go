package pipeline

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"weft/pipeline/recipe"
	"weft/s3ops"
)

// ledger knows which results there are from listings, and what they were made
// from by the rows of the table. Only where a row and the listing do not agree is
// an object itself asked for.
type ledger struct {
	d     *Doer
	there map[string]s3ops.Object // results, by key
	rows  map[string]kept         // by the row's key; nil: not listed
}

// kept is what the ledger wants of a row.
type kept struct {
	ETag          string // of the row's object; "": there is no row
	Source        string
	SourceETag    string
	Width, Height int // of the source, in pixels
	Engine        int // its version when the row was written
	Outputs       []keptOutput
}

type keptOutput struct {
	Key, Recipe, Hash string
	Bytes             int64
}

// ledgerWidth is how many rows, or results without one, are asked for at once.
const ledgerWidth = 48

// rowsListed is the number of sources from which on the rows are listed, to read
// only those that this machine has not kept, rather than asked for one by one.
const rowsListed = 2000

// openLedger lists the results that the recipes could have of the sources.
func (d *Doer) openLedger(ctx context.Context, sources []s3ops.Object, recipes []recipe.Recipe) (*ledger, error) {
	prefix, first := "", true
	for _, o := range sources {
		for _, r := range recipes {
			key, err := r.Output(o.Key, d.Folders)
			switch {
			case err != nil:
			case first:
				prefix, first = folderOf(key), false
			default:
				for !strings.HasPrefix(key, prefix) {
					prefix = folderOf(strings.TrimSuffix(prefix, "/"))
				}
			}
		}
	}
	if first { // nothing can be made at all
		return &ledger{d: d}, nil
	}
	return d.readLedger(ctx, prefix, len(sources) >= rowsListed, nil)
}

// readLedger lists the results below a prefix and, if asked, reads all rows.
func (d *Doer) readLedger(ctx context.Context, prefix string, rows bool, told func(rows, of int)) (*ledger, error) {
	l := &ledger{d: d, there: map[string]s3ops.Object{}}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		for o, err := range d.Bucket.Objects(ctx, prefix, s3ops.ListOptions{}) {
			if err != nil {
				return err
			}
			l.there[o.Key] = o
		}
		return nil
	})
	if rows {
		g.Go(func() error { return l.readRows(ctx, told) })
	}
	return l, g.Wait()
}

// readRows brings what is kept of the rows up to date.
func (l *ledger) readRows(ctx context.Context, told func(rows, of int)) error {
	known := loadRows(l.d.Rows)
	l.rows = map[string]kept{}
	var missing []string
	for o, err := range l.d.Bucket.Objects(ctx, rowsPrefix(l.d.Folders), s3ops.ListOptions{}) {
		if err != nil {
			return err
		}
		if k, ok := known[o.Key]; ok && k.ETag == o.ETag && o.ETag != "" {
			l.rows[o.Key] = k
		} else {
			missing = append(missing, o.Key)
		}
	}
	type read struct {
		key string
		kept
		err error
	}
	n := 0
	for x := range inOrder(ctx, slices.Values(missing), ledgerWidth, func(ctx context.Context, key string) read {
		k, err := l.readRow(ctx, key)
		return read{key, k, err}
	}) {
		if x.err != nil {
			return x.err
		}
		l.rows[x.key] = x.kept
		if n++; told != nil && n%100 == 0 {
			told(n, len(missing))
		}
	}
	if len(missing) > 0 || len(known) != len(l.rows) {
		saveRows(l.d.Rows, l.rows)
	}
	return ctx.Err()
}

func (l *ledger) readRow(ctx context.Context, key string) (kept, error) {
	row, etag, err := l.d.readRow(ctx, key)
	k := kept{ETag: etag, Source: row.Key, SourceETag: row.ETag, Width: row.Width, Height: row.Height, Engine: row.EngineVersion}
	for _, o := range row.Outputs {
		k.Outputs = append(k.Outputs, keptOutput{o.Key, o.Recipe, o.RecipeHash, o.Bytes})
	}
	return k, err
}

// row is what is known of a source's row.
func (l *ledger) row(ctx context.Context, source string) (kept, error) {
	key := RowKey(l.d.Folders, source)
	if l.rows != nil {
		return l.rows[key], nil
	}
	return l.readRow(ctx, key)
}

// planOne is Doer.planOne from what the ledger knows.
func (l *ledger) planOne(ctx context.Context, o s3ops.Object, recipes []recipe.Recipe) planned {
	all, errs := make([]output, len(recipes)), make([]error, len(recipes))
	var row kept
	var rerr error
	asked := false
	for i, r := range recipes {
		all[i] = output{recipe: r, state: OutputNew}
		if all[i].key, errs[i] = r.Output(o.Key, l.d.Folders); errs[i] != nil {
			continue
		}
		at, ok := l.there[all[i].key]
		if !ok {
			continue
		}
		if !asked {
			asked = true
			row, rerr = l.row(ctx, o.Key)
		}
		if rerr != nil {
			errs[i] = rerr
			continue
		}
		j := slices.IndexFunc(row.Outputs, func(x keptOutput) bool {
			return row.Source == o.Key && x.Key == at.Key && x.Recipe == r.Name && x.Bytes == at.Size
		})
		if j < 0 {
			all[i], errs[i] = l.d.look(ctx, s3ops.Info{Object: o}, r)
			continue
		}
		all[i].now.Object = at
		all[i].compare(row.SourceETag == o.ETag, row.Outputs[j].Hash, strconv.Itoa(row.Engine))
	}
	outputs, failed := settle(all, errs)
	pixels := int64(0)
	if row.Source == o.Key && row.SourceETag == o.ETag {
		pixels = int64(row.Width) * int64(row.Height)
	}
	return planOf(o, pixels, outputs, failed)
}
