// SPDX-License-Identifier: Apache-2.0

// Node selectors, ours against k8s.io/component-helpers: random selectors and nodes, three answers: it
// matches, it does not, it cannot be parsed.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/component-helpers/scheduling/corev1/nodeaffinity"
)

type testCase struct {
	NodeSelector *v1.NodeSelector  `json:"nodeSelector"`
	Name         string            `json:"name"`
	Labels       map[string]string `json:"labels"`
}

func pick[T any](r *rand.Rand, choices ...T) T { return choices[r.Intn(len(choices))] }

func value(r *rand.Rand) string {
	if r.Intn(40) == 0 {
		return pick(r, "", "a b", "-", "+5", "5.5", "99999999999999999999", "-7")
	}
	return pick(r, "a", "b", "c", "5", "7", "worker")
}

func requirement(r *rand.Rand, keys []string) v1.NodeSelectorRequirement {
	op := pick(r, "In", "In", "NotIn", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt")
	if r.Intn(60) == 0 {
		op = pick(r, "", "Near", "in")
	}
	n := map[string]int{"In": 1 + r.Intn(2), "NotIn": 1 + r.Intn(2), "Gt": 1, "Lt": 1}[op]
	if r.Intn(40) == 0 {
		n = r.Intn(3)
	}
	var values []string
	for range n {
		values = append(values, value(r))
	}
	return v1.NodeSelectorRequirement{Key: pick(r, keys...), Operator: v1.NodeSelectorOperator(op), Values: values}
}

func randomCase(r *rand.Rand) testCase {
	labelKeys := []string{"zone", "rack", "gpus", "example.com/x"}
	if r.Intn(30) == 0 {
		labelKeys = append(labelKeys, "", "a/b/c", "-x")
	}
	fieldKeys := []string{"metadata.name", "metadata.name", "metadata.name", "metadata.uid"}
	selector := &v1.NodeSelector{NodeSelectorTerms: []v1.NodeSelectorTerm{}}
	for range r.Intn(4) {
		var term v1.NodeSelectorTerm
		for range r.Intn(3) {
			term.MatchExpressions = append(term.MatchExpressions, requirement(r, labelKeys))
		}
		if r.Intn(3) == 0 {
			field := requirement(r, fieldKeys)
			if r.Intn(8) != 0 {
				field.Operator = pick(r, v1.NodeSelectorOpIn, v1.NodeSelectorOpNotIn)
				field.Values = []string{pick(r, "worker", "other")}
			}
			term.MatchFields = append(term.MatchFields, field)
		}
		selector.NodeSelectorTerms = append(selector.NodeSelectorTerms, term)
	}
	labels := map[string]string{}
	for _, key := range []string{"zone", "rack", "gpus", "example.com/x"} {
		if r.Intn(2) == 0 {
			labels[key] = value(r)
		}
	}
	return testCase{selector, pick(r, "worker", "other"), labels}
}

func theirs(c testCase) string {
	selector, err := nodeaffinity.NewNodeSelector(c.NodeSelector)
	if err != nil {
		return "error"
	}
	return fmt.Sprint(selector.Match(&v1.Node{ObjectMeta: metav1.ObjectMeta{Name: c.Name, Labels: c.Labels}}))
}

func main() {
	filter := flag.String("filter", "../../build/asan/tests/peers/filters/nodeselector_filter", "our side")
	full := flag.Bool("full", false, "500,000 cases instead of 5,000")
	seed := flag.Int64("seed", time.Now().UnixNano(), "of the random selectors")
	flag.Parse()
	cases := 5000
	if *full {
		cases = 500000
	}
	fmt.Printf("nodeselector: seed %d, %d cases\n", *seed, cases)
	r := rand.New(rand.NewSource(*seed))
	var input bytes.Buffer
	lines := make([]testCase, cases)
	for i := range lines {
		lines[i] = randomCase(r)
		text, _ := json.Marshal(lines[i])
		input.Write(append(text, '\n'))
	}
	command := exec.Command(*filter)
	command.Stdin, command.Stderr = &input, os.Stderr
	output, err := command.Output()
	if err != nil {
		fmt.Fprintln(os.Stderr, "filter:", err)
		os.Exit(2)
	}
	ours := bufio.NewScanner(bytes.NewReader(output))
	failed := 0
	answers := map[string]int{}
	for _, c := range lines {
		if !ours.Scan() {
			fmt.Fprintln(os.Stderr, "the filter stopped early")
			os.Exit(2)
		}
		want := theirs(c)
		answers[want]++
		if ours.Text() != want {
			if failed++; failed <= 20 {
				text, _ := json.Marshal(c)
				fmt.Printf("%s\n  kubernetes %s\n  tranche    %s\n", text, want, ours.Text())
			}
		}
	}
	fmt.Printf("nodeselector: %d of %d cases differ (%v)\n", failed, cases, answers)
	if failed > 0 {
		os.Exit(1)
	}
}
