package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"weft/config"
	"weft/pipeline/access"
	"weft/s3ops"
)

// try finds out the rights in the folders, all at once: each is a dozen requests
// that wait for one another.
func try(ctx context.Context, p Patient, b *s3ops.Bucket) []s3ops.Trials {
	all := make([]s3ops.Trials, len(p.Config.Folders))
	var wait sync.WaitGroup
	for i, f := range p.Config.Folders {
		wait.Go(func() { all[i] = b.Probe(ctx, f.Prefix, !p.Config.ReadOnly) })
	}
	wait.Wait()
	return all
}

// needed are the rights without which weft cannot do its work in a folder; the
// others are wanted: what they do is missed, and all else works.
var needed = map[s3ops.Right]bool{s3ops.MayList: true, s3ops.MayGet: true, s3ops.MayPut: true, s3ops.MayMultipart: true, s3ops.MayPresign: true}

// missed is what cannot be done without a right that is wanted.
var missed = map[s3ops.Right]string{
	s3ops.MayDelete:   "deleting and moving",
	s3ops.MayVersions: "looking at old versions and bringing back",
	s3ops.MayTag:      "copying tags along",
}

// folders are the matrix of folders and rights, and what it comes to.
func folders(c *config.Config, trials []s3ops.Trials) []Finding {
	only, machine := viewer(trials), worker(c, trials)
	var all []Finding
	for n, t := range trials {
		f := Finding{Check: "folder " + t.Prefix, State: OK}
		for _, r := range t.Rights {
			one := right(r, only && r.Right == s3ops.MayPut || machine && !does(access.Worker, r.Right, c.Folders[n].Role))
			f.State = worse(f.State, one.State)
			f.Rights = append(f.Rights, one)
		}
		f.Says = summed(f.Rights)
		all = append(all, f)
		if t.Left != nil {
			left := failed("left in "+t.Prefix, t.Left)
			left.State, left.Says = Warn, "what was tried with could not be removed whole: "+left.Says
			all = append(all, left)
		}
	}
	if machine {
		all = append(all, Finding{Check: "role", State: Warn, Says: "a worker's credentials: " + access.Worker.About() + "; nobody can browse with them",
			Remedy: "if they are for weft worker alone, nothing is missing; a person needs those of weft policy iam --role maker"})
	} else if role, ok := role(c, trials, only); ok {
		all = append(all, role)
	}
	return all
}

// deeds are what a right of the matrix stands for.
var deeds = map[s3ops.Right][]s3ops.Deed{
	s3ops.MayList: {s3ops.DoList}, s3ops.MayGet: {s3ops.DoRead}, s3ops.MayPut: {s3ops.DoWrite}, s3ops.MayMultipart: {s3ops.DoWrite},
	s3ops.MayDelete: {s3ops.DoDelete}, s3ops.MayVersions: {s3ops.DoVersions}, s3ops.MayTag: {s3ops.DoCopyTags},
}

// does tells whether a role has a right in a folder.
func does(role access.Role, r s3ops.Right, in config.Role) bool {
	return slices.ContainsFunc(deeds[r], func(d s3ops.Deed) bool { return role.Does(d, in) })
}

// people are the roles of people, each of which does what the one before does.
var people = []access.Role{access.Viewer, access.Maker, access.Keeper}

// role says whose credentials these are, and what the next role lacks. Only a
// viewer's, where weft is not started read-only, is worth a warning.
func role(c *config.Config, trials []s3ops.Trials, only bool) (Finding, bool) {
	f := Finding{Check: "role", State: OK}
	is, lacks := access.Role(""), ""
	for _, r := range people {
		missing, untried := missing(c, trials, r)
		if len(missing) > 0 {
			lacks = "; for a " + string(r) + " is missing: " + strings.Join(missing, ", ")
			break
		}
		if untried {
			lacks = "; whether a " + string(r) + "'s was not tried"
			break
		}
		is = r
	}
	if is == "" {
		return f, false // the matrix says what is missing
	}
	f.Says = fmt.Sprintf("a %s's credentials: %s%s", is, is.About(), lacks)
	if only && !c.ReadOnly {
		f.State = Warn
		f.Remedy = "if that is meant, start weft with --read-only, and nothing is missing; else allow what the folders lack (weft doctor -v prints the statements, weft policy iam --role maker all of them)"
	}
	return f, true
}

