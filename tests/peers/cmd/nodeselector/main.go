// SPDX-License-Identifier: Apache-2.0

// Node selectors, ours against k8s.io/component-helpers: random selectors and nodes, three answers: it
// matches, it does not, it cannot be parsed.
package main

import (
	"fmt"
	"math/rand"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/component-helpers/scheduling/corev1/nodeaffinity"

	"tests/peers/comparison"
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
	run := comparison.Parse("nodeselector", 500000)
	r := run.Begin()
	cases := make([]testCase, run.Cases)
	for i := range cases {
		cases[i] = randomCase(r)
	}
	answers := map[string]int{}
	lines := comparison.Encode(cases)
	for i, have := range run.Ask(lines) {
		want := theirs(cases[i])
		answers[want]++
		if have != want {
			run.Differ(lines[i], want, have)
		}
	}
	run.End("nodeselector: %d of %d cases differ (%v)", run.Failed, run.Cases, answers)
}
