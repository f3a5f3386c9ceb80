package s3ops

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// nvme is the polynomial of CRC-64/NVME, reflected. S3 keeps it for the whole
// object even if that came in parts.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
const nvme = 0x9a6c9329ac4bc9b5

var nvmeTable = crc64.MakeTable(nvme)

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

func sumsOfGet(o *s3.GetObjectOutput) []namedSum {
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
		return crc64.New(nvmeTable)
	case "CRC32C":
		return crc32.New(crc32.MakeTable(crc32.Castagnoli))
	case "CRC32":
		return crc32.NewIEEE()
	case "SHA256":
		return sha256.New()
	case "SHA1":
		return sha1.New()
	}
	return nil
}

// sum is a running digest and what it must come to.
type sum struct {
	hash.Hash
	want string // base64, or hex for MD5
	hex  bool
}

func (s *sum) ok() bool {
	got := s.Sum(nil)
	if s.hex {
		return hex.EncodeToString(got) == strings.ToLower(s.want)
	}
	return base64.StdEncoding.EncodeToString(got) == s.want
}

// md5Sum checks against an ETag, if that is an MD5: of one part and not
// encrypted with a key of KMS or the client.
func md5Sum(i Info) *sum {
	if raw, err := hex.DecodeString(i.ETag); err != nil || len(raw) != md5.Size || i.kms {
		return nil
	}
	return &sum{Hash: md5.New(), want: i.ETag, hex: true}
}

func encodeCRC(c uint64) string {
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint64(nil, c))
}

// joinCRC gives the CRC-64/NVME of two texts in a row from those of each and
// the length of the second in bytes, as zlib's crc32_combine does for CRC-32:
// appending zero bits is a linear map over GF(2), applied by squaring.
func joinCRC(a, b uint64, length int64) uint64 {
	if length == 0 {
		return a
	}
	var step [64]uint64 // the map of one zero bit
	step[0] = nvme
	for i := 1; i < 64; i++ {
		step[i] = 1 << (i - 1)
	}
	for range 3 { // one zero byte
		step = square(step)
	}
	for ; length > 0; length >>= 1 {
		if length&1 == 1 {
			a = apply(step, a)
		}
		step = square(step)
	}
	return a ^ b
}

func apply(m [64]uint64, v uint64) uint64 {
	var r uint64
	for i := 0; v != 0; i, v = i+1, v>>1 {
		if v&1 == 1 {
			r ^= m[i]
		}
	}
	return r
}

func square(m [64]uint64) (r [64]uint64) {
	for i := range m {
		r[i] = apply(m, m[i])
	}
	return r
}
