// SPDX-License-Identifier: Apache-2.0

// Random clusters and claims over small domains, so that conflicts, ties and backtracking are frequent.
package main

import (
	"fmt"
	"math/rand"

	corev1 "k8s.io/api/core/v1"
	resourceapi "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/dynamic-resource-allocation/structured"
)

const group = "resource.k8s.io/v1"

type deviceRef struct {
	Driver string `json:"driver"`
	Pool   string `json:"pool"`
	Device string `json:"device"`
}

type sharedRef struct {
	deviceRef
	ShareID string `json:"shareID"`
}

type capacityRef struct {
	deviceRef
	Consumed map[string]resource.Quantity `json:"consumed"`
}

type allocatedState struct {
	Devices  []deviceRef   `json:"devices,omitempty"`
	Shared   []sharedRef   `json:"shared,omitempty"`
	Capacity []capacityRef `json:"capacity,omitempty"`
}

// One case, in the form of `simulate --batch`, and as the objects that upstream takes.
type testCase struct {
	Name      string              `json:"name"`
	Node      string              `json:"node"`
	Claims    []string            `json:"claims"`
	Features  structured.Features `json:"features"`
	Road      string              `json:"road"`
	Allocated allocatedState      `json:"allocated"`
	Objects   []runtime.Object    `json:"objects"`

	node    *corev1.Node
	claims  []*resourceapi.ResourceClaim
	held    []*resourceapi.ResourceClaim
	classes map[string]*resourceapi.DeviceClass
	slices  []*resourceapi.ResourceSlice
	rules   []*resourceapi.DeviceTaintRule
}

type generator struct {
	*rand.Rand
	c *testCase
	// What this case is about: some things never occur together with 1-p of all cases.
	counters, groups, shared, lists, derived, taints, conditions, perDevice, trouble, admin bool
}

func (g *generator) chance(percent int) bool { return g.Intn(100) < percent }

func pick[T any](g *generator, choices ...T) T { return choices[g.Intn(len(choices))] }

func ptr[T any](v T) *T { return &v }

var drivers = []string{"a.example", "b.example"}

func (g *generator) quantity(choices ...string) resource.Quantity {
	return resource.MustParse(pick(g, choices...))
}

func (g *generator) name(driver, id string) resourceapi.QualifiedName {
	if g.chance(20) {
		return resourceapi.QualifiedName(driver + "/" + id)
	}
	return resourceapi.QualifiedName(id)
}

func (g *generator) attribute() resourceapi.DeviceAttribute {
	if g.lists && g.chance(40) {
		switch g.Intn(4) {
		case 0:
			return resourceapi.DeviceAttribute{StringValues: pick(g, []string{"x"}, []string{"x", "y"}, []string{"y", "z"}, []string{"z"})}
		case 1:
			return resourceapi.DeviceAttribute{IntValues: pick(g, []int64{1}, []int64{1, 2}, []int64{2, 3})}
		case 2:
			return resourceapi.DeviceAttribute{BoolValues: pick(g, []bool{true}, []bool{true, false})}
		default:
			return resourceapi.DeviceAttribute{VersionValues: pick(g, []string{"1.0.0"}, []string{"1.0.0", "2.0.0"})}
		}
	}
	switch g.Intn(6) {
	case 0:
		return resourceapi.DeviceAttribute{IntValue: ptr(int64(g.Intn(3)))}
	case 1:
		return resourceapi.DeviceAttribute{BoolValue: ptr(g.chance(50))}
	case 2:
		return resourceapi.DeviceAttribute{VersionValue: ptr(pick(g, "1.0.0", "1.0.0+x", "2.0.0"))}
	default:
		return resourceapi.DeviceAttribute{StringValue: ptr(pick(g, "x", "y", "z"))}
	}
}

