package config

import (
	"strings"
	"testing"
)

// Prices are numbers of dollars by region; a name that is none is told with its
// line and the nearest one.
func TestPrices(t *testing.T) {
	c, err := load(t, files{toml: "[prices.eu-central-1]\nSTANDARD = 0.0245\nput = 0.0054\n"}, nil, nil)
	if c = must(t, c, err); c.Prices["eu-central-1"]["STANDARD"] != 0.0245 || c.Prices["eu-central-1"]["put"] != 0.0054 {
		t.Errorf("%+v", c.Prices)
	}
	_, err = load(t, files{toml: "[prices.eu-central-1]\nSTANDART = 1\nget = \"cheap\"\nout = -1.0\n"}, nil, nil)
	for _, want := range []string{`config.toml:2: prices.eu-central-1.STANDART: unknown price "STANDART"; did you mean "STANDARD"?`, "config.toml:3: prices.eu-central-1.get: want a number", "config.toml:4: "} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
}
