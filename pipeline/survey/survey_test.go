package survey

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"weft/config"
	"weft/pipeline"
	"weft/pipeline/queue"
	"weft/s3ops"
	"weft/s3ops/local"
	"weft/s3ops/local/localtest"
	"weft/s3ops/mototest"
)

// The embedded server, set by TestMain.
var (
	embedded *config.Config
	addUser  func() config.Credentials
)

func TestMain(m *testing.M) {
	os.Exit(localtest.Run(func(s *local.Server) int {
		addUser = s.AddUser
		embedded = s.Endpoint().Apply(&config.Config{PathStyle: "auto", Checksums: "auto", Folders: localtest.Folders()})
		return m.Run()
	}))
}

// bucket opens a new bucket of the embedded server.
func bucket(t *testing.T, name string) *s3ops.Bucket {
	t.Helper()
	c := *embedded
	c.Bucket = name
	b, err := s3ops.Open(t.Context(), &c)
	if err == nil {
		err = b.Create(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Policies are said in words: who, what, where and when, and what is open to
// everybody is a risk unless the public access block shuts it.
func TestPolicyInWords(t *testing.T) {
	const all = `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::cloth/generated/*"},
		{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::cloth","arn:aws:s3:::cloth/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}},
		{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::123456789012:user/ada","210987654321"]},"Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::cloth/uploaded/*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}},
		{"Effect":"Allow","Principal":{"Service":"logging.s3.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::cloth/logs/*"},
		{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"s3:ListBucket","Resource":"arn:aws:s3:::cloth","Condition":{"StringLike":{"s3:prefix":"generated/*"}}}]}`
	p, err := s3ops.ParsePolicy([]byte(all))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"anyone on the internet can read generated/",
		"anyone on the internet cannot do everything to all objects, if it is asked without TLS",
		"user ada of account 123456789012 and account 210987654321 can read and write uploaded/, from 10.0.0.0/8",
		"the service logging.s3.amazonaws.com can write logs/",
		"account 123456789012 can list the bucket, only names that begin as generated/*",
	}
	says, risk := policyInWords(s3ops.With(p), "cloth", false)
	if !slices.Equal(says, want) || !slices.Equal(risk, want[:1]) {
		t.Errorf("%s\nrisks %q", strings.Join(says, "\n"), risk)
	}
	says, risk = policyInWords(s3ops.With(p), "cloth", true)
	if !strings.Contains(says[0], "not in force") || len(risk) > 0 {
		t.Errorf("%q, risks %q", says[0], risk)
	}
}

// CORS and lifecycle rules are said in words.
func TestRulesInWords(t *testing.T) {
	cors, err := s3ops.ParseCORS([]byte(`{"CORSRules":[{"AllowedOrigins":["https://a.example"],"AllowedMethods":["GET","HEAD"],"ExposeHeaders":["ETag"],"MaxAgeSeconds":3600},{"AllowedOrigins":["*"],"AllowedMethods":["PUT"]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	says, risk := corsInWords(s3ops.With(cors))
	if want := []string{"pages of https://a.example can send GET and HEAD from a browser and see ETag, remembered for 60 minutes", "pages of any site can send PUT from a browser"}; !slices.Equal(says, want) || len(risk) != 1 {
		t.Errorf("%q, risks %q", says, risk)
	}
	rules, err := s3ops.ParseLifecycle([]byte(`{"Rules":[{"ID":"a","Status":"Enabled","Filter":{"Prefix":"search_uploads/"},"Transitions":[{"Days":30,"StorageClass":"STANDARD_IA"}],"Expiration":{"Days":400}},
		{"ID":"b","Status":"Enabled","Filter":{"Prefix":""},"NoncurrentVersionExpiration":{"NoncurrentDays":30,"NewerNoncurrentVersions":2}},
		{"ID":"c","Status":"Disabled","Filter":{"Prefix":""},"AbortIncompleteMultipartUpload":{"DaysAfterInitiation":7}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	says, risk = lifecycleInWords(s3ops.With(rules))
	want := []string{"search_uploads/: moved to STANDARD_IA after 30 days and deleted after 400 days", "all objects: old versions removed for good after 30 days, but for the last 2",
		"all objects: unfinished uploads ended after 7 days (switched off)", "no rule ends unfinished uploads: what they hold stays for ever"}
	if !slices.Equal(says, want) || !slices.Equal(risk, want[:1]) {
		t.Errorf("%s\nrisks %q", strings.Join(says, "\n"), risk)
	}
}

// answeredBy is a bucket whose requests a handler answers.
func answeredBy(t *testing.T, handler http.HandlerFunc) *s3ops.Bucket {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	c := *embedded
	c.Endpoint = s.URL
	b, err := s3ops.Open(t.Context(), &c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// What may not be looked at, what the store does not have, and what is simply not
// set, are three different things.
func TestWhatIsNotKnownIsSaidToBeSo(t *testing.T) {
	proxy := localtest.Proxy(t, embedded.Endpoint)
	b := answeredBy(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("policy") {
			w.Header().Set("Content-Type", "application/xml")
			w.WriteHeader(403)
			_, _ = io.WriteString(w, "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>")
			return
		}
		proxy.ServeHTTP(w, r)
	})
	facts := map[string]Fact{}
	for _, f := range Look(t.Context(), b) {
		facts[f.Name] = f
		if len(f.Says) == 0 {
			t.Errorf("%s says nothing", f.Name)
		}
	}
	for name, want := range map[string]State{"policy": Denied, "lifecycle": Missing, "public access": Missing, "CORS": Unset, "versions": Set, "region": Set} {
		if facts[name].State != want {
			t.Errorf("%s: %+v", name, facts[name])
		}
	}
	if f := facts["policy"]; f.Why == nil || !strings.Contains(f.Why.Statement, "s3:GetBucketPolicy") || f.Why.Evidence.Status != 403 {
		t.Errorf("%+v", f.Why)
	}
}

// A bucket is counted by folder, age and class, with old versions apart; the count
// can be stopped, and is kept with its time.
func TestTally(t *testing.T) {
	b := bucket(t, "tally")
	put := func(key, text string) {
		if _, err := b.Upload(t.Context(), key, strings.NewReader(text), s3ops.UploadOptions{Overwrite: true}); err != nil {
			t.Fatal(err)
		}
	}
	put("search_uploads/a.txt", "four")
	put("search_uploads/b.txt", "old")
	put("search_uploads/b.txt", "newer")
	put("archive/c.txt", "1234567890")
	put("generated/gone.txt", "x")
	if _, err := b.Delete(t.Context(), "generated/gone.txt", ""); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	var last Count
	for c, err := range Tally(t.Context(), b, embedded.Folders, now) {
		if err != nil {
			t.Fatal(err)
		}
		last = c
	}
	if !last.Whole || last.Total != (Sum{3, 19}) || last.Behind != (Sum{2, 4}) || last.Markers != 1 || last.Folders["search_uploads/"] != (Sum{2, 9}) || last.Folders["archive/"] != (Sum{1, 10}) {
		t.Errorf("%+v", last)
	}
	if last.Ages[0] != (Sum{3, 19}) || last.Largest[0].Key != "archive/c.txt" || last.Classes["STANDARD"] != 23 {
		t.Errorf("%+v", last)
	}
	dir := filepath.Join(t.TempDir(), "state")
	if err := Keep(dir, last); err != nil {
		t.Fatal(err)
	}
	if kept, ok := Kept(dir); !ok || kept.Total != last.Total || !kept.At.Equal(now) || kept.Largest[0].Key != last.Largest[0].Key {
		t.Errorf("%+v", kept)
	}
	for range Tally(t.Context(), b, embedded.Folders, now) {
		break // who stops listening stops the count
	}
	if _, ok := Kept(t.TempDir()); ok {
		t.Error("a count that was never made is kept")
	}
}

// Costs are estimated where prices are known, from the configuration first, and
// said not to be known elsewhere.
func TestCosts(t *testing.T) {
	c := &config.Config{Region: "eu-central-1"}
	count := Count{Classes: map[string]int64{"STANDARD": 100 << 30, "GLACIER": 10 << 30, "ODD": 1}}
	p, why := PricesOf(c, "eu-central-1")
	if dollars, unpriced := p.Storage(count); why != "" || Dollars(dollars) != "$2.49" || !slices.Equal(unpriced, []string{"ODD"}) {
		t.Errorf("%v, %q, %s", dollars, unpriced, why)
	}
	c.Prices = map[string]map[string]float64{"eu-central-1": {"STANDARD": 1}}
	p, _ = PricesOf(c, "eu-central-1")
	if dollars, _ := p.Storage(count); Dollars(dollars) != "$100" || !strings.Contains(p.Source, "configuration") {
		t.Errorf("%v, %s", dollars, p.Source)
	}
	if _, why := PricesOf(&config.Config{Endpoint: "https://store.example"}, "x"); !strings.Contains(why, "[prices.x]") {
		t.Error(why)
	}
	d := DeedsOf([]queue.Job{{Verb: pipeline.Upload, Done: 3}, {Verb: pipeline.Process, Done: 2}, {Verb: pipeline.Delete, Done: 9}, {Verb: pipeline.Upload}})
	if d != (Deeds{Jobs: 3, Writes: 7, Reads: 4}) {
		t.Errorf("%+v", d)
	}
}

// What is wrong in a document is told with its place, and cannot be written; what
// may be meant so can.
func TestDocumentsAreChecked(t *testing.T) {
	b := bucket(t, "checked")
	statement := func(action, resource string) string {
		return "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": \"*\",\n    \"Action\": \"" + action + "\",\n    \"Resource\": \"" + resource + "\"}]\n}"
	}
	for name, x := range map[string]struct {
		kind, text, want string
		doubt            bool
	}{
		"empty":                {Policy, "  \n", "the document is empty", false},
		"emptied":              {Lifecycle, "{ }", "the document is empty", false},
		"no JSON":              {Policy, "{\n \"Version\": 1,\n}", "line 3, column 1: invalid character '}'", false},
		"a strange name":       {CORS, "{\"CORSRules\": [\n{\"AllowedOrigin\": [\"*\"]}]}", `line 2, column 2: the name "AllowedOrigin" means nothing here`, false},
		"a slip":               {Policy, statement("s3:GetObjects", "arn:aws:s3:::checked/*"), `line 4, column 15: there is no action "s3:GetObjects": did you mean s3:GetObject?`, false},
		"another service":      {Policy, statement("ec2:RunInstances", "arn:aws:s3:::checked/*"), "none of S3", false},
		"an action not known":  {Policy, statement("s3:FoldNapkinsIntoSwansForever", "arn:aws:s3:::checked/*"), "is not known here", true},
		"another bucket":       {Policy, statement("s3:GetObject", "arn:aws:s3:::other/*"), "line 5, column 17: the resource \"arn:aws:s3:::other/*\" is outside this bucket", false},
		"another partition":    {Policy, statement("s3:GetObject", "arn:aws-cn:s3:::checked/*"), "may name only arn:aws:s3:::checked and", false},
		"objects of none":      {Policy, statement("s3:GetObject", "arn:aws:s3:::checked"), "its Resource names none: end it with /*", false},
		"the bucket of none":   {Policy, statement("s3:ListBucket", "arn:aws:s3:::checked/*"), "names only objects: add arn:aws:s3:::checked", false},
		"a method":             {CORS, `{"CORSRules":[{"AllowedOrigins":["*"],"AllowedMethods":["FETCH"]}]}`, `"FETCH" is not one of GET`, false},
		"an origin with path":  {CORS, `{"CORSRules":[{"AllowedOrigins":["https://a.example/x"],"AllowedMethods":["GET"]}]}`, "it never fits", true},
		"a well-formed policy": {Policy, statement("s3:GetObject", "arn:aws:s3:::checked/generated/*"), "", false},
		"a pattern":            {Policy, statement("s3:Get*", "arn:aws:s3:::checked/generated/*"), "", false},
	} {
		t.Run(name, func(t *testing.T) {
			d := Document{Kind: x.kind, check: func(text []byte) []Problem {
				if _, err := s3ops.ParseLifecycle(text); err != nil {
					return located(text, err)
				}
				return nil
			}}
			if x.kind != Lifecycle { // the embedded store has none
				var err error
				if d, err = Open(t.Context(), b, x.kind); err != nil {
					t.Fatal(err)
				}
			}
			problems := d.Check(x.text)
			got := ""
			for _, p := range problems {
				got += p.String() + "\n"
			}
			if !strings.Contains(got, x.want) || x.want == "" && got != "" || Wrong(problems) == (x.doubt || x.want == "") {
				t.Errorf("%q, wrong: %v", got, Wrong(problems))
			}
			if Wrong(problems) && d.apply != nil && d.Apply(t.Context(), x.text) == nil {
				t.Error("it was written all the same")
			}
		})
	}
}

// An edited document is written and read back; one that somebody changed meanwhile
// is not written.
func TestDocumentsAreWritten(t *testing.T) {
	stores := map[string]*s3ops.Bucket{"embedded": bucket(t, "written")}
	if m, err := mototest.Start(t.Context()); err == nil {
		t.Cleanup(m.Stop)
		b, err := s3ops.Open(t.Context(), m.Config("written"))
		if err == nil {
			err = b.Create(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
		stores["moto"] = b
	} else if !errors.Is(err, mototest.ErrMissing) {
		t.Fatal(err)
	}
	for name, b := range stores {
		for _, kind := range Documents() {
			if name == "embedded" && kind == Lifecycle {
				continue
			}
			t.Run(name+" "+kind, func(t *testing.T) {
				first, err := Open(t.Context(), b, kind)
				if err != nil {
					t.Fatal(err)
				}
				if !first.None || len(first.Changes(first.Text)) == 0 || Wrong(first.Check(first.Text)) {
					t.Errorf("%+v", first)
				}
				late, _ := Open(t.Context(), b, kind)
				if err := first.Apply(t.Context(), first.Text); err != nil {
					t.Fatal(err)
				}
				now, err := Open(t.Context(), b, kind)
				// (a store may name the smallest size that its lifecycle rules are for)
				if err != nil || now.None || kind != Lifecycle && len(now.Changes(first.Text)) > 0 {
					t.Errorf("%+v, %v", now.Changes(first.Text), err)
				}
				other := map[string]string{Policy: "OnlyByTLS", CORS: "https://example.com", Lifecycle: "end-unfinished-uploads"}[kind]
				changed := strings.Replace(first.Text, other, "https://other.example", 1)
				if kind == Policy {
					changed = strings.Replace(first.Text, other, "Other", 1)
				}
				if err := late.Apply(t.Context(), changed); !errors.Is(err, s3ops.ErrChanged) {
					t.Errorf("a change between was written over: %v", err)
				}
				if err := now.Apply(t.Context(), changed); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// A difference shows what goes, what comes and what stands near.
func TestDiff(t *testing.T) {
	var got strings.Builder
	for _, l := range Diff("a\nb\nc\nd\ne\nf\ng\nh\n", "a\nb\nc\nd\nX\nf\ng\nh\ni\n") {
		fmt.Fprintf(&got, "%c%s ", l.Sign, l.Text)
	}
	if got.String() != " b  c  d -e +X  f  g  h +i " {
		t.Errorf("%q", got.String())
	}
}
