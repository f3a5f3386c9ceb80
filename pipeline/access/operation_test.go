package access

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"weft/config"
	"weft/pipeline"
	"weft/pipeline/recipe"
	"weft/s3ops"
)

// trial is a user of the embedded store who tries what weft does, and root, who
// puts there what it is tried on.
type trial struct {
	t          testing.TB
	root, user *s3ops.Bucket
	name       string // the user's, in policies
	n          *atomic.Int32
}

func newTrial(t testing.TB) *trial {
	keys := server.AddUser()
	x := &trial{t: t, name: keys.AccessKeyID, n: new(atomic.Int32)}
	x.root = as(t, server.Endpoint().URL, server.Endpoint().Credentials)
	x.user = as(t, likeS3(t, keys), keys)
	return x
}

// doer carries out tasks as the user.
func (x *trial) doer() *pipeline.Doer {
	return &pipeline.Doer{Bucket: x.user, Folders: folderNames, Limits: config.Limits{Pixels: 1 << 20, Bytes: 1 << 20}}
}

func (x *trial) do(t pipeline.Task) error {
	_, err := x.doer().Do(x.t.Context(), t, nil)
	return err
}

// fresh is a key nobody has used.
func (x *trial) fresh(prefix string) string {
	return fmt.Sprintf("%s%s-%d.jpg", prefix, strings.ToLower(x.name), x.n.Add(1))
}

// swatch is a small picture.
var swatch = func() []byte {
	var out bytes.Buffer
	_ = jpeg.Encode(&out, image.NewGray(image.Rect(0, 0, 48, 32)), nil)
	return out.Bytes()
}()

// swatches is a photo of two swatches on a table.
var swatches = func() []byte {
	img := image.NewGray(image.Rect(0, 0, 320, 240))
	noise := uint32(1)
	for i := range img.Pix {
		x, y := i%320, i/320
		noise = noise*1664525 + 1013904223
		img.Pix[i] = 200 + uint8(noise>>30)
		if y > 60 && y < 180 && x%160 > 30 && x%160 < 130 {
			img.Pix[i] = 40 + uint8(60*(x/160)) + uint8(noise>>29)
		}
	}
	var out bytes.Buffer
	_ = jpeg.Encode(&out, img, nil)
	return out.Bytes()
}()

// put puts a picture there as root.
func (x *trial) put(key string) s3ops.Object { return x.putAs(key, "image/jpeg") }

func (x *trial) putAs(key, contentType string) s3ops.Object {
	x.t.Helper()
	o, err := x.root.Upload(x.t.Context(), key, bytes.NewReader(swatch), s3ops.UploadOptions{Overwrite: true, ContentType: contentType})
	if err != nil {
		x.t.Fatal(err)
	}
	return o
}

// operation is one thing weft does, tried by the user in a folder, or in the bucket
// (prefix "").
type operation struct {
	name  string
	where byte // in the bucket, in each folder, or, as it moves much, in results alone
	try   func(x *trial, prefix string) error
}

const (
	inBucket = 'b'
	inEach   = 'e'
	inOne    = 'o'
	inSource = 's' // where pictures lie that recipes run on
	inImages = 'i' // where pictures lie
	inGroups = 'p' // where photos of several swatches lie
)

func pages(x *trial, prefix string, o s3ops.ListOptions) error {
	for _, err := range x.user.Pages(x.t.Context(), prefix, o) {
		return err
	}
	return nil
}

func follow(method, link string, body io.Reader) error {
	r, err := http.NewRequest(method, link, body)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK:
		return nil
	case http.StatusForbidden:
		return s3ops.ErrDenied
	}
	return errors.New(resp.Status)
}

