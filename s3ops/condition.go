package s3ops

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Condition is one way to fail, with its reason and its remedy. In the texts
// {bucket}, {host}, {region}, {actual region}, {profile flag}, {said}, {cause},
// {action}, {allow}, {policy}, {where}, {payer} and {class} stand for what was at hand;
// {allow} is the IAM action and its resource.
//
// The codes are those of Amazon's list and of stores that speak its API:
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
// Where a store answers without a body, as to every HEAD, the SDK makes a code
// of the status' name: "Forbidden", "NotFound", "BadRequest".
type Condition struct {
	Name   string   // what it is called in a troubleshooting guide
	Codes  []string // the store's codes for it
	Says   []string // words of its message, one of which it must hold, in small letters; none: any message
	Status int      // HTTP status that means it when the code is none that is known; 0: none
	Kind   error
	Why    string
	Remedy string
	// Passing conditions may end by themselves within seconds, so that the
	// request is sent again, a few times. All others are told at once.
	Passing bool

	match func(error) bool // an error of this machine, the network or the SDK that means it
	skew  bool             // the SDK mends it, if the store tells its time
}

// Conditions are all the ways to fail that this package tells apart, those that
// users meet most often first.
func Conditions() []Condition { return slices.Clone(conditions) }

// conditions is read-only. Of those with the same code the narrower come first.
var conditions = slices.Concat(accessConditions, objectConditions, credentialConditions, requestConditions, storeConditions, networkConditions, machineConditions)

// byCause are those that an error itself tells, in the order in which they are
// tried: what never reached the store first.
var byCause = slices.DeleteFunc(slices.Concat(networkConditions, machineConditions, credentialConditions, requestConditions, accessConditions),
	func(c Condition) bool { return c.match == nil })

var unknown = Condition{Name: "Something else", Why: "it failed: {said}", Remedy: "try again; if it stays so, tell the store's owner the request id"}

// conditionOf finds the condition that an error of the SDK, the network or this
// machine means.
func conditionOf(err error) Condition {
	for _, c := range byCause {
		if c.match(err) {
			return c
		}
	}
	if code := code(err); code != "" {
		text := strings.ToLower(message(err))
		for _, c := range conditions {
			if slices.Contains(c.Codes, code) && c.says(text) {
				return c
			}
		}
	}
	status := status(err)
	if status == 0 {
		return unknown
	}
	for _, c := range conditions {
		if c.Status == status {
			return c
		}
	}
	if status >= 500 {
		return outOfOrder
	}
	return unknown
}

// says tells whether a message in small letters is one of this condition.
func (c Condition) says(text string) bool {
	return len(c.Says) == 0 || slices.ContainsFunc(c.Says, func(words string) bool { return strings.Contains(text, words) })
}

// hopeless tells the SDK whether to send a request again, by the table: what
// cannot get better in seconds is told at once, such as a mistyped endpoint.
func hopeless(err error) aws.Ternary {
	c := conditionOf(err)
	if c.Name == unknown.Name || c.skew || errors.Is(err, context.Canceled) {
		return aws.UnknownTernary // the SDK knows
	}
	return aws.BoolTernary(c.Passing)
}

func is(target error) func(error) bool { return func(err error) bool { return errors.Is(err, target) } }

func isAny(targets ...error) func(error) bool {
	return func(err error) bool {
		return slices.ContainsFunc(targets, func(t error) bool { return errors.Is(err, t) })
	}
}

func as[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}