func (g *generator) policy() *resourceapi.CapacityRequestPolicy {
	switch g.Intn(5) {
	case 0:
		return &resourceapi.CapacityRequestPolicy{Default: ptr(g.quantity("0", "1Gi", "2Gi"))}
	case 1:
		return &resourceapi.CapacityRequestPolicy{Default: ptr(resource.MustParse("1Gi")), ValidValues: []resource.Quantity{
			resource.MustParse("1Gi"), resource.MustParse("2Gi"), resource.MustParse("4Gi")}}
	case 2:
		return &resourceapi.CapacityRequestPolicy{Default: ptr(resource.MustParse("1Gi")), ValidRange: &resourceapi.CapacityRequestPolicyRange{
			Min: ptr(resource.MustParse("1Gi")), Max: ptr(g.quantity("2Gi", "4Gi")), Step: ptr(g.quantity("1Gi", "512Mi"))}}
	case 3:
		return &resourceapi.CapacityRequestPolicy{Default: ptr(resource.MustParse("500m")), ValidRange: &resourceapi.CapacityRequestPolicyRange{
			Min: ptr(resource.MustParse("500m")), Step: ptr(resource.MustParse("500m"))}}
	}
	return nil
}

func (g *generator) taint() resourceapi.DeviceTaint {
	return resourceapi.DeviceTaint{Key: pick(g, "t1", "t2"), Value: pick(g, "", "v"),
		Effect: pick(g, resourceapi.DeviceTaintEffectNoSchedule, resourceapi.DeviceTaintEffectNoExecute, resourceapi.DeviceTaintEffectNone)}
}

func (g *generator) nodeSelector() *corev1.NodeSelector {
	requirement := corev1.NodeSelectorRequirement{Key: "zone", Operator: corev1.NodeSelectorOpIn, Values: pick(g, []string{"z1"}, []string{"z1", "z2"}, []string{"z2"})}
	switch g.Intn(4) {
	case 0:
		requirement = corev1.NodeSelectorRequirement{Key: "zone", Operator: corev1.NodeSelectorOpExists}
	case 1:
		requirement = corev1.NodeSelectorRequirement{Key: "rack", Operator: corev1.NodeSelectorOpNotIn, Values: []string{"r9"}}
	}
	term := corev1.NodeSelectorTerm{MatchExpressions: []corev1.NodeSelectorRequirement{requirement}}
	if g.chance(15) {
		term.MatchFields = []corev1.NodeSelectorRequirement{{Key: "metadata.name", Operator: corev1.NodeSelectorOpIn, Values: []string{pick(g, "node-1", "node-2")}}}
	}
	return &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{term}}
}

func (g *generator) consumption(set resourceapi.CounterSet) resourceapi.DeviceCounterConsumption {
	consumption := resourceapi.DeviceCounterConsumption{CounterSet: set.Name, Counters: map[string]resourceapi.Counter{}}
	for _, counter := range []string{"c0", "c1"} {
		if _, found := set.Counters[counter]; found && g.chance(80) {
			consumption.Counters[counter] = resourceapi.Counter{Value: g.quantity("1", "2", "3", "1500m", "0")}
		}
	}
	if g.trouble && g.chance(4) {
		consumption.CounterSet = "unknown"
	}
	if g.groups && g.chance(80) {
		consumption.CompatibilityGroups = pick(g, nil, []string{"g1"}, []string{"g2"}, []string{"g1", "g2"}, []string{"g2", "g3"}, []string{"g3", "g1"})
	}
	return consumption
}

