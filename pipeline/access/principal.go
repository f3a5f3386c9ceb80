package access

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"

	"weft/s3ops"
)

var (
	accountShape = regexp.MustCompile(`^[0-9]{12}$`)
	userShape    = regexp.MustCompile(`^(user/|role/)?([A-Za-z0-9+=,.@_/-]+/)?[A-Za-z0-9+=,.@_-]{1,64}$`)
	arnShape     = regexp.MustCompile(`^arn:aws[a-z-]*:(iam|sts)::[0-9]{12}:(root|(user|role|assumed-role|federated-user)/[^*\s]+)$`)
)

// Principals names users of an account in a bucket's policy: "ann" or "user/ann"
// is a user, "role/lab" a role, and an ARN or an account's number itself. At a store
// that is not Amazon's a user may be named without an account, by whatever the
// store calls them.
func Principals(partition, account string, users []string, amazon bool) (s3ops.Principal, error) {
	if account != "" && !accountShape.MatchString(account) {
		return s3ops.Principal{}, fmt.Errorf("%q is not the number of an AWS account: it has 12 digits, see the top right of the console", account)
	}
	var all s3ops.Words
	for _, u := range users {
		switch {
		case arnShape.MatchString(u):
			all = append(all, u)
		case accountShape.MatchString(u):
			all = append(all, "arn:"+cmp.Or(partition, "aws")+":iam::"+u+":root")
		case u == "*" || u == "":
			return s3ops.Principal{}, fmt.Errorf("weft writes no policy for everybody: share presigned links instead")
		case !userShape.MatchString(u):
			return s3ops.Principal{}, fmt.Errorf("%q is not a user: write ann, role/lab or an ARN", u)
		case account != "":
			if !strings.HasPrefix(u, "user/") && !strings.HasPrefix(u, "role/") {
				u = "user/" + u
			}
			all = append(all, "arn:"+cmp.Or(partition, "aws")+":iam::"+account+":"+u)
		case amazon:
			return s3ops.Principal{}, fmt.Errorf("whose user is %q? Name the account, 12 digits", u)
		default:
			all = append(all, u)
		}
	}
	if len(all) == 0 {
		return s3ops.Principal{}, fmt.Errorf("a bucket's policy names whom it is for: name a user")
	}
	return s3ops.Principal{By: map[string]s3ops.Words{"AWS": all}}, nil
}
