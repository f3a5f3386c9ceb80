package pipeline

import (
	"context"
	"errors"
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"weft/s3ops"
)

// PatternHelp says on one line what a pattern may hold.
const PatternHelp = "{stem} {ext} {name} {date} {n} {n:03}, or s/old/new/ with a regular expression"

// Pattern makes new names out of old ones. It is a name with placeholders, or,
// as in sed, s/old/new/: the first match of a regular expression is replaced, or
// with g behind it each one; i ignores case; $1 or \1 is what the first group
// matched. Any sign may stand for the slash.
//
//	{name}  linen.04.jpg   {stem}  linen.04   {ext}  jpg, and no dot before it if there is none
//	{date}  the day the object was written, 2026-11-25 in UTC
//	{n}     1, 2, … in the order of the list   {n:03}  001, 002, …
//
// A name with slashes goes into folders below the one it was in.
type Pattern struct {
	pieces []piece
	old    *regexp.Regexp // of s/old/new/; nil: placeholders
	with   string
	each   bool
}

// piece is literal text, or a placeholder with the width of its number.
type piece struct {
	text  string
	field string
	width int
}

var placeholder = regexp.MustCompile(`\{([a-z]*)(?::0?([1-9]))?\}`)

// ParsePattern reads a pattern.
func ParsePattern(text string) (Pattern, error) {
	if sign, size := utf8.DecodeRuneInString(strings.TrimPrefix(text, "s")); strings.HasPrefix(text, "s") && len(text) > 1 &&
		(unicode.IsPunct(sign) || unicode.IsSymbol(sign)) && strings.Count(text[1+size:], string(sign)) == 2 && sign != '.' && sign != '-' && sign != '_' {
		return parseSubstitution(strings.Split(text[1+size:], string(sign)))
	}
	var p Pattern
	at := 0
	for _, m := range placeholder.FindAllStringSubmatchIndex(text, -1) {
		field, width := text[m[2]:m[3]], 0
		if m[4] >= 0 {
			width, _ = strconv.Atoi(text[m[4]:m[5]])
		}
		switch field {
		case "name", "stem", "ext", "date", "n":
		default:
			return Pattern{}, fmt.Errorf("there is no {%s}; a pattern holds %s", field, PatternHelp)
		}
		if width > 0 && field != "n" {
			return Pattern{}, fmt.Errorf("only {n} has a width, as in {n:03}, not {%s}", field)
		}
		p.pieces = append(p.pieces, piece{text: text[at:m[0]]}, piece{field: field, width: width})
		at = m[1]
	}
	p.pieces = append(p.pieces, piece{text: text[at:]})
	for _, x := range p.pieces {
		if strings.ContainsAny(x.text, "{}") {
			return Pattern{}, fmt.Errorf("a brace stands alone; a pattern holds %s", PatternHelp)
		}
	}
	return p, nil
}

// group is \1 as sed writes it, for Go's ${1}.
var group = regexp.MustCompile(`\\([0-9])`)

func parseSubstitution(parts []string) (Pattern, error) {
	old, with, flags := parts[0], group.ReplaceAllString(parts[1], "$${$1}"), parts[2]
	p := Pattern{with: with, each: strings.Contains(flags, "g")}
	if rest := strings.Trim(flags, "gi"); rest != "" || old == "" {
		return Pattern{}, errors.New("write s/old/new/, with g behind it for each match and i to ignore case")
	}
	if strings.Contains(flags, "i") {
		old = "(?i)" + old
	}
	var err error
	if p.old, err = regexp.Compile(old); err != nil {
		return Pattern{}, fmt.Errorf("%q is no regular expression: %w", parts[0], err)
	}
	return p, nil
}

