// SPDX-License-Identifier: Apache-2.0

// Random pods and claims, over small domains so that two of them have most names in common.
package main

import (
	"math/rand"
	"reflect"
)

type source struct{ *rand.Rand }

func (r source) chance(percent int) bool { return r.Intn(100) < percent }

func (r source) pick(choices ...string) string { return choices[r.Intn(len(choices))] }

// Nothing empty: a server does not store that, and upstream's managers confuse it with null when they see it.
func (r source) some(o object, name string, percent int, make func() any) {
	if r.chance(percent) {
		value := make()
		if v := reflect.ValueOf(value); v.Kind() == reflect.String || v.Kind() == reflect.Float64 || v.Len() > 0 {
			o[name] = value
		}
	}
}

func (r source) labels() any {
	labels := object{}
	for _, name := range []string{"a", "b", "c"} {
		r.some(labels, name, 50, func() any { return r.pick("1", "2") })
	}
	return labels
}

// Distinct names in random order.
func (r source) names(choices ...string) []string {
	var names []string
	for _, at := range r.Perm(len(choices)) {
		if r.chance(55) {
			names = append(names, choices[at])
		}
	}
	return names
}

func list[T any](names []string, make func(name string) T) any {
	items := []any{}
	for _, name := range names {
		items = append(items, make(name))
	}
	return items
}

func (r source) metadata() object {
	metadata := object{"name": "x", "namespace": "default"}
	r.some(metadata, "labels", 60, r.labels)
	r.some(metadata, "annotations", 40, r.labels)
	r.some(metadata, "finalizers", 50, func() any {
		return list(r.names("x.io/1", "x.io/2", "x.io/3"), func(name string) string { return name })
	})
	r.some(metadata, "ownerReferences", 30, func() any {
		return list(r.names("u1", "u2"), func(name string) object {
			return object{"apiVersion": "v1", "kind": "Pod", "name": r.pick("p", "q"), "uid": name}
		})
	})
	return metadata
}

func (r source) container(name string) object {
	container := object{"name": name}
	r.some(container, "image", 70, func() any { return r.pick("i:1", "i:2") })
	r.some(container, "command", 40, func() any {
		return list(r.names("sh", "-c", "true"), func(name string) string { return name })
	})
	r.some(container, "env", 50, func() any {
		return list(r.names("A", "B", "C"), func(name string) object {
			return object{"name": name, "value": r.pick("1", "2")}
		})
	})
	r.some(container, "ports", 40, func() any {
		return list(r.names("1", "2", "3"), func(name string) object {
			return object{"containerPort": float64(name[0] - '0'), "name": r.pick("p", "q"), "protocol": "TCP"}
		})
	})
	r.some(container, "resources", 40, func() any {
		resources := object{}
		r.some(resources, "limits", 50, func() any { return object{"cpu": r.pick("1", "2")} })
		r.some(resources, "claims", 50, func() any {
			return list(r.names("g", "h"), func(name string) object { return object{"name": name} })
		})
		return resources
	})
	return container
}

func (r source) pod() object {
	spec := object{"containers": list(append(r.names("b", "c", "d"), "a"), r.container)}
	r.some(spec, "nodeName", 30, func() any { return r.pick("n", "m") })
	r.some(spec, "nodeSelector", 40, r.labels)
	r.some(spec, "tolerations", 40, func() any {
		return list(r.names("k", "l"), func(name string) object {
			return object{"key": name, "operator": "Exists", "effect": r.pick("NoSchedule", "NoExecute")}
		})
	})
	r.some(spec, "resourceClaims", 40, func() any {
		return list(r.names("g", "h"), func(name string) object {
			return object{"name": name, "resourceClaimName": r.pick("c", "d")}
		})
	})
	r.some(spec, "schedulingGates", 30, func() any {
		return list(r.names("x.io/g", "x.io/h"), func(name string) object { return object{"name": name} })
	})
	r.some(spec, "volumes", 30, func() any {
		return list(r.names("v", "w"), func(name string) object {
			return object{"name": name, "hostPath": object{"path": r.pick("/a", "/b")}}
		})
	})
	pod := object{"apiVersion": "v1", "kind": "Pod", "metadata": r.metadata(), "spec": spec}
	r.some(pod, "status", 40, func() any {
		return object{"conditions": list(r.names("Ready", "Initialized"), func(name string) object {
			return object{"type": name, "status": r.pick("True", "False")}
		})}
	})
	return pod
}

func (r source) claim() object {
	claim := object{"apiVersion": "resource.k8s.io/v1", "kind": "ResourceClaim", "metadata": r.metadata()}
	claim["spec"] = object{"devices": object{"requests": list(append(r.names("s"), "r"), func(name string) object {
		return object{"name": name, "exactly": object{"deviceClassName": r.pick("c", "d")}}
	})}}
	r.some(claim, "status", 60, func() any {
		status := object{}
		r.some(status, "reservedFor", 60, func() any {
			return list(r.names("u1", "u2"), func(name string) object {
				return object{"resource": "pods", "name": r.pick("p", "q"), "uid": name}
			})
		})
		r.some(status, "devices", 60, func() any {
			return list(r.names("x", "y"), func(name string) object {
				device := object{"driver": "d", "pool": "p", "device": name}
				r.some(device, "shareID", 30, func() any { return "s" })
				r.some(device, "data", 40, func() any { return object{"a": object{r.pick("b", "c"): 1.0}} })
				return device
			})
		})
		return status
	})
	return claim
}

func (r source) object(kind string) object {
	if kind == "Pod" {
		return r.pod()
	}
	return r.claim()
}
