package doctor

import (
	"strings"
	"testing"

	"weft/config"
)

// The folder of the embedded store on a disk that cannot be written to is named as
// the cause, not the server that fails of it.
func TestEmbeddedStoreOnReadOnlyDisk(t *testing.T) {
	all := embedded(&config.Config{Local: "/sys/kernel/weft"})
	if len(all) != 1 || all[0].State != Fail || !strings.Contains(all[0].Says, "/sys/kernel/weft cannot be written to") || all[0].Remedy == "" {
		t.Errorf("%+v", all)
	}
	if all := embedded(&config.Config{Local: t.TempDir()}); all[0].State != OK {
		t.Errorf("%+v", all)
	}
}
