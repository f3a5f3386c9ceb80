package queue

import (
	"strings"
	"testing"
)

func TestNetworkDisksAreKnown(t *testing.T) {
	// The kernel's list of mounts tells which folder lies on another machine's disk.
	const mounts = `22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
31 22 0:45 / /home rw,relatime shared:12 - nfs4 nas:/home rw,vers=4.2
32 22 0:46 / /mnt/with\040space rw shared:13 master:2 - fuse.sshfs me@host: rw,user_id=0
33 22 0:47 / /mnt/usb rw - fuseblk /dev/sdb1 rw
34 22 0:48 / /mnt/share rw - cifs //nas/share rw
`
	for device, want := range map[string]string{"8:1": "", "0:45": "NFS", "0:46": "another machine's disk (sshfs)", "0:47": "", "0:48": "a Windows share", "9:9": ""} {
		if got := remoteKinds[mountKind(strings.NewReader(mounts), device)]; got != want {
			t.Errorf("%s is %q, not %q", device, got, want)
		}
	}
	if kind := remoteDisk(t.TempDir()); kind != "" {
		t.Errorf("the folder of tests lies on %s", kind)
	}
}
