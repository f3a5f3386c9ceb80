package survey

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"weft/config"
	"weft/pipeline/queue"
	"weft/s3ops"
)

// Page is all that is known of a bucket.
type Page struct {
	Bucket  string   `json:"bucket"`
	Facts   []Fact   `json:"facts"`
	Count   *Count   `json:"count,omitempty"` // the last one
	Prices  *Prices  `json:"prices,omitempty"`
	Storage *float64 `json:"estimated_storage_usd_a_month,omitempty"`
	Deeds   *Deeds   `json:"deeds_of_30_days,omitempty"`
	Cost    *float64 `json:"estimated_requests_usd,omitempty"`
	NoPrice string   `json:"no_price,omitempty"` // why something is not estimated
}

// Estimate fills in what a count and the work of the queue's history cost, as far
// as prices are known.
func (p *Page) Estimate(c *config.Config, region string, jobs []queue.Job) {
	prices, why := PricesOf(c, region)
	p.Prices, p.Storage, p.Deeds, p.Cost, p.NoPrice = nil, nil, nil, nil, why
	if why != "" {
		return
	}
	deeds := DeedsOf(jobs)
	cost := prices.Cost(deeds)
	p.Prices, p.Deeds, p.Cost = &prices, &deeds, &cost
	if p.Count == nil {
		return
	}
	dollars, unpriced := prices.Storage(*p.Count)
	p.Storage = &dollars
	if len(unpriced) > 0 {
		p.NoPrice = "no price is known of the class " + and(unpriced)
	}
}

// Row is a line of the page.
type Row struct {
	Section string // set in the first row of one
	Name    string // "policy"; empty where the one before goes on
	Text    string
	Mark    Mark
	Fact    *Fact  // that it tells of
	Key     string // of an object that it tells of
	Table   bool   // the text has columns
}

// Mark is what a row is about, beside a plain fact.
type Mark int

// The marks.
const (
	Plain   Mark = iota
	Risk         // strangers may do something, or something may be lost
	Unknown      // it could not be looked at, or the store has no such thing
)

// The names of the sections.
const (
	setUp = "How it is set up"
	holds = "What it holds"
	costs = "What it costs, by estimate"
)

// Rows are the lines of the page, for people. counting is set while it is counted.
func (p Page) Rows(now time.Time, counting bool) []Row {
	var all []Row
	for i := range p.Facts {
		f := &p.Facts[i]
		for n, says := range f.Says {
			r := Row{Text: says, Fact: f}
			if n == 0 {
				r.Name = f.Name
			}
			switch {
			case f.State == Missing || f.State == Denied || f.State == Failed:
				r.Mark = Unknown
			case slices.Contains(f.Risk, says):
				r.Mark = Risk
			}
			all = append(all, r)
		}
		for _, risk := range f.Risk {
			if !slices.Contains(f.Says, risk) {
				all = append(all, Row{Text: risk, Mark: Risk, Fact: f})
			}
		}
	}
	begin(all, 0, setUp)
	n := len(all)
	all = append(all, p.held(now, counting)...)
	begin(all, n, holds)
	n = len(all)
	all = append(all, p.costs()...)
	begin(all, n, costs)
	return all
}

func begin(all []Row, at int, section string) {
	if at < len(all) {
		all[at].Section = section
	}
}

