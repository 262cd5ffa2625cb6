// SPDX-License-Identifier: Apache-2.0

// Random classes and claims.
package main

import (
	"fmt"

	resourceapi "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

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
