package s3ops

import "errors"

// What an *Error can be, for errors.Is.
var (
	ErrNotFound    = errors.New("not found")
	ErrNoBucket    = errors.New("no such bucket")
	ErrExists      = errors.New("already exists")
	ErrDenied      = errors.New("access denied")
	ErrCredentials = errors.New("credentials missing, wrong or expired")
	ErrChanged     = errors.New("changed meanwhile")
	ErrInvalid     = errors.New("invalid")
	ErrCorrupt     = errors.New("corrupt or incomplete")
	ErrUnreachable = errors.New("store unreachable")
	ErrReadOnly    = errors.New("read-only")
)

// Error is every error of this package: what was tried, on what, why it failed
// in plain words, and what to do about it. None of its texts holds a secret.
type Error struct {
	Op        string // "list", "upload", …
	Bucket    string
	Key       string // key or prefix; may be empty
	Why       string // one plain sentence without a full stop
	Remedy    string // one plain sentence without a full stop; for 403 it names the IAM action
	Code      string // the store's code, e.g. "AccessDenied"
	RequestID string
	Kind      error // one of the above, or nil
	Err       error // the cause
}

// Error is "upload a/b.jpg: why (code, request id); remedy".
func (e *Error) Error() string { panic("contract") }

// Unwrap gives Kind and Err to errors.Is and errors.As.
func (e *Error) Unwrap() []error { panic("contract") }
