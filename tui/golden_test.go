package tui

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"weft/pipeline"
	"weft/pipeline/doctor"
	"weft/pipeline/picture"
	"weft/pipeline/queue"
	"weft/pipeline/recipe"
	"weft/pipeline/survey"
	"weft/s3ops"
)

// pictured is a moment that the golden screens show.
var pictured = time.Date(2026, 11, 14, 15, 30, 0, 0, time.UTC)

// newPictured is the interface in a state that never changes: no store behind
// it, no clock, objects of all kinds.
func newPictured() loaded {
	l := newLoaded(0)
	m := l.Model
	m.clock = func() time.Time { return pictured }
	m.now = pictured
	m.parts.Config.Local, m.parts.Config.Link = "store", time.Hour
	m.session = &Session{Config: m.parts.Config, Recipes: recipe.Builtin()}
	m.keepsOld = "on"
	ago := func(d time.Duration) time.Time { return pictured.Add(-d) }
	object := func(name string, size int64, at time.Time) s3ops.Object {
		return s3ops.Object{Key: "search_uploads/" + name, Size: size, Modified: at, ETag: "5d41402abc4b2a76b9719d911017c592", StorageClass: "STANDARD"}
	}
	m.objects = newObjects("search_uploads/", objects{})
	m.objects.add([]string{"search_uploads/lookbook/"}, []s3ops.Object{
		object("denim-01.jpg", 4_912_004, ago(2*time.Hour)), object("evil\x1b[2J.png", 312, ago(3*time.Hour)),
		object("linen-03.jpg", 4_400_120, ago(26*time.Hour)), object("linen-04.jpg", 4_701_230, ago(27*time.Hour)),
		object("notes.txt", 640, ago(50*24*time.Hour)), object("tartan-royal-with-a-name-that-is-longer-than-its-column.jpg", 5_012_000, ago(70*time.Hour)),
		object("亜麻布-köper.png", 11_200_999, ago(600*24*time.Hour)),
	})
	m.objects.loading = false
	m.objects.results = map[string]time.Time{
		"generated/search_uploads/linen-03.jpg.thumb.jpg": pictured, "generated/search_uploads/linen-03.jpg.web.jpg": pictured,
		"generated/search_uploads/denim-01.jpg.thumb.jpg": ago(1000 * time.Hour),
	}
	for i, n := range []int{12431, 36100, 9800, 212, 84} {
		m.folders.counts[fiveFolders[i].Prefix] = surveyed{count: n}
	}
	m.folders.others = []string{"archive/", "recipes/"}
	m.objects.win.cursor = 3
	r, _ := m.objects.current()
	shown := r.object()
	shown.ETag, shown.StorageClass = "5d41402abc4b2a76b9719d911017c592", "STANDARD"
	m.detail = detail{key: r.Key, row: r, versions: 2, pictures: map[string]drawn{}, info: &s3ops.Info{Object: shown, ContentType: "image/jpeg",
		Metadata: map[string]string{"photographer": "Ada"}, Tags: map[string]string{"season": "spring"}}}
	m.detail.known = &picture.Facts{Profile: "Display P3", Look: &picture.Look{Hash: "9ce752486f60dc3c", Sharpness: 822.4, Tiles: "horizontal", Palette: []picture.Colour{
		{Hex: "#8397a1", Share: 0.3012}, {Hex: "#788992", Share: 0.2688}, {Hex: "#d4b04a", Share: 0.23}, {Hex: "#6d7b82", Share: 0.17}, {Hex: "#626a6f", Share: 0.03}}}}
	m.snapshot = queue.Snapshot{Version: 3, Worker: true, Jobs: []queue.Job{
		{ID: 2, Title: "thumb + web over 1,200 images", Verb: pipeline.Process, Total: 1200, Done: 409, Failed: 3, Bytes: 1_640_000_000, State: queue.Running, CreatedAt: ago(20 * time.Second), Error: "search_uploads/broken-07.jpg: ends early (after 1.2 MB): upload it again"},
		{ID: 1, Title: "Delete 3 objects", Verb: pipeline.Delete, Total: 3, Done: 3, State: queue.Done, CreatedAt: ago(2 * time.Hour)},
	}}
	speed := &queue.Speed{}
	speed.Note(ago(20*time.Second), queue.Job{ID: 2, Total: 1200}, nil)
	speed.Note(pictured, m.snapshot.Jobs[0], nil)
	m.speeds[2] = speed
	return l
}

