package tui

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"weft/pipeline"
	"weft/pipeline/queue"
	"weft/s3ops"
)

// twoStores is the interface on a world from which another world can be opened,
// under the names given.
func twoStores(t *testing.T, here, there *world, all Stores) *screen {
	t.Helper()
	parts := func(w *world) Parts { return w.model().parts }
	p := parts(here)
	p.Stores = func(_ context.Context, profile string) Stores {
		if profile == "mill" {
			return Stores{Buckets: []Store{{Bucket: there.config.Bucket, Profile: "mill"}}}
		}
		return all
	}
	p.Switch = func(_ context.Context, s Store) (Parts, error) {
		if s.Bucket != there.config.Bucket {
			return Parts{}, errors.New("no bucket is called " + s.Bucket)
		}
		next := parts(there)
		next.Start = s.Start
		next.Stores, next.Switch = p.Stores, func(context.Context, Store) (Parts, error) { return p, nil }
		return next, nil
	}
	s := show(t, New(t.Context(), p), 80, 24)
	s.await("versioned")
	return s
}

// Another bucket opens in place: by its row, by its name, below a prefix, or by
// way of a profile; what was loaded of the first is gone, and g b goes back.
func TestAnotherBucketOpensInPlace(t *testing.T) {
	here, there := newWorldNamed(t, "here-bucket"), newWorldNamed(t, "there-bucket")
	here.put("search_uploads/linen.txt")
	there.put("search_uploads/there.txt", "other/deep.txt")
	s := twoStores(t, here, there, Stores{
		Buckets: []Store{{Bucket: "there-bucket", About: "made 12 Nov 2026"}}, Profiles: []Store{{Profile: "mill", About: "keys"}},
	})
	s.await("linen.txt")
	s.press("g", "b")
	s.await("Open another bucket", "bucket  there-bucket", "profile mill")
	s.press("enter")
	text := s.await("there.txt", "Opened there-bucket")
	if strings.Contains(text, "linen.txt") || !strings.Contains(text, "weft   there-bucket") {
		t.Errorf("the first store is still shown:\n%s", text)
	}
	s.press("g", "b", "here-bucket", "enter")
	s.await("linen.txt", "weft   here-bucket")
	s.press("g", "b")
	s.await("there-bucket")
	s.press("s3://there-bucket/other/", "enter")
	s.await("deep.txt")
	s.press("g", "b", "x", "enter") // only the shape of the name is wrong
	s.await("is not a bucket name")
	s.press("esc")
	s.await("deep.txt")
}

// A profile shows its own buckets, and Esc steps back out of them to where one
// was. A bucket that does not open leaves everything as it is.
func TestProfileShowsItsBuckets(t *testing.T) {
	here, there := newWorldNamed(t, "here-profile"), newWorldNamed(t, "there-profile")
	here.put("search_uploads/linen.txt")
	there.put("search_uploads/there.txt")
	s := twoStores(t, here, there, Stores{
		Denied:   &s3ops.Error{Op: "list the buckets", Why: "the store refuses it to these credentials", Remedy: "allow s3:ListAllMyBuckets on *", Kind: s3ops.ErrDenied},
		Profiles: []Store{{Profile: "mill"}},
	})
	s.await("linen.txt")
	s.press("g", "b")
	s.await("The buckets are not listed", "s3:ListAllMyBuckets", "opens by its name all the same")
	s.press("mill", "enter")
	s.await("Buckets of the profile mill", "there-profile")
	s.press("esc")
	s.await("Open another bucket")
	s.press("nowhere-at-all", "enter")
	s.await("No bucket is called nowhere-at-all")
	s.press("esc")
	s.awaitGone("Open another bucket")
	s.await("linen.txt", "weft   here-profile")
	s.press("g", "b", "mill", "enter")
	s.await("there-profile")
	s.press("enter")
	s.await("there.txt")
}

