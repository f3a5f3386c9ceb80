package config

import (
	"fmt"
	"io"
)

// Secret is a string that prints as *** in every format, in JSON and in TOML.
// string(s) is the value itself.
type Secret string

const mask = "***"

// String is ***.
func (Secret) String() string { return mask }

// GoString is ***, for %#v.
func (Secret) GoString() string { return mask }

// Format prints *** whatever the verb, also for verbs that skip String (%x, %d).
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, mask) }

// MarshalJSON is *** also for a Secret that has no address.
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + mask + `"`), nil }

// MarshalTOML is *** for BurntSushi/toml.
func (Secret) MarshalTOML() ([]byte, error) { return []byte(`"` + mask + `"`), nil }

// MarshalText is *** for TOML and other text formats. It needs the pointer:
// pelletier/go-toml passes over the method of a string's value.
func (*Secret) MarshalText() ([]byte, error) { return []byte(mask), nil }

// maskID leaves the last four characters of an access key id, as the AWS CLI does.
func maskID(id string) string {
	if len(id) < 12 {
		return mask
	}
	return "****" + id[len(id)-4:]
}
