package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"path"
	"slices"
	"strings"

	"weft/config"
	"weft/pipeline/recipe"
	"weft/s3ops"
)

// PlannedOutput is one output a recipe would make.
type PlannedOutput struct {
	Source string `json:"source"`
	Recipe string `json:"recipe"`
	Key    string `json:"key"`
	State  string `json:"state"`            // "new", "stale", "up to date", "collision"
	Why    string `json:"why,omitempty"`    // it is stale, or collides
	Pixels int64  `json:"pixels,omitempty"` // of the source, if they are known without asking

	// Sources is how many pictures are on a page of a sheet, of which Source is the first.
	Sources int `json:"sources,omitempty"`

	// Part is the key of the first swatch that a split writes beside Key, the sheet of
	// all; how many there are shows only the photo.
	Part string `json:"part,omitempty"`

	size   int64          // of the source, in bytes
	parts  []s3ops.Object // of a page
	recipe recipe.Recipe
}

// From says what the output is made of: a source, or the pictures of a page.
func (p PlannedOutput) From() string {
	if p.Sources < 2 {
		return p.Source
	}
	return fmt.Sprintf("%s and %d more", p.Source, p.Sources-1)
}

// Into says where the output goes, and the swatches with it.
func (p PlannedOutput) Into() string {
	if p.Part == "" {
		return p.Key
	}
	return p.Key + ", each swatch to " + p.Part + " and on"
}

// planWidth is how many sources are asked for at the same time.
const planWidth = 16

// planFew is the most sources for which each output is asked for. Of more, what
// is there is listed, and what it was made from is read in their rows.
const planFew = 256

// Plan says what Process tasks for the sources would do, without doing it, in
// their order. Each output comes as soon as it is known. An error that comes with
// a Source is of that one; an error without ends the sequence.
func (d *Doer) Plan(ctx context.Context, sources iter.Seq2[s3ops.Object, error], recipes []recipe.Recipe) iter.Seq2[PlannedOutput, error] {
	return func(yield func(PlannedOutput, error) bool) {
		var all []s3ops.Object
		for o, err := range sources {
			switch {
			case err == nil:
				all = append(all, o)
			case !yield(PlannedOutput{Source: o.Key}, err) || o.Key == "":
				return
			}
		}
		recipes, missing := d.lookUp(ctx, recipes)
		if err := errors.Join(missing...); err != nil {
			yield(PlannedOutput{}, err)
			return
		}
		sheets, each := bySheet(recipes)
		if !d.planSheets(ctx, all, sheets, yield) || len(each) == 0 {
			return
		}
		see := d.planOne
		if len(all) > planFew {
			l, err := d.openLedger(ctx, all, each)
			if err != nil {
				yield(PlannedOutput{}, err)
				return
			}
			see = l.planOne
		}
		first := owners{}
		for one := range inOrder(ctx, slices.Values(all), planWidth, func(ctx context.Context, o s3ops.Object) planned {
			return see(ctx, o, taking(each, o.Key, d.Folders))
		}) {
			for _, p := range one.outputs {
				first.judge(&p)
				if p.recipe.Has(recipe.Split) {
					p.Part, _ = p.recipe.Part(p.Source, 1, d.Folders)
				}
				if !yield(p, nil) {
					return
				}
			}
			if one.err != nil && ctx.Err() == nil && !yield(PlannedOutput{Source: one.source}, one.err) {
				return
			}
		}
		if err := ctx.Err(); err != nil {
			yield(PlannedOutput{}, err)
		}
	}
}

// owners are the sources that come first to the keys that sources may share.
type owners map[string]string

// judge makes a collision of an output whose key belongs to another source.
func (w owners) judge(p *PlannedOutput) {
	if p.recipe.Unique() {
		return
	}
	if other, ok := w[p.Key]; ok && other != p.Source {
		p.State, p.Why = OutputCollision, "it is also the result of "+other
	} else {
		w[p.Key] = p.Source
	}
}

// planned is what is known of one source.
type planned struct {
	source  string
	outputs []PlannedOutput
	err     error
}

