package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	tea "charm.land/bubbletea/v2"

	"weft/config"
	"weft/pipeline/queue"
	"weft/pipeline/recipe"
	"weft/s3ops"
	"weft/s3ops/local"
	"weft/tui"
)

// runInterface opens the interface on the configured bucket. The worker does
// the work: on the embedded store it also hosts the store, so it is started at
// once there, and otherwise when the first job is submitted.
func runInterface(ctx context.Context, a *app, target string) error {
	if !isTerminal(os.Stdin) || !isTerminal(os.Stdout) {
		return errors.New("the interface needs a terminal: for scripts use the subcommands, see weft --help")
	}
	// Many interfaces share a host: a third of the heap's slack for some more
	// processor time while a long folder is listed.
	debug.SetGCPercent(33)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	d := &desk{queues: map[string]*queue.Queue{}, held: map[string]func(){}}
	defer d.close()
	if err := d.hold(a.cfg); err != nil {
		return err
	}
	p := tea.NewProgram(tui.New(ctx, d.parts(a, strings.TrimPrefix(target, "s3://"+a.cfg.Bucket+"/"))), tea.WithContext(ctx), tea.WithFPS(30))
	// A closed terminal ends the interface only: what was submitted goes on in
	// the worker.
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	go func() {
		<-hangup
		p.Kill()
	}()
	_, err := p.Run()
	stop()
	d.settle()
	if errors.Is(err, tea.ErrProgramKilled) || errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// parts wires the interface to the store of an app, its queue and its worker.
func (d *desk) parts(a *app, start string) tui.Parts {
	wake := func(ctx context.Context) error {
		if a.sessionEnded() {
			a.use(config.Credentials{}) // a login gives new ones
		}
		if a.cfg.Local == "" && !queue.Locked(workerLockPath(a.cfg)) {
			if _, err := s3ops.Open(ctx, a.cfg); err != nil {
				return err // a worker could not either, and cannot ask
			}
		}
		return ensureWorker(ctx, a.cfg, a.workerArgs())
	}
	return tui.Parts{
		Config: a.cfg, Version: version, Start: start, Wake: wake, Doctor: d.doctor(a), Editor: editor(),
		Queue: func(ctx context.Context) (*queue.Queue, error) { return d.queue(ctx, a) },
		Connect: func(ctx context.Context) (*tui.Session, error) {
			s, err := a.connect(ctx, wake)
			if err == nil {
				d.remember(a, start)
			}
			return s, err
		},
		Stores: func(ctx context.Context, profile string) tui.Stores { return d.stores(ctx, a, profile) },
		Switch: func(ctx context.Context, s tui.Store) (tui.Parts, error) { return d.change(ctx, a, s) },
		Login:  func(ctx context.Context, profile, code string) error { return d.logIn(ctx, a, profile, code) },
	}
}

// connect opens the bucket. wake starts the worker that hosts the embedded store.
func (a *app) connect(ctx context.Context, wake func(context.Context) error) (*tui.Session, error) {
	if a.sessionEnded() {
		a.use(config.Credentials{})
	}
	cfg := a.cfg
	if cfg.Local != "" {
		end, ok := local.Find(ctx, cfg.Local)
		if err := wake(ctx); err != nil && !ok {
			return nil, fmt.Errorf("start the embedded store: %w", err)
		}
		if !ok {
			if end, ok = local.Find(ctx, cfg.Local); !ok {
				return nil, errors.New("the embedded store does not answer: weft worker --foreground shows why")
			}
		}
		cfg = end.Apply(cfg)
	}
	bucket, err := s3ops.Open(ctx, cfg)
	if err != nil {
		return nil, err
	}
	return &tui.Session{Config: cfg, Bucket: bucket, Pictures: newEngine(), Rows: rowsFile(a.cfg),
		Load: func(ctx context.Context) ([]recipe.Recipe, error) { return a.recipes(ctx, bucket) }}, nil
}