func (g *generator) device(driver, name string, sets []resourceapi.CounterSet, perDevice bool) resourceapi.Device {
	d := resourceapi.Device{Name: name, Attributes: map[resourceapi.QualifiedName]resourceapi.DeviceAttribute{}}
	for _, id := range []string{"model", "numa"} {
		if g.chance(85) {
			d.Attributes[g.name(driver, id)] = g.attribute()
		}
	}
	if g.chance(70) {
		d.Attributes["kind"] = resourceapi.DeviceAttribute{StringValue: ptr(pick(g, "big", "small"))}
	}
	if g.shared && g.chance(60) {
		d.AllowMultipleAllocations = ptr(g.chance(80))
	}
	if g.chance(50) {
		d.Capacity = map[resourceapi.QualifiedName]resourceapi.DeviceCapacity{}
		for _, id := range []string{"mem", "bw"} {
			if g.chance(70) {
				capacity := resourceapi.DeviceCapacity{Value: g.quantity("2Gi", "4Gi", "8Gi")}
				if d.AllowMultipleAllocations != nil && *d.AllowMultipleAllocations {
					capacity.RequestPolicy = g.policy()
				}
				d.Capacity[resourceapi.QualifiedName(id)] = capacity
			}
		}
	}
	if len(sets) > 0 && g.chance(75) {
		first := g.Intn(len(sets))
		d.ConsumesCounters = append(d.ConsumesCounters, g.consumption(sets[first]))
		if len(sets) > 1 && g.chance(20) {
			d.ConsumesCounters = append(d.ConsumesCounters, g.consumption(sets[1-first]))
		}
	}
	for g.taints && g.chance(15) {
		d.Taints = append(d.Taints, g.taint())
	}
	if g.conditions && g.chance(30) {
		d.BindingConditions = []string{"ready"}
		d.BindingFailureConditions = []string{"failed"}
		d.BindsToNode = ptr(g.chance(50))
	}
	if perDevice {
		switch g.Intn(3) {
		case 0:
			d.NodeName = ptr(pick(g, "node-1", "node-1", "node-2"))
		case 1:
			d.AllNodes = ptr(true)
		default:
			d.NodeSelector = g.nodeSelector()
		}
	}
	return d
}

func (g *generator) target(spec *resourceapi.ResourceSliceSpec) {
	switch {
	case g.perDevice && g.chance(40):
		spec.PerDeviceNodeSelection = ptr(true)
	case g.chance(60):
		spec.NodeName = ptr(pick(g, "node-1", "node-1", "node-1", "node-2"))
	case g.chance(50):
		spec.AllNodes = ptr(true)
	default:
		spec.NodeSelector = g.nodeSelector()
	}
}

func (g *generator) counterSets() []resourceapi.CounterSet {
	var sets []resourceapi.CounterSet
	for i := 0; i < 1+g.Intn(2); i++ {
		set := resourceapi.CounterSet{Name: fmt.Sprintf("set-%d", i), Counters: map[string]resourceapi.Counter{}}
		for j := 0; j < 1+g.Intn(2); j++ {
			set.Counters[fmt.Sprintf("c%d", j)] = resourceapi.Counter{Value: g.quantity("2", "4", "8", "3500m")}
		}
		sets = append(sets, set)
	}
	return sets
}

func (g *generator) addSlice(name string, spec resourceapi.ResourceSliceSpec) {
	g.c.slices = append(g.c.slices, &resourceapi.ResourceSlice{
		TypeMeta: metav1.TypeMeta{APIVersion: group, Kind: "ResourceSlice"}, ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: spec})
}

func (g *generator) pool(driver, pool string) {
	n := 1 + g.Intn(3)
	var sets []resourceapi.CounterSet
	if g.counters && g.chance(70) {
		sets = g.counterSets()
	}
	total := n
	if len(sets) > 0 {
		total++
	}
	generation := int64(1)
	if g.trouble && g.chance(15) {
		total += pick(g, -1, 1)
		if total < 1 {
			total = 1
		}
	}
	base := resourceapi.ResourceSliceSpec{Driver: driver, Pool: resourceapi.ResourcePool{Name: pool, Generation: generation, ResourceSliceCount: int64(total)}}
	prefix := driver[:1] + "-" + pool
	if len(sets) > 0 {
		spec := *base.DeepCopy()
		spec.SharedCounters = sets
		g.target(&spec)
		spec.PerDeviceNodeSelection = nil
		if spec.NodeName == nil && spec.AllNodes == nil && spec.NodeSelector == nil {
			spec.AllNodes = ptr(true)
		}
		g.addSlice(fmt.Sprintf("%s-%s", prefix, pick(g, "counters", "0-counters")), spec)
	}
	serial := 0
	for i := 0; i < n; i++ {
		spec := *base.DeepCopy()
		g.target(&spec)
		for j := g.Intn(6); j > 0; j-- {
			name := fmt.Sprintf("dev-%d", serial)
			if g.trouble && g.chance(3) {
				name = "dev-0"
			}
			serial++
			spec.Devices = append(spec.Devices, g.device(driver, name, sets, spec.PerDeviceNodeSelection != nil))
		}
		for a := range spec.Devices { // unique in the slice, as validation has it
			for b := 0; b < a; b++ {
				if spec.Devices[a].Name == spec.Devices[b].Name {
					spec.Devices[a].Name = fmt.Sprintf("again-%d-%d", i, a)
				}
			}
		}
		if g.trouble && g.chance(8) {
			spec.Pool.Generation = pick(g, int64(0), int64(2))
		}
		if g.chance(4) {
			spec.SkipNodeOperations = []resourceapi.SkipNodeOperation{"*"}
		}
		g.addSlice(fmt.Sprintf("%s-%d", prefix, pick(g, i, 9-i)*10+i), spec)
	}
}

