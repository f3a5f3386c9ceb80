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
	metaPart   = "weft-part"  // which swatch of a photo that was split
	metaParts  = "weft-parts" // how many there were, on the sheet that shows them
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
	m := map[string]string{
		metaSource: sourceTag(source.Key), metaETag: source.ETag,
		metaRecipe: r.Recipe.Name, metaHash: r.Recipe.Hash(), metaEngine: strconv.Itoa(recipe.EngineVersion),
		metaWidth: strconv.Itoa(r.Width), metaHeight: strconv.Itoa(r.Height),
	}
	if r.Part > 0 {
		m[metaPart] = strconv.Itoa(r.Part)
	}
	if r.Parts > 0 {
		m[metaParts] = strconv.Itoa(r.Parts)
	}
	return m
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
	why    string     // it is stale
	now    s3ops.Info // zero if new
}

// Why an output is stale.
const (
	WhySource = "the source has changed"
	WhyRecipe = "the recipe has changed"
	WhyEngine = "weft draws it differently now"
)

// look finds out an output's state.
func (d *Doer) look(ctx context.Context, source s3ops.Info, r recipe.Recipe) (output, error) {
	key, err := r.Output(source.Key, d.Folders)
	if err != nil {
		return output{recipe: r}, err
	}
	return d.lookAt(ctx, source, r, key)
}

// lookAt finds out the state of the output that goes to a key.
func (d *Doer) lookAt(ctx context.Context, source s3ops.Info, r recipe.Recipe, key string) (o output, err error) {
	o = output{recipe: r, key: key, state: OutputNew}
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
	default:
		o.compare(m[metaETag] == source.ETag, m[metaHash], m[metaEngine])
	}
	return o, nil
}

// compare tells whether an output of the source is as it would be made now.
func (o *output) compare(sameSource bool, hash, engine string) {
	switch {
	case !sameSource:
		o.state, o.why = OutputStale, WhySource
	case hash == o.recipe.Hash():
		o.state = OutputUpToDate
	case engine != "" && engine != strconv.Itoa(recipe.EngineVersion):
		o.state, o.why = OutputStale, WhyEngine
	default:
		o.state, o.why = OutputStale, WhyRecipe
	}
}

// holds says what is at the key of a colliding output.
func (o output) holds() string {
	if from, ok := OriginOf(o.now.Metadata); ok {
		return fmt.Sprintf("the result of %s by %s", printable(from.SourceKey), printable(from.Recipe))
	}
	return "an object weft did not make"
}

// collision is the error of an output whose key is taken.
func (o output) collision() error {
	return fmt.Errorf("recipe %s: %s holds %s, which is not overwritten: move it, or change the recipe's to: %w",
		o.recipe.Name, printable(o.key), o.holds(), s3ops.ErrExists)
}

// row is the output's entry in the table.
func (o output) row() RowOutput {
	w, _ := strconv.Atoi(o.now.Metadata[metaWidth])
	h, _ := strconv.Atoi(o.now.Metadata[metaHeight])
	return RowOutput{Key: o.key, Recipe: o.recipe.Name, RecipeHash: o.recipe.Hash(), Width: w, Height: h, Bytes: o.now.Size}
}
