package tui

// window is the cursor of a virtual list: which row it stands on and which row
// is the first one drawn. Panes draw only the visible rows, so that a list of a
// million costs what a list of thirty does. The list's length and the pane's
// height are the pane's to know and come with each call; a window that was left
// with an older length or height puts itself right.
type window struct {
	cursor, top int
}

// move steps the cursor by delta rows and scrolls as little as it can.
func (w *window) move(delta, total, height int) {
	w.set(w.cursor+delta, total, height)
}

// set puts the cursor on a row and scrolls as little as it can.
func (w *window) set(cursor, total, height int) {
	w.cursor = clamp(cursor, 0, total-1)
	w.top = w.clampedTop(total, height)
}

// center puts the cursor on a row and the row in the middle of the pane: for
// jumps, where the eye has no old place to keep.
func (w *window) center(cursor, total, height int) {
	w.top = cursor - height/2
	w.set(cursor, total, height)
}

// page moves by whole pages, keeping one row in sight as vim and less do.
func (w *window) page(pages, total, height int) {
	w.jump(pages*max(1, height-1), total, height)
}

// halfPage moves by half pages.
func (w *window) halfPage(halves, total, height int) {
	w.jump(halves*max(1, height/2), total, height)
}

// jump moves cursor and view together, so that the cursor keeps its place on
// the screen while the rows go by.
func (w *window) jump(delta, total, height int) {
	w.top += delta
	w.top = clamp(w.top, 0, total-height)
	w.set(w.cursor+delta, total, height)
}

// home and end go to the first and to the last row.
func (w *window) home(total, height int) { w.set(0, total, height) }
func (w *window) end(total, height int)  { w.set(total-1, total, height) }

// visible gives the rows to draw: from up to, and without, to. There are at
// most height of them and never more than there are rows.
func (w window) visible(total, height int) (from, to int) {
	if total <= 0 || height <= 0 {
		return 0, 0
	}
	w.set(w.cursor, total, height)
	return w.top, min(total, w.top+height)
}

// clampedTop is the first row nearest to top that keeps the cursor in view and
// leaves no empty rows at the end of a list that could fill them.
func (w window) clampedTop(total, height int) int {
	height = max(1, height)
	top := clamp(w.top, w.cursor-height+1, w.cursor)
	return clamp(top, 0, total-height)
}

// clamp keeps n within low and high; if high is below low, low wins.
func clamp(n, low, high int) int {
	return max(low, min(n, high))
}
