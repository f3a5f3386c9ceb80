package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/charmbracelet/colorprofile"
	"github.com/spf13/cobra"

	"weft/pipeline/setup"
	"weft/s3ops"
)

func (a *app) setupCommand() *cobra.Command {
	var plan, yes bool
	var grants []string
	var account, partition string
	c := &cobra.Command{
		Use:   "setup",
		Short: "Make the bucket if it is missing, and set it up",
		Long: "Makes the bucket in its region if it is missing, turns versions on, blocks public access,\n" +
			"has objects encrypted, lets the web pages of --origin read and upload by presigned links,\n" +
			"sets rules for old versions, unfinished uploads and old originals, and makes the folders.\n" +
			"It shows what would change, asks, changes it, and reads it back. Rules and statements that\n" +
			"are not weft's stay as they are; what opens the bucket to more than before is said in red.\n" +
			"What the store does not implement is told and left out. Done twice, the second time changes\n" +
			"nothing. [setup] in config.toml keeps origins, abort_uploads, expire_versions and\n" +
			"cool_uploads, so that the same command sets the same.",
		Example: "  weft setup --plan\n  weft setup --origin https://shop.example --expire-versions-after 30\n" +
			"  weft setup --policy viewer=ann --policy maker+worker=role/lab --account 123456789012",
		Args: takes(0, 0),
	}
	f := c.Flags()
	f.BoolVar(&plan, "plan", false, "only show what would change")
	f.BoolVarP(&yes, "yes", "y", false, "do not ask")
	f.StringSliceVar(&grants, "policy", nil, "allow a ROLE to a USER in the bucket's policy: viewer=ann")
	f.StringVar(&account, "account", "", "with --policy: number of the users' AWS account")
	f.StringVar(&partition, "partition", "", "with --policy: aws, aws-cn, aws-eusc or aws-us-gov (default: by the region)")
	setupFlags(c)
	c.RunE = a.do(func(ctx context.Context, _ []string) error {
		w, err := a.wishFor(grants, account, partition)
		if err != nil {
			return err
		}
		b, stop, err := a.openFor(ctx, !plan)
		if err != nil {
			return err
		}
		defer stop()
		sure := func(ctx context.Context, todo int) (bool, error) {
			switch {
			case yes:
				return true, nil
			case !a.out.asks():
				return false, usagef("without a terminal weft cannot ask: look at weft setup --plan, then add --yes")
			}
			return a.ask(ctx, fmt.Sprintf("Change %s of %s? [y/N] ", plural(todo, "thing"), b.Name()))
		}
		return a.setUp(ctx, b, w, plan, sure)
	})
	return c
}

// setUp shows the plan, asks whether so many changes may be made, and makes them.
func (a *app) setUp(ctx context.Context, b *s3ops.Bucket, w setup.Wish, only bool, sure func(context.Context, int) (bool, error)) error {
	plan, err := w.Plan(ctx, b)
	if err != nil {
		return err
	}
	todo := setup.Changes(plan)
	if setup.Makes(plan) && b.Guessed() && a.onAmazon() {
		return usagef("the bucket %s is missing: in which region shall it be made? Name it with --region or AWS_REGION; it cannot be changed later", b.Name())
	}
	unknown := 0
	for _, s := range plan {
		if s.State == setup.Unknown {
			unknown++
		}
		if a.json && !only && s.State == setup.Change {
			continue // it is told when it is done
		}
		if err := a.tellStep(s); err != nil {
			return err
		}
	}
	if only || len(todo) == 0 {
		if len(todo) == 0 && unknown == 0 {
			a.out.note("all is set up as wanted")
		}
		return orFailures(nil, unknown, len(plan))
	}
	for _, s := range todo { // the question must not be answered blindly: the plan may have scrolled away
		for _, text := range dangers(s) {
			a.out.sayIn(red, "! "+s.Name+": "+text)
		}
	}
	if yes, err := sure(ctx, len(todo)); err != nil || !yes {
		a.out.note("nothing was changed")
		return err
	}
	failed := unknown
	err = w.Apply(ctx, b, todo, func(s setup.Step) {
		if s.State == setup.Failed || s.State == setup.Unknown {
			failed++
			a.out.fail(s.Error)
			a.statement(s.Err)
		}
		if s.State == setup.Done && !a.json {
			s = setup.Step{Name: s.Name, State: s.State}
		}
		_ = a.tellStep(s)
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if failed > 0 || err != nil {
		return orFailures(err, max(failed, 1), len(plan))
	}
	return nil
}

// signs stand before a step.
var signs = map[setup.State]string{setup.AsWanted: "=", setup.Change: "~", setup.NotImplemented: "-", setup.Unknown: "?", setup.Done: "✓", setup.Failed: "✗"}

// tellStep prints a step: what stays on one line, what changes as a difference.
func (a *app) tellStep(s setup.Step) error {
	if a.json {
		return a.out.object(s)
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%s %s", signs[s.State], clean(s.Name))
	switch s.State {
	case setup.AsWanted:
		if s.Is != "" && !strings.Contains(s.Is, "\n") {
			out.WriteString(": " + clean(s.Is))
		} else {
			out.WriteString(": as wanted")
		}
	case setup.NotImplemented:
		out.WriteString(": this store does not implement that; left out")
	case setup.Unknown:
		out.WriteString(": " + clean(s.Error))
	case setup.Change:
		if !strings.Contains(s.Is+s.To, "\n") {
			out.WriteString(": " + clean(s.Is) + " → " + a.out.coloured(green, clean(s.To)))
			break
		}
		for _, l := range setup.Diff(s.Is, s.To) {
			text := "    " + string(l.Sign) + " " + clean(l.Text)
			switch l.Sign {
			case '+':
				text = a.out.coloured(green, text)
			case '-':
				text = a.out.coloured(yellow, text)
			}
			out.WriteString("\n" + text)
		}
	}
	for _, text := range dangers(s) {
		out.WriteString("\n" + a.out.coloured(red, "    ! "+clean(text)))
	}
	return a.out.line("%s", out.String())
}

// dangers are what must not be overlooked about a step.
func dangers(s setup.Step) (all []string) {
	for _, t := range s.Opens {
		all = append(all, "this opens the bucket: "+t)
	}
	for _, t := range s.Loses {
		all = append(all, "from then on "+t)
	}
	return all
}

// Colours of results on a terminal.
const (
	red    = "1;31"
	green  = "32"
	yellow = "33"
	bold   = "1"
)

// coloured puts a result into a colour where colours are welcome.
func (c *console) coloured(colour, text string) string { return painted(c.out, c.outTTY, colour, text) }

// sayIn says something that is no result in a colour; lines are cleaned one by one.
func (c *console) sayIn(colour, text string) {
	for line := range strings.SplitSeq(text, "\n") {
		_, _ = io.WriteString(c.err, painted(c.err, c.errTTY, colour, clean(line))+"\n")
	}
}

func painted(f *os.File, terminal bool, colour, text string) string {
	if !terminal || colorprofile.Detect(f, os.Environ()) < colorprofile.ANSI {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[m"
}
