// SPDX-License-Identifier: Apache-2.0

// Names and versions, ours against apimachinery and blang/semver: random texts through both, sentence by
// sentence.
package main

import (
	"fmt"
	"math/rand"
	"strconv"
	"strings"

	"github.com/blang/semver/v4"
	metav1validation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/validation"

	"tests/peers/comparison"
)

var rules = map[string]func(string) []string{
	"label":      validation.IsDNS1123Label,
	"subdomain":  validation.IsDNS1123Subdomain,
	"key":        validation.IsQualifiedName,
	"value":      validation.IsValidLabelValue,
	"identifier": validation.IsCIdentifier,
	"reason":     metav1validation.IsValidConditionReason,
}

func randomText(r *rand.Rand, alphabet string, longest int) string {
	text := make([]byte, r.Intn(longest+1))
	for i := range text {
		text[i] = alphabet[r.Intn(len(alphabet))]
	}
	return string(text)
}

// Most names are nearly good ones, so that each rule is met from both sides.
func name(r *rand.Rand) string {
	alphabet := []string{"abc-", "abc019.-", "abcABC_.-/", "aA1-_./ ,:@é", "a"}[r.Intn(5)]
	longest := []int{3, 8, 70, 260}[r.Intn(4)]
	if alphabet == "a" {
		return strings.Repeat("a", []int{62, 63, 64, 252, 253, 254}[r.Intn(6)]) + randomText(r, "./-ab", 4)
	}
	return randomText(r, alphabet, longest)
}

func number(r *rand.Rand) string {
	return []string{"0", "1", "2", "10", "01", "18446744073709551615", "18446744073709551616", "", "x", "1a"}[r.Intn(10)]
}

func version(r *rand.Rand) string {
	part := func() string { return []string{"0", "1", "2", "10", "3"}[r.Intn(5)] }
	if r.Intn(4) == 0 {
		part = func() string { return number(r) }
	}
	text := part() + "." + part() + "." + part()
	if r.Intn(2) == 0 {
		text += "-" + randomText(r, "ab01.-", 6)
	}
	if r.Intn(3) == 0 {
		text += "+" + randomText(r, "ab01.-+", 6)
	}
	if r.Intn(20) == 0 {
		return randomText(r, "01.-+v", 8)
	}
	return text
}

func theirs(line string) string {
	fields := strings.Split(line, "\t")
	switch fields[0] {
	case "order":
		a, errA := semver.Parse(fields[1])
		b, errB := semver.Parse(fields[2])
		if errA != nil || errB != nil {
			return "error"
		}
		return fmt.Sprint(a.Compare(b))
	case "version":
		if _, err := semver.Parse(fields[1]); err != nil {
			return err.Error()
		}
		return ""
	}
	return strings.Join(rules[fields[0]](fields[1]), "|")
}

func randomLine(r *rand.Rand) string {
	switch rule := []string{"label", "subdomain", "key", "value", "identifier", "reason", "version", "order"}[r.Intn(8)]; rule {
	case "version":
		return rule + "\t" + version(r)
	case "order":
		return rule + "\t" + version(r) + "\t" + version(r)
	default:
		return rule + "\t" + name(r)
	}
}

func main() {
	run := comparison.Parse("names", 1000000)
	r := run.Begin()
	lines := make([]string, run.Cases)
	for i := range lines {
		lines[i] = randomLine(r)
	}
	for i, have := range run.Ask(lines) {
		if want := theirs(lines[i]); have != want {
			run.Differ(strconv.Quote(lines[i]), strconv.Quote(want), strconv.Quote(have))
		}
	}
	run.End("names: %d of %d cases differ", run.Failed, run.Cases)
}
