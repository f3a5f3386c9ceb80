package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// kind is the form of a setting's value, and so which TOML types it may have.
type kind int

const (
	text   kind = iota // a string
	choice             // a string
	truth              // true or false
	count              // an integer
	amount             // an integer, or a string with a unit
	list               // a string or a list of strings
)

// option is one setting: its names in each place, and how it is read and shown.
type option struct {
	name   string   // in config.toml ("limits.pixels") and in "weft config"
	file   bool     // may stand in config.toml
	flag   string   // without dashes
	env    []string // strongest first
	kind   kind
	set    func(c *Config, v string) error
	show   func(c *Config) string
	remote bool // says where a real store is: without meaning for the embedded one
}

// options is every scalar setting except credentials, in the order of "weft config".
var options = append([]option{
	{name: "bucket", file: true, flag: "bucket", env: []string{"WEFT_BUCKET", "AWS_BUCKET_NAME"}, set: setBucket,
		show: func(c *Config) string { return c.Bucket }},
	{name: "region", file: true, flag: "region", env: []string{"AWS_REGION", "AWS_DEFAULT_REGION"}, remote: true,
		set:  func(c *Config, v string) error { c.Region = v; return nil },
		show: func(c *Config) string { return c.Region }},
	{name: "endpoint", file: true, flag: "endpoint", env: []string{"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"}, remote: true,
		set:  setEndpoint,
		show: func(c *Config) string { return c.Endpoint }},
	{name: "path_style", file: true, env: []string{"WEFT_PATH_STYLE"}, kind: choice,
		set:  oneOf(func(c *Config) *string { return &c.PathStyle }, "auto", "always", "never"),
		show: func(c *Config) string { return c.PathStyle }},
	{name: "checksums", file: true, env: []string{"WEFT_CHECKSUMS"}, kind: choice,
		set:  oneOf(func(c *Config) *string { return &c.Checksums }, "auto", "always", "never"),
		show: func(c *Config) string { return c.Checksums }},
	{name: "profile", file: true, flag: "profile", env: []string{"AWS_PROFILE"}, remote: true,
		set:  func(c *Config, v string) error { c.Profile = v; return nil },
		show: func(c *Config) string { return c.Profile }},
	{name: "anonymous", file: true, flag: "no-sign-request", env: []string{"WEFT_ANONYMOUS"}, kind: truth, remote: true,
		set:  setTruth(func(c *Config) *bool { return &c.Anonymous }),
		show: func(c *Config) string { return strconv.FormatBool(c.Anonymous) }},
	{name: "request_payer", file: true, flag: "request-payer", env: []string{"WEFT_REQUEST_PAYER"}, kind: truth, remote: true,
		set:  setTruth(func(c *Config) *bool { return &c.RequestPayer }),
		show: func(c *Config) string { return strconv.FormatBool(c.RequestPayer) }},
	{name: "bandwidth", file: true, flag: "bandwidth", env: []string{"WEFT_BANDWIDTH"}, kind: amount, set: setBandwidth,
		show: func(c *Config) string { return showBandwidth(c.Bandwidth) }},
	{name: "read_only", file: true, flag: "read-only", env: []string{"WEFT_READ_ONLY"}, kind: truth,
		set:  setTruth(func(c *Config) *bool { return &c.ReadOnly }),
		show: func(c *Config) string { return strconv.FormatBool(c.ReadOnly) }},
	{name: "link", file: true, env: []string{"WEFT_LINK"}, kind: amount,
		set:  func(c *Config, v string) (err error) { c.Link, err = parseOr(ParseLife, v, c.Link); return err },
		show: func(c *Config) string { return FormatLife(c.Link) }},
	{name: "preview", file: true, env: []string{"WEFT_PREVIEW"}, kind: truth,
		set:  setTruth(func(c *Config) *bool { return &c.Preview }),
		show: func(c *Config) string { return strconv.FormatBool(c.Preview) }},
	{name: "theme", file: true, env: []string{"WEFT_THEME"}, kind: choice,
		set:  oneOf(func(c *Config) *string { return &c.Theme }, "auto", "dark", "light"),
		show: func(c *Config) string { return c.Theme }},
	{name: "workers", file: true, env: []string{"WEFT_WORKERS"}, kind: count, set: setWorkers,
		show: func(c *Config) string { return strconv.Itoa(c.Workers) }},
	{name: "queue", env: []string{"WEFT_QUEUE"}, set: setQueue, show: showQueue},
	{name: "limits.pixels", file: true, kind: amount,
		set: func(c *Config, v string) (err error) {
			c.Limits.Pixels, err = parseOr(parsePixels, v, c.Limits.Pixels)
			return err
		},
		show: func(c *Config) string { return strconv.FormatInt(c.Limits.Pixels, 10) }},
	{name: "limits.bytes", file: true, kind: amount,
		set: func(c *Config, v string) (err error) {
			c.Limits.Bytes, err = parseOr(ParseBytes, v, c.Limits.Bytes)
			return err
		},
		show: func(c *Config) string { return formatBytes(c.Limits.Bytes) }},
	{name: "limits.memory", file: true, kind: amount, set: setMemory,
		show: func(c *Config) string { return formatBytes(c.Limits.Memory) }},
}, append(setupOptions, folderOptions()...)...)

