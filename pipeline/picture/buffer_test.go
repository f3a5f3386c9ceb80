package picture

import "testing"

// What is lent is as large as asked, hardly larger, and is lent again.
func TestBuffers(t *testing.T) {
	for n := 1; n < 1<<20; n += 1 + n/7 {
		b := grab(n)
		if len(b) != n || cap(b) > n+n/8+1 || roomFor(cap(b)) != cap(b) {
			t.Fatalf("%d bytes: %d of %d", n, len(b), cap(b))
		}
		b[0] = 77
		release(b)
		if again := grab(n); again[0] != 77 {
			t.Fatalf("%d bytes are not lent again", n)
		}
	}
}
