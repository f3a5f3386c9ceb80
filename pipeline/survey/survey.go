// Package survey says in words how a bucket is set up, what it holds and what that
// costs, and changes its policy, CORS and lifecycle from an edited document. It
// knows no screen.
package survey

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/dustin/go-humanize"

	"weft/pipeline/doctor"
	"weft/s3ops"
)

// State says how much is known of one side of a bucket.
type State string

// The states. What may not be looked at, and what a store does not have, is no
// failure of the bucket.
const (
	Set     State = "set"
	Unset   State = "not set"
	Missing State = "not in this store"
	Denied  State = "not allowed to look"
	Failed  State = "failed"
)

// Fact is one side of a bucket, in words.
type Fact struct {
	Name  string          `json:"name"` // "policy"
	State State           `json:"state"`
	Says  []string        `json:"says"`           // sentences without a full stop
	Risk  []string        `json:"risk,omitempty"` // sentences about what strangers may do, or what may be lost
	Why   *doctor.Finding `json:"why,omitempty"`  // why it is not known, with the statement that would allow it
}

// Names are the sides of a bucket, in their order.
func Names() []string {
	return []string{"region", "versions", "encryption", "public access", "ownership", "policy", "CORS", "lifecycle", "object lock", "unfinished uploads"}
}

// Look asks for all sides of a bucket at once.
func Look(ctx context.Context, b *s3ops.Bucket) []Fact {
	var mu sync.Mutex
	shut := false // everything public is blocked
	var policy s3ops.Setting[s3ops.Policy]
	looks := []func() Fact{
		func() Fact { return Fact{Name: "region", State: Set, Says: []string{b.Region()}} },
		func() Fact { return versions(ctx, b) },
		func() Fact { return tell(ctx, "encryption", b.Encryption, encryptionInWords) },
		func() Fact {
			return tell(ctx, "public access", b.PublicAccess, func(s s3ops.Setting[s3ops.PublicAccess]) (says, risk []string) {
				mu.Lock()
				defer mu.Unlock()
				shut = s.State == s3ops.Present && s.Value.RestrictAccess
				return publicInWords(s)
			})
		},
		func() Fact { return tell(ctx, "ownership", b.Ownership, ownershipInWords) },
		func() Fact {
			return tell(ctx, "policy", b.Policy, func(s s3ops.Setting[s3ops.Policy]) (says, risk []string) {
				policy = s
				return nil, nil
			})
		},
		func() Fact { return tell(ctx, "CORS", b.CORS, corsInWords) },
		func() Fact { return tell(ctx, "lifecycle", b.Lifecycle, lifecycleInWords) },
		func() Fact { return tell(ctx, "object lock", b.ObjectLock, lockInWords) },
		func() Fact { return unfinished(ctx, b) },
	}
	all := make([]Fact, len(looks))
	var wait sync.WaitGroup
	for i, look := range looks {
		wait.Go(func() { all[i] = look() })
	}
	wait.Wait()
	for i := range all { // whether a policy opens anything depends on the block
		if f := &all[i]; f.Name == "policy" && (f.State == Set || f.State == Unset) {
			f.Says, f.Risk = policyInWords(policy, b.Name(), shut)
		}
	}
	return all
}

// versions are whether old ones are kept, and who may delete them for good.
func versions(ctx context.Context, b *s3ops.Bucket) Fact {
	f := tell(ctx, "versions", b.VersionsSetting, versionsInWords)
	if f.State == Set {
		if on, err := b.MFADelete(ctx); err == nil && on {
			f.Says = append(f.Says, "deleted for good only by the account's root user with a code (MFA delete): weft cannot")
		}
	}
	return f
}

// tell reads one setting and puts it into words.
func tell[T any](ctx context.Context, name string, read func(context.Context) (s3ops.Setting[T], error), words func(s3ops.Setting[T]) (says, risk []string)) Fact {
	is, err := read(ctx)
	f := Fact{Name: name}
	switch {
	case err != nil:
		return unknown(name, err)
	case is.State == s3ops.Unimplemented:
		f.State, f.Says = Missing, []string{"this store has no such thing"}
		return f
	case is.State == s3ops.Present:
		f.State = Set
	default:
		f.State = Unset
	}
	f.Says, f.Risk = words(is)
	return f
}

// unknown is a fact that could not be looked at.
func unknown(name string, err error) Fact {
	why := doctor.Explain(err)
	why.Check = name
	f := Fact{Name: name, State: Failed, Says: []string{why.Says}, Why: &why}
	if errors.Is(err, s3ops.ErrDenied) {
		f.State, f.Says = Denied, []string{"you may not look: " + why.Remedy}
		if e, ok := errors.AsType[*s3ops.Error](err); ok && len(e.Grants) > 0 {
			f.Says[0] = "no right to look: " + e.Grants[0].Action
		}
	}
	return f
}

// mostUploads is how many unfinished uploads are counted.
const mostUploads = 1000

func unfinished(ctx context.Context, b *s3ops.Bucket) Fact {
	f := Fact{Name: "unfinished uploads", State: Unset, Says: []string{"none"}}
	n, bytes := 0, int64(0)
	var oldest s3ops.OpenUpload
	for u, err := range b.Unfinished(ctx, "") {
		if errors.Is(err, s3ops.ErrInvalid) {
			return Fact{Name: f.Name, State: Missing, Says: []string{"this store keeps no list of them"}}
		}
		if err != nil {
			return unknown(f.Name, err)
		}
		if n == 0 || u.Initiated.Before(oldest.Initiated) {
			oldest = u
		}
		if n, bytes = n+1, bytes+u.Bytes; n == mostUploads {
			break
		}
	}
	if n > 0 {
		f.State = Set
		f.Says = []string{fmt.Sprintf("%s of %s, the oldest of %s (%s): they cost what they weigh, and weft doctor --abort-uploads ends those older than a day",
			several(n, "upload"), humanize.Bytes(uint64(bytes)), oldest.Initiated.Local().Format("2 Jan 2006"), oldest.Key)}
	}
	return f
}

// several is "1 rule" or "3 rules".
func several(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// and is "a", "a and b" or "a, b and c".
func and(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}