// planOne asks for each output of a source.
func (d *Doer) planOne(ctx context.Context, o s3ops.Object, recipes []recipe.Recipe) planned {
	outputs, failed := d.lookAll(ctx, s3ops.Info{Object: o}, recipes)
	return planOf(o, 0, outputs, failed)
}

func planOf(o s3ops.Object, pixels int64, outputs []output, failed []error) planned {
	p := planned{source: o.Key}
	for _, x := range outputs {
		out := PlannedOutput{Source: o.Key, Recipe: x.recipe.Name, Key: x.key, State: x.state, Why: x.why, Pixels: pixels, size: o.Size, recipe: x.recipe}
		if x.state == OutputCollision {
			out.Why = "its key holds " + x.holds()
		}
		p.outputs = append(p.outputs, out)
	}
	if err := errors.Join(failed...); err != nil {
		p.err = fmt.Errorf("%s: %w", printable(o.Key), err)
	}
	return p
}

// Find gives the objects of keys, in their order, as a listing shows them. One
// that is not there is an error with its Key. Of a folder in which many are, the
// listing is read; the others are asked for.
func (d *Doer) Find(ctx context.Context, keys []string) iter.Seq2[s3ops.Object, error] {
	const many = 64
	type found struct {
		s3ops.Object
		err error
	}
	return func(yield func(s3ops.Object, error) bool) {
		wanted := map[string]int{} // by folder
		for _, k := range keys {
			wanted[folderOf(k)]++
		}
		listed := map[string]s3ops.Object{}
		for folder, n := range wanted {
			if n < many {
				continue
			}
			for page, err := range d.Bucket.Pages(ctx, folder, s3ops.ListOptions{}) {
				if err != nil {
					yield(s3ops.Object{}, err)
					return
				}
				for _, o := range page.Objects {
					listed[o.Key] = o
				}
			}
		}
		for x := range inOrder(ctx, slices.Values(keys), planWidth, func(ctx context.Context, key string) found {
			if o, ok := listed[key]; ok {
				return found{Object: o}
			}
			info, err := d.Bucket.Stat(ctx, key, "")
			info.Key = key
			return found{info.Object, err}
		}) {
			if !yield(x.Object, x.err) {
				return
			}
		}
		if err := ctx.Err(); err != nil {
			yield(s3ops.Object{}, err)
		}
	}
}

// folderOf is the folder a key lies in, with its slash.
func folderOf(key string) string { return key[:strings.LastIndexByte(key, '/')+1] }

// Sources lists the images below the prefixes, each once, by their extension.
// The folders of results and of the table are left out: those are no sources.
func (d *Doer) Sources(ctx context.Context, prefixes []string) iter.Seq2[s3ops.Object, error] {
	return func(yield func(s3ops.Object, error) bool) {
		for _, prefix := range outermost(prefixes) {
			for o, err := range d.Bucket.Objects(ctx, prefix, s3ops.ListOptions{Recursive: true}) {
				if err != nil {
					yield(s3ops.Object{}, err)
					return
				}
				if IsImage(o.Key) && !d.ours(o.Key) && !yield(o, nil) {
					return
				}
			}
		}
	}
}

// ours tells whether weft writes the key by itself.
func (d *Doer) ours(key string) bool {
	for _, role := range []config.Role{config.Generated, config.FabricTable} {
		if p := d.Folders.Prefix(role); p != "" && strings.HasPrefix(key, p) {
			return true
		}
	}
	return false
}

// outermost drops the prefixes that lie within another one.
func outermost(prefixes []string) []string {
	sorted := slices.SortedFunc(slices.Values(prefixes), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
	})
	var out []string
	for _, p := range sorted {
		if !slices.ContainsFunc(out, func(o string) bool { return strings.HasPrefix(p, o) }) {
			out = append(out, p)
		}
	}
	return out
}

// IsImage tells by a key's extension whether it should be a picture that weft
// can read.
func IsImage(key string) bool {
	switch strings.ToLower(path.Ext(key)) {
	case ".jpg", ".jpeg", ".jpe", ".png", ".gif", ".webp", ".tif", ".tiff", ".bmp", ".avif", ".heic", ".heif", ".apng":
		return true
	}
	return false
}
