package s3ops_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"weft/config"
	"weft/s3ops"
	"weft/s3ops/mototest"
)

// moto starts moto's server for the first test that wants it; TestMain stops it.
var (
	moto = sync.OnceValues(func() (s *mototest.Server, err error) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		s, err = mototest.Start(ctx)
		stopMoto = s.Stop
		return s, err
	})
	stopMoto = func() {}
)

// motoBucket makes a bucket of this name at moto's server.
func motoBucket(t *testing.T, name string) *s3ops.Bucket {
	t.Helper()
	s, err := moto()
	if errors.Is(err, mototest.ErrMissing) {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
	return created(t, s.Config(name))
}

// embeddedBucket makes a bucket of this name in the embedded store.
func embeddedBucket(t *testing.T, name string) *s3ops.Bucket {
	t.Helper()
	c := *stores[0].config
	c.Bucket = name
	return created(t, &c)
}

func created(t *testing.T, c *config.Config) *s3ops.Bucket {
	t.Helper()
	b := opened(t, c, nil)
	if err := b.Create(t.Context()); err != nil {
		t.Fatal(err)
	}
	return b
}

// setting is one respect in which a bucket is set up, without its type: it is
// read, and changed from what was read to one of the values, and taken away.
type setting struct {
	name   string
	read   func(*s3ops.Bucket) (s3ops.State, string, error)
	to     func(b *s3ops.Bucket, value int) (string, error) // reads, writes value, gives what is read back
	away   func(b *s3ops.Bucket) (s3ops.State, error)       // reads, takes away
	stale  func(b *s3ops.Bucket, value int) error           // writes as one who was shown something else
	values []string                                         // as JSON
	at     map[string]bool                                  // stores that implement it
}

func settingOf[T any](name string, x s3ops.Aspect[T], other T, values []T, at ...string) setting {
	s := setting{name: name, at: map[string]bool{}}
	for _, a := range at {
		s.at[a] = true
	}
	text := func(v T) string { j, _ := json.Marshal(v); return string(j) }
	for _, v := range values {
		s.values = append(s.values, text(v))
	}
	ctx := context.Background()
	s.read = func(b *s3ops.Bucket) (s3ops.State, string, error) {
		is, err := x.Read(ctx, b)
		return is.State, text(is.Value), err
	}
	s.to = func(b *s3ops.Bucket, i int) (string, error) {
		was, err := x.Read(ctx, b)
		if err != nil {
			return "", err
		}
		is, err := x.Change(ctx, b, was, s3ops.With(values[i]))
		return text(is.Value), err
	}
	s.away = func(b *s3ops.Bucket) (s3ops.State, error) {
		was, err := x.Read(ctx, b)
		if err != nil {
			return was.State, err
		}
		is, err := x.Change(ctx, b, was, s3ops.Setting[T]{})
		return is.State, err
	}
	s.stale = func(b *s3ops.Bucket, i int) error {
		_, err := x.Change(ctx, b, s3ops.With(other), s3ops.With(values[i]))
		return err
	}
	return s
}

func parsed[T any](t *testing.T, parse func([]byte) (T, error), texts ...string) (all []T) {
	t.Helper()
	for _, text := range texts {
		v, err := parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	return all
}

func everySetting(t *testing.T, bucket string) []setting {
	cors := parsed(t, s3ops.ParseCORS,
		`{"CORSRules":[{"AllowedOrigins":["https://a.example"],"AllowedMethods":["GET","HEAD"],"ExposeHeaders":["ETag"],"MaxAgeSeconds":3600}]}`,
		`{"CORSRules":[{"ID":"mine","AllowedOrigins":["https://b.example"],"AllowedMethods":["PUT"],"AllowedHeaders":["*"]}]}`)
	policy := parsed(t, s3ops.ParsePolicy,
		`{"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::`+bucket+`/generated/*"}]}`,
		`{"Version":"2012-10-17","Statement":{"Sid":"b","Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::`+bucket+`/x<&>/*","Condition":{"Bool":{"aws:SecureTransport":false}}}}`)
	if bucket == "settings-embedded" { // the embedded store knows no accounts
		for i := range policy {
			policy[i].Statements[0].Principal = &s3ops.Principal{Everyone: true}
			policy[i].Statements[0].Condition = nil
		}
	}
	lifecycle := parsed(t, s3ops.ParseLifecycle,
		`{"Rules":[{"ID":"clear","Status":"Enabled","Filter":{},"AbortIncompleteMultipartUpload":{"DaysAfterInitiation":7}},
		  {"ID":"old","Status":"Enabled","Filter":{"Prefix":"search_uploads/"},"Transitions":[{"Days":30,"StorageClass":"STANDARD_IA"}],"NoncurrentVersionExpiration":{"NoncurrentDays":90}}]}`,
		`{"Rules":[{"ID":"theirs","Status":"Disabled","Filter":{"And":{"Prefix":"x/","Tags":[{"Key":"k","Value":"v"},{"Key":"l","Value":"w"}]}},"Expiration":{"Date":"2030-01-01T00:00:00Z"}}]}`)
	both, embedded, only := []string{"embedded", "moto"}, "embedded", "moto"
	return []setting{
		settingOf("versioning", s3ops.VersionsAspect, s3ops.VersionsOff, []s3ops.Versioning{s3ops.VersionsSuspended, s3ops.VersionsOn}, both...),
		settingOf("CORS", s3ops.CORSAspect, s3ops.CORS{}, cors, both...),
		settingOf("policy", s3ops.PolicyAspect, s3ops.Policy{}, policy, both...),
		settingOf("ownership", s3ops.OwnershipAspect, s3ops.Ownership("x"), []s3ops.Ownership{s3ops.OwnerPreferred, s3ops.OwnedByBucket}, embedded, only),
		settingOf("lifecycle", s3ops.LifecycleAspect, s3ops.Lifecycle{}, lifecycle, only),
		settingOf("public access", s3ops.PublicAccessAspect, s3ops.PublicAccess{IgnoreACLs: true}, []s3ops.PublicAccess{s3ops.NoPublicAccess, {BlockACLs: true}}, only),
		settingOf("encryption", s3ops.EncryptionAspect, s3ops.Encryption{Algorithm: "x"},
			[]s3ops.Encryption{{Algorithm: "AES256"}, {Algorithm: "aws:kms", Key: "arn:aws:kms:eu-central-1:123456789012:key/1234", BucketKey: true}}, only),
	}
}

// Every setting is read, written, read back as it was written, and taken away; a
// store that does not know it says so and refuses the write.
func TestSettings(t *testing.T) {
	for at, open := range map[string]func(*testing.T, string) *s3ops.Bucket{"embedded": embeddedBucket, "moto": motoBucket} {
		t.Run(at, func(t *testing.T) {
			b := open(t, "settings-"+at)
			for _, s := range everySetting(t, b.Name()) {
				t.Run(s.name, func(t *testing.T) { tryOut(t, b, s, at) })
			}
		})
	}
}

func tryOut(t *testing.T, b *s3ops.Bucket, s setting, at string) {
	state, _, err := s.read(b)
	if err != nil {
		t.Fatal(err)
	}
	if !s.at[at] {
		if state != s3ops.Unimplemented {
			t.Fatalf("the store is %q, want it not to know that", state)
		}
		if _, err := s.to(b, 0); err == nil {
			t.Fatal("it was written where the store does not know it")
		}
		return
	}
	for i, want := range s.values {
		if err := s.stale(b, i); !errors.Is(err, s3ops.ErrChanged) {
			t.Errorf("a writer who was shown something else: %v, want ErrChanged", err)
		}
		if got, err := s.to(b, i); err != nil || alike(got) != alike(want) {
			t.Errorf("%v: read back %s, want %s", err, got, want)
		}
		if state, got, err := s.read(b); err != nil || state != s3ops.Present || alike(got) != alike(want) {
			t.Errorf("%s %v: read %s, want %s", state, err, got, want)
		}
	}
	if s.name == "versioning" {
		if _, err := s.away(b); err == nil {
			t.Error("versioning was taken away")
		}
		return
	}
	if state, err := s.away(b); err != nil || state != s3ops.Unset && s.name != "encryption" {
		t.Errorf("taken away, it is %s: %v", state, err)
	}
}

// alike leaves out what stores say in one of several ways.
func alike(text string) string {
	return strings.NewReplacer(`"Filter":{"Prefix":""}`, `"Filter":{}`, `,"TransitionDefaultMinimumObjectSize":"all_storage_classes_128K"`, "").Replace(text)
}

// A change refused by --read-only reaches no store.
func TestReadOnlyChangesNoSetting(t *testing.T) {
	c := *stores[0].config
	c.ReadOnly = true
	b := opened(t, &c, nil)
	if _, err := b.SetCORS(t.Context(), s3ops.Setting[s3ops.CORS]{}, s3ops.With(s3ops.CORS{})); !errors.Is(err, s3ops.ErrReadOnly) {
		t.Errorf("%v, want ErrReadOnly", err)
	}
}

// What S3 would refuse, or would lose without a word, is refused with its place
// before anything is sent.
func TestDocumentsAreChecked(t *testing.T) {
	lifecycle := func(text string) error { _, err := s3ops.ParseLifecycle([]byte(text)); return err }
	cors := func(text string) error { _, err := s3ops.ParseCORS([]byte(text)); return err }
	policy := func(text string) error { _, err := s3ops.ParsePolicy([]byte(text)); return err }
	for _, c := range []struct {
		err  error
		want string
	}{
		{lifecycle("{\n\"Rules\": [\n{\"Satus\": 1}]}"), `unknown field "Satus"`},
		{lifecycle("{\n\"Rules\": [\n}"), "line 3:"},
		{lifecycle(`{"Rules":[]}`), "1 to 1,000"},
		{lifecycle(`{"Rules":[{"Status":"Enabled","Filter":{}}]}`), "it does nothing"},
		{lifecycle(`{"Rules":[{"Status":"Enabled","Filter":{},"Transitions":[{"Days":7,"StorageClass":"STANDARD_IA"}]}]}`), "30 days at the earliest"},
		{lifecycle(`{"Rules":[{"Status":"Enabled","Filter":{},"Expiration":{"Days":30},"Transitions":[{"Days":60,"StorageClass":"GLACIER"}]}]}`), "before they move"},
		{cors(`{"CORSRules":[{"AllowedOrigins":["https://*.*"],"AllowedMethods":["PATCH"]}]}`), "more than one *"},
		{cors(`{"CORSRules":[{"AllowedOrigins":["https://*.*"],"AllowedMethods":["PATCH"]}]}`), `"PATCH" is not one of`},
		{cors(`{"CORSRules":[]} x`), "more after the end"},
		{policy(`{"Statement":[{"Effect":"allow","Principal":"*","Action":"s3:*","Resource":"*"}]}`), "Allow or Deny"},
		{policy(`{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`), "needs a Principal"},
		{lifecycle(`{"Rules":[{"Status":"Enabled","Filter":{"Prefix":"x/","ObjectSizeLessThan":9},"Expiration":{"Days":30}}]}`), "belong into its And"},
		{lifecycle(`{"Rules":[{"Status":"Enabled","Filter":{},"Expiration":{"Days":30,"ExpiredObjectDeleteMarker":true}}]}`), "needs one of Days"},
		{lifecycle(`{"Rules":[{"Status":"Enabled","Filter":{},"Transitions":[{"StorageClass":"GLACIER"}]}]}`), "needs Days or a Date"},
		{policy("{\n\"Statement\":\n[{\n\"Effect\": 3}]}"), "line 4:"},
		{policy(`{"Statement":[]}`), "no statement"},
		{policy(`{"Statement":[{"Effect":"Allow","Principal":"me","Action":"s3:*","Resource":"*"}]}`), `neither "*" nor`},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%v\nwant %s", c.err, c.want)
		}
	}
}