var expressions = []string{
	`device.driver == "a.example"`,
	`"kind" in device.attributes[device.driver] && device.attributes[device.driver].kind == "big"`,
	`device.capacity[device.driver].?mem.orValue(quantity("0")).compareTo(quantity("4Gi")) >= 0`,
	`device.allowMultipleAllocations`,
	`!device.allowMultipleAllocations`,
	`device.attributes["b.example"].size() == 0`,
	`true`,
}

// Of derived attributes: what is the same for all, what differs, lists, and what may be of any type.
var deriving = []string{
	`device.driver`,
	`device.attributes[device.driver].?kind.orValue("none")`,
	`device.attributes[device.driver].?kind.orValue("none") == "big"`,
	`device.attributes[device.driver].?model.orValue(dyn("none"))`,
	`device.attributes[device.driver].?numa.orValue(dyn(0))`,
	`device.capacity[device.driver].?mem.orValue(quantity("0")).compareTo(quantity("4Gi"))`,
	`"mem" in device.capacity[device.driver]`,
	`"numa" in device.attributes[device.driver] ? ["x", "y"] : ["y", "z"]`,
	`[device.driver, device.attributes[device.driver].?kind.orValue("none")]`,
	`"kind" in device.attributes[device.driver] ? [1, 2] : [2, 3]`,
	`[device.allowMultipleAllocations, true]`,
	`device.allowMultipleAllocations ? semver("1.0.0") : semver("2.0.0-a.1+b")`,
	`[semver("v1.0", true), device.driver == "a.example" ? semver("1.0.0+x") : semver("2.0.0")]`,
	`dyn(type(device.driver))`,
	`dyn(device.attributes[device.driver].?model)`,
	`dyn([])`,
	`"1.0.0"`,
	`1`,
}

var failingDerived = []string{
	`device.attributes[device.driver].kind`,
	`device.attributes[device.driver].?kind`,
	`dyn(device.attributes[device.driver].?nothing)`,
	`dyn([1, dyn("x")])`,
	`dyn(["x", dyn(1)])`,
	`1.5`,
	`dyn(1.5)`,
	`1u`,
	`dyn(1u)`,
	`dyn([dyn(1u)])`,
	`{"x": 1}`,
	`dyn({"x": 1})`,
	`null`,
	`dyn(null)`,
	`[[1]]`,
	`dyn([[1]])`,
	`quantity("1")`,
	`dyn(quantity("1"))`,
	`dyn(b"x")`,
	`dyn(duration("1s"))`,
	`dyn(device.attributes)`,
	`nonsense`,
}

var failing = []string{
	`device.attributes[device.driver].kind == "big"`,
	`device.attributes[device.driver].nothing == 1`,
	`nonsense`,
	`device.driver`,
}

func (g *generator) selectors() []resourceapi.DeviceSelector {
	var selectors []resourceapi.DeviceSelector
	for g.chance(15) {
		expression := pick(g, expressions...)
		if g.trouble && g.chance(10) {
			expression = pick(g, failing...)
		}
		selectors = append(selectors, resourceapi.DeviceSelector{CEL: &resourceapi.CELDeviceSelector{Expression: expression}})
	}
	return selectors
}

