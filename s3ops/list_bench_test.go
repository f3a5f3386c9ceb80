package s3ops_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"weft/config"
	"weft/s3ops"
)

// BenchmarkReadListing reads one page of a thousand objects as AWS writes it.
func BenchmarkReadListing(b *testing.B) {
	doc := renderPage(7000, 100_000)
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		if p, _, err := s3ops.ParseListing(doc); err != nil || len(p.Objects) != 1000 {
			b.Fatal(err)
		}
	}
}

// Recursive lists of a server that costs next to nothing, in a process of its
// own: ours, in order, and that of the AWS SDK's own paginator, in turns.
func BenchmarkList100000(b *testing.B)  { againstPaginator(b, 100_000) }
func BenchmarkList1000000(b *testing.B) { againstPaginator(b, 1_000_000) }

func againstPaginator(b *testing.B, n int) {
	_, bucket, client := shopping(b, n)
	var ours, theirs figures
	for range rounds {
		inTurns(1, &ours, &theirs, func(we bool, _ int) {
			if we {
				listAll(b, bucket, n)
			} else {
				paginate(b, client, bucket.Name(), n)
			}
		})
	}
	ratio(b, ours, theirs, "paginator")
}

// BenchmarkListAgainstCLI compares with aws s3 ls --recursive, where that is installed.
func BenchmarkListAgainstCLI(b *testing.B) {
	const n = 100_000
	cli, err := exec.LookPath("aws")
	if err != nil {
		b.Skip("aws is not on PATH")
	}
	c, bucket, _ := shopping(b, n)
	var ours, theirs figures
	for range rounds {
		ours.begin()
		ours.take(func() { listAll(b, bucket, n) })
		cmd := exec.CommandContext(b.Context(), cli, "s3", "ls", "--recursive", "--endpoint-url", c.Endpoint, "s3://"+bucket.Name()+"/")
		cmd.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID=AKID", "AWS_SECRET_ACCESS_KEY=s", "AWS_REGION=us-east-1")
		var out bytes.Buffer
		cmd.Stdout = &out
		start := time.Now()
		if err := cmd.Run(); err != nil || bytes.Count(out.Bytes(), []byte("\n")) != n {
			b.Fatalf("aws s3 ls: %v, %d bytes", err, out.Len())
		}
		theirs.wall = append(theirs.wall, time.Since(start).Seconds())
		theirs.cpu = append(theirs.cpu, (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds())
	}
	ratio(b, ours, theirs, "aws")
}

func listAll(b *testing.B, bucket *s3ops.Bucket, n int) {
	got, want := 0, []byte(benchKey(0))
	for o, err := range bucket.Objects(b.Context(), "", s3ops.ListOptions{}) {
		number(want[len(benchPrefix):], got)
		if err != nil || o.Key != string(want) {
			b.Fatalf("object %d: %+v, %v", got, o, err)
		}
		got++
	}
	if got != n {
		b.Fatalf("%d keys", got)
	}
}

func paginate(b *testing.B, client *s3.Client, bucket string, n int) {
	got := 0
	pages := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{Bucket: &bucket})
	for pages.HasMorePages() {
		p, err := pages.NextPage(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		got += len(p.Contents)
	}
	if got != n {
		b.Fatalf("%d keys by the paginator", got)
	}
}

// shopping starts a server of n keys in a process of its own and opens it.
func shopping(b *testing.B, n int) (*config.Config, *s3ops.Bucket, *s3.Client) {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), shopVariable+"="+strconv.Itoa(n))
	cmd.Stderr = os.Stderr
	stdin, _ := cmd.StdinPipe()
	stdout, _ := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { stdin.Close(); _ = cmd.Wait() })
	address, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	c := fakeConfig()
	c.Endpoint = "http://" + strings.TrimSpace(address)
	client := s3.New(s3.Options{BaseEndpoint: &c.Endpoint, Region: c.Region, UsePathStyle: true,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: "s"}, nil
		})})
	return c, opened(b, c, nil), client
}

// shopVariable holds the number of keys, for the process that is the server.
const shopVariable = "WEFT_TEST_SHOP"

// keepShop serves until its standard input ends.
func keepShop() int {
	n, _ := strconv.Atoi(os.Getenv(shopVariable))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 1
	}
	fmt.Println(l.Addr())
	pattern := renderPage(0, 2000)
	var at []int // where the numbers of the keys are in it
	for i := 0; i < len(pattern); {
		j := bytes.Index(pattern[i:], []byte(benchPrefix))
		if j < 0 {
			break
		}
		i += j + len(benchPrefix)
		at = append(at, i)
	}
	go func() {
		_ = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			q, from := r.URL.Query(), 0
			if token := q.Get("continuation-token"); token != "" {
				from, _ = strconv.Atoi(token)
			} else if after := q.Get("start-after"); after != "" {
				from = sort.Search(n, func(i int) bool { return benchKey(i) > after })
			}
			if from+1000 >= n {
				_, _ = w.Write(renderPage(from, n))
				return
			}
			w.Header().Set("Content-Length", strconv.Itoa(len(pattern)))
			page := bytes.Clone(pattern)
			for i, place := range at {
				number(page[place:], from+i)
			}
			number(page[bytes.Index(page, []byte(tokenTag))+len(tokenTag):], from+1000)
			_, _ = w.Write(page)
		}))
	}()
	_, _ = io.Copy(io.Discard, os.Stdin)
	return 0
}

const (
	benchPrefix = "bench/fabric-"
	tokenTag    = "<NextContinuationToken>"
)

// number writes nine digits.
func number(to []byte, n int) {
	for i := 8; i >= 0; i-- {
		to[i] = '0' + byte(n%10)
		n /= 10
	}
}

// benchKey is the i-th of the keys that are listed to measure, in their order.
func benchKey(i int) string { return fmt.Sprintf(benchPrefix+"%09d.jpg", i) }

// renderPage writes the page of a thousand keys from one on, as AWS does.
func renderPage(from, all int) []byte {
	var s bytes.Buffer
	s.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>cloth</Name><Prefix></Prefix><MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType>`)
	to := min(from+1000, all)
	if to < all {
		fmt.Fprintf(&s, "<IsTruncated>true</IsTruncated>"+tokenTag+"%09d</NextContinuationToken>", to)
	} else {
		s.WriteString("<IsTruncated>false</IsTruncated>")
	}
	fmt.Fprintf(&s, "<KeyCount>%d</KeyCount>", to-from)
	for i := from; i < to; i++ {
		fmt.Fprintf(&s, `<Contents><Key>%s</Key><LastModified>2026-%02d-%02dT17:%02d:30.000Z</LastModified><ETag>&quot;%032x&quot;</ETag><Size>%012d</Size><StorageClass>STANDARD</StorageClass></Contents>`,
			benchKey(i), 1+i%12, 1+i%28, i%60, uint64(i)*0x9e3779b97f4a7c15, i*7)
	}
	s.WriteString("</ListBucketResult>")
	return s.Bytes()
}