// missing are the rights of a role that are refused, by right; untried tells that
// some were not tried.
func missing(c *config.Config, trials []s3ops.Trials, r access.Role) (all []string, untried bool) {
	for i, right := range s3ops.Rights() {
		var in []string
		for n, t := range trials {
			switch one := t.Rights[i]; {
			case !does(r, right, c.Folders[n].Role):
			case one.Err != nil:
				in = append(in, t.Prefix)
			case one.Skipped != "" && (right == s3ops.MayPut || right == s3ops.MayDelete):
				untried = true
			}
		}
		if len(in) == len(trials) {
			in = []string{"all folders"}
		}
		if len(in) > 0 {
			all = append(all, string(right)+" in "+strings.Join(in, " and "))
		}
	}
	return all, untried
}

// worker tells whether these are the credentials of a machine that runs recipes: it
// has all it needs, and may not list where it only reads.
func worker(c *config.Config, trials []s3ops.Trials) bool {
	lacks, untried := missing(c, trials, access.Worker)
	if len(lacks) > 0 || untried {
		return false
	}
	for i, right := range s3ops.Rights() {
		for n, t := range trials {
			if right == s3ops.MayList && !errors.Is(t.Rights[i].Err, s3ops.ErrDenied) && !does(access.Worker, right, c.Folders[n].Role) {
				return false
			}
		}
	}
	return true
}

// viewer tells whether all writing is refused and reading is not.
func viewer(trials []s3ops.Trials) bool {
	refused, reads := 0, false
	for _, t := range trials {
		for _, r := range t.Rights {
			switch {
			case r.Right == s3ops.MayPut && errors.Is(r.Err, s3ops.ErrDenied):
				refused++
			case r.Right == s3ops.MayGet || r.Right == s3ops.MayList:
				reads = reads || r.Err == nil && r.Skipped == ""
			}
		}
	}
	return reads && refused > 0 && refused == len(trials)
}

// right is one cell of the matrix; spare tells that whose credentials these are can
// do without it.
func right(r s3ops.Trial, spare bool) Finding {
	name := string(r.Right)
	switch {
	case r.Skipped != "":
		return Finding{Check: name, State: Skip, Says: r.Skipped}
	case r.Err == nil:
		return Finding{Check: name, State: OK, Says: "allowed"}
	}
	f := failed(name, r.Err)
	archived := f.Evidence != nil && f.Evidence.Condition == "Archived" // the right is there
	if !needed[r.Right] || archived || spare {
		f.State = Warn
	}
	if what := missed[r.Right]; what != "" {
		f.Says += "; without it there is no " + what + ", all else works"
	}
	return f
}

// worse is the state that matters more.
func worse(x, y State) State {
	for _, s := range []State{Fail, Warn} {
		if x == s || y == s {
			return s
		}
	}
	return OK
}

// summed is a matrix' row in words.
func summed(rights []Finding) string {
	var fail, warn []string
	for _, r := range rights {
		switch r.State {
		case Fail:
			fail = append(fail, r.Check)
		case Warn:
			warn = append(warn, r.Check)
		}
	}
	if len(fail)+len(warn) == 0 {
		return "all that is needed is allowed"
	}
	var parts []string
	if len(fail) > 0 {
		parts = append(parts, strings.Join(fail, ", ")+" fails and is needed")
	}
	if len(warn) > 0 {
		parts = append(parts, strings.Join(warn, ", ")+" fails and is missed")
	}
	return strings.Join(parts, "; ")
}