func (g *generator) opaque() resourceapi.DeviceConfiguration {
	return resourceapi.DeviceConfiguration{Opaque: &resourceapi.OpaqueDeviceConfiguration{Driver: pick(g, drivers...),
		Parameters: runtime.RawExtension{Raw: []byte(fmt.Sprintf(`{"n":%d}`, g.Intn(3)))}}}
}

func (g *generator) class(name string, expression string) {
	class := &resourceapi.DeviceClass{TypeMeta: metav1.TypeMeta{APIVersion: group, Kind: "DeviceClass"}, ObjectMeta: metav1.ObjectMeta{Name: name}}
	if expression != "" {
		class.Spec.Selectors = []resourceapi.DeviceSelector{{CEL: &resourceapi.CELDeviceSelector{Expression: expression}}}
	}
	for g.chance(20) {
		class.Spec.Config = append(class.Spec.Config, resourceapi.DeviceClassConfiguration{DeviceConfiguration: g.opaque()})
	}
	g.c.classes[name] = class
}

func (g *generator) capacityRequest() *resourceapi.CapacityRequirements {
	if !g.chance(35) {
		return nil
	}
	requests := map[resourceapi.QualifiedName]resource.Quantity{}
	for _, id := range []string{"mem", "bw"} {
		if g.chance(60) {
			requests[resourceapi.QualifiedName(id)] = g.quantity("0", "1Gi", "1500Mi", "2Gi", "3Gi", "750m", "5Gi")
		}
	}
	return &resourceapi.CapacityRequirements{Requests: requests}
}

func (g *generator) exact(name string) resourceapi.DeviceSubRequest {
	r := resourceapi.DeviceSubRequest{Name: name, DeviceClassName: pick(g, "any", "any", "any", "a-only", "big"), Selectors: g.selectors(),
		AllocationMode: resourceapi.DeviceAllocationModeExactCount, Count: pick(g, int64(1), 1, 1, 2, 3)}
	if g.chance(6) {
		r.AllocationMode, r.Count = resourceapi.DeviceAllocationModeAll, 0
	}
	if g.trouble && g.chance(2) {
		r.Count = 31
	}
	if g.trouble && g.chance(2) {
		r.DeviceClassName = pick(g, "absent", "")
	}
	for g.taints && g.chance(35) {
		r.Tolerations = append(r.Tolerations, resourceapi.DeviceToleration{Key: pick(g, "t1", "t2", ""), Value: pick(g, "", "v"),
			Operator: pick(g, resourceapi.DeviceTolerationOpEqual, resourceapi.DeviceTolerationOpExists), Effect: pick(g, "", resourceapi.DeviceTaintEffectNoSchedule)})
	}
	if g.shared {
		r.Capacity = g.capacityRequest()
	}
	for g.derived && g.chance(55) {
		derived := resourceapi.DeviceDerivedAttribute{Name: g.constrained(), Expression: pick(g, deriving...)}
		if g.trouble && g.chance(15) {
			derived.Expression = pick(g, failingDerived...)
		}
		r.DerivedAttributes = append(r.DerivedAttributes, derived)
	}
	return r
}

// A name for constraints: an attribute's, and with derived attributes also one that no device has.
func (g *generator) constrained() resourceapi.FullyQualifiedName {
	if g.derived && g.chance(40) {
		return resourceapi.FullyQualifiedName(pick(g, "derived/one", "derived/two"))
	}
	return resourceapi.FullyQualifiedName(pick(g, drivers...) + "/" + pick(g, "model", "numa", "kind"))
}

func (g *generator) request(name string) resourceapi.DeviceRequest {
	r := resourceapi.DeviceRequest{Name: name}
	if g.chance(30) {
		for i := 0; i < 2+g.Intn(2); i++ {
			r.FirstAvailable = append(r.FirstAvailable, g.exact(fmt.Sprintf("sub-%d", i)))
		}
		return r
	}
	e := g.exact("")
	r.Exactly = &resourceapi.ExactDeviceRequest{DeviceClassName: e.DeviceClassName, Selectors: e.Selectors, AllocationMode: e.AllocationMode,
		Count: e.Count, Tolerations: e.Tolerations, Capacity: e.Capacity, DerivedAttributes: e.DerivedAttributes}
	if g.admin && g.chance(25) {
		r.Exactly.AdminAccess = ptr(g.chance(85))
	}
	return r
}

