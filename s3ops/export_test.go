package s3ops

import (
	"bytes"
	"context"
	"hash/crc64"
	"io"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// What the tests, which stand outside because the embedded server imports this
// package, need from inside.
var (
	OpenWith     = open
	NewTransport = newTransport
	ContentType  = contentType
	JoinCRC      = nvme.join
	NvmeTable    = crc64.MakeTable(nvme.poly)
	Hopeless     = hopeless
)

// SetSizes makes parts small, in bytes.
func SetSizes(b *Bucket, part, copyOne, copyPart int64) {
	b.sizes = sizes{part: part, get: b.sizes.get, copyOne: copyOne, copyPart: copyPart}
}

// ParseListing reads one answer of a listing.
func ParseListing(doc []byte) (Page, string, error) {
	var l listing
	err := l.parse(doc, new(scratch))
	return Page{l.folders, l.objects}, l.token, err
}

// SetStrict says whether the store keeps files.
func SetStrict(b *Bucket, on bool) { b.strict = on }

// OpenUploads lists the keys of unfinished uploads in parts.
func OpenUploads(ctx context.Context, b *Bucket, prefix string) ([]string, error) {
	out, err := b.s3.ListMultipartUploads(ctx, &s3.ListMultipartUploadsInput{Bucket: &b.name, Prefix: &prefix})
	if err != nil {
		return nil, err
	}
	var keys []string
	for _, u := range out.Uploads {
		keys = append(keys, *u.Key)
	}
	return keys, nil
}

// BeginUpload opens an upload in parts of these lengths, sends them and leaves it.
func BeginUpload(ctx context.Context, b *Bucket, key string, parts ...int64) (string, error) {
	id, err := b.begin(ctx, attempt{op: "begin", key: key}, &s3.CreateMultipartUploadInput{Bucket: &b.name, Key: &key})
	for i, size := range parts {
		if err == nil {
			_, err = b.s3.UploadPart(ctx, &s3.UploadPartInput{Bucket: &b.name, Key: &key, UploadId: &id,
				PartNumber: aws.Int32(int32(i + 1)), Body: bytes.NewReader(make([]byte, size))})
		}
	}
	return id, err
}

// SendPart puts one part into an open upload.
func SendPart(ctx context.Context, b *Bucket, key, id string, number int32, body []byte) error {
	_, err := b.s3.UploadPart(ctx, &s3.UploadPartInput{Bucket: &b.name, Key: &key, UploadId: &id, PartNumber: &number, Body: bytes.NewReader(body),
		ChecksumAlgorithm: types.ChecksumAlgorithmCrc64nvme})
	return err
}

// UploadParts uploads in parts from a source that can fail.
func UploadParts(ctx context.Context, b *Bucket, key string, r io.ReaderAt, size int64) error {
	u, err := b.newUpload(ctx, key, UploadOptions{})
	if err == nil {
		_, err = u.inParts(ctx, &fileParts{f: r, size: size, part: b.sizes.part}, nil)
	}
	return err
}

// Watch is the transport that gives up what does not move.
func Watch(under http.RoundTripper, idle, wait time.Duration) http.RoundTripper {
	return &watchdog{under: under, idle: idle, wait: wait}
}

// ExpireAt makes the credentials temporary.
func ExpireAt(b *Bucket, at time.Time) {
	old := b.s3.Options()
	old.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: "s", SessionToken: "t", CanExpire: true, Expires: at}, nil
	})
	b.s3 = s3.New(old)
}

// PutTags tags an object.
func PutTags(ctx context.Context, b *Bucket, key string, tags map[string]string) error {
	in := &s3.PutObjectTaggingInput{Bucket: &b.name, Key: &key, Tagging: &types.Tagging{}}
	for k, v := range tags {
		in.Tagging.TagSet = append(in.Tagging.TagSet, types.Tag{Key: &k, Value: &v})
	}
	_, err := b.s3.PutObjectTagging(ctx, in)
	return err
}

