// SPDX-License-Identifier: Apache-2.0

// Patches, ours against the libraries of a real API server: evanphx's JSON patch and merge patch, strategic merge
// patch of k8s.io/apimachinery, and server-side apply by its field managers on structured-merge-diff. Random pods
// and claims; the strategic patches are those that kubectl would compute, on documents that have moved on since.
package main

import (
	"encoding/json"
	"time"

	"tests/peers/comparison"
)

type object = map[string]any

type step struct {
	Verb    string `json:"verb"`
	Manager string `json:"manager"`
	Object  object `json:"object"`
}

type input struct {
	Kind     string `json:"kind"`
	Mode     string `json:"mode"`
	Document object `json:"document,omitempty"`
	Patch    any    `json:"patch,omitempty"`
	Steps    []step `json:"steps,omitempty"`
}

type output struct {
	Result any      `json:"result"`
	Error  string   `json:"error"`
	Errors []string `json:"errors"`
}

func text(value any) []byte { return comparison.Must(json.Marshal(value)) }

func parsed[T any](bytes []byte) T {
	var value T
	if err := json.Unmarshal(bytes, &value); err != nil {
		panic(err)
	}
	return value
}

func main() {
	run := comparison.Parse("patch", 200000)
	run.Shown = 3 // each of them is long
	r := source{run.Begin()}
	inputs := make([]input, run.Cases)
	for i := range inputs {
		inputs[i] = r.input()
	}
	lines := comparison.Encode(inputs)
	began := time.Now()
	answers := run.Ask(lines)
	ours := time.Since(began)
	began = time.Now()
	for i, mine := range comparison.Decode[output](answers) {
		other := theirs(inputs[i])
		if difference := same(inputs[i], mine, other); difference != "" {
			run.Differ(difference+"\n  input      "+lines[i], string(text(other)), answers[i])
		}
	}
	run.End("patch: %d cases, %d differ; ours %v, theirs %v", run.Cases, run.Failed, ours.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))
}
