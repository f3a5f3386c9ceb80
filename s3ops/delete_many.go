package s3ops

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"strings"
	"time"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

const (
	// deleteBatch is how many objects S3 takes in one DeleteObjects.
	deleteBatch = 1000
	// deletesAtOnce is how many of those are under way at the same time: S3 takes
	// 3,500 deletions a second below a prefix, and asks to slow down beyond.
	deletesAtOnce = 4
	// deleteTries is how often one object is tried that the store is too busy for.
	deleteTries = 5
)

// Target is what a deletion takes: an object, or one version of it for good.
type Target struct{ Key, VersionID string }

// Deletion is what became of a target.
type Deletion struct {
	Target
	Marker string // version of the delete marker it left; "" where none was left
	Err    error
}

var errUnconfirmed = errors.New("the store did not say that it was deleted")

// DeleteMany removes objects, a thousand at a time and some thousands at once,
// and yields what became of each, in their order. It does not ask first whether
// they are there: where versions are kept it leaves a marker on each key. It goes
// on after errors; when ctx ends, what was not begun is not yielded. The targets
// are taken in a goroutine of its own.
func (b *Bucket) DeleteMany(ctx context.Context, targets iter.Seq[Target]) iter.Seq[Deletion] {
	return func(yield func(Deletion) bool) {
		ctx, cancel := context.WithCancel(ctx)
		batches := make(chan chan []Deletion, deletesAtOnce-1)
		go func() {
			defer close(batches)
			b.deleteBatches(ctx, targets, batches)
		}()
		defer func() {
			cancel()
			for batch := range batches {
				<-batch
			}
		}()
		for batch := range batches {
			for _, d := range <-batch {
				if !yield(d) {
					return
				}
			}
		}
	}
}

// deleteBatches starts a batch as soon as it is full and there is room for it.
func (b *Bucket) deleteBatches(ctx context.Context, targets iter.Seq[Target], batches chan<- chan []Deletion) {
	var batch []Deletion
	start := func() {
		full := batch
		done := make(chan []Deletion, 1)
		batches <- done
		go func() {
			b.deleteAll(ctx, full)
			done <- full
		}()
		batch = nil
	}
	for t := range targets {
		if ctx.Err() != nil {
			return
		}
		if batch == nil {
			batch = make([]Deletion, 0, deleteBatch)
		}
		if batch = append(batch, Deletion{Target: t}); len(batch) == deleteBatch {
			start()
		}
	}
	if len(batch) > 0 && ctx.Err() == nil {
		start()
	}
}

// deleteAll deletes up to a thousand objects and writes down what became of them.
func (b *Bucket) deleteAll(ctx context.Context, batch []Deletion) {
	together := make([]*Deletion, 0, len(batch))
	for i := range batch {
		d := &batch[i]
		d.Err = b.deletable(attempt{op: "delete", key: d.Key}, d.Key)
		switch {
		case d.Err != nil:
		case len(batch) == 1 || strings.ContainsFunc(d.Key, notXML):
			b.deleteOne(ctx, d)
		default:
			together = append(together, d)
		}
	}
	for try := 1; len(together) > 0; try++ {
		err := b.deleteTogether(ctx, together)
		if code(err) == "NotImplemented" {
			for _, d := range together {
				b.deleteOne(ctx, d)
			}
			return
		}
		var again []*Deletion
		for _, d := range together {
			if err == nil && errors.Is(d.Err, ErrUnreachable) {
				again = append(again, d)
			}
		}
		together = again
		if len(again) == 0 || try == deleteTries || pause(ctx, time.Duration(rand.Int64N(int64(200*time.Millisecond<<try)))) != nil {
			return
		}
	}
}

// notXML tells of a character that XML 1.0, in which the keys of many are sent,
// cannot carry or carries otherwise. https://www.w3.org/TR/xml/#charsets
func notXML(r rune) bool { return unicode.IsControl(r) || r == '\ufffe' || r == '\uffff' }

func (b *Bucket) deleteOne(ctx context.Context, d *Deletion) {
	a := attempt{op: "delete", key: d.Key}
	if d.VersionID != "" {
		a.iam = "s3:DeleteObjectVersion"
	}
	out, err := call(ctx, b, a, b.s3.DeleteObject, &s3.DeleteObjectInput{Bucket: &b.name, Key: &d.Key, VersionId: given(d.VersionID)})
	switch {
	case errors.Is(err, ErrNotFound):
	case err != nil:
		d.Err = err
	case d.VersionID == "" && aws.ToBool(out.DeleteMarker):
		d.Marker = aws.ToString(out.VersionId)
	}
}

