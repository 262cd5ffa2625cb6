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
	"strings"

	resourceapi "k8s.io/api/resource/v1"

	"tests/peers/comparison"
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

type tally struct{ compiled, failed, matched, panicked int }

func (t *tally) compare(run *comparison.Run, c testCase, mine answer) {
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
		text, _ := json.Marshal(c.Device)
		run.Differ(fmt.Sprintf("%s\n  device: %s\n  world: %v", c.Expr, text, c.World), want, mine)
	}
}

func compareRandom(run *comparison.Run) tally {
	const progress = 20000
	var t tally
	r := run.Random()
	for done := 0; done < run.Cases && run.Failed < run.Shown; {
		if done > 0 && done%progress == 0 {
			fmt.Printf("%d cases so far, %d disagreements\n", done, run.Failed)
		}
		var cases []testCase
		for ; len(cases) < 1000 && done < run.Cases; done++ {
			cases = append(cases, generate(r, done))
		}
		for i, mine := range ours(run, cases) {
			if t.compare(run, cases[i], mine); run.Failed >= run.Shown {
				break
			}
		}
	}
	return t
}

func show(run *comparison.Run, exprs []string) {
	device := randomDevice(run.Random())
	var cases []testCase
	for _, expr := range exprs {
		cases = append(cases, testCase{Name: expr, Expr: expr, Device: device, World: scheduler})
	}
	for i, mine := range ours(run, cases) {
		want, _ := theirs(cases[i])
		fmt.Printf("%s\n  ours:   %v\n  theirs: %v\n", exprs[i], mine, want)
	}
}

func main() {
	n := flag.Int("n", comparison.Cases, "how many cases, unless all of them")
	most := flag.Int("most", 20, "stop after so many disagreements")
	bench := flag.String("bench", "", "measure upstream instead, beside the figures in this file")
	run := comparison.Parse("selector", 200000)
	run.Shown = *most
	if !run.Full {
		run.Cases = *n
	}
	if *bench != "" {
		measure(*bench)
		return
	}
	if flag.NArg() > 0 {
		show(run, flag.Args())
		return
	}
	compareTable(run)
	fmt.Printf("seed %d\n", run.Seed)
	t := compareRandom(run)
	run.End("%d cases: %d compile, %d of these fail, %d match, in %d upstream panics; %d disagreements",
		run.Cases, t.compiled, t.failed, t.matched, t.panicked, run.Failed)
}
