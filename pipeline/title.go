package pipeline

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
)

// Caption says what tasks do, on one line: "Delete 3 objects", "web + thumb over
// 24 images", "Upload linen.jpg". It keeps one task of each kind.
type Caption struct {
	order []string
	kinds map[string]*kind
}

// kind is tasks that one phrase names.
type kind struct {
	first Task
	n     int
}

// Add counts a task.
func (c *Caption) Add(t Task) {
	name := string(t.Verb)
	switch t.Verb {
	case Process, Split:
		name += " " + names(t.Recipes)
	case Delete:
		name += strconv.FormatBool(t.VersionID != "")
	}
	k := c.kinds[name]
	if k == nil {
		if c.kinds == nil {
			c.kinds = map[string]*kind{}
		}
		k = &kind{first: t}
		c.kinds[name] = k
		c.order = append(c.order, name)
	}
	k.n++
}

// String is the caption of the tasks so far.
func (c *Caption) String() string {
	if len(c.order) == 0 {
		return "Nothing to do"
	}
	parts := make([]string, len(c.order))
	for i, name := range c.order {
		parts[i] = TitleOf(c.kinds[name].first, c.kinds[name].n)
	}
	return strings.Join(parts, ", ")
}

// TitleOf is the title of n tasks of one kind, of which t is the first.
func TitleOf(t Task, n int) string {
	object := func(verb string) string {
		if n == 1 {
			return verb + " " + base(t.Key)
		}
		return verb + " " + plural(n, "object")
	}
	switch t.Verb {
	case Upload:
		if n == 1 {
			return "Upload " + printable(filepath.Base(t.File))
		}
		return "Upload " + plural(n, "file")
	case Download:
		return object("Download")
	case Delete:
		if t.VersionID != "" {
			return "Delete " + plural(n, "version") + " for good"
		}
		return object("Delete")
	case Purge:
		return object("Delete") + " for good"
	case Undelete:
		return object("Undelete")
	case Restore:
		return object("Restore")
	case Copy, Move:
		verb := map[Verb]string{Copy: "Copy", Move: "Move"}[t.Verb]
		if n == 1 {
			return object(verb) + " to " + printable(t.To)
		}
		return object(verb)
	case Sheet:
		if n == 1 {
			return "Sheet " + base(t.Key) + " of " + plural(len(t.Sources), "image")
		}
		return "Sheet " + base(t.Key) + ", " + plural(n, "page")
	case Mend:
		return object("Mend the headers of")
	case Draw:
		return "Draw " + plural(n, "sample fabric")
	case Split:
		if n == 1 {
			return "Split " + base(t.Key)
		}
		return "Split " + plural(n, "photo")
	case Process:
		if n == 1 {
			return names(t.Recipes) + " over " + base(t.Key)
		}
		return names(t.Recipes) + " over " + plural(n, "image")
	}
	return plural(n, "task")
}

// plural is "1 object" or "3 objects".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