// held are the rows of a count.
func (p Page) held(now time.Time, counting bool) (all []Row) {
	c := p.Count
	if c == nil {
		if counting {
			return []Row{{Name: "objects", Text: "counting…"}}
		}
		return []Row{{Name: "objects", Text: "not counted yet"}}
	}
	when := "counted " + humanize.RelTime(c.At, now, "ago", "from now")
	switch {
	case counting:
		when = "counting…"
	case !c.Whole:
		when += ", and stopped before the end: there are more"
	}
	all = append(all, Row{Name: "objects", Text: fmt.Sprintf("%s, %s", sumText(c.Total), when)})
	if n := len(c.Only); n > 2 {
		all = append(all, Row{Text: fmt.Sprintf("in %d folders: you may not list the others", n)})
	} else if n > 0 {
		all = append(all, Row{Text: "in " + and(c.Only) + ": you may not list the others"})
	}
	if c.Behind.Objects+c.Markers > 0 {
		all = append(all, Row{Text: fmt.Sprintf("and old versions: %s, with %s", sumText(c.Behind), several(c.Markers, "delete marker"))})
	}
	names := slices.SortedFunc(maps.Keys(c.Folders), func(a, b string) int { return cmp.Compare(c.Folders[b].Bytes, c.Folders[a].Bytes) })
	for i, name := range names {
		if i == mostFolders {
			all = append(all, Row{Text: fmt.Sprintf("and %d folders more", len(names)-i)})
			break
		}
		all = append(all, shareRow(cmp.Or(name, "at the top"), c.Folders[name], c.Total, i == 0, "by folder"))
	}
	begun := false
	for i, a := range Ages() {
		if c.Ages[i].Objects > 0 {
			all = append(all, shareRow(a.Name, c.Ages[i], c.Total, !begun, "by age"))
			begun = true
		}
	}
	all = append(all, named(c.Largest, "largest", func(o s3ops.Object) string { return humanize.Bytes(uint64(o.Size)) })...)
	return append(all, named(c.Oldest, "oldest", func(o s3ops.Object) string { return o.Modified.Local().Format("2 Jan 2006") })...)
}

// mostFolders is how many folders are shown, the largest first.
const mostFolders = 10

// shown is how many of the largest and oldest objects are shown.
const shown = 5

func named(list []s3ops.Object, name string, about func(s3ops.Object) string) (all []Row) {
	for i, o := range list[:min(len(list), shown)] {
		r := Row{Text: fmt.Sprintf("%-12s  %s", about(o), o.Key), Key: o.Key, Table: true}
		if i == 0 {
			r.Name = name
		}
		all = append(all, r)
	}
	return all
}

func sumText(s Sum) string {
	noun := "objects"
	if s.Objects == 1 {
		noun = "object"
	}
	return humanize.Comma(int64(s.Objects)) + " " + noun + ", " + humanize.Bytes(uint64(s.Bytes))
}

// shareRow is a line of a table: a name, a number, its bytes and their share.
func shareRow(name string, s, of Sum, begins bool, heading string) Row {
	share := 0.0
	if of.Bytes > 0 {
		share = 100 * float64(s.Bytes) / float64(of.Bytes)
	}
	bar := strings.Repeat("▪", int(share/10+0.5))
	r := Row{Text: strings.TrimRight(fmt.Sprintf("%-24s %10s  %8s  %3.0f%%  %s", name, humanize.Comma(int64(s.Objects)), humanize.Bytes(uint64(s.Bytes)), share, bar), " "), Table: true}
	if begins {
		r.Name = heading
	}
	return r
}

// costs are the rows of the estimates, with where the prices are from.
func (p Page) costs() (all []Row) {
	if p.Storage != nil {
		all = append(all, Row{Name: "storage", Text: "about " + Dollars(*p.Storage) + " a month" + map[bool]string{true: ", for what was counted"}[p.Count != nil && len(p.Count.Only) > 0]})
	}
	if p.Deeds != nil && p.Cost != nil {
		all = append(all, Row{Name: "last 30 days", Text: fmt.Sprintf("about %s for what weft did on this machine: %s, some %s writes and %s reads",
			Dollars(*p.Cost), several(p.Deeds.Jobs, "job"), humanize.Comma(int64(p.Deeds.Writes)), humanize.Comma(int64(p.Deeds.Reads)))})
	}
	if p.NoPrice != "" {
		all = append(all, Row{Name: "prices", Text: p.NoPrice, Mark: Unknown})
	}
	if p.Prices != nil {
		all = append(all, Row{Name: "prices", Text: p.Prices.Source + "; without discounts, taxes, early deletion and transfer"})
	}
	return all
}
