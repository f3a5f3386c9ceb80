package doctor

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"weft/config"
	"weft/pipeline/queue"
	"weft/s3ops"
	"weft/s3ops/local"
	"weft/s3ops/local/localtest"
)

// The embedded server, set by TestMain.
var (
	served  *config.Config
	addUser func() config.Credentials
)

func TestMain(m *testing.M) {
	if os.Getenv(behindProxy) != "" {
		os.Exit(examineBehindProxy())
	}
	os.Exit(localtest.Run(func(s *local.Server) int {
		addUser = s.AddUser
		served = s.Endpoint().Apply(&config.Config{PathStyle: "auto", Checksums: "auto", Folders: localtest.Folders()})
		return m.Run()
	}))
}

// between is a proxy before the embedded server: what meddle answers goes out,
// all else passes, and its answer may be changed.
func between(t *testing.T, meddle func(http.ResponseWriter, *http.Request) bool, change func(*http.Response)) *config.Config {
	t.Helper()
	proxy := localtest.Proxy(t, served.Endpoint)
	proxy.ModifyResponse = func(r *http.Response) error {
		if change != nil {
			change(r)
		}
		return nil
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if meddle == nil || !meddle(w, r) {
			proxy.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(s.Close)
	c := *served
	c.Local, c.Endpoint = "", s.URL
	c.Settings = []config.Setting{{Name: "bucket", Value: c.Bucket, Source: ".env:3"}, {Name: "access_key_id", Value: "****ABCD", Source: "environment AWS_ACCESS_KEY_ID"}}
	return &c
}

// refuse answers as S3 refuses.
func refuse(w http.ResponseWriter, status int, code string) bool {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, "<Error><Code>"+code+"</Code><Message>Access Denied</Message></Error>")
	return true
}

// examine gathers the findings by what was looked at.
func examine(t *testing.T, c *config.Config) map[string]Finding {
	t.Helper()
	dir := t.TempDir()
	all := map[string]Finding{}
	for f := range Examine(t.Context(), Patient{Config: c, Now: time.Now,
		Open: func(ctx context.Context) (*s3ops.Bucket, func(), error) {
			b, err := s3ops.Open(ctx, c)
			return b, func() {}, err
		},
		Queue: func(ctx context.Context) (*queue.Queue, error) {
			return copiedQueue(ctx, dir)
		},
	}) {
		if f.Check == "" || f.Says == "" || f.State == Fail && f.Remedy == "" && f.Rights == nil {
			t.Errorf("%+v says too little", f)
		}
		all[f.Check] = f
		for _, r := range f.Rights {
			if r.Says == "" || r.State == Fail && r.Remedy == "" {
				t.Errorf("%+v says too little", r)
			}
			all[strings.TrimPrefix(f.Check, "folder ")+" "+r.Check] = r
		}
	}
	return all
}

// madeQueue is the file of an empty queue.
var madeQueue = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "weft-queue-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "queue.db")
	q, err := queue.Open(context.Background(), path, "x", queue.Origin{})
	if err != nil {
		return nil, err
	}
	if err := q.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// copiedQueue opens an empty queue in a folder, from a copy of one: making the
// tables takes longest of all.
func copiedQueue(ctx context.Context, dir string) (*queue.Queue, error) {
	path := filepath.Join(dir, "queue.db")
	made, err := madeQueue()
	if err == nil {
		err = os.WriteFile(path, made, 0o600)
	}
	if err != nil {
		return nil, err
	}
	return queue.Open(ctx, path, "x", queue.Origin{})
}

// A store that is well is found so, and nothing of the examination is left in it.
func TestHealthyStore(t *testing.T) {
	c := between(t, nil, nil)
	all := examine(t, c)
	for _, check := range []string{"configuration", "credentials", "endpoint", "clock", "region", "bucket", "folder generated/", "versioning",
		"conditional writes", "checksums", "unfinished uploads", "queue"} {
		if f, ok := all[check]; !ok || f.State != OK {
			t.Errorf("%s: %+v", check, f)
		}
	}
	if says := all["configuration"].Says + all["credentials"].Says; !strings.Contains(says, "(.env:3)") || !strings.Contains(says, "environment AWS_ACCESS_KEY_ID") {
		t.Error(says)
	}
	b, err := s3ops.Open(t.Context(), served)
	if err != nil {
		t.Fatal(err)
	}
	for o, err := range b.Objects(t.Context(), "", s3ops.ListOptions{Recursive: true, Versions: true}) {
		if strings.Contains(o.Key, "doctor") || err != nil {
			t.Errorf("%s is left (%v)", o.Key, err)
		}
	}
}

// Each thing that is not well is found, and what depends on it is left out.
func TestWhatIsNotWell(t *testing.T) {
	puts := 0
	readOnly := between(t, func(w http.ResponseWriter, r *http.Request) bool {
		return r.Method == http.MethodPut && refuse(w, 500, "InternalError")
	}, nil)
	readOnly.ReadOnly = true
	dead := between(t, nil, nil)
	dead.Endpoint = "http://127.0.0.1:1"
	for name, x := range map[string]struct {
		config *config.Config
		check  string
		state  State
		says   string // in what is said and the remedy
		absent string // what is not looked at then
	}{
		"clock ahead": {between(t, nil, func(r *http.Response) {
			r.Header.Set("Date", time.Now().Add(-20*time.Minute).UTC().Format(http.TimeFormat))
		}),
			"clock", Fail, "20 minutes ahead of the store's: set the clock", ""},
		"clock a little behind": {between(t, nil, func(r *http.Response) {
			r.Header.Set("Date", time.Now().Add(3*time.Minute).UTC().Format(http.TimeFormat))
		}),
			"clock", Warn, "behind the store's", ""},
		"dead": {dead, "endpoint", Fail, "nothing listens", "bucket"},
		"no bucket": {between(t, func(w http.ResponseWriter, r *http.Request) bool {
			return r.URL.Query().Has("list-type") && refuse(w, 404, "NoSuchBucket")
		}, nil), "bucket", Fail, "does not exist", "folder generated/"},
		"one folder denied": {between(t, func(w http.ResponseWriter, r *http.Request) bool {
			return r.URL.Query().Get("prefix") == "generated/" && refuse(w, 403, "AccessDenied")
		}, nil), "generated/ list", Fail, `allow s3:ListBucket on arn:aws:s3:::`, ""},
		"one prefix only": {between(t, func(w http.ResponseWriter, r *http.Request) bool {
			return r.URL.Query().Has("list-type") && r.URL.Query().Get("prefix") == "" && refuse(w, 403, "AccessDenied")
		}, nil), "bucket", Warn, "s3:ListBucket", ""},
		"no writing": {between(t, func(w http.ResponseWriter, r *http.Request) bool {
			return r.Method == http.MethodPut && refuse(w, 403, "AccessDenied")
		}, nil), "role", Warn, "start weft with --read-only", "checksums"},
		"no writing in one": {between(t, func(w http.ResponseWriter, r *http.Request) bool {
			return r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/generated/") && refuse(w, 403, "AccessDenied")
		}, nil), "generated/ put", Fail, "allow s3:PutObject on arn:aws:s3:::" + served.Bucket + "/generated/*", ""},
		"a viewer but for one folder": {between(t, func(w http.ResponseWriter, r *http.Request) bool {
			return r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/generated/") && refuse(w, 403, "AccessDenied")
		}, nil), "role", OK, "a viewer's credentials: looks at pictures, saves them and shares links to them; for a maker is missing: put in generated/", ""},
		"no multipart": {between(t, func(w http.ResponseWriter, r *http.Request) bool {
			return r.URL.Query().Has("uploads") && r.Method == http.MethodPost && refuse(w, 403, "AccessDenied")
		}, nil), "generated/ multipart", Fail, "s3:PutObject", ""},
		"no delete": {between(t, func(w http.ResponseWriter, r *http.Request) bool {
			return r.Method == http.MethodDelete && !r.URL.Query().Has("uploadId") && !r.URL.Query().Has("versionId") && refuse(w, 403, "AccessDenied")
		}, nil), "generated/ delete", Warn, "s3:DeleteObject on", "conditional writes "},
		"no versions": {between(t, func(w http.ResponseWriter, r *http.Request) bool {
			return r.URL.Query().Has("versions") && refuse(w, 403, "AccessDenied")
		}, nil), "generated/ versions", Warn, "s3:ListBucketVersions", ""},
		"no tags": {between(t, func(w http.ResponseWriter, r *http.Request) bool {
			return r.URL.Query().Has("tagging") && r.Method == http.MethodGet && refuse(w, 403, "AccessDenied")
		}, nil), "generated/ tag", Warn, "s3:GetObjectTagging", ""},
		"no links": {between(t, func(w http.ResponseWriter, r *http.Request) bool {
			return r.URL.Query().Has("X-Amz-Signature") && refuse(w, 403, "AccessDenied")
		}, nil), "generated/ presign", Fail, "s3:GetObject", ""},
		"read-only": {readOnly, "generated/ put", Skip, "read-only", ""},
		"no conditions": {between(t, func(w http.ResponseWriter, r *http.Request) bool {
			if r.Header.Get("If-None-Match") != "" {
				puts++
			}
			if r.Header.Get("If-None-Match") == "" || puts != 2 {
				return false
			}
			w.Header().Set("ETag", `"e"`)
			return true
		}, nil), "conditional writes", Warn, "replace each other's", ""},
		"no checksums": {between(t, func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != http.MethodPut || r.Header.Get("If-None-Match") != "" {
				return false
			}
			w.Header().Set("ETag", `"e"`)
			return true
		}, nil), "checksums", Warn, "does not check", ""},
		"versioning unknown": {between(t, func(w http.ResponseWriter, r *http.Request) bool {
			return r.URL.Query().Has("versioning") && refuse(w, 403, "AccessDenied")
		}, nil), "versioning", Warn, "s3:GetBucketVersioning", ""},
		"no list of uploads": {between(t, func(w http.ResponseWriter, r *http.Request) bool {
			return r.URL.Query().Has("uploads") && refuse(w, 501, "NotImplemented")
		}, nil), "unfinished uploads", Skip, "no list", ""},
	} {
		t.Run(name, func(t *testing.T) {
			all := examine(t, x.config)
			f := all[x.check]
			if f.State != x.state || !strings.Contains(f.Says+": "+f.Remedy, x.says) {
				t.Errorf("%+v", f)
			}
			if _, there := all[x.absent]; there {
				t.Errorf("%s was looked at", x.absent)
			}
			if all["queue"].State != OK {
				t.Errorf("queue: %+v", all["queue"])
			}
		})
	}
}

// The time that is left of credentials is told.
func TestSpans(t *testing.T) {
	for d, want := range map[time.Duration]string{90 * time.Second: "90 seconds", 5 * time.Minute: "5 minutes", 30 * time.Hour: "30 hours", 73 * time.Hour: "3 days"} {
		if got := span(d); got != want {
			t.Errorf("%s is %s", d, got)
		}
	}
}
