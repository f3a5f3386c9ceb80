package setup

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"weft/s3ops"
)

// State is what a plan has to say of one step.
type State string

// The states of a step. What a store does not implement is no failure.
const (
	AsWanted       State = "as wanted"
	Change         State = "change"
	NotImplemented State = "not implemented"
	Unknown        State = "unknown" // the store does not say how it is
	Done           State = "done"
	Failed         State = "failed"
)

// Step is one respect in which the bucket is set up.
type Step struct {
	Name  string   `json:"name"`
	State State    `json:"state"`
	Is    string   `json:"is,omitempty"`    // as it is, a document of several lines or a few words
	To    string   `json:"to,omitempty"`    // as it will be
	Opens []string `json:"opens,omitempty"` // access that is given to more than before: to be shown in red
	Loses []string `json:"loses,omitempty"` // what will be deleted for good
	Error string   `json:"error,omitempty"`

	// Err is why the state is Unknown or Failed.
	Err error `json:"-"`
	do  func(context.Context) error
}

// makeBucket is the name of the step that makes a bucket.
const makeBucket = "bucket"

// Plan finds what is to be done. The error is why nothing can be told.
func (w Wish) Plan(ctx context.Context, b *s3ops.Bucket) ([]Step, error) {
	var all []Step
	missing := false
	switch err := b.Check(ctx); {
	case errors.Is(err, s3ops.ErrNoBucket):
		missing = true
		all = append(all, Step{Name: makeBucket, State: Change, Is: "there is none", To: fmt.Sprintf("s3://%s in %s", b.Name(), b.Region()), do: b.Make})
	case errors.Is(err, s3ops.ErrDenied): // who sets it up need not see all that is in it
	case err != nil:
		return nil, err
	default:
		all = append(all, Step{Name: makeBucket, State: AsWanted, Is: fmt.Sprintf("s3://%s in %s", b.Name(), b.Region())})
	}
	p := planner{ctx, b, missing}
	all = append(all,
		step(p, s3ops.VersionsAspect, withVersions, func(v s3ops.Versioning) string { return string(v) }, nil, nil),
		step(p, s3ops.PublicAccessAspect, withPublicAccess, s3ops.PublicAccess.String, s3ops.PublicAccessWidens, nil),
		step(p, s3ops.EncryptionAspect, withEncryption, s3ops.Encryption.String, s3ops.EncryptionWidens, nil),
		step(p, s3ops.CORSAspect, w.withCORS, s3ops.CORS.String, s3ops.CORSWidens, nil),
		step(p, s3ops.LifecycleAspect, w.withLifecycle, s3ops.Lifecycle.String, nil, expiring))
	if len(w.Policy) > 0 {
		all = append(all, step(p, s3ops.PolicyAspect, w.withPolicy, s3ops.Policy.String, s3ops.PolicyWidens, nil))
	}
	for _, f := range w.Folders {
		all = append(all, p.folder(f.Prefix))
	}
	return all, ctx.Err()
}

// planner is a bucket that is looked at.
type planner struct {
	ctx     context.Context
	b       *s3ops.Bucket
	missing bool // there is no bucket yet, so nothing is set
}

// step plans one aspect: want makes of what is there what should be.
func step[T any](p planner, a s3ops.Aspect[T], want func(s3ops.Setting[T]) s3ops.Setting[T], text func(T) string,
	opens func(is, to s3ops.Setting[T]) []string, loses func(is, to s3ops.Setting[T]) []string) Step {
	s := Step{Name: strings.TrimPrefix(a.Name(), "the "), State: AsWanted}
	words := func(x s3ops.Setting[T]) string {
		if x.State != s3ops.Present {
			return x.State.String()
		}
		return strings.TrimRight(text(x.Value), "\n")
	}
	var is s3ops.Setting[T]
	if !p.missing {
		var err error
		if is, err = a.Read(p.ctx, p.b); err != nil {
			s.State, s.Err, s.Error = Unknown, err, err.Error()
			return s
		}
	}
	s.Is = words(is)
	to := want(is)
	switch {
	case is.State == s3ops.Unimplemented:
		s.State = NotImplemented
		return s
	case a.Same(is, to):
		return s
	}
	s.State, s.To = Change, words(to)
	if opens != nil {
		s.Opens = opens(is, to)
	}
	if loses != nil {
		s.Loses = loses(is, to)
	}
	s.do = func(ctx context.Context) error {
		_, err := a.Change(ctx, p.b, is, to)
		return err
	}
	return s
}

// expiring tells what rules that come or change will delete.
func expiring(is, to s3ops.Setting[s3ops.Lifecycle]) (all []string) {
	had := map[string]int32{}
	for _, r := range is.Value.Rules {
		if r.On() && r.ExpireVersions != nil {
			had[r.ID] = r.ExpireVersions.Days
		}
	}
	for _, r := range to.Value.Rules {
		if v := r.ExpireVersions; r.On() && v != nil && had[r.ID] != v.Days {
			all = append(all, fmt.Sprintf("what was replaced or deleted more than %d days ago is deleted for good and cannot be brought back", v.Days))
		}
	}
	return all
}

// folder plans the marker of a folder, by which it is seen while it is empty.
func (p planner) folder(prefix string) Step {
	s := Step{Name: "folder " + prefix, State: AsWanted, Is: "there"}
	if !p.missing {
		empty, err := p.b.Look(p.ctx, prefix)
		if err != nil {
			s.State, s.Is, s.Err, s.Error = Unknown, "", err, err.Error()
			return s
		}
		if !empty {
			return s
		}
	}
	s.State, s.Is, s.To = Change, "not there", "an empty object of its name"
	s.do = func(ctx context.Context) error {
		_, err := p.b.Upload(ctx, prefix, strings.NewReader(""), s3ops.UploadOptions{ContentType: "application/x-directory"})
		if errors.Is(err, s3ops.ErrExists) {
			return nil
		}
		return err
	}
	return s
}

// Changes are the steps of a plan that change something.
func Changes(plan []Step) (all []Step) {
	for _, s := range plan {
		if s.State == Change {
			all = append(all, s)
		}
	}
	return all
}

// Makes tells whether a plan makes the bucket.
func Makes(plan []Step) bool {
	return len(plan) > 0 && plan[0].Name == makeBucket && plan[0].State == Change
}

// Apply carries a plan out and tells of each step that it changed, with its state
// then. What fails does not keep the rest from being done; but without a bucket
// nothing can be. A bucket that was made has settings of its own, so that the rest
// is planned again for it.
func (w Wish) Apply(ctx context.Context, b *s3ops.Bucket, plan []Step, tell func(Step)) error {
	todo := Changes(plan)
	if Makes(todo) {
		made := carryOut(ctx, todo[0])
		tell(made)
		if made.Err != nil {
			return made.Err
		}
		again, err := w.Plan(ctx, b)
		if err != nil {
			return err
		}
		for _, s := range again {
			if s.State == NotImplemented || s.State == Unknown {
				tell(s)
			}
		}
		todo = Changes(again)
	}
	var failed []error
	for _, s := range todo {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s = carryOut(ctx, s)
		if s.Err != nil {
			failed = append(failed, s.Err)
		}
		tell(s)
	}
	return errors.Join(failed...)
}

func carryOut(ctx context.Context, s Step) Step {
	s.State = Done
	if err := s.do(ctx); err != nil {
		s.State, s.Err, s.Error = Failed, err, err.Error()
	}
	return s
}
