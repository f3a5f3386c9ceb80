package tui

import (
	"math"
	"strings"
	"testing"
	"time"

	"charm.land/lipgloss/v2"
)

// Text set into a column has the column's width to the cell, whatever is in it,
// and what is cut off is said to be.
func TestFit(t *testing.T) {
	for _, test := range []struct {
		in         string
		width      int
		fits, left string
	}{
		{"linen", 8, "linen   ", "linen   "},
		{"linen", 5, "linen", "linen"},
		{"linen-04.jpg", 6, "linen…", "…4.jpg"},
		{"linen", 1, "…", "…"},
		{"linen", 0, "", ""},
		{"linen", -3, "", ""},
		{"", 3, "   ", "   "},
		{"亜麻布", 6, "亜麻布", "亜麻布"},
		{"亜麻布", 5, "亜麻…", "…麻布"},
		{"亜麻布", 4, "亜… ", "…布 "},
		{"Ko\u0308per", 4, "Ko\u0308p…", "…per"},
		{"🧵🧵", 3, "🧵…", "…🧵"},
		{"spring/亜a", 3, "sp…", "…a "},
	} {
		if got := fit(test.in, test.width); got != test.fits {
			t.Errorf("fit(%q, %d) = %q, want %q", test.in, test.width, got, test.fits)
		}
		if got := fitLeft(test.in, test.width); got != test.left {
			t.Errorf("fitLeft(%q, %d) = %q, want %q", test.in, test.width, got, test.left)
		}
	}
	for _, s := range []string{"search_uploads/2026/linen-04.jpg", "亜麻a布🧵テスト.png", "Ko\u0308per gru\u0308n", "ผ้าไหม", "한복"} {
		for width := range 40 {
			if w := lipgloss.Width(fit(s, width)); w != width {
				t.Errorf("fit(%q, %d) is %d wide", s, width, w)
			}
			if w := lipgloss.Width(fitLeft(s, width)); w != width {
				t.Errorf("fitLeft(%q, %d) = %q is %d wide", s, width, fitLeft(s, width), w)
			}
			if w := lipgloss.Width(fitName(s, width)); w > width {
				t.Errorf("fitName(%q, %d) is %d wide", s, width, w)
			}
		}
	}
}

// A file name that is cut keeps its extension as long as there is room.
func TestFitName(t *testing.T) {
	for _, test := range []struct {
		in    string
		width int
		want  string
	}{
		{"linen-04.jpg", 12, "linen-04.jpg"},
		{"very-long-name-of-a-weave.jpg", 17, "very-long-na….jpg"},
		{"very-long-name-of-a-weave.jpg", 7, "ve….jpg"},
		{"very-long-name-of-a-weave.jpg", 6, "very-…"},
		{"very-long-name-of-a-weave", 10, "very-long…"},
		{"a sentence. With more behind it", 10, "a sentenc…"},
		{"亜麻布テスト.png", 10, "亜麻….png"},
		{".hidden-and-long", 8, ".hidden…"},
	} {
		if got := fitName(test.in, test.width); got != test.want {
			t.Errorf("fitName(%q, %d) = %q, want %q", test.in, test.width, got, test.want)
		}
	}
}

// Sizes have two to three significant digits and never more than seven cells.
func TestHumanSize(t *testing.T) {
	for _, test := range []struct {
		in   int64
		want string
	}{
		{0, "0 B"}, {1, "1 B"}, {999, "999 B"}, {1000, "1.0 kB"}, {1049, "1.0 kB"}, {4_912_345, "4.9 MB"},
		{11_200_000, "11.2 MB"}, {99_949, "99.9 kB"}, {99_950, "100 kB"}, {112_400_000, "112 MB"},
		{999_499, "999 kB"}, {999_500, "1.0 MB"}, {8_200_000_000, "8.2 GB"}, {math.MaxInt64, "9.2 EB"}, {-1, "?"},
	} {
		if got := humanSize(test.in); got != test.want {
			t.Errorf("humanSize(%d) = %q, want %q", test.in, got, test.want)
		}
	}
	for n := int64(1); n > 0; n *= 3 {
		for _, near := range []int64{n - 1, n, n + 1} {
			if s := humanSize(near); len(s) > 7 {
				t.Errorf("humanSize(%d) = %q is too long", near, s)
			}
		}
	}
}

