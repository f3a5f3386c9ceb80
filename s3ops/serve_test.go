package s3ops_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"weft/config"
	"weft/s3ops/local"
)

// serveVariable makes this test program a server that benchmarks run against, in
// a process of its own so that what the client costs is seen alone: "discard", or
// the folder of an embedded store.
const serveVariable = "WEFT_TEST_SERVE"

// serve is such a server. It prints where it is and ends with its standard input.
func serve(what string) int {
	end := local.Endpoint{Region: "us-east-1", Bucket: "cloth", Credentials: config.Credentials{AccessKeyID: "AKID", SecretAccessKey: "secret"}}
	if what == "discard" {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		go func() { _ = http.Serve(l, http.HandlerFunc(discard)) }()
		end.URL = "http://" + l.Addr().String()
	} else {
		s, err := local.Start(context.Background(), what, "", false, nil)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer s.Close()
		end = s.Endpoint()
	}
	_ = json.NewEncoder(os.Stdout).Encode(map[string]string{"url": end.URL, "region": end.Region, "bucket": end.Bucket,
		"id": end.Credentials.AccessKeyID, "secret": string(end.Credentials.SecretAccessKey)})
	_, _ = io.Copy(io.Discard, os.Stdin)
	return 0
}

// discard takes every upload and every deletion, as fast as it can.
func discard(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("ETag", `"00000000000000000000000000000000"`)
		return
	}
	body, _ := io.ReadAll(r.Body)
	quiet := bytes.Contains(body, []byte("<Quiet>true"))
	var answer bytes.Buffer
	answer.WriteString("<DeleteResult>")
	for part := range bytes.SplitSeq(body, []byte("<Key>")) {
		if key, _, ok := bytes.Cut(part, []byte("</Key>")); ok && !quiet {
			answer.WriteString("<Deleted><Key>")
			answer.Write(key)
			answer.WriteString("</Key><DeleteMarker>true</DeleteMarker><DeleteMarkerVersionId>3HL4kqtJlcpXroDTDmjVBH40Nrjfkd</DeleteMarkerVersionId></Deleted>")
		}
	}
	answer.WriteString("</DeleteResult>")
	_, _ = w.Write(answer.Bytes())
}

// served starts such a server and gives the configuration of its bucket.
func served(b *testing.B, what string) *config.Config {
	b.Helper()
	if what == "embedded" {
		what = filepath.Join(b.TempDir(), "store")
	}
	bin, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	c := exec.Command(bin)
	c.Env = append(os.Environ(), serveVariable+"="+what)
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := c.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = in.Close()
		_ = c.Wait()
	})
	var at map[string]string
	if err := json.NewDecoder(skipTo(out, '{')).Decode(&at); err != nil {
		b.Fatal(err)
	}
	return &config.Config{Bucket: at["bucket"], Region: at["region"], Endpoint: at["url"], PathStyle: "auto", Checksums: "auto",
		Credentials: config.Credentials{AccessKeyID: at["id"], SecretAccessKey: config.Secret(at["secret"])}}
}

// skipTo drops what the embedded server prints before.
func skipTo(r io.Reader, c byte) io.Reader {
	one := make([]byte, 1)
	for {
		if _, err := r.Read(one); err != nil || one[0] == c {
			return io.MultiReader(strings.NewReader(string(one)), r)
		}
	}
}
