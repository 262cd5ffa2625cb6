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
	"k8s.io/dynamic-resource-allocation/structured"
)

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

// A case that the seed and its index determine.
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
		c.rules = append(c.rules, g.rule(fmt.Sprintf("rule-%d", len(c.rules))))
	}
	g.hold()
	for i := pick(g, 1, 1, 2, 2, 3); i > 0; i-- {
		claim := g.claim(fmt.Sprintf("claim-%d", len(c.claims)))
		c.claims = append(c.claims, claim)
		c.Claims = append(c.Claims, "ns/"+claim.Name)
	}
	c.gather(g.Perm(len(c.slices)))
	return c
}