// sized gives the state its size, and the detail pane the facts of its picture.
func (l loaded) sized(width, height int) {
	m := l.Model
	m.Update(tea.WindowSizeMsg{Width: width, Height: height})
	r, _ := m.objects.current()
	m.detail.cacheKey = m.pictureKey(r)
	w, h := m.pictureSize()
	lines := make([]string, min(h/2, 10))
	for i := range lines {
		lines[i] = fit("picture", w)
	}
	m.detail.pictures[m.detail.cacheKey] = drawn{lines: lines, facts: picture.Facts{Width: 4000, Height: 3000, Format: "jpeg", Camera: "Canon R6", Taken: pictured.AddDate(0, 0, -5)}}
}

// The main screen is composed at the sizes people use: columns aligned, nothing
// cut that could be shown, the detail pane where there is room.
func TestMainScreens(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}, {39, 11}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			l := newPictured()
			l.objects.mark(4, true)
			l.objects.mark(0, true)
			l.sized(size[0], size[1])
			compareGolden(t, fmt.Sprintf("main-%dx%d", size[0], size[1]), trimmed(plainScreen(l.Model)))
		})
	}
}

// Each sheet says what it is about, what will happen and which keys it hears.
func TestSheetScreens(t *testing.T) {
	link := s3ops.Link{URL: "https://fabric-storage-bucket.s3.eu-central-1.amazonaws.com/search_uploads/linen-03.jpg?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=3600&X-Amz-Signature=0123456789abcdef",
		Method: "GET", Key: "search_uploads/linen-03.jpg", ExpiresAt: pictured.Add(time.Hour)}
	for name, open := range map[string]func(*Model){
		"help":    func(m *Model) { m.showHelp() },
		"palette": func(m *Model) { m.showPalette() },
		"work":    func(m *Model) { m.showWork() },
		"split":   func(m *Model) { m.sheet = splitExample(nil) },
		"split-nothing": func(m *Model) {
			m.sheet = splitExample(errors.New("uploaded/group_images/oak.jpg: it cannot be split: no swatch was found"))
		},
		"log": func(m *Model) {
			m.sheet = &logSheet{ready: true, text: "linen", deeds: []queue.Deed{
				{Job: queue.Job{ID: 3, State: queue.Done, CreatedAt: m.now.Add(-time.Hour)}, Command: "weft rm search_uploads/linen.jpg"},
				{Job: queue.Job{ID: 2, State: queue.Failed, CreatedAt: m.now.Add(-26 * time.Hour)}, Command: "weft process --recipe web,thumb search_uploads/a.jpg search_uploads/b.jpg …  # and 22 more"},
				{Job: queue.Job{ID: 1, State: queue.Done, Title: "Draw 12 samples", CreatedAt: m.now.Add(-48 * time.Hour)}},
			}}
		},
		"tasks": func(m *Model) {
			m.sheet = &workSheet{open: 2, tasks: []queue.TaskState{
				{Task: pipeline.Task{Key: "search_uploads/broken-07.jpg"}, State: queue.Failed, Error: "search_uploads/broken-07.jpg: ends early (after 1.2 MB): upload it again"},
				{Task: pipeline.Task{Key: "search_uploads/notes.jpg"}, State: queue.Failed, Error: "search_uploads/notes.jpg: is not a picture weft can read"},
			}}
		},
		"tasks-many": func(m *Model) {
			w := &workSheet{open: 2}
			for i := range 60 {
				w.tasks = append(w.tasks, queue.TaskState{Task: pipeline.Task{Key: fmt.Sprintf("search_uploads/%02d.jpg", i)}, State: queue.Failed, Error: fmt.Sprintf("delete search_uploads/%02d.jpg: ", i) +
					"the store refuses s3:DeleteObject to these credentials (AccessDenied, request 4442587FB7D0A2F9); allow s3:DeleteObject on arn:aws:s3:::fabric-storage-bucket/search_uploads/ in the policy of these credentials"})
			}
			w.rows.cursor = 40
			m.sheet = w
		},
		"types": func(m *Model) {
			m.sheet = &mendSheet{total: 340, looked: 340, done: true, left: 2, wrong: []pipeline.Mending{
				{Headers: s3ops.Headers{Object: s3ops.Object{Key: "search_uploads/linen-03.jpg"}, ContentType: "binary/octet-stream", RightType: "image/jpeg"}, State: pipeline.HeadersWrong},
				{Headers: s3ops.Headers{Object: s3ops.Object{Key: "search_uploads/a/deep.png"}, RightType: "image/png"}, State: pipeline.HeadersWrong}}}
		},
		"types-looking": func(m *Model) { m.sheet = &mendSheet{total: 340, looked: 120} },
		"doctor": func(m *Model) {
			m.sheet = &doctorSheet{done: true, findings: []doctor.Finding{
				{Check: "configuration", State: doctor.OK, Says: "bucket fabric-storage-bucket (.env:3), region eu-central-1 (environment AWS_REGION)"},
				{Check: "clock", State: doctor.Fail, Says: "is 20 minutes ahead of the store's", Remedy: "set the clock, best by network time: S3 refuses more than 15 minutes"},
				rightsOf("generated/"), rightsOf("uploaded/single_images/", s3ops.MayPut, s3ops.MayTag),
				{Check: "conditional writes", State: doctor.Skip, Says: "weft was started read-only"},
				{Check: "unfinished uploads", State: doctor.Warn, Says: "2, of 41 MB, the oldest begun 4 days ago: they cost what they weigh, and no listing shows them", Remedy: "weft doctor --abort-uploads ends those older than a day"},
			}}
			m.key(tea.KeyPressMsg{Code: 'n', Text: "n"})
			m.key(tea.KeyPressMsg{Code: 'n', Text: "n"})
		},
		"bucket": func(m *Model) { m.sheet = picturedPage() },
		"bucket-change": func(m *Model) {
			m.sheet = &changeSheet{under: picturedPage(), document: survey.Document{Kind: survey.Policy},
				opens:    []string{"the statement Everybody lets everybody on the internet do s3:GetObject on arn:aws:s3:::cloth/generated/*"},
				problems: []survey.Problem{{Line: 8, Column: 17, Says: "the action s3:FoldNapkins is not known here", Doubt: true}},
				changes:  survey.Diff("{\n  \"Version\": \"2012-10-17\"\n}", "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": []\n}")}
		},
		"explanation": func(m *Model) {
			m.explainAs("Put in uploaded/single_images/", refused(s3ops.MayPut))
		},
		"info":    func(m *Model) { m.sheet = &infoSheet{} },
		"picture": func(m *Model) { m.sheet = &gallery{} },
		"delete":  func(m *Model) { m.objects.markAll(); m.objects.mark(0, false); m.deleteRows() },
		"purge":   func(m *Model) { m.purgeRows() },
		"quit":    func(m *Model) { m.quit() },
		"chord":   func(m *Model) { m.dispatch(tea.KeyPressMsg{Code: 'c', Text: "c"}, browsing, motions) },
		"long-toast": func(m *Model) {
			m.fail(fmt.Errorf("thumb + web over 1,200 images: 3 of 1,200 failed: search_uploads/broken-07.jpg: ends early (after 1.2 MB): upload it again"))
		},
		"transform": func(m *Model) {
			m.sheet = &transformSheet{keys: []string{"a.jpg", "b.jpg"}, left: 1, recipes: recipe.Builtin(), chosen: map[string]bool{"web": true}, plan: examplePlan()}
		},
		"transform-plan": func(m *Model) {
			m.sheet = &transformSheet{keys: []string{"a.jpg", "b.jpg"}, recipes: recipe.Builtin(), chosen: map[string]bool{"web": true}, plan: examplePlan()}
			m.sheet.(*transformSheet).showPlan(m)
		},
		"results": func(m *Model) {
			s := &resultsSheet{prefix: "search_uploads/", count: map[string]int{}}
			m.sheet = s
			_, token := m.comparing.begin(m.ctx)
			some := []standing{{result: pipeline.Result{PlannedOutput: pipeline.PlannedOutput{State: pipeline.OutputUpToDate}}}}
			for _, x := range []pipeline.PlannedOutput{
				{Source: "search_uploads/linen-03.jpg", Key: "generated/search_uploads/linen-03.jpg.out.jpg", Recipe: "web", State: pipeline.OutputStale, Why: pipeline.WhySource},
				{Source: "search_uploads/linen-04.jpg", Key: "generated/search_uploads/linen-04.jpg.out.jpg", Recipe: "thumb", State: pipeline.ResultMissing},
				{Source: "search_uploads/d.jpg", Key: "generated/search_uploads/d.jpg.out.jpg", Recipe: "shop", State: pipeline.OutputCollision, Why: "it is also the result of search_uploads/x/d.jpg"},
				{Source: "search_uploads/old.jpg", Key: "generated/search_uploads/old.jpg.out.jpg", Recipe: "web", State: pipeline.ResultOrphan, Why: "its source is gone"},
			} {
				some = append(some, standing{result: pipeline.Result{PlannedOutput: x}})
			}
			s.answer(m, resultsCompared{token: token, some: some})
		},
		"share": func(m *Model) {
			s := newShareSheet(m, []string{link.Key}, "search_uploads/")
			s.links = []s3ops.Link{link}
			s.write()
			m.sheet = s
		},
		"share-capped": func(m *Model) {
			m.parts.Config.Link = 12 * time.Hour
			s := newShareSheet(m, []string{link.Key, link.Key}, "search_uploads/")
			capped := link
			capped.Capped, capped.ExpiresAt = true, pictured.Add(28*time.Minute)
			s.links, s.format = []s3ops.Link{capped, capped}, 2
			s.write()
			m.sheet = s
		},
		"share-upload": func(m *Model) {
			s := newShareSheet(m, nil, "search_uploads/")
			s.names.SetValue("front.jpg, swatch-{01..12}.jpg")
			upload := link
			upload.Method, upload.MayEndSooner = "PUT", true
			s.links, s.format = slices.Repeat([]s3ops.Link{upload}, 130), 4
			s.write()
			m.sheet = s
		},
		"versions": func(m *Model) {
			m.sheet = &versionSheet{name: "search_uploads/linen-03.jpg", loaded: true, versions: []s3ops.Object{
				{Key: "search_uploads/linen-03.jpg", Modified: pictured, DeleteMarker: true, IsLatest: true, VersionID: "01M850BZDV1ZS58MGG9G2FF03Q"},
				{Key: "search_uploads/linen-03.jpg", Modified: pictured.Add(-time.Hour), Size: 4_400_120, VersionID: "01M850BRBN2TMTCG3CYZMR1VAA"},
			}}
		},
		"rename": func(m *Model) { m.rename() },
	} {
		t.Run(name, func(t *testing.T) {
			l := newPictured()
			l.sized(80, 24)
			open(l.Model)
			l.sized(80, 24)
			compareGolden(t, "sheet-"+name, trimmed(plainScreen(l.Model)))
		})
	}
}

// The states without rows say what they are and what to do.
func TestStateScreens(t *testing.T) {
	for name, set := range map[string]func(*Model){
		"opening": func(m *Model) { m.session = nil },
		"loading": func(m *Model) { m.objects.loading = true },
		"empty":   func(m *Model) {},
		"results": func(m *Model) { m.objects = newObjects("generated/", objects{}); m.objects.loading = false },
		"stopped": func(m *Model) { m.objects.stopped = true },
		"deleted": func(m *Model) { m.objects.deleted = true },
		"denied-at-length": func(m *Model) { // its keys are not cut, but the remedy, which Enter shows whole
			m.objects.err = &s3ops.Error{Op: "list", Key: "search_uploads/", Why: "the store refuses it to these credentials, without a reason", Remedy: "allow s3:ListBucket on arn:aws:s3:::fabric-storage-bucket with the prefix \"search_uploads/\"; for a bucket of another account its bucket policy must allow it too; if its requesters pay, add --request-payer", Code: "AccessDenied",
				Grants: []s3ops.Grant{{Action: "s3:ListBucket", Resource: "arn:aws:s3:::fabric-storage-bucket", Prefix: "search_uploads/"}}}
		},
		"denied": func(m *Model) {
			m.objects.err = &s3ops.Error{Op: "list", Key: "search_uploads/", Why: "access denied", Remedy: "allow s3:ListBucket on arn:aws:s3:::fabric-storage-bucket", Code: "AccessDenied", RequestID: "4442587FB7D0A2F9",
				Grants: []s3ops.Grant{{Action: "s3:ListBucket", Resource: "arn:aws:s3:::fabric-storage-bucket", Prefix: "search_uploads/"}}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := newPictured()
			l.objects = newObjects("search_uploads/", objects{})
			l.objects.loading = false
			l.detail.clear()
			set(l.Model)
			l.sized(80, 14)
			compareGolden(t, "state-"+name, trimmed(plainScreen(l.Model)))
		})
	}
}

// refused is a cell of the doctor's matrix.
func refused(r s3ops.Right) doctor.Finding {
	return doctor.Finding{Check: string(r), State: doctor.Fail, Says: "the store refuses it to these credentials, without a reason (AccessDenied)",
		Remedy:    "allow s3:PutObject on arn:aws:s3:::cloth/uploaded/single_images/*",
		Statement: "{\n  \"Effect\": \"Allow\",\n  \"Action\": \"s3:PutObject\",\n  \"Resource\": \"arn:aws:s3:::cloth/uploaded/single_images/*\"\n}",
		Evidence:  &doctor.Evidence{Condition: "Access denied, without a reason", Tried: "write", Bucket: "cloth", Key: "uploaded/single_images/.weft/doctor-1", Status: 403, Code: "AccessDenied", RequestID: "REQ42"}}
}

// rightsOf is a row of the doctor's matrix in which some rights are refused.
func rightsOf(prefix string, not ...s3ops.Right) doctor.Finding {
	f := doctor.Finding{Check: "folder " + prefix, State: doctor.OK, Says: "all that is needed is allowed"}
	for _, r := range s3ops.Rights() {
		one := doctor.Finding{Check: string(r), State: doctor.OK, Says: "allowed"}
		if slices.Contains(not, r) {
			one, f.State = refused(r), doctor.Fail
		}
		f.Rights = append(f.Rights, one)
	}
	return f
}

// examplePlan is a plan with an output in each state.
func examplePlan() planView {
	v := newPlanView()
	v.add(planned{some: []planPart{
		{output: pipeline.PlannedOutput{Source: "search_uploads/a.jpg", Recipe: "web", Key: "generated/search_uploads/a.jpg.web.jpg", State: pipeline.OutputNew}},
		{output: pipeline.PlannedOutput{Source: "search_uploads/b.jpg", Recipe: "web", Key: "generated/search_uploads/b.jpg.web.jpg", State: pipeline.OutputStale, Why: pipeline.WhySource}},
		{output: pipeline.PlannedOutput{Source: "search_uploads/c.jpg", Recipe: "web", Key: "generated/search_uploads/c.jpg.web.jpg", State: pipeline.OutputUpToDate}},
		{output: pipeline.PlannedOutput{Source: "search_uploads/d.jpg", Recipe: "web", Key: "generated/d.jpg", State: pipeline.OutputCollision, Why: "it is also the result of search_uploads/x/d.jpg"}},
		{estimate: &pipeline.Estimate{Pixels: 24_000_000, Bytes: 9_400_000, Exact: true, Seconds: 1.4}},
	}})
	return v
}

// picturedPage is a bucket's page with something of everything.
func picturedPage() *pageSheet {
	denied := refused(s3ops.MayGet)
	usd := 0.19
	count := survey.Count{At: pictured.Add(-2 * time.Hour), Whole: true, Old: true, Total: survey.Sum{Objects: 12431, Bytes: 8_200_000_000}, Behind: survey.Sum{Objects: 310, Bytes: 90_000_000}, Markers: 12,
		Folders: map[string]survey.Sum{"search_uploads/": {Objects: 12000, Bytes: 8_000_000_000}, "generated/": {Objects: 431, Bytes: 200_000_000}},
		Ages:    []survey.Sum{{Objects: 12000, Bytes: 8_000_000_000}, {}, {Objects: 431, Bytes: 200_000_000}, {}, {}}, Largest: []s3ops.Object{{Key: "search_uploads/tartan.tif", Size: 91_000_000}}, Oldest: []s3ops.Object{{Key: "search_uploads/a.jpg", Modified: pictured.AddDate(-3, 0, 0)}}}
	return &pageSheet{loaded: true, win: window{cursor: 4}, page: survey.Page{Bucket: "fabric-storage-bucket", Count: &count, Storage: &usd,
		Prices: &survey.Prices{Source: "Amazon's list prices of eu-central-1 about 2025, unchecked: aws.amazon.com/s3/pricing has today's"}, Facts: []survey.Fact{
			{Name: "region", State: survey.Set, Says: []string{"eu-central-1"}},
			{Name: "versions", State: survey.Set, Says: []string{"kept: what is deleted or overwritten can be brought back"}},
			{Name: "encryption", State: survey.Denied, Says: []string{"no right to look: s3:GetEncryptionConfiguration"}, Why: &denied},
			{Name: "public access", State: survey.Missing, Says: []string{"this store has no such thing"}},
			{Name: "policy", State: survey.Set, Says: []string{"anyone on the internet can read generated/"}, Risk: []string{"anyone on the internet can read generated/"}}}}}
}
