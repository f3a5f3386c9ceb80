package config

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// PricedNames are what a region's prices may be given for: a GiB and month in each
// storage class; a thousand requests that write or list, or that read; a GiB sent
// to the internet.
func PricedNames() []string {
	return []string{"STANDARD", "INTELLIGENT_TIERING", "STANDARD_IA", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE", "REDUCED_REDUNDANCY", "EXPRESS_ONEZONE",
		"put", "get", "out"}
}

// takePrice takes prices.REGION.NAME, in US dollars.
func (l *loader) takePrice(what string, p pair, place string) {
	region, name, _ := strings.Cut(what, ".")
	price, err := strconv.ParseFloat(strings.ReplaceAll(p.value, "_", ""), 64)
	switch {
	case !slices.Contains(PricedNames(), name):
		l.problem(place, "%s: unknown price %q%s", p.name, name, didYouMean(name, PricedNames()))
		return
	case p.node != unstable.Float && p.node != unstable.Integer || err != nil || price < 0 || math.IsInf(price, 0) || math.IsNaN(price):
		l.problem(place, "%s: want a number of US dollars", p.name)
		return
	}
	if l.c.Prices == nil {
		l.c.Prices = map[string]map[string]float64{}
	}
	if l.c.Prices[region] == nil {
		l.c.Prices[region] = map[string]float64{}
	}
	l.c.Prices[region][name] = price
	l.c.Settings = append(l.c.Settings, Setting{p.name, p.value, place})
}
