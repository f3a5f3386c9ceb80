package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"weft/pipeline/access"
	"weft/pipeline/setup"
	"weft/s3ops"
)

// grantee is for whom policies are written, as given by flags.
type grantee struct {
	roles, users            []string
	account, partition, kms string
	explain                 bool
}

// policyKinds are the documents there are.
var policyKinds = []string{"iam", "bucket", "cors", "lifecycle"}

func (a *app) policyCommand() *cobra.Command {
	var g grantee
	var roles strings.Builder
	for _, r := range access.Roles {
		fmt.Fprintf(&roles, "  %-7s %s\n", r, r.About())
	}
	c := &cobra.Command{
		Use:   "policy iam|bucket|cors|lifecycle",
		Short: "Write policies that allow just what is needed",
		Long: "Writes a document for this configuration's bucket and folders, as the AWS CLI and the\n" +
			"console take it: exact actions on exact prefixes, for the roles named.\n\n" + roles.String() + "\n" +
			"iam is a policy for a user, group or role of IAM; bucket is the bucket's own, which names\n" +
			"them. Both together are not needed within one account. It asks no store; weft setup applies\n" +
			"such documents.",
		Example: "  weft policy iam --role maker > maker.json\n  weft policy bucket --role viewer --account 123456789012 --user ann --user role/lab\n" +
			"  weft policy iam --role keeper --explain\n  weft policy cors --origin https://shop.example",
		Args: takes(1, 1), ValidArgs: policyKinds,
	}
	f := c.Flags()
	f.StringSliceVar(&g.roles, "role", nil, "viewer, maker, keeper, worker or owner; several with commas")
	f.StringSliceVar(&g.users, "user", nil, "with bucket: for whom: ann, role/lab or an ARN")
	f.StringVar(&g.account, "account", "", "number of the users' AWS account")
	f.StringVar(&g.partition, "partition", "", "aws, aws-cn, aws-eusc or aws-us-gov (default: by the region)")
	f.StringVar(&g.kms, "kms-key", "", "with iam: ARN of the KMS key that encrypts the bucket")
	f.BoolVar(&g.explain, "explain", false, "say above each statement what it is for")
	setupFlags(c)
	c.RunE = a.do(func(_ context.Context, args []string) error {
		if i := slices.Index(policyKinds, args[0]); i < 0 {
			return usagef("there is no %q policy; there are %s", args[0], strings.Join(policyKinds, ", "))
		}
		return a.policy(args[0], g)
	})
	return c
}

// setupFlags are the flags of [setup] in config.toml.
func setupFlags(c *cobra.Command) {
	f := c.Flags()
	f.StringSlice("origin", nil, "web page that may reach the bucket from a browser, https://shop.example")
	f.String("abort-uploads-after", "", "days until an unfinished upload is ended; 0: never (default 7)")
	f.String("expire-versions-after", "", "days until an old version is deleted for good; 0: never (default 90)")
	f.String("cool-uploads-after", "", "days until original uploads move to infrequent access; 0: never (default 90)")
}

func (a *app) policy(kind string, g grantee) error {
	wish := setup.Wish{Setup: a.cfg.Setup, Folders: a.cfg.Folders}
	switch kind {
	case "cors":
		doc := wish.CORS()
		if len(doc.Rules) == 0 {
			return usagef("name the web pages that may reach the bucket from a browser with --origin, or origins in [setup] of config.toml; without any, no CORS is needed")
		}
		return a.document(doc, []string{setup.Why(doc.Rules[0].ID)}, g.explain,
			"aws s3api put-bucket-cors --bucket "+a.cfg.Bucket+" --cors-configuration file://FILE, or weft setup")
	case "lifecycle":
		doc := wish.Lifecycle()
		var why []string
		for _, r := range doc.Rules {
			why = append(why, setup.Why(r.ID))
		}
		return a.document(doc, why, g.explain,
			"aws s3api put-bucket-lifecycle-configuration --bucket "+a.cfg.Bucket+" --lifecycle-configuration file://FILE, or weft setup")
	}
	w, err := a.wanted(g)
	if err != nil {
		return err
	}
	entries, apply := w.Entries(), "aws iam create-policy --policy-name "+policyName(w)+" --policy-document file://FILE, then aws iam attach-user-policy (or -group-, -role-)"
	if kind == "bucket" {
		who, err := access.Principals(w.Partition, g.account, g.users, a.onAmazon())
		if err != nil {
			return usagef("%w: --user, and --account", err)
		}
		entries, apply = w.ForBucket(who), "weft setup --policy keeps the statements of others; aws s3api put-bucket-policy --bucket "+a.cfg.Bucket+" --policy file://FILE replaces them"
	} else if len(g.users) > 0 || g.account != "" {
		return usagef("a policy of IAM names nobody: it is attached to them; leave out --user and --account")
	}
	var why []string
	for _, e := range entries {
		why = append(why, e.Why)
	}
	return a.document(access.Of(entries), why, g.explain, apply)
}

