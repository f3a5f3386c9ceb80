// Package purego stands in, by a replace in weft's go.mod, for the package of
// that name that opens the machine's own libraries without cgo. The codecs of
// WebP, AVIF and HEIC ask it first and use what they bring along only when it
// fails. Here it always fails: weft stays one static binary, what it writes does
// not depend on what is installed, and no hostile picture meets native code.
package purego

import "errors"

const (
	RTLD_NOW    = 2
	RTLD_GLOBAL = 256
)

var errUnlinked = errors.New("weft uses no libraries of the machine")

// Dlopen always fails.
func Dlopen(string, int) (uintptr, error) { return 0, errUnlinked }

// RegisterLibFunc panics: on Windows the codecs open a library by themselves. They
// recover and do without.
func RegisterLibFunc(any, uintptr, string) { panic(errUnlinked) }

// NewCallback makes nothing: there is nothing that could call back.
func NewCallback(any) uintptr { return 0 }
