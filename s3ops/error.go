package s3ops

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

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

// ErrGivenUp, as the cause of a context's end, says that what was begun is not
// wanted any more: an upload is cleared away and not kept to be gone on with.
var ErrGivenUp = errors.New("given up")

// Error is every error of this package: what was tried, on what, why it failed
// in plain words, and what to do about it. None of its texts holds a secret.
type Error struct {
	Op        string // "list", "upload", …
	Bucket    string
	Key       string // key or prefix; may be empty
	Why       string // one plain sentence without a full stop
	Remedy    string // one plain sentence without a full stop; for 403 it names the IAM action
	Condition string // what it is called in the table of conditions; "" if it is none of them
	Code      string // the store's code, e.g. "AccessDenied"
	Status    int    // HTTP status of the store's answer; 0: there was none
	RequestID string
	Grants    []Grant // what would have to be allowed, where the store refuses something and that is known
	Kind      error   // one of the above, or nil
	Err       error   // the cause
}

// Error is "upload a/b.jpg: why (code, request id); remedy".
func (e *Error) Error() string {
	var s strings.Builder
	s.WriteString(e.Op)
	what := e.Key
	if what == "" && e.Bucket != "" {
		what = "s3://" + e.Bucket
	}
	if what != "" {
		s.WriteString(" " + printable(what))
	}
	s.WriteString(": " + e.Why)
	var by []string
	if e.Code != "" {
		by = append(by, brief(e.Code))
	}
	if e.RequestID != "" {
		by = append(by, "request "+brief(e.RequestID))
	}
	if len(by) > 0 {
		s.WriteString(" (" + strings.Join(by, ", ") + ")")
	}
	if e.Remedy != "" {
		s.WriteString("; " + e.Remedy)
	}
	return s.String()
}

// Unwrap gives Kind and Err to errors.Is and errors.As.
func (e *Error) Unwrap() []error {
	var all []error
	if e.Kind != nil {
		all = append(all, e.Kind)
	}
	if e.Err != nil {
		all = append(all, e.Err)
	}
	return all
}

// Doing names the whole in the error of its first step: what failed at the look
// at an object before it was, say, deleted becomes the failure of the delete.
func Doing(op string, err error) error {
	e, ok := err.(*Error)
	if !ok || e.Op != looking {
		return err
	}
	whole := *e
	whole.Op = op
	return &whole
}

// fail turns an error of the SDK, the network or this machine into an *Error,
// by the table of conditions. An *Error stays what it is.
func (b *Bucket) fail(a attempt, err error) error {
	if err == nil {
		return nil
	}
	var done *Error
	if errors.As(err, &done) {
		return err
	}
	e := &Error{Op: a.op, Bucket: b.name, Key: a.key, Err: err}
	if errors.Is(err, context.Canceled) {
		e.Why = "cancelled"
		return e
	}
	e.Code = code(err)
	var re *awshttp.ResponseError
	if errors.As(err, &re) {
		e.RequestID = re.ServiceRequestID()
	}
	c := conditionOf(err)
	if a.there && deniedOrMissing(err) {
		c = withoutReason
	}
	e.Kind, e.Condition, e.Status = c.Kind, c.Name, status(err)
	fill := b.fill(a, err)
	e.Why, e.Remedy = fill.Replace(c.Why), fill.Replace(c.Remedy)
	if strings.Contains(c.Remedy, "{allow}") {
		e.Grants = b.grants(a, err)
	}
	return e
}

// Here explains, by the table of conditions, what failed with a file of this
// machine; op names it: "open /srv/photos". What the table does not know stays as it is.
func Here(op string, err error) error {
	for _, c := range machineConditions {
		if c.match != nil && c.match(err) {
			fill := strings.NewReplacer("{cause}", cause(err))
			return &Error{Op: op, Why: fill.Replace(c.Why), Remedy: fill.Replace(c.Remedy), Condition: c.Name, Kind: c.Kind, Err: err}
		}
	}
	return err
}

// fill puts what is at hand into the texts of a condition.
func (b *Bucket) fill(a attempt, err error) *strings.Replacer {
	r, profile, class := refusalOf(err), "", ""
	if b.profile != "" {
		profile = " --profile " + printable(b.profile)
	}
	if archived, ok := errors.AsType[*types.InvalidObjectState](err); ok && archived.StorageClass != "" {
		class = ", " + brief(string(archived.StorageClass))
	}
	payer := ""
	if !b.custom && !b.pays { // such a bucket refuses without a word of it
		payer = "; if its requesters pay, add --request-payer"
	}
	return strings.NewReplacer("{payer}", payer,
		"{bucket}", printable(b.name), "{region}", printable(b.Region()), "{host}", printable(b.host()),
		"{actual region}", brief(redirectRegion(err)), "{profile flag}", profile, "{class}", class,
		"{action}", b.action(a, err), "{allow}", b.allow(a, err), "{policy}", r.by(), "{where}", r.where(),
		"{said}", said(err), "{cause}", cause(err),
	)
}

// cause is the error of a check of this package, without what the SDK puts before it.
func cause(err error) string {
	if p, ok := errors.AsType[*proxyRefusal](err); ok {
		return brief(p.Error())
	}
	return brief(err.Error())
}

func (b *Bucket) host() string {
	if e := b.s3.Options().BaseEndpoint; e != nil {
		if u, err := url.Parse(*e); err == nil && u.Host != "" {
			return u.Host // with its port
		}
	}
	return amazonHost(b.Region())
}

// accessKey is an access key id of AWS; its last four characters may be shown.
var accessKey = regexp.MustCompile(`\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{8,}([A-Z0-9]{4})\b`)

// said is the store's own message, or that of this machine, made safe to print: no control characters,
// no signature, not long.
func said(err error) string {
	reason := err.Error()
	var api smithy.APIError
	if errors.As(err, &api) {
		reason = api.ErrorMessage()
	}
	if reason == "" {
		return "no reason given"
	}
	words := strings.Fields(accessKey.ReplaceAllString(printable(reason), "****$1"))
	for i, w := range words {
		l := strings.ToLower(w)
		if strings.Contains(l, "signature") || strings.Contains(l, "x-amz-") || strings.Contains(l, "credential=") || strings.Contains(l, "token=") {
			words[i] = "***"
		}
	}
	return strings.TrimRight(brief(strings.Join(words, " ")), ".")
}

// brief shows a text from outside on one line that is not long, whatever the
// length of the text.
func brief(s string) string {
	const most = 200 // bytes
	long := len(s) > most
	s = printable(strings.ToValidUTF8(s[:min(len(s), most)], ""))
	if long || len(s) > most {
		s = strings.ToValidUTF8(s[:min(len(s), most)], "") + "…"
	}
	return s
}

// printable shows a text from outside on one line, so that no character of it
// can move a cursor or hide another.
func printable(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }) < 0 {
		return s
	}
	q := strconv.Quote(s)
	return q[1 : len(q)-1]
}
