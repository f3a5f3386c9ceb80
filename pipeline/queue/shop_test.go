package queue

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"weft/config"
	"weft/pipeline"
	"weft/s3ops"
	"weft/s3ops/local"
)

// store is the embedded server that the tests with a bucket share, started by
// the first of them: a process can have one. TestMain closes it.
var store struct {
	once   sync.Once
	server *local.Server
	dir    string
	here   string // the folder of this package: the server works in its own
	err    error
}

func startStore() {
	var err error
	if store.here, err = os.Getwd(); err == nil {
		store.dir, err = os.MkdirTemp("", "weft-queue-*")
	}
	if err == nil {
		store.server, err = local.Start(context.Background(), filepath.Join(store.dir, "store"), "", false, nil)
	}
	store.err = err
}

func closeStore() {
	if store.server != nil {
		_ = store.server.Close()
	}
	if store.dir != "" {
		_ = os.RemoveAll(store.dir)
	}
}

// shop is a bucket on an embedded server and the file of its queue.
type shop struct {
	t      *testing.T
	bucket *s3ops.Bucket
	path   string
}

func newShop(t *testing.T) *shop {
	t.Helper()
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	if store.once.Do(startStore); store.err != nil {
		t.Fatal(store.err)
	}
	b, err := s3ops.Open(t.Context(), store.server.Endpoint().Apply(&config.Config{PathStyle: "auto", Checksums: "auto"}))
	if err != nil {
		t.Fatal(err)
	}
	return &shop{t, b, newDSN(t)}
}

// session does something with the queue as a process of its own would: it opens
// it, works it and closes it again.
func (s *shop) session(f func(q *Queue)) {
	s.t.Helper()
	q, err := Open(s.t.Context(), s.path, "a store", here)
	if err != nil {
		s.t.Fatal(err)
	}
	d := &pipeline.Doer{Bucket: s.bucket}
	stop := work(s.t, q, d.Do)
	f(q)
	stop()
	if err := q.Close(); err != nil {
		s.t.Error(err)
	}
}

// do has tasks done, in a session of its own.
func (s *shop) do(all ...pipeline.Task) (j Job) {
	s.t.Helper()
	s.session(func(q *Queue) {
		submitted, err := q.Submit(s.t.Context(), "", slices.Values(all))
		if err != nil {
			s.t.Fatal(err)
		}
		j = awaitEnd(s.t, q, submitted.ID)
	})
	return j
}

// undo undoes the newest job, or redoes the newest undo.
func (s *shop) undo(redo bool) (j Job) {
	s.t.Helper()
	s.session(func(q *Queue) {
		next, _, err := q.NextUndo(s.t.Context())
		if redo {
			next, err = q.NextRedo(s.t.Context())
		}
		if err != nil {
			s.t.Fatal(err)
		}
		if j, err = q.Undo(s.t.Context(), next.ID); err != nil {
			s.t.Fatal(err)
		}
		j = awaitEnd(s.t, q, j.ID)
	})
	return j
}

func (s *shop) put(key, text string) s3ops.Object {
	s.t.Helper()
	o, err := s.bucket.Upload(s.t.Context(), key, strings.NewReader(text), s3ops.UploadOptions{Overwrite: true, Metadata: map[string]string{"weaver": "Ada"}})
	if err != nil {
		s.t.Fatal(err)
	}
	return o
}

// holds lists "key=text" of what is below a prefix.
func (s *shop) holds(prefix string) string {
	s.t.Helper()
	var all []string
	for o, err := range s.bucket.Objects(s.t.Context(), prefix, s3ops.ListOptions{}) {
		if err != nil {
			s.t.Fatal(err)
		}
		r, _, err := s.bucket.Read(s.t.Context(), o.Key, s3ops.ReadOptions{})
		if err != nil {
			s.t.Fatal(err)
		}
		text := make([]byte, o.Size)
		_, _ = r.Read(text)
		r.Close()
		all = append(all, strings.TrimPrefix(o.Key, prefix)+"="+string(text))
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func (s *shop) want(prefix, want string) {
	s.t.Helper()
	if got := s.holds(prefix); got != want {
		s.t.Errorf("the bucket holds %q, want %q", got, want)
	}
}
