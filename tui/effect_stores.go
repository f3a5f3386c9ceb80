package tui

import (
	"context"

	tea "charm.land/bubbletea/v2"
)

// The effects that look for other stores, open them and log in.

func readStores(ctx context.Context, p Parts, token int, profile string) tea.Cmd {
	return func() tea.Msg { return surveyedStores{token: token, stores: p.Stores(ctx, profile)} }
}

func switchTo(ctx context.Context, p Parts, token int, s Store) tea.Cmd {
	return func() tea.Msg {
		parts, err := p.Switch(ctx, s)
		return switched{token: token, parts: parts, err: err}
	}
}

func logIn(ctx context.Context, p Parts, m loggedIn, code string) tea.Cmd {
	return func() tea.Msg {
		m.err = p.Login(ctx, m.needed.Profile, code)
		return m
	}
}