// PresignBoth signs a link for one moment, as weft does it and as the SDK does.
func PresignBoth(ctx context.Context, b *Bucket, key string, o LinkOptions, at time.Time) (ours, theirs string, err error) {
	base, err := b.linkBase(ctx)
	if err != nil {
		return "", "", err
	}
	c, err := b.s3.Options().Credentials.Retrieve(ctx)
	if err != nil {
		return "", "", err
	}
	ours = b.sign(base, c, o.request(key), o.Life, at)
	theirs, err = SDKPresign(ctx, b, key, o, at)
	return ours, theirs, err
}

// SDKPresign signs a link by the SDK's own client.
func SDKPresign(ctx context.Context, b *Bucket, key string, o LinkOptions, at time.Time) (string, error) {
	client := s3.NewPresignClient(b.s3, s3.WithPresignExpires(o.Life), func(p *s3.PresignOptions) {
		p.Presigner = atMoment{v4.NewSigner(), at}
	}, s3.WithPresignClientFromClientOptions(func(s *s3.Options) {
		s.Region = b.Region()
		s.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		s.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
	}))
	if o.Put {
		r, err := client.PresignPutObject(ctx, &s3.PutObjectInput{Bucket: &b.name, Key: &key, ContentType: given(o.ContentType)})
		if err != nil {
			return "", err
		}
		return r.URL, nil
	}
	in := &s3.GetObjectInput{Bucket: &b.name, Key: &key, VersionId: given(o.VersionID)}
	if o.Filename != "" {
		in.ResponseContentDisposition = aws.String(disposition(key, o))
	}
	r, err := client.PresignGetObject(ctx, in)
	if err != nil {
		return "", err
	}
	return r.URL, nil
}

// atMoment signs for a moment of the test's.
type atMoment struct {
	*v4.Signer
	at time.Time
}

func (s atMoment) PresignHTTP(ctx context.Context, c aws.Credentials, r *http.Request, hash, service, region string, _ time.Time, o ...func(*v4.SignerOptions)) (string, http.Header, error) {
	return s.Signer.PresignHTTP(ctx, c, r, hash, service, region, s.at, func(s *v4.SignerOptions) { s.DisableURIPathEscaping = true })
}

// The divisions of a listing.
const (
	Undivided = undivided
	AtNames   = atNames
	Anywhere  = anywhere
)

// SetDivision says where listings may be divided.
func SetDivision(b *Bucket, d division) { b.divide = d }

// PutWithHeaders writes a small object with every header that a copy must keep.
func PutWithHeaders(ctx context.Context, b *Bucket, key string, body []byte, expires time.Time) error {
	_, err := b.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: &b.name, Key: &key, Body: bytes.NewReader(body), ContentType: aws.String("image/png"),
		CacheControl: aws.String("max-age=7"), ContentDisposition: aws.String(`attachment; filename="x y.png"`), ContentEncoding: aws.String("identity"),
		ContentLanguage: aws.String("gd"), Expires: &expires, WebsiteRedirectLocation: aws.String("/elsewhere"), Metadata: map[string]string{"weaver": "Ada"},
		Tagging: aws.String("weave=twill")})
	return err
}

// Head is all that the store tells of an object.
func Head(ctx context.Context, b *Bucket, key string) (*s3.HeadObjectOutput, error) {
	return b.s3.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &b.name, Key: &key})
}

// CompleteUpload closes an upload in parts.
func CompleteUpload(ctx context.Context, b *Bucket, key, id string) error {
	have, err := b.s3.ListParts(ctx, &s3.ListPartsInput{Bucket: &b.name, Key: &key, UploadId: &id})
	if err != nil {
		return err
	}
	var parts []types.CompletedPart
	for _, p := range have.Parts {
		parts = append(parts, types.CompletedPart{PartNumber: p.PartNumber, ETag: p.ETag})
	}
	_, err = b.s3.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{Bucket: &b.name, Key: &key, UploadId: &id,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: parts}})
	return err
}

// RequestActions are the actions that errors name for the SDK's requests.
func RequestActions() []string { return slices.Sorted(maps.Values(actions)) }
