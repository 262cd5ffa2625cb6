// SPDX-License-Identifier: Apache-2.0

// The clusters and claims of tests/bench/allocate once more, as Kubernetes' objects.
package main

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	resourceapi "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	benchDriver     = "gpu.example.com"
	maxSliceDevices = 64
	maxSliceSets    = 8
)

// Where a GPU can be cut: a partition's memory slices, from start on, and its multiprocessors.
var partitions = []struct {
	kind            string
	start, slices   int
	multiprocessors int
}{
	{"7g", 0, 8, 132}, {"4g", 0, 4, 64}, {"3g", 0, 4, 60}, {"3g", 4, 4, 60},
	{"2g", 0, 2, 32}, {"2g", 2, 2, 32}, {"2g", 4, 2, 32},
	{"1g+me", 0, 2, 16}, {"1g+me", 2, 2, 16}, {"1g+me", 4, 2, 16}, {"1g+me", 6, 2, 16},
	{"1g", 0, 1, 16}, {"1g", 1, 1, 16}, {"1g", 2, 1, 16}, {"1g", 3, 1, 16}, {"1g", 4, 1, 16}, {"1g", 5, 1, 16}, {"1g", 6, 1, 16},
}

// Counters for the slices from start on, and one for multiprocessors.
func sliceCounters(start, slices, multiprocessors int) map[string]resourceapi.Counter {
	counters := map[string]resourceapi.Counter{
		"multiprocessors": {Value: *resource.NewQuantity(int64(multiprocessors), resource.DecimalSI)}}
	for i := range slices {
		counters[fmt.Sprintf("memory-slice-%d", start+i)] = resourceapi.Counter{Value: *resource.NewQuantity(1, resource.DecimalSI)}
	}
	return counters
}

// Equal nodes; see struct cluster in tests/bench/allocate/bench.h.
type benchCluster struct {
	content string
	devices int
	groups  int
	counter int // of each set
	draw    int // of a device; 0: one
	sets    int // 0: one
	gpus    int // of partitions, instead of all of the above
	shared  bool
	nodes   []*corev1.Node
	classes map[string]*resourceapi.DeviceClass
	slices  []*resourceapi.ResourceSlice
}

func (b *benchCluster) attributes(node, index int) map[resourceapi.QualifiedName]resourceapi.DeviceAttribute {
	text := func(value string) resourceapi.DeviceAttribute {
		return resourceapi.DeviceAttribute{StringValue: &value}
	}
	number := func(value int) resourceapi.DeviceAttribute {
		return resourceapi.DeviceAttribute{IntValue: ptr(int64(value))}
	}
	version := func(value string) resourceapi.DeviceAttribute {
		return resourceapi.DeviceAttribute{VersionValue: &value}
	}
	return map[resourceapi.QualifiedName]resourceapi.DeviceAttribute{
		"uuid":                            text(fmt.Sprintf("GPU-%08x-%08x-4e5f", node, index)),
		"pciBusID":                        text(fmt.Sprintf("0000:%04x:00.0", index)),
		"resource.kubernetes.io/pcieRoot": text(fmt.Sprintf("pci0000:%04x", index/2)),
		"numa":                            number(index % b.groups),
		"minor":                           number(index),
		"type":                            text(b.kind(index)),
		"productName":                     text("Example H100 80GB HBM3"),
		"brand":                           text("Example"),
		"architecture":                    text("Hopper"),
		"model":                           text("H100"),
		"addressingMode":                  text("HMM"),
		"driverVersion":                   version("570.86.15"),
		"cudaDriverVersion":               version("12.8.0"),
		"cudaComputeCapability":           version("9.0.0"),
	}
}

func (b *benchCluster) kind(index int) string {
	if b.gpus > 0 {
		return partitions[index%len(partitions)].kind
	}
	return "gpu"
}

func (b *benchCluster) countSets() int {
	switch {
	case b.gpus > 0:
		return b.gpus
	case b.counter > 0:
		return max(b.sets, 1)
	}
	return 0
}

func (b *benchCluster) setCounters() map[string]resourceapi.Counter {
	if b.gpus > 0 {
		return sliceCounters(0, 8, 132)
	}
	return map[string]resourceapi.Counter{"c": {Value: *resource.NewQuantity(int64(b.counter), resource.DecimalSI)}}
}

func (b *benchCluster) consumes(index int) []resourceapi.DeviceCounterConsumption {
	if b.gpus > 0 {
		p := partitions[index%len(partitions)]
		return []resourceapi.DeviceCounterConsumption{{CounterSet: fmt.Sprintf("set-%d", index/len(partitions)),
			Counters: sliceCounters(p.start, p.slices, p.multiprocessors)}}
	}
	return []resourceapi.DeviceCounterConsumption{{CounterSet: fmt.Sprintf("set-%d", index%b.countSets()),
		Counters: map[string]resourceapi.Counter{"c": {Value: *resource.NewQuantity(int64(max(b.draw, 1)), resource.DecimalSI)}}}}
}