func folderOptions() []option {
	var out []option
	for i, f := range defaultFolders {
		out = append(out, option{name: "folders." + string(f.Role), file: true,
			set:  func(c *Config, v string) error { c.Folders[i].Prefix = v; return checkPrefix(v) },
			show: func(c *Config) string { return c.Folders[i].Prefix }})
	}
	return out
}

var defaultFolders = Folders{
	{SearchUploads, "search_uploads/"},
	{Generated, "generated/"},
	{SingleImages, "uploaded/single_images/"},
	{GroupImages, "uploaded/group_images/"},
	{FabricTable, "table/fabric_table/"},
}

// fileNames is every name config.toml may hold.
func fileNames() []string {
	var out []string
	for _, o := range options {
		if o.file {
			out = append(out, o.name)
		}
	}
	return append(out, "keys")
}

func parseOr[T any](parse func(string) (T, error), v string, old T) (T, error) {
	if n, err := parse(v); err == nil {
		return n, nil
	} else {
		return old, err
	}
}

func oneOf(field func(*Config) *string, values ...string) func(*Config, string) error {
	return func(c *Config, v string) error {
		if !slices.Contains(values, v) {
			return fmt.Errorf("%q is not one of %s", v, strings.Join(values, ", "))
		}
		*field(c) = v
		return nil
	}
}

func setTruth(field func(*Config) *bool) func(*Config, string) error {
	return func(c *Config, v string) error {
		switch {
		case isTrue(v):
			*field(c) = true
		case slices.Contains([]string{"0", "f", "false", "no", "off"}, strings.ToLower(v)):
			*field(c) = false
		default:
			return fmt.Errorf("%q is not true or false", v)
		}
		return nil
	}
}

func isTrue(v string) bool {
	return slices.Contains([]string{"1", "t", "true", "yes", "on"}, strings.ToLower(v))
}

func setWorkers(c *Config, v string) error {
	n, err := strconv.ParseInt(v, 0, 32)
	if err != nil || n < 0 || n > 1024 {
		return fmt.Errorf("%q is not a number of workers: 0 (one per processor) to 1024", v)
	}
	c.Workers = int(n)
	return nil
}

// leastMemory is what any photo and the recipes built in need.
const leastMemory = 64 << 20

func setMemory(c *Config, v string) error {
	n, err := ParseBytes(v)
	if err == nil && n < leastMemory {
		err = fmt.Errorf("%q is too little to work on a picture: %s at least", v, formatBytes(leastMemory))
	}
	if err == nil {
		c.Limits.Memory = n
	}
	return err
}
