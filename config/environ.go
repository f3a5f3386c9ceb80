package config

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/joho/godotenv"
)

// The names of the credentials in the environment, as the AWS CLI knows them.
const (
	accessKey    = "AWS_ACCESS_KEY_ID"
	secretKey    = "AWS_SECRET_ACCESS_KEY"
	sessionToken = "AWS_SESSION_TOKEN"
	// sessionEnd is what "aws configure export-credentials --format env" writes.
	sessionEnd = "AWS_CREDENTIAL_EXPIRATION"
)

// bare are the environment names that are no option of their own.
var bare = []string{accessKey, secretKey, sessionToken, sessionEnd, "WEFT_HOME"}

// environ is a map of os.Environ; as in the AWS CLI, empty is the same as unset.
func environ(list []string) map[string]string {
	env := map[string]string{}
	for _, s := range list {
		if name, v, ok := strings.Cut(s, "="); ok && v != "" {
			env[name] = v
		}
	}
	return env
}

// envNames is every name that weft reads from the environment or .env.
func envNames() []string {
	names := slices.Clone(bare)
	for _, o := range options {
		names = append(names, o.env...)
	}
	return names
}

func (l *loader) readEnviron(env map[string]string) {
	l.takeEnv(fromEnviron, env, func(name string) string { return "environment " + name })
}

// takeEnv takes the settings out of an environment; of two names for one
// setting the stronger wins.
func (l *loader) takeEnv(from layer, env map[string]string, place func(name string) string) {
	for _, o := range options {
		for _, name := range o.env {
			if v := env[name]; v != "" {
				l.give(from, o.name, given{v, place(name)})
				break
			}
		}
	}
	for _, name := range bare {
		if v := env[name]; v != "" {
			l.give(from, name, given{v, place(name)})
		}
	}
}

// assignment is how a line of .env begins.
var assignment = regexp.MustCompile(`^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.]*)\s*[=:]`)

func (l *loader) readEnvFile() {
	path, name := filepath.Join(l.from.Dir, ".env"), ".env"
	asked := l.from.EnvFile != ""
	if asked {
		path, name = l.from.EnvFile, l.from.EnvFile
		if !filepath.IsAbs(path) {
			path = filepath.Join(l.from.Dir, path)
		}
	}
	data, err := readSmall(path)
	switch {
	case err != nil && !asked && (errors.Is(err, fs.ErrNotExist) || isDir(path)):
		return
	case err != nil && asked:
		l.problem("flag --env-file", "%s cannot be read: %v", name, err)
		return
	case err != nil:
		l.problem(name, "cannot be read: %v", err)
		return
	}
	// godotenv's own error repeats the rest of the file, secrets and all.
	env, err := godotenv.UnmarshalBytes(data)
	if err != nil {
		l.problem(suspect(name, data), "cannot be read: write one NAME=value a line, with quotes closed")
		return
	}
	l.warnEnvFile(path, name)
	lines := assignmentLines(data)
	place := func(n string) string { return fmt.Sprintf("%s:%d", name, lines[n]) }
	known := envNames()
	for _, n := range slices.Sorted(maps.Keys(env)) {
		if slices.Contains(known, n) {
			continue
		}
		switch {
		case strings.HasPrefix(n, "WEFT_"):
			l.warn("%s: %s is not a setting%s", place(n), n, didYouMean(n, known))
		case strings.HasPrefix(n, "AWS_"):
			l.warn("%s: %s is not read from this file: set it in the environment", place(n), n)
		}
	}
	l.takeEnv(fromEnvFile, env, place)
}

// warnEnvFile tells of a file of secrets that other users can read.
func (l *loader) warnEnvFile(path, name string) {
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS == "windows" || !info.Mode().IsRegular() || info.Mode().Perm()&0o077 == 0 {
		return
	}
	l.warn("%s can be read by other users of this machine: chmod 600 %s", name, path)
}

// suspect is the place of the first line that is no assignment and no comment.
func suspect(name string, data []byte) string {
	for i, s := range strings.Split(string(data), "\n") {
		s = strings.TrimSpace(s)
		if s != "" && !strings.HasPrefix(s, "#") && !assignment.MatchString(s) {
			return fmt.Sprintf("%s:%d", name, i+1)
		}
	}
	return name
}

// assignmentLines is the line of each name; of a name given twice the last counts.
func assignmentLines(data []byte) map[string]int {
	lines := map[string]int{}
	for i, s := range strings.Split(string(data), "\n") {
		if m := assignment.FindStringSubmatch(s); m != nil {
			lines[m[1]] = i + 1
		}
	}
	return lines
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
