package s3ops

import (
	"context"
	"encoding/base64"
	"mime"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// maxMetadata is how much user metadata an object of S3 can have, in bytes.
const maxMetadata = 2048

// looking is what a Stat is called in errors.
const looking = "stat"

// Stat heads an object; versionID may be empty.
func (b *Bucket) Stat(ctx context.Context, key, versionID string) (Info, error) {
	return b.stat(ctx, attempt{op: looking, key: key}, key, versionID)
}

func (b *Bucket) stat(ctx context.Context, a attempt, key, versionID string) (Info, error) {
	if err := b.readKey(a, key); err != nil {
		return Info{}, err
	}
	if versionID != "" {
		a.iam = "s3:GetObjectVersion"
	}
	in := &s3.HeadObjectInput{Bucket: &b.name, Key: &key, VersionId: given(versionID)}
	if b.sums {
		in.ChecksumMode = types.ChecksumModeEnabled
	}
	out, err := call(ctx, b, a, b.s3.HeadObject, in)
	if err != nil {
		return Info{}, noVersion(err, versionID)
	}
	return infoOfHead(key, out), nil
}

func infoOfHead(key string, out *s3.HeadObjectOutput) Info {
	return Info{
		Object: Object{
			Key: key, Size: aws.ToInt64(out.ContentLength), ETag: unquote(out.ETag), Modified: aws.ToTime(out.LastModified),
			StorageClass: string(out.StorageClass), VersionID: aws.ToString(out.VersionId),
		},
		ContentType:        aws.ToString(out.ContentType),
		CacheControl:       aws.ToString(out.CacheControl),
		ContentDisposition: aws.ToString(out.ContentDisposition),
		Metadata:           decodeMetadata(out.Metadata),
		Checksum:           checksumOf(out.ChecksumType, sumsOf(out)),
		encoding:           aws.ToString(out.ContentEncoding),
		language:           aws.ToString(out.ContentLanguage),
		expires:            expiryOf(out.ExpiresString),
		kms:                out.SSEKMSKeyId != nil || out.SSECustomerAlgorithm != nil,
		redirect:           aws.ToString(out.WebsiteRedirectLocation),
		seal:               sealOf(out),
	}
}

func sealOf(out *s3.HeadObjectOutput) seal {
	if !strings.HasPrefix(string(out.ServerSideEncryption), "aws:kms") {
		return seal{}
	}
	return seal{out.ServerSideEncryption, out.SSEKMSKeyId, out.BucketKeyEnabled}
}

// noVersion explains a refusal of a version's id that the store could not have
// made: the answer to a HEAD does not say what was wrong.
func noVersion(err error, versionID string) error {
	e, ok := err.(*Error)
	if ok && versionID != "" && status(err) == http.StatusBadRequest {
		e.Kind, e.Why, e.Remedy = ErrNotFound, "there is no such version", "list the versions there are"
	}
	return err
}

// Tags reads an object's tags.
func (b *Bucket) Tags(ctx context.Context, key, versionID string) (map[string]string, error) {
	a := attempt{op: "read tags of", key: key}
	if err := b.readKey(a, key); err != nil {
		return nil, err
	}
	out, err := call(ctx, b, a, b.s3.GetObjectTagging, &s3.GetObjectTaggingInput{Bucket: &b.name, Key: &key, VersionId: given(versionID)})
	if code(err) == "NotImplemented" || code(err) == "NoSuchTagSet" {
		return map[string]string{}, nil
	}
	if err != nil {
		return nil, err
	}
	tags := make(map[string]string, len(out.TagSet))
	for _, t := range out.TagSet {
		tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return tags, nil
}

func expiryOf(s *string) *time.Time {
	if s == nil {
		return nil
	}
	t, err := http.ParseTime(*s)
	if err != nil {
		return nil
	}
	return &t
}

// decodeMetadata undoes the encoding of RFC 2047, in which S3 returns what does
// not fit into a header.
func decodeMetadata(m map[string]string) map[string]string {
	plain := make(map[string]string, len(m))
	var words mime.WordDecoder
	for k, v := range m {
		if d, err := words.DecodeHeader(v); err == nil {
			v = d
		}
		plain[strings.ToLower(k)] = v
	}
	return plain
}

// encodeMetadata makes metadata fit for headers. why is set if it cannot be.
func encodeMetadata(m map[string]string) (headers map[string]string, why string) {
	if len(m) == 0 {
		return nil, ""
	}
	headers = make(map[string]string, len(m))
	size := 0
	for k, v := range m {
		if k == "" || strings.ContainsFunc(k, func(r rune) bool {
			return r > unicode.MaxASCII || !unicode.IsLower(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_.", r)
		}) {
			return nil, "the metadata name " + printable(k) + " is not of a-z, 0-9, -, _ and ."
		}
		// Leading and trailing spaces, and what looks encoded, would not come back as they are.
		if strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r > '~' }) || strings.TrimSpace(v) != v || strings.Contains(v, "=?") {
			v = "=?utf-8?b?" + base64.StdEncoding.EncodeToString([]byte(v)) + "?="
		}
		headers[k] = v
		size += len(k) + len(v)
	}
	if size > maxMetadata {
		return nil, "the metadata is larger than 2 KB"
	}
	return headers, ""
}

// restoring tells an archived object that is being brought back from one that is
// not: the refusal to read it does not.
func (b *Bucket) restoring(ctx context.Context, a attempt, err error, versionID string) error {
	e, ok := err.(*Error)
	if !ok || e.Code != "InvalidObjectState" {
		return err
	}
	out, herr := call(ctx, b, a, b.s3.HeadObject, &s3.HeadObjectInput{Bucket: &b.name, Key: &a.key, VersionId: given(versionID)})
	if herr == nil && strings.Contains(aws.ToString(out.Restore), `ongoing-request="true"`) {
		e.Why, e.Remedy = beingRestored.Why, beingRestored.Remedy
	}
	return e
}
