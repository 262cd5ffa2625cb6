// SPDX-License-Identifier: Apache-2.0

// The allocator, ours against k8s.io/dynamic-resource-allocation. First upstream's own tests (upstream.go), then random
// cases through both, every result compared: devices, order, configuration, node selector, or the kind of refusal. Where we
// differ on purpose (controller/allocate/DIFFERENCES.md) `explained` recognises the class, and nothing else.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"

	resourceapi "k8s.io/api/resource/v1"
	"k8s.io/dynamic-resource-allocation/structured"

	"tests/peers/comparison"
)

// One answer: either allocations, or a refusal.
type answer struct {
	Name        string            `json:"name"`
	Allocations []json.RawMessage `json:"allocations"`
	Error       string            `json:"error"`
	Scope       string            `json:"scope"`
	Exhausted   bool              `json:"exhausted"`
}

func (a answer) kind() string {
	switch {
	case a.Exhausted:
		return "exhausted"
	case a.Scope != "":
		return a.Scope
	case a.Allocations == nil:
		return "no fit"
	}
	return "allocated"
}

// The allocation in one spelling: shares are random, and quantities may be written in several ways.
func canonical(raw json.RawMessage) string {
	var allocation resourceapi.AllocationResult
	if err := json.Unmarshal(raw, &allocation); err != nil {
		return "cannot be read: " + err.Error()
	}
	for i := range allocation.Devices.Results {
		result := &allocation.Devices.Results[i]
		if result.ShareID != nil {
			*result.ShareID = "share"
		}
		for name, amount := range result.ConsumedCapacity {
			amount.Add(*zero(&amount))
			result.ConsumedCapacity[name] = amount
		}
		if len(result.ConsumedCapacity) == 0 {
			result.ConsumedCapacity = nil
		}
	}
	text, _ := json.Marshal(allocation)
	return string(text)
}

func (a answer) text() string {
	var b bytes.Buffer
	b.WriteString(a.kind())
	for _, raw := range a.Allocations {
		b.WriteString("\n    " + canonical(raw))
	}
	return b.String()
}

// A batch of cases through both.
func compare(run *comparison.Run, cases []*testCase, tally map[string]int) {
	for i, have := range comparison.Decode[answer](run.Ask(comparison.Encode(cases))) {
		c, want := cases[i], theirs(cases[i])
		tally[want.kind()]++
		if have.Exhausted {
			fmt.Printf("%s: our step budget ran out\n", c.Name)
		}
		if want.text() == have.text() {
			continue
		}
		if class := explained(c, want, have); class != "" {
			tally["difference: "+class]++
			continue
		}
		run.Differ(c.Name, want.text()+" "+want.Error, have.text()+" "+have.Error)
	}
}

func main() {
	only := flag.Int("case", -1, "one case: its input and both answers")
	bench := flag.String("bench", "", "no comparison, but Kubernetes' times for the lines of tests/bench/allocate in this file")
	run := comparison.Parse("allocate", 100000)
	run.Shown = 10 // each of them is long

	structured.EnableAllocators("experimental") // stable walks pools in random order, incubating knows no skipNodeOperations
	if *bench != "" {
		structured.EnableAllocators("incubating", "experimental") // what a scheduler of 1.37 runs
		benchTheirs(*bench)
		return
	}
	first := 0
	if *only >= 0 {
		run.Cases, first = 1, *only
	}
	upstreamFailed := 0
	if *only < 0 {
		upstreamFailed = runUpstreamTests(run.Filter)
	}
	run.Begin()
	tally := map[string]int{}
	const batch = 1000
	for from := first; from < first+run.Cases; from += batch {
		var cases []*testCase
		for i := from; i < from+batch && i < first+run.Cases; i++ {
			cases = append(cases, generate(run.Seed, i))
		}
		if *only >= 0 {
			fmt.Println(comparison.Encode(cases)[0])
		}
		compare(run, cases, tally)
	}
	for kind, count := range tally {
		fmt.Printf("  %6d %s\n", count, kind)
	}
	differ := run.Failed
	run.Failed += upstreamFailed
	run.End("allocate: %d of %d cases differ", differ, run.Cases)
}
