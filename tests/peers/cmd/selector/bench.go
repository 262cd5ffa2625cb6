// SPDX-License-Identifier: Apache-2.0
package main

import (
	"context"
	"fmt"
	"testing"

	"k8s.io/dynamic-resource-allocation/cel"
)

// The same as tests/bench/selector measures of ours.
var benchCases = []struct{ name, expr string }{
	{"driver only", `device.driver == "gpu.example.com"`},
	{"typical class", `device.driver == "gpu.example.com" && device.attributes["gpu.example.com"].model == "a100"`},
	{"four terms", `device.driver == "gpu.example.com" && device.attributes["gpu.example.com"].model == "a100" && device.attributes["gpu.example.com"].index >= 0 && device.attributes["gpu.example.com"].ecc`},
	{"semver and quantity", `device.attributes["gpu.example.com"].fw.compareTo(semver("1.0.0")) >= 0 && device.capacity["gpu.example.com"].memory.compareTo(quantity("40Gi")) >= 0`},
	{"list exists", `device.attributes["gpu.example.com"].modes.exists(m, m == "infer")`},
}

func measure() {
	input := upstreamDevice(device{
		Driver: driver,
		Attributes: map[string]map[string]any{
			"model": {"string": "a100"}, "index": {"int": 3}, "ecc": {"bool": true}, "fw": {"version": "1.10.1"},
			"modes": {"strings": []string{"train", "infer", "debug"}}, "numa": {"int": 1}, "uuid": {"string": "GPU-1"}, "arch": {"string": "ampere"},
		},
		Capacity: map[string]map[string]any{"memory": {"value": "80Gi"}, "cores": {"value": "108"}},
	})
	compiler := cel.GetCompiler(cel.Features{EnableConsumableCapacity: true, EnableListTypeAttributes: true})
	for _, c := range benchCases {
		compile := testing.Benchmark(func(b *testing.B) {
			for i := 0; i < b.N; i++ {
				compiler.CompileCELExpression(c.expr, cel.Options{DisableCostEstimation: true})
			}
		})
		compiled := compiler.CompileCELExpression(c.expr, cel.Options{DisableCostEstimation: true})
		match := testing.Benchmark(func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; i < b.N; i++ {
				if _, _, err := compiled.DeviceMatches(context.Background(), input); err != nil {
					b.Fatal(err)
				}
			}
		})
		fmt.Printf("upstream  %-22s compile %9d ns   DeviceMatches %7d ns  %4d allocations\n", c.name, compile.NsPerOp(), match.NsPerOp(), match.AllocsPerOp())
	}
}
