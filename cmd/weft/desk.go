package main

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"maps"
	"strings"
	"sync"
	"time"

	"weft/config"
	"weft/pipeline/doctor"
	"weft/pipeline/queue"
	"weft/s3ops"
	"weft/tui"
)

// desk is what an interface keeps over all stores that it opens one after
// another: their queues, which stay open, and their locks.
type desk struct {
	mu     sync.Mutex
	queues map[string]*queue.Queue // by StoreID
	held   map[string]func()       // by StateDir
	logins map[string]config.Credentials

	examining sync.WaitGroup // doctors at work, who take away what they tried with
}

// doctor examines a store; settle waits until it has cleared up.
func (d *desk) doctor(a *app) func(context.Context) iter.Seq[doctor.Finding] {
	return func(ctx context.Context) iter.Seq[doctor.Finding] {
		return func(yield func(doctor.Finding) bool) {
			d.examining.Add(1)
			defer d.examining.Done()
			a.examine(ctx)(yield)
		}
	}
}

// settle waits until nothing is left that was begun by an interface that has
// ended, but not for ever.
func (d *desk) settle() {
	done := make(chan struct{})
	go func() {
		d.examining.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
	}
}

func (d *desk) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, q := range d.queues {
		_ = q.Close()
	}
	for _, release := range d.held {
		release()
	}
}

// hold tells the store's worker that it is used, until the interface ends.
func (d *desk) hold(cfg *config.Config) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.held[cfg.StateDir()] != nil {
		return nil
	}
	release, err := holdInterface(cfg)
	if err == nil {
		d.held[cfg.StateDir()] = release
	}
	return err
}

// queue opens a store's queue, once.
func (d *desk) queue(ctx context.Context, a *app) (*queue.Queue, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if q := d.queues[a.cfg.StoreID()]; q != nil {
		return q, nil
	}
	// The queue outlives the visit to the store for which it is opened.
	q, err := a.queue(context.WithoutCancel(ctx))
	if err == nil {
		d.queues[a.cfg.StoreID()] = q
	}
	return q, err
}

// login is the session of a profile, if one was logged in and is not over.
func (d *desk) login(b *app) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if k, ok := d.logins[b.cfg.Profile]; ok && b.cfg.Credentials.AccessKeyID == "" && b.cfg.Local == "" {
		b.use(k)
		if b.sessionEnded() {
			b.use(config.Credentials{})
		}
	}
}

func (d *desk) logIn(ctx context.Context, a *app, profile, code string) error {
	b := a
	if profile != orDefault(a.cfg.Profile) {
		var err error
		if b, err = a.of(ctx, tui.Store{Profile: profile, Alone: true}); err != nil {
			return err
		}
	}
	k, err := s3ops.Login(ctx, b.cfg, code)
	if err != nil {
		return err
	}
	b.use(k)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.logins == nil {
		d.logins = map[string]config.Credentials{}
	}
	d.logins[b.cfg.Profile] = k
	return nil
}

// storeFlags are the flags that say which store it is; the others go along to
// every store.
var storeFlags = []string{"bucket", "endpoint", "region", "profile", "local", "no-sign-request", "request-payer"}

// of is an app for another store, as if weft had been started for it.
func (a *app) of(ctx context.Context, s tui.Store) (*app, error) {
	b := *a
	b.flags = maps.Clone(a.flags)
	switch {
	case s.Profile != "" || s.Settings != nil:
		for _, name := range storeFlags {
			delete(b.flags, name)
		}
		maps.Copy(b.flags, s.Settings)
		if s.Profile != "" {
			b.flags["profile"] = s.Profile
		}
		b.fresh = s.Alone
	case a.cfg.Local != "":
		b.flags["local"] = a.cfg.Local
	}
	b.noBucket = s.Bucket == ""
	if s.Bucket != "" {
		b.flags["bucket"] = s.Bucket
	} else {
		delete(b.flags, "bucket")
	}
	return &b, b.load(ctx)
}

// change gives the parts of another store.
func (d *desk) change(ctx context.Context, a *app, s tui.Store) (tui.Parts, error) {
	b, err := a.of(ctx, s)
	if err != nil {
		if p, ok := errors.AsType[config.Problems](err); ok && len(p) > 0 {
			err = errors.New(p[0].Place + ": " + p[0].Text)
		}
		return tui.Parts{}, err
	}
	d.login(b)
	if err := d.hold(b.cfg); err != nil {
		return tui.Parts{}, err
	}
	return d.parts(b, s.Start), nil
}

// stores tells which other buckets there are.
func (d *desk) stores(ctx context.Context, a *app, profile string) tui.Stores {
	b := a
	if profile != "" {
		var err error
		if b, err = a.of(ctx, tui.Store{Profile: profile, Alone: true}); err != nil {
			return tui.Stores{Denied: err}
		}
		d.login(b)
	}
	var out tui.Stores
	all, err := b.buckets(ctx)
	out.Denied = err
	for _, x := range all {
		if profile == "" && x.Name == a.cfg.Bucket {
			continue // that is where we are
		}
		s := tui.Store{Bucket: x.Name, Profile: profile, Alone: profile != ""}
		if !x.Created.IsZero() {
			s.About = "made " + x.Created.Local().Format("2 Jan 2006")
		}
		if x.Region != "" {
			s.About += "  " + x.Region
		}
		out.Buckets = append(out.Buckets, s)
	}
	if profile != "" {
		return out
	}
	for _, p := range s3ops.Profiles(ctx) {
		where := cmp.Or(strings.TrimPrefix(strings.TrimPrefix(p.Endpoint, "https://"), "http://"), p.Region)
		out.Profiles = append(out.Profiles, tui.Store{Profile: p.Name, Alone: true, About: strings.TrimSpace(p.Kind + "  " + where)})
	}
	out.Recent = recent(a)
	return out
}
