package s3ops

import (
	"context"
	"fmt"
	"mime"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// The life of a presigned link.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ShareObjectPreSignedURL.html
const (
	DefaultLife = time.Hour
	MinLife     = time.Second
	MaxLife     = 7 * 24 * time.Hour
)

// Link is a presigned URL. It is a secret until it expires.
type Link struct {
	Key       string    `json:"key"`
	URL       string    `json:"url"`
	Method    string    `json:"method"` // GET or PUT
	ExpiresAt time.Time `json:"expires_at"`
	Capped    bool      `json:"capped,omitempty"` // it ends before the asked life: by the 7 days of S3 or the credentials' own end
}

// LinkOptions says what a link is for.
type LinkOptions struct {
	Put         bool
	Life        time.Duration // 1 s to 7 days; 0: 3600 s
	Filename    string        // GET: saved under this name (attachment)
	ContentType string        // PUT: the only type the upload may have
	VersionID   string
}

// Presign signs a link; it makes no request to the store. A life longer than
// S3 or the credentials allow is capped, and the link says so.
func (b *Bucket) Presign(ctx context.Context, key string, o LinkOptions) (Link, error) {
	a := attempt{op: "sign a link to", key: key}
	check := b.readKey
	if o.Put {
		check = b.writeKey
	}
	if err := check(a, key); err != nil {
		return Link{}, err
	}
	life, capped, err := b.life(ctx, a, o.Life)
	if err != nil {
		return Link{}, err
	}
	signer := s3.NewPresignClient(b.s3, s3.WithPresignExpires(life), s3.WithPresignClientFromClientOptions(func(s *s3.Options) {
		s.Region = b.Region()
		// What a checksum would promise here is that of an empty body, and a
		// browser sends no header of the SDK's.
		s.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		s.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
	}))
	var r *v4.PresignedHTTPRequest
	if o.Put {
		r, err = signer.PresignPutObject(ctx, &s3.PutObjectInput{Bucket: &b.name, Key: &key, ContentType: given(o.ContentType)})
	} else {
		in := &s3.GetObjectInput{Bucket: &b.name, Key: &key, VersionId: given(o.VersionID)}
		if o.Filename != "" {
			in.ResponseContentDisposition = aws.String(attachment(o.Filename))
		}
		r, err = signer.PresignGetObject(ctx, in)
	}
	if err != nil {
		return Link{}, b.fail(a, err)
	}
	return Link{Key: key, URL: r.URL, Method: r.Method, ExpiresAt: expiry(r.URL, life), Capped: capped}, nil
}

// life is how long a link can really live.
func (b *Bucket) life(ctx context.Context, a attempt, asked time.Duration) (time.Duration, bool, error) {
	life := asked
	if life == 0 {
		life = DefaultLife
	}
	if life < MinLife {
		return 0, false, b.invalid(a, "a link must live for at least a second", "ask for 1s to 168h")
	}
	life = life.Truncate(time.Second)
	capped := life > MaxLife
	life = min(life, MaxLife)
	c, err := b.s3.Options().Credentials.Retrieve(ctx)
	if err != nil {
		return 0, false, b.fail(a, fmt.Errorf("get credentials: %w", err))
	}
	if left := time.Until(c.Expires).Truncate(time.Second); c.CanExpire && left < life {
		if left < MinLife {
			return 0, false, &Error{Op: a.op, Bucket: b.name, Key: a.key, Kind: ErrCredentials,
				Why: "the temporary credentials have expired", Remedy: "log in again (aws sso login), or set fresh credentials"}
		}
		return left, true, nil
	}
	return life, capped, nil
}

// expiry is the end that the signature itself states.
func expiry(link string, life time.Duration) time.Time {
	if u, err := url.Parse(link); err == nil {
		if t, err := time.Parse("20060102T150405Z", u.Query().Get("X-Amz-Date")); err == nil {
			return t.Add(life)
		}
	}
	return time.Now().Add(life).UTC().Truncate(time.Second)
}

// attachment is a Content-Disposition with the name in plain ASCII, as far as it
// goes, and in full after RFC 6266.
func attachment(name string) string {
	plain := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune(`"\/`, r) {
			return '_'
		}
		return r
	}, name)
	d := mime.FormatMediaType("attachment", map[string]string{"filename": plain})
	if plain != name {
		d += "; filename*=UTF-8''" + strings.ReplaceAll(escapePath(name), "/", "%2F")
	}
	return d
}
