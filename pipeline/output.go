package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strconv"

	"weft/pipeline/picture"
	"weft/pipeline/recipe"
	"weft/s3ops"
)

// The names of an output's user metadata. Values are escaped as in a URL's
// path, since metadata is ASCII.
const (
	metaSource = "weft-source"
	metaETag   = "weft-source-etag"
	metaRecipe = "weft-recipe"
	metaHash   = "weft-recipe-hash"
	metaEngine = "weft-engine"
	metaWidth  = "weft-width"
	metaHeight = "weft-height"
)

// Origin is where an output comes from, as its metadata says.
type Origin struct {
	SourceKey  string `json:"source_key"`
	SourceETag string `json:"source_etag"`
	Recipe     string `json:"recipe"`
}

// OriginOf reads an object's metadata; ok is false if weft did not make it.
func OriginOf(metadata map[string]string) (o Origin, ok bool) {
	key, err := url.PathUnescape(metadata[metaSource])
	if err != nil || key == "" {
		return Origin{}, false
	}
	return Origin{SourceKey: key, SourceETag: metadata[metaETag], Recipe: metadata[metaRecipe]}, true
}

// sourceTag is the source's key as it stands in metadata, of which there may be
// 2 KB in all: a key that gets too long by escaping is replaced by its hash.
func sourceTag(key string) string {
	tag := url.PathEscape(key)
	if len(tag) > 1200 {
		sum := sha256.Sum256([]byte(key))
		return "sha256-" + hex.EncodeToString(sum[:])
	}
	return tag
}

func outputMetadata(source s3ops.Info, r picture.Result) map[string]string {
	return map[string]string{
		metaSource: sourceTag(source.Key), metaETag: source.ETag,
		metaRecipe: r.Recipe.Name, metaHash: r.Recipe.Hash(), metaEngine: strconv.Itoa(recipe.EngineVersion),
		metaWidth: strconv.Itoa(r.Width), metaHeight: strconv.Itoa(r.Height),
	}
}

// The states of an output.
const (
	OutputNew       = "new"
	OutputStale     = "stale"      // made from another source, steps or engine
	OutputUpToDate  = "up to date" // nothing to do
	OutputCollision = "collision"  // its key holds something else, which is never overwritten
)

// output is one output of a source and what is at its key now.
type output struct {
	recipe recipe.Recipe
	key    string
	state  string
	now    s3ops.Info // zero if new
}

// look finds out an output's state.
func (d *Doer) look(ctx context.Context, source s3ops.Info, r recipe.Recipe) (output, error) {
	key, err := r.Output(source.Key, d.Folders)
	if err != nil {
		return output{recipe: r}, err
	}
	o := output{recipe: r, key: key, state: OutputNew}
	o.now, err = d.Bucket.Stat(ctx, key, "")
	if errors.Is(err, s3ops.ErrNotFound) {
		return o, nil
	}
	if err != nil {
		return o, err
	}
	m := o.now.Metadata
	switch {
	case m[metaSource] != sourceTag(source.Key) || m[metaRecipe] != r.Name:
		o.state = OutputCollision
	case m[metaETag] != source.ETag || m[metaHash] != r.Hash():
		o.state = OutputStale
	default:
		o.state = OutputUpToDate
	}
	return o, nil
}

// collision is the error of an output whose key is taken.
func (o output) collision() error {
	what := "an object weft did not make"
	if from, ok := OriginOf(o.now.Metadata); ok {
		what = fmt.Sprintf("the result of %s by %s", printable(from.SourceKey), printable(from.Recipe))
	}
	return fmt.Errorf("recipe %s: %s holds %s, which is not overwritten: move it, or change the recipe's to: %w",
		o.recipe.Name, printable(o.key), what, s3ops.ErrExists)
}

// row is the output's entry in the table.
func (o output) row() RowOutput {
	w, _ := strconv.Atoi(o.now.Metadata[metaWidth])
	h, _ := strconv.Atoi(o.now.Metadata[metaHeight])
	return RowOutput{Key: o.key, Recipe: o.recipe.Name, RecipeHash: o.recipe.Hash(), Width: w, Height: h, Bytes: o.now.Size}
}
