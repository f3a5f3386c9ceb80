package survey

import (
	"fmt"
	"maps"
	"slices"

	"weft/config"
	"weft/pipeline"
	"weft/pipeline/queue"
)

// Prices are list prices of the first tier, in US dollars: a GiB and month by
// storage class, a thousand requests ("put": also list and copy; "get"), a GiB to
// the internet ("out").
type Prices struct {
	Of     map[string]float64 `json:"usd"`
	Source string             `json:"source"` // what they are and from when
}

// known are Amazon's prices; asOf says from when and how sure. What counts is
// https://aws.amazon.com/s3/pricing/. Regions differ by up to a half; a region that
// is not here has to be named in the configuration.
var known = map[string]map[string]float64{
	"us-east-1": {"STANDARD": 0.023, "INTELLIGENT_TIERING": 0.023, "STANDARD_IA": 0.0125, "ONEZONE_IA": 0.01, "GLACIER_IR": 0.004, "GLACIER": 0.0036,
		"DEEP_ARCHIVE": 0.00099, "REDUCED_REDUNDANCY": 0.024, "put": 0.005, "get": 0.0004, "out": 0.09},
	"eu-west-1": {"STANDARD": 0.023, "INTELLIGENT_TIERING": 0.023, "STANDARD_IA": 0.0125, "ONEZONE_IA": 0.01, "GLACIER_IR": 0.004, "GLACIER": 0.0036,
		"DEEP_ARCHIVE": 0.00099, "REDUCED_REDUNDANCY": 0.024, "put": 0.005, "get": 0.0004, "out": 0.09},
	"eu-central-1": {"STANDARD": 0.0245, "INTELLIGENT_TIERING": 0.0245, "STANDARD_IA": 0.0135, "ONEZONE_IA": 0.0108, "GLACIER_IR": 0.005, "GLACIER": 0.00405,
		"DEEP_ARCHIVE": 0.0018, "REDUCED_REDUNDANCY": 0.026, "put": 0.0054, "get": 0.00043, "out": 0.09},
}

// asOf says of when the known prices are. Those of us-east-1 were compared in
// November 2026 with what others published from Amazon's price list API (October
// 2025 to August 2026), and agree; those of other regions were compared with nothing.
func asOf(region string) string {
	if region == "us-east-1" {
		return "as others read them from its price list in 2025 and 2026"
	}
	return "about 2025, unchecked"
}

// PricesOf are the prices of a region: those of the configuration, over Amazon's
// where the store is Amazon's. why says why there are none.
func PricesOf(c *config.Config, region string) (p Prices, why string) {
	p.Of = map[string]float64{}
	if c.Local == "" && c.Endpoint == "" {
		maps.Copy(p.Of, known[region])
		p.Source = "Amazon's list prices of " + region + " " + asOf(region) + ": aws.amazon.com/s3/pricing has today's"
	}
	if own := c.Prices[region]; len(own) > 0 {
		p.Source = map[bool]string{true: "prices of your configuration", false: p.Source + ", changed by your configuration"}[len(p.Of) == 0]
		maps.Copy(p.Of, own)
	}
	switch {
	case len(p.Of) > 0:
		return p, ""
	case c.Local != "":
		return p, "the embedded store is a folder of this machine"
	case c.Endpoint != "":
		return p, "the prices of this store are not known: [prices." + region + "] in config.toml names them"
	}
	return p, "the prices of " + region + " are not known here: [prices." + region + "] in config.toml names them"
}

// Storage estimates what it costs to keep what was counted, in US dollars a month.
// unpriced are classes without a price.
func (p Prices) Storage(c Count) (dollars float64, unpriced []string) {
	for _, class := range slices.Sorted(maps.Keys(c.Classes)) {
		price, ok := p.Of[class]
		if !ok {
			unpriced = append(unpriced, class)
			continue
		}
		dollars += price * float64(c.Classes[class]) / (1 << 30)
	}
	return dollars, unpriced
}

// Deeds are requests and bytes that finished work made, as far as the queue tells.
type Deeds struct {
	Jobs   int `json:"jobs"`
	Writes int `json:"writes"` // and copies
	Reads  int `json:"reads"`
}

// DeedsOf counts the requests of jobs, as each kind of task usually makes them:
// an upload writes once, a picture is read once and its results and row written.
func DeedsOf(jobs []queue.Job) (d Deeds) {
	for _, j := range jobs {
		n := j.Done
		if n == 0 {
			continue
		}
		d.Jobs++
		switch j.Verb {
		case pipeline.Upload, pipeline.Copy:
			d.Writes += n
		case pipeline.Download:
			d.Reads += n
		case pipeline.Process:
			d.Reads += 2 * n // the source, and the row it had
			d.Writes += 2 * n
		case pipeline.Move, pipeline.Restore:
			d.Writes += n
			d.Reads += n
		}
	}
	return d
}

// Cost estimates the requests, in US dollars.
func (p Prices) Cost(d Deeds) float64 {
	return (p.Of["put"]*float64(d.Writes) + p.Of["get"]*float64(d.Reads)) / 1000
}

// Dollars writes an amount for people.
func Dollars(x float64) string {
	switch {
	case x == 0:
		return "nothing"
	case x < 0.01:
		return "less than a cent"
	case x < 100:
		return fmt.Sprintf("$%.2f", x)
	}
	return fmt.Sprintf("$%.0f", x)
}
