// SPDX-License-Identifier: Apache-2.0
package main

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"github.com/blang/semver/v4"
	"k8s.io/apimachinery/pkg/api/resource"
	apiservercel "k8s.io/apiserver/pkg/cel"
	"k8s.io/dynamic-resource-allocation/cel"
)

func ptr[T any](value T) *T { return &value }

// The same as tests/bench/selector measures of ours.
var benchCases = []struct{ name, expr string }{
	{"driver only", `device.driver == "gpu.example.com"`},
	{"typical class", `device.driver == "gpu.example.com" && device.attributes["gpu.example.com"].model == "a100"`},
	{"four terms", `device.driver == "gpu.example.com" && device.attributes["gpu.example.com"].model == "a100" && device.attributes["gpu.example.com"].index >= 0 && device.attributes["gpu.example.com"].ecc`},
	{"semver and quantity", `device.attributes["gpu.example.com"].fw.compareTo(semver("1.0.0")) >= 0 && device.capacity["gpu.example.com"].memory.compareTo(quantity("40Gi")) >= 0`},
	{"list exists", `device.attributes["gpu.example.com"].modes.exists(m, m == "infer")`},
}

// The processor's time, as tests/bench/selector takes it, so that others on the machine do not count.
func cpuNanos() int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return usage.Utime.Nano() + usage.Stime.Nano()
}

func nanosEach(work func()) int64 {
	const enough = 300 * time.Millisecond
	begin, n := cpuNanos(), int64(0)
	for cpuNanos()-begin < enough.Nanoseconds() {
		for i := 0; i < 20; i++ {
			work()
		}
		n += 20
	}
	return (cpuNanos() - begin) / n
}

func measure() {
	input := upstreamDevice(device{
		Driver: driver,
		Attributes: map[string]any{
			"model": map[string]any{"string": "a100"}, "index": map[string]any{"int": 3}, "ecc": map[string]any{"bool": true}, "fw": map[string]any{"version": "1.10.1"},
			"modes": map[string]any{"strings": []string{"train", "infer", "debug"}}, "numa": map[string]any{"int": 1}, "uuid": map[string]any{"string": "GPU-1"}, "arch": map[string]any{"string": "ampere"},
		},
		Capacity: map[string]any{"memory": map[string]any{"value": "80Gi"}, "cores": map[string]any{"value": "108"}},
	})
	version := semver.MustParse("1.10.1")
	ready := map[string]any{"device": map[string]any{
		"driver": driver,
		"attributes": map[string]any{driver: map[string]any{
			"model": "a100", "index": 3, "ecc": true, "fw": apiservercel.Semver{Version: version}, "modes": []string{"train", "infer", "debug"},
		}},
		"capacity": map[string]any{driver: map[string]any{"memory": apiservercel.Quantity{Quantity: ptr(resource.MustParse("80Gi"))}}},
	}}
	compiler := cel.GetCompiler(cel.Features{EnableConsumableCapacity: true, EnableListTypeAttributes: true})
	for _, c := range benchCases {
		compile := nanosEach(func() { compiler.CompileCELExpression(c.expr, cel.Options{DisableCostEstimation: true}) })
		compiled := compiler.CompileCELExpression(c.expr, cel.Options{DisableCostEstimation: true})
		match := nanosEach(func() {
			if _, _, err := compiled.DeviceMatches(context.Background(), input); err != nil {
				panic(err)
			}
		})
		// The program alone, on values that are ready: what cel-go itself takes.
		bare := nanosEach(func() {
			if _, _, err := compiled.Program.Eval(ready); err != nil {
				panic(err)
			}
		})
		fmt.Printf("upstream  %-22s compile %9d ns   DeviceMatches %7d ns   Eval %7d ns\n", c.name, compile, match, bare)
	}
}
