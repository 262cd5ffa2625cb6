// SPDX-License-Identifier: Apache-2.0

// One case, in the form that our filter reads and in the one that upstream takes.
package main

import (
	corev1 "k8s.io/api/core/v1"
	resourceapi "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/runtime"
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

// Lists the objects as our filter takes them, the slices in this order.
func (c *testCase) gather(order []int) {
	c.Objects = append(c.Objects, c.node)
	for _, name := range []string{"any", "a-only", "big"} {
		c.Objects = append(c.Objects, c.classes[name])
	}
	for _, rule := range c.rules {
		c.Objects = append(c.Objects, rule)
	}
	for _, i := range order {
		c.Objects = append(c.Objects, c.slices[i])
	}
	for _, claim := range append(c.held, c.claims...) {
		c.Objects = append(c.Objects, claim)
	}
}
