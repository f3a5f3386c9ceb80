package s3ops

import (
	"slices"
	"strings"
)

// partition is a part of AWS with accounts and names of its own.
// https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
type partition struct {
	name   string // as ARNs name it
	region string // how the names of its regions begin
	domain string // of its hosts
}

// partitions are those that anybody may have an account in; the last takes all
// regions that are in no other.
var partitions = []partition{
	{"aws-cn", "cn-", "amazonaws.com.cn"},
	{"aws-us-gov", "us-gov-", "amazonaws.com"},
	{"aws-eusc", "eusc-", "amazonaws.eu"},
	{"aws", "", "amazonaws.com"},
}

func partitionOf(region string) partition {
	return partitions[slices.IndexFunc(partitions, func(p partition) bool { return strings.HasPrefix(region, p.region) })]
}

// Partition is the part of AWS that a region belongs to, as ARNs name it: "aws-cn".
func Partition(region string) string { return partitionOf(region).name }

// Partitions are all that Partition can be.
func Partitions() (names []string) {
	for _, p := range partitions {
		names = append(names, p.name)
	}
	slices.Sort(names)
	return names
}

// amazonHost is the host of S3 in a region.
func amazonHost(region string) string { return "s3." + region + "." + partitionOf(region).domain }

// isAWS tells whether a host is one of Amazon's.
func isAWS(host string) bool {
	return slices.ContainsFunc(partitions, func(p partition) bool { return host == p.domain || strings.HasSuffix(host, "."+p.domain) })
}

// BucketARN is how policies name a bucket; an object of it follows after a slash.
func BucketARN(partition, bucket string) string { return "arn:" + partition + ":s3:::" + bucket }

// ARN is how policies name the bucket: in the partition of its region, and at
// other stores, whatever they call their regions, in "aws".
func (b *Bucket) ARN() string {
	if b.custom {
		return BucketARN("aws", b.name)
	}
	return BucketARN(Partition(b.Region()), b.name)
}

// ofS3 tells whether an ARN is that of a bucket or object, in any partition.
func ofS3(arn string) bool {
	return strings.HasPrefix(arn, "arn:aws") && strings.Contains(arn, ":s3:::")
}
