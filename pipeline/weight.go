package pipeline

// Room is how much work that waits for the network may be under way at the same
// time, in the units of Task.Weight: many small objects, whose cost is the wait
// for an answer, or a few large ones, which fill the line and move in parts.
const Room = 32

// Weight is how much of Room a task takes: 1 for what is one short request, so
// that 32 of those run at once; 4 for objects of up to 16 MiB and those of a length
// not known; 8 for larger ones, which have four parts under way each.
func (t Task) Weight() int64 {
	const small, medium = 1 << 20, 16 << 20 // bytes
	switch t.Verb {
	case Delete, Undelete, Purge, Refuse:
		return 1
	case Draw:
		return 8 // it costs processor and memory
	}
	switch {
	case t.Size == 0 || t.Size > small && t.Size <= medium:
		return 4
	case t.Size <= small:
		return 1
	}
	return 8
}
