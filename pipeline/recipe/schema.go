package recipe

import (
	"encoding/json"
	"regexp"
	"strings"
)

// Schema is the JSON Schema (draft 2020-12) of a recipe file, for editors and
// other tools. It is made from the tables of kinds, keys and placeholders; what
// takes more than one recipe to see (bases, the order of steps, numbers out of
// range, shared results) only Check tells.
func Schema() []byte {
	type object = map[string]any
	list := func(of object) object {
		return object{"oneOf": []any{of, object{"type": "array", "items": of, "minItems": 1}}}
	}
	properties := object{}
	for _, k := range keys {
		p := object{"type": "string"}
		switch {
		case k.known != nil:
			p["enum"] = k.known
		case k.name == "base":
			p["pattern"] = namePattern
		case k.name == "to":
			p["pattern"] = `^([^{}\x00-\x1f\x7f]|\{(` + strings.Join(placeholderNames(), "|") + `)\})+$`
			p["examples"] = []string{DefaultTo, "generated/{stem}.web.jpg"}
		case k.name == "from":
			p = list(object{"anyOf": []any{object{"enum": roles}, object{"type": "string", "pattern": `.+/$`}}})
		case k.name == "steps":
			p = list(object{"$ref": "#/$defs/steps"})
			p["examples"] = []any{[]string{"orient", "fit 1600x1600", "sharpen 0.5", "jpeg q82"}, "orient | fit 800x800 | png"}
			k.about += "\n\n" + stepsText()
		}
		p["description"] = k.about
		properties[k.name] = p
	}
	schema := object{
		"$schema":     "https://json-schema.org/draft/2020-12/schema",
		"title":       "weft recipes",
		"description": "Recipes of weft: one table for each result that is made of a source picture.",
		"type":        "object",
		"patternProperties": object{namePattern: object{
			"type": "object", "properties": properties, "additionalProperties": false,
			"anyOf": []any{object{"required": []string{"steps"}}, object{"required": []string{"base"}}},
		}},
		"additionalProperties": false,
		"$defs":                object{"steps": object{"type": "string", "pattern": stepsPattern()}},
	}
	out, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		panic(err) // it holds texts and lists only
	}
	return append(out, '\n')
}

// namePattern is checkName as a pattern.
const namePattern = `^[a-z0-9_-]{1,64}$`

// stepsPattern matches a text of one step or more. Names are asked for in lower
// case, as they are written back; the parser takes any.
func stepsPattern() string {
	const argument = `[ \t]+("([^"\\]|\\.)*"|'[^']*'|[^\s|,"']+)`
	words := make([]string, len(kinds))
	for i, k := range kinds {
		words[i] = regexp.QuoteMeta(k.name)
		switch {
		case k.args == "":
		case strings.HasPrefix(k.args, "["):
			words[i] += `(` + argument + `)*`
		default:
			words[i] += `(` + argument + `)+`
		}
	}
	step := `\s*(` + strings.Join(words, "|") + `)\s*`
	return `^` + step + `([|,]` + step + `)*$`
}

// stepsText lists the steps, for whoever points at them in an editor.
func stepsText() string {
	var lines []string
	for _, k := range kinds {
		lines = append(lines, "- "+strings.TrimSpace(k.name+" "+k.args)+": "+k.about)
	}
	return strings.Join(lines, "\n")
}
