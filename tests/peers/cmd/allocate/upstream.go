// SPDX-License-Identifier: Apache-2.0

package main

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
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

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "allocate:", err)
		os.Exit(2)
	}
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func copyOfModule(name string) string {
	_, source, _, _ := runtime.Caller(0)
	list := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", name)
	list.Dir, list.Stderr = filepath.Dir(source), os.Stderr
	directory := strings.TrimSpace(string(must(list.Output())))
	work := must(os.MkdirTemp("", "allocate-upstream-"))
	check(os.CopyFS(work, os.DirFS(directory)))
	return work
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
	work := copyOfModule("k8s.io/dynamic-resource-allocation")
	defer os.RemoveAll(work)
	folder := filepath.Join(work, "structured", "internal", "tranche")
	check(os.MkdirAll(folder, 0o755))
	check(os.WriteFile(filepath.Join(folder, "upstream_test.go"), upstreamTest, 0o644))
	skip := "/(" + strings.Join(notAsked, "|") + ")$"
	test := exec.Command("go", "test", "-mod=mod", "-count=1", "-v", "-skip", skip, ".")
	test.Dir = folder
	test.Env = append(os.Environ(), "TRANCHE_FILTER="+must(filepath.Abs(filter)))
	output, err := test.CombinedOutput()
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
