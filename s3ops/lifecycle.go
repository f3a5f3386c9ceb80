package s3ops

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Lifecycle is what the store does by itself with objects as they grow old. As
// JSON it is what the AWS CLI takes. What S3 knows is all in it, so that a rule of
// somebody else's is written back as it was.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
type Lifecycle struct {
	Rules []LifecycleRule `json:"Rules"`
	// Smallest says below which size nothing moves: "all_storage_classes_128K"
	// (S3's default) or "varies_by_storage_class". Empty: whatever the store's default is.
	Smallest string `json:"TransitionDefaultMinimumObjectSize,omitempty"`
}

// LifecycleRule is one rule. Days count from an object's making.
type LifecycleRule struct {
	ID     string           `json:"ID,omitempty"`
	Status string           `json:"Status"` // Enabled or Disabled
	Filter *LifecycleFilter `json:"Filter,omitempty"`
	Prefix *string          `json:"Prefix,omitempty"` // older than Filter, instead of it

	Expire         *LifecycleExpiry  `json:"Expiration,omitempty"`
	Move           []LifecycleMove   `json:"Transitions,omitempty"`
	ExpireVersions *VersionsExpiry   `json:"NoncurrentVersionExpiration,omitempty"`
	MoveVersions   []VersionsMove    `json:"NoncurrentVersionTransitions,omitempty"`
	Abort          *LifecycleAborted `json:"AbortIncompleteMultipartUpload,omitempty"`
}

// LifecycleFilter says which objects a rule is for: one field alone, or And with several.
// Without any it is for all.
type LifecycleFilter struct {
	Prefix  *string       `json:"Prefix,omitempty"`
	Tag     *LifecycleTag `json:"Tag,omitempty"`
	Larger  *int64        `json:"ObjectSizeGreaterThan,omitempty"` // bytes
	Smaller *int64        `json:"ObjectSizeLessThan,omitempty"`    // bytes
	And     *LifecycleAnd `json:"And,omitempty"`
}

// LifecycleAnd is several conditions that must all hold.
type LifecycleAnd struct {
	Prefix  *string        `json:"Prefix,omitempty"`
	Tags    []LifecycleTag `json:"Tags,omitempty"`
	Larger  *int64         `json:"ObjectSizeGreaterThan,omitempty"`
	Smaller *int64         `json:"ObjectSizeLessThan,omitempty"`
}

// LifecycleTag is a tag that an object must have.
type LifecycleTag struct {
	Key   string `json:"Key"`
	Value string `json:"Value"`
}

// LifecycleExpiry is when an object is deleted, or a delete marker that hides nothing
// any more. One of the three.
type LifecycleExpiry struct {
	Days    int32      `json:"Days,omitempty"`
	Date    *time.Time `json:"Date,omitempty"`
	Markers bool       `json:"ExpiredObjectDeleteMarker,omitempty"`
}

// LifecycleMove is when an object changes to another storage class. Days may be 0.
type LifecycleMove struct {
	Days  *int32     `json:"Days,omitempty"`
	Date  *time.Time `json:"Date,omitempty"`
	Class string     `json:"StorageClass"`
}

// VersionsExpiry is when an old version is deleted for good, counted from when it
// became old. Keep is how many newer old ones there must be (0: any number).
type VersionsExpiry struct {
	Days int32 `json:"NoncurrentDays"`
	Keep int32 `json:"NewerNoncurrentVersions,omitempty"`
}

// VersionsMove is VersionsExpiry for a change of storage class.
type VersionsMove struct {
	Days  int32  `json:"NoncurrentDays"`
	Keep  int32  `json:"NewerNoncurrentVersions,omitempty"`
	Class string `json:"StorageClass"`
}

// LifecycleAborted is when an unfinished upload in parts is ended.
type LifecycleAborted struct {
	Days int32 `json:"DaysAfterInitiation"`
}

