// SPDX-License-Identifier: Apache-2.0

// Device selectors, ours against k8s.io/dynamic-resource-allocation/cel: random expressions on random devices through
// both; compile errors, run-time errors, verdicts and costs must agree. Expressions come from a grammar that
// knows the kinds of things (see generate.go) and now and then forgets them.
//
//	go run ./cmd/selector -filter ../../build/asan/tests/peers/filters/selector_filter [-full] [-n N] [-seed N]
//	go run ./cmd/selector -bench
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"strings"
	"time"

	resourceapi "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	dracel "k8s.io/dynamic-resource-allocation/cel"
)

type device struct {
	Driver                   string                    `json:"driver"`
	Attributes               map[string]map[string]any `json:"attributes"`
	Capacity                 map[string]map[string]any `json:"capacity"`
	AllowMultipleAllocations *bool                     `json:"allowMultipleAllocations,omitempty"`
}

type testCase struct {
	Name   string `json:"name"`
	Device device `json:"device"`
	Expr   string `json:"expr"`
}

type answer struct {
	Name         string  `json:"name"`
	Match        *bool   `json:"match"`
	Cost         uint64  `json:"cost"`
	CompileError *string `json:"compileError"`
	RuntimeError *string `json:"runtimeError"`
}

func (a answer) String() string {
	switch {
	case a.CompileError != nil:
		return "does not compile: " + *a.CompileError
	case a.RuntimeError != nil:
		return "fails: " + *a.RuntimeError
	}
	return fmt.Sprintf("%v, cost %d", *a.Match, a.Cost)
}

func upstreamDevice(d device) dracel.Device {
	out := dracel.Device{Driver: d.Driver, AllowMultipleAllocations: d.AllowMultipleAllocations}
	text, _ := json.Marshal(d.Attributes)
	if err := json.Unmarshal(text, &out.Attributes); err != nil {
		panic(err)
	}
	out.Capacity = map[resourceapi.QualifiedName]resourceapi.DeviceCapacity{}
	for name, capacity := range d.Capacity {
		out.Capacity[resourceapi.QualifiedName(name)] = resourceapi.DeviceCapacity{Value: resource.MustParse(capacity["value"].(string))}
	}
	return out
}

// Not ok where upstream itself panics.
func theirs(c testCase) (a answer, ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	a.Name = c.Name
	compiled := dracel.GetCompiler(dracel.Features{EnableConsumableCapacity: true, EnableListTypeAttributes: true}).
		CompileCELExpression(c.Expr, dracel.Options{DisableCostEstimation: true})
	if compiled.Error != nil {
		text := compiled.Error.Error()
		a.CompileError = &text
		return a, true
	}
	match, details, err := compiled.DeviceMatches(context.Background(), upstreamDevice(c.Device))
	if err != nil {
		text := err.Error()
		a.RuntimeError = &text
		return a, true
	}
	a.Match = &match
	if cost := details.ActualCost(); cost != nil {
		a.Cost = *cost
	}
	return a, true
}

func ours(filter string, cases []testCase) []answer {
	var lines bytes.Buffer
	for _, c := range cases {
		if err := json.NewEncoder(&lines).Encode(c); err != nil {
			panic(err)
		}
	}
	command := exec.Command(filter)
	command.Stdin = &lines
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		panic(err)
	}
	var answers []answer
	answered := bufio.NewScanner(bytes.NewReader(out))
	answered.Buffer(nil, 64<<20)
	for answered.Scan() {
		var a answer
		if err := json.Unmarshal(answered.Bytes(), &a); err != nil {
			panic(err)
		}
		answers = append(answers, a)
	}
	return answers
}

// What the release does otherwise than the snapshot of 1.37 that selector.md describes, and where it falls over.
func isOfRelease(a answer) bool {
	return a.RuntimeError != nil && (strings.Contains(*a.RuntimeError, "lists.range: size must be") ||
		strings.Contains(*a.RuntimeError, "internal error: "))
}

func agree(mine, theirs answer, expr string) bool {
	// Negative and huge ranges: the release has rules of its own.
	oddRange := strings.Contains(expr, "lists.range(-") || strings.Contains(expr, "lists.range(") &&
		(mine.RuntimeError != nil && strings.Contains(*mine.RuntimeError, "work limit") || theirs.Match != nil && mine.Cost != theirs.Cost)
	if isOfRelease(theirs) || oddRange {
		return true
	}
	if (mine.CompileError != nil) != (theirs.CompileError != nil) || (mine.RuntimeError != nil) != (theirs.RuntimeError != nil) {
		return false
	}
	if mine.Match == nil {
		return true
	}
	// The release charges these by other sizes than the snapshot of 1.37 whose figures dra-selectors.json holds.
	freeCost := false
	for _, function := range []string{".includes(", ".startsWith(", ".endsWith(", "matches("} {
		freeCost = freeCost || strings.Contains(expr, function)
	}
	return *mine.Match == *theirs.Match && (freeCost || mine.Cost == theirs.Cost)
}

func main() {
	filter := flag.String("filter", "../../build/asan/tests/peers/filters/selector_filter", "our side")
	n := flag.Int("n", 5000, "how many cases")
	full := flag.Bool("full", false, "200,000 cases")
	seed := flag.Int64("seed", time.Now().UnixNano(), "of the generator")
	most := flag.Int("most", 20, "stop after so many disagreements")
	bench := flag.Bool("bench", false, "measure upstream instead")
	flag.Parse()
	if *bench {
		measure()
		return
	}
	if *full {
		*n = 200000
	}
	fmt.Printf("seed %d\n", *seed)
	r := rand.New(rand.NewSource(*seed))
	compiled, failed, matched, wrong := 0, 0, 0, 0
	for done := 0; done < *n; {
		var cases []testCase
		for ; len(cases) < 1000 && done < *n; done++ {
			cases = append(cases, generate(r, done))
		}
		mine := ours(*filter, cases)
		for i, c := range cases {
			want, ok := theirs(c)
			if !ok {
				continue
			}
			switch {
			case want.RuntimeError != nil:
				failed++
				fallthrough
			case want.Match != nil:
				compiled++
				if want.Match != nil && *want.Match {
					matched++
				}
			}
			if !agree(mine[i], want, c.Expr) {
				text, _ := json.Marshal(c.Device)
				fmt.Printf("%s\n  device: %s\n  ours:   %v\n  theirs: %v\n", c.Expr, text, mine[i], want)
				if wrong++; wrong >= *most {
					os.Exit(1)
				}
			}
		}
	}
	fmt.Printf("%d cases: %d compile, %d of these fail, %d match; %d disagreements\n", *n, compiled, failed, matched, wrong)
	if wrong > 0 {
		os.Exit(1)
	}
}
