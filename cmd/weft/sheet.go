package main

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"weft/pipeline/recipe"
)

func (a *app) sheetCommand() *cobra.Command {
	var p processing
	var words struct {
		grid, cell, background string
		noLabels, noPalettes   bool
	}
	c := &cobra.Command{
		Use:   "sheet KEY|PREFIX/…",
		Short: "Make a contact sheet of pictures, with names and palettes",
		Long: "Puts many pictures on one page, or several, with their names and the strips of their\n" +
			"colours. What cannot be drawn is an empty cell with the reason, and is named. A sheet that\n" +
			"was made of the same pictures in the same way is skipped. It is the step sheet of recipes.",
		Example: "  weft sheet uploaded/single_images/\n  weft sheet --to generated/sheets/spring.jpg search_uploads/2026/spring/\n" +
			"  weft sheet --grid 4x3 --cell 480 --background '#202020' --to generated/sheets/wall.png a.jpg b.jpg",
		Args: takes(1, -1),
	}
	c.Flags().StringVar(&p.to, "to", "", "the sheet's key; .png makes a PNG (default: NAME.jpg in generated/sheets/, after the folder of the first)")
	c.Flags().StringVar(&words.grid, "grid", "6x10", "columns × rows of a page")
	c.Flags().StringVar(&words.cell, "cell", "240", "side of the square for each picture, in pixels")
	c.Flags().BoolVar(&words.noLabels, "no-labels", false, "without names")
	c.Flags().BoolVar(&words.noPalettes, "no-palettes", false, "without the strips of colours")
	c.Flags().StringVar(&words.background, "background", "#ffffff", "the paper's colour")
	c.Flags().BoolVar(&p.plan, "plan", false, "only say what would be made")
	c.Flags().BoolVar(&p.force, "force", false, "also make again what is up to date")
	c.Flags().BoolVar(&p.noWait, "no-wait", false, "do not wait for the work to end")
	c.RunE = a.do(func(ctx context.Context, args []string) error {
		keys, err := a.keys(ctx, args)
		if err != nil {
			return err
		}
		steps := []string{"sheet", words.grid, strings.TrimSuffix(words.cell, "px") + "px", words.background}
		if words.noLabels {
			steps = append(steps, "no-labels")
		}
		if words.noPalettes {
			steps = append(steps, "no-palettes")
		}
		if p.to == "" {
			p.to = recipe.SheetOf(keys, a.cfg.Folders)
		}
		r, err := recipe.FromSteps(strings.Join(steps, " ")+" | "+recipe.FormatOf(p.to), p.to, a.cfg.Folders)
		if problems, ok := errors.AsType[recipe.Problems](err); ok {
			if problems[0].Column == 0 {
				return wrongTo(problems)
			}
			return usagef("%s", problems[0].Text)
		}
		if err != nil {
			return err
		}
		p.loose = []recipe.Recipe{r}
		return a.process(ctx, keys, p)
	})
	return c
}
