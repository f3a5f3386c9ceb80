package pipeline

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"slices"

	"weft/s3ops"
)

// delete leaves a delete marker, or removes one version for good. An object
// that is not there, or is deleted already, gets no second marker.
func (d *Doer) delete(ctx context.Context, t Task) (Outcome, error) {
	if t.VersionID != "" {
		_, err := d.Bucket.Delete(ctx, t.Key, t.VersionID)
		return Outcome{Keys: []string{t.Key}}, err
	}
	now, err := d.Bucket.Stat(ctx, t.Key, "")
	if errors.Is(err, s3ops.ErrNotFound) {
		return Outcome{Skipped: true}, nil
	}
	marker := ""
	switch {
	case t.IfVersion == "" && t.IfETag == "":
		marker, err = d.Bucket.Delete(ctx, t.Key, "")
	case err == nil:
		if err = unchanged(t, now); err == nil {
			marker, err = d.Bucket.DeleteUnchanged(ctx, now.Object)
		}
	}
	if err != nil {
		return Outcome{}, err
	}
	return Outcome{Version: marker, Was: now.VersionID, Keys: []string{t.Key}}, nil
}

// purge removes every version and delete marker of Key. What could not be
// removed does not keep the rest from being so.
func (d *Doer) purge(ctx context.Context, t Task) (Outcome, error) {
	versions, err := d.versions(ctx, t.Key)
	if err != nil {
		return Outcome{}, err
	}
	var failed []error
	var out Outcome
	for i := len(versions) - 1; i >= 0; i-- { // the newest last: what is deleted stays deleted on the way
		if _, err := d.Bucket.Delete(ctx, t.Key, versions[i].VersionID); err != nil {
			failed = append(failed, err)
			continue
		}
		out.Bytes += versions[i].Size
	}
	if len(versions) == 0 {
		out.Skipped = true
	} else {
		out.Keys = []string{t.Key}
		out.Note = plural(len(versions)-len(failed), "version") + " removed for good"
	}
	return out, errors.Join(failed...)
}

// versions are the versions and delete markers of a key, newest first.
func (d *Doer) versions(ctx context.Context, key string) ([]s3ops.Object, error) {
	var all []s3ops.Object
	for o, err := range d.Bucket.Objects(ctx, key, s3ops.ListOptions{Recursive: true, Versions: true}) {
		switch {
		case err != nil:
			return nil, err
		case o.Key == key:
			all = append(all, o)
		case len(all) > 0:
			// The prefix lists longer keys too, but the versions of one key come
			// together. That its own key comes first is not relied on: not every
			// store lists in the order of bytes.
			return all, nil
		}
	}
	return all, nil
}

// undelete takes away the delete markers on top, or only the one that the task
// names: what was written or deleted since stays as it is then.
func (d *Doer) undelete(ctx context.Context, t Task) (Outcome, error) {
	if _, err := d.Bucket.Stat(ctx, t.Key, ""); err == nil && t.VersionID == "" {
		return Outcome{Skipped: true}, nil
	}
	var err error
	if t.VersionID == "" {
		err = d.Bucket.Undelete(ctx, t.Key)
	} else if there, merr := d.marked(ctx, t); there || merr != nil {
		return Outcome{Skipped: there}, merr
	} else {
		_, err = d.Bucket.Delete(ctx, t.Key, t.VersionID)
	}
	if err != nil {
		return Outcome{}, err
	}
	now, err := d.Bucket.Stat(ctx, t.Key, "")
	return Outcome{Keys: []string{t.Key}, Version: now.VersionID, ETag: now.ETag}, err
}

// marked looks for the delete marker that a task takes away. It must be on top.
// there: it is gone, and the object is back.
func (d *Doer) marked(ctx context.Context, t Task) (there bool, err error) {
	versions, err := d.versions(ctx, t.Key)
	if err != nil {
		return false, err
	}
	newest := slices.IndexFunc(versions, func(v s3ops.Object) bool { return v.IsLatest })
	found := slices.ContainsFunc(versions, func(v s3ops.Object) bool { return v.VersionID == t.VersionID })
	below := slices.ContainsFunc(versions, func(v s3ops.Object) bool { return !v.DeleteMarker })
	switch {
	case !below:
		return false, refusal(t, s3ops.ErrNotFound, "no version of it is left to bring back", "upload it again")
	case newest >= 0 && versions[newest].VersionID == t.VersionID && versions[newest].DeleteMarker:
		return false, nil
	case newest >= 0 && versions[newest].DeleteMarker:
		return false, refusal(t, s3ops.ErrChanged, "it was deleted again since", "undelete it if it is wanted")
	case found:
		return false, refusal(t, s3ops.ErrChanged, "something was written there after it was deleted", "look at its versions, and restore the one wanted")
	}
	return true, nil
}

// unchanged holds a task to what it expects its object to be.
func unchanged(t Task, now s3ops.Info) error {
	if (t.IfVersion == "" || t.IfVersion == now.VersionID) && (t.IfETag == "" || t.IfETag == now.ETag) {
		return nil
	}
	return refusal(t, s3ops.ErrChanged, "it was changed since", "look at it and its versions; what is there now was left alone")
}

// refusal is a task's own reason not to do it.
func refusal(t Task, kind error, why, remedy string) error {
	return &s3ops.Error{Op: string(t.Verb), Key: t.Key, Kind: kind, Why: why, Remedy: remedy}
}

