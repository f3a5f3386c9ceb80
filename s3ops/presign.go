package s3ops

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"weft/config"
)

// usualLife is how long a link lives that nobody asked to live longer or shorter.
const usualLife = time.Hour

// Link is a presigned URL. It is a secret until it expires.
type Link struct {
	Key       string    `json:"key"`
	URL       string    `json:"url"`
	Method    string    `json:"method"` // GET or PUT
	ExpiresAt time.Time `json:"expires_at"`
	Capped    bool      `json:"capped,omitempty"` // it ends before the asked life: by the 7 days of S3 or the credentials' own end
	// MayEndSooner: temporary credentials signed it, and nobody says when they end.
	MayEndSooner bool   `json:"may_end_sooner,omitempty"`
	Filename     string `json:"-"` // the name it is saved under; "": the key's last part, or what the object says
}

// Opening is what a browser does with a link to download.
type Opening string

// The openings. AsStored leaves it to the object's own headers.
const (
	AsStored   Opening = ""
	InBrowser  Opening = "inline"
	AsDownload Opening = "attachment"
)

// LinkOptions says what a link is for.
type LinkOptions struct {
	Put         bool
	Life        time.Duration // 1 s to 7 days; 0: 3600 s
	Opens       Opening       // GET; AsStored with a Filename is AsDownload
	Filename    string        // GET: the name it is saved under; empty: for AsDownload the key's last part
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
	if b.unsigned {
		return Link{}, &Error{Op: a.op, Bucket: b.name, Key: key, Kind: ErrCredentials, Why: "a link is signed with credentials, and this bucket is opened without any",
			Remedy: "what everybody may read has a plain address that needs no signature (" + printable(b.URL(key)) + "); for all else give credentials"}
	}
	c, err := b.s3.Options().Credentials.Retrieve(ctx)
	if err != nil {
		return Link{}, b.fail(a, fmt.Errorf("get credentials: %w", err))
	}
	life, capped, err := b.life(a, c, o.Life)
	if err != nil {
		return Link{}, err
	}
	base, err := b.linkBase(ctx)
	if err != nil {
		return Link{}, b.fail(a, err)
	}
	r, at := o.request(key), time.Now().UTC().Truncate(time.Second)
	if b.pays { // a browser sends no header of ours
		r.query = append(r.query, "x-amz-request-payer", "requester")
	}
	return Link{Key: key, URL: b.sign(base, c, r, life, at), Method: r.method, ExpiresAt: at.Add(life), Capped: capped,
		MayEndSooner: c.SessionToken != "" && !c.CanExpire, Filename: o.Filename}, nil
}

// request is the request that a link of these options makes.
func (o LinkOptions) request(key string) request {
	if o.Put {
		return request{method: http.MethodPut, key: key, kind: o.ContentType, query: []string{"x-id", "PutObject"}}
	}
	r := request{method: http.MethodGet, key: key, query: []string{"x-id", "GetObject"}}
	if o.VersionID != "" {
		r.query = append(r.query, "versionId", o.VersionID)
	}
	if d := disposition(key, o); d != "" {
		r.query = append(r.query, "response-content-disposition", d)
	}
	return r
}

// life is how long a link signed with these credentials can really live.
func (b *Bucket) life(a attempt, c aws.Credentials, asked time.Duration) (time.Duration, bool, error) {
	life := asked
	if life == 0 {
		life = usualLife
	}
	if life < config.MinLink {
		return 0, false, b.invalid(a, "a link must live for at least a second", "ask for 1s to 168h")
	}
	life = life.Truncate(time.Second)
	capped := life > config.MaxLink
	life = min(life, config.MaxLink)
	if left := time.Until(c.Expires).Truncate(time.Second); c.CanExpire && left < life {
		if left < config.MinLink {
			return 0, false, &Error{Op: a.op, Bucket: b.name, Key: a.key, Kind: ErrCredentials,
				Why: "the temporary credentials have expired", Remedy: "log in again (aws sso login), or set fresh credentials"}
		}
		return left, true, nil
	}
	return life, capped, nil
}

// disposition is the Content-Disposition that a link asks for; "" leaves the
// object's own.
func disposition(key string, o LinkOptions) string {
	name, opens := o.Filename, o.Opens
	switch {
	case opens == AsStored && name == "":
		return ""
	case opens == InBrowser && name == "":
		return string(InBrowser)
	case opens == AsStored:
		opens = AsDownload
	}
	if name == "" {
		name = path.Base(key)
	}
	return dispositionOf(opens, name)
}

// dispositionOf is a Content-Disposition with the name in plain ASCII, as far as
// it goes, and in full after RFC 6266.
func dispositionOf(opens Opening, name string) string {
	plain := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune(`"\/`, r) {
			return '_'
		}
		return r
	}, name)
	d := mime.FormatMediaType(string(opens), map[string]string{"filename": plain})
	if plain != name {
		d += "; filename*=UTF-8''" + strings.ReplaceAll(escapePath(name), "/", "%2F")
	}
	return d
}
