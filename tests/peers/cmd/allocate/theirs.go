// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"time"

	resourceapi "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/dynamic-resource-allocation/cel"
	"k8s.io/dynamic-resource-allocation/structured"
)

// Added to an amount, it makes it forget how it was written.
func zero(like *resource.Quantity) *resource.Quantity { return resource.NewQuantity(0, like.Format) }

type classLister map[string]*resourceapi.DeviceClass

func (l classLister) List() ([]*resourceapi.DeviceClass, error) { return nil, nil }
func (l classLister) Get(name string) (*resourceapi.DeviceClass, error) {
	if class := l[name]; class != nil {
		return class, nil
	}
	return nil, fmt.Errorf("class %q not found", name)
}

func emptyState() structured.AllocatedState {
	return structured.AllocatedState{AllocatedDevices: sets.New[structured.DeviceID](),
		AllocatedSharedDeviceIDs: sets.New[structured.SharedDeviceID](), AggregatedCapacity: structured.NewConsumedCapacityCollection()}
}

// As the scheduler gathers it from claims.
func hold(state structured.AllocatedState, result *resourceapi.DeviceRequestAllocationResult, consumableCapacity bool) {
	if result.AdminAccess != nil && *result.AdminAccess {
		return
	}
	id := structured.MakeDeviceID(result.Driver, result.Pool, result.Device)
	if result.ShareID == nil || !consumableCapacity {
		state.AllocatedDevices.Insert(id)
		return
	}
	state.AllocatedSharedDeviceIDs.Insert(structured.MakeSharedDeviceID(id, result.ShareID))
	if result.ConsumedCapacity != nil {
		state.AggregatedCapacity.Insert(structured.NewDeviceConsumedCapacity(id, result.ConsumedCapacity))
	}
}

// What claims hold, and what the case lists beside them.
func (c *testCase) allocatedState() structured.AllocatedState {
	state := emptyState()
	for _, claim := range c.held {
		for i := range claim.Status.Allocation.Devices.Results {
			hold(state, &claim.Status.Allocation.Devices.Results[i], c.Features.ConsumableCapacity)
		}
	}
	for _, d := range c.Allocated.Devices {
		state.AllocatedDevices.Insert(structured.MakeDeviceID(d.Driver, d.Pool, d.Device))
	}
	for _, d := range c.Allocated.Shared {
		share := types.UID(d.ShareID)
		state.AllocatedSharedDeviceIDs.Insert(structured.MakeSharedDeviceID(structured.MakeDeviceID(d.Driver, d.Pool, d.Device), &share))
	}
	for _, d := range c.Allocated.Capacity {
		consumed := map[resourceapi.QualifiedName]resource.Quantity{}
		for name, amount := range d.Consumed {
			consumed[resourceapi.QualifiedName(name)] = amount
		}
		state.AggregatedCapacity.Insert(structured.NewDeviceConsumedCapacity(structured.MakeDeviceID(d.Driver, d.Pool, d.Device), consumed))
	}
	return state
}

func ruleMatches(rule *resourceapi.DeviceTaintRule, driver, pool, device string) bool {
	s := rule.Spec.DeviceSelector
	equal := func(want *string, have string) bool { return want == nil || *want == have }
	return s != nil && equal(s.Driver, driver) && equal(s.Pool, pool) && equal(s.Device, device)
}

// The slices with the taints of the rules, in the order of their names, which is the order that we keep.
func (c *testCase) mergedSlices() []*resourceapi.ResourceSlice {
	var merged []*resourceapi.ResourceSlice
	for _, slice := range c.slices {
		slice = slice.DeepCopy()
		for i := range slice.Spec.Devices {
			for _, rule := range c.rules {
				if ruleMatches(rule, slice.Spec.Driver, slice.Spec.Pool.Name, slice.Spec.Devices[i].Name) {
					slice.Spec.Devices[i].Taints = append(slice.Spec.Devices[i].Taints, rule.Spec.Taint)
				}
			}
		}
		merged = append(merged, slice)
	}
	sort.Slice(merged, func(i, j int) bool { return merged[i].Name < merged[j].Name })
	return merged
}

var celCache = cel.NewCache(100, cel.Features{EnableConsumableCapacity: true, EnableListTypeAttributes: true})

func theirs(c *testCase) answer {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	allocator, err := structured.NewAllocator(ctx, c.Features, c.allocatedState(), classLister(c.classes), c.mergedSlices(), celCache)
	if err != nil {
		return answer{Name: c.Name, Error: err.Error(), Scope: "attempt"}
	}
	results, err := allocator.Allocate(ctx, c.node, c.claims)
	switch {
	case ctx.Err() != nil:
		return answer{Name: c.Name, Exhausted: true}
	case errors.Is(err, structured.ErrFailedAllocationOnNode):
		return answer{Name: c.Name, Error: err.Error(), Scope: "node"}
	case err != nil:
		return answer{Name: c.Name, Error: err.Error(), Scope: "attempt"}
	case results == nil:
		return answer{Name: c.Name}
	}
	a := answer{Name: c.Name, Allocations: []json.RawMessage{}}
	for i := range results {
		raw, _ := json.Marshal(results[i])
		a.Allocations = append(a.Allocations, raw)
	}
	return a
}

// The class of a difference that DIFFERENCES.md lists, or "".
func explained(c *testCase, want, ours answer) string {
	if want.kind() == "exhausted" && ours.kind() != "exhausted" {
		return "upstream gave up"
	}
	return ""
}
