package pipeline

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"time"

	"weft/config"
	"weft/pipeline/picture"
	"weft/pipeline/recipe"
	"weft/s3ops"
)

// Row is what the table says of one source image: one line of JSON in an object
// of its own below the folder of the table.
type Row struct {
	Key           string      `json:"key"` // the source
	ETag          string      `json:"etag"`
	Size          int64       `json:"size"` // bytes
	Modified      time.Time   `json:"modified"`
	picture.Facts             // format, width, height, orientation, taken, camera, frames, profile; palette, phash, sharpness, tiles
	Outputs       []RowOutput `json:"outputs"` // by recipe
	EngineVersion int         `json:"engine_version"`
	ProcessedAt   time.Time   `json:"processed_at"` // when anything above last changed
}

// RowOutput is one output in a Row.
type RowOutput struct {
	Key        string `json:"key"`
	Recipe     string `json:"recipe"`
	RecipeHash string `json:"recipe_hash"`
	Width      int    `json:"width"` // pixels
	Height     int    `json:"height"`
	Bytes      int64  `json:"bytes"`
}

// RowKey is where the row of a source is kept: always the same place, so that
// doing the work again writes the same row again.
func RowKey(f config.Folders, source string) string {
	sum := sha256.Sum256([]byte(source))
	return rowsPrefix(f) + hex.EncodeToString(sum[:16]) + ".jsonl"
}

// rowsPrefix is where the rows lie.
func rowsPrefix(f config.Folders) string { return f.Prefix(config.FabricTable) + "rows/" }

// maxRow bounds a row, in bytes.
const maxRow = 1 << 20

// record brings the source's row up to date and tells whether it had to be
// written. Rows of other recipes are kept as long as the source is the same;
// when another worker writes the row too, both end up in it. facts may be nil.
func (d *Doer) record(ctx context.Context, source s3ops.Info, facts *picture.Facts, outputs []output) (bool, error) {
	key := RowKey(d.Folders, source.Key)
	var err error
	for range 8 {
		var old Row
		var etag string
		old, etag, err = d.readRow(ctx, key)
		if err != nil {
			return false, err
		}
		if old.Key == source.Key && old.ETag != source.ETag {
			if err := d.current(ctx, source); err != nil {
				return false, err
			}
		}
		if facts == nil {
			if facts, err = d.factsOf(ctx, source, old); err != nil {
				return false, err
			}
		}
		row := mergeRow(old, source, *facts, outputs)
		if same(row, old) {
			return false, nil
		}
		row.ProcessedAt = time.Now().UTC().Truncate(time.Second)
		line, merr := json.Marshal(row)
		if merr != nil {
			return false, merr
		}
		_, err = d.Bucket.Upload(ctx, key, bytes.NewReader(append(line, '\n')), s3ops.UploadOptions{
			IfMatch: etag, ContentType: "application/jsonl", Size: int64(len(line)) + 1})
		if err == nil {
			return true, nil
		}
		if !errors.Is(err, s3ops.ErrExists) && !errors.Is(err, s3ops.ErrChanged) && !errors.Is(err, s3ops.ErrNotFound) || ctx.Err() != nil {
			return false, err
		}
	}
	return false, err
}

// readRow reads a row and its ETag; both are zero if there is none, and the row
// is zero if it cannot be read, to be written anew.
func (d *Doer) readRow(ctx context.Context, key string) (row Row, etag string, err error) {
	body, info, err := d.Bucket.Read(ctx, key, s3ops.ReadOptions{})
	if errors.Is(err, s3ops.ErrNotFound) {
		return Row{}, "", nil
	}
	if err != nil {
		return Row{}, "", err
	}
	defer body.Close()
	data, err := io.ReadAll(io.LimitReader(body, maxRow))
	if err != nil {
		return Row{}, "", err
	}
	if json.Unmarshal(data, &row) != nil {
		row = Row{}
	}
	return row, info.ETag, nil
}

// factsOf takes the facts from the row if it has all and the source is still the
// same, else from the source.
func (d *Doer) factsOf(ctx context.Context, source s3ops.Info, old Row) (*picture.Facts, error) {
	if old.Key == source.Key && old.ETag == source.ETag && old.Look != nil {
		return &old.Facts, nil
	}
	data, err := d.read(ctx, source, func(Progress) {})
	if err != nil {
		return nil, err
	}
	_, facts, err := d.Pictures.Run(ctx, data, nil, d.Limits)
	return &facts, err
}

// Row reads what the table says of a source; ok is false if it says nothing of
// the source as it is now.
func (d *Doer) Row(ctx context.Context, source s3ops.Info) (row Row, ok bool, err error) {
	row, _, err = d.readRow(ctx, RowKey(d.Folders, source.Key))
	return row, err == nil && row.Key == source.Key && row.ETag == source.ETag, err
}

// mergeRow is the new row, but for its time.
func mergeRow(old Row, source s3ops.Info, facts picture.Facts, outputs []output) Row {
	row := Row{Key: source.Key, ETag: source.ETag, Size: source.Size, Modified: source.Modified.UTC(),
		Facts: facts, EngineVersion: recipe.EngineVersion, ProcessedAt: old.ProcessedAt}
	fresh := map[string]bool{}
	for _, o := range outputs {
		row.Outputs = append(row.Outputs, o.row())
		fresh[o.recipe.Name] = true
	}
	if old.Key == row.Key && old.ETag == row.ETag {
		for _, o := range old.Outputs {
			if !fresh[o.Recipe] {
				row.Outputs = append(row.Outputs, o)
			}
		}
	}
	slices.SortFunc(row.Outputs, func(a, b RowOutput) int {
		return cmp.Or(cmp.Compare(a.Recipe, b.Recipe), cmp.Compare(len(a.Key), len(b.Key)), cmp.Compare(a.Key, b.Key))
	})
	return row
}

// same compares rows as they are written.
func same(a, b Row) bool {
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && bytes.Equal(x, y)
}
