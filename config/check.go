package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	// Naming rules of general purpose buckets, Amazon S3 User Guide, "Bucket naming rules".
	bucketShape = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	awsRegion   = regexp.MustCompile(`^[a-z]{2,5}(-[a-z]+)+-[0-9]{1,2}$`)
	anyRegion   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$`)
)

// CheckBucket says whether a name follows the naming rules of S3 buckets.
func CheckBucket(name string) error {
	bad := func(why string) error { return fmt.Errorf("%q is not a bucket name: %s", name, why) }
	switch {
	case strings.HasPrefix(name, "s3://"), strings.Contains(name, "/"):
		return bad("give the name alone, without s3:// and without a path")
	case len(name) < 3 || len(name) > 63:
		return bad("it must have 3 to 63 characters")
	case !bucketShape.MatchString(name):
		return bad("only a-z, 0-9, dots and hyphens, beginning and ending with a letter or digit")
	case strings.Contains(name, ".."):
		return bad("two dots in a row are not allowed")
	case strings.HasPrefix(name, "xn--"), strings.HasPrefix(name, "sthree-"):
		return bad("the prefixes xn-- and sthree- are reserved")
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return bad("it must not look like an IP address")
	}
	return nil
}

func setBucket(c *Config, v string) error {
	c.Bucket = v
	return CheckBucket(v)
}

// checkRegion wants the shape of AWS's own names only where AWS answers: other
// stores have regions such as "auto" or "garage".
func checkRegion(c *Config) error {
	switch {
	case c.Region == "":
		return nil
	case c.Endpoint == "" && !awsRegion.MatchString(c.Region):
		return fmt.Errorf("%q is not an AWS region: write for instance eu-central-1", c.Region)
	case !anyRegion.MatchString(c.Region):
		return fmt.Errorf("%q is not a region: only letters, digits, - and _", c.Region)
	}
	return nil
}

// setEndpoint never repeats the value where it may hold a password.
func setEndpoint(c *Config, v string) error {
	const want = "write for instance https://s3.example.com or http://127.0.0.1:9000"
	u, err := url.Parse(v)
	switch {
	case err != nil:
		return errors.New("not a URL; " + want)
	case u.User != nil:
		return errors.New("a user name or password does not belong in the endpoint: give keys by AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
	case u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "", u.Opaque != "":
		return fmt.Errorf("%q is not an http or https URL; %s", v, want)
	case strings.Trim(u.Path, "/") != "":
		return fmt.Errorf("%q has a path: the bucket does not belong in the endpoint; %s", v, want)
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return errors.New("a query or fragment does not belong in the endpoint; " + want)
	}
	c.Endpoint = u.Scheme + "://" + u.Host
	return nil
}

// plainHTTP tells of an endpoint whose traffic others can read.
func plainHTTP(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "http" {
		return false
	}
	host := u.Hostname()
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return false
	}
	ip := net.ParseIP(host)
	return ip == nil || !ip.IsLoopback()
}

// setQueue never repeats the value: it may hold a password.
func setQueue(c *Config, v string) error {
	u, err := url.Parse(v)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" || u.Host == "" && u.RawQuery == "" {
		return errors.New("not a PostgreSQL URL: write postgres://user@host/database, or leave it out for SQLite")
	}
	c.Queue = v
	return nil
}

func showQueue(c *Config) string {
	u, err := url.Parse(c.Queue)
	if c.Queue == "" || err != nil {
		return ""
	}
	// A password may also stand in the query.
	u.RawQuery = ""
	return u.Redacted()
}

// checkPrefix says whether a folder's prefix is clean: a/b/, without empty,
// "." or ".." parts.
func checkPrefix(p string) error {
	bad := func(why string) error { return fmt.Errorf("%q is not a folder: %s", p, why) }
	switch {
	case !strings.HasSuffix(p, "/"):
		return bad(fmt.Sprintf("it must end in a slash: %q", strings.TrimPrefix(p, "/")+"/"))
	case strings.HasPrefix(p, "/"):
		return bad("it must not begin with a slash")
	case len(p) > 512:
		return bad("it is longer than 512 bytes")
	case !utf8.ValidString(p) || strings.ContainsFunc(p, unicode.IsControl):
		return bad("it holds control characters or is not UTF-8")
	}
	for part := range strings.SplitSeq(strings.TrimSuffix(p, "/"), "/") {
		if part == "" || part == "." || part == ".." {
			return bad("empty parts, . and .. are not allowed")
		}
	}
	return nil
}
