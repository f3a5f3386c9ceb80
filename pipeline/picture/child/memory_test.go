//go:build linux && !race

package child

import (
	"testing"

	"weft/pipeline/picture/hostile"
)

const slack = 64 // MiB beside the budget

// The race detector's memory is not weft's, and with it the kernel does not limit a
// child: make test runs this package without it too.

// Whatever is in the files, this process and its children hold no more memory together than the budget and 64 MiB.
func TestHostileMemory(t *testing.T) {
	peak := victim(t, hostile.Files(), "")
	if t.Logf("%d MiB of %d", peak, tight.Memory>>20); peak > int(tight.Memory>>20)+slack {
		t.Error("that is too much")
	}
}