// name is the new name of the n-th object.
func (p Pattern) name(old string, n int, written time.Time) string {
	if p.old != nil {
		return p.substitute(old)
	}
	ext := strings.TrimPrefix(path.Ext(old), ".")
	stem := strings.TrimSuffix(old, "."+ext)
	if stem == "" || ext == "" { // .hidden has no extension, nor has "a."
		stem, ext = old, ""
	}
	var b strings.Builder
	for _, x := range p.pieces {
		switch x.field {
		case "":
			b.WriteString(x.text)
		case "name":
			b.WriteString(old)
		case "stem":
			b.WriteString(stem)
		case "date":
			b.WriteString(written.UTC().Format(time.DateOnly))
		case "n":
			fmt.Fprintf(&b, "%0*d", x.width, n)
		case "ext":
			if ext == "" {
				s := strings.TrimSuffix(b.String(), ".")
				b.Reset()
				b.WriteString(s)
			}
			b.WriteString(ext)
		}
	}
	return b.String()
}

// substitute replaces the first match, or each.
func (p Pattern) substitute(old string) string {
	if p.each {
		return p.old.ReplaceAllString(old, p.with)
	}
	m := p.old.FindStringSubmatchIndex(old)
	if m == nil {
		return old
	}
	return old[:m[0]] + string(p.old.ExpandString(nil, p.with, old, m)) + old[m[1]:]
}

// What becomes of an object in a renaming.
const (
	Renamed = "rename"
	Same    = "same"    // its name stays
	Clash   = "problem" // it cannot be renamed so
)

// Renaming is what a pattern makes of one object.
type Renaming struct {
	Key     string `json:"key"`
	To      string `json:"to"`
	State   string `json:"state"` // rename, same, problem
	Problem string `json:"problem,omitempty"`
	Size    int64  `json:"-"`
}

// Task moves the object to its new name.
func (r Renaming) Task() Task { return Task{Verb: Move, Key: r.Key, To: r.To, Size: r.Size} }

// Renamings applies a pattern to objects, in their order, and finds what cannot
// be without looking into the bucket: bad names, and two objects of one name.
func Renamings(p Pattern, objects []s3ops.Object) []Renaming {
	all := make([]Renaming, len(objects))
	holder := make(map[string]int, len(objects)) // new key to how many have it
	source := make(map[string]bool, len(objects))
	for i, o := range objects {
		folder := o.Key[:strings.LastIndexByte(o.Key, '/')+1]
		all[i] = Renaming{Key: o.Key, To: folder + p.name(o.Key[len(folder):], i+1, o.Modified), State: Renamed, Size: o.Size}
		holder[all[i].To]++
		source[o.Key] = true
	}
	for i := range all {
		r := &all[i]
		var bad *s3ops.Error
		switch err := s3ops.CheckKey(r.To); {
		case errors.As(err, &bad):
			r.Problem = bad.Why
		case strings.HasSuffix(r.To, "/"):
			r.Problem = "the new name is empty"
		case holder[r.To] > 1:
			r.Problem = fmt.Sprintf("%d of them would have this name", holder[r.To])
		case r.To == r.Key:
			r.State = Same
		case source[r.To]:
			r.Problem = "one of them has this name now: rename in two steps"
		}
		if r.Problem != "" {
			r.State = Clash
		}
	}
	return all
}

// mostLooked is how many new names are looked up in the bucket before a
// renaming; that the rest is free shows when it runs, for it overwrites nothing.
const mostLooked = 2000

// FindTaken looks which new names the bucket holds already. unknown is how many
// names were not looked up.
func (d *Doer) FindTaken(ctx context.Context, all []Renaming) (unknown int, err error) {
	var wait sync.WaitGroup
	var mu sync.Mutex
	slots := make(chan struct{}, 16)
	looked := 0
	for i := range all {
		r := &all[i]
		if r.State != Renamed {
			continue
		}
		if looked == mostLooked || ctx.Err() != nil {
			unknown++
			continue
		}
		looked++
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			_, serr := d.Bucket.Stat(ctx, r.To, "")
			switch {
			case serr == nil:
				r.State, r.Problem = Clash, "there is an object of this name"
			case !errors.Is(serr, s3ops.ErrNotFound):
				mu.Lock()
				err = serr
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return unknown, err
}
