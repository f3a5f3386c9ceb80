package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"weft/config"
	"weft/pipeline"
	"weft/pipeline/recipe"
	"weft/s3ops"
)

// sharedWait is how long the bucket's recipes are waited for: the others work
// without them.
const sharedWait = 10 * time.Second

// recipeLine is a recipe as scripts see it.
type recipeLine struct {
	recipe.Recipe
	Line  string `json:"line"`
	Hash  string `json:"hash"`
	Place string `json:"place"`
}

func (a *app) recipesCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "recipes",
		Short: "List, show and check recipes",
		Long: "Lists the recipes: the built-in ones, those of recipes/*.toml in the bucket, which all who use\n" +
			"it share, and those of recipes/*.toml beside config.toml. Of one name the last of these counts.",
		Example: "  weft recipes\n  weft recipes show web > my.toml\n  weft recipes check my.toml\n  weft recipes steps",
		Args:    takes(0, 0),
		RunE: a.do(func(ctx context.Context, _ []string) error {
			all, err := a.knownRecipes(ctx)
			if perr := a.printRecipes(all); perr != nil {
				return perr
			}
			return err
		}),
	}
	c.AddCommand(&cobra.Command{
		Use: "list", Short: "List the recipes, as weft recipes does", Args: takes(0, 0), RunE: c.RunE,
	}, &cobra.Command{
		Use: "show NAME", Short: "Print a recipe as a file to start from, its base put in", Args: takes(1, 1),
		RunE: a.do(func(ctx context.Context, args []string) error { return a.showRecipe(ctx, args[0]) }),
	}, &cobra.Command{
		Use: "check FILE|-|s3://BUCKET/KEY", Short: "Check a recipe file and tell everything wrong in it", Args: takes(1, 1),
		RunE: a.do(func(ctx context.Context, args []string) error { return a.checkRecipes(ctx, args[0]) }),
	}, a.plain(&cobra.Command{
		Use: "steps", Short: "List the steps, and the placeholders of to", Args: takes(0, 0),
		RunE: a.do(func(context.Context, []string) error { return a.printStepKinds() }),
	}), a.plain(&cobra.Command{
		Use: "schema", Short: "Print the JSON Schema of recipe files, for editors", Args: takes(0, 0),
		RunE: a.do(func(context.Context, []string) error { return a.out.write(recipe.Schema()) }),
	}))
	return c
}

// plain marks a command that needs no bucket.
func (a *app) plain(c *cobra.Command) *cobra.Command {
	c.PreRun = func(*cobra.Command, []string) { a.noBucket = true }
	return c
}

// recipes are those in force on the bucket. What is wrong with any comes beside
// the good ones.
func (a *app) recipes(ctx context.Context, b *s3ops.Bucket) ([]recipe.Recipe, error) {
	ctx, cancel := context.WithTimeout(ctx, sharedWait)
	defer cancel()
	return pipeline.Recipes(ctx, b, a.cfg.Folders, a.recipesDir(), recipesCache(a.cfg))
}

// recipesCache is where copies of a bucket's recipe files are kept.
func recipesCache(cfg *config.Config) string { return filepath.Join(cfg.StateDir(), "recipes") }

func (a *app) recipesDir() string { return filepath.Join(a.cfg.Paths.Config, "recipes") }

// knownRecipes opens the bucket for its recipes. Where it cannot be opened the
// others are there all the same.
func (a *app) knownRecipes(ctx context.Context) ([]recipe.Recipe, error) {
	b, stop, err := a.open(ctx)
	if err != nil {
		mine, ferr := recipe.Files(a.recipesDir())
		all, lerr := recipe.Load(a.cfg.Folders, mine)
		return all, errors.Join(fmt.Errorf("the bucket's own recipes are not among them: %w", err), ferr, lerr)
	}
	defer stop()
	return a.recipes(ctx, b)
}

func (a *app) printRecipes(all []recipe.Recipe) error {
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	for _, r := range all {
		if a.json {
			if err := a.out.object(recipeLine{r, r.Line(), r.Hash(), r.Place}); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", clean(r.Name), clean(r.Line()), clean(r.About), clean(r.Place))
	}
	_ = w.Flush()
	return a.out.write([]byte(out.String()))
}

func (a *app) printStepKinds() error {
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	for _, s := range recipe.Steps() {
		if a.json {
			if err := a.out.object(s); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(w, "%s\t%s\n", strings.TrimSpace(s.Name+" "+s.Args), s.About)
	}
	if a.json {
		return nil
	}
	fmt.Fprint(w, "\t\n")
	for _, p := range recipe.Placeholders {
		fmt.Fprintf(w, "{%s}\t%s, as %s\n", p.Name, p.About, p.Example)
	}
	_ = w.Flush()
	return a.out.write([]byte(out.String()))
}

func (a *app) showRecipe(ctx context.Context, name string) error {
	all, err := a.knownRecipes(ctx)
	if err != nil {
		a.out.warn(err.Error())
	}
	found, err := pick(all, []string{name})
	if err != nil {
		return err
	}
	r := found[0]
	if a.json {
		return a.out.object(recipeLine{r, r.Line(), r.Hash(), r.Place})
	}
	return a.out.write([]byte(r.File()))
}

// checkRecipes checks a file of this machine, standard input, or an object. A
// base in it may be any other recipe in force.
func (a *app) checkRecipes(ctx context.Context, path string) error {
	keys, err := a.keys(ctx, []string{path})
	if err != nil {
		return err
	}
	b, stop, err := a.open(ctx)
	if err != nil {
		a.out.warn("the bucket's own recipes are not known: " + err.Error())
	} else {
		defer stop()
	}
	file := recipe.File{Name: path}
	switch bucket, _ := splitURI(path); {
	case path == "-":
		file.Name = "standard input"
		file.Data, err = io.ReadAll(io.LimitReader(os.Stdin, 2<<20))
	case bucket == "":
		file.Name = a.abs(path)
		file.Data, err = os.ReadFile(file.Name)
	case b == nil:
		return err
	default:
		file.Data, err = readObject(ctx, b, keys[0])
	}
	if err != nil {
		return fmt.Errorf("recipes: %w", err)
	}
	all, err := a.checked(ctx, b, file)
	if problems, ok := errors.AsType[recipe.Problems](err); ok && a.json {
		for _, p := range problems {
			if err := a.out.object(p); err != nil {
				return err
			}
		}
	}
	if err != nil {
		return err
	}
	return a.printRecipes(all)
}

// checked is what is good in a file, among the recipes in force, and what is not.
func (a *app) checked(ctx context.Context, b *s3ops.Bucket, file recipe.File) ([]recipe.Recipe, error) {
	var shared []recipe.File
	if b != nil {
		var err error
		if shared, err = pipeline.SharedRecipes(ctx, b, recipesCache(a.cfg)); err != nil {
			a.out.warn(err.Error())
		}
	}
	mine, err := recipe.Files(a.recipesDir())
	if err != nil {
		a.out.warn(err.Error())
	}
	return recipe.Check(file, a.cfg.Folders, shared, mine)
}

func readObject(ctx context.Context, b *s3ops.Bucket, key string) ([]byte, error) {
	body, _, err := b.Read(ctx, key, s3ops.ReadOptions{})
	if err != nil {
		return nil, err
	}
	defer func() { _ = body.Close() }()
	return io.ReadAll(io.LimitReader(body, 2<<20))
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
			known := make([]string, len(all))
			for i, r := range all {
				known[i] = r.Name
			}
			return nil, usagef("%s", recipe.Unknown("recipe", n, known))
		}
	}
	return out, nil
}
