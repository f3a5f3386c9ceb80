package tui

import (
	"cmp"
	"context"
	"path"
	"slices"
	"strings"
	"time"

	"weft/s3ops"
)

// atOnce is how many rows are filtered and sorted within a key's answer: more
// are arranged off the update loop, for they take longer than a frame.
const atOnce = 50_000

// row is one line of the object pane: an object, or a folder whose Key is its prefix.
type row struct {
	Key       string
	Size      int64 // bytes
	changed   int64 // when it was written, in nanoseconds of Unix time
	VersionID string
	folder    bool
	marked    bool
	deleted   bool // the newest version is a delete marker
}

// rowOf keeps of an object what the pane shows: a hundred thousand rows at half
// the memory.
func rowOf(o s3ops.Object) row {
	return row{Key: o.Key, Size: o.Size, changed: o.Modified.UnixNano(), VersionID: o.VersionID, deleted: o.DeleteMarker}
}

// object is the row as its bucket knows it, as far as the row does.
func (r row) object() s3ops.Object {
	return s3ops.Object{Key: r.Key, Size: r.Size, Modified: r.modified(), VersionID: r.VersionID, DeleteMarker: r.deleted}
}

func (r row) modified() time.Time { return time.Unix(0, r.changed) }

// sorting is what the rows are ordered by.
type sorting int

const (
	byName sorting = iota
	bySize
	byTime
	byType
)

var sortings = []string{byName: "name", bySize: "size", byTime: "time", byType: "type"}

// objects is the object pane: one place of the bucket as loaded so far, and
// what of it is shown in which order.
type objects struct {
	prefix  string
	deleted bool // deleted objects are shown instead

	rows  []row
	order []int32 // rows shown, in order
	tidy  int     // rows shown that are in order; those behind came later
	bytes int64   // of all rows
	count int     // objects among the rows

	win     window
	filter  string // lower case
	sort    sorting
	reverse bool

	loading bool
	stopped bool // by Esc
	err     error
	renewal *objects // a reload under way, shown once it is whole

	marked        int   // rows that are marked
	markedFolders int   // those among them that are folders
	weight        int64 // the bytes of the marked objects
	anchor        int   // where a range began, or -1
	results       map[string]time.Time
}

func newObjects(prefix string, from objects) objects {
	return objects{
		prefix: prefix, deleted: from.deleted, sort: from.sort, reverse: from.reverse,
		loading: true, anchor: -1,
	}
}

// add appends what a listing brought.
func (o *objects) add(folders []string, found []s3ops.Object) {
	first := len(o.rows)
	for _, f := range folders {
		o.rows = append(o.rows, row{Key: f, folder: true})
	}
	for _, obj := range found {
		o.rows = append(o.rows, rowOf(obj))
		o.bytes += obj.Size
		o.count++
	}
	for i := first; i < len(o.rows); i++ {
		if o.matches(&o.rows[i]) {
			o.order = append(o.order, int32(i))
		}
	}
	// Rows mostly come in order. Where they do not, sorting with every page
	// would cost more than the listing: it waits until half of them are new,
	// and of very many until all are there.
	compare := o.compare()
	for o.tidy < len(o.order) && (o.tidy == 0 || compare(o.order[o.tidy-1], o.order[o.tidy]) <= 0) {
		o.tidy++
	}
	if len(o.rows) <= atOnce && (len(o.order)-o.tidy)*2 > len(o.order) {
		held, _ := o.current()
		o.refill(context.Background())
		if o.win.cursor > 0 { // on the first row one stays on the first row
			o.hold(held.Key)
		}
	}
}

func (o *objects) matches(r *row) bool {
	return o.filter == "" || holds(o.name(r), o.filter)
}

