package tui

import (
	"context"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// filter narrows the rows to those whose names hold the text.
func (m *Model) filter(text string) tea.Cmd {
	m.objects.filter, m.objects.anchor, m.asks = strings.ToLower(text), -1, false
	return m.arrange()
}

// sort orders the rows anew.
func (m *Model) sort(s sorting, reverse bool) tea.Cmd {
	m.objects.sort, m.objects.reverse = s, reverse
	return m.arrange()
}

// tidy puts rows that came out of order in their places: while more are coming
// as soon as there are so many that it pays.
func (m *Model) tidy() tea.Cmd {
	o := &m.objects
	behind := len(o.order) - o.tidy
	if behind == 0 || o.loading && (m.arranging.busy() || behind < len(o.order)/8) {
		return nil
	}
	return m.arrange()
}

// arrange chooses and orders the rows shown: at once, or off the update loop
// where they are so many that it would be felt. Until then the old order stands.
func (m *Model) arrange() tea.Cmd {
	o := &m.objects
	ctx, token := m.arranging.begin(m.ctx)
	if o.rows.n > atOnce || o.renewable() && o.renewal.rows.n > atOnce {
		behind := *o
		behind.marks.set = slices.Clone(o.marks.set) // marking goes on
		return arrangeBehind(ctx, token, behind)
	}
	return m.addArranged(o.arranged(ctx, token))
}

// renewable tells whether a reload is whole.
func (o *objects) renewable() bool { return o.renewal != nil && !o.renewal.loading }

// arranged is the order that the rows are to have. It changes nothing but the
// copy that it is called on.
func (o objects) arranged(ctx context.Context, token int) arranged {
	switch {
	case o.renewable():
		return arranged{token: token, renewed: o.renewed(ctx), edits: o.marks.edits}
	case o.late():
		o.refill(ctx)
	default:
		o.mend(ctx)
	}
	return arranged{token: token, has: o.has, order: o.order, tidy: o.tidy, rows: o.rows.n}
}

// addArranged takes over an order, and adds the rows that came meanwhile.
func (m *Model) addArranged(msg arranged) tea.Cmd {
	if !m.arranging.current(msg.token) {
		return nil
	}
	m.arranging.stop()
	o := &m.objects
	if msg.renewed != nil {
		return m.addRenewed(msg)
	}
	held, anew := o.held(), o.late()
	o.has, o.order, o.tidy = msg.has, msg.order, msg.tidy
	o.include(msg.rows)
	if anew || o.win.cursor > 0 { // while more come, one stays on the first row
		o.hold(held)
	}
	if m.asks {
		return m.askServer()
	}
	return tea.Batch(m.tidy(), m.look())
}

// addRenewed shows what a reload brought.
func (m *Model) addRenewed(msg arranged) tea.Cmd {
	o := &m.objects
	if msg.edits != o.marks.edits { // marks were set meanwhile: they are carried over too
		return m.arrange()
	}
	o.renew(msg.renewed)
	m.land(0)
	return tea.Batch(m.look(), m.matchResults(), m.reloadStale())
}

// askServer lists the names that begin with what the filter holds, if no loaded
// one does; while that is not known it waits.
func (m *Model) askServer() tea.Cmd {
	o := &m.objects
	m.asks = o.late()
	if m.asks || o.filter == "" || len(o.order) > 0 {
		return m.look()
	}
	return m.visit(o.folder() + m.sought)
}
