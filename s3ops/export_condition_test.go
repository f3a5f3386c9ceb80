package s3ops

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Silent and Stalled are how the watchdog ends a request.
var Silent, Stalled = errSilent, errStalled

// CheckProxy gives a proxy's refusal its type.
var CheckProxy = checkProxy

// SetCredentials makes every request ask this provider.
func SetCredentials(b *Bucket, p aws.CredentialsProviderFunc) {
	old := b.s3.Options()
	old.Credentials = p
	b.s3 = s3.New(old)
}
