package doctor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"weft/config"
	"weft/pipeline/queue"
	"weft/s3ops"
)

// configuration says which place gave what decides.
func configuration(c *config.Config) []Finding {
	var parts []string
	for _, name := range []string{"bucket", "local", "endpoint", "region", "profile", "access_key_id"} {
		i := slices.IndexFunc(c.Settings, func(s config.Setting) bool { return s.Name == name && s.Value != "" && s.Value != `""` })
		if i < 0 || c.Settings[i].Source == "default" && name != "bucket" && name != "local" {
			continue
		}
		s := c.Settings[i]
		parts = append(parts, fmt.Sprintf("%s %s (%s)", strings.ReplaceAll(s.Name, "_", " "), s.Value, s.Source))
	}
	all := []Finding{{Check: "configuration", State: OK, Says: strings.Join(parts, ", ")}}
	for _, w := range c.Warnings {
		all = append(all, Finding{Check: "configuration", State: Warn, Says: w})
	}
	return all
}

// Unreadable tells of a configuration that cannot be used, line by line; nil if
// that is not what an error says.
func Unreadable(err error) (all []Finding) {
	problems, _ := errors.AsType[config.Problems](err)
	for _, p := range problems {
		all = append(all, Finding{Check: "configuration", State: Fail, Says: p.Place + ": " + p.Text, Remedy: "mend it there; weft config shows what is in force"})
	}
	return all
}

// embedded tries to write into the folder of the embedded store: its server only
// says that something failed.
func embedded(c *config.Config) []Finding {
	if c.Local == "" {
		return nil
	}
	f := Finding{Check: "embedded store", State: OK, Says: "its folder " + c.Local + " can be written to"}
	err := os.MkdirAll(c.Local, 0o700)
	if err == nil {
		var probe *os.File
		if probe, err = os.CreateTemp(c.Local, ".doctor-*"); err == nil {
			_, err = probe.WriteString("weft doctor")
			err = errors.Join(err, probe.Close(), os.Remove(probe.Name()))
		}
	}
	if err != nil {
		f.State, f.Says = Fail, "its folder "+c.Local+" cannot be written to: "+err.Error()
		f.Remedy = "make room or mend its permissions, or choose a folder on another disk with --local or local in config.toml"
	}
	return []Finding{f}
}

// reachable looks at region and bucket. may is false if there is nothing more to ask.
func reachable(ctx context.Context, p Patient, b *s3ops.Bucket) (may bool, all []Finding) {
	said := b.Region()
	whole := Finding{Check: "bucket", State: OK, Says: b.Name() + " can be listed"}
	err := b.Check(ctx)
	switch {
	case errors.Is(err, s3ops.ErrDenied) && browses(ctx, b):
		whole.Says = b.Name() + " can be opened at its top, and listed in its folders"
	case errors.Is(err, s3ops.ErrDenied):
		// Access to some folders only is a way to work too.
		whole = failed("bucket", err)
		whole.State = Warn
	case err != nil:
		return false, []Finding{failed("bucket", err)}
	}
	region := Finding{Check: "region", State: OK, Says: b.Region()}
	if now := b.Region(); now != said && p.Config.Local == "" {
		region.State, region.Says, region.Remedy = Warn, fmt.Sprintf("the bucket is in %s, not in %s: each start asks twice", now, said), "set region = \""+now+"\" or AWS_REGION"
	}
	return true, []Finding{region, whole}
}

// browses tells whether the names of the folders at the top may be listed, which is
// what weft's policies allow there.
func browses(ctx context.Context, b *s3ops.Bucket) bool {
	for _, err := range b.Pages(ctx, "", s3ops.ListOptions{}) {
		return err == nil
	}
	return true
}

func versioning(ctx context.Context, b *s3ops.Bucket) Finding {
	on, err := b.Versioned(ctx)
	if err != nil {
		f := failed("versioning", err)
		f.State, f.Says = Warn, "whether old versions are kept is not known: "+f.Says
		return f
	}
	if !on {
		return Finding{Check: "versioning", State: Warn, Says: "old versions are not kept: what is deleted is gone for good",
			Remedy: "turn it on: weft setup --plan shows how"}
	}
	return Finding{Check: "versioning", State: OK, Says: "on: what is deleted can be brought back"}
}

