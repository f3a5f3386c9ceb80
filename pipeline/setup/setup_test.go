package setup

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"weft/config"
	"weft/pipeline/access"
	"weft/s3ops"
	"weft/s3ops/local"
	"weft/s3ops/local/localtest"
	"weft/s3ops/mototest"
)

var (
	server   *local.Server // set by TestMain
	stopMoto = func() {}
	moto     = sync.OnceValues(func() (s *mototest.Server, err error) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		s, err = mototest.Start(ctx)
		stopMoto = s.Stop
		return s, err
	})
)

func TestMain(m *testing.M) {
	os.Exit(localtest.Run(func(s *local.Server) int {
		server = s
		defer func() { stopMoto() }()
		return m.Run()
	}))
}

// opened is a bucket that there is not, in a store.
func opened(t *testing.T, at, name string) *s3ops.Bucket {
	t.Helper()
	c := server.Endpoint().Apply(&config.Config{Local: "x", Bucket: name})
	if at == "moto" {
		s, err := moto()
		if errors.Is(err, mototest.ErrMissing) {
			t.Skip(err)
		} else if err != nil {
			t.Fatal(err)
		}
		c = s.Config(name)
	}
	b, err := s3ops.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var folders = localtest.Folders()

func wish(bucket string) Wish {
	who := s3ops.Principal{By: map[string]s3ops.Words{"AWS": {"arn:aws:iam::123456789012:user/ann"}}}
	w := Wish{Folders: folders, Policy: access.Wanted{Roles: []access.Role{access.Viewer}, Bucket: bucket, Folders: folders}.ForBucket(who)}
	w.Origins, w.AbortUploads, w.ExpireVersions, w.CoolUploads = []string{"https://shop.example"}, 7, 90, 60
	return w
}

func states(plan []Step) map[string]State {
	all := map[string]State{}
	for _, s := range plan {
		all[s.Name] = s.State
	}
	return all
}

func planned(t *testing.T, w Wish, b *s3ops.Bucket) []Step {
	t.Helper()
	plan, err := w.Plan(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// A bucket that is missing is made and set up; the second plan changes nothing.
// What a store does not implement is told, and is no failure.
func TestSetUpTwice(t *testing.T) {
	for at, without := range map[string][]string{"embedded": {"lifecycle rules", "public access block", "default encryption"}, "moto": nil} {
		t.Run(at, func(t *testing.T) {
			b := opened(t, at, "new-"+at)
			w := wish(b.Name())
			if at == "embedded" { // its policies name access keys
				for i := range w.Policy {
					w.Policy[i].Principal = &s3ops.Principal{By: map[string]s3ops.Words{"AWS": {server.AddUser().AccessKeyID}}}
				}
			}
			first := planned(t, w, b)
			if s := states(first); s["bucket"] != Change || s["folder generated/"] != Change || s["versioning"] != Change {
				t.Errorf("%v", s)
			}
			told := map[string]State{}
			if err := w.Apply(t.Context(), b, first, func(s Step) { told[s.Name] = s.State }); err != nil {
				t.Fatal(err)
			}
			for _, name := range without {
				if told[name] != NotImplemented {
					t.Errorf("%s: %q", name, told[name])
				}
			}
			for _, s := range planned(t, w, b) {
				if want := slices.Contains(without, s.Name); s.State != AsWanted && !want || want && s.State != NotImplemented {
					t.Errorf("the second time %s: %s %v\n%s\n%s", s.Name, s.State, s.Err, s.Is, s.To)
				}
			}
		})
	}
}

// Rules and statements of others stay as they are and where they are; weft's own
// are replaced, and those not wanted any more go.
func TestWhatOthersSetUpStays(t *testing.T) {
	b := opened(t, "moto", "shared")
	ctx := t.Context()
	if err := b.Make(ctx); err != nil {
		t.Fatal(err)
	}
	days := int32(30)
	prefix := "logs/"
	theirs := s3ops.LifecycleRule{ID: "logs", Status: "Enabled", Filter: &s3ops.LifecycleFilter{Prefix: &prefix}, Expire: &s3ops.LifecycleExpiry{Days: 3},
		Move: nil}
	old := s3ops.LifecycleRule{ID: ruleCool, Status: "Enabled", Filter: &s3ops.LifecycleFilter{Prefix: &prefix}, Move: []s3ops.LifecycleMove{{Days: &days, Class: "STANDARD_IA"}}}
	wide := s3ops.LifecycleRule{ID: ruleExpire, Status: "Enabled", Filter: &s3ops.LifecycleFilter{}, ExpireVersions: &s3ops.VersionsExpiry{Days: 400}}
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(b.SetLifecycle(ctx, s3ops.Setting[s3ops.Lifecycle]{}, s3ops.With(s3ops.Lifecycle{Rules: []s3ops.LifecycleRule{old, theirs, wide}})))
	must(b.SetCORS(ctx, s3ops.Setting[s3ops.CORS]{}, s3ops.With(s3ops.CORS{Rules: []s3ops.CORSRule{{ID: "shop", Origins: []string{"https://a.example"}, Methods: []string{"GET"}}}})))
	statement := s3ops.Statement{Sid: "Auditor", Effect: "Allow", Principal: &s3ops.Principal{By: map[string]s3ops.Words{"AWS": {"arn:aws:iam::123456789012:user/bob"}}},
		Action: s3ops.Words{"s3:GetObject"}, Resource: s3ops.Words{"arn:aws:s3:::shared/logs/*"}}
	must(b.SetPolicy(ctx, s3ops.Setting[s3ops.Policy]{}, s3ops.With(s3ops.Policy{Version: s3ops.PolicyVersion, Statements: []s3ops.Statement{statement}})))
	is, err := b.Encryption(ctx)
	must(is, err)
	kms := s3ops.With(s3ops.Encryption{Algorithm: "aws:kms", BucketKey: true})
	must(s3ops.EncryptionAspect.Change(ctx, b, is, kms))

	w := wish("shared")
	w.CoolUploads = 0
	plan := planned(t, w, b)
	i := slices.IndexFunc(plan, func(s Step) bool { return s.Name == "lifecycle rules" })
	if len(plan[i].Loses) != 1 || !strings.Contains(plan[i].Loses[0], "90 days") {
		t.Errorf("what is deleted is not told: %q", plan[i].Loses)
	}
	if err := w.Apply(ctx, b, plan, func(Step) {}); err != nil {
		t.Fatal(err)
	}
	l, _ := b.Lifecycle(ctx)
	var ids []string
	for _, r := range l.Value.Rules {
		ids = append(ids, r.ID)
	}
	slices.Sort(ids)
	if !slices.Equal(ids, []string{"logs", ruleAbort, ruleExpire}) {
		t.Errorf("rules %q", ids)
	}
	if c, _ := b.CORS(ctx); len(c.Value.Rules) != 2 || c.Value.Rules[0].ID != "shop" {
		t.Errorf("%+v", c)
	}
	if p, _ := b.Policy(ctx); len(p.Value.Statements) != 1+len(w.Policy) || p.Value.Statements[0].Sid != "Auditor" {
		t.Errorf("%+v", p)
	}
	if e, _ := b.Encryption(ctx); e.Value.Algorithm != "aws:kms" {
		t.Errorf("%+v", e)
	}

	// Somebody else who gets the same role does not take the first one's place.
	for i := range w.Policy {
		w.Policy[i].Principal = &s3ops.Principal{By: map[string]s3ops.Words{"AWS": {"arn:aws:iam::123456789012:user/cyd"}}}
	}
	if err := w.Apply(ctx, b, planned(t, w, b), func(Step) {}); err != nil {
		t.Fatal(err)
	}
	p, _ := b.Policy(ctx)
	if who := p.Value.Statements[1].Principal.By["AWS"]; len(p.Value.Statements) != 1+len(w.Policy) || len(who) != 2 {
		t.Errorf("%v", who)
	}
}

// A change that comes between the plan and its carrying out is not overwritten.
func TestAChangeMeanwhileIsKept(t *testing.T) {
	b := opened(t, "embedded", "meanwhile")
	ctx := t.Context()
	if err := b.Make(ctx); err != nil {
		t.Fatal(err)
	}
	w := Wish{Folders: folders}
	w.Origins = []string{"https://shop.example"}
	plan := planned(t, w, b)
	other := s3ops.With(s3ops.CORS{Rules: []s3ops.CORSRule{{Origins: []string{"https://b.example"}, Methods: []string{"GET"}}}})
	if _, err := b.SetCORS(ctx, s3ops.Setting[s3ops.CORS]{}, other); err != nil {
		t.Fatal(err)
	}
	told := map[string]State{}
	err := w.Apply(ctx, b, plan, func(s Step) { told[s.Name] = s.State })
	if !errors.Is(err, s3ops.ErrChanged) || told["CORS rules"] != Failed || told["versioning"] != Done {
		t.Errorf("%v, %v", err, told)
	}
	if is, _ := b.CORS(ctx); len(is.Value.Rules) != 1 || is.Value.Rules[0].Origins[0] != "https://b.example" {
		t.Errorf("%+v", is)
	}
}

// Opening the bucket to pages of any site is said.
func TestPlanSaysWhatOpens(t *testing.T) {
	b := opened(t, "embedded", "opens")
	if err := b.Make(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := Wish{Folders: folders}
	w.Origins = []string{"*"}
	for _, s := range planned(t, w, b) {
		if s.Name == "CORS rules" && (len(s.Opens) != 1 || !strings.Contains(s.Opens[0], "any site")) {
			t.Errorf("%q", s.Opens)
		}
	}
}

// A difference shows what goes and comes, with a little of what stays.
func TestDiff(t *testing.T) {
	var got []string
	for _, l := range Diff("a\nb\nc\nd\ne\nf\ng", "a\nb\nc\nd\nX\nf\ng\nh") {
		got = append(got, l.String())
	}
	want := []string{"  c", "  d", "- e", "+ X", "  f", "  g", "+ h"}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
}

// Who may not look is told so for each thing, with what would allow it, and nothing
// is changed blindly.
func TestWhatMayNotBeSeenIsNotChanged(t *testing.T) {
	b := opened(t, "embedded", "unseen")
	if err := b.Make(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := server.Endpoint().Apply(&config.Config{Local: "x", Bucket: "unseen"})
	c.Credentials = server.AddUser()
	stranger, err := s3ops.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	w := wish("unseen")
	plan := planned(t, w, stranger)
	for _, s := range plan {
		if s.State == NotImplemented {
			continue
		}
		e, ok := errors.AsType[*s3ops.Error](s.Err)
		if s.State != Unknown || !ok || !errors.Is(e, s3ops.ErrDenied) || e.Statement() == "" {
			t.Errorf("%s: %s, %v", s.Name, s.State, s.Err)
		}
	}
	if err := w.Apply(t.Context(), stranger, plan, func(s Step) { t.Errorf("%+v was done", s) }); err != nil {
		t.Error(err)
	}
}
