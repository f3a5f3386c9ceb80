package pipeline

import (
	"bufio"
	"encoding/gob"
	"errors"
	"os"
	"path/filepath"
)

// keptForm is the form of the file of kept rows: one of another form is not read.
const keptForm = 1

type keptFile struct {
	Form int
	Rows map[string]kept
}

// loadRows reads what was kept of the rows. A file that is not there, or cannot
// be read, is an empty one: it is made anew.
func loadRows(path string) map[string]kept {
	if path == "" {
		return nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer file.Close()
	var k keptFile
	if gob.NewDecoder(bufio.NewReader(file)).Decode(&k) != nil || k.Form != keptForm {
		return nil
	}
	return k.Rows
}

// saveRows keeps rows for the next time. That it cannot is no harm.
func saveRows(path string, rows map[string]kept) {
	if path == "" {
		return
	}
	_ = replaceFile(path, func(f *os.File) error {
		w := bufio.NewWriter(f)
		return errors.Join(gob.NewEncoder(w).Encode(keptFile{keptForm, rows}), w.Flush())
	})
}

// replaceFile writes a file that others see whole, the old or the new one.
func replaceFile(path string, write func(*os.File) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".new-")
	if err != nil {
		return err
	}
	err = errors.Join(write(tmp), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
	}
	return err
}
