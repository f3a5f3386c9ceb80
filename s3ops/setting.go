package s3ops

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// How a bucket is set up: versioning, CORS, lifecycle, policy, public access,
// encryption, ownership. All of them are read and written here.
//
// S3 has no ETag for them. A writer says what it was shown; if the bucket is set
// otherwise by then, it is ErrChanged and nothing is written. After writing it
// is read back until the store shows what was written.

// State says whether a bucket is set up in some respect.
type State int

// The states of a setting. A store of which it is not known, because it refuses to
// say, is an error and no state.
const (
	Unset         State = iota // the bucket has no such configuration
	Present                    // it has one
	Unimplemented              // the store knows no such thing
)

// String is "not set", "set" or "not implemented by this store".
func (s State) String() string {
	return [...]string{"not set", "set", "not implemented by this store"}[s]
}

// MarshalText gives JSON the words of String.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Setting is how a bucket is set up in one respect.
type Setting[T any] struct {
	State State `json:"state"`
	Value T     `json:"value"` // the zero value unless the state is Present
}

// With is a setting that has a value.
func With[T any](v T) Setting[T] { return Setting[T]{Present, v} }

// Aspect is one respect in which a bucket is set up: how it is read and changed.
// There are seven: VersionsAspect, CORSAspect, LifecycleAspect, PolicyAspect,
// PublicAccessAspect, EncryptionAspect and OwnershipAspect.
type Aspect[T any] struct {
	name  string   // "the lifecycle rules"
	none  []string // codes by which stores say that there is no such configuration
	get   func(context.Context, *Bucket, attempt) (Setting[T], error)
	put   func(context.Context, *Bucket, attempt, T) error
	drop  func(context.Context, *Bucket, attempt) error // nil: it cannot be taken away
	check func(T) error                                 // before writing; nil: the type allows nothing wrong
	plain func(T) T                                     // one form of all that mean the same; nil: they have one
}

// Name is "the lifecycle rules".
func (x Aspect[T]) Name() string { return x.name }

// Read asks the store how the bucket is set up.
func (x Aspect[T]) Read(ctx context.Context, b *Bucket) (Setting[T], error) {
	is, err := x.get(ctx, b, attempt{op: "look at " + x.name + " of"})
	switch {
	case err == nil:
		return is, nil
	case slices.Contains(x.none, code(err)):
		return Setting[T]{}, nil
	case unimplemented(err):
		return Setting[T]{State: Unimplemented}, nil
	}
	return Setting[T]{}, err
}

// unimplemented tells whether a store does not know what it was asked: it says so,
// or it overlooks the question and lists the bucket.
func unimplemented(err error) bool {
	switch code(err) {
	case "NotImplemented", "XNotImplemented", "MethodNotAllowed", "VersioningNotConfigured":
		return true
	}
	return status(err) == http.StatusNotImplemented || errors.Is(err, errNotS3) && strings.Contains(err.Error(), "ListBucketResult")
}

// Same tells whether two settings mean the same.
func (x Aspect[T]) Same(p, q Setting[T]) bool {
	if p.State != Present || q.State != Present {
		return p.State == q.State
	}
	return x.form(p.Value) == x.form(q.Value)
}

// form is a text that is the same for all values that mean the same.
func (x Aspect[T]) form(v T) string {
	if x.plain != nil {
		v = x.plain(v)
	}
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprintf("%+v", v) // no type here has what JSON cannot hold
	}
	return string(text)
}

// settleTries is how often what was written is asked for until the store shows it;
// the pauses between double.
const settleTries = 5

// Change sets the bucket from what was shown to something else, and returns how it
// is set in the end.
func (x Aspect[T]) Change(ctx context.Context, b *Bucket, shown, to Setting[T]) (Setting[T], error) {
	a := attempt{op: "change " + x.name + " of"}
	if err := b.writable(a); err != nil {
		return shown, err
	}
	failed := func(kind error, why, remedy string) error {
		return &Error{Op: a.op, Bucket: b.name, Kind: kind, Why: why, Remedy: remedy}
	}
	if to.State == Present && x.check != nil {
		if err := x.check(to.Value); err != nil {
			return shown, failed(ErrInvalid, err.Error(), "mend that, then repeat")
		}
	}
	is, err := x.Read(ctx, b)
	switch {
	case err != nil:
		return shown, err
	case x.Same(is, to):
		return is, nil
	case is.State == Unimplemented:
		return is, failed(ErrInvalid, "this store does not implement that", "do without")
	case !x.Same(is, shown):
		return is, failed(ErrChanged, "somebody has changed them since they were shown", "look at them again, then repeat")
	}
	if to.State == Present {
		err = x.put(ctx, b, a, to.Value)
	} else if x.drop != nil {
		err = x.drop(ctx, b, a)
	} else {
		err = failed(ErrInvalid, "they can be changed but not taken away", "")
	}
	if err != nil {
		return is, err
	}
	return x.settle(ctx, b, a, to)
}

// settle reads back what was written. S3 may take some seconds to show it.
func (x Aspect[T]) settle(ctx context.Context, b *Bucket, a attempt, to Setting[T]) (is Setting[T], err error) {
	for i := range settleTries {
		if is, err = x.Read(ctx, b); err != nil || x.Same(is, to) {
			return is, err
		}
		select {
		case <-ctx.Done():
			return is, b.fail(a, ctx.Err())
		case <-time.After(b.pause << i):
		}
	}
	return is, &Error{Op: a.op, Bucket: b.name, Kind: ErrChanged, Why: "the store took the change, but does not show what was written",
		Remedy: "look at them again in a minute: another change may have come between"}
}

// decode reads a document that a person wrote. Names that S3 does not know are
// refused: they would be lost without a word.
func decode[T any](text []byte, into *T) error {
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return placed(text, err)
	}
	if d.More() {
		return errors.New("there is more after the end of the document")
	}
	return nil
}

// placed says in which line a document is wrong.
func placed(text []byte, err error) error {
	at := int64(-1)
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		at = e.Offset
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		at = e.Offset
	}
	why := strings.TrimPrefix(err.Error(), "json: ")
	if at < 0 || at > int64(len(text)) {
		return errors.New(why)
	}
	return fmt.Errorf("line %d: %s", 1+strings.Count(string(text[:at]), "\n"), why)
}

// inLines is v as JSON for people and for the AWS CLI, with a line's end.
func inLines(v any) string {
	var out strings.Builder
	to := json.NewEncoder(&out)
	to.SetEscapeHTML(false)
	to.SetIndent("", "  ")
	if to.Encode(v) != nil {
		return "" // the types here can always be encoded
	}
	return out.String()
}