// restore brings an old version on top, unless the newest is just like it.
func (d *Doer) restore(ctx context.Context, t Task) (Outcome, error) {
	now, err := d.Bucket.Stat(ctx, t.Key, "")
	there := err == nil
	if !there && !errors.Is(err, s3ops.ErrNotFound) {
		return Outcome{}, err
	}
	if t.IfETag != "" { // what a second try finds is what the first has made
		if old, oerr := d.Bucket.Stat(ctx, t.Key, t.VersionID); oerr == nil && there && sameObject(old, now) {
			return Outcome{Skipped: true, Version: now.VersionID}, nil
		}
		if err := unchanged(t, now); err != nil {
			return Outcome{}, err
		}
	}
	o, err := d.Bucket.Restore(ctx, t.Key, t.VersionID)
	if err != nil {
		return Outcome{}, err
	}
	if now.VersionID != "" && o.VersionID == now.VersionID {
		return Outcome{Skipped: true, Version: o.VersionID}, nil
	}
	return Outcome{Keys: []string{t.Key}, Version: o.VersionID, ETag: o.ETag, Was: now.VersionID, Replaced: there, Bytes: o.Size}, nil
}

func (d *Doer) copy(ctx context.Context, t Task) (Outcome, error) {
	source, err := d.Bucket.Stat(ctx, t.Key, "")
	if err != nil {
		return Outcome{}, err
	}
	target, terr := d.Bucket.Stat(ctx, t.To, "")
	if terr == nil && t.Key != t.To && sameObject(source, target) {
		return Outcome{Skipped: true}, nil
	}
	o, err := d.Bucket.Copy(ctx, t.Key, t.To, t.Overwrite)
	if err != nil {
		return Outcome{}, err
	}
	return written(o, target, terr), nil
}

// written is the outcome of having put an object where target was, or was not.
func written(o s3ops.Object, target s3ops.Info, terr error) Outcome {
	return Outcome{Keys: []string{o.Key}, Version: o.VersionID, ETag: o.ETag, Was: target.VersionID,
		Replaced: !errors.Is(terr, s3ops.ErrNotFound), Bytes: o.Size}
}

// move is done if the source is gone and the target is what it was: it was cut
// short after its last step.
func (d *Doer) move(ctx context.Context, t Task) (Outcome, error) {
	source, err := d.Bucket.Stat(ctx, t.Key, "")
	target, terr := d.Bucket.Stat(ctx, t.To, "")
	switch {
	case errors.Is(err, s3ops.ErrNotFound) && terr == nil && t.Key != t.To:
		if done, verr := d.moved(ctx, t, target); !done {
			return Outcome{}, cmp.Or(verr, err)
		}
		return Outcome{Skipped: true, Keys: []string{t.To}}, nil
	case err != nil:
		return Outcome{}, err
	}
	if err := unchanged(t, source); err != nil {
		return Outcome{}, err
	}
	if terr == nil && t.Key != t.To && sameObject(source, target) {
		// Copied before; what is left is to delete the source.
		_, err := d.Bucket.DeleteUnchanged(ctx, source.Object)
		return written(target.Object, target, nil), err
	}
	o, err := d.Bucket.Move(ctx, t.Key, t.To, t.Overwrite)
	if err != nil {
		return Outcome{}, err
	}
	return written(o, target, terr), nil
}

// moved tells whether the target is the source that is gone. The newest version
// that the bucket keeps of the source says so; without versions there is only the
// length, if the task knows it, and else the task is believed. At worst a move of
// what never was is called done: nothing is written or deleted for it.
func (d *Doer) moved(ctx context.Context, t Task, target s3ops.Info) (bool, error) {
	versions, err := d.versions(ctx, t.Key)
	if err != nil {
		return false, err
	}
	for _, v := range versions {
		if v.DeleteMarker {
			continue
		}
		source, err := d.Bucket.Stat(ctx, t.Key, v.VersionID)
		return err == nil && sameObject(source, target), err
	}
	return len(versions) == 0 && (t.Size == 0 || t.Size == target.Size), nil
}

// sameObject tells by what the store says whether two objects hold the same.
func sameObject(a, b s3ops.Info) bool {
	return a.Size == b.Size && a.ContentType == b.ContentType && a.CacheControl == b.CacheControl &&
		a.ContentDisposition == b.ContentDisposition && maps.Equal(a.Metadata, b.Metadata) &&
		(a.ETag == b.ETag || a.Checksum != "" && a.Checksum == b.Checksum)
}

// sameBytes tells whether f holds the object's bytes; the lengths are equal
// already. It goes by the checksum that the store keeps, and where there is none
// it reads the object, up to the first difference.
func (d *Doer) sameBytes(ctx context.Context, f *os.File, info s3ops.Info) (bool, error) {
	if same, known, err := d.Bucket.Holds(ctx, info, f); known || err != nil {
		return same, err
	}
	body, _, err := d.Bucket.Read(ctx, info.Key, s3ops.ReadOptions{VersionID: info.VersionID, IfMatch: info.ETag})
	if err != nil {
		return false, err
	}
	defer body.Close()
	return equalStreams(f, body)
}

func equalStreams(a, b io.Reader) (bool, error) {
	x, y := bufio.NewReaderSize(a, 1<<16), bufio.NewReaderSize(b, 1<<16)
	p, q := make([]byte, 1<<15), make([]byte, 1<<15)
	for {
		n, err1 := io.ReadFull(x, p)
		m, err2 := io.ReadFull(y, q)
		end1 := err1 == io.EOF || errors.Is(err1, io.ErrUnexpectedEOF)
		end2 := err2 == io.EOF || errors.Is(err2, io.ErrUnexpectedEOF)
		switch {
		case err1 != nil && !end1:
			return false, err1
		case err2 != nil && !end2:
			return false, err2
		case !bytes.Equal(p[:n], q[:m]):
			return false, nil
		case end1 || end2:
			return end1 && end2, nil
		}
	}
}
