package tui

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"

	"weft/pipeline"
	"weft/s3ops"
)

// uploadTasks makes one upload of every regular file among the paths, which are
// absolute; folders are walked, and their files keep their place below the
// folder's own name. Keys are the prefix and that place, with forward slashes.
// Links are not followed. What cannot be uploaded is left out and said in
// skipped, a sentence each; the error is only ever the context's.
func uploadTasks(ctx context.Context, paths []string, prefix string) (tasks []pipeline.Task, skipped []string, err error) {
	taken := map[string]string{} // key to file
	add := func(root, file string, entry fs.DirEntry) error {
		relative, err := filepath.Rel(filepath.Dir(root), file)
		if err != nil {
			return err
		}
		key := prefix + filepath.ToSlash(relative)
		if err := s3ops.CheckKey(key); err != nil {
			return err
		}
		if other, ok := taken[key]; ok {
			return fmt.Errorf("%s already takes the name %s", other, key)
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		taken[key] = file
		tasks = append(tasks, pipeline.Task{Verb: pipeline.Upload, Key: key, File: file, Size: info.Size()})
		return nil
	}
	for _, root := range paths {
		root = filepath.Clean(root)
		err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case err != nil: // unreadable: the walk goes on beside it
			case entry.IsDir():
				return nil
			case entry.Type()&fs.ModeSymlink != 0:
				err = fmt.Errorf("%s is a link, and links are not followed", file)
			case !entry.Type().IsRegular():
				err = fmt.Errorf("%s is no regular file", file)
			default:
				if err = add(root, file, entry); err != nil {
					err = fmt.Errorf("%s: %w", file, err)
				}
			}
			if err != nil {
				skipped = append(skipped, err.Error())
			}
			return nil
		})
		if err != nil {
			return nil, nil, fmt.Errorf("look for files to upload: %w", err)
		}
	}
	return tasks, skipped, nil
}
