package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"weft/config"
	"weft/pipeline"
	"weft/s3ops"
)

const (
	mostRows = 10_000  // rows that are counted: ten pages of a listing
	rowsRead = 3       // rows that are read whole
	mostRow  = 1 << 20 // bytes of one
)

// table looks at the rows of the metadata table: how many there are, and whether
// some that are read say of which picture they are.
func table(ctx context.Context, c *config.Config, b *s3ops.Bucket) Finding {
	prefix := c.Folders.Prefix(config.FabricTable)
	f := Finding{Check: "table", State: OK}
	rows, broken := 0, ""
	for o, err := range b.Objects(ctx, prefix, s3ops.ListOptions{Recursive: true}) {
		if errors.Is(err, s3ops.ErrDenied) {
			return Finding{Check: f.Check, State: Skip, Says: "its rows may not be listed: see its folder"}
		}
		if err != nil {
			return failed(f.Check, err)
		}
		if !strings.HasSuffix(o.Key, ".jsonl") {
			continue
		}
		if rows++; o.Size == 0 {
			broken = o.Key
		} else if rows <= rowsRead {
			switch sound, err := readRow(ctx, b, o.Key); {
			case errors.Is(err, s3ops.ErrNotFound): // it is being written anew
			case errors.Is(err, s3ops.ErrDenied):
				return Finding{Check: f.Check, State: Skip, Says: "its rows may not be read: see its folder"}
			case err != nil:
				return failed(f.Check, err)
			case !sound:
				broken = o.Key
			}
		}
		if rows == mostRows {
			break
		}
	}
	switch {
	case broken != "":
		f.State, f.Says = Warn, "a row says nothing of any picture: "+broken
		f.Remedy = "delete it; weft process over its folder writes it anew"
	case rows == 0:
		f.Says = prefix + " has no rows yet: the first picture that a recipe is run over gets one"
	case rows == mostRows:
		f.Says = fmt.Sprintf("%d rows and more in %s", rows, prefix)
	default:
		f.Says = fmt.Sprintf("%d rows in %s", rows, prefix)
	}
	return f
}

// readRow tells whether a row can be read and names a picture.
func readRow(ctx context.Context, b *s3ops.Bucket, key string) (sound bool, err error) {
	body, _, err := b.Read(ctx, key, s3ops.ReadOptions{})
	if err != nil {
		return false, err
	}
	defer body.Close()
	data, err := io.ReadAll(io.LimitReader(body, mostRow))
	if err != nil {
		return false, err
	}
	var row pipeline.Row
	return json.Unmarshal(data, &row) == nil && row.Key != "", nil
}
