package s3ops

import (
	"cmp"
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// LifecycleAspect is the lifecycle rules.
var LifecycleAspect = Aspect[Lifecycle]{
	name: "the lifecycle rules", none: []string{"NoSuchLifecycleConfiguration"}, check: Lifecycle.Check, plain: plainLifecycle,
	get: func(ctx context.Context, b *Bucket, a attempt) (Setting[Lifecycle], error) {
		out, err := call(ctx, b, a, b.s3.GetBucketLifecycleConfiguration, &s3.GetBucketLifecycleConfigurationInput{Bucket: &b.name})
		if err != nil || len(out.Rules) == 0 {
			return Setting[Lifecycle]{}, err
		}
		l := Lifecycle{Smallest: string(out.TransitionDefaultMinimumObjectSize)}
		for _, r := range out.Rules {
			l.Rules = append(l.Rules, ruleFrom(r))
		}
		return With(l), nil
	},
	put: func(ctx context.Context, b *Bucket, a attempt, l Lifecycle) error {
		in := &s3.PutBucketLifecycleConfigurationInput{Bucket: &b.name, LifecycleConfiguration: &types.BucketLifecycleConfiguration{},
			TransitionDefaultMinimumObjectSize: types.TransitionDefaultMinimumObjectSize(l.Smallest)}
		for _, r := range l.Rules {
			in.LifecycleConfiguration.Rules = append(in.LifecycleConfiguration.Rules, ruleTo(r))
		}
		_, err := call(ctx, b, a, b.s3.PutBucketLifecycleConfiguration, in)
		return err
	},
	drop: func(ctx context.Context, b *Bucket, a attempt) error {
		_, err := call(ctx, b, a, b.s3.DeleteBucketLifecycle, &s3.DeleteBucketLifecycleInput{Bucket: &b.name})
		return err
	},
}

// Lifecycle reads the lifecycle rules.
func (b *Bucket) Lifecycle(ctx context.Context) (Setting[Lifecycle], error) {
	return LifecycleAspect.Read(ctx, b)
}

// SetLifecycle changes the lifecycle rules from those shown; Unset takes them away.
func (b *Bucket) SetLifecycle(ctx context.Context, shown, to Setting[Lifecycle]) (Setting[Lifecycle], error) {
	return LifecycleAspect.Change(ctx, b, shown, to)
}

// ruleFrom is a rule as the SDK has it in our words.
func ruleFrom(r types.LifecycleRule) LifecycleRule {
	//lint:ignore SA1019 rules of others may still have the older form
	to := LifecycleRule{ID: aws.ToString(r.ID), Status: string(r.Status), Prefix: r.Prefix}
	if f := r.Filter; f != nil {
		to.Filter = &LifecycleFilter{Prefix: f.Prefix, Larger: f.ObjectSizeGreaterThan, Smaller: f.ObjectSizeLessThan}
		if f.Tag != nil {
			to.Filter.Tag = &LifecycleTag{aws.ToString(f.Tag.Key), aws.ToString(f.Tag.Value)}
		}
		if f.And != nil {
			and := &LifecycleAnd{Prefix: f.And.Prefix, Larger: f.And.ObjectSizeGreaterThan, Smaller: f.And.ObjectSizeLessThan}
			for _, t := range f.And.Tags {
				and.Tags = append(and.Tags, LifecycleTag{aws.ToString(t.Key), aws.ToString(t.Value)})
			}
			to.Filter.And = and
		}
	}
	if e := r.Expiration; e != nil {
		to.Expire = &LifecycleExpiry{Days: aws.ToInt32(e.Days), Date: e.Date, Markers: aws.ToBool(e.ExpiredObjectDeleteMarker)}
	}
	for _, m := range r.Transitions {
		to.Move = append(to.Move, LifecycleMove{Days: m.Days, Date: m.Date, Class: string(m.StorageClass)})
	}
	if v := r.NoncurrentVersionExpiration; v != nil {
		to.ExpireVersions = &VersionsExpiry{Days: aws.ToInt32(v.NoncurrentDays), Keep: aws.ToInt32(v.NewerNoncurrentVersions)}
	}
	for _, m := range r.NoncurrentVersionTransitions {
		to.MoveVersions = append(to.MoveVersions, VersionsMove{Days: aws.ToInt32(m.NoncurrentDays), Keep: aws.ToInt32(m.NewerNoncurrentVersions), Class: string(m.StorageClass)})
	}
	if a := r.AbortIncompleteMultipartUpload; a != nil {
		to.Abort = &LifecycleAborted{aws.ToInt32(a.DaysAfterInitiation)}
	}
	return to
}

// ruleTo is a rule as the SDK wants it.
func ruleTo(r LifecycleRule) types.LifecycleRule {
	//lint:ignore SA1019 they are written back as they were
	to := types.LifecycleRule{ID: given(r.ID), Status: types.ExpirationStatus(r.Status), Prefix: r.Prefix}
	if f := r.Filter; f != nil {
		to.Filter = &types.LifecycleRuleFilter{Prefix: f.Prefix, ObjectSizeGreaterThan: f.Larger, ObjectSizeLessThan: f.Smaller}
		if f.Tag != nil {
			to.Filter.Tag = &types.Tag{Key: &f.Tag.Key, Value: &f.Tag.Value}
		}
		if f.And != nil {
			and := &types.LifecycleRuleAndOperator{Prefix: f.And.Prefix, ObjectSizeGreaterThan: f.And.Larger, ObjectSizeLessThan: f.And.Smaller}
			for _, t := range f.And.Tags {
				and.Tags = append(and.Tags, types.Tag{Key: &t.Key, Value: &t.Value})
			}
			to.Filter.And = and
		}
	}
	if e := r.Expire; e != nil {
		to.Expiration = &types.LifecycleExpiration{Days: positive(e.Days), Date: e.Date}
		if e.Markers {
			to.Expiration.ExpiredObjectDeleteMarker = &e.Markers
		}
	}
	for _, m := range r.Move {
		to.Transitions = append(to.Transitions, types.Transition{Days: m.Days, Date: m.Date, StorageClass: types.TransitionStorageClass(m.Class)})
	}
	if v := r.ExpireVersions; v != nil {
		to.NoncurrentVersionExpiration = &types.NoncurrentVersionExpiration{NoncurrentDays: positive(v.Days), NewerNoncurrentVersions: positive(v.Keep)}
	}
	for _, m := range r.MoveVersions {
		to.NoncurrentVersionTransitions = append(to.NoncurrentVersionTransitions, types.NoncurrentVersionTransition{
			NoncurrentDays: &m.Days, NewerNoncurrentVersions: positive(m.Keep), StorageClass: types.TransitionStorageClass(m.Class)})
	}
	if a := r.Abort; a != nil {
		to.AbortIncompleteMultipartUpload = &types.AbortIncompleteMultipartUpload{DaysAfterInitiation: &a.Days}
	}
	return to
}

func positive(n int32) *int32 {
	if n <= 0 {
		return nil
	}
	return &n
}

// plainLifecycle is one form of rules that mean the same: in the order of their
// IDs, with all ways to say "all objects" as one. Stores give rules without an ID
// one of their own, which no form can foresee.
func plainLifecycle(l Lifecycle) Lifecycle {
	rules := slices.Clone(l.Rules)
	for i, r := range rules {
		if f := r.Filter; f != nil {
			plain := *f
			if plain.Prefix != nil && *plain.Prefix == "" {
				plain.Prefix = nil
			}
			if plain.And != nil {
				and := *plain.And
				and.Tags = slices.Clone(and.Tags)
				slices.SortFunc(and.Tags, func(x, y LifecycleTag) int { return cmp.Or(cmp.Compare(x.Key, y.Key), cmp.Compare(x.Value, y.Value)) })
				plain.And = &and
			}
			rules[i].Filter = &plain
		}
		if r.Filter == nil { // the older form of the same
			rules[i].Filter, rules[i].Prefix = &LifecycleFilter{Prefix: given(aws.ToString(r.Prefix))}, nil
		}
		if len(r.Move) == 0 {
			rules[i].Move = nil
		}
		if len(r.MoveVersions) == 0 {
			rules[i].MoveVersions = nil
		}
	}
	slices.SortStableFunc(rules, func(x, y LifecycleRule) int { return cmp.Compare(x.ID, y.ID) })
	if l.Smallest == "all_storage_classes_128K" { // S3 says its default, others say nothing
		l.Smallest = ""
	}
	return Lifecycle{Rules: rules, Smallest: l.Smallest}
}