// wanted is what policies are asked for.
func (a *app) wanted(g grantee) (access.Wanted, error) {
	if len(g.roles) == 0 {
		return access.Wanted{}, usagef("for which role? Name it with --role: viewer, maker, keeper, worker or owner")
	}
	roles, err := access.ParseRoles(g.roles)
	if err != nil {
		return access.Wanted{}, usage(err)
	}
	w := access.Wanted{Roles: roles, Bucket: a.cfg.Bucket, Partition: g.partition, Folders: a.cfg.Folders, Key: g.kms}
	if w.Partition == "" && a.onAmazon() {
		w.Partition = s3ops.Partition(a.cfg.Region)
	}
	w.Partition = cmp.Or(w.Partition, "aws") // so other stores write it
	if all := s3ops.Partitions(); !slices.Contains(all, w.Partition) {
		return w, usagef("there is no partition %q; there are %s", w.Partition, strings.Join(all, ", "))
	}
	if g.kms != "" && !strings.HasPrefix(g.kms, "arn:"+w.Partition+":kms:") {
		return w, usagef("%q is not the ARN of a KMS key: it begins with arn:%s:kms:", g.kms, w.Partition)
	}
	return w, nil
}

// onAmazon tells whether the store is Amazon's, whose users have accounts.
func (a *app) onAmazon() bool { return a.cfg.Endpoint == "" && a.cfg.Local == "" }

// policyName is weft-viewer-worker.
func policyName(w access.Wanted) string {
	name := "weft"
	for _, r := range w.Roles {
		name += "-" + string(r)
	}
	return name
}

// document prints a document: as it is used, or with a comment above each of its
// entries. apply says how it is used.
func (a *app) document(doc fmt.Stringer, why []string, explain bool, apply string) error {
	switch {
	case a.json && explain:
		return a.out.object(struct {
			Document any      `json:"document"`
			Why      []string `json:"why"`
		}{doc, why})
	case a.json:
		return a.out.object(doc)
	case !explain:
		a.out.note("put it into a FILE and apply it: %s", apply)
		return a.out.write([]byte(doc.String()))
	}
	a.out.note("with comments, which JSON has none of: leave out --explain for the document to use")
	return a.out.write([]byte(access.Explained(doc.String(), why)))
}

// wishFor is how the bucket should be, with the statements for those named by
// ROLE=USER.
func (a *app) wishFor(grants []string, account, partition string) (setup.Wish, error) {
	w := setup.Wish{Setup: a.cfg.Setup, Folders: a.cfg.Folders}
	users := map[string][]string{} // by roles
	var order []string
	for _, g := range grants {
		role, user, ok := strings.Cut(g, "=")
		if !ok {
			return w, usagef("%q is not ROLE=USER, such as viewer=ann or maker+worker=role/lab", g)
		}
		if users[role] == nil {
			order = append(order, role)
		}
		users[role] = append(users[role], user)
	}
	for _, role := range order {
		want, err := a.wanted(grantee{roles: strings.Split(role, "+"), partition: partition})
		if err != nil {
			return w, err
		}
		who, err := access.Principals(want.Partition, account, users[role], a.onAmazon())
		if err != nil {
			return w, usagef("%w: --account", err)
		}
		w.Policy = append(w.Policy, want.ForBucket(who)...)
	}
	return w, nil
}
