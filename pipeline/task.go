// Package pipeline is Task and Do: everything that changes the bucket is a
// Task, plain data, and Do carries it out. It joins s3ops, recipe and picture.
// It knows no screen and no database.
package pipeline

import "weft/pipeline/recipe"

// Verb says what a Task does.
type Verb string

// The verbs, each with the fields of Task that it reads.
const (
	Upload   Verb = "upload"   // File → Key; Overwrite
	Download Verb = "download" // Key (VersionID) → Dir/Name; Overwrite
	Delete   Verb = "delete"   // Key while it is IfVersion and IfETag, or Key at VersionID for good
	Purge    Verb = "purge"    // every version of Key, for good
	Undelete Verb = "undelete" // Key, or only from under the delete marker VersionID
	Restore  Verb = "restore"  // Key, VersionID; IfVersion, IfETag
	Copy     Verb = "copy"     // Key → To; Overwrite
	Move     Verb = "move"     // Key → To; Overwrite; IfVersion, IfETag
	Mend     Verb = "mend"     // Key: its Content-Type is made that of its bytes; CacheControl
	Draw     Verb = "draw"     // Key, one of the sample fabrics
	Process  Verb = "process"  // Key through Recipes; Force
	Sheet    Verb = "sheet"    // Key: a page of the pictures Sources, by the one recipe of Recipes; Name, Force
	Split    Verb = "split"    // Key, a photo of several swatches, into one picture of each, by Recipes; Force
	Refuse   Verb = "refuse"   // Key: what cannot be done with it, such as a part of an undo, for the reason in Name
)

// OfPictures tells whether the verb costs processor and memory, not only the way
// to the store.
func (v Verb) OfPictures() bool { return v == Process || v == Sheet || v == Split }

// Task is one change to the bucket, as plain data: it can be stored, sent to
// another process and carried out there. Doing it twice gives the same bucket
// as doing it once. It never holds a secret.
type Task struct {
	Verb         Verb            `json:"verb"`
	Key          string          `json:"key"`
	To           string          `json:"to,omitempty"`
	VersionID    string          `json:"version_id,omitempty"`
	IfVersion    string          `json:"if_version,omitempty"` // what Key's newest version must be; "": any
	IfETag       string          `json:"if_etag,omitempty"`    // what its ETag must be; "": any
	File         string          `json:"file,omitempty"`       // absolute
	Dir          string          `json:"dir,omitempty"`        // absolute
	Name         string          `json:"name,omitempty"`       // path below Dir
	Overwrite    bool            `json:"overwrite,omitempty"`
	CacheControl string          `json:"cache_control,omitempty"`
	Recipes      []recipe.Recipe `json:"recipes,omitempty"`
	Sources      []string        `json:"sources,omitempty"` // keys
	Force        bool            `json:"force,omitempty"`
	Size         int64           `json:"size,omitempty"` // bytes to move, if known, for progress
}

// Progress is how far a Task is.
type Progress struct {
	Stage string `json:"stage"` // "downloading", "web", …
	Done  int64  `json:"done"`  // bytes
	Total int64  `json:"total"` // bytes; 0: not known
}

// Outcome is what a finished Task did.
type Outcome struct {
	Skipped bool     `json:"skipped,omitempty"` // everything was already as asked
	Keys    []string `json:"keys,omitempty"`    // objects written
	File    string   `json:"file,omitempty"`    // file written
	Version string   `json:"version,omitempty"` // delete marker or new version
	ETag    string   `json:"etag,omitempty"`    // of what is there now, for the undo
	Was     string   `json:"was,omitempty"`     // version that was on top before
	// Something else was where the task wrote, and is not there any more, or it
	// is not known that nothing was.
	Replaced bool   `json:"replaced,omitempty"`
	Note     string `json:"note,omitempty"`    // anything the user should know
	Bytes    int64  `json:"bytes,omitempty"`   // bytes moved
	Resumed  int64  `json:"resumed,omitempty"` // those of them that an earlier try, cut short, had moved
}
