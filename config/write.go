package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/joho/godotenv"
	toml "github.com/pelletier/go-toml/v2"
)

// Value is a setting to be written: its name and what it is.
type Value struct{ Name, Value string }

// plainValue needs no quotes in a .env file.
var plainValue = regexp.MustCompile(`^[A-Za-z0-9_./:@+=-]*$`)

// WithEnv is the text of a .env file in which these names have these values; all
// else stays as it is. changed are the names that had another value.
func WithEnv(text []byte, values []Value) (out []byte, changed []string, err error) {
	old, err := godotenv.UnmarshalBytes(text)
	if err != nil { // its own text repeats the file
		return nil, nil, errors.New("it cannot be read: write one NAME=value a line, with quotes closed")
	}
	lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	if len(text) == 0 {
		lines = nil
	}
	at := assignmentLines(text)
	for _, v := range values {
		if strings.ContainsAny(v.Value, "\n\r\x00'") {
			return nil, nil, fmt.Errorf("%s holds a character that no .env file can", v.Name)
		}
		line := v.Name + "=" + v.Value
		if !plainValue.MatchString(v.Value) {
			line = v.Name + "='" + v.Value + "'" // nothing is expanded in these
		}
		if was, ok := old[v.Name]; ok && at[v.Name] > 0 {
			if was != v.Value {
				changed = append(changed, v.Name)
			}
			lines[at[v.Name]-1] = line
			continue
		}
		lines = append(lines, line)
	}
	out = []byte(strings.Join(lines, "\n") + "\n")
	again, err := godotenv.UnmarshalBytes(out)
	for _, v := range values {
		if err == nil && again[v.Name] != v.Value {
			err = fmt.Errorf("%s cannot be written into it", v.Name)
		}
	}
	return out, changed, err
}

// tomlLine is a key of config.toml on a line of its own.
var tomlLine = regexp.MustCompile(`^\s*([A-Za-z0-9_]+)\s*=`)

// WithSettings is the text of a config.toml in which these settings, texts by their
// dotted names, have these values; all else stays, comments too. changed are those that
// had another value.
func WithSettings(text []byte, values []Value) (out []byte, changed []string, err error) {
	if err := toml.Unmarshal(text, new(map[string]any)); err != nil {
		return nil, nil, errors.New(strings.TrimPrefix(err.Error(), "toml: "))
	}
	old := map[string]string{}
	for _, p := range pairs(text) {
		old[p.name] = p.value
	}
	for _, v := range values {
		was, had := old[v.Name]
		if had && was == v.Value {
			continue
		}
		if had {
			changed = append(changed, v.Name)
		}
		text = withSetting(text, v, had)
	}
	var now map[string]string
	if err := toml.Unmarshal(text, new(map[string]any)); err == nil {
		now = map[string]string{}
		for _, p := range pairs(text) {
			now[p.name] = p.value
		}
	}
	for _, v := range values { // it may stand there in a form that is not a line
		if now[v.Name] != v.Value {
			return nil, nil, fmt.Errorf("write %s = %q into it by hand", v.Name, v.Value)
		}
	}
	return text, changed, nil
}

// withSetting puts a line in the place of the one there is, or at the end of its table.
func withSetting(text []byte, v Value, had bool) []byte {
	table, key := "", v.Name
	if i := strings.LastIndexByte(key, '.'); i >= 0 {
		table, key = key[:i], key[i+1:]
	}
	line := key + " = " + strconv.Quote(v.Value)
	var lines []string
	if len(bytes.TrimSpace(text)) > 0 {
		lines = strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	}
	in, end := "", -1 // the table a line stands in, and after which line ours ends
	if table == "" {
		end = 0
	}
	for i, l := range lines {
		if t := strings.TrimSpace(l); strings.HasPrefix(t, "[") {
			in, _, _ = strings.Cut(strings.TrimLeft(t, "["), "]")
			in = strings.TrimSpace(in)
		}
		if in != table {
			continue
		}
		if strings.TrimSpace(l) != "" {
			end = i + 1
		}
		if m := tomlLine.FindStringSubmatch(l); had && m != nil && m[1] == key {
			lines[i] = line
			return []byte(strings.Join(lines, "\n") + "\n")
		}
	}
	if end < 0 {
		if len(lines) > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, "["+table+"]", line)
	} else {
		lines = append(lines[:end:end], append([]string{line}, lines[end:]...)...)
	}
	return []byte(strings.Join(lines, "\n") + "\n")
}

// Replace writes a file of this user alone, whole or not at all. One that is a link
// is written where it leads.
func Replace(path string, data []byte) error {
	if to, err := filepath.EvalSymlinks(path); err == nil {
		path = to
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".weft-*") // 0600
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
