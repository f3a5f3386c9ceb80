package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"weft/config"
	"weft/s3ops"
)

// checkTime is how long an answer is tried out.
const checkTime = 20 * time.Second

func (s *start) askStore(ctx context.Context) error {
	first := 0
	if s.cfg.Endpoint != "" {
		first = 1
	}
	n, err := s.choose(ctx, question{title: "Where is the bucket?",
		where: "Amazon S3 is what console.aws.amazon.com shows. Other stores have an address of their own."},
		[]string{"Amazon S3", "another store that speaks its API (MinIO, Ceph, Garage, R2, weft local, …)", "nowhere yet: weft brings a store of its own, on this machine"}, first)
	if err != nil {
		return err
	}
	s.amazon, s.local = n == 0, n == 2
	if s.amazon {
		s.cfg.Endpoint = ""
	}
	return nil
}

func (s *start) askEndpoint(ctx context.Context) error {
	if s.amazon || s.local {
		return errSkipped
	}
	last := ""
	answer, err := s.ask(ctx, question{title: "Which address does the store have?",
		where: "Its documentation calls it endpoint: https://s3.example.com, without the bucket. For weft local it is the AWS_ENDPOINT_URL that it prints.",
		label: "endpoint", fallback: s.cfg.Endpoint,
		check: func(ctx context.Context, v string) (string, error) {
			if !strings.Contains(v, "://") {
				v = "https://" + v
				if u, err := url.Parse(v); err == nil && (u.Hostname() == "localhost" || strings.HasPrefix(u.Hostname(), "127.")) {
					v = "http://" + u.Host
				}
			}
			v, err := config.CheckEndpoint(v)
			if err != nil || v == last {
				return v, err
			}
			last = v
			return v, s.reach(ctx, v)
		}})
	s.cfg.Endpoint = answer
	return err
}

// reach tries whether something answers at an address.
func (s *start) reach(ctx context.Context, endpoint string) error {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	c := s.cfg
	c.Endpoint, c.Bucket, c.Region = endpoint, "weft", "us-east-1"
	b, err := s3ops.Open(ctx, &c)
	if err != nil {
		return nil // its profile is asked for later
	}
	r, err := b.Reach(ctx)
	if err != nil {
		return fmt.Errorf("%s; write the same again to take it all the same", plain(err))
	}
	s.say("  it answers in %d ms", r.Took.Milliseconds())
	return nil
}

// plain is an error as its reason and what to do about it.
func plain(err error) string {
	if e, ok := errors.AsType[*s3ops.Error](err); ok {
		if e.Remedy != "" {
			return e.Why + "; " + e.Remedy
		}
		return e.Why
	}
	return err.Error()
}

// reached is the configuration with which answers are tried: a profile that is yet
// to be written has its keys at hand.
func (s *start) reached() *config.Config {
	c := s.cfg
	if s.fresh {
		c.Profile = ""
	}
	return &c
}

func (s *start) askBucket(ctx context.Context) error {
	if s.local {
		return errSkipped
	}
	where := "In the console: S3 → General purpose buckets, the column Name. A name that is not taken makes a new one."
	var names []string
	short, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	if all, err := s3ops.Buckets(short, s.reached()); err == nil && len(all) > 0 {
		for _, b := range all[:min(len(all), 12)] {
			names = append(names, b.Name)
		}
		where += "\nThese keys list: " + strings.Join(names, ", ")
		if len(all) > len(names) {
			where += fmt.Sprintf(" and %d more", len(all)-len(names))
		}
	}
	fallback := s.cfg.Bucket
	if fallback == "" && len(names) == 1 {
		fallback = names[0]
	}
	last := ""
	answer, err := s.ask(ctx, question{title: "Which bucket?", where: where, label: "bucket", fallback: fallback,
		check: func(ctx context.Context, v string) (string, error) {
			v = strings.TrimSuffix(strings.TrimPrefix(v, "s3://"), "/")
			if err := config.CheckBucket(v); err != nil || v == last {
				return v, err
			}
			last = v
			return v, s.lookAt(ctx, v)
		}})
	s.cfg.Bucket = answer
	return err
}

