package s3ops

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash"
	"hash/crc32"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/minio/crc64nvme"
)

// namedSum is a checksum as S3 writes it: base64, with "-N" behind it if it is
// the checksum of the checksums of N parts.
type namedSum struct {
	name  string
	value *string
}

func sumsOf(o *s3.HeadObjectOutput) []namedSum {
	return []namedSum{{"CRC64NVME", o.ChecksumCRC64NVME}, {"CRC32C", o.ChecksumCRC32C}, {"CRC32", o.ChecksumCRC32},
		{"SHA256", o.ChecksumSHA256}, {"SHA1", o.ChecksumSHA1}}
}

func sumsOfPart(o types.ObjectPart) []namedSum {
	return []namedSum{{"CRC64NVME", o.ChecksumCRC64NVME}, {"CRC32C", o.ChecksumCRC32C}, {"CRC32", o.ChecksumCRC32},
		{"SHA256", o.ChecksumSHA256}, {"SHA1", o.ChecksumSHA1}}
}

// checksumOf is the first checksum there is, as "NAME:value".
func checksumOf(kind types.ChecksumType, sums []namedSum) string {
	for _, s := range sums {
		if s.value != nil && *s.value != "" {
			if kind == types.ChecksumTypeComposite && !strings.Contains(*s.value, "-") {
				return s.name + ":" + *s.value + "-0"
			}
			return s.name + ":" + *s.value
		}
	}
	return ""
}

func composite(checksum string) bool { return strings.Contains(checksum, "-") }

func newHash(name string) hash.Hash {
	switch name {
	case "CRC64NVME":
		return crc64nvme.New()
	case "CRC32C":
		return crc32.New(castagnoli)
	case "CRC32":
		return crc32.NewIEEE()
	case "SHA256":
		return sha256.New()
	case "SHA1":
		return sha1.New()
	case "MD5":
		return md5.New()
	}
	return nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// crc is a checksum whose values for two texts give that of both in a row.
type crc struct {
	name   string
	bytes  int    // of a value
	poly   uint64 // reflected
	update func(sum uint64, p []byte) uint64
}

// nvme is CRC-64/NVME: S3 keeps it for the whole object even if that came in
// parts. The polynomials are those of
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
var nvme = crc{"CRC64NVME", 8, 0x9a6c9329ac4bc9b5, crc64nvme.Update}

// crcs are the checksums that need not be taken in order.
var crcs = []crc{nvme,
	{"CRC32C", 4, 0x82f63b78, func(c uint64, p []byte) uint64 { return uint64(crc32.Update(uint32(c), castagnoli, p)) }},
	{"CRC32", 4, 0xedb88320, func(c uint64, p []byte) uint64 { return uint64(crc32.Update(uint32(c), crc32.IEEETable, p)) }}}

// text is a value as S3 writes it.
func (c crc) text(sum uint64) string {
	raw := binary.BigEndian.AppendUint64(nil, sum)
	return base64.StdEncoding.EncodeToString(raw[8-c.bytes:])
}

func encodeCRC(sum uint64) string { return nvme.text(sum) }

// join gives the checksum of two texts in a row from those of each and the
// length of the second in bytes, as zlib's crc32_combine does: appending zero
// bits is a linear map over GF(2), applied by squaring.
func (c crc) join(a, b uint64, length int64) uint64 { return apply(c.zeros(length), a) ^ b }

// zeros is the map of so many zero bytes.
func (c crc) zeros(length int64) bitMap {
	var step bitMap // the map of one zero bit
	step[0] = c.poly
	for i := 1; i < 8*c.bytes; i++ {
		step[i] = 1 << (i - 1)
	}
	for range 3 { // one zero byte
		step = square(step)
	}
	var all bitMap
	for i := range all {
		all[i] = 1 << i
	}
	for ; length > 0; length >>= 1 {
		if length&1 == 1 {
			all = after(step, all)
		}
		step = square(step)
	}
	return all
}

// bitMap is a linear map of 64 bits: what each of them becomes.
type bitMap [64]uint64

func apply(m bitMap, v uint64) uint64 {
	var r uint64
	for i := 0; v != 0; i, v = i+1, v>>1 {
		if v&1 == 1 {
			r ^= m[i]
		}
	}
	return r
}

func square(m bitMap) bitMap { return after(m, m) }

func after(m, first bitMap) (r bitMap) {
	for i := range r {
		r[i] = apply(m, first[i])
	}
	return r
}
