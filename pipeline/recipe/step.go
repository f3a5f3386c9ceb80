package recipe

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Step is one operation with its arguments, e.g. {"fit", ["1600x1600"]}.
// It reads and writes as one string: "fit 1600x1600".
type Step struct {
	Name string
	Args []string
}

// String is the step as it is written in a recipe.
func (s Step) String() string {
	var b strings.Builder
	b.WriteString(s.Name)
	text := -1 // which of them stands in quotes
	if s.Name == "watermark" {
		text = len(s.Args) - 4
	}
	for i, a := range s.Args {
		b.WriteByte(' ')
		if i == text {
			a = strconv.Quote(a)
		}
		b.WriteString(a)
	}
	return b.String()
}

// MarshalText writes the step as its string, in JSON and in TOML.
func (s Step) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a step and brings it into canonical form.
func (s *Step) UnmarshalText(text []byte) error {
	step, faults := parseStep(string(text))
	if len(faults) > 0 {
		return fmt.Errorf("step %q: %s", text, faults[0].text)
	}
	*s = step
	return nil
}

// ParseSteps reads "orient | fit 800x800 | png"; a comma separates as well. The
// steps come back in canonical form with the format last. The error is a
// Problems with the column of each.
func ParseSteps(text string) ([]Step, error) {
	var steps []Step
	var problems Problems
	for _, part := range splitSteps(text) {
		s, faults := parseStep(part.text)
		for _, f := range faults {
			problems = append(problems, Problem{Column: part.at + f.at + 1, Text: f.text})
		}
		if len(faults) == 0 {
			steps = append(steps, s)
		}
	}
	if len(problems) > 0 {
		return nil, problems
	}
	steps, faults := arrange(steps)
	for _, f := range faults {
		problems = append(problems, Problem{Text: f.text})
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return steps, nil
}

// fault is something wrong at a byte of a step's text; in the order of steps it
// is the step's number.
type fault struct {
	at   int
	text string
}

// arrange checks the order of steps and adds the default format.
func arrange(steps []Step) ([]Step, []fault) {
	var faults []fault
	if len(steps) == 0 {
		return nil, []fault{{0, "there are no steps"}}
	}
	for i, s := range steps {
		switch {
		case s.Name == "orient" && i > 0:
			faults = append(faults, fault{i, "orient must be the first step: the others are meant for the upright picture"})
		case s.Name == "sheet" && i > 0:
			faults = append(faults, fault{i, "sheet must be the first step: it shows the sources as they are, upright"})
		case i > 0 && steps[0].Name == "sheet" && !isFormat(s.Name):
			faults = append(faults, fault{i, "after sheet there can be a format only"})
		case s.Name == "split" && (i > 1 || i == 1 && steps[0].Name != "orient"):
			faults = append(faults, fault{i, "split must be the first step, or follow orient: the others are meant for each swatch"})
		case isFormat(s.Name) && i < len(steps)-1:
			faults = append(faults, fault{i, "the format " + s.Name + " must be the last step, and there can be one only"})
		}
	}
	if !isFormat(steps[len(steps)-1].Name) {
		steps = append(steps[:len(steps):len(steps)], Step{"jpeg", []string{"q82"}})
	}
	return steps, faults
}

// token is a word of a step and the byte where it starts.
type token struct {
	at     int
	text   string
	quoted bool
}

// splitSteps cuts at | and , outside of quotes.
func splitSteps(text string) []token {
	var parts []token
	start := 0
	var quote rune
	for i, c := range text {
		switch {
		case quote != 0 && c == quote && !escaped(text[start:i]):
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case quote == 0 && (c == '|' || c == ','):
			parts = append(parts, token{at: start, text: text[start:i]})
			start = i + 1
		}
	}
	parts = append(parts, token{at: start, text: text[start:]})
	return parts
}

// escaped tells whether what follows s is escaped by a backslash.
func escaped(s string) bool {
	return (len(s)-len(strings.TrimRight(s, `\`)))%2 == 1
}

// words cuts a step at white space, keeping "…" and '…' together.
func words(text string) ([]token, error) {
	var out []token
	for i := 0; i < len(text); {
		c, n := utf8.DecodeRuneInString(text[i:])
		if unicode.IsSpace(c) {
			i += n
			continue
		}
		if c != '"' && c != '\'' {
			end := strings.IndexFunc(text[i:], unicode.IsSpace)
			if end < 0 {
				end = len(text) - i
			}
			out = append(out, token{at: i, text: text[i : i+end]})
			i += end
			continue
		}
		end := closing(text, i)
		if end < 0 {
			return nil, fmt.Errorf("the text that starts with %c has no end", c)
		}
		value, err := unquote(text[i : end+1])
		if err != nil {
			return nil, err
		}
		out = append(out, token{at: i, text: value, quoted: true})
		i = end + 1
	}
	return out, nil
}

// closing finds the quote that ends the text starting at i, or -1.
func closing(text string, i int) int {
	for j := i + 1; j < len(text); j++ {
		if text[j] == text[i] && !escaped(text[i+1:j]) {
			return j
		}
	}
	return -1
}

func unquote(s string) (string, error) {
	if s[0] == '\'' {
		return s[1 : len(s)-1], nil
	}
	value, err := strconv.Unquote(s)
	if err != nil {
		return "", errors.New(`the text has a bad escape: write \" for a quote and \\ for a backslash`)
	}
	return value, nil
}

// parseStep reads one step and brings it into canonical form, or says
// everything that is wrong with it.
func parseStep(text string) (Step, []fault) {
	tokens, err := words(text)
	if err != nil {
		return Step{}, []fault{{0, err.Error()}}
	}
	if len(tokens) == 0 {
		return Step{}, []fault{{0, "there is an empty step"}}
	}
	name := strings.ToLower(tokens[0].text)
	for _, k := range kinds {
		if k.name == name {
			a := args{rest: tokens[1:], name: name}
			canonical := k.read(&a)
			a.end()
			if len(a.faults) > 0 {
				return Step{}, a.faults
			}
			return Step{name, canonical}, nil
		}
	}
	return Step{}, []fault{{tokens[0].at, unknown("step", tokens[0].text, stepNames())}}
}
