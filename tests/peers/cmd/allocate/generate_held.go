// SPDX-License-Identifier: Apache-2.0

// What is held already: by other claims, or by others whom the filter knows only from their list.
package main

import (
	"fmt"
	"maps"
	"slices"

	resourceapi "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

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
				for _, name := range slices.Sorted(maps.Keys(d.Capacity)) { // a seed makes the same case each time
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