// deleteTogether makes one request for all. Its error is that of the request,
// which every object of it then bears too.
func (b *Bucket) deleteTogether(ctx context.Context, batch []*Deletion) error {
	in := &s3.DeleteObjectsInput{Bucket: &b.name, Delete: &types.Delete{Objects: make([]types.ObjectIdentifier, len(batch))}}
	for i, d := range batch {
		in.Delete.Objects[i] = types.ObjectIdentifier{Key: &d.Key, VersionId: given(d.VersionID)}
	}
	told := &deleteResult{Bucket: b, batch: batch}
	_, err := call(ctx, b, attempt{op: "delete"}, with(b.s3.DeleteObjects, scanInto[s3.DeleteObjectsOutput](told, &b.scratch)), in)
	if err != nil {
		for _, d := range batch {
			d.Marker, d.Err = "", b.forKey(err, d.Key)
		}
		return err
	}
	for i, d := range batch {
		if !told.of[i] {
			d.Err = b.fail(attempt{op: "delete", key: d.Key}, errUnconfirmed)
		}
	}
	return nil
}

// deleteResult reads what DeleteObjects says of each object into the batch.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
type deleteResult struct {
	*Bucket
	batch []*Deletion
	of    []bool         // which of them something is said of
	next  int            // stores tell of them in the order in which they were named
	index map[Target]int // for those that do not
}

func (r *deleteResult) parse(doc []byte, s *scratch) error {
	r.of, r.next = make([]bool, len(r.batch)), 0
	s.xml = xmlScan{doc: doc, spare: s.xml.spare[:0]}
	root, err := s.xml.root()
	for err == nil {
		name, ok, cerr := s.xml.child(root)
		switch kind := string(bare(name)); {
		case cerr != nil || !ok:
			return cerr
		case kind == "Deleted" || kind == "Error":
			err = r.one(&s.xml, name, kind == "Error")
		default:
			err = s.xml.skip(name)
		}
	}
	return err
}

// one reads what is said of one object.
func (r *deleteResult) one(x *xmlScan, parent []byte, refused bool) error {
	var key, version, marker, code, message []byte
	for {
		name, ok, err := x.child(parent)
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		switch string(bare(name)) {
		case "Key":
			key, err = x.text(name)
		case "VersionId":
			version, err = x.text(name)
		case "DeleteMarkerVersionId":
			marker, err = x.text(name)
		case "Code":
			code, err = x.text(name)
		case "Message":
			message, err = x.text(name)
		default:
			err = x.skip(name)
		}
		if err != nil {
			return err
		}
	}
	i, ok := r.find(key, version)
	if !ok {
		return nil // of none that was named
	}
	d := r.batch[i]
	r.of[i], d.Marker, d.Err = true, "", nil
	switch {
	case refused:
		d.Err = r.refusedKey(d.Target, string(code), string(message))
	case d.VersionID == "": // else it was perhaps a marker, and is gone
		d.Marker = string(marker)
	}
	return nil
}

// find is the place in the batch of a key and the version that was asked for,
// which not every store repeats.
func (r *deleteResult) find(key, version []byte) (int, bool) {
	fits := func(d *Deletion) bool {
		return d.Key == string(key) && (d.VersionID == "" || len(version) == 0 || d.VersionID == string(version))
	}
	if r.next < len(r.batch) && fits(r.batch[r.next]) {
		r.next++
		return r.next - 1, true
	}
	if r.index == nil {
		r.index = make(map[Target]int, 2*len(r.batch))
		for i, d := range r.batch {
			r.index[Target{Key: d.Key}] = i
		}
		for i, d := range r.batch {
			r.index[d.Target] = i
		}
	}
	i, ok := r.index[Target{string(key), string(version)}]
	if !ok {
		i, ok = r.index[Target{Key: string(key)}]
	}
	if ok {
		r.next = i + 1
	}
	return i, ok
}

// refusedKey is the error of one object of many; nil if it was gone already.
func (b *Bucket) refusedKey(t Target, code, message string) error {
	a := attempt{op: "delete", key: t.Key}
	if t.VersionID != "" {
		a.iam = "s3:DeleteObjectVersion"
	}
	err := b.fail(a, &smithy.OperationError{OperationName: "DeleteObject", Err: &smithy.GenericAPIError{Code: code, Message: message}})
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// forKey is the error of many as that of one of its keys.
func (b *Bucket) forKey(err error, key string) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	one := *e
	one.Key = key
	return &one
}

// Folder lists all that makes up a folder: what is below its slash and, last, its
// own marker, which keeps it in sight as long as something is in it. The prefix
// must end in a slash, so that "foo/" never takes "foo2" or "foo" with it.
func (b *Bucket) Folder(ctx context.Context, prefix string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		a := attempt{op: "list", key: prefix}
		if !strings.HasSuffix(prefix, "/") {
			yield(Object{Key: prefix}, b.invalid(a, "a folder ends in a slash", "write "+printable(prefix)+"/ for the folder"))
			return
		}
		for x, err := range b.Objects(ctx, prefix, ListOptions{}) {
			if !yield(x, err) || err != nil {
				return
			}
		}
		marker, err := b.stat(ctx, a, prefix, "")
		switch {
		case errors.Is(err, ErrNotFound), errors.Is(err, ErrDenied): // a listing does not need the right to read
		case err != nil:
			yield(Object{Key: prefix}, err)
		default:
			marker.VersionID = "" // as a listing has it: to delete it is not to purge it
			yield(marker.Object, nil)
		}
	}
}
