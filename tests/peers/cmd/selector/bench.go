// SPDX-License-Identifier: Apache-2.0
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"time"

	"github.com/blang/semver/v4"
	resourceapi "k8s.io/api/resource/v1"
	apiservercel "k8s.io/apiserver/pkg/cel"
	dracel "k8s.io/dynamic-resource-allocation/cel"

	"tests/peers/comparison"
)

// One line of tests/bench/selector.
type figure struct {
	Figure string  `json:"figure"`
	Name   string  `json:"name"`
	Expr   string  `json:"expr"`
	Number float64 `json:"number"`
	Device *device `json:"device"`
}

// What we want to be, at least this many times as fast as.
const (
	compileGoal = 30
	matchGoal   = 50
	evalGoal    = 15
	fleetGoal   = 1000
)

const (
	fleetDevices = 100000
	fleetModels  = 20
)

// The processor's time, as tests/bench/selector takes it, so that others on the machine do not count.
func cpuNanos() int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return usage.Utime.Nano() + usage.Stime.Nano()
}

func nanosEach(work func()) float64 {
	const enough = 300 * time.Millisecond
	begin, n := cpuNanos(), int64(0)
	for cpuNanos()-begin < enough.Nanoseconds() {
		for i := 0; i < 20; i++ {
			work()
		}
		n += 20
	}
	return float64(cpuNanos()-begin) / float64(n)
}

func allocationsEach(work func()) float64 {
	const times = 1000
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range times {
		work()
	}
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / times
}

// The values that DeviceMatches makes of a device for each evaluation, made beforehand.
func activation(d dracel.Device) map[string]any {
	attributes, capacity := map[string]any{}, map[string]any{}
	for name, a := range d.Attributes {
		switch {
		case a.StringValue != nil:
			attributes[string(name)] = *a.StringValue
		case a.IntValue != nil:
			attributes[string(name)] = *a.IntValue
		case a.BoolValue != nil:
			attributes[string(name)] = *a.BoolValue
		case a.VersionValue != nil:
			attributes[string(name)] = apiservercel.Semver{Version: semver.MustParse(*a.VersionValue)}
		default:
			attributes[string(name)] = a.StringValues
		}
	}
	for name, c := range d.Capacity {
		capacity[string(name)] = apiservercel.Quantity{Quantity: &c.Value}
	}
	return map[string]any{"device": map[string]any{"driver": d.Driver, "attributes": map[string]any{d.Driver: attributes}, "capacity": map[string]any{d.Driver: capacity}}}
}

// The same fleet as tests/bench/selector/fleet.c has.
func fleet(like dracel.Device) []dracel.Device {
	devices := make([]dracel.Device, fleetDevices)
	for i := range devices {
		model, uuid := "a100", fmt.Sprintf("GPU-%d", i)
		if i%fleetModels != 0 {
			model = fmt.Sprintf("model-%d", i%fleetModels)
		}
		attributes := map[resourceapi.QualifiedName]resourceapi.DeviceAttribute{}
		for name, value := range like.Attributes {
			attributes[name] = value
		}
		attributes["model"] = resourceapi.DeviceAttribute{StringValue: &model}
		attributes["uuid"] = resourceapi.DeviceAttribute{StringValue: &uuid}
		devices[i] = dracel.Device{Driver: like.Driver, Attributes: attributes, Capacity: like.Capacity}
	}
	return devices
}

func duration(nanos float64) string {
	switch {
	case nanos < 1e4:
		return fmt.Sprintf("%.0f ns", nanos)
	case nanos < 1e7:
		return fmt.Sprintf("%.1f us", nanos/1e3)
	}
	return fmt.Sprintf("%.1f ms", nanos/1e6)
}

func printTimes(what, name string, ours, theirs float64, goal int) {
	verdict := "met"
	if theirs/ours < float64(goal) {
		verdict = "MISSED"
	}
	fmt.Printf("%-14s %-29s %10s %10s %8.0f x   at least %d x: %s\n", what, name, duration(ours), duration(theirs), theirs/ours, goal, verdict)
}

func (f figure) compare(compiler dracelCompiler, input dracel.Device) {
	options := dracel.Options{DisableCostEstimation: true}
	compiled := compiler.CompileCELExpression(f.Expr, options)
	match := func(d dracel.Device) {
		if _, _, err := compiled.DeviceMatches(context.Background(), d); err != nil {
			panic(err)
		}
	}
	switch f.Figure {
	case "compile":
		printTimes("compile", f.Name, f.Number, nanosEach(func() { compiler.CompileCELExpression(f.Expr, options) }), compileGoal)
	case "evaluate":
		printTimes("DeviceMatches", f.Name, f.Number, nanosEach(func() { match(input) }), matchGoal)
		ready := activation(input)
		printTimes("bare Eval", f.Name, f.Number, nanosEach(func() {
			if _, _, err := compiled.Program.Eval(ready); err != nil {
				panic(err)
			}
		}), evalGoal)
	case "allocations":
		verdict := "met"
		if f.Number > 0 {
			verdict = "MISSED"
		}
		fmt.Printf("%-14s %-29s %10.0f %10.0f %10s   none: %s\n", "allocations", f.Name, f.Number, allocationsEach(func() { match(input) }), "", verdict)
	case "fleet":
		devices := fleet(input)
		begin := cpuNanos()
		compiled = compiler.CompileCELExpression(f.Expr, options)
		for _, d := range devices {
			match(d)
		}
		printTimes("fleet", f.Name, f.Number, float64(cpuNanos()-begin), fleetGoal)
	case "view bytes":
		fmt.Printf("%-14s %-29s %10.0f\n", "(by itself)", f.Name, f.Number)
	default:
		fmt.Printf("%-14s %-29s %10s\n", "(by itself)", f.Name, duration(f.Number))
	}
}

type dracelCompiler interface {
	CompileCELExpression(expression string, options dracel.Options) dracel.CompilationResult
}

// Puts upstream's times beside ours, which stand in the file at PATH.
func measure(path string) {
	lines := bufio.NewScanner(comparison.Must(os.Open(path)))
	compiler := dracel.GetCompiler(dracel.Features{EnableConsumableCapacity: true, EnableListTypeAttributes: true})
	var input dracel.Device
	fmt.Printf("%-14s %-29s %10s %10s %10s   goal\n", "", "", "ours", "upstream's", "ratio")
	for lines.Scan() {
		var f figure
		if err := json.Unmarshal(lines.Bytes(), &f); err != nil {
			panic(err)
		}
		if f.Device != nil {
			input = upstreamDevice(*f.Device)
			continue
		}
		f.compare(compiler, input)
	}
}