func (b *benchCluster) device(node, index int) resourceapi.Device {
	memory := resourceapi.DeviceCapacity{Value: resource.MustParse("80Gi")}
	d := resourceapi.Device{Name: fmt.Sprintf("gpu-%d", index), Attributes: b.attributes(node, index)}
	if b.shared {
		d.AllowMultipleAllocations = ptr(true)
		memory.RequestPolicy = &resourceapi.CapacityRequestPolicy{Default: ptr(resource.MustParse("10Gi")),
			ValidRange: &resourceapi.CapacityRequestPolicyRange{Min: ptr(resource.MustParse("1Gi")), Step: ptr(resource.MustParse("1Gi"))}}
	}
	d.Capacity = map[resourceapi.QualifiedName]resourceapi.DeviceCapacity{"memory": memory}
	if b.countSets() > 0 {
		d.ConsumesCounters = b.consumes(index)
	}
	return d
}

func (b *benchCluster) addSlice(node, number int, spec resourceapi.ResourceSliceSpec) {
	name := fmt.Sprintf("node-%05d", node)
	spec.Driver, spec.NodeName = benchDriver, &name
	spec.Pool = resourceapi.ResourcePool{Name: name, Generation: 1, ResourceSliceCount: int64((b.devices+maxSliceDevices-1)/maxSliceDevices + (b.countSets()+maxSliceSets-1)/maxSliceSets)}
	b.slices = append(b.slices, &resourceapi.ResourceSlice{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("slice-%05d-%03d", node, number)}, Spec: spec})
}

func (b *benchCluster) addNode(node int) {
	b.nodes = append(b.nodes, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("node-%05d", node)}})
	number := 0
	for first := 0; first < b.devices; first += maxSliceDevices {
		var spec resourceapi.ResourceSliceSpec
		for i := first; i < min(first+maxSliceDevices, b.devices); i++ {
			spec.Devices = append(spec.Devices, b.device(node, i))
		}
		b.addSlice(node, number, spec)
		number++
	}
	for first := 0; first < b.countSets(); first += maxSliceSets {
		var spec resourceapi.ResourceSliceSpec
		for i := first; i < min(first+maxSliceSets, b.countSets()); i++ {
			spec.SharedCounters = append(spec.SharedCounters, resourceapi.CounterSet{Name: fmt.Sprintf("set-%d", i), Counters: b.setCounters()})
		}
		b.addSlice(node, number, spec)
		number++
	}
}

func (b *benchCluster) build(nodes int, classAccepts string) *benchCluster {
	class := &resourceapi.DeviceClass{ObjectMeta: metav1.ObjectMeta{Name: "gpu"}}
	if classAccepts != "" {
		class.Spec.Selectors = selector(classAccepts)
	}
	b.classes = map[string]*resourceapi.DeviceClass{"gpu": class}
	for i := range nodes {
		b.addNode(i)
	}
	return b
}

func shapeBuild(content string, nodes, devices int) *benchCluster {
	b := &benchCluster{content: content, devices: devices, groups: 4, shared: content == "capacity"}
	accepts := ""
	if content == "counters" {
		b.counter = devices
	}
	if content == "cel" {
		accepts = `device.driver == "gpu.example.com"`
	}
	return b.build(nodes, accepts)
}

// Claims

func selector(expression string) []resourceapi.DeviceSelector {
	return []resourceapi.DeviceSelector{{CEL: &resourceapi.CELDeviceSelector{Expression: expression}}}
}

// A claim with requests r0 and on.
func benchClaim(name string, requests int, count int64) *resourceapi.ResourceClaim {
	claim := &resourceapi.ResourceClaim{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "ns"}}
	for i := range requests {
		claim.Spec.Devices.Requests = append(claim.Spec.Devices.Requests, resourceapi.DeviceRequest{Name: fmt.Sprintf("r%d", i),
			Exactly: &resourceapi.ExactDeviceRequest{DeviceClassName: "gpu", AllocationMode: resourceapi.DeviceAllocationModeExactCount, Count: count}})
	}
	return claim
}

func wantMemory(claim *resourceapi.ResourceClaim, request int, amount string) {
	claim.Spec.Devices.Requests[request].Exactly.Capacity = &resourceapi.CapacityRequirements{
		Requests: map[resourceapi.QualifiedName]resource.Quantity{"memory": resource.MustParse(amount)}}
}

func (b *benchCluster) shapeClaims(content string, n int) []*resourceapi.ResourceClaim {
	var claims []*resourceapi.ResourceClaim
	for i := range n {
		claim := benchClaim(fmt.Sprintf("c%d", i), 1, 1)
		switch content {
		case "cel":
			claim.Spec.Devices.Requests[0].Exactly.Selectors = selector(`device.attributes["gpu.example.com"].model == "H100"`)
		case "match":
			claim.Spec.Devices.Requests[0].Exactly.Count = 2
			claim.Spec.Devices.Constraints = []resourceapi.DeviceConstraint{{MatchAttribute: ptr(resourceapi.FullyQualifiedName("gpu.example.com/numa"))}}
		case "capacity":
			wantMemory(claim, 0, "10Gi")
		}
		claims = append(claims, claim)
	}
	return claims
}
