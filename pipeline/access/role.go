// Package access says who may do what in a bucket: it knows the roles of people
// and machines, what each does in which folder, and writes the policies that allow
// just that. It asks no store.
package access

import (
	"fmt"
	"slices"
	"strings"

	"weft/config"
	"weft/pipeline/recipe"
	"weft/s3ops"
)

// Role is what a person or machine is to a bucket.
type Role string

// The roles, each with what it may do.
const (
	Viewer Role = "viewer" // looks, saves and shares links
	Maker  Role = "maker"  // a viewer who also uploads and runs recipes
	Keeper Role = "keeper" // a maker who also renames, deletes, brings back and purges
	Worker Role = "worker" // a machine that runs recipes for others
	Owner  Role = "owner"  // sets the bucket up and sees no pictures
)

// Roles are all roles.
var Roles = []Role{Viewer, Maker, Keeper, Worker, Owner}

// About says in a sentence what a role may do.
func (r Role) About() string {
	return map[Role]string{
		Viewer: "looks at pictures, saves them and shares links to them",
		Maker:  "a viewer who also uploads photos and runs recipes, and deletes nothing",
		Keeper: "a maker who also copies, renames, deletes, brings back and purges, and sees how the bucket is set up",
		Worker: "a machine that runs recipes: reads photos, writes pictures, swatches and the table",
		Owner:  "makes the bucket and sets it up, and sees no pictures",
	}[r]
}

// ParseRoles reads role names, as they are given: several with commas, or again.
// They come back in the order of Roles, each once.
func ParseRoles(names []string) ([]Role, error) {
	var all []Role
	for _, name := range strings.Split(strings.Join(names, ","), ",") {
		r := Role(strings.ToLower(strings.TrimSpace(name)))
		if !slices.Contains(Roles, r) {
			return nil, fmt.Errorf("there is no role %q; there are viewer, maker, keeper, worker and owner", name)
		}
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b Role) int { return slices.Index(Roles, a) - slices.Index(Roles, b) })
	return slices.Compact(all), nil
}

// place is where a deed is done: in a folder of the configuration, or in one of
// these.
type place = config.Role

const (
	recipes place = "recipes" // recipes that all share
	bucket  place = "bucket"  // no folder
)

var (
	originals = []place{config.SearchUploads, config.SingleImages, config.GroupImages}
	pictures  = with(originals, config.Generated) // a sheet may show results too
	results   = []place{config.Generated, config.FabricTable}
	folders   = slices.Concat(originals, results)
	whole     = []place{bucket}
)

// with is a copy of places and some more.
func with(places []place, more ...place) []place { return slices.Concat(places, more) }

// right is a deed in some places.
type right struct {
	deed s3ops.Deed
	in   []place
}

// rights are what a role may do.
func (r Role) rights() []right {
	switch r {
	case Viewer:
		return []right{{s3ops.DoBrowse, whole}, {s3ops.DoList, with(folders, recipes)}, {s3ops.DoRead, with(folders, recipes)}, {s3ops.DoReadTags, folders}}
	case Maker:
		return append(Viewer.rights(), right{s3ops.DoReadVersion, pictures}, right{s3ops.DoWrite, folders})
	case Keeper:
		return append(Maker.rights(), right{s3ops.DoReadVersion, folders}, right{s3ops.DoCopyTags, folders}, right{s3ops.DoWrite, with(folders, recipes)},
			right{s3ops.DoDelete, with(folders, recipes)},
			right{s3ops.DoVersions, with(folders, recipes)}, right{s3ops.DoPurge, with(folders, recipes)},
			right{s3ops.DoLook, whole}, right{s3ops.DoInspect, whole})
	case Worker:
		// Listing what it writes makes the store say that one is missing and not
		// that it may not be seen. Swatches cut out of a photo are results too.
		made := with(results, config.SingleImages)
		return []right{{s3ops.DoList, with(made, recipes)}, {s3ops.DoRead, with(folders, recipes)},
			{s3ops.DoReadVersion, pictures}, {s3ops.DoWrite, made}}
	case Owner:
		return []right{{s3ops.DoList, folders}, {s3ops.DoInspect, whole}, {s3ops.DoSetUp, whole}}
	}
	return nil
}

// Does tells whether a role does a deed in one of the five folders.
func (r Role) Does(d s3ops.Deed, in config.Role) bool {
	return slices.ContainsFunc(r.rights(), func(x right) bool { return x.deed == d && slices.Contains(x.in, in) })
}

// prefixOf is the prefix of a place; "" for the bucket.
func prefixOf(f config.Folders, p place) string {
	switch p {
	case recipes:
		return recipe.Folder
	case bucket:
		return ""
	}
	return f.Prefix(p)
}

// above are the prefixes above the folders, from which one gets to them: "" and,
// for uploaded/single_images/, "uploaded/".
func above(f config.Folders) []string {
	all := []string{""}
	for _, x := range f {
		for i := range strings.TrimSuffix(x.Prefix, "/") {
			if x.Prefix[i] == '/' {
				all = append(all, x.Prefix[:i+1])
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
