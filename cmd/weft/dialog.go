package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/term"
)

// dialog puts questions, one a line, on a terminal or through a pipe. An answer may
// be "<", to go back to the question before.
type dialog struct {
	a *app
}

// errBack and errSkipped are how a question ends that was not answered: the person
// goes back, or there is nothing to ask.
var (
	errBack    = errors.New("back")
	errSkipped = errors.New("skipped")
)

// run puts questions in their order; each is a function that ends in nil when it
// is answered.
func (d dialog) run(ctx context.Context, questions ...func(context.Context) error) error {
	var answered []int
	for i := 0; i < len(questions); {
		switch err := questions[i](ctx); {
		case err == nil:
			answered = append(answered, i)
			i++
		case errors.Is(err, errSkipped):
			i++
		case errors.Is(err, errBack) && len(answered) == 0:
			d.say("This is the first question; Ctrl+C leaves without writing anything.")
		case errors.Is(err, errBack):
			i = answered[len(answered)-1]
			answered = answered[:len(answered)-1]
		default:
			return err
		}
	}
	return nil
}

// say tells something; each line is cleaned.
func (d dialog) say(format string, args ...any) { d.a.out.note(format, args...) }

// question is what is asked.
type question struct {
	title    string
	where    string // where the answer is found
	label    string // before the answer
	fallback string // what no answer means; "" if one must be given
	shown    string // the fallback for people, if that is another text
	hidden   bool   // the answer is a secret
	// check looks at an answer at once, and may put it into another form.
	check func(ctx context.Context, answer string) (string, error)
}

// ask puts a question until the answer is good.
func (d dialog) ask(ctx context.Context, q question) (string, error) {
	explain := func() {
		d.say("")
		d.a.out.sayIn(bold, q.title)
		if q.where != "" {
			d.say("%s", d.indented(q.where))
		}
	}
	explain()
	for {
		prompt := q.label
		if shown := q.shown; shown != "" {
			prompt += " [" + shown + "]"
		} else if q.fallback != "" {
			prompt += " [" + q.fallback + "]"
		}
		_, _ = io.WriteString(d.a.out.err, clean(prompt)+": ")
		answer, err := d.read(ctx, q.hidden)
		if err != nil {
			return "", err
		}
		if !isTerminal(os.Stdin) { // where nobody presses Enter, the line ends nevertheless
			_, _ = io.WriteString(d.a.out.err, "\n")
		}
		switch answer = strings.TrimSpace(answer); answer {
		case "<", "back":
			return "", errBack
		case "?":
			explain()
			continue
		case "":
			if q.fallback == "" {
				d.say("  an answer is needed (? explains, < goes back)")
				continue
			}
			answer = q.fallback
		}
		if q.check != nil {
			if answer, err = q.check(ctx, answer); err != nil {
				if errors.Is(err, errBack) || ctx.Err() != nil {
					return "", err
				}
				d.a.out.sayIn(yellow, d.indented(err.Error()))
				continue
			}
		}
		return answer, nil
	}
}

// indented is a text two columns in, broken at words to the terminal's width.
func (d dialog) indented(text string) string {
	width, _, err := term.GetSize(d.a.out.err.Fd())
	if err != nil || width < 20 {
		width = 80
	}
	return "  " + strings.ReplaceAll(ansi.Wordwrap(text, min(width, 100)-2, ""), "\n", "\n  ")
}

// choose asks for one of several; the answer is its index.
func (d dialog) choose(ctx context.Context, q question, choices []string, first int) (int, error) {
	var list strings.Builder
	for i, c := range choices {
		fmt.Fprintf(&list, "%d  %s\n", i+1, c)
	}
	q.where = strings.TrimSpace(q.where + "\n" + strings.TrimSpace(list.String()))
	q.label, q.fallback = "number", fmt.Sprint(first+1)
	chosen := 0
	q.check = func(_ context.Context, answer string) (string, error) {
		if n, err := fmt.Sscan(answer, &chosen); n != 1 || err != nil || chosen < 1 || chosen > len(choices) {
			return "", fmt.Errorf("write a number from 1 to %d", len(choices))
		}
		return answer, nil
	}
	_, err := d.ask(ctx, q)
	return chosen - 1, err
}

// sure asks for yes or no; no answer means no, or yes.
func (d dialog) sure(ctx context.Context, title, where string, yes bool) (bool, error) {
	q := question{title: title, where: where, label: "yes or no", fallback: map[bool]string{true: "yes", false: "no"}[yes],
		check: func(_ context.Context, answer string) (string, error) {
			switch strings.ToLower(answer) {
			case "y", "yes":
				return "yes", nil
			case "n", "no":
				return "no", nil
			}
			return "", errors.New("write yes or no")
		}}
	answer, err := d.ask(ctx, q)
	return answer == "yes", err
}

// read reads one line. That of a secret is not shown as it is typed.
func (d dialog) read(ctx context.Context, hidden bool) (string, error) {
	if hidden && isTerminal(os.Stdin) {
		return d.readHidden(ctx)
	}
	line, err := d.a.lines(ctx).ReadString('\n')
	if err != nil && (!errors.Is(err, io.EOF) || line == "") {
		d.say("")
		return "", orEnd(ctx, err)
	}
	return line, nil
}

// orEnd says of an end of the input that it is one.
func orEnd(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, io.EOF) {
		return errors.New("the answers ended; nothing was written")
	}
	return err
}

// readHidden reads a line in the terminal's raw mode, in which nothing is echoed on
// any system.
func (d dialog) readHidden(ctx context.Context) (string, error) {
	was, err := term.MakeRaw(os.Stdin.Fd())
	if err != nil {
		return "", fmt.Errorf("switch the terminal's echo off: %w", err)
	}
	defer func() {
		_ = term.Restore(os.Stdin.Fd(), was)
		_, _ = io.WriteString(d.a.out.err, "\n")
	}()
	in := d.a.lines(ctx)
	var line []rune
	for {
		r, _, err := in.ReadRune()
		if err != nil {
			return "", orEnd(ctx, err)
		}
		switch r {
		case '\r', '\n':
			return string(line), nil
		case 3: // Ctrl+C, which is no signal in this mode
			return "", errLeft
		case 4: // Ctrl+D
			return "", orEnd(ctx, io.EOF)
		case 8, 127:
			line = line[:max(0, len(line)-1)]
		case 21: // Ctrl+U
			line = nil
		default:
			line = append(line, r)
		}
	}
}

// errLeft is Ctrl+C where it is no signal.
var errLeft = fmt.Errorf("left: %w", context.Canceled)

// lines is standard input, of which all questions of a command read.
func (a *app) lines(ctx context.Context) *bufio.Reader {
	if a.answers == nil {
		a.answers = bufio.NewReader(input(ctx))
	}
	return a.answers
}
