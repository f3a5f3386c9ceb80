package queue

import "golang.org/x/sys/unix"

// remoteDisk names the kind of network file system a folder lies on; "" if its
// disk is this machine's, as far as is known. SQLite's locks and memory map need
// a local one (https://sqlite.org/wal.html, "Overview").
func remoteDisk(folder string) string {
	var s unix.Statfs_t
	if err := unix.Statfs(folder, &s); err != nil {
		return ""
	}
	switch int64(s.Type) {
	case unix.NFS_SUPER_MAGIC:
		return "NFS"
	case unix.SMB_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC:
		return "a Windows share"
	case unix.AFS_SUPER_MAGIC, unix.CODA_SUPER_MAGIC, unix.CEPH_SUPER_MAGIC:
		return "a network file system"
	}
	return ""
}
