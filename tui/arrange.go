package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"
)

// filter narrows the rows to those whose names hold the text.
func (m *Model) filter(text string) tea.Cmd {
	m.objects.filter, m.objects.anchor = strings.ToLower(text), -1
	return m.rearrange()
}

// sort orders the rows anew.
func (m *Model) sort(s sorting, reverse bool) tea.Cmd {
	m.objects.sort, m.objects.reverse = s, reverse
	return m.rearrange()
}

// tidy orders rows that came out of order.
func (m *Model) tidy() tea.Cmd {
	if m.objects.tidy == len(m.objects.order) {
		return m.look()
	}
	return m.rearrange()
}

// rearrange filters and orders the rows: at once, or off the update loop where
// they are so many that it would be felt. Until then the old order stands.
func (m *Model) rearrange() tea.Cmd {
	o := &m.objects
	ctx, token := m.arranging.begin(m.ctx)
	if len(o.rows) > atOnce {
		return arrange(ctx, token, *o)
	}
	m.arranging.stop()
	held, _ := o.current()
	o.refill(m.ctx)
	o.hold(held.Key)
	return m.look()
}

// addArranged takes over an order, and adds the rows that came meanwhile.
func (m *Model) addArranged(msg arranged) tea.Cmd {
	if !m.arranging.current(msg.token) {
		return nil
	}
	m.arranging.stop()
	o := &m.objects
	held, _ := o.current()
	o.order, o.tidy = msg.order, len(msg.order)
	for i := msg.rows; i < len(o.rows); i++ {
		if o.matches(&o.rows[i]) {
			o.order = append(o.order, int32(i))
		}
	}
	o.hold(held.Key)
	return m.look()
}
