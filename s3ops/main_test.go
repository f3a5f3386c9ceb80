package s3ops_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"weft/config"
	"weft/s3ops"
	"weft/s3ops/local"
	"weft/s3ops/local/localtest"
)

// stores are the stores every conformance test runs on: the embedded server
// always, and the one of WEFT_TEST_ENDPOINT if that is set.
type store struct {
	name   string
	config *config.Config
}

var stores []store // set by TestMain, then read only

var sources string // folder of this package; set by TestMain before the embedded server leaves it

func TestMain(m *testing.M) {
	if os.Getenv(shopVariable) != "" {
		os.Exit(keepShop())
	}
	sources, _ = os.Getwd()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	if what := os.Getenv(serveVariable); what != "" {
		return serve(what)
	}
	given := outside() // before the tests are kept from the variables that name it
	return localtest.Run(func(server *local.Server) int {
		stores = append(stores, store{"embedded", server.Endpoint().Apply(&config.Config{Local: "store"})})
		if given != nil {
			b, err := s3ops.Open(context.Background(), given)
			if err == nil {
				err = b.Create(context.Background())
			}
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				return 1
			}
			stores = append(stores, store{"outside", given})
		}
		defer func() { stopMoto() }()
		return m.Run()
	})
}

// outside is the store named by the environment, or nil.
func outside() *config.Config {
	endpoint := os.Getenv("WEFT_TEST_ENDPOINT")
	if endpoint == "" {
		return nil
	}
	c := &config.Config{Endpoint: endpoint, Bucket: os.Getenv("WEFT_TEST_BUCKET"), Region: os.Getenv("AWS_REGION"), PathStyle: "auto", Checksums: "auto",
		Credentials: config.Credentials{AccessKeyID: os.Getenv("AWS_ACCESS_KEY_ID"),
			SecretAccessKey: config.Secret(os.Getenv("AWS_SECRET_ACCESS_KEY")), SessionToken: config.Secret(os.Getenv("AWS_SESSION_TOKEN"))}}
	if c.Bucket == "" {
		c.Bucket = "weft-conformance"
	}
	if c.Region == "" {
		c.Region = "us-east-1"
	}
	return c
}

// each runs a test on every store, below a prefix of its own.
func each(t *testing.T, f func(t *testing.T, b *s3ops.Bucket, prefix string)) {
	t.Helper()
	for _, s := range stores {
		t.Run(s.name, func(t *testing.T) {
			b := opened(t, s.config, nil)
			prefix := strings.ReplaceAll(t.Name(), "/", "-") + "/"
			t.Cleanup(func() { purge(t, b, prefix) })
			f(t, b, prefix)
		})
	}
}

func opened(t testing.TB, c *config.Config, under http.RoundTripper) *s3ops.Bucket {
	t.Helper()
	b, err := s3ops.OpenWith(context.Background(), c, under)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// purge removes every version below a prefix.
func purge(t *testing.T, b *s3ops.Bucket, prefix string) {
	ctx := context.Background()
	for x, err := range b.Objects(ctx, prefix, s3ops.ListOptions{Versions: true}) {
		if err != nil {
			t.Errorf("clear away: %v", err)
			return
		}
		if _, err := b.Delete(ctx, x.Key, x.VersionID); err != nil {
			t.Errorf("clear away: %v", err)
		}
	}
}

func put(t testing.TB, b *s3ops.Bucket, key, text string) s3ops.Object {
	t.Helper()
	o, err := b.Upload(t.Context(), key, strings.NewReader(text), s3ops.UploadOptions{Overwrite: true})
	if err != nil {
		t.Fatal(err)
	}
	return o
}
