package recipe

import (
	"io"
	"slices"
)

// Mark is an object of the bucket that a step draws on beside the source. The
// pipeline looks it up and reads it; a recipe in a file or a Task has none.
type Mark struct {
	Key  string `json:"key"`
	ETag string `json:"etag"`           // part of the recipe's Hash: with another file its results are stale
	Data []byte `json:"data,omitempty"` // its bytes
}

// Needs is the keys of the objects that the steps draw on, each once.
func (r Recipe) Needs() []string {
	var keys []string
	for _, s := range r.Steps {
		if s.Name == "watermark" && len(s.Args) == 5 && !slices.Contains(keys, s.Args[1]) {
			keys = append(keys, s.Args[1])
		}
	}
	return keys
}

// Mark is the one with that key.
func (r Recipe) Mark(key string) (Mark, bool) {
	if i := slices.IndexFunc(r.Marks, func(f Mark) bool { return f.Key == key }); i >= 0 {
		return r.Marks[i], true
	}
	return Mark{}, false
}

func (r Recipe) hashMarks(w io.Writer) {
	for _, f := range r.Marks {
		io.WriteString(w, "mark "+f.Key+" "+f.ETag+"\n")
	}
}
