// SPDX-License-Identifier: Apache-2.0

package main

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"tests/peers/comparison"
)

// Kubernetes' tests of its allocators take whoever implements their interface, but it is internal to the module: so they run
// inside a copy of it, made from the module cache and thrown away. Nothing of it is kept.
//
//go:embed testdata/upstream_test.go
var upstreamTest []byte

// Tests that ask for something else than an answer.
var notAsked = []string{
	"interrupt", // contexts that end: ours has a step budget
	"consumable-capacity-requests-are-not-modified", // its 1e21 is written as 1 by resource.Quantity 0.37.2, so we never see it
}

// What the tests print, a part for each of them, by the line that says how it went.
func failures(output string) (passed int, failed []string) {
	var said []string
	for _, line := range strings.Split(output, "\n") {
		switch {
		case strings.HasPrefix(line, "    --- PASS: "):
			passed++
			said = nil
		case strings.HasPrefix(line, "    --- FAIL: "):
			failed = append(failed, strings.Join(append(said, line), "\n"))
			said = nil
		case strings.HasPrefix(line, "=== RUN"):
			said = nil
		default:
			said = append(said, line)
		}
	}
	return passed, failed
}

// How many of upstream's tests fail with our allocator.
func runUpstreamTests(filter string) int {
	work := comparison.CopyModule("k8s.io/dynamic-resource-allocation")
	defer os.RemoveAll(work)
	output, err := comparison.RunTest(filepath.Join(work, "structured", "internal", "tranche"), upstreamTest,
		[]string{"TRANCHE_FILTER=" + comparison.Must(filepath.Abs(filter))}, "-v", "-skip", "/("+strings.Join(notAsked, "|")+")$")
	passed, failed := failures(string(output))
	for _, text := range failed {
		fmt.Println(text)
	}
	if passed == 0 || (err != nil) != (len(failed) > 0) {
		fmt.Printf("%s\nallocate: upstream's tests: %v\n", output, err)
		os.Exit(2)
	}
	fmt.Printf("upstream's tests: %d pass, %d fail\n", passed, len(failed))
	return len(failed)
}
