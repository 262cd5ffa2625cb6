// SPDX-License-Identifier: Apache-2.0

// Random pools: slices, their devices and whatever these may carry, and rules that taint them.
package main

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	resourceapi "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

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

func (g *generator) rule(name string) *resourceapi.DeviceTaintRule {
	rule := &resourceapi.DeviceTaintRule{TypeMeta: metav1.TypeMeta{APIVersion: group, Kind: "DeviceTaintRule"}, ObjectMeta: metav1.ObjectMeta{Name: name}}
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
	return rule
}
