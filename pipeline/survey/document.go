package survey

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"weft/pipeline/lines"
	"weft/s3ops"
)

// Documents are what can be edited as text.
const (
	Policy    = "policy"
	CORS      = "cors"
	Lifecycle = "lifecycle"
)

// Documents are the kinds, in the order of Names.
func Documents() []string { return []string{Policy, CORS, Lifecycle} }

// Called is how a kind is called in a sentence.
func Called(kind string) string {
	if kind == CORS {
		return "CORS"
	}
	return kind
}

// Document is the policy, the CORS rules or the lifecycle rules of a bucket, as
// JSON that the AWS CLI takes too.
type Document struct {
	Kind string
	Text string // as it is, or an example where the bucket has none
	None bool   // the bucket has none

	check func(text []byte) []Problem
	form  func(text []byte) string
	apply func(ctx context.Context, text []byte) error
	opens func(text []byte) []string
}

// Problem is something wrong in a document.
type Problem struct {
	Line   int    `json:"line,omitempty"` // from 1; 0: it is about the whole
	Column int    `json:"column,omitempty"`
	Says   string `json:"says"`
	Doubt  bool   `json:"doubt,omitempty"` // it may be meant so: it can be written
}

// String is "line 3, column 15: what".
func (p Problem) String() string {
	if p.Line == 0 {
		return p.Says
	}
	return fmt.Sprintf("line %d, column %d: %s", p.Line, p.Column, p.Says)
}

// Open reads a document to edit. One that the store does not have, or may not be
// looked at, is an error.
func Open(ctx context.Context, b *s3ops.Bucket, kind string) (Document, error) {
	switch kind {
	case Policy:
		return open(ctx, kind, b.Policy, b.SetPolicy, s3ops.ParsePolicy, func(p s3ops.Policy) []Problem { return policyProblems(p, b.ARN()) }, s3ops.PolicyWidens, examplePolicy(b.ARN()))
	case CORS:
		return open(ctx, kind, b.CORS, b.SetCORS, s3ops.ParseCORS, corsProblems, s3ops.CORSWidens, exampleCORS)
	case Lifecycle:
		return open(ctx, kind, b.Lifecycle, b.SetLifecycle, s3ops.ParseLifecycle, lifecycleProblems, lifecycleWidens, exampleLifecycle)
	}
	return Document{}, fmt.Errorf("%q is none of %s", kind, strings.Join(Documents(), ", "))
}

func open[T fmt.Stringer](ctx context.Context, kind string, read func(context.Context) (s3ops.Setting[T], error),
	write func(context.Context, s3ops.Setting[T], s3ops.Setting[T]) (s3ops.Setting[T], error), parse func([]byte) (T, error),
	doubts func(T) []Problem, widens func(is, to s3ops.Setting[T]) []string, example string) (Document, error) {
	is, err := read(ctx)
	switch {
	case err != nil:
		return Document{}, err
	case is.State == s3ops.Unimplemented:
		return Document{}, fmt.Errorf("this store has no %s: there is nothing to edit", Called(kind))
	}
	d := Document{Kind: kind, Text: example, None: is.State != s3ops.Present}
	if !d.None {
		d.Text = is.Value.String()
	}
	d.check = func(text []byte) []Problem {
		v, err := parse(text)
		if err != nil {
			return located(text, err)
		}
		return placed(text, doubts(v))
	}
	d.form = func(text []byte) string {
		v, err := parse(text)
		if err != nil {
			return string(text)
		}
		return v.String()
	}
	d.opens = func(text []byte) []string {
		v, err := parse(text)
		if err != nil {
			return nil
		}
		return widens(is, s3ops.With(v))
	}
	d.apply = func(ctx context.Context, text []byte) error {
		v, err := parse(text)
		if err != nil {
			return err
		}
		_, err = write(ctx, is, s3ops.With(v))
		return err
	}
	return d, nil
}