func (g *generator) references(claim *resourceapi.ResourceClaim) []string {
	var names []string
	for _, r := range claim.Spec.Devices.Requests {
		if g.chance(40) {
			names = append(names, r.Name)
		} else if len(r.FirstAvailable) > 0 && g.chance(50) {
			names = append(names, r.Name+"/"+pick(g, r.FirstAvailable...).Name)
		}
	}
	return names
}

func (g *generator) claim(name string) *resourceapi.ResourceClaim {
	claim := &resourceapi.ResourceClaim{TypeMeta: metav1.TypeMeta{APIVersion: group, Kind: "ResourceClaim"}, ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "ns"}}
	devices := &claim.Spec.Devices
	for i := pick(g, 1, 1, 2, 2, 3); i > 0; i-- {
		devices.Requests = append(devices.Requests, g.request(fmt.Sprintf("req-%d", len(devices.Requests))))
	}
	for g.chance(25) || (g.derived && g.chance(40)) {
		constraint := resourceapi.DeviceConstraint{Requests: g.references(claim)}
		attribute := ptr(g.constrained())
		if g.chance(60) {
			constraint.MatchAttribute = attribute
		} else {
			constraint.DistinctAttribute = attribute
		}
		if g.trouble && g.chance(3) {
			constraint.MatchAttribute, constraint.DistinctAttribute = nil, nil
		}
		devices.Constraints = append(devices.Constraints, constraint)
	}
	for g.chance(25) {
		devices.Config = append(devices.Config, resourceapi.DeviceClaimConfiguration{Requests: g.references(claim), DeviceConfiguration: g.opaque()})
	}
	return claim
}

// Claims that hold devices already, each device at most once unless it is shared.
func (g *generator) hold() {
	for _, slice := range g.c.slices {
		for _, d := range slice.Spec.Devices {
			if !g.chance(18) {
				continue
			}
			result := resourceapi.DeviceRequestAllocationResult{Request: "r", Driver: slice.Spec.Driver, Pool: slice.Spec.Pool.Name, Device: d.Name}
			if d.AllowMultipleAllocations != nil && *d.AllowMultipleAllocations && g.c.Features.ConsumableCapacity && g.chance(85) {
				result.ShareID = ptr(types.UID(fmt.Sprintf("00000000-0000-4000-8000-%012d", g.Intn(1000000))))
				for name := range d.Capacity {
					if result.ConsumedCapacity == nil {
						result.ConsumedCapacity = map[resourceapi.QualifiedName]resource.Quantity{}
					}
					result.ConsumedCapacity[name] = g.quantity("0", "1Gi", "2Gi")
				}
			}
			if g.admin && g.chance(15) {
				result.AdminAccess = ptr(true)
			}
			ref := deviceRef{result.Driver, result.Pool, result.Device}
			if result.ShareID == nil && result.AdminAccess == nil && g.chance(30) {
				g.c.Allocated.Devices = append(g.c.Allocated.Devices, ref)
				continue
			}
			if result.ShareID != nil && result.AdminAccess == nil && g.chance(30) {
				g.c.Allocated.Shared = append(g.c.Allocated.Shared, sharedRef{ref, string(*result.ShareID)})
				consumed := map[string]resource.Quantity{}
				for name, amount := range result.ConsumedCapacity {
					consumed[string(name)] = amount
				}
				g.c.Allocated.Capacity = append(g.c.Allocated.Capacity, capacityRef{ref, consumed})
				continue
			}
			claim := &resourceapi.ResourceClaim{TypeMeta: metav1.TypeMeta{APIVersion: group, Kind: "ResourceClaim"},
				ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("held-%d", len(g.c.held)), Namespace: "ns"}}
			claim.Status.Allocation = &resourceapi.AllocationResult{}
			claim.Status.Allocation.Devices.Results = []resourceapi.DeviceRequestAllocationResult{result}
			g.c.held = append(g.c.held, claim)
		}
	}
}

