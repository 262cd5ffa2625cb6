// SPDX-License-Identifier: Apache-2.0

// The allocator, ours against k8s.io/dynamic-resource-allocation. First upstream's own tests (upstream.go), then random
// cases through both, every result compared: devices, order, configuration, node selector, or the kind of refusal. Where we
// differ on purpose (controller/allocate/DIFFERENCES.md) `explained` recognises the class, and nothing else.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"time"

	resourceapi "k8s.io/api/resource/v1"
	"k8s.io/dynamic-resource-allocation/structured"
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

func start(filter string, input []byte) ([]answer, error) {
	command := exec.Command(filter)
	command.Stdin, command.Stderr = bytes.NewReader(input), os.Stderr
	output, err := command.Output()
	if err != nil {
		return nil, err
	}
	var answers []answer
	lines := bufio.NewReader(bytes.NewReader(output))
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return answers, nil
		}
		var a answer
		if err := json.Unmarshal(line, &a); err != nil {
			return nil, fmt.Errorf("%s: %w", line, err)
		}
		answers = append(answers, a)
	}
}

func main() {
	filter := flag.String("filter", "../../build/asan/tests/peers/filters/allocate_filter", "our side")
	full := flag.Bool("full", false, "100,000 cases instead of 5,000")
	seed := flag.Int64("seed", time.Now().UnixNano(), "of the random cases")
	only := flag.Int("case", -1, "one case: its input and both answers")
	bench := flag.String("bench", "", "no comparison, but Kubernetes' times for the lines of tests/bench/allocate in this file")
	flag.Parse()
	structured.EnableAllocators("experimental") // stable walks pools in random order, incubating knows no skipNodeOperations
	if *bench != "" {
		structured.EnableAllocators("incubating", "experimental") // what a scheduler of 1.37 runs
		benchTheirs(*bench)
		return
	}
	cases, first := 5000, 0
	if *full {
		cases = 100000
	}
	if *only >= 0 {
		cases, first = 1, *only
	}
	upstreamFailed := 0
	if *only < 0 {
		upstreamFailed = runUpstreamTests(*filter)
	}
	fmt.Printf("allocate: seed %d, %d cases\n", *seed, cases)
	tally := map[string]int{}
	failed := 0
	const batch = 1000
	for from := first; from < first+cases; from += batch {
		var input bytes.Buffer
		var batched []*testCase
		for i := from; i < from+batch && i < first+cases; i++ {
			c := generate(*seed, i)
			line, err := json.Marshal(c)
			if err != nil {
				panic(err)
			}
			input.Write(append(line, '\n'))
			batched = append(batched, c)
		}
		if *only >= 0 {
			os.Stdout.Write(input.Bytes())
		}
		ours, err := start(*filter, input.Bytes())
		if err != nil || len(ours) != len(batched) {
			fmt.Fprintf(os.Stderr, "filter: %d answers to %d cases: %v\n", len(ours), len(batched), err)
			os.Exit(2)
		}
		for i, c := range batched {
			want := theirs(c)
			tally[want.kind()]++
			if ours[i].Exhausted {
				fmt.Printf("%s: our step budget ran out\n", c.Name)
			}
			if want.text() == ours[i].text() {
				continue
			}
			if class := explained(c, want, ours[i]); class != "" {
				tally["difference: "+class]++
				continue
			}
			failed++
			if failed <= 10 {
				fmt.Printf("%s\n  kubernetes %s %s\n  tranche    %s %s\n", c.Name, want.text(), want.Error, ours[i].text(), ours[i].Error)
			}
		}
	}
	for kind, count := range tally {
		fmt.Printf("  %6d %s\n", count, kind)
	}
	fmt.Printf("allocate: %d of %d cases differ\n", failed, cases)
	if failed+upstreamFailed > 0 {
		os.Exit(1)
	}
}