// Check says all that is wrong in an edited text. An emptied one is wrong: it would
// take away what the bucket has.
func (d Document) Check(text string) []Problem {
	if strings.TrimSpace(text) == "" || strings.Join(strings.Fields(text), "") == "{}" {
		return []Problem{{Says: "the document is empty: that would take the bucket's " + Called(d.Kind) + " away, so nothing is changed"}}
	}
	var any any
	if err := json.Unmarshal([]byte(text), &any); err != nil {
		return located([]byte(text), err)
	}
	return d.check([]byte(text))
}

// Wrong tells whether a text cannot be written.
func Wrong(problems []Problem) bool {
	return slices.ContainsFunc(problems, func(p Problem) bool { return !p.Doubt })
}

// Changes is how a text differs from what the bucket has, both in one form; none if
// it does not.
func (d Document) Changes(text string) []lines.Line {
	was, to := "", d.form([]byte(text))
	if !d.None {
		was = d.Text
	}
	if was == to {
		return nil
	}
	return Diff(was, to)
}

// Opens says in words what a text would open that was closed before.
func (d Document) Opens(text string) []string { return d.opens([]byte(text)) }

// Apply writes a text and reads it back. If the bucket's document is not what was
// opened any more, it is s3ops.ErrChanged and nothing is written.
func (d Document) Apply(ctx context.Context, text string) error {
	if p := d.Check(text); Wrong(p) {
		return errors.New(p[0].String())
	}
	return d.apply(ctx, []byte(text))
}

var (
	inLine   = regexp.MustCompile(`^line (\d+): (?s)(.*)$`)
	stranger = regexp.MustCompile(`unknown field "([^"]+)"`)
	quoted   = regexp.MustCompile(`"([^"]+)"`)
)

// located gives errors of a parser their places, one by one.
func located(text []byte, err error) (all []Problem) {
	offset := int64(-1)
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		offset = e.Offset
	}
	if offset >= 0 {
		line, column := at(text, int(offset)-1)
		return []Problem{{Line: line, Column: column, Says: strings.TrimPrefix(err.Error(), "json: ")}}
	}
	for says := range strings.SplitSeq(err.Error(), "\n") {
		p := Problem{Says: says}
		if m := inLine.FindStringSubmatch(says); m != nil {
			p.Line, _ = strconv.Atoi(m[1])
			p.Column, p.Says = 1, m[2]
		}
		if m := stranger.FindStringSubmatch(says); m != nil {
			p.Line, p.Column = find(text, m[1], 0)
			p.Says = "the name " + strconv.Quote(m[1]) + " means nothing here"
		} else if m := quoted.FindStringSubmatch(says); m != nil && p.Line == 0 {
			p.Line, p.Column = find(text, m[1], 0)
		}
		all = append(all, p)
	}
	return all
}

// placed finds where the first thing in quotes of each problem stands.
func placed(text []byte, all []Problem) []Problem {
	seen := map[string]int{}
	for i := range all {
		if m := quoted.FindStringSubmatch(all[i].Says); m != nil && all[i].Line == 0 {
			all[i].Line, all[i].Column = find(text, m[1], seen[all[i].Says])
			seen[all[i].Says]++
		}
	}
	return all
}

// find is where a JSON text stands, after it has stood so often before; 0, 0 if
// nowhere.
func find(text []byte, what string, before int) (line, column int) {
	want, err := json.Marshal(what)
	if err != nil {
		return 0, 0
	}
	from := 0
	for {
		i := strings.Index(string(text[from:]), string(want))
		if i < 0 {
			return 0, 0
		}
		if from += i; before == 0 {
			return at(text, from)
		}
		before--
		from += len(want)
	}
}

// at is the line and column of a byte, from 1.
func at(text []byte, offset int) (line, column int) {
	before := string(text[:max(0, min(offset, len(text)))])
	return 1 + strings.Count(before, "\n"), 1 + len([]rune(before[strings.LastIndex(before, "\n")+1:]))
}
