package tui

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"weft/s3ops"
)

// strange are objects with keys of every kind: empty names, control characters,
// wide ones, longer than S3 has them, outside the folder; some with versions.
func strange(random *rand.Rand, n int) []s3ops.Object {
	found := make([]s3ops.Object, n)
	for i := range found {
		key := fmt.Sprintf("search_uploads/%d-%s", i, strings.Repeat("亜\x00\xff.~", random.IntN(20)))
		switch random.IntN(30) {
		case 0:
			key = "elsewhere/" + key
		case 1:
			key += strings.Repeat("long", 4000)
		case 2:
			key = "search_uploads/"
		}
		found[i] = s3ops.Object{Key: key, Size: random.Int64(), Modified: time.Unix(0, random.Int64())}
		if random.IntN(4) == 0 {
			found[i].VersionID, found[i].DeleteMarker = fmt.Sprint("v", random.Int64()), true
		}
	}
	return found
}

// Packed rows give back what was put in, byte for byte; a copy made earlier
// shows what was there then, and can be read while rows are added.
func TestRowsGiveBackWhatWasPutIn(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	found := strange(random, 5000)
	grown := newRows("search_uploads/beginning")
	ended := make(chan int, len(found))
	readers := 0
	for at := 0; at < len(found); {
		next := min(len(found), at+random.IntN(900))
		grown.add([]string{fmt.Sprintf("search_uploads/folder-%d/", at)}, found[at:next])
		at = next
		readers++
		go func(then rows, last s3ops.Object) { // while the rows grow
			wrong := 0
			for i := range int32(then.n) {
				if r := then.at(i); r.folder != strings.HasSuffix(r.Key, "/") && r.Key != "search_uploads/" {
					wrong++
				}
			}
			if then.at(int32(then.n-1)).Key != last.Key && at > 0 {
				wrong++
			}
			ended <- wrong
		}(grown, append(found[:0:0], found[:next]...)[max(0, next-1)])
	}
	for range readers {
		if n := <-ended; n > 0 {
			t.Errorf("%d rows of a copy are wrong", n)
		}
	}
	var objects []s3ops.Object
	for i := range int32(grown.n) {
		if r := grown.at(i); !r.folder {
			objects = append(objects, r.object())
		}
	}
	if len(objects) != len(found) || grown.n-grown.folders != len(found) {
		t.Fatalf("%d objects of %d", len(objects), len(found))
	}
	for i, o := range objects {
		if w := found[i]; o.Key != w.Key || o.Size != w.Size || !o.Modified.Equal(w.Modified) || o.VersionID != w.VersionID || o.DeleteMarker != w.DeleteMarker {
			t.Fatalf("row %d is %+v, was %+v", i, o, w)
		}
	}
	for _, i := range []int{0, 17, 4999} {
		if at := grown.find(found[i].Key, 0); at < 0 || grown.at(at).Key != found[i].Key {
			t.Errorf("%q is not found", found[i].Key)
		}
	}
}

// The number of a type sorts as its letters do.
func TestTypesSortByTheirNumber(t *testing.T) {
	names := []string{"a", "a.", "a.jpg", "a.JPEG", "a.png", "A.PNG", "dir.d/file", "a.tar.gz", "a.verylong", "a.ü", "a.1", ".hidden", "a.ß", "a.jpegs"}
	byNumber, byKind := slices.Clone(names), slices.Clone(names)
	slices.SortStableFunc(byNumber, func(a, b string) int { return cmp.Compare(kindNumber([]byte(a)), kindNumber([]byte(b))) })
	slices.SortStableFunc(byKind, func(a, b string) int { return cmp.Compare(kind(a), kind(b)) })
	if !slices.Equal(byNumber, byKind) {
		t.Errorf("%q, want %q", byNumber, byKind)
	}
}

// Rows that come in pages in any order, sorted as they come, end in the order
// that sorting all of them gives; so do those arranged off the update loop.
func TestRowsSortedAsTheyComeAreSorted(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	for _, sort := range []sorting{byName, bySize, byTime, byType} {
		var found []s3ops.Object
		for i, at := range random.Perm(3000) {
			found = append(found, s3ops.Object{
				Key: fmt.Sprintf("search_uploads/%05d.%c", at, 'a'+random.IntN(5)), Size: int64(i % 70), Modified: time.Unix(random.Int64N(50), 0)})
		}
		o := newObjects("search_uploads/", objects{arrangement: arrangement{sort: sort, reverse: sort == byType}})
		for page := range slices.Chunk(found, 170) {
			o.add([]string{"search_uploads/" + page[0].Key[15:20] + "/"}, page)
			if o.tidy != len(o.order) {
				t.Fatal("rows are left out of order")
			}
		}
		whole := o
		whole.fill(t.Context())
		if !slices.Equal(o.order, whole.order) || !slices.IsSortedFunc(o.order, o.compare()) {
			t.Errorf("sorted by %s the order differs", sortings[sort])
		}
		for _, i := range []int{0, 1, 1500, len(o.order) - 1} {
			if at := o.place(o.order[i]); at != i {
				t.Errorf("sorted by %s row %d is found at %d", sortings[sort], i, at)
			}
		}
	}
}

// Marks go over to a newer listing by name, whatever came or went and in
// whichever order it is listed.
func TestMarksAreCarriedByName(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 10))
	old, fresh := newRows(""), newRows("")
	var k marks
	marked := map[string]bool{}
	for i := range 2000 {
		key := fmt.Sprintf("%d.jpg", i*7919%2000)
		old.add(nil, []s3ops.Object{{Key: key, Size: int64(i)}})
		if random.IntN(3) == 0 {
			k.put(&old, int32(i), true)
			marked[key] = true
		}
	}
	n, weight := 0, int64(0)
	for i := range 2500 {
		key := fmt.Sprintf("%d.jpg", i)
		if i%5 == 0 {
			continue // it is gone
		}
		fresh.add(nil, []s3ops.Object{{Key: key, Size: 3}})
		if marked[key] {
			n, weight = n+1, weight+3
		}
	}
	got := carried(&old, k, &fresh)
	if got.n != n || got.bytes != weight {
		t.Errorf("%d marks of %d bytes, want %d of %d", got.n, got.bytes, n, weight)
	}
	for i := range got.set.all() {
		if !marked[string(fresh.name(i))] {
			t.Errorf("%s is marked", fresh.name(i))
		}
	}
}
