package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/time/rate"
)

// Bounds of a presigned link's life; the upper one is S3's own (SigV4, 7 days).
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ShareObjectPreSignedURL.html
const (
	MinLink = time.Second
	MaxLink = 7 * 24 * time.Hour
)

// ParseLife reads the life of a link: "90s", "1h30m", "7d", or a plain number
// of seconds. It is between one second and seven days.
func ParseLife(s string) (time.Duration, error) {
	want := fmt.Errorf("%q is not a link's life: write for instance 90s, 1h or 7d, from 1s to 7d", s)
	text := strings.TrimSpace(s)
	var life time.Duration
	if n, err := strconv.ParseInt(text, 10, 32); err == nil {
		life = time.Duration(n) * time.Second
	} else if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.ParseInt(days, 10, 16)
		if err != nil {
			return 0, want
		}
		life = time.Duration(n) * 24 * time.Hour
	} else {
		d, err := time.ParseDuration(text)
		if err != nil {
			return 0, want
		}
		life = d
	}
	if life < MinLink || life > MaxLink || life%time.Second != 0 {
		return 0, want
	}
	return life, nil
}

// ParseBytes reads a length in bytes: "64 MiB", "1.5GB", "4096". KiB, MiB, GiB
// count by 1024; kB, MB, GB by 1000.
func ParseBytes(s string) (int64, error) {
	units := []struct {
		name string
		size float64
	}{
		{"kib", 1 << 10}, {"mib", 1 << 20}, {"gib", 1 << 30}, {"tib", 1 << 40},
		{"kb", 1e3}, {"mb", 1e6}, {"gb", 1e9}, {"tb", 1e12},
		{"k", 1 << 10}, {"m", 1 << 20}, {"g", 1 << 30}, {"b", 1},
	}
	text, factor := strings.ToLower(strings.TrimSpace(s)), 1.0
	for _, u := range units {
		if rest, ok := strings.CutSuffix(text, u.name); ok {
			text, factor = strings.TrimSpace(rest), u.size
			break
		}
	}
	return scaled(s, text, factor, "a length such as 64 MiB")
}

// parsePixels reads a number of pixels: "50 MP" or "50000000".
func parsePixels(s string) (int64, error) {
	text, factor := strings.ToLower(strings.TrimSpace(s)), 1.0
	if rest, ok := strings.CutSuffix(text, "mp"); ok {
		text, factor = strings.TrimSpace(rest), 1e6
	}
	return scaled(s, text, factor, "a number of pixels such as 50 MP")
}

func scaled(given, number string, factor float64, want string) (int64, error) {
	n, err := strconv.ParseFloat(strings.ReplaceAll(number, "_", ""), 64)
	if err != nil || !(n*factor >= 1 && n*factor < 1<<62) {
		return 0, fmt.Errorf("%q is not %s", given, want)
	}
	return int64(n * factor), nil
}

// formatBytes is the shortest exact form: "64 MiB", "1000 B".
func formatBytes(n int64) string {
	for _, u := range []struct {
		name string
		size int64
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if n >= u.size && n%u.size == 0 {
			return fmt.Sprintf("%d %s", n/u.size, u.name)
		}
	}
	return fmt.Sprintf("%d B", n)
}

// FormatLife drops the zero units time.Duration prints: 1h, not 1h0m0s.
func FormatLife(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// setBandwidth reads bytes a second: "5 MiB", "5 MiB/s"; "0" or "none" is no limit.
func setBandwidth(c *Config, v string) error {
	text := strings.TrimSpace(v)
	if text == "0" || strings.EqualFold(text, "none") {
		c.Bandwidth = nil
		return nil
	}
	n, err := ParseBytes(strings.TrimSuffix(text, "/s"))
	if err != nil || n < minBandwidth {
		return fmt.Errorf("%q is not a bandwidth such as 5 MiB (a second), at least 1 KiB; 0 for no limit", v)
	}
	// What is saved up while nothing moves is an eighth of a second's bytes.
	c.Bandwidth = rate.NewLimiter(rate.Limit(n), int(min(max(n/8, 1), 1<<20)))
	return nil
}

// share keeps the limit of an earlier Load, if this one is the same.
func (c *Config) share(earlier *Config) {
	if earlier != nil && c.Bandwidth != nil && earlier.Bandwidth != nil && c.Bandwidth.Limit() == earlier.Bandwidth.Limit() {
		c.Bandwidth = earlier.Bandwidth
	}
}

// minBandwidth keeps the many requests of an interface from taking minutes each.
const minBandwidth = 1 << 10

func showBandwidth(l *rate.Limiter) string {
	if l == nil {
		return "none"
	}
	return formatBytes(int64(l.Limit())) + "/s"
}
