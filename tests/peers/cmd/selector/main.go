// SPDX-License-Identifier: Apache-2.0

// Device selectors, ours against k8s.io/dynamic-resource-allocation/cel. First upstream's own table of cases (table.go),
// then random expressions on random devices: compile errors, run-time errors, verdicts, costs and estimates must agree.
// Expressions come from a grammar that knows the kinds of things (generate.go) and now and then forgets them.
//
//	go run ./cmd/selector -filter ../../build/asan/tests/peers/filters/selector_filter [-full] [-n N] [-seed N]
//	go run ./cmd/selector -filter … EXPR…    these alone, on one random device
//	go run ./cmd/selector -bench FILE        what tests/bench/selector wrote, and upstream's times beside it
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand"
	"os"
	"strings"
	"time"

	resourceapi "k8s.io/api/resource/v1"
)

// Past the limit, or upstream fell over: what it had cost until then is nobody's business.
func wasCutShort(a answer) bool {
	return a.RuntimeError != nil && (strings.HasPrefix(*a.RuntimeError, "operation cancelled") || strings.HasPrefix(*a.RuntimeError, "internal error"))
}

// Error texts may differ in wording, but for those that show a value. So may estimates beyond the limit, which upstream's
// arithmetic does not reach in good order: admission refuses both.
func agree(mine, theirs answer) bool {
	limit := uint64(resourceapi.CELSelectorExpressionMaxCost)
	switch {
	case (mine.CompileError != nil) != (theirs.CompileError != nil) || (mine.RuntimeError != nil) != (theirs.RuntimeError != nil):
		return false
	case min(mine.Estimate, limit+1) != min(theirs.Estimate, limit+1):
		return false
	case theirs.CompileError != nil:
		return true
	case mine.Cost != theirs.Cost && !wasCutShort(theirs):
		return false
	case theirs.RuntimeError == nil:
		return *mine.Match == *theirs.Match
	}
	return !strings.HasPrefix(*theirs.RuntimeError, "no such key: ") || *mine.RuntimeError == *theirs.RuntimeError
}

type tally struct{ compiled, failed, matched, panicked, wrong int }

func (t *tally) compare(c testCase, mine answer) {
	want, ok := theirs(c)
	if !ok {
		t.panicked++
		return
	}
	if want.CompileError == nil {
		t.compiled++
	}
	if want.RuntimeError != nil {
		t.failed++
	}
	if want.Match != nil && *want.Match {
		t.matched++
	}
	if !agree(mine, want) {
		t.wrong++
		text, _ := json.Marshal(c.Device)
		fmt.Printf("%s\n  device: %s\n  world:  %v\n  ours:   %v\n  theirs: %v\n", c.Expr, text, c.World, mine, want)
	}
}

func compareRandom(filter string, r *rand.Rand, n, most int) tally {
	const progress = 20000
	var t tally
	for done := 0; done < n && t.wrong < most; {
		if done > 0 && done%progress == 0 {
			fmt.Printf("%d cases so far, %d disagreements\n", done, t.wrong)
		}
		var cases []testCase
		for ; len(cases) < 1000 && done < n; done++ {
			cases = append(cases, generate(r, done))
		}
		for i, mine := range ours(filter, cases) {
			if t.compare(cases[i], mine); t.wrong >= most {
				break
			}
		}
	}
	return t
}

func show(filter string, exprs []string, seed int64) {
	device := randomDevice(rand.New(rand.NewSource(seed)))
	var cases []testCase
	for _, expr := range exprs {
		cases = append(cases, testCase{Name: expr, Expr: expr, Device: device, World: scheduler})
	}
	for i, mine := range ours(filter, cases) {
		want, _ := theirs(cases[i])
		fmt.Printf("%s\n  ours:   %v\n  theirs: %v\n", exprs[i], mine, want)
	}
}

func main() {
	filter := flag.String("filter", "../../build/asan/tests/peers/filters/selector_filter", "our side")
	n := flag.Int("n", 5000, "how many cases")
	full := flag.Bool("full", false, "200,000 cases")
	seed := flag.Int64("seed", time.Now().UnixNano(), "of the generator")
	most := flag.Int("most", 20, "stop after so many disagreements")
	bench := flag.String("bench", "", "measure upstream instead, beside the figures in this file")
	flag.Parse()
	if *bench != "" {
		measure(*bench)
		return
	}
	if flag.NArg() > 0 {
		show(*filter, flag.Args(), *seed)
		return
	}
	if *full {
		*n = 200000
	}
	tableWrong := compareTable(*filter)
	fmt.Printf("seed %d\n", *seed)
	t := compareRandom(*filter, rand.New(rand.NewSource(*seed)), *n, *most)
	fmt.Printf("%d cases: %d compile, %d of these fail, %d match, in %d upstream panics; %d disagreements\n",
		*n, t.compiled, t.failed, t.matched, t.panicked, t.wrong)
	if t.wrong+tableWrong > 0 {
		os.Exit(1)
	}
}