// holds tells whether a name holds a text that is in lower case. Names are
// mostly ASCII: those are compared in place.
func holds(name, text string) bool {
	if !plain(name) || !plain(text) {
		return strings.Contains(strings.ToLower(name), text)
	}
	for i := 0; i+len(text) <= len(name); i++ {
		n := 0
		for n < len(text) && lower(name[i+n]) == text[n] {
			n++
		}
		if n == len(text) {
			return true
		}
	}
	return false
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// folder is the folder that the prefix lies in: the prefix itself, unless it
// ends in the beginning of a name.
func (o *objects) folder() string { return o.prefix[:strings.LastIndexByte(o.prefix, '/')+1] }

// name is a row's key below its folder.
func (o *objects) name(r *row) string { return strings.TrimPrefix(r.Key, o.folder()) }

// refill chooses the rows shown and orders them. It touches nothing but order
// and tidy, so that a copy can be refilled off the update loop.
func (o *objects) refill(ctx context.Context) {
	order := make([]int32, 0, len(o.order))
	for i := range o.rows {
		if i%65_536 == 0 && ctx.Err() != nil {
			return
		}
		if o.matches(&o.rows[i]) {
			order = append(order, int32(i))
		}
	}
	if compare := o.compare(); !slices.IsSortedFunc(order, compare) {
		slices.SortFunc(order, compare) // keys differ, so there is one order only
	}
	o.order, o.tidy = order, len(order)
}

// hold puts the cursor on a key after the rows were ordered anew; if it is not
// among them, on the first one.
func (o *objects) hold(key string) {
	if key == "" || !o.find(key) {
		o.win = window{}
	}
}

// compare orders folders before objects, then by the chosen column, then by name.
func (o *objects) compare() func(a, b int32) int {
	return func(i, j int32) int {
		a, b := &o.rows[i], &o.rows[j]
		if a.folder != b.folder {
			if a.folder {
				return -1
			}
			return 1
		}
		c := 0
		switch {
		case a.folder:
		case o.sort == bySize:
			c = cmp.Compare(b.Size, a.Size)
		case o.sort == byTime:
			c = cmp.Compare(b.changed, a.changed)
		case o.sort == byType:
			c = cmp.Compare(kind(a.Key), kind(b.Key))
		}
		if c == 0 {
			c = cmp.Compare(a.Key, b.Key)
		}
		if o.reverse {
			return -c
		}
		return c
	}
}

// kind is the type of an object by its name, as shown in the list.
func kind(key string) string {
	ext := strings.ToUpper(strings.TrimPrefix(path.Ext(key), "."))
	if ext == "JPEG" {
		return "JPG"
	}
	if len(ext) > 5 {
		return ""
	}
	return ext
}

// current is the row under the cursor.
func (o *objects) current() (row, bool) {
	if o.win.cursor < 0 || o.win.cursor >= len(o.order) {
		return row{}, false
	}
	return o.rows[o.order[o.win.cursor]], true
}

// find puts the cursor on a key, if it is shown.
func (o *objects) find(key string) bool {
	for i, at := range o.order {
		if o.rows[at].Key == key {
			o.win.cursor = i
			return true
		}
	}
	return false
}

// chosen is what an action is about: the marked rows in order, else the current one.
func (o *objects) chosen() []row {
	if o.marked > 0 {
		rows := make([]row, 0, o.marked)
		for _, r := range o.rows {
			if r.marked {
				rows = append(rows, r)
			}
		}
		slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a.Key, b.Key) })
		return rows
	}
	if r, ok := o.current(); ok {
		return []row{r}
	}
	return nil
}

// mark sets or takes the mark of the i-th row shown.
func (o *objects) mark(i int, on bool) {
	if r := &o.rows[o.order[i]]; r.marked != on {
		r.marked = on
		o.weigh(r, on)
	}
}

// weigh counts a mark that was set or taken.
func (o *objects) weigh(r *row, on bool) {
	n := 1
	if !on {
		n = -1
	}
	o.marked += n
	o.weight += int64(n) * r.Size
	if r.folder {
		o.markedFolders += n
	}
}

// markAll marks every row shown, or none if all are.
func (o *objects) markAll() {
	all := true
	for _, i := range o.order {
		if !o.rows[i].marked {
			all = false
			break
		}
	}
	for i := range o.order {
		o.mark(i, !all)
	}
}

// markRange marks from where the range began to the cursor.
func (o *objects) markRange() {
	from, to := min(o.anchor, o.win.cursor), max(o.anchor, o.win.cursor)
	for i := max(from, 0); i <= to && i < len(o.order); i++ {
		o.mark(i, true)
	}
}

// unmark takes all marks.
func (o *objects) unmark() {
	if o.marked == 0 {
		return
	}
	for i := range o.rows {
		o.rows[i].marked = false
	}
	o.marked, o.markedFolders, o.weight = 0, 0, 0
}

// renew takes over a finished reload: the cursor and the marks stay where they
// were, by name, as far as the names are still there.
func (o *objects) renew(fresh *objects) {
	held, ok := o.current()
	cursor := o.win
	marked := map[string]bool{}
	for _, r := range o.chosen() {
		marked[r.Key] = o.marked > 0
	}
	fresh.win, fresh.filter, fresh.anchor, fresh.results = cursor, o.filter, o.anchor, o.results
	fresh.sort, fresh.reverse = o.sort, o.reverse
	for i := range fresh.rows {
		if r := &fresh.rows[i]; marked[r.Key] {
			r.marked = true
			fresh.weigh(r, true)
		}
	}
	fresh.refill(context.Background())
	*o = *fresh
	if !ok || !o.find(held.Key) {
		o.win.cursor = min(cursor.cursor, max(0, len(o.order)-1))
	}
}
