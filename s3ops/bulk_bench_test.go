package s3ops_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"net/http"

	"weft/config"
	"weft/s3ops"
)

// bareSDK is the SDK's own client with its defaults, checksums among them; but for
// the idle connections it may keep, which are ours, so that the code is compared.
func bareSDK(c *config.Config) *s3.Client {
	k := c.Credentials
	return s3.New(s3.Options{Region: c.Region, BaseEndpoint: &c.Endpoint, UsePathStyle: true,
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported, ResponseChecksumValidation: aws.ResponseChecksumValidationWhenSupported,
		HTTPClient: awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) { t.MaxIdleConnsPerHost = 128 }),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: k.AccessKeyID, SecretAccessKey: string(k.SecretAccessKey)}, nil
		})})
}

// atOnce does n things, some of them at once.
func atOnce(n, some int, do func(i int)) {
	var next atomic.Int64
	var running sync.WaitGroup
	for range some {
		running.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				do(int(i))
			}
		})
	}
	running.Wait()
}

// BenchmarkUpload2000 uploads 2,000 files of 20 KB, 32 at a time, as weft does and
// in a bare loop of the SDK, in turns. The aim is its throughput at least.
func BenchmarkUpload2000(b *testing.B) {
	const files, some = 2000, 32
	dir := b.TempDir()
	name := func(i int) string { return filepath.Join(dir, fmt.Sprintf("%04d.jpg", i)) }
	for i := range files {
		if err := os.WriteFile(name(i), append([]byte("\xff\xd8\xff\xe0\x00\x10JFIF"), noise(uint64(i), 20_000)...), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	for _, store := range []string{"discard", "embedded"} {
		b.Run(store, func(b *testing.B) {
			c := served(b, store)
			bucket, client := opened(b, c, nil), bareSDK(c)
			ctx, round := b.Context(), 0
			var ours, theirs figures
			for b.Loop() {
				for range rounds {
					round++
					inTurns(10, &ours, &theirs, func(our bool, piece int) {
						atOnce(files/10, some, func(i int) {
							var err error
							if i += piece * files / 10; our {
								_, err = bucket.UploadFile(ctx, name(i), fmt.Sprintf("ours-%d/%04d.jpg", round, i), s3ops.UploadOptions{})
							} else {
								err = putBare(ctx, client, c.Bucket, name(i), fmt.Sprintf("theirs-%d/%04d.jpg", round, i))
							}
							if err != nil {
								b.Error(err)
							}
						})
					})
				}
			}
			ratio(b, ours, theirs, "SDK")
		})
	}
}

// putBare uploads a file as an example of the SDK does.
func putBare(ctx context.Context, client *s3.Client, bucket, path, key string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = client.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: f})
	return err
}

// BenchmarkDelete10000 deletes 10,000 objects, as weft does and by the SDK's
// DeleteObjects, a thousand at a time, four at once, in turns. The aim is 1.1
// times its time at most. Of the embedded store, which takes a while to be filled,
// they are 2,000.
func BenchmarkDelete10000(b *testing.B) {
	for store, objects := range map[string]int{"discard": 10_000, "embedded": 2000} {
		b.Run(store, func(b *testing.B) {
			c := served(b, store)
			bucket, client := opened(b, c, nil), bareSDK(c)
			ctx, round := b.Context(), 0
			var ours, theirs figures
			key := func(our bool, i int) string {
				return fmt.Sprintf("%d/%t/herringbone-charcoal-%05d.jpg", round, our, i)
			}
			for b.Loop() {
				for range rounds {
					if round++; store == "embedded" {
						atOnce(2*objects, 32, func(i int) {
							k := key(i%2 == 0, i/2)
							if _, err := client.PutObject(ctx, &s3.PutObjectInput{Bucket: &c.Bucket, Key: &k}); err != nil {
								b.Error(err)
							}
						})
					}
					inTurns(1, &ours, &theirs, func(our bool, _ int) {
						if !our {
							deleteBare(b, client, c.Bucket, objects, func(i int) string { return key(false, i) })
							return
						}
						n := 0
						for d := range bucket.DeleteMany(ctx, func(yield func(s3ops.Target) bool) {
							for i := 0; i < objects && yield(s3ops.Target{Key: key(true, i)}); i++ {
							}
						}) {
							if n++; d.Err != nil {
								b.Error(d.Err)
							}
						}
						if n != objects {
							b.Errorf("%d deletions", n)
						}
					})
				}
			}
			ratio(b, ours, theirs, "SDK")
		})
	}
}

// deleteBare deletes objects by DeleteObjects, four at once.
func deleteBare(b *testing.B, client *s3.Client, bucket string, objects int, key func(i int) string) {
	atOnce(objects/1000, 4, func(batch int) {
		in := &s3.DeleteObjectsInput{Bucket: &bucket, Delete: &types.Delete{}}
		for i := range 1000 {
			in.Delete.Objects = append(in.Delete.Objects, types.ObjectIdentifier{Key: aws.String(key(batch*1000 + i))})
		}
		if out, err := client.DeleteObjects(b.Context(), in); err != nil || len(out.Errors) > 0 {
			b.Error(err)
		}
	})
}
