// SPDX-License-Identifier: Apache-2.0

// YAML as sigs.k8s.io/yaml reads it against ours: random scalars and small documents through both. Then the other
// way: random values, written by us, must mean the same to sigs.k8s.io/yaml.
package main

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"regexp"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"

	"tests/peers/comparison"
)

var words = []string{
	"y", "N", "yes", "No", "on", "OFF", "true", "False", "null", "~", "Null", "0", "-0", "1", "+1", "-12", "1_000",
	"0x1F", "-0x1f", "0o17", "017", "08", "0b11", "-0b11", "0x", "9223372036854775807", "9223372036854775808",
	"-9223372036854775809", "18446744073709551616", "1.5", ".5", "1.", "-.5", "1e3", "1E-3", "1.5e+3", "1e", "e1", ".",
	"+", "-", "--", "+.5", "1:30", "190:20:30", "2026-07-01", "2026-07-01T12:00:00Z", ".inf", "-.Inf", ".nan",
	"Infinity", "1,000", "1__0", "_1", "1_", "0_1", "a", "a b", "a: b", "a#b", "a #b", "'", "\"", "''", "\"\"", "'a'",
	"\"a\"", "\"\\u00e9\\n\"", "!!str 1", "!!int 1", "!!float 1", "!!str yes", "=", "<<", "é", "\U0001f600", "k: v", "-a",
	"?a", ":a", "a:", "%a", "@a", "`a", "&x a", "*x", "[a, 1]", "{a: 1, b: yes}", "[]", "{}", "[a", "|", ">", "100m", "1Gi",
}

func word(r *rand.Rand) string {
	text := words[r.Intn(len(words))]
	switch r.Intn(8) {
	case 0:
		if !strings.HasPrefix(text, "!!") {
			text += words[r.Intn(len(words))]
		}
		return text
	case 1:
		number := make([]byte, 1+r.Intn(6))
		for i := range number {
			number[i] = "0123456789_.+-eExob:"[r.Intn(20)]
		}
		return string(number)
	default:
		return text
	}
}

// Names that are containers, infinities or numbers beyond 64 bits we refuse or spell in full; with a broken one,
// go-yaml stops at the first scalar and is content.
var oddName = regexp.MustCompile(`^[\[{*'"]| #|(?i)\.(inf|nan)$|[0-9_]{17}|E`)

func name(r *rand.Rand) string {
	for {
		if text := word(r); !oddName.MatchString(text) {
			return text
		}
	}
}

func document(r *rand.Rand, indent string, depth int) string {
	var text strings.Builder
	for i := range 1 + r.Intn(3) {
		if depth < 3 && r.Intn(4) == 0 {
			fmt.Fprintf(&text, "%sk%d:\n%s", indent, i, document(r, indent+"  ", depth+1))
		} else if r.Intn(4) == 0 {
			fmt.Fprintf(&text, "%sk%d:\n%s- %s\n%s- %s\n", indent, i, indent, word(r), indent, word(r))
		} else if r.Intn(6) == 0 {
			fmt.Fprintf(&text, "%s%s: 1\n", indent, name(r))
		} else if r.Intn(8) == 0 {
			fmt.Fprintf(&text, "%sk%d: %s\n%s  %s\n\n%s   %s\n", indent, i, []string{"|", ">", "|-", ">+"}[r.Intn(4)], indent, word(r), indent, word(r))
		} else {
			fmt.Fprintf(&text, "%sk%d: %s\n", indent, i, word(r))
		}
	}
	return text.String()
}

func value(r *rand.Rand, depth int) any {
	switch n := r.Intn(10); {
	case n < 5 || depth > 3:
		return word(r) + []string{"", "", "", " ", "\n", "\t"}[r.Intn(6)] + []string{"", word(r)}[r.Intn(2)]
	case n == 5:
		return r.Int63() - r.Int63()
	case n == 6:
		return []any{true, false, nil, r.NormFloat64() * 1e20, r.Float64()}[r.Intn(5)]
	case n < 9:
		object := map[string]any{}
		for range r.Intn(4) {
			object[word(r)] = value(r, depth+1)
		}
		return object
	default:
		list := []any{}
		for range r.Intn(4) {
			list = append(list, value(r, depth+1))
		}
		return list
	}
}

// One spelling for each value, so that spellings can be compared.
func spell(text []byte) string {
	var parsed any
	if json.Unmarshal(text, &parsed) != nil {
		return "error"
	}
	spelled, _ := json.Marshal(parsed)
	return string(spelled)
}

func theirs(text string) string {
	result, err := yaml.YAMLToJSONStrict([]byte(text))
	if err != nil {
		return "error"
	}
	return spell(result)
}

func main() {
	run := comparison.Parse("yaml", 1000000)
	r := run.Begin()
	documents, values := make([]string, run.Cases), make([]any, run.Cases)
	for i := range run.Cases {
		documents[i], values[i] = document(r, "", 0), value(r, 0)
	}
	for i, have := range run.Ask(comparison.Encode(documents)) {
		if want := theirs(documents[i]); want != spell([]byte(have)) {
			run.Differ("read "+strconv.Quote(documents[i]), want, have)
		}
	}
	written := comparison.Encode(values)
	for i, have := range run.Ask(written, "write") {
		var text string
		if json.Unmarshal([]byte(have), &text) != nil || theirs(text) != spell([]byte(written[i])) {
			run.Differ("write "+written[i], theirs(text), have)
		}
	}
	run.End("yaml: %d of %d cases differ", run.Failed, 2*run.Cases)
}
