package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	toml "github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// maxFile bounds the configuration files, in bytes: beyond it, it is another file.
const maxFile = 1 << 20

// pair is one key of config.toml with its value and line.
type pair struct {
	name  string
	node  unstable.Kind
	value string
	list  []string // of an array of strings
	line  int
}

// readFile reads config.toml into the settings. A missing file is fine unless
// it was asked for.
func (l *loader) readFile(path string, asked bool) {
	name := filepath.Base(path)
	data, err := readSmall(path)
	if errors.Is(err, fs.ErrNotExist) && !asked {
		return
	}
	if err != nil {
		l.problem(name, "cannot be read: %v", err)
		return
	}
	// The first pass finds wrong syntax and keys given twice, the second the lines.
	var whole map[string]any
	if err := toml.Unmarshal(data, &whole); err != nil {
		place := name
		if e, ok := errors.AsType[*toml.DecodeError](err); ok {
			line, _ := e.Position()
			place = fmt.Sprintf("%s:%d", name, line)
		}
		l.problem(place, "%s", strings.TrimPrefix(err.Error(), "toml: "))
		return
	}
	for _, p := range pairs(data) {
		l.takePair(p, fmt.Sprintf("%s:%d", name, p.line))
	}
}

func (l *loader) takePair(p pair, place string) {
	if action, ok := strings.CutPrefix(p.name, "keys."); ok {
		l.takeKeys(action, p, place)
		return
	}
	if what, ok := strings.CutPrefix(p.name, "prices."); ok {
		l.takePrice(what, p, place)
		return
	}
	i := slices.IndexFunc(options, func(o option) bool { return o.file && o.name == p.name })
	switch {
	case i < 0 && isCredential(p.name):
		l.problem(place, "%s: credentials do not belong in config.toml: put them in the environment or .env (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY), or name a profile of ~/.aws/credentials with profile = %q", p.name, "NAME")
	case i < 0 && p.name == "queue":
		l.problem(place, "queue: its address may hold a password: set WEFT_QUEUE in the environment or .env")
	case p.name == "keys":
		l.problem(place, "keys: want a table of actions: [keys], then for instance refresh = [\"R\"]")
	case i < 0:
		l.problem(place, "unknown key %q%s", p.name, didYouMean(p.name, fileNames()))
	default:
		if want := wrongType(options[i].kind, p); want != "" {
			l.problem(place, "%s: want %s", p.name, want)
			return
		}
		if options[i].kind == list && p.list != nil {
			p.value = strings.Join(p.list, " ")
		}
		l.give(fromFile, p.name, given{value: p.value, place: place})
	}
}

func (l *loader) takeKeys(action string, p pair, place string) {
	list := p.list
	if p.node == unstable.String {
		list = []string{p.value}
	}
	if p.node != unstable.String && list == nil || slices.Contains(list, "") {
		l.problem(place, "%s: want a list of keys such as [\"x\", \"ctrl+x\"]", p.name)
		return
	}
	l.c.Keys[action] = list
	l.c.Settings = append(l.c.Settings, Setting{p.name, strings.Join(list, " "), place})
}

// wrongType is what a setting wants instead, or "" if its TOML type fits.
func wrongType(k kind, p pair) string {
	switch k {
	case truth:
		if p.node != unstable.Bool {
			return "true or false, without quotes"
		}
	case count:
		if p.node != unstable.Integer {
			return "a whole number, without quotes"
		}
	case amount:
		if p.node != unstable.Integer && p.node != unstable.String {
			return "a number, or a text with a unit"
		}
	case list:
		if p.node != unstable.String && p.list == nil {
			return "a list of texts in quotes"
		}
	default:
		if p.node != unstable.String {
			return "a text in quotes"
		}
	}
	return ""
}

// isCredential recognises the names under which people keep keys.
func isCredential(name string) bool {
	name = name[strings.LastIndex(name, ".")+1:]
	name = strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(name))
	name = strings.TrimPrefix(strings.TrimPrefix(name, "aws"), "s3")
	switch name {
	case "accesskey", "accesskeyid", "secret", "secretkey", "secretaccesskey", "sessiontoken", "token", "password", "credentials":
		return true
	}
	return false
}

// pairs lists the keys of a valid TOML document in their order, with tables as
// dotted names.
func pairs(data []byte) []pair {
	var p unstable.Parser
	p.Reset(data)
	var out []pair
	table := ""
	for p.NextExpression() {
		n := p.Expression()
		switch n.Kind {
		case unstable.Table:
			table = dotted("", n.Key())
		case unstable.ArrayTable:
			table = dotted("", n.Key())
			it := n.Key()
			it.Next()
			out = append(out, pair{name: table, node: n.Kind, line: line(&p, it.Node())})
		case unstable.KeyValue:
			out = append(out, flatten(&p, table, n)...)
		}
	}
	return out
}

// flatten turns name = value into pairs: one, or one per key of an inline table.
func flatten(p *unstable.Parser, table string, n *unstable.Node) []pair {
	name := dotted(table, n.Key())
	first := n.Key()
	first.Next()
	v := n.Value()
	x := pair{name: name, node: v.Kind, value: string(v.Data), line: line(p, first.Node())}
	switch v.Kind {
	case unstable.InlineTable:
		var out []pair
		for it := v.Children(); it.Next(); {
			out = append(out, flatten(p, name, it.Node())...)
		}
		return out
	case unstable.Array:
		x.list = []string{}
		for it := v.Children(); it.Next(); {
			if it.Node().Kind != unstable.String {
				x.list = nil
				break
			}
			x.list = append(x.list, string(it.Node().Data))
		}
	}
	return []pair{x}
}

func dotted(table string, key unstable.Iterator) string {
	var parts []string
	if table != "" {
		parts = append(parts, table)
	}
	for key.Next() {
		parts = append(parts, string(key.Node().Data))
	}
	return strings.Join(parts, ".")
}

func line(p *unstable.Parser, key *unstable.Node) int { return p.Shape(key.Raw).Start.Line }

func readSmall(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, errors.New("it is a folder")
	}
	if info.Size() > maxFile {
		return nil, errors.New("it is longer than 1 MiB")
	}
	return os.ReadFile(path)
}