// Counts are short where they are in the way and whole where they are the point.
func TestCounts(t *testing.T) {
	for _, test := range []struct {
		in           int
		short, whole string
	}{
		{0, "0", "0"}, {84, "84", "84"}, {999, "999", "999"}, {1000, "1.0k", "1,000"}, {9_812, "9.8k", "9,812"},
		{12_431, "12.4k", "12,431"}, {99_950, "100k", "99,950"}, {999_500, "1.0M", "999,500"},
		{1_234_567, "1.2M", "1,234,567"}, {-5, "-5", "-5"}, {-1234, "-1234", "-1,234"}, {-123, "-123", "-123"},
	} {
		if got := humanCount(test.in); got != test.short {
			t.Errorf("humanCount(%d) = %q, want %q", test.in, got, test.short)
		}
		if got := group(test.in); got != test.whole {
			t.Errorf("group(%d) = %q, want %q", test.in, got, test.whole)
		}
	}
}

// Times read as people say them, on the calendar of the reader's zone.
func TestHumanTime(t *testing.T) {
	zone := time.FixedZone("CET", 3600)
	now := time.Date(2026, 11, 14, 15, 30, 0, 0, zone)
	for _, test := range []struct {
		at   time.Time
		now  time.Time
		want string
	}{
		{time.Time{}, now, ""},
		{now.Add(-5 * time.Second), now, "just now"},
		{now.Add(40 * time.Second), now, "just now"},
		{now.Add(-59*time.Minute - 59*time.Second), now, "59 m ago"},
		{now.Add(-2*time.Hour - 10*time.Minute), now, "2 h ago"},
		{now.Add(-15 * time.Hour), now, "15 h ago"},
		{now.Add(-16 * time.Hour), now, "yesterday"},
		{time.Date(2026, 11, 13, 0, 0, 0, 0, zone), now, "yesterday"},
		{time.Date(2026, 11, 12, 23, 30, 0, 0, time.UTC), now, "yesterday"}, // already the 13th here
		{time.Date(2026, 11, 12, 16, 2, 0, 0, zone), now, "12 Nov"},
		{time.Date(2026, 1, 2, 0, 0, 0, 0, zone), now, "2 Jan"},
		{time.Date(2025, 11, 12, 0, 0, 0, 0, zone), now, "Nov 2025"},
		{time.Date(2025, 11, 12, 0, 0, 0, 0, zone), time.Date(2026, 1, 3, 0, 0, 0, 0, zone), "12 Nov"},
		{time.Date(2030, 5, 1, 0, 0, 0, 0, zone), now, "May 2030"},
		{now.Add(-11 * time.Hour), time.Date(2026, 11, 14, 5, 0, 0, 0, zone), "30 m ago"},
		{time.Date(2026, 11, 13, 22, 0, 0, 0, zone), time.Date(2026, 11, 14, 5, 0, 0, 0, zone), "7 h ago"},
	} {
		got := humanTime(test.at, test.now)
		if got != test.want {
			t.Errorf("humanTime(%v) = %q, want %q", test.at, got, test.want)
		}
	}
	for at := now; at.Year() > 2020; at = at.Add(-7 * time.Hour) {
		if s := humanTime(at, now); len(s) > 9 || strings.Contains(s, "-") {
			t.Errorf("humanTime(%v) = %q", at, s)
		}
	}
}

// Lengths of time are exact to their second unit and drop what is nothing.
func TestHumanDuration(t *testing.T) {
	for _, test := range []struct {
		in   time.Duration
		want string
	}{
		{-time.Second, "<1 s"}, {0, "<1 s"}, {900 * time.Millisecond, "<1 s"}, {40 * time.Second, "40 s"},
		{130 * time.Second, "2 min 10 s"}, {28 * time.Minute, "28 min"}, {time.Hour, "1 h"}, {90 * time.Minute, "1 h 30 min"},
		{time.Hour + 20*time.Second, "1 h"}, {7 * 24 * time.Hour, "7 d"}, {26 * time.Hour, "1 d 2 h"},
	} {
		if got := humanDuration(test.in); got != test.want {
			t.Errorf("humanDuration(%v) = %q, want %q", test.in, got, test.want)
		}
	}
}
