package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"

	"weft/config"
	"weft/pipeline/recipe"
	"weft/s3ops"
)

// The most that is read of a bucket's recipes: files, and bytes of one. The
// listing is given up after sharedNames objects.
const (
	sharedFiles = 100
	sharedBytes = 256 << 10
	sharedNames = 10_000
)

// Recipes are the recipes in force on a bucket, by name: those of the config
// folder, else those that the bucket keeps below recipe.Folder, else the
// built-in ones. What somebody has set up for himself wins over what all share.
// The good ones come back beside an error that joins recipe.Problems and what
// kept the bucket's from being read; that there are none, or none that these
// credentials may list, is no error. cache
// is a folder for copies of the bucket's files, so that each is read once as
// long as it is the same; "" keeps none.
func Recipes(ctx context.Context, b *s3ops.Bucket, f config.Folders, dir, cache string) ([]recipe.Recipe, error) {
	shared, berr := SharedRecipes(ctx, b, cache)
	mine, ferr := recipe.Files(dir)
	all, err := recipe.Load(f, shared, mine)
	return all, errors.Join(berr, ferr, err)
}

// SharedRecipes reads the bucket's recipe files, as Recipes does.
func SharedRecipes(ctx context.Context, b *s3ops.Bucket, cache string) ([]recipe.File, error) {
	found, err := sharedObjects(ctx, b)
	if err != nil {
		return nil, s3ops.Doing("read the bucket's recipes", err)
	}
	var problems recipe.Problems
	if len(found) > sharedFiles {
		problems = append(problems, recipe.Problem{File: b.URI(recipe.Folder), Text: fmt.Sprintf("holds more than %d recipe files: the rest is left out", sharedFiles)})
		found = found[:sharedFiles]
	}
	files, errs := make([]recipe.File, len(found)), make([]error, len(found))
	var g errgroup.Group
	g.SetLimit(8)
	for i, o := range found {
		g.Go(func() error {
			files[i].Name = b.URI(o.Key)
			files[i].Data, errs[i] = readShared(ctx, b, o, cache)
			return nil
		})
	}
	_ = g.Wait()
	forget(cache, found)
	var out []recipe.File
	for i, err := range errs {
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case errors.Is(err, s3ops.ErrNotFound): // deleted since it was listed
		case err != nil:
			problems = append(problems, recipe.Problem{File: files[i].Name, Text: "cannot be read: " + err.Error()})
		default:
			out = append(out, files[i])
		}
	}
	if len(problems) > 0 {
		return out, problems
	}
	return out, nil
}

// sharedObjects lists the recipe files of a bucket, one more than are read if
// there are so many.
func sharedObjects(ctx context.Context, b *s3ops.Bucket) ([]s3ops.Object, error) {
	var found []s3ops.Object
	looked := 0
	for page, err := range b.Pages(ctx, recipe.Folder, s3ops.ListOptions{}) {
		if errors.Is(err, s3ops.ErrNotFound) || errors.Is(err, s3ops.ErrDenied) {
			return nil, nil // who may not see them has none: weft doctor tells of the right
		}
		if err != nil {
			return nil, err
		}
		for _, o := range page.Objects {
			if strings.HasSuffix(o.Key, ".toml") {
				found = append(found, o)
			}
		}
		if looked += len(page.Objects) + len(page.Folders); looked > sharedNames || len(found) > sharedFiles {
			break
		}
	}
	return found, nil
}

// readShared reads one recipe file, from its copy if there is one.
func readShared(ctx context.Context, b *s3ops.Bucket, o s3ops.Object, cache string) ([]byte, error) {
	if o.Size > sharedBytes {
		return nil, fmt.Errorf("it has %d bytes, of at most %d", o.Size, sharedBytes)
	}
	kept := filepath.Join(cache, copyName(o))
	if cache != "" {
		if data, err := os.ReadFile(kept); err == nil && int64(len(data)) == o.Size {
			return data, nil
		}
	}
	body, info, err := b.Read(ctx, o.Key, s3ops.ReadOptions{})
	if err != nil {
		return nil, err
	}
	defer body.Close()
	data, err := io.ReadAll(io.LimitReader(body, sharedBytes+1))
	if err == nil && len(data) > sharedBytes {
		err = fmt.Errorf("it has more than %d bytes", sharedBytes)
	}
	if err != nil {
		return nil, err
	}
	if cache != "" && info.ETag == o.ETag { // a copy that cannot be kept is read again
		_ = replaceFile(kept, func(f *os.File) error {
			_, err := f.Write(data)
			return err
		})
	}
	return data, nil
}

// copyName is another one for every other object and content.
func copyName(o s3ops.Object) string {
	sum := sha256.Sum256([]byte(o.Key + "\n" + o.ETag))
	return hex.EncodeToString(sum[:16]) + ".toml"
}

// forget removes the copies of files that are no more, or are others now.
func forget(cache string, found []s3ops.Object) {
	if cache == "" {
		return
	}
	used := map[string]bool{}
	for _, o := range found {
		used[copyName(o)] = true
	}
	entries, _ := os.ReadDir(cache)
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".toml") && !used[e.Name()] {
			_ = os.Remove(filepath.Join(cache, e.Name()))
		}
	}
}
