// SPDX-License-Identifier: Apache-2.0

// What selectors and derived attributes of random claims say.
package main

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
