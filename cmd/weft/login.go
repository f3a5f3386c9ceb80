package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"weft/config"
	"weft/pipeline/queue"
	"weft/s3ops"
)

// openRemote opens a real store, and asks for the code of its profile's device
// if that wants one.
func (a *app) openRemote(ctx context.Context) (*s3ops.Bucket, error) {
	b, err := s3ops.Open(ctx, a.cfg)
	needed, ok := errors.AsType[*s3ops.CodeNeeded](err)
	if !ok {
		return b, err
	}
	if err := a.logIn(ctx, needed, err); err != nil {
		return nil, err
	}
	return s3ops.Open(ctx, a.cfg)
}

// signIn makes sure that credentials which ask for a code have got it.
func (a *app) signIn(ctx context.Context) error {
	if a.cfg.Local != "" || a.cfg.Bucket == "" {
		return nil
	}
	_, err := a.openRemote(ctx)
	return err
}

// logIn asks for a code on the terminal; otherwise is the error where there is
// none. The session's keys stay in this process, and in workers it starts.
func (a *app) logIn(ctx context.Context, needed *s3ops.CodeNeeded, otherwise error) error {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return otherwise
	}
	defer func() { _ = tty.Close() }()
	a.out.progress("")
	if _, err := fmt.Fprintf(tty, "Code of %s for the profile %s: ", clean(needed.Device), clean(needed.Profile)); err != nil {
		return otherwise
	}
	code := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(tty).ReadString('\n')
		code <- line
	}()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case line := <-code:
		keys, err := s3ops.Login(ctx, a.cfg, line)
		if err != nil {
			return err
		}
		a.use(keys)
		return nil
	}
}

// use makes the keys of a login those in force.
func (a *app) use(keys config.Credentials) {
	cfg := *a.cfg
	cfg.Credentials = keys
	a.cfg = &cfg
}

// sessionEnded tells whether a login of this process is over.
func (a *app) sessionEnded() bool {
	k := a.cfg.Credentials
	return k.Session && !k.Expires.IsZero() && !time.Now().Before(k.Expires)
}

// wake makes sure that a worker works. One that must be started cannot ask for
// a code, so it is asked for here.
func (a *app) wake(ctx context.Context) error {
	if !queue.Locked(workerLockPath(a.cfg)) {
		if err := a.signIn(ctx); err != nil {
			return err
		}
	}
	return ensureWorker(ctx, a.cfg, a.workerArgs())
}

// handed is how a worker gets the keys of a login: through its environment,
// which only its user reads; never through a file, its arguments or the queue.
func handed(cfg *config.Config) []string {
	k := cfg.Credentials
	if !k.Session {
		return nil
	}
	env := []string{"AWS_ACCESS_KEY_ID=" + k.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + string(k.SecretAccessKey),
		"AWS_SESSION_TOKEN=" + string(k.SessionToken), "AWS_PROFILE=" + cfg.Profile, "AWS_CREDENTIAL_EXPIRATION="}
	if !k.Expires.IsZero() {
		env[4] += k.Expires.UTC().Format(time.RFC3339)
	}
	return env
}

// findEndpoint takes the endpoint of the profile where no other is given: it
// belongs to what a store is, as its queue and its worker do.
func (a *app) findEndpoint(ctx context.Context) {
	if a.cfg.Local != "" || a.cfg.Endpoint != "" {
		return
	}
	end := s3ops.EndpointOf(ctx, a.cfg)
	if end == "" {
		return
	}
	a.cfg.Endpoint = end
	for i, s := range a.cfg.Settings {
		if s.Name == "endpoint" {
			a.cfg.Settings[i].Value, a.cfg.Settings[i].Source = end, "profile "+orDefault(a.cfg.Profile)
		}
	}
}

func orDefault(profile string) string {
	if profile == "" {
		return "default"
	}
	return profile
}
