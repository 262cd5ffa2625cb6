// SPDX-License-Identifier: Apache-2.0
package main

import (
	"bufio"
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"tests/peers/comparison"
)

// One case of upstream's table in one world, and what is expected there.
type tableRow struct {
	testCase
	CompileError string `json:"compileError"`
	MatchError   string `json:"matchError"`
	Match        bool   `json:"match"`
	Estimate     uint64 `json:"estimate"`
}

// A test that writes the table out. It needs the package's own, unexported variables, so it runs inside a copy of it.
//
//go:embed testdata/table_test.go
var tableTest []byte

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func goRun(directory string, args ...string) string {
	command := exec.Command("go", args...)
	command.Dir = directory
	command.Stderr = os.Stderr
	return strings.TrimSpace(string(must(command.Output())))
}

// Upstream's table, from the module in the cache: nothing of it is kept.
func table() []tableRow {
	_, source, _, _ := runtime.Caller(0)
	ourModule := filepath.Join(filepath.Dir(source), "..", "..")
	theirPackage := goRun(ourModule, "list", "-f", "{{.Dir}}", "k8s.io/dynamic-resource-allocation/cel")
	work := must(os.MkdirTemp("", "selector-table-"))
	defer os.RemoveAll(work)
	give := func(name string, text []byte) {
		if err := os.WriteFile(filepath.Join(work, name), text, 0o644); err != nil {
			panic(err)
		}
	}
	give("table_test.go", tableTest)
	for _, name := range []string{"go.mod", "go.sum"} {
		give(name, must(os.ReadFile(filepath.Join(ourModule, name))))
	}
	for _, path := range must(filepath.Glob(filepath.Join(theirPackage, "*.go"))) {
		name := filepath.Base(path)
		if !strings.HasSuffix(name, "_test.go") || name == "compile_test.go" {
			give(name, must(os.ReadFile(path)))
		}
	}
	goRun(work, "test", "-mod=mod", "-count=1", "-run", "^TestTrancheTable$", ".")
	var rows []tableRow
	lines := bufio.NewScanner(bytes.NewReader(must(os.ReadFile(filepath.Join(work, "table.jsonl")))))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var row tableRow
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			panic(err)
		}
		rows = append(rows, row)
	}
	return rows
}

// What upstream's TestCEL asks of an answer, or "".
func (row tableRow) complaint(a answer) string {
	contains := func(text *string, part string) bool { return text != nil && strings.Contains(*text, part) }
	switch {
	case row.CompileError != "":
		if !contains(a.CompileError, row.CompileError) {
			return "should not compile: " + row.CompileError
		}
		return ""
	case a.CompileError != nil:
		return "should compile"
	case a.Estimate != row.Estimate: // exactly
		return fmt.Sprintf("the estimate should be %d", row.Estimate)
	case row.MatchError != "":
		if !contains(a.RuntimeError, row.MatchError) {
			return "should fail: " + row.MatchError
		}
		return ""
	case a.RuntimeError != nil || *a.Match != row.Match:
		return fmt.Sprintf("should be %v", row.Match)
	case a.Cost > a.Estimate:
		return "costs more than estimated"
	}
	return ""
}

// Both what the table expects and what upstream answers, the actual cost among it.
func compareTable(run *comparison.Run) {
	rows := table()
	var cases []testCase
	names := map[string]bool{}
	for _, row := range rows {
		cases = append(cases, row.testCase)
		names[row.Name] = true
	}
	for i, mine := range ours(run, cases) {
		complaint := rows[i].complaint(mine)
		want, ok := theirs(cases[i])
		if complaint == "" && (!ok || !agree(mine, want)) {
			complaint = "another answer"
		}
		if complaint != "" {
			run.Differ(fmt.Sprintf("%s (%v): %s\n  %s", rows[i].Name, rows[i].World, rows[i].Expr, complaint), want, mine)
		}
	}
	fmt.Printf("upstream's table: %d cases, in all their worlds %d: %d agree\n", len(names), len(rows), len(rows)-run.Failed)
}
