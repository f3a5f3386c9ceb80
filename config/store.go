package config

import (
	"path/filepath"
	"time"
)

// findStore decides between the embedded store and a real one, and which
// credentials count.
//
// The embedded store is opened by --local, or when no bucket is named
// anywhere: then what the environment says about AWS is not meant for it.
func (l *loader) findStore(env map[string]string) {
	if g, ok := l.layers[fromFlags]["local"]; ok {
		l.c.Local = absolute(g.value, env["HOME"], l.from.Dir)
		for _, o := range options {
			if g, ok := l.layers[fromFlags][o.name]; ok && o.remote {
				l.problem(g.place, "cannot be combined with --local, which opens the embedded store")
			}
		}
		l.drop("bucket", fromEnviron)
		l.embed(g.place)
		return
	}
	if _, _, ok := l.pick("bucket"); ok || l.from.NoBucket && l.isElsewhere() {
		l.findCredentials()
		return
	}
	for _, name := range []string{"endpoint", "profile", "region"} {
		g, from, ok := l.pick(name)
		// What stands in the environment is for any program; the rest was meant for weft.
		if ok && from != fromEnviron {
			l.problem(g.place, "%s is given, but no bucket: name it with --bucket, WEFT_BUCKET, AWS_BUCKET_NAME or bucket = \"…\" in config.toml", name)
		}
	}
	if g, ok := l.layers[fromEnvFile][accessKey]; ok {
		l.warn("%s: %s is given, but no bucket, so the embedded store is opened: add AWS_BUCKET_NAME", g.place, accessKey)
	}
	if l.c.Paths.Data != "" {
		l.c.Local = filepath.Join(l.c.Paths.Data, "store")
	}
	l.embed("default")
}

// freshen forgets what is said of stores elsewhere than in flags: another store
// was chosen, and the endpoint of the first is not meant for it, nor are its keys
// if a profile is named.
func (l *loader) freshen() {
	_, named := l.layers[fromFlags]["profile"]
	for _, o := range options {
		if o.name == "bucket" || o.remote && (named || o.name != "profile") {
			l.drop(o.name, fromEnviron)
		}
	}
	if named {
		l.dropKeys(fromEnviron)
	}
}

// isElsewhere tells whether a store is named, or credentials for one.
func (l *loader) isElsewhere() bool {
	for _, name := range []string{"endpoint", "profile", "anonymous", accessKey} {
		if _, _, ok := l.pick(name); ok {
			return true
		}
	}
	return false
}

// embed forgets all that is said about real stores.
func (l *loader) embed(place string) {
	for _, o := range options {
		if o.remote {
			l.drop(o.name, fromFlags)
		}
	}
	for _, name := range []string{accessKey, secretKey, sessionToken, sessionEnd} {
		l.drop(name, fromFlags)
	}
	if _, _, ok := l.pick("bucket"); !ok {
		l.c.Bucket = DefaultBucket
	}
	l.c.Settings = append(l.c.Settings, Setting{"local", l.c.Local, place})
}

// findCredentials leaves the keys of one layer, or none where a stronger
// profile wins: --profile > keys in the environment > AWS_PROFILE there > keys
// in .env > profiles in files. Keys that win leave the profile its region and
// endpoint, as in the AWS CLI.
func (l *loader) findCredentials() {
	if g, _, _ := l.pick("anonymous"); isTrue(g.value) {
		l.dropKeys(fromFlags)
		return
	}
	_, profile, named := l.pick("profile")
	for i := fromEnviron; i >= fromEnvFile; i-- {
		id, hasID := l.layers[i][accessKey]
		secret, hasSecret := l.layers[i][secretKey]
		token, hasToken := l.layers[i][sessionToken]
		if named && profile > i {
			l.dropKeys(i)
			return
		}
		switch {
		case hasID && hasSecret:
			// A token of another layer belongs to other keys.
			l.dropKeys(i - 1)
			return
		case hasID:
			l.problem(id.place, "%s is given without %s: the two belong together", accessKey, secretKey)
			return
		case hasSecret:
			l.problem(secret.place, "%s is given without %s: the two belong together", secretKey, accessKey)
			return
		case hasToken:
			l.warn("%s: %s is ignored: it belongs to %s and %s, which are not given", token.place, sessionToken, accessKey, secretKey)
			delete(l.layers[i], sessionToken)
		}
	}
}

func (l *loader) dropKeys(top layer) {
	for _, name := range []string{accessKey, secretKey, sessionToken, sessionEnd} {
		l.drop(name, top)
	}
}

// applyCredentials sets what findCredentials left.
func (l *loader) applyCredentials() {
	id, _, _ := l.pick(accessKey)
	secret, _, _ := l.pick(secretKey)
	token, _, _ := l.pick(sessionToken)
	end, _, _ := l.pick(sessionEnd)
	l.c.Credentials = Credentials{AccessKeyID: id.value, SecretAccessKey: Secret(secret.value), SessionToken: Secret(token.value)}
	if at, err := time.Parse(time.RFC3339, end.value); err == nil {
		l.c.Credentials.Expires = at
	} else if end.value != "" {
		l.warn("%s: %s is not a time such as 2026-11-24T18:10:00Z, and is ignored", end.place, sessionEnd)
	}
	for _, s := range []struct {
		name, value string
		g           given
	}{
		{"access_key_id", maskID(id.value), id},
		{"secret_access_key", mask, secret},
		{"session_token", mask, token},
	} {
		if s.g.place == "" {
			s.value, s.g.place = "", "default"
		}
		l.c.Settings = append(l.c.Settings, Setting{s.name, s.value, s.g.place})
	}
}