// abilities are what the store does with writes, where something may be written.
func abilities(ctx context.Context, p Patient, b *s3ops.Bucket, trials []s3ops.Trials) []Finding {
	place := ""
	for _, t := range trials {
		if t.Place != "" {
			place = t.Place
			break
		}
	}
	switch {
	case p.Config.ReadOnly:
		return []Finding{{Check: "conditional writes", State: Skip, Says: "weft was started read-only"}}
	case place == "":
		return []Finding{{Check: "conditional writes", State: Skip, Says: "nothing may be written and removed again, so this was not tried"}}
	}
	can, err := b.Try(ctx, place)
	if err != nil {
		f := failed("conditional writes", err)
		f.State, f.Says = Warn, "what the store does with writes could not be tried: "+f.Says
		return []Finding{f}
	}
	condition := Finding{Check: "conditional writes", State: OK, Says: "the store never replaces what it should not"}
	if !can.Conditional {
		condition.State, condition.Says = Warn, "the store has none: two who write at the same moment may replace each other's objects"
		condition.Remedy = "let one person or worker write at a time, or use a store that knows If-None-Match"
	}
	sums := Finding{Check: "checksums", State: OK, Says: "wrong bytes are refused, and the checksum is kept"}
	switch {
	case p.Config.Checksums == "never":
		sums.State, sums.Says = Skip, "switched off by checksums = \"never\""
	case !can.Checked:
		sums.State, sums.Says, sums.Remedy = Warn, "the store does not check CRC64NVME: damage on the way is found only when reading", "use a newer version of the store"
	case !can.Kept:
		sums.State, sums.Says = Warn, "wrong bytes are refused, but the store keeps no checksum: damage in the store is not found"
	}
	return []Finding{condition, sums}
}

// uploads finds what nobody finished.
func uploads(ctx context.Context, b *s3ops.Bucket, now time.Time) Finding {
	f := Finding{Check: "unfinished uploads", State: OK, Says: "none"}
	var bytes int64
	var oldest time.Time
	for u, err := range b.Unfinished(ctx, "") {
		if errors.Is(err, s3ops.ErrInvalid) {
			return Finding{Check: f.Check, State: Skip, Says: "the store keeps no list of them"}
		}
		if err != nil {
			f = failed(f.Check, err)
			f.State = Warn
			return f
		}
		f.Uploads = append(f.Uploads, u)
		bytes += u.Bytes
		if oldest.IsZero() || u.Initiated.Before(oldest) {
			oldest = u.Initiated
		}
	}
	if n := len(f.Uploads); n > 0 {
		f.State = Warn
		f.Says = fmt.Sprintf("%d, of %s, the oldest begun %s ago: they cost what they weigh, and no listing shows them", n, humanize.Bytes(uint64(bytes)), span(now.Sub(oldest)))
		f.Remedy = "weft doctor --abort-uploads ends those older than a day"
	}
	return f
}

// work looks at the queue and who works it.
func work(ctx context.Context, p Patient) Finding {
	q, err := p.Queue(ctx)
	if err != nil {
		return Finding{Check: "queue", State: Fail, Says: err.Error(), Remedy: queueRemedy(p.Config)}
	}
	defer func() { _ = q.Close() }()
	s, err := q.Watch(ctx, -1)
	if err != nil {
		return Finding{Check: "queue", State: Fail, Says: err.Error(), Remedy: "weft worker --foreground tells more"}
	}
	waiting, bad := 0, 0
	for _, j := range s.Jobs {
		if j.State == queue.Queued || j.State == queue.Running {
			waiting++
		}
		bad += j.Failed
	}
	f := Finding{Check: "queue", State: OK, Says: fmt.Sprintf("opens, %d under way", waiting)}
	if bad > 0 {
		f.Says += fmt.Sprintf(", %d tasks of earlier jobs failed (weft jobs)", bad)
	}
	switch {
	case s.Worker:
		f.Says += "; a worker is at work"
	case waiting > 0:
		f.State, f.Says, f.Remedy = Warn, fmt.Sprintf("%d jobs wait and no worker runs", waiting), "weft worker starts one"
	default:
		f.Says += "; no worker runs, one is started by need"
	}
	return f
}

func queueRemedy(c *config.Config) string {
	if c.Queue != "" {
		return "check WEFT_QUEUE: user, password, host and database, and that PostgreSQL runs there"
	}
	return "check the state folder and its disk (weft config); weft jobs --move-aside sets a damaged queue aside"
}

// Abort ends the unfinished uploads that began before a time, and yields each
// with its error or nil. One that ended meanwhile is no error.
func Abort(ctx context.Context, b *s3ops.Bucket, list []s3ops.OpenUpload, yield func(s3ops.OpenUpload, error)) {
	for _, u := range list {
		if ctx.Err() != nil {
			return
		}
		err := b.Abort(ctx, u.Key, u.ID)
		if errors.Is(err, s3ops.ErrChanged) {
			err = nil
		}
		yield(u, err)
	}
}
