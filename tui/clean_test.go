package tui

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
)

// Names people really use come through as they are; whatever could act on the
// terminal, hide or deceive comes out as a visible sign.
func TestClean(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"plain", "search_uploads/linen 04 (new).jpg", "search_uploads/linen 04 (new).jpg"},
		{"empty", "", ""},
		{"latin", "Köper grün – Größe 12½.jpg", "Köper grün – Größe 12½.jpg"},
		{"decomposed latin", "Ko\u0308per", "Ko\u0308per"},
		{"vietnamese, decomposed", "lu\u0323a te\u0302\u0301", "lu\u0323a te\u0302\u0301"},
		{"cyrillic, greek", "лён λινό", "лён λινό"},
		{"han, kana", "亜麻布テスト.png", "亜麻布テスト.png"},
		{"hangul", "한복.jpg", "한복.jpg"},
		{"hangul, decomposed", "\u1112\u1161\u11ab\u1107\u1169\u11a8", "한복"},
		{"hebrew, arabic", "פשתן كتان", "פשתן كتان"},
		{"thai", "ผ้าไหม ดำ", "ผ้าไหม ด\u0e4dา"},
		{"halfwidth kana", "ｶﾞｰｾﾞ", "ｶ\u3099ｰｾ\u3099"},
		{"devanagari", "कपास", "कप·स"},
		{"emoji", "🧵 thread 👍.jpg", "🧵 thread 👍.jpg"},

		{"line ends", "a\r\nb\tc", "a␍␊b␉c"},
		{"escape sequence", "\x1b[2J\x1b[31mred", "␛[2J␛[31mred"},
		{"operating system command", "\x1b]52;c;ZXZpbA==\a", "␛]52;c;ZXZpbA==␇"},
		{"unterminated string", "\x1bP1;2q", "␛P1;2q"},
		{"delete and backspace", "abc\b\b\x7f", "abc␈␈␡"},
		{"null", "a\x00b", "a␀b"},
		{"C1 as UTF-8", "\u009b31m\u0085", "�31m�"},
		{"C1 as a byte", "\x9b31m", "�31m"},
		{"invalid UTF-8", "a\xff\xc0\xafb\xe2\x82", "a���b��"},
		{"surrogate as UTF-8", "\xed\xa0\x80", "���"},
		{"line and paragraph separators", "a\u2028b\u2029c", "a·b·c"},
		{"bidi override", "exe\u202egpj.\u202c", "exe·gpj.·"},
		{"bidi isolates and marks", "\u2066a\u2069\u200e\u200f\u061c", "·a····"},
		{"zero width", "a\u200bb\u200cc\u200dd\ufeffe\u2060f", "a·b·c·d·e·f"},
		{"soft hyphen", "a\u00adb", "a·b"},
		{"tags", "a\U000e0041\U000e007f", "a··"},
		{"variation selectors", "❤\ufe0f a\ufe00 \U000e0100", "❤· a· ·"},
		{"joined emoji", "👩\u200d👧 👍🏽", "👩·👧 👍·"},
		{"flag", "🇩🇪", "··"},
		{"keycap", "1\ufe0f\u20e3", "1··"},
		{"private use", "\ue0b0\U000f0000", "··"},
		{"unassigned", "\u0378\U000bffff\ufffe", "···"},
		{"odd spaces", "a\u00a0b\u202fc\u3000d\u2800\u3164", "a␣b␣c␣d␣␣"},
		{"invisible marks", "a\u034fb\u17b4", "a·b·"},
		{"mark at the beginning", "\u0301a", "·a"},
		{"spacing mark", "\u0903", "·"},
		{"tower of marks", "a" + strings.Repeat("\u0301", 6), "a" + strings.Repeat("\u0301", 4) + "·\u0301"},
		{"jamo that do not compose", "\u1100\u1100", "\u1100·\u1100"},
		{"conjunct", "क्ष", "क्·ष"},
		{"prepended sign", "\u0d4eക", "·ക"},
	} {
		if got := Clean(test.in); got != test.want {
			t.Errorf("%s: %q became %q, want %q", test.name, test.in, got, test.want)
		}
		checkClean(t, test.in)
	}
}

// Every code point comes out clean between others: all of the scripts and signs
// that differ from their neighbours, and samples of the large even blocks.
func TestCleanEveryRune(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if r > 0x3200 && (r < 0x1f000 || r > 0x1fbff) && r%97 != 0 {
			continue
		}
		checkClean(t, "क्"+string(r)+"│")
	}
}

// Whatever the bytes, the result is one line of visible characters with one
// width, holds nothing that acts, and does not change when cleaned again.
func FuzzClean(f *testing.F) {
	for _, s := range []string{
		"plain", "\x1b[2J", "a\u202eb", "\xff\xfe", "क्षि", "👩\u200d👩\u200d👧", "\u1112\u1161\u11ab", "น้ำ",
		"🇩🇪🇫🇷", "e\u0301\u0301\u0301\u0301\u0301\u0301", "\u0600a", "\u1100\u1160\u11a8",
	} {
		f.Add(s)
	}
	f.Fuzz(checkClean)
}

func checkClean(t *testing.T, in string) {
	t.Helper()
	out := Clean(in)
	if !utf8.ValidString(out) {
		t.Fatalf("%q became invalid: %q", in, out)
	}
	cells := 0
	for _, r := range out {
		if r < ' ' || !unicode.IsGraphic(r) || unicode.Is(unicode.Variation_Selector, r) {
			t.Fatalf("%q let %U through: %q", in, r, out)
		}
		cells += ansi.StringWidthWc(string(r))
	}
	if w := lipgloss.Width(out); w != cells {
		t.Fatalf("%q became %q: %d cells by characters, %d by runes", in, out, w, cells)
	}
	if w := lipgloss.Width("│" + out + "│"); w != cells+2 {
		t.Fatalf("%q became %q: it melts into its neighbours, %d of %d cells", in, out, w, cells+2)
	}
	if ansi.Strip(out) != out {
		t.Fatalf("%q became %q: it holds a sequence", in, out)
	}
	if again := Clean(out); again != out {
		t.Fatalf("%q became %q and then %q", in, out, again)
	}
	if utf8.RuneCountInString(out) < utf8.RuneCountInString(in)/3 { // Hangul: three letters, one syllable
		t.Fatalf("%q became %q: it hides text", in, out)
	}
}

// Cleaning a plain name allocates nothing.
func TestCleanPlainAllocatesNothing(t *testing.T) {
	name := "search_uploads/2026/spring/linen-04.jpg"
	if n := testing.AllocsPerRun(100, func() { Clean(name) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkClean(b *testing.B) {
	for _, bench := range []struct{ name, text string }{
		{"plain", "search_uploads/2026/spring/linen-04.jpg"},
		{"umlauts", "search_uploads/2026/frühling/köper-04.jpg"},
		{"hostile", strings.Repeat("\x1b[2J\u202e👩\u200d👧", 40)},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Clean(bench.text)
			}
		})
	}
}
