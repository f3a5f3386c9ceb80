package pipeline

import (
	"fmt"
	"iter"
	"slices"

	"weft/config"
	"weft/pipeline/recipe"
)

// Tasks are what recipes over sources come to, one after another: it is the one
// place where that is decided. A source gets one task with all recipes that take
// it, so that it is decoded once. What two of the sources would both write is
// made of the first; for the other one there is a task that says why not. A
// recipe of sheets gets a task for each page.
func Tasks(f config.Folders, sources []string, recipes []recipe.Recipe) iter.Seq[Task] {
	return func(yield func(Task) bool) {
		sheets, each := bySheet(recipes)
		for _, r := range sheets {
			for _, t := range sheetTasks(f, sources, r) {
				if !yield(t) {
					return
				}
			}
		}
		owner := map[string]string{} // of the keys that sources may share
		for _, key := range sources {
			takes, shared := taking(each, key, f), ""
			for i := len(takes) - 1; i >= 0; i-- {
				r := takes[i]
				to, err := r.Output(key, f)
				if r.Unique() || err != nil {
					continue
				}
				if other, ok := owner[to]; ok && other != key {
					takes = slices.Delete(slices.Clone(takes), i, i+1)
					shared = fmt.Sprintf("%s: recipe %s: %s is also the result of %s, which it is made of: put {path} or {hash} into the recipe's to",
						printable(key), r.Name, printable(to), printable(other))
					continue
				}
				owner[to] = key
			}
			if shared != "" && !yield(Task{Verb: Refuse, Key: key, Name: shared}) {
				return
			}
			splits, rest := with(recipe.Split, takes)
			if len(splits) > 0 && !yield(Task{Verb: Split, Key: key, Recipes: splits}) {
				return
			}
			if len(rest) > 0 && !yield(Task{Verb: Process, Key: key, Recipes: rest}) {
				return
			}
		}
	}
}

// bySheet tells the recipes that make a sheet of all sources from those that make
// something of each.
func bySheet(recipes []recipe.Recipe) (sheets, each []recipe.Recipe) { return with("sheet", recipes) }

// with tells the recipes that have a step from the others.
func with(step string, recipes []recipe.Recipe) (have, rest []recipe.Recipe) {
	is := func(r recipe.Recipe) bool { return r.Has(step) }
	if !slices.ContainsFunc(recipes, is) {
		return nil, recipes // the same, as the queue stores what tasks share once
	}
	for _, r := range recipes {
		if is(r) {
			have = append(have, r)
		} else {
			rest = append(rest, r)
		}
	}
	return have, rest
}

// taking are those of the recipes that take a source.
func taking(recipes []recipe.Recipe, source string, f config.Folders) []recipe.Recipe {
	not := func(r recipe.Recipe) bool { return !r.Takes(source, f) }
	if !slices.ContainsFunc(recipes, not) {
		return recipes // the same, as the queue stores what tasks share once
	}
	return slices.DeleteFunc(slices.Clone(recipes), not)
}
