package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"weft/pipeline/survey"
)

func (a *app) bucketShowCommand() *cobra.Command {
	c := &cobra.Command{
		Use:       "show policy|cors|lifecycle",
		Short:     "Print the document as the AWS CLI takes it",
		Args:      takes(1, 1),
		ValidArgs: survey.Documents(),
	}
	c.RunE = a.do(func(ctx context.Context, args []string) error {
		b, stop, err := a.open(ctx)
		if err != nil {
			return err
		}
		defer stop()
		d, err := survey.Open(ctx, b, args[0])
		switch {
		case err != nil:
			return err
		case d.None:
			return fmt.Errorf("the bucket has no %s; weft bucket edit %s begins one", survey.Called(d.Kind), d.Kind)
		}
		return a.out.write([]byte(d.Text))
	})
	return c
}

func (a *app) bucketEditCommand() *cobra.Command {
	var file string
	var yes, plan bool
	c := &cobra.Command{
		Use:   "edit policy|cors|lifecycle",
		Short: "Edit the policy, CORS or lifecycle in your editor, and write it after a look at the difference",
		Long: "Opens the document in $VISUAL or $EDITOR, or takes it from --file (- is standard input).\n" +
			"What is wrong is told with line and column; the difference is shown, and what it opens to\n" +
			"others, before it asks. After writing it is read back. If somebody has changed it since it\n" +
			"was opened, nothing is written. An emptied document changes nothing.",
		Example:   "  weft bucket edit policy\n  weft bucket edit cors --file cors.json --plan\n  weft bucket edit lifecycle --file - --yes < lifecycle.json",
		Args:      takes(1, 1),
		ValidArgs: survey.Documents(),
	}
	c.Flags().StringVar(&file, "file", "", "take the document from a file instead of an editor")
	c.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	c.Flags().BoolVar(&plan, "plan", false, "show what would change, and change nothing")
	c.RunE = a.do(func(ctx context.Context, args []string) error {
		if !slices.Contains(survey.Documents(), args[0]) {
			return usagef("%q is none of %s", args[0], strings.Join(survey.Documents(), ", "))
		}
		return a.editDocument(ctx, args[0], file, yes, plan)
	})
	return c
}

func (a *app) editDocument(ctx context.Context, kind, file string, yes, plan bool) error {
	if !plan {
		if err := a.writable(); err != nil {
			return err
		}
	}
	if !yes && !plan && !a.out.asks() {
		return usagef("without a terminal weft cannot ask: add --yes, or --plan to see what would change")
	}
	b, stop, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer stop()
	d, err := survey.Open(ctx, b, kind)
	if err != nil {
		return err
	}
	text, err := a.edited(ctx, d, file)
	if err != nil {
		return err
	}
	changes := d.Changes(text)
	if len(changes) == 0 || file == "" && text == d.Text { // an example that was left alone is no wish
		a.out.note("nothing was changed")
		return nil
	}
	for _, l := range changes {
		if err := a.out.line("%c %s", l.Sign, clean(l.Text)); err != nil {
			return err
		}
	}
	for _, o := range d.Opens(text) {
		a.out.warn("this opens more than before: " + o)
	}
	if plan {
		return nil
	}
	if !yes {
		if yes, err = a.ask(ctx, "Write this "+survey.Called(kind)+" to "+b.Name()+"? [y/N] "); err != nil || !yes {
			a.out.note("nothing was changed")
			return err
		}
	}
	if err := d.Apply(ctx, text); err != nil {
		return err
	}
	a.out.note("written, and read back as it was written")
	return nil
}

// edited is the document as it was edited, or as a file has it. What is wrong is
// told, and the editor opened again if that is wanted.
func (a *app) edited(ctx context.Context, d survey.Document, file string) (string, error) {
	text := d.Text
	for {
		var err error
		if file == "" {
			text, err = a.inEditor(ctx, d.Kind, text)
		} else {
			text, err = readDocument(ctx, a.abs(file), file == "-")
		}
		if err != nil {
			return "", err
		}
		problems := d.Check(text)
		for _, p := range problems {
			if p.Doubt {
				a.out.warn(p.String())
			} else {
				a.out.fail(p.String())
			}
		}
		if !survey.Wrong(problems) {
			return text, nil
		}
		wrong := fmt.Errorf("the %s is not written: it is not valid", survey.Called(d.Kind))
		if file != "" || !a.out.asks() {
			return "", wrong
		}
		again, err := a.ask(ctx, "Edit it again? [y/N] ")
		if err != nil || !again {
			return "", errors.Join(wrong, err)
		}
	}
}

// mostDocument is how much of a document is read, in bytes.
const mostDocument = 1 << 20

func readDocument(ctx context.Context, path string, stdin bool) (string, error) {
	from := input(ctx)
	if !stdin {
		f, err := os.Open(path)
		if err != nil {
			return "", err
		}
		defer f.Close()
		from = f
	}
	text, err := io.ReadAll(io.LimitReader(from, mostDocument))
	return string(text), err
}

// editor is the command that opens a file for the person at this terminal.
func editor() []string {
	if words := strings.Fields(cmp.Or(os.Getenv("VISUAL"), os.Getenv("EDITOR"))); len(words) > 0 {
		return words
	}
	return []string{"vi"}
}

// inEditor lets a person edit a text in a file that only he can read.
func (a *app) inEditor(ctx context.Context, kind, text string) (string, error) {
	dir, err := os.MkdirTemp("", "weft-*")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, kind+".json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return "", err
	}
	words := editor()
	run := exec.CommandContext(ctx, words[0], append(words[1:], path)...)
	run.Stdin, run.Stdout, run.Stderr = os.Stdin, os.Stderr, os.Stderr
	if err := run.Run(); err != nil {
		return "", fmt.Errorf("%s: %w; set VISUAL or EDITOR to an editor that waits until the file is closed", strings.Join(words, " "), err)
	}
	return readDocument(ctx, path, false)
}
