package pipeline

import (
	"errors"
	"fmt"
)

// Inverse is the Task that takes a finished one back, from what it did. It is
// never a task that loses a version: where versions are kept, what it removes
// gets a delete marker, and its own Inverse takes it back in turn. It refuses to
// touch what has changed since. The error says why a task cannot be taken back.
func Inverse(t Task, o Outcome) (Task, error) {
	target := t.Key
	if t.To != "" {
		target = t.To
	}
	back := Task{Key: target, IfVersion: o.Version, IfETag: o.ETag}
	switch t.Verb {
	case Delete:
		return undeletion(t, o)
	case Undelete:
		back.Verb = Delete
	case Move:
		back.Verb, back.To, back.Size = Move, t.Key, t.Size
		if o.Replaced {
			return Task{}, cannot(target, "another object was there before; restore a version of it by hand")
		}
	case Restore, Copy, Upload, Mend:
		back.Verb = Delete
		if o.Replaced {
			back.Verb, back.VersionID = Restore, o.Was
		}
		if o.Replaced && lost(o.Was, o.Version) {
			return Task{}, cannot(target, "what was there before is gone: the bucket kept no version of it")
		}
	case Refuse:
		return Task{}, errors.New(t.Name)
	case Purge:
		return Task{}, cannot(t.Key, "every version of it was removed for good")
	case Process, Split:
		return Task{}, cannot(t.Key, "results of processing stay until they are deleted; the source was not touched")
	case Sheet:
		return Task{}, cannot(t.Key, "a sheet stays until it is deleted; its pictures were not touched")
	case Draw:
		return Task{}, cannot(t.Key, "sample fabrics stay until they are deleted")
	default:
		return Task{}, cannot(t.Key, "nothing in the bucket was changed")
	}
	if o.ETag == "" {
		return Task{}, cannot(target, "an older weft did it and did not note what it wrote")
	}
	return back, nil
}

// ForGood tells whether a task removes something that nothing can bring back. Of
// a plain Delete that depends on the bucket; of one that takes back what was
// written it is known: what has no version, or shares the name "null", has none
// to come back from.
func (t Task) ForGood() bool {
	return t.Verb == Purge || t.Verb == Delete && (t.VersionID != "" || t.IfETag != "" && (t.IfVersion == "" || t.IfVersion == "null"))
}

func undeletion(t Task, o Outcome) (Task, error) {
	switch {
	case t.VersionID != "":
		return Task{}, cannot(t.Key, "a version of it was removed for good")
	case o.Version == "" || o.Version == "null" && lost(o.Was, o.Version):
		return Task{}, cannot(t.Key, "it is gone for good: the bucket kept no version of it")
	}
	return Task{Verb: Undelete, Key: t.Key, VersionID: o.Version}, nil
}

// lost tells whether the version before did not outlive the one after it: a
// bucket without versions names none, and one whose versioning is suspended
// writes each over the last that is called "null".
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/AddingObjectstoVersionSuspendedBuckets.html
func lost(before, after string) bool { return before == "" || before == "null" && after == "null" }

// ErrNoUndo means that a task cannot be taken back.
var ErrNoUndo = errors.New("cannot be undone")

func cannot(key, why string) error { return fmt.Errorf("%s: %w: %s", printable(key), ErrNoUndo, why) }