func allFeatures() structured.Features {
	return structured.Features{AdminAccess: true, CompatibilityGroups: true, ConsumableCapacity: true, DerivedAttributes: true, DeviceBindingAndStatus: true,
		DeviceTaints: true, FractionalCapacityRange: true, ListTypeAttributes: true, OptionalNodeOperations: true, PartitionableDevices: true, PrioritizedList: true}
}

func (g *generator) features() structured.Features {
	f := allFeatures()
	if g.chance(70) {
		return f
	}
	for _, field := range []*bool{&f.AdminAccess, &f.CompatibilityGroups, &f.ConsumableCapacity, &f.DerivedAttributes, &f.DeviceBindingAndStatus, &f.DeviceTaints, &f.FractionalCapacityRange,
		&f.ListTypeAttributes, &f.OptionalNodeOperations, &f.PartitionableDevices, &f.PrioritizedList} {
		*field = g.chance(70)
	}
	return f
}

func generate(seed int64, index int) *testCase {
	g := &generator{Rand: rand.New(rand.NewSource(seed + int64(index)*1000003))}
	g.counters, g.shared, g.lists, g.taints = g.chance(40), g.chance(40), g.chance(25), g.chance(35)
	g.conditions, g.perDevice, g.trouble, g.admin = g.chance(20), g.chance(25), g.chance(20), g.chance(20)
	g.groups, g.derived = g.chance(40), g.chance(25)
	c := &testCase{Name: fmt.Sprintf("case-%d", index), Node: "node-1", classes: map[string]*resourceapi.DeviceClass{}}
	g.c = c
	c.Features = g.features()
	c.Road = pick(g, "short", "short", "any")
	c.node = &corev1.Node{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Node"},
		ObjectMeta: metav1.ObjectMeta{Name: "node-1", Labels: map[string]string{"zone": pick(g, "z1", "z2")}}}
	if g.chance(50) {
		c.node.Status.DeclaredFeatures = []string{"DRAOptionalNodeOperations"}
	}
	g.class("any", "")
	g.class("a-only", `device.driver == "a.example"`)
	g.class("big", expressions[1])
	for _, driver := range drivers {
		for _, pool := range []string{"node-1", "p"} {
			if g.chance(60) {
				g.pool(driver, pool)
			}
		}
	}
	for g.taints && g.chance(30) {
		rule := &resourceapi.DeviceTaintRule{TypeMeta: metav1.TypeMeta{APIVersion: group, Kind: "DeviceTaintRule"}, ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("rule-%d", len(c.rules))}}
		rule.Spec.Taint = g.taint()
		if g.chance(85) {
			rule.Spec.DeviceSelector = &resourceapi.DeviceTaintSelector{}
			if g.chance(60) {
				rule.Spec.DeviceSelector.Driver = ptr(pick(g, drivers...))
			}
			if g.chance(40) {
				rule.Spec.DeviceSelector.Pool = ptr(pick(g, "p", "node-1"))
			}
			if g.chance(40) {
				rule.Spec.DeviceSelector.Device = ptr(pick(g, "dev-0", "dev-1"))
			}
		}
		c.rules = append(c.rules, rule)
	}
	g.hold()
	for i := pick(g, 1, 1, 2, 2, 3); i > 0; i-- {
		claim := g.claim(fmt.Sprintf("claim-%d", len(c.claims)))
		c.claims = append(c.claims, claim)
		c.Claims = append(c.Claims, "ns/"+claim.Name)
	}
	c.Objects = append(c.Objects, c.node)
	for _, name := range []string{"any", "a-only", "big"} {
		c.Objects = append(c.Objects, c.classes[name])
	}
	for _, rule := range c.rules {
		c.Objects = append(c.Objects, rule)
	}
	for _, i := range g.Perm(len(c.slices)) {
		c.Objects = append(c.Objects, c.slices[i])
	}
	for _, claim := range append(c.held, c.claims...) {
		c.Objects = append(c.Objects, claim)
	}
	return c
}
