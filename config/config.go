// Package config is weft's one configuration: where the bucket is, who we are,
// what the folders are called and what the limits are.
//
// It knows nothing of S3, images or screens: it reads settings, checks them
// once, and remembers where each came from.
package config

import (
	"time"

	"golang.org/x/time/rate"
)

// Config is every setting in force. It is made by Load, is valid once made,
// and is not changed afterwards. All that is opened by it or a copy shares its
// bandwidth.
type Config struct {
	Bucket      string      // name of the bucket
	Region      string      // e.g. "eu-central-1"; empty: whatever the AWS configuration says
	Endpoint    string      // URL of an S3-compatible store; empty: AWS
	PathStyle   string      // "auto", "always" or "never"
	Checksums   string      // "auto", "always" or "never"
	Profile     string      // profile of the shared AWS files
	Credentials Credentials // keys given by the environment or .env; zero: the standard AWS chain
	Anonymous   bool        // send requests without credentials
	// RequestPayer pays for requests to buckets whose owner does not.
	RequestPayer bool
	ReadOnly     bool // refuse everything that changes the bucket

	Local string // absolute directory of the embedded store; empty: a real store

	Folders   Folders
	Setup     Setup
	Limits    Limits
	Prices    map[string]map[string]float64 // US dollars, by region and by what is priced: see PricedNames
	Bandwidth *rate.Limiter                 // of the bytes that move, in both directions together; nil: no limit
	Link      time.Duration                 // life of a presigned link; 3600 s by default
	Preview   bool                          // draw pictures in the interface
	Theme     string                        // "auto", "dark" or "light": colours of the interface

	Keys    map[string][]string // keymap changes: action name to keys
	Paths   Paths
	Queue   string // database of the queue: a postgres:// URL; empty: SQLite under Paths.State
	Workers int    // tasks carried out at the same time; 0: one per processor

	Warnings []string  // things to mend that stop nothing, e.g. a .env that others can read
	Settings []Setting // each setting with its value (masked if secret) and where it came from
}

// Credentials are static keys. The zero value means that none were given.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey Secret
	SessionToken    Secret
	// Session: a login of this process gave them. Who is started by it is handed them.
	Session bool
	Expires time.Time // when the session ends; zero: never, or not known
}

// Role says what a folder is for.
type Role string

// The roles of the five folders, in the order in which they are shown.
const (
	SearchUploads Role = "search_uploads"
	Generated     Role = "generated"
	SingleImages  Role = "single_images"
	GroupImages   Role = "group_images"
	FabricTable   Role = "fabric_table"
)

// Folder is a named prefix with a role. Prefix ends in a slash.
type Folder struct {
	Role   Role
	Prefix string
}

// Folders holds the five folders in the order of the roles above.
type Folders [5]Folder

// Prefix returns the prefix of a role, with its slash.
func (f Folders) Prefix(r Role) string {
	for _, x := range f {
		if x.Role == r {
			return x.Prefix
		}
	}
	return ""
}

// Limits bound what one picture may cost. See package picture.
type Limits struct {
	Pixels int64 // width × height of a source, in pixels; 50,000,000 by default
	Bytes  int64 // length of a source file, in bytes; 64 MiB by default
	Memory int64 // bytes that all pictures being worked on in one process hold together; 768 MiB by default
}

// Setup is how "weft setup" sets the bucket up. Of days, 0 means that there is no
// such rule.
type Setup struct {
	Origins        []string // web pages that may reach the bucket from a browser: "https://shop.example"
	AbortUploads   int      // days until an unfinished upload is ended; 7 by default
	ExpireVersions int      // days until an old version is deleted for good; 90 by default
	CoolUploads    int      // days until an original upload moves to infrequent access; 90 by default
}

// Paths are the folders weft keeps things in on this machine.
type Paths struct {
	Home   string // WEFT_HOME, if set
	Config string // config.toml and recipes/ live here
	State  string // queue, locks, logs: one folder per store below it
	Data   string // the embedded store
}

// Setting is one line of "weft config".
type Setting struct {
	Name   string `json:"name"`
	Value  string `json:"value"`  // secrets masked
	Source string `json:"source"` // "default", "config.toml:12", ".env:3", "environment AWS_REGION", "flag --region"
}
