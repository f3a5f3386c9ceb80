package s3ops

import "testing"

// The memory of a body is used again once, and only when nobody reads it any
// more, such as a connection whose request has ended.
func TestHeldMemoryIsFreedAfterItsLastReader(t *testing.T) {
	freed := 0
	h := newHeld([]byte("abc"), func() { freed++ })
	if !h.retain() {
		t.Fatal("it is gone before it was released")
	}
	h.release()
	if freed != 0 || !h.retain() {
		t.Error("it was freed under a reader")
	}
	h.release()
	h.release()
	if freed != 1 || h.retain() {
		t.Errorf("freed %d times", freed)
	}
	late := &watchedRequest{held: h}
	if n, err := late.sendTo(nil, 3); n != 0 || err == nil {
		t.Errorf("a late connection sent %d bytes, %v", n, err)
	}
	if n, err := late.readHeld(make([]byte, 3)); n != 0 || err == nil {
		t.Errorf("a late connection read %d bytes, %v", n, err)
	}
}

// No more parts are held than there is room for, and none that is too long.
func TestRoomForParts(t *testing.T) {
	r := &room{size: 10}
	if b, _ := r.take(11); b != nil {
		t.Error("a part that is too long was held")
	}
	var back func()
	for i := range heldAtOnce {
		b, free := r.take(7)
		if len(b) != 7 {
			t.Fatalf("part %d has %d bytes", i, len(b))
		}
		back = free
	}
	if b, _ := r.take(7); b != nil {
		t.Error("one too many was held")
	}
	back()
	if b, _ := r.take(10); len(b) != 10 {
		t.Error("room that was given back is not there")
	}
}
