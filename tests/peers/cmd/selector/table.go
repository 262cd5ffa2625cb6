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

// Upstream's table, from the module in the cache: nothing of it is kept.
func table() []tableRow {
	work := comparison.CopyModule("k8s.io/dynamic-resource-allocation")
	defer os.RemoveAll(work)
	folder := filepath.Join(work, "cel")
	if output, err := comparison.RunTest(folder, tableTest, nil, "-run", "^TestTrancheTable$"); err != nil {
		panic(string(output))
	}
	text := comparison.Must(os.ReadFile(filepath.Join(folder, "table.jsonl")))
	return comparison.Decode[tableRow](strings.Split(strings.TrimSpace(string(text)), "\n"))
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