// What effects bring of a store that was left changes nothing in the one that is
// open, but for work that was not begun: that is said.
func TestLateAnswersOfAStoreLeft(t *testing.T) {
	m := newPictured().Model
	m.sized80()
	m.home = t.Context()
	late := []tea.Msg{
		connected{err: errors.New("late")}, versioned{state: s3ops.VersionsOff}, surveyed{prefix: "generated/", count: 77},
		watched{snapshot: queue.Snapshot{Version: 9, Jobs: []queue.Job{{ID: 7, Title: "late job"}}}}, traced{prefix: "late/"},
	}
	_, token := m.choosing.begin(t.Context())
	next := newPictured().Model.parts
	m.Update(switched{token: token, parts: next})
	if m.store != 1 || m.session != nil {
		t.Fatalf("store %d, session %v", m.store, m.session)
	}
	for _, msg := range late {
		m.Update(msg)
		m.Update(told{0, msg})
	}
	if m.failure != nil || m.keepsOld != "" || m.folders.counts["generated/"].count != 0 || len(m.snapshot.Jobs) != 0 || m.objects.prefix == "late/" {
		t.Errorf("a late answer was taken in:\n%s", plainScreen(m))
	}
	m.Update(submitted{err: errors.New("the disk is full")})
	if text := plainScreen(m); !strings.Contains(text, "not started") || !strings.Contains(text, "the disk is full") {
		t.Errorf("work that was not begun is not told:\n%s", text)
	}
	m.Update(told{1, versioned{state: s3ops.VersionsOn}})
	if m.keepsOld != s3ops.VersionsOn {
		t.Error("an answer about the open store was dropped")
	}
}

// A role that asks for a code is asked for, again where the code was wrong, and
// the bucket opens then.
func TestCodeIsTypedInTheInterface(t *testing.T) {
	w := newWorld(t)
	w.put("search_uploads/a.txt")
	p := w.model().parts
	connect := p.Connect
	var code string
	p.Connect = func(ctx context.Context) (*Session, error) {
		if code != "123456" {
			return nil, &s3ops.Error{Op: "open", Kind: s3ops.ErrCredentials, Err: &s3ops.CodeNeeded{Profile: "mill", Device: "arn:aws:iam::1:mfa/ada"}}
		}
		return connect(ctx)
	}
	p.Login = func(_ context.Context, profile, typed string) error {
		if profile != "mill" || typed != "123456" {
			return errors.New("the code was refused")
		}
		code = typed
		return nil
	}
	s := show(t, New(t.Context(), p), 80, 24)
	s.await("Log in as mill", "arn:aws:iam::1:mfa/ada")
	s.press("000000", "enter")
	s.await("the code was refused", "Log in as mill")
	s.press("123456", "enter")
	s.await("a.txt", "versioned")
}

func (m *Model) sized80() { m.Update(tea.WindowSizeMsg{Width: 80, Height: 24}) }

// Who works with other credentials than the session's is noticed, and who has
// the same is not.
func TestAWorkerWithOtherCredentialsIsNoticed(t *testing.T) {
	w := newWorld(t)
	c := *w.config
	c.Local = "" // the embedded store has one pair of keys, so nobody asks there
	mine, err := w.bucket.Account(t.Context())
	if err != nil || mine == "" {
		t.Fatalf("the account is %q, %v", mine, err)
	}
	for account, noticed := range map[string]bool{"another": true, mine: false} {
		q, err := queue.Open(t.Context(), filepath.Join(t.TempDir(), "queue.db"), c.StoreID(), queue.Origin{})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			ended <- q.Work(ctx, queue.WorkOptions{Account: account, Do: (&pipeline.Doer{Bucket: w.bucket, Folders: c.Folders}).Do})
		}()
		p := w.model().parts
		p.Config = &c
		p.Connect = func(context.Context) (*Session, error) { return &Session{Config: &c, Bucket: w.bucket}, nil }
		p.Queue = func(context.Context) (*queue.Queue, error) { return q, nil }
		s := show(t, New(t.Context(), p), 110, 24)
		s.await("versioned")
		if noticed {
			s.await("the worker that runs has other credentials than you", "weft worker --replace")
		} else if s.settle(); strings.Contains(s.text(), "other credentials") {
			t.Errorf("its own are taken for another's:\n%s", s.text())
		}
		cancel()
		<-ended
		if err := q.Close(); err != nil {
			t.Error(err)
		}
	}
}
