// SPDX-License-Identifier: Apache-2.0

// Names and versions, ours against apimachinery and blang/semver: random texts through both, sentence by
// sentence.
package main

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/blang/semver/v4"
	metav1validation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/validation"
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
	filter := flag.String("filter", "../../build/asan/tests/peers/filters/names_filter", "our side")
	full := flag.Bool("full", false, "1,000,000 cases instead of 5,000")
	seed := flag.Int64("seed", time.Now().UnixNano(), "of the random texts")
	flag.Parse()
	cases := 5000
	if *full {
		cases = 1000000
	}
	fmt.Printf("names: seed %d, %d cases\n", *seed, cases)
	r := rand.New(rand.NewSource(*seed))
	lines := make([]string, cases)
	for i := range lines {
		lines[i] = randomLine(r)
	}
	command := exec.Command(*filter)
	command.Stdin, command.Stderr = strings.NewReader(strings.Join(lines, "\n")+"\n"), os.Stderr
	output, err := command.Output()
	if err != nil {
		fmt.Fprintln(os.Stderr, "filter:", err)
		os.Exit(2)
	}
	ours := bufio.NewScanner(bytes.NewReader(output))
	failed := 0
	for _, line := range lines {
		if !ours.Scan() {
			fmt.Fprintln(os.Stderr, "the filter stopped early")
			os.Exit(2)
		}
		if want := theirs(line); ours.Text() != want {
			if failed++; failed <= 20 {
				fmt.Printf("%q\n  kubernetes %q\n  tranche    %q\n", line, want, ours.Text())
			}
		}
	}
	fmt.Printf("names: %d of %d cases differ\n", failed, cases)
	if failed > 0 {
		os.Exit(1)
	}
}