// operations are all that weft does to a bucket's objects and settings.
var operations = []operation{
	{"open from the top", inBucket, func(x *trial, _ string) error {
		for _, level := range []string{"", "table/", "uploaded/"} {
			if err := pages(x, level, s3ops.ListOptions{}); err != nil {
				return err
			}
		}
		return nil
	}},
	{"list", inEach, func(x *trial, p string) error { return pages(x, p, s3ops.ListOptions{}) }},
	{"preview", inEach, func(x *trial, p string) error {
		r, _, err := x.user.Read(x.t.Context(), x.put(x.fresh(p)).Key, s3ops.ReadOptions{Length: 10})
		if err == nil {
			r.Close()
		}
		return err
	}},
	{"save", inEach, func(x *trial, p string) error {
		return x.do(pipeline.Task{Verb: pipeline.Download, Key: x.put(x.fresh(p)).Key, Dir: x.t.TempDir()})
	}},
	{"share a link", inEach, func(x *trial, p string) error {
		l, err := x.user.Presign(x.t.Context(), x.put(x.fresh(p)).Key, s3ops.LinkOptions{})
		if err != nil {
			return err
		}
		return follow(l.Method, l.URL, nil)
	}},
	{"show tags", inEach, func(x *trial, p string) error {
		_, err := x.user.Tags(x.t.Context(), x.put(x.fresh(p)).Key, "")
		return err
	}},
	{"upload", inEach, func(x *trial, p string) error {
		return x.do(pipeline.Task{Verb: pipeline.Upload, File: x.file(1000), Key: x.fresh(p)})
	}},
	{"upload by a link", inEach, func(x *trial, p string) error {
		l, err := x.user.Presign(x.t.Context(), x.fresh(p), s3ops.LinkOptions{Put: true})
		if err != nil {
			return err
		}
		return follow(l.Method, l.URL, bytes.NewReader(swatch))
	}},
	{"copy", inEach, func(x *trial, p string) error {
		return x.do(pipeline.Task{Verb: pipeline.Copy, Key: x.put(x.fresh(p)).Key, To: x.fresh(p)})
	}},
	{"rename", inEach, func(x *trial, p string) error {
		return x.do(pipeline.Task{Verb: pipeline.Move, Key: x.put(x.fresh(p)).Key, To: x.fresh(p)})
	}},
	{"mend headers", inEach, func(x *trial, p string) error {
		return x.do(pipeline.Task{Verb: pipeline.Mend, Key: x.putAs(x.fresh(p), "text/plain").Key})
	}},
	{"delete", inEach, func(x *trial, p string) error {
		return x.do(pipeline.Task{Verb: pipeline.Delete, Key: x.put(x.fresh(p)).Key})
	}},
	{"list versions", inEach, func(x *trial, p string) error { return pages(x, p, s3ops.ListOptions{Versions: true}) }},
	{"save an old version", inEach, func(x *trial, p string) error {
		o := x.put(x.fresh(p))
		x.putAs(o.Key, "text/plain")
		return x.do(pipeline.Task{Verb: pipeline.Download, Key: o.Key, VersionID: o.VersionID, Dir: x.t.TempDir()})
	}},
	{"restore", inEach, func(x *trial, p string) error {
		o := x.put(x.fresh(p))
		x.putAs(o.Key, "text/plain")
		return x.do(pipeline.Task{Verb: pipeline.Restore, Key: o.Key, VersionID: o.VersionID})
	}},
	{"bring back", inEach, func(x *trial, p string) error {
		key := x.put(x.fresh(p)).Key
		if _, err := x.root.Delete(x.t.Context(), key, ""); err != nil {
			return err
		}
		return x.do(pipeline.Task{Verb: pipeline.Undelete, Key: key})
	}},
	{"purge", inEach, func(x *trial, p string) error {
		return x.do(pipeline.Task{Verb: pipeline.Purge, Key: x.put(x.fresh(p)).Key})
	}},
	{"make the folder", inEach, func(x *trial, p string) error {
		_, err := x.user.Upload(x.t.Context(), p, strings.NewReader(""), s3ops.UploadOptions{ContentType: "application/x-directory"})
		if errors.Is(err, s3ops.ErrExists) {
			return nil
		}
		return err
	}},
	{"use shared recipes", inBucket, func(x *trial, _ string) error {
		if _, err := x.root.Upload(x.t.Context(), recipe.Folder+"a.toml", strings.NewReader("# none\n"), s3ops.UploadOptions{Overwrite: true, ContentType: "text/plain"}); err != nil {
			return err
		}
		files, err := pipeline.SharedRecipes(x.t.Context(), x.user, "")
		if err == nil && len(files) == 0 {
			err = s3ops.ErrDenied
		}
		if err != nil && strings.Contains(err.Error(), "cannot be read") {
			err = s3ops.ErrDenied
		}
		return err
	}},
	{"share a recipe", inBucket, func(x *trial, _ string) error {
		_, err := x.user.Upload(x.t.Context(), strings.TrimSuffix(x.fresh(recipe.Folder), ".jpg")+".txt", strings.NewReader("# none\n"), s3ops.UploadOptions{})
		return err
	}},
	{"delete a shared recipe and bring it back", inBucket, func(x *trial, _ string) error {
		key := x.put(x.fresh(recipe.Folder)).Key
		if err := x.do(pipeline.Task{Verb: pipeline.Delete, Key: key}); err != nil {
			return err
		}
		return x.do(pipeline.Task{Verb: pipeline.Undelete, Key: key})
	}},
	{"let the doctor try", inEach, func(x *trial, p string) error {
		tried := x.user.Probe(x.t.Context(), p, true)
		err := tried.Left
		for _, r := range tried.Rights {
			err = errors.Join(err, r.Err)
		}
		if tried.Place != "" {
			_, terr := x.user.Try(x.t.Context(), tried.Place)
			err = errors.Join(err, terr)
		}
		return err
	}},
	{"know of versions", inBucket, func(x *trial, _ string) error { _, err := x.user.Versioning(x.t.Context()); return err }},
	{"find unfinished uploads", inBucket, func(x *trial, _ string) error {
		for _, err := range x.user.Unfinished(x.t.Context(), "") {
			return err
		}
		return nil
	}},
	{"see the policy", inBucket, func(x *trial, _ string) error { _, err := x.user.Policy(x.t.Context()); return err }},
	{"see CORS", inBucket, func(x *trial, _ string) error { _, err := x.user.CORS(x.t.Context()); return err }},
	{"see the ownership", inBucket, func(x *trial, _ string) error { _, err := x.user.Ownership(x.t.Context()); return err }},
	{"see the object lock", inBucket, func(x *trial, _ string) error { _, err := x.user.ObjectLock(x.t.Context()); return err }},
	{"set versions", inBucket, func(x *trial, _ string) error {
		return changed(x, s3ops.VersionsAspect, s3ops.VersionsSuspended)
	}},
	{"set CORS", inBucket, func(x *trial, _ string) error {
		return changed(x, s3ops.CORSAspect, s3ops.CORS{Rules: []s3ops.CORSRule{{Origins: []string{x.fresh("https://")}, Methods: []string{"GET"}}}})
	}},
	{"set the ownership", inBucket, func(x *trial, _ string) error {
		return changed(x, s3ops.OwnershipAspect, s3ops.OwnerPreferred)
	}},
	{"set the policy", inBucket, func(x *trial, _ string) error {
		is, err := x.user.Policy(x.t.Context())
		if err != nil {
			return err
		}
		to := s3ops.With(s3ops.Policy{Version: is.Value.Version, Statements: append(slices.Clone(is.Value.Statements), s3ops.Statement{Sid: "One", Effect: "Deny",
			Principal: &s3ops.Principal{Everyone: true}, Action: s3ops.Words{"s3:GetObject"}, Resource: s3ops.Words{"arn:aws:s3:::" + x.user.Name() + "/nothing"}})})
		_, err = x.user.SetPolicy(x.t.Context(), is, to)
		return err
	}},
	{"set no policy", inBucket, func(x *trial, _ string) error { return away(x) }},
	{"run a recipe", inSource, func(x *trial, p string) error {
		all := recipe.Builtin()
		i := slices.IndexFunc(all, func(r recipe.Recipe) bool { return r.Name == "thumb" })
		return x.do(pipeline.Task{Verb: pipeline.Process, Key: x.put(x.fresh(p)).Key, Recipes: all[i : i+1]})
	}},
	{"make a contact sheet", inImages, func(x *trial, p string) error {
		steps, err := recipe.ParseSteps("sheet 2x2")
		if err != nil {
			return err
		}
		r := recipe.Recipe{Name: "sheet", Steps: steps, To: x.fresh("generated/sheets/")}
		for t := range pipeline.Tasks(folderNames, []string{x.put(x.fresh(p)).Key, x.put(x.fresh(p)).Key}, []recipe.Recipe{r}) {
			err = x.do(t)
		}
		return err
	}},
	{"split a photo of several swatches", inGroups, func(x *trial, p string) error {
		key := x.fresh(p)
		if _, err := x.root.Upload(x.t.Context(), key, bytes.NewReader(swatches), s3ops.UploadOptions{ContentType: "image/jpeg"}); err != nil {
			return err
		}
		return x.do(pipeline.Task{Verb: pipeline.Split, Key: key, Recipes: []recipe.Recipe{recipe.Splitting()}})
	}},
	{"go on with an upload", inOne, func(x *trial, p string) error {
		dir, file, key := x.t.TempDir(), x.file(17<<20), x.fresh(p)
		x.leaveOpen(dir, file, key)
		var said error
		_, err := x.user.UploadFile(x.t.Context(), file, key, s3ops.UploadOptions{Resume: dir, Warn: func(s string) {
			if strings.Contains(s, "does not tell which parts") {
				said = s3ops.ErrDenied
			}
		}})
		return errors.Join(err, said)
	}},
	{"end an upload", inOne, func(x *trial, p string) error {
		key := x.fresh(p)
		x.leaveOpen(x.t.TempDir(), x.file(17<<20), key)
		for u, err := range x.root.Unfinished(x.t.Context(), key) {
			if err != nil {
				return err
			}
			return x.user.Abort(x.t.Context(), u.Key, u.ID)
		}
		return errors.New("no upload was left open")
	}},
}

