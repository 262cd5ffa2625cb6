// SPDX-License-Identifier: Apache-2.0
package main

import (
	"context"
	"encoding/json"
	"fmt"

	"k8s.io/apiserver/pkg/cel/environment"
	dracel "k8s.io/dynamic-resource-allocation/cel"

	"tests/peers/comparison"
)

// A device as the API writes it.
type device struct {
	Driver                   string         `json:"driver"`
	Attributes               map[string]any `json:"attributes"`
	Capacity                 map[string]any `json:"capacity"`
	AllowMultipleAllocations *bool          `json:"allowMultipleAllocations,omitempty"`
}

// For which expressions, and with which gates.
type world struct {
	New                bool `json:"new"`
	ListAttributes     bool `json:"listAttributes"`
	ConsumableCapacity bool `json:"consumableCapacity"`
}

func (w world) String() string {
	kind := "stored"
	if w.New {
		kind = "new"
	}
	return fmt.Sprintf("%s expressions, list attributes %v, consumable capacity %v", kind, w.ListAttributes, w.ConsumableCapacity)
}

// What kube-scheduler compiles selectors in.
var scheduler = world{ListAttributes: true, ConsumableCapacity: true}

type testCase struct {
	Name   string `json:"name"`
	Device device `json:"device"`
	Expr   string `json:"expr"`
	World  world  `json:"world"`
}

type answer struct {
	Name         string  `json:"name"`
	Match        *bool   `json:"match"`
	Cost         uint64  `json:"cost,string"`
	Estimate     uint64  `json:"estimate,string"`
	CompileError *string `json:"compileError"`
	RuntimeError *string `json:"runtimeError"`
}

func (a answer) String() string {
	switch {
	case a.CompileError != nil:
		return "does not compile: " + *a.CompileError
	case a.RuntimeError != nil:
		return fmt.Sprintf("fails: %s (cost %d, estimate %d)", *a.RuntimeError, a.Cost, a.Estimate)
	}
	return fmt.Sprintf("%v, cost %d, estimate %d", *a.Match, a.Cost, a.Estimate)
}

func upstreamDevice(d device) dracel.Device {
	out := dracel.Device{Driver: d.Driver, AllowMultipleAllocations: d.AllowMultipleAllocations}
	decode := func(from map[string]any, to any) {
		text, err := json.Marshal(from)
		if err == nil {
			err = json.Unmarshal(text, to)
		}
		if err != nil {
			panic(err)
		}
	}
	decode(d.Attributes, &out.Attributes)
	decode(d.Capacity, &out.Capacity)
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
	envType := environment.StoredExpressions
	if c.World.New {
		envType = environment.NewExpressions
	}
	features := dracel.Features{EnableConsumableCapacity: c.World.ConsumableCapacity, EnableListTypeAttributes: c.World.ListAttributes}
	compiled := dracel.GetCompiler(features).CompileCELExpression(c.Expr, dracel.Options{EnvType: &envType})
	if compiled.Error != nil {
		text := compiled.Error.Error()
		a.CompileError = &text
		return a, true
	}
	a.Estimate = compiled.MaxCost
	match, details, err := compiled.DeviceMatches(context.Background(), upstreamDevice(c.Device))
	if cost := details.ActualCost(); cost != nil {
		a.Cost = *cost
	}
	if err == nil {
		a.Match = &match
		return a, true
	}
	text := err.Error()
	a.RuntimeError = &text
	return a, true
}

func ours(run *comparison.Run, cases []testCase) []answer {
	return comparison.Decode[answer](run.Ask(comparison.Encode(cases)))
}
