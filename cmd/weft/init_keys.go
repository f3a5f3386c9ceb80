package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"weft/config"
	"weft/s3ops"
)

// askKeys asks which keys are to be used: those there are, or new ones.
func (s *start) askKeys(ctx context.Context) error {
	if s.local {
		return errSkipped
	}
	var choices []string
	var profiles []string // by choice; "" for keys
	if s.given {
		from := "the environment"
		for _, x := range s.a.cfg.Settings {
			if x.Name == "access_key_id" {
				from = x.Value + " from " + x.Source
			}
		}
		choices, profiles = append(choices, "the keys that are set already: "+from), append(profiles, "")
	}
	for _, p := range s3ops.Profiles(ctx) {
		if len(choices) < 9 {
			choices, profiles = append(choices, fmt.Sprintf("profile %s of the AWS files (%s)", p.Name, p.Kind)), append(profiles, p.Name)
		}
	}
	choices = append(choices, "new keys, which I type in")
	first := max(0, slices.Index(profiles, s.cfg.Profile))
	n, err := s.choose(ctx, question{title: "With which keys?",
		where: "Keys say who you are. In the AWS console they are made under IAM → Users → your user → Security credentials → Create access key. If your company signs you in by SSO, run aws configure sso first and choose its profile here."}, choices, first)
	if err != nil {
		return err
	}
	s.fresh = n == len(choices)-1
	if s.fresh {
		s.cfg.Profile = ""
		return nil
	}
	s.cfg.Profile = profiles[n]
	s.cfg.Credentials = config.Credentials{}
	if profiles[n] == "" {
		s.cfg.Credentials = s.a.cfg.Credentials
	}
	return s.tryKeys(ctx, true)
}

// tryKeys asks the store for something that needs good keys. A refusal of that
// something is none of the keys.
func (s *start) tryKeys(ctx context.Context, tell bool) error {
	short, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	_, err := s3ops.Buckets(short, &s.cfg)
	if needed, ok := errors.AsType[*s3ops.CodeNeeded](err); ok {
		return s.logIn(ctx, needed)
	}
	switch {
	case err == nil:
		s.say("  the store takes them")
	case errors.Is(err, s3ops.ErrCredentials) && !tell:
		return errors.New(plain(err))
	case errors.Is(err, s3ops.ErrCredentials), errors.Is(err, s3ops.ErrUnreachable):
		s.a.out.sayIn(yellow, s.indented(plain(err)))
	}
	return nil
}

// logIn asks for the code of a profile's device. The session it gives is kept
// nowhere.
func (s *start) logIn(ctx context.Context, needed *s3ops.CodeNeeded) error {
	_, err := s.ask(ctx, question{title: "This profile asks for a code.", where: "It stands on the device " + needed.Device + ", and changes every half minute.", label: "code",
		check: func(ctx context.Context, v string) (string, error) {
			keys, err := s3ops.Login(ctx, &s.cfg, v)
			if err != nil {
				return "", errors.New(plain(err))
			}
			s.cfg.Credentials = keys
			return v, nil
		}})
	return err
}

var (
	amazonKey    = regexp.MustCompile(`^(AKIA|ASIA)[A-Z0-9]{16}$`)
	amazonSecret = regexp.MustCompile(`^[A-Za-z0-9/+]{40}$`)
)

func (s *start) askKeyID(ctx context.Context) error {
	if !s.fresh || s.local {
		return errSkipped
	}
	answer, err := s.ask(ctx, question{title: "Which access key?",
		where: "In the console: IAM → Users → your user → Security credentials → Create access key → Command Line Interface. It has 20 letters and digits and begins with AKIA. For weft local it is AWS_ACCESS_KEY_ID.",
		label: "access key id", fallback: s.cfg.Credentials.AccessKeyID,
		check: func(_ context.Context, v string) (string, error) {
			switch {
			case s.amazon && amazonSecret.MatchString(v):
				return "", errors.New("that looks like the secret: the access key is the shorter one. Make a new key if others could see the screen")
			case s.amazon && !amazonKey.MatchString(v):
				return "", errors.New("an access key of Amazon is AKIA (or ASIA, for a session) and 16 capitals and digits")
			case strings.ContainsAny(v, " \t"):
				return "", errors.New("an access key has no spaces")
			}
			return v, nil
		}})
	if err == nil {
		s.cfg.Credentials.AccessKeyID = answer
	}
	return err
}

func (s *start) askSecret(ctx context.Context) error {
	if !s.fresh || s.local {
		return errSkipped
	}
	temporary, last := strings.HasPrefix(s.cfg.Credentials.AccessKeyID, "ASIA"), ""
	_, err := s.ask(ctx, question{title: "And its secret access key?", hidden: true, label: "secret access key (not shown)",
		where: "The console shows it once, beside the key, when that is made. Lost it? Make a new key.",
		check: func(ctx context.Context, v string) (string, error) {
			if s.amazon && !amazonSecret.MatchString(v) {
				return "", fmt.Errorf("a secret of Amazon has 40 letters, digits, / and +; this has %d characters", len(v))
			}
			s.cfg.Credentials = config.Credentials{AccessKeyID: s.cfg.Credentials.AccessKeyID, SecretAccessKey: config.Secret(v)}
			if temporary || v == last {
				return v, nil
			}
			last = v
			if err := s.tryKeys(ctx, false); err != nil {
				return "", fmt.Errorf("%w. < goes back to the key; the same secret again is taken all the same (keys of China or GovCloud work only there)", err)
			}
			return v, nil
		}})
	return err
}

func (s *start) askToken(ctx context.Context) error {
	if !s.fresh || s.local || !strings.HasPrefix(s.cfg.Credentials.AccessKeyID, "ASIA") {
		return errSkipped
	}
	_, err := s.ask(ctx, question{title: "And the session token?", hidden: true, label: "session token (not shown)",
		where: "A key that begins with ASIA is of a session: where you found it, aws_session_token stands below.",
		check: func(ctx context.Context, v string) (string, error) {
			s.cfg.Credentials.SessionToken = config.Secret(v)
			return v, s.tryKeys(ctx, false)
		}})
	return err
}

func (s *start) askKeep(ctx context.Context) error {
	if !s.fresh || s.local {
		return errSkipped
	}
	file := s3ops.CredentialsFile()
	n, err := s.choose(ctx, question{title: "Where shall the keys be kept?", where: "Nobody but you can read either."},
		[]string{file + ": weft finds them from every folder, and so does the AWS CLI", ".env in this folder: only here"}, 0)
	if err != nil {
		return err
	}
	if s.keep = keepEnv; n == 1 {
		s.cfg.Profile = ""
		return nil
	}
	s.keep = keepProfile
	return nil
}

// askProfile asks for the name under which the AWS files keep the keys.
func (s *start) askProfile(ctx context.Context) error {
	if !s.fresh || s.local || s.keep != keepProfile {
		return errSkipped
	}
	name := "weft"
	for i := 2; s3ops.CheckNewProfile(name) != nil; i++ {
		name = fmt.Sprintf("weft-%d", i)
	}
	answer, err := s.ask(ctx, question{title: "Under which name?", where: "A profile of the AWS files; aws --profile NAME uses it too.",
		label: "profile", fallback: name, check: func(_ context.Context, v string) (string, error) { return v, s3ops.CheckNewProfile(v) }})
	if err == nil {
		s.cfg.Profile = answer
	}
	return err
}
