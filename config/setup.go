package config

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// setupOptions are the settings of [setup].
var setupOptions = []option{
	{name: "setup.origins", file: true, flag: "origin", kind: list, set: func(c *Config, v string) (err error) {
		c.Setup.Origins, err = parseOrigins(v)
		return err
	}, show: func(c *Config) string { return strings.Join(c.Setup.Origins, " ") }},
	days("setup.abort_uploads", "abort-uploads-after", 1, func(c *Config) *int { return &c.Setup.AbortUploads }),
	days("setup.expire_versions", "expire-versions-after", 1, func(c *Config) *int { return &c.Setup.ExpireVersions }),
	// S3 moves nothing to infrequent access before 30 days.
	days("setup.cool_uploads", "cool-uploads-after", 30, func(c *Config) *int { return &c.Setup.CoolUploads }),
}

// days is a setting of so many days: 0, or at least a number.
func days(name, flag string, least int, field func(*Config) *int) option {
	return option{name: name, file: true, flag: flag, kind: count,
		set: func(c *Config, v string) error {
			n, err := strconv.Atoi(v)
			if err != nil || n != 0 && n < least || n > 36500 {
				return fmt.Errorf("%q is not a number of days: 0 for never, or %d and more", v, least)
			}
			*field(c) = n
			return nil
		},
		show: func(c *Config) string { return strconv.Itoa(*field(c)) }}
}

// parseOrigins reads origins of web pages, apart by spaces or commas: a scheme, a
// host, perhaps a port, and no path. One * may stand in each.
func parseOrigins(v string) ([]string, error) {
	all := strings.FieldsFunc(v, func(r rune) bool { return r == ' ' || r == ',' })
	for i, o := range all {
		if o == "*" {
			continue
		}
		u, err := url.Parse(strings.Replace(o, "*", "x", 1))
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
			return nil, fmt.Errorf("%q is not the origin of a web page: write for instance https://shop.example", o)
		}
		all[i] = strings.TrimSuffix(o, "/")
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}