// away has the user take the policy away, and with it the right to see that it is
// gone: root looks.
func away(x *trial) error {
	is, err := x.user.Policy(x.t.Context())
	if err != nil {
		return err
	}
	_, err = x.user.SetPolicy(x.t.Context(), is, s3ops.Setting[s3ops.Policy]{})
	if now, rerr := x.root.Policy(x.t.Context()); rerr != nil || now.State == s3ops.Unset {
		return rerr
	}
	return err
}

// changed has the user change a setting, and root put it back.
func changed[T any](x *trial, aspect s3ops.Aspect[T], to T) error {
	ctx := x.t.Context()
	was, err := aspect.Read(ctx, x.user)
	if err != nil {
		return err
	}
	is, err := aspect.Change(ctx, x.user, was, s3ops.With(to))
	if err == nil {
		_, err = aspect.Change(ctx, x.root, is, was)
	}
	return err
}

// file is a new file of this length.
func (x *trial) file(length int) string {
	x.t.Helper()
	path := filepath.Join(x.t.TempDir(), "file.bin")
	if err := os.WriteFile(path, bytes.Repeat([]byte(x.fresh("")), length/10+1)[:length], 0o600); err != nil {
		x.t.Fatal(err)
	}
	return path
}

// leaveOpen begins an upload as root and leaves it with some of its parts.
func (x *trial) leaveOpen(dir, file, key string) {
	x.t.Helper()
	ctx, cancel := context.WithCancel(x.t.Context())
	defer cancel()
	_, err := x.root.UploadFile(ctx, file, key, s3ops.UploadOptions{Resume: dir, Progress: func(done int64) {
		if done > 0 {
			cancel()
		}
	}})
	if err == nil {
		x.t.Fatal("the upload was not cut short")
	}
}
