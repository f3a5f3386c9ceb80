package pipeline

import (
	"iter"
	"slices"

	"weft/config"
	"weft/pipeline/recipe"
)

// Tasks are what recipes over sources come to, one after another: it is the one
// place where that is decided. A source gets one task with all recipes that take
// it, so that it is decoded once.
func Tasks(f config.Folders, sources []string, recipes []recipe.Recipe) iter.Seq[Task] {
	return func(yield func(Task) bool) {
		for _, key := range sources {
			takes := recipes
			if slices.ContainsFunc(recipes, func(r recipe.Recipe) bool { return !r.Takes(key, f) }) {
				takes = slices.DeleteFunc(slices.Clone(recipes), func(r recipe.Recipe) bool { return !r.Takes(key, f) })
			}
			if len(takes) > 0 && !yield(Task{Verb: Process, Key: key, Recipes: takes}) {
				return
			}
		}
	}
}
