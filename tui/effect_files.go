package tui

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"weft/pipeline"
	"weft/s3ops"
)

// The effects that touch files of this machine.

// look reads a folder of this machine.
func look(token int, dir string) tea.Cmd {
	return func() tea.Msg {
		files, err := readFolder(dir)
		return folderRead{token: token, files: files, err: err}
	}
}

// readFolder lists a folder: folders first, then by name without regard to case.
func readFolder(dir string) ([]localFile, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, s3ops.Here("open "+dir, err)
	}
	files := make([]localFile, 0, len(entries))
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			continue // gone since the folder was read
		}
		f := localFile{
			name: entry.Name(), size: info.Size(), modified: info.ModTime(),
			folder: info.IsDir(), link: info.Mode()&os.ModeSymlink != 0, regular: info.Mode().IsRegular(),
		}
		if f.link {
			if target, err := os.Stat(filepath.Join(dir, f.name)); err == nil {
				f.folder = target.IsDir()
			}
		}
		files = append(files, f)
	}
	slices.SortFunc(files, func(a, b localFile) int {
		if a.folder != b.folder {
			if a.folder {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(strings.ToLower(a.name), strings.ToLower(b.name)), cmp.Compare(a.name, b.name))
	})
	return files, nil
}

func collect(ctx context.Context, paths []string, prefix string) tea.Cmd {
	return func() tea.Msg {
		tasks, skipped, err := uploadTasks(ctx, paths, prefix)
		return collected{tasks: tasks, skipped: skipped, err: err}
	}
}

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

// giveTmux hands a text to the tmux that this terminal is in, which passes it on
// to the clipboard of the terminal around it: of what programs in it write by
// OSC 52 it does not, unless set-clipboard is "on". nil outside of tmux.
func giveTmux(text string) tea.Cmd {
	if os.Getenv("TMUX") == "" {
		return nil
	}
	return func() tea.Msg {
		c := exec.Command("tmux", "load-buffer", "-w", "-")
		c.Stdin = strings.NewReader(text) // not an argument: others see those
		_ = c.Run()                       // an older tmux has OSC 52 alone
		return nil
	}
}

// write saves text to a new file of this machine that only its owner reads.
func write(path, text string) tea.Cmd {
	return func() tea.Msg {
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) {
			err = fmt.Errorf("%s is there already, and is not overwritten: choose another name", path)
		}
		if err != nil {
			return saved{err: err}
		}
		_, err = f.WriteString(text)
		return saved{path: path, err: errors.Join(err, f.Close())}
	}
}

// saveFolder is where s saves to: the downloads folder if there is one, else
// the working folder.
func saveFolder() string {
	d := filepath.Join(homeFolder(), "Downloads")
	if info, err := os.Stat(d); err == nil && info.IsDir() {
		return d
	}
	return workingFolder()
}

// homeFolder is the user's home folder, or the root where there is none.
func homeFolder() string {
	home, err := os.UserHomeDir()
	if err != nil {
		return string(filepath.Separator)
	}
	return home
}

// workingFolder is the folder that weft was started in.
func workingFolder() string {
	dir, err := os.Getwd()
	if err != nil {
		return homeFolder()
	}
	return dir
}

// absolute makes a typed path absolute; ~ is the home folder.
func absolute(text string) (string, error) {
	if rest, ok := strings.CutPrefix(text, "~"); ok && (rest == "" || os.IsPathSeparator(rest[0])) {
		text = filepath.Join(homeFolder(), rest)
	}
	return filepath.Abs(text)
}