// lookAt finds out whether the bucket is there and where.
func (s *start) lookAt(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	c := s.reached()
	c.Bucket, s.missing = name, false
	b, err := s3ops.Open(ctx, c)
	if err != nil {
		return errors.New(plain(err) + "; write the same again to take it all the same")
	}
	switch err = b.Check(ctx); {
	case err == nil:
		s.cfg.Region = b.Region()
		s.say("  it is there, in %s", b.Region())
		return nil
	case errors.Is(err, s3ops.ErrNoBucket):
		s.missing = true
		s.say("  there is none of that name yet: it will be made, once you have seen how")
		return nil
	case errors.Is(err, s3ops.ErrDenied):
		s.cfg.Region = b.Region() // the answer told it
		return fmt.Errorf("%s.\nIt may be another account's. If it is yours, or only a folder of it is, write the same again", plain(err))
	}
	return errors.New(plain(err) + "; write the same again to take it all the same")
}

func (s *start) askRegion(ctx context.Context) error {
	if s.local || !s.missing && s.cfg.Region != "" {
		return errSkipped
	}
	fallback := s.cfg.Region
	if fallback == "" {
		fallback = os.Getenv("AWS_REGION")
	}
	where := "In the console: at the top right, Europe (Frankfurt) eu-central-1. For a bucket that is there: S3 → General purpose buckets, the column AWS Region. Choose one near you: it cannot be changed later."
	if !s.amazon {
		where = "Most stores of one's own take us-east-1; some have a name of their own in their settings."
		if fallback == "" {
			fallback = "us-east-1"
		}
	}
	last := ""
	answer, err := s.ask(ctx, question{title: "In which region?", where: where, label: "region", fallback: fallback,
		check: func(_ context.Context, v string) (string, error) {
			if !s.amazon {
				return v, config.CheckRegion(v, s.cfg.Endpoint)
			}
			r, known := config.FindRegion(v)
			switch {
			case known:
				return r.Name, nil
			case v == last && config.CheckRegion(v, "") == nil:
				return v, nil
			}
			last = v
			if r.Name == "" {
				return "", fmt.Errorf("%q is no region: write for instance eu-central-1 or Frankfurt", v)
			}
			return "", fmt.Errorf("%q is no region that weft knows; did you mean %s (%s)? A newer one is taken when you write it again", v, r.Name, r.Place)
		}})
	s.cfg.Region = answer
	return err
}

// askFolders shows the folders' names and takes changes until there are no more.
func (s *start) askFolders(ctx context.Context) error {
	if s.local {
		return errSkipped
	}
	for {
		var list []string
		for _, f := range s.folders {
			list = append(list, fmt.Sprintf("%-15s %s", f.Role, f.Prefix))
		}
		answer, err := s.ask(ctx, question{title: "Are the folders named so?", where: "weft keeps five kinds of things apart by the beginning of their keys:\n" + strings.Join(list, "\n") +
			"\nEnter keeps them; generated = results/ renames one. In the console a bucket's page shows its folders.",
			label: "folders", fallback: "keep", check: func(_ context.Context, v string) (string, error) {
				if v == "keep" {
					return v, nil
				}
				return v, s.rename(v)
			}})
		if err != nil || answer == "keep" {
			return err
		}
	}
}

// rename takes "generated = results/".
func (s *start) rename(answer string) error {
	role, prefix, ok := strings.Cut(answer, "=")
	role, prefix = strings.TrimSpace(role), strings.Trim(strings.TrimSpace(prefix), `"'`)
	i := slices.IndexFunc(s.folders[:], func(f config.Folder) bool { return string(f.Role) == role })
	if !ok || i < 0 {
		return errors.New("write for instance generated = results/, with one of the names on the left")
	}
	if !strings.HasSuffix(prefix, "/") {
		prefix += "/"
	}
	if err := config.CheckFolder(prefix); err != nil {
		return err
	}
	for j, f := range s.folders {
		if j != i && (strings.HasPrefix(f.Prefix, prefix) || strings.HasPrefix(prefix, f.Prefix)) {
			return fmt.Errorf("%s is the same as, inside or around %s of %s: each needs a place of its own", prefix, f.Prefix, f.Role)
		}
	}
	s.folders[i].Prefix = prefix
	return nil
}
