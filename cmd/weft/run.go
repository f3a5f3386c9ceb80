package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	"charm.land/fang/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/spf13/cobra"

	"weft/config"
	"weft/s3ops"
)

// version is stamped by the linker: -X main.version=v1.2.3.
var version = "devel"

// Exit codes; scripts rely on them.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// run carries out one command line and returns the exit code.
func run(ctx context.Context, args []string) int {
	// Help and errors are styled before flags are parsed.
	if slices.Contains(args, "--no-color") {
		_ = os.Setenv("NO_COLOR", "1")
	}
	a := &app{out: newConsole(os.Stdout, os.Stderr)}
	root := a.root()
	root.SetArgs(args)
	err := execute(ctx, root, args)
	a.out.progress("")
	code := exitCode(ctx, err)
	if code != exitDone {
		c, _, _ := root.Find(args)
		a.explain(c, err, code)
	}
	return code
}

// execute leaves help, man pages and completion to fang. All else goes past it:
// fang asks the terminal for its background before it hands out an error, and
// where no answer comes that takes seconds.
func execute(ctx context.Context, root *cobra.Command, args []string) error {
	if !aboutWeft(root, args) {
		return root.ExecuteContext(ctx)
	}
	if err := checkTopic(root, args); err != nil {
		return err
	}
	err := fang.Execute(ctx, root, fang.WithVersion(version), fang.WithCommit(commit()),
		fang.WithErrorHandler(func(io.Writer, fang.Styles, error) {}))
	if err == nil || errors.Is(err, syscall.EPIPE) {
		return err
	}
	return usage(err)
}

// aboutWeft tells whether help is asked for, the version, the man page or a
// completion script, not work. On its own commands --version is another flag.
func aboutWeft(root *cobra.Command, args []string) bool {
	if i := slices.Index(args, "--"); i >= 0 {
		args = args[:i]
	}
	if slices.Contains(args, "-h") || slices.Contains(args, "--help") {
		return true
	}
	if c, _, err := root.Find(args); err == nil && c != root {
		return false
	}
	return slices.Contains(args, "--version") || slices.ContainsFunc(args, func(s string) bool {
		return s == "help" || s == "man" || s == "completion" || s == "__complete" || s == "__completeNoDesc"
	})
}

// shells are those that completion writes scripts for.
var shells = []string{"bash", "zsh", "fish", "powershell"}

// checkTopic refuses help on a command, and completion for a shell, that do not
// exist: the library answers such a slip with its help and exit code 0.
func checkTopic(root *cobra.Command, args []string) error {
	words := slices.DeleteFunc(slices.Clone(args), func(s string) bool { return strings.HasPrefix(s, "-") })
	if len(words) < 2 {
		return nil
	}
	switch topic := words[1]; words[0] {
	case "help":
		if c, _, err := root.Find(words[1:]); (err != nil || c == root) && !slices.Contains([]string{"help", "man", "completion"}, topic) {
			return unknownCommand(root, topic)
		}
	case "completion":
		if !slices.Contains(shells, topic) {
			return usagef("there is no completion for %q; there is for %s", topic, strings.Join(shells, ", "))
		}
	}
	return nil
}

// unknownCommand names the command that was probably meant.
func unknownCommand(c *cobra.Command, name string) error {
	text := fmt.Sprintf("unknown command %q", name)
	c.SuggestionsMinimumDistance = 2
	if near := c.SuggestionsFor(name); len(near) > 0 {
		text += fmt.Sprintf("; did you mean %q?", near[0])
	}
	return usage(errors.New(text))
}

// takes accepts from least to most arguments; any number if most is negative.
func takes(least, most int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return usagef("too few arguments: %s", c.UseLine())
		case most >= 0 && len(args) > most && c.HasAvailableSubCommands():
			return unknownCommand(c, args[0])
		case most >= 0 && len(args) > most:
			return usagef("too many arguments: %s", c.UseLine())
		}
		return nil
	}
}

// wrongUse makes any error about a command's arguments one of usage.
func wrongUse(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if err := check(c, args); err != nil {
			return usage(err)
		}
		return nil
	}
}

// usageError is wrong use of the command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usage(err error) error                   { return usageError{err} }
func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// failures is the end of a batch in which something failed; each failure was
// named when it happened.
type failures struct{ failed, total int }

func (f failures) Error() string {
	if f.total == 1 {
		return "failed"
	}
	return fmt.Sprintf("%d of %d failed", f.failed, f.total)
}

// interrupted is the end of a batch that was cut short.
type interrupted struct{ done, total int }

func (i interrupted) Error() string {
	return fmt.Sprintf("interrupted: %d of %d done", i.done, i.total)
}
func (i interrupted) Unwrap() error { return context.Canceled }

func exitCode(ctx context.Context, err error) int {
	_, wrong := errors.AsType[usageError](err)
	_, bad := errors.AsType[config.Problems](err)
	switch {
	case err == nil || errors.Is(err, syscall.EPIPE):
		return exitDone
	case wrong || bad:
		return exitUsage
	case ctx.Err() != nil, errors.Is(err, errLeft):
		return exitInterrupted
	}
	return exitFailed
}

// explain tells on standard error why the command ends as it does.
func (a *app) explain(c *cobra.Command, err error, code int) {
	if f, ok := errors.AsType[failures](err); ok && f.total == 1 {
		return // named already
	}
	text := err.Error()
	if code == exitInterrupted && errors.Is(err, context.Canceled) {
		text = "interrupted"
		if i, ok := errors.AsType[interrupted](err); ok {
			text = i.Error()
		}
	}
	a.out.fail(text)
	a.statement(err)
	if _, ok := errors.AsType[usageError](err); ok {
		a.out.note("see %s --help", c.CommandPath())
	}
}

// statement prints, with -v, the entry of a policy that allows what was refused.
func (a *app) statement(err error) {
	e, ok := errors.AsType[*s3ops.Error](err)
	if !a.verbose || !ok {
		return
	}
	if s := e.Statement(); s != "" {
		a.out.note("this IAM statement allows it:\n%s", s)
	}
}

// commit is the revision this program was built from, if known.
func commit() string {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range build.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return ""
}

// errorLabel is the word before an error: red where colours are welcome.
func errorLabel(w io.Writer) string {
	const label = "weft: "
	if colorprofile.Detect(w, os.Environ()) < colorprofile.ANSI {
		return label
	}
	return "\x1b[1;31m" + strings.TrimSuffix(label, " ") + "\x1b[m "
}
