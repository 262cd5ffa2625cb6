// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"time"

	corev1 "k8s.io/api/core/v1"
	resourceapi "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/dynamic-resource-allocation/structured"
)

// One shape: claims over a node of many devices, as tests/bench/allocate has them.
type shape struct {
	name     string
	devices  int
	claims   int
	count    int64
	selector string
	match    string
	counters int64 // published; each device consumes one; 0: none
}

func (s shape) build() *testCase {
	c := &testCase{Name: s.name, Node: "node-1", Road: "any", classes: map[string]*resourceapi.DeviceClass{}}
	g := &generator{Rand: nil, c: c}
	c.Features = allFeatures()
	c.node = &corev1.Node{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Node"}, ObjectMeta: metav1.ObjectMeta{Name: "node-1"}}
	class := &resourceapi.DeviceClass{TypeMeta: metav1.TypeMeta{APIVersion: group, Kind: "DeviceClass"}, ObjectMeta: metav1.ObjectMeta{Name: "gpu"}}
	if s.selector != "" {
		class.Spec.Selectors = []resourceapi.DeviceSelector{{CEL: &resourceapi.CELDeviceSelector{Expression: `device.driver == "a.example"`}}}
	}
	c.classes["gpu"] = class
	spec := resourceapi.ResourceSliceSpec{Driver: "a.example", NodeName: ptr("node-1"),
		Pool: resourceapi.ResourcePool{Name: "p", Generation: 1, ResourceSliceCount: 1}}
	if s.counters > 0 {
		spec.Pool.ResourceSliceCount = 2
		counters := *spec.DeepCopy()
		counters.SharedCounters = []resourceapi.CounterSet{{Name: "set", Counters: map[string]resourceapi.Counter{"c": {Value: *resource.NewQuantity(s.counters, resource.DecimalSI)}}}}
		g.addSlice("counters", counters)
	}
	for i := 0; i < s.devices; i++ {
		d := resourceapi.Device{Name: fmt.Sprintf("gpu-%d", i), Attributes: map[resourceapi.QualifiedName]resourceapi.DeviceAttribute{
			"uuid": {StringValue: ptr(fmt.Sprintf("GPU-%08x", i*2654435761))}, "numa": {IntValue: ptr(int64(i % 4))}, "model": {StringValue: ptr("value-1")}}}
		for a := 0; a < 11; a++ {
			d.Attributes[resourceapi.QualifiedName(fmt.Sprintf("a%d", a))] = resourceapi.DeviceAttribute{StringValue: ptr("value")}
		}
		if s.counters > 0 {
			d.ConsumesCounters = []resourceapi.DeviceCounterConsumption{{CounterSet: "set", Counters: map[string]resourceapi.Counter{"c": {Value: resource.MustParse("1")}}}}
		}
		spec.Devices = append(spec.Devices, d)
	}
	g.addSlice("devices", spec)
	for i := 0; i < s.claims; i++ {
		claim := &resourceapi.ResourceClaim{TypeMeta: metav1.TypeMeta{APIVersion: group, Kind: "ResourceClaim"}, ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("c%d", i), Namespace: "ns"}}
		exact := &resourceapi.ExactDeviceRequest{DeviceClassName: "gpu", AllocationMode: resourceapi.DeviceAllocationModeExactCount, Count: s.count}
		if s.selector != "" {
			exact.Selectors = []resourceapi.DeviceSelector{{CEL: &resourceapi.CELDeviceSelector{Expression: s.selector}}}
		}
		claim.Spec.Devices.Requests = []resourceapi.DeviceRequest{{Name: "r", Exactly: exact}}
		if s.match != "" {
			claim.Spec.Devices.Constraints = []resourceapi.DeviceConstraint{{MatchAttribute: ptr(resourceapi.FullyQualifiedName(s.match))}}
		}
		c.claims = append(c.claims, claim)
		c.Claims = append(c.Claims, "ns/"+claim.Name)
	}
	c.Objects = append(c.Objects, c.node, class)
	for _, slice := range c.slices {
		c.Objects = append(c.Objects, slice)
	}
	for _, claim := range c.claims {
		c.Objects = append(c.Objects, claim)
	}
	return c
}

// The mean time of one Allocate, and what it said. Caches of expressions are warm, as in a scheduler.
func (c *testCase) timeTheirs() (time.Duration, string) {
	rounds, start := 0, time.Now()
	said := ""
	for rounds == 0 || (time.Since(start) < 300*time.Millisecond) {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		allocator, err := structured.NewAllocator(ctx, c.Features, c.allocatedState(), classLister(c.classes), c.slices, celCache)
		if err != nil {
			panic(err)
		}
		results, err := allocator.Allocate(ctx, c.node, c.claims)
		said = "allocated"
		if results == nil {
			said = "no fit"
		}
		if ctx.Err() != nil {
			said = "gave up"
		} else if err != nil {
			said = err.Error()
		}
		cancel()
		rounds++
	}
	return time.Since(start) / time.Duration(rounds), said
}

// Kubernetes' side first, then ours (tests/bench/allocate), over the same shapes in one run.
func benchShapes(ours string) {
	var shapes []shape
	for _, n := range []int{20, 100, 1000} {
		shapes = append(shapes, shape{name: "plain", devices: n, claims: 20, count: 1},
			shape{name: "cel", devices: n, claims: 20, count: 1, selector: `device.attributes["a.example"].model == "value-1"`},
			shape{name: "counters", devices: n, claims: 20, count: 1, counters: int64(n)})
		if n > 20 {
			shapes = append(shapes, shape{name: "match", devices: n, claims: 20, count: 2, match: "a.example/numa"})
		}
	}
	for _, n := range []int{8, 12, 16, 20, 24} {
		shapes = append(shapes, shape{name: "hard: one short", devices: n, claims: 1, count: int64(n + 1)},
			shape{name: "hard: counters, one short", devices: 2 * n, claims: 1, count: int64(n), counters: int64(n - 1)})
	}
	fmt.Println("kubernetes:")
	for _, s := range shapes {
		theirs, said := s.build().timeTheirs()
		fmt.Printf("%s: %d devices: %s, %.1f us\n", s.name, s.devices, said, float64(theirs.Nanoseconds())/1e3)
	}
	for _, what := range []string{"shapes", "hard"} {
		fmt.Println("ours:")
		command := exec.Command(ours, what)
		command.Stdout, command.Stderr = os.Stdout, os.Stderr
		if err := command.Run(); err != nil {
			fmt.Fprintln(os.Stderr, ours, err)
			os.Exit(2)
		}
	}
}