// Below is the prefix a rule is for; "" for all of the bucket.
func (r LifecycleRule) Below() string {
	switch f := r.Filter; {
	case f == nil:
		return aws.ToString(r.Prefix)
	case f.And != nil:
		return aws.ToString(f.And.Prefix)
	default:
		return aws.ToString(f.Prefix)
	}
}

// On tells whether a rule is carried out.
func (r LifecycleRule) On() bool { return r.Status == "Enabled" }

// ParseLifecycle reads and checks a document as the AWS CLI takes it.
func ParseLifecycle(text []byte) (Lifecycle, error) {
	var l Lifecycle
	if err := decode(text, &l); err != nil {
		return Lifecycle{}, err
	}
	return l, l.Check()
}

// String is the document as the AWS CLI takes it.
func (l Lifecycle) String() string { return inLines(l) }

// lifecycleClasses are the classes that a rule may move objects to.
var lifecycleClasses = []string{"STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"}

// Check says all that S3 would refuse.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
func (l Lifecycle) Check() error {
	var all []error
	if n := len(l.Rules); n == 0 || n > 1000 {
		all = append(all, fmt.Errorf("%d lifecycle rules: there must be 1 to 1,000", n))
	}
	seen := map[string]bool{}
	for i, r := range l.Rules {
		name := fmt.Sprintf("lifecycle rule %d", i+1)
		if r.ID != "" {
			name += " (" + brief(r.ID) + ")"
			if seen[r.ID] {
				all = append(all, fmt.Errorf("%s: another rule has the same ID", name))
			}
			seen[r.ID] = true
		}
		for _, why := range r.faults() {
			all = append(all, fmt.Errorf("%s: %s", name, why))
		}
	}
	return errors.Join(all...)
}

func (r LifecycleRule) faults() (all []string) {
	bad := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	if r.Status != "Enabled" && r.Status != "Disabled" {
		bad("Status must be Enabled or Disabled")
	}
	if (r.Filter == nil) == (r.Prefix == nil) {
		bad("it needs a Filter; {} is all objects")
	}
	if r.Expire == nil && r.Move == nil && r.ExpireVersions == nil && r.MoveVersions == nil && r.Abort == nil {
		bad("it does nothing: give it an Expiration, a Transition or AbortIncompleteMultipartUpload")
	}
	if f := r.Filter; f != nil && count(f.Prefix != nil, f.Tag != nil, f.Larger != nil, f.Smaller != nil, f.And != nil) > 1 {
		bad("several conditions of a Filter belong into its And")
	}
	if e := r.Expire; e != nil && count(e.Days > 0, e.Date != nil, e.Markers) != 1 {
		bad("Expiration needs one of Days (at least 1), a Date or ExpiredObjectDeleteMarker")
	}
	if v := r.ExpireVersions; v != nil && v.Days < 1 {
		bad("NoncurrentDays must be at least 1")
	}
	if r.Abort != nil && r.Abort.Days < 1 {
		bad("DaysAfterInitiation must be at least 1")
	}
	move := func(days int32, class string) {
		if !slices.Contains(lifecycleClasses, class) {
			bad("%q is not one of %s", class, strings.Join(lifecycleClasses, ", "))
		}
		if strings.HasSuffix(class, "_IA") && days < 30 {
			bad("objects can move to %s after 30 days at the earliest", class)
		}
	}
	for _, m := range r.Move {
		if count(m.Days != nil, m.Date != nil) != 1 {
			bad("a Transition needs Days or a Date")
		}
		days := int32(30)
		if m.Days != nil {
			days = *m.Days
		}
		move(days, m.Class)
		if e := r.Expire; e != nil && m.Days != nil && e.Days > 0 && e.Days <= *m.Days {
			bad("objects expire (after %d days) before they move (after %d)", e.Days, *m.Days)
		}
	}
	for _, m := range r.MoveVersions {
		move(m.Days, m.Class)
	}
	return all
}

// count is how many of these are so.
func count(all ...bool) (n int) {
	for _, is := range all {
		if is {
			n++
		}
	}
	return n
}
