package picture

import "testing"

// What is lent is as large as asked, hardly larger, and comes from its own class again.
func TestBuffers(t *testing.T) {
	for n := 1; n < 1<<20; n += 1 + n/7 {
		b := grab(n)
		c, size := class(n)
		if len(b) != n || cap(b) < n || n > 8 && size > n+n/4+1 {
			t.Fatalf("%d bytes: %d of %d", n, len(b), cap(b))
		}
		if again, same := class(size); again != c || same != size {
			t.Fatalf("%d bytes are of class %d, their %d of class %d", n, c, size, again)
		}
		release(b)
	}
}
