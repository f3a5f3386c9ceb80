package main

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"weft/tui"
)

func (a *app) configCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "config",
		Short: "Show every setting and where it came from",
		Args:  takes(0, 0),
		RunE: a.do(func(context.Context, []string) error {
			var out strings.Builder
			w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
			for _, s := range a.cfg.Settings {
				if a.json {
					if err := a.out.object(s); err != nil {
						return err
					}
					continue
				}
				fmt.Fprintf(w, "%s\t%s\t%s\n", clean(s.Name), clean(s.Value), clean(s.Source))
			}
			_ = w.Flush()
			return a.out.write([]byte(out.String()))
		}),
	}
}

func (a *app) keysCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "keys",
		Short: "Show the keymap of the interface",
		Long: "Shows what each key does in the interface, changes of [keys] in config.toml included.\n" +
			"The names are those to use there.",
		Args: takes(0, 0),
		RunE: a.do(func(context.Context, []string) error {
			var out strings.Builder
			w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
			for _, b := range tui.Keymap(a.cfg.Keys) {
				if a.json {
					if err := a.out.object(b); err != nil {
						return err
					}
					continue
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", clean(b.Scope), clean(strings.Join(b.Keys, " ")), clean(b.Name), clean(b.About))
			}
			_ = w.Flush()
			return a.out.write([]byte(out.String()))
		}),
	}
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Show the version",
		Args:  takes(0, 0),
		RunE: func(*cobra.Command, []string) error {
			if a.json {
				return a.out.object(struct {
					Version string `json:"version"`
					Commit  string `json:"commit"`
					Go      string `json:"go"`
				}{version, commit(), runtime.Version()})
			}
			text := "weft " + version
			if c := commit(); c != "" {
				text += " (" + c[:min(len(c), 12)] + ")"
			}
			return a.out.line("%s", text)
		},
	}
}
