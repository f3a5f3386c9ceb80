package pipeline

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"weft/pipeline/recipe"
)

// Command is the weft command that does what the tasks do, of which there are n:
// those given are the first of them. It is "" where no command does the same.
func Command(tasks []Task, n int) string {
	if len(tasks) == 0 {
		return ""
	}
	words := commandOf(tasks[0])
	if words == nil {
		return ""
	}
	last := len(words)
	if v := tasks[0].Verb; v == Upload || v == Download { // what is named many times stands before the target
		last--
	}
	head, tail := words[:last:last], words[last:]
	shown := 1
	for _, t := range tasks[1:] {
		more := commandOf(t)
		if !together(tasks[0], t) || len(more) != len(words) {
			break
		}
		head = append(head, more[last-1])
		shown++
	}
	quoted := make([]string, 0, len(head)+len(tail))
	for _, w := range head {
		quoted = append(quoted, quote(w))
	}
	if shown < n {
		quoted = append(quoted, "…")
	}
	for _, w := range tail {
		quoted = append(quoted, quote(w))
	}
	text := "weft " + strings.Join(quoted, " ")
	if shown < n {
		text += fmt.Sprintf("  # and %d more", n-shown)
	}
	return text
}

// together tells whether one command can do both tasks.
func together(a, b Task) bool {
	if a.Verb != b.Verb || a.VersionID != "" || b.VersionID != "" {
		return false
	}
	switch a.Verb {
	case Copy, Move, Restore:
		return false
	case Upload:
		return path.Dir(a.Key) == path.Dir(b.Key)
	case Download:
		return downloadDir(a) == downloadDir(b)
	case Process, Split:
		return names(a.Recipes) == names(b.Recipes) && a.Force == b.Force
	}
	return true
}

// commandOf is the command that does one task, as words after "weft".
func commandOf(t Task) []string {
	switch t.Verb {
	case Upload:
		words := []string{"put"}
		if t.Overwrite {
			words = append(words, "--overwrite")
		}
		if filepath.Base(t.File) != path.Base(t.Key) {
			return nil // put keeps names
		}
		return append(words, t.File, strings.TrimSuffix(t.Key, path.Base(t.Key)))
	case Download:
		words := []string{"get"}
		if t.VersionID != "" {
			words = append(words, "--version", t.VersionID)
		}
		return append(words, t.Key, downloadDir(t))
	case Delete:
		if t.VersionID != "" {
			return []string{"rm", "--version", t.VersionID, t.Key}
		}
		return []string{"rm", t.Key}
	case Purge:
		return []string{"rm", "--all-versions", t.Key}
	case Undelete:
		return []string{"undelete", t.Key}
	case Restore:
		return []string{"restore", "--version", t.VersionID, t.Key}
	case Copy:
		return []string{"cp", t.Key, t.To}
	case Move:
		return []string{"mv", t.Key, t.To}
	case Process, Split:
		words := recipeWords(t)
		if t.Force {
			words = append(words, "--force")
		}
		return append(words, t.Key)
	case Sheet:
		if t.Name != "" {
			return nil // one page of many: alone it would have another key
		}
		words := []string{"process", "--recipe", names(t.Recipes)}
		if t.Recipes[0].Loose() {
			words = []string{"process", "--steps", strings.ReplaceAll(t.Recipes[0].Line(), ", ", " | ")}
			if to := t.Recipes[0].To; to != recipe.DefaultTo {
				words = append(words, "--to", to)
			}
		}
		if t.Force {
			words = append(words, "--force")
		}
		return append(words, t.Sources...)
	case Mend:
		return []string{"fix-headers", t.Key}
	}
	return nil
}

// recipeWords name what Process and Split do by recipes.
func recipeWords(t Task) []string {
	if len(t.Recipes) == 1 && t.Recipes[0].Loose() {
		words := []string{"process", "--steps", strings.ReplaceAll(t.Recipes[0].Line(), ", ", " | ")}
		if to := t.Recipes[0].To; to != recipe.DefaultTo {
			words = append(words, "--to", to)
		}
		return words
	}
	if t.Verb == Split && len(t.Recipes) == 1 && t.Recipes[0].Name == recipe.Split {
		words := []string{"split"}
		for _, s := range t.Recipes[0].Steps {
			for _, a := range s.Args {
				switch {
				case s.Name == recipe.Split && strings.HasPrefix(a, "#"):
					words = append(words, "--ground", a)
				case s.Name == recipe.Split:
					words = append(words, "--tolerance", a)
				}
			}
		}
		return words
	}
	return []string{string(t.Verb), "--recipe", strings.ReplaceAll(names(t.Recipes), " + ", ",")}
}

// downloadDir is the folder that a download comes into.
func downloadDir(t Task) string {
	return filepath.Dir(filepath.Join(t.Dir, filepath.FromSlash(t.Name)))
}

// quote writes a word as a shell takes it.
func quote(w string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./,:=@%+", r) || r > 0xa0
	}
	if w != "" && strings.IndexFunc(w, func(r rune) bool { return !plain(r) }) < 0 {
		return w
	}
	return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
}
