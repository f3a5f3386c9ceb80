package config

import (
	"errors"
	"strings"
	"testing"
)

// Whatever stands in config.toml and .env, it is read, or everything wrong is told, and a secret is never among it.
func FuzzLoad(f *testing.F) {
	f.Add("bucket = \"fabrics\"\n[limits]\npixels = \"50 MP\"\nmemory = 1\n[keys]\nquit = [\"q\", 1]\n", "AWS_SECRET_ACCESS_KEY=hushhush\nWEFT_LINK='7d'\n")
	f.Add("[folders]\ngenerated = \"../x\"\n[a.b]\nc = {}\n", "export AWS_REGION=\"eu-\\nwest\"\nX=$Y\n=\n")
	f.Add("link = \"1h\"\nlink = 2", "\xef\xbb\xbfAWS_ACCESS_KEY_ID=a\r\nAWS_SECRET_ACCESS_KEY=hushhush\n")
	f.Fuzz(func(t *testing.T, toml, dotenv string) {
		if strings.Contains(toml, "hushhush") { // it is repeated as the mistake that it is
			return
		}
		c, err := load(t, files{toml, dotenv}, []string{"AWS_SECRET_ACCESS_KEY=hushhush", "AWS_ACCESS_KEY_ID=id"}, nil)
		if err != nil {
			if _, ok := errors.AsType[Problems](err); !ok {
				t.Errorf("%T: %v", err, err)
			}
			return
		}
		for _, s := range c.Settings {
			if strings.Contains(s.Value, "hushhush") {
				t.Errorf("%+v", s)
			}
		}
	})
}
