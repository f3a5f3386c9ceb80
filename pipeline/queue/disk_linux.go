package queue

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// remoteDisk names the kind of network file system a folder lies on; "" if its
// disk is this machine's, as far as is known. SQLite's locks and memory map need
// a local one (https://sqlite.org/wal.html, "Overview").
func remoteDisk(folder string) string {
	var s unix.Stat_t
	if err := unix.Stat(folder, &s); err != nil {
		return ""
	}
	f, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }() // it was only read
	return remoteKinds[mountKind(f, fmt.Sprintf("%d:%d", unix.Major(s.Dev), unix.Minor(s.Dev)))]
}

// remoteKinds are the kernel's names of network file systems, and what people
// call them. What FUSE serves is told by the name after its point.
var remoteKinds = map[string]string{
	"nfs": "NFS", "nfs4": "NFS",
	"cifs": "a Windows share", "smb3": "a Windows share", "smbfs": "a Windows share",
	"afs": "AFS", "coda": "Coda", "ceph": "Ceph", "fuse.ceph": "Ceph", "lustre": "Lustre", "gpfs": "GPFS", "beegfs": "BeeGFS",
	"fuse.glusterfs": "GlusterFS", "fuse.sshfs": "another machine's disk (sshfs)",
	"fuse.s3fs": "a bucket (s3fs)", "fuse.rclone": "a remote (rclone)", "fuse.mount-s3": "a bucket (mount-s3)", "fuse.gcsfuse": "a bucket (gcsfuse)",
}

// mountKind finds the kind of file system of a device, "MAJOR:MINOR", in the
// kernel's list of mounts (proc_pid_mountinfo(5)); "" if it is not there. Of two
// over each other the later counts.
func mountKind(list io.Reader, device string) (kind string) {
	lines := bufio.NewScanner(list)
	for lines.Scan() {
		mount, rest, ok := strings.Cut(lines.Text(), " - ")
		fields := strings.Fields(mount)
		if ok && len(fields) > 2 && fields[2] == device {
			kind, _, _ = strings.Cut(rest, " ")
		}
	}
	return kind
}
