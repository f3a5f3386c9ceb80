package queue

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"weft/pipeline/queue/postgrestest"
)

// onPostgres is the URL of a database on whose server every test makes its own;
// without it the tests use SQLite.
const onPostgres = "WEFT_TEST_POSTGRES"

func TestAllOfThisOnPostgreSQL(t *testing.T) {
	// Every test of this package that holds on SQLite holds on PostgreSQL too.
	if os.Getenv(onPostgres) != "" {
		t.Skip("this is it")
	}
	url := startPostgres(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"-test.run=.", "-test.timeout=10m"}
	if testing.Verbose() {
		args = append(args, "-test.v")
	}
	c := exec.Command(self, args...)
	c.Env = append(os.Environ(), onPostgres+"="+url)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	} else if testing.Verbose() {
		t.Logf("%s", out)
	}
}

// startPostgres starts a server for a test, or skips it where there is none.
func startPostgres(t testing.TB) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	server, err := postgrestest.Start(ctx)
	if errors.Is(err, postgrestest.ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	url, err := server.Database(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return url
}

// onlySQLite skips a test of what PostgreSQL does not have.
func onlySQLite(t *testing.T) {
	t.Helper()
	if os.Getenv(onPostgres) != "" {
		t.Skip("this is about SQLite's file")
	}
}

func TestAPasswordIsNeverShown(t *testing.T) {
	// What is wrong with a PostgreSQL is said with what to do, and without the password.
	for dsn, says := range map[string]string{
		"postgres://me:very-secret@127.0.0.1:1/db":     "check that it runs",
		"postgres://me:very-secret@127.0.0.1:port/db":  "no PostgreSQL URL",
		"postgres://me:very-secret@127.0.0.1:1/%zz":    "no PostgreSQL URL",
		"postgresql://me:very-secret@localhost:1/none": "check that it runs",
	} {
		q, err := Open(t.Context(), dsn, "a store", here)
		if err == nil {
			_ = q.Close()
			t.Errorf("%s was opened", dsn)
		} else if !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "very-secret") {
			t.Errorf("%v", err)
		}
	}
}
