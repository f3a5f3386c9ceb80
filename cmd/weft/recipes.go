package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"unicode"

	"github.com/spf13/cobra"

	"weft/pipeline/recipe"
)

// recipeLine is a recipe as scripts see it.
type recipeLine struct {
	recipe.Recipe
	Line string `json:"line"`
	Hash string `json:"hash"`
}

func (a *app) recipesCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "recipes",
		Short: "List, show and check recipes",
		Long: "Lists the recipes: the built-in ones, and those of recipes/*.toml beside config.toml,\n" +
			"which win by name.",
		Example: "  weft recipes\n  weft recipes show web > my.toml\n  weft recipes check my.toml",
		Args:    takes(0, 0),
		RunE: a.do(func(context.Context, []string) error {
			all, err := recipe.Load(a.recipesDir())
			if perr := a.printRecipes(all); perr != nil {
				return perr
			}
			return err
		}),
	}
	c.AddCommand(&cobra.Command{
		Use: "show NAME", Short: "Print a recipe as a file to start from", Args: takes(1, 1),
		RunE: a.do(func(_ context.Context, args []string) error { return a.showRecipe(args[0]) }),
	}, &cobra.Command{
		Use: "check FILE", Short: "Check a recipe file and tell everything wrong in it", Args: takes(1, 1),
		RunE: a.do(func(_ context.Context, args []string) error { return a.checkRecipes(args[0]) }),
	})
	return c
}

func (a *app) recipesDir() string { return filepath.Join(a.cfg.Paths.Config, "recipes") }

func (a *app) printRecipes(all []recipe.Recipe) error {
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	for _, r := range all {
		if a.json {
			if err := a.out.object(recipeLine{r, r.Line(), r.Hash()}); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", clean(r.Name), clean(r.Line()), clean(r.About))
	}
	_ = w.Flush()
	return a.out.write([]byte(out.String()))
}

func (a *app) showRecipe(name string) error {
	all, err := recipe.Load(a.recipesDir())
	if err != nil {
		a.out.warn(err.Error())
	}
	found, err := pick(all, []string{name})
	if err != nil {
		return err
	}
	r := found[0]
	if a.json {
		return a.out.object(recipeLine{r, r.Line(), r.Hash()})
	}
	return a.out.write([]byte(recipeFile(r)))
}

func (a *app) checkRecipes(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("recipes: %w", err)
	}
	all, err := recipe.Parse(path, data)
	if err != nil {
		return err
	}
	return a.printRecipes(all)
}

// pick finds recipes by name; an unknown name is wrong use.
func pick(all []recipe.Recipe, names []string) ([]recipe.Recipe, error) {
	var out []recipe.Recipe
	for _, n := range names {
		found := false
		for _, r := range all {
			if r.Name == n {
				out, found = append(out, r), true
			}
		}
		if !found {
			var known []string
			for _, r := range all {
				known = append(known, r.Name)
			}
			return nil, usagef("there is no recipe %q; there are %s", n, strings.Join(known, ", "))
		}
	}
	return out, nil
}

// recipeFile writes a recipe as the file it could stand in.
func recipeFile(r recipe.Recipe) string {
	var out strings.Builder
	fmt.Fprintf(&out, "[%s]\n", r.Name)
	if r.About != "" {
		fmt.Fprintf(&out, "about = %s\n", tomlText(r.About))
	}
	steps := make([]string, len(r.Steps))
	for i, s := range r.Steps {
		steps[i] = tomlText(s.String())
	}
	fmt.Fprintf(&out, "steps = [%s]\nto = %s\n", strings.Join(steps, ", "), tomlText(r.To))
	if r.Exact {
		out.WriteString("quality = \"exact\"\n")
	}
	if r.Animation != "" {
		fmt.Fprintf(&out, "animation = %s\n", tomlText(r.Animation))
	}
	if len(r.From) > 0 {
		from := make([]string, len(r.From))
		for i, f := range r.From {
			from[i] = tomlText(f)
		}
		fmt.Fprintf(&out, "from = [%s]\n", strings.Join(from, ", "))
	}
	return out.String()
}

// tomlText is a TOML basic string; control characters are escaped, so that the
// file is safe to show.
func tomlText(s string) string {
	var out strings.Builder
	out.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			out.WriteByte('\\')
			out.WriteRune(r)
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
			fmt.Fprintf(&out, `\U%08x`, r)
		default:
			out.WriteRune(r)
		}
	}
	out.WriteByte('"')
	return out.String()
}
