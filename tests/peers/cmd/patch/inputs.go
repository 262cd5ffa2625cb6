// SPDX-License-Identifier: Apache-2.0

// Random cases: patches of every kind to random objects, and histories of updates and applies.
package main

import (
	"fmt"
	"maps"
	"slices"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	"k8s.io/apimachinery/pkg/util/strategicpatch"

	"tests/peers/comparison"
)

// A random place in a document, as a JSON pointer; sometimes one that is not there.
func (r source) pointer(value any) string {
	path := ""
	for r.chance(85) {
		switch inner := value.(type) {
		case object:
			names := slices.Sorted(maps.Keys(inner))
			if len(names) == 0 {
				return path
			}
			name := names[r.Intn(len(names))]
			path, value = path+"/"+name, inner[name]
		case []any:
			if len(inner) == 0 {
				return path
			}
			at := r.Intn(len(inner))
			path, value = fmt.Sprintf("%s/%d", path, at), inner[at]
		default:
			return path
		}
	}
	return path + r.pick("", "", "", "/new", "/0", "/-")
}

func (r source) jsonPatch(document object) any {
	operations := []any{}
	for n := 1 + r.Intn(4); n > 0; n-- {
		operation := object{"op": r.pick("add", "remove", "replace", "move", "copy", "test"), "path": r.pointer(document)}
		switch operation["op"] {
		case "add", "replace", "test":
			operation["value"] = r.pick("1", "2")
		case "move", "copy":
			operation["from"] = r.pointer(document)
		}
		if operation["path"] == "" || operation["from"] == "" {
			continue // upstream does not take the whole document in most places
		}
		operations = append(operations, operation)
	}
	return operations
}

func (r source) script(kind string) []step {
	var steps []step
	for n := 1 + r.Intn(5); n > 0; n-- {
		object := r.object(kind)
		verb := r.pick("apply", "apply", "force", "update")
		if verb != "update" {
			for _, part := range []string{"spec", "status"} {
				if r.chance(20) && len(steps) > 0 {
					delete(object, part)
				}
			}
		}
		object["metadata"].(map[string]any)["uid"] = "u"
		steps = append(steps, step{verb, r.pick("m1", "m2", "m3"), object})
	}
	return steps
}

func (r source) input() input {
	in := input{Kind: r.pick("Pod", "ResourceClaim"), Mode: r.pick("json", "merge", "strategic", "strategic", "apply", "apply")}
	if in.Mode == "apply" {
		in.Steps = r.script(in.Kind)
		return in
	}
	in.Document = r.object(in.Kind)
	before, after := r.object(in.Kind), r.object(in.Kind)
	switch in.Mode {
	case "json":
		in.Patch = r.jsonPatch(in.Document)
	case "merge":
		in.Patch = parsed[any](comparison.Must(jsonpatch.CreateMergePatch(text(before), text(after))))
	case "strategic":
		in.Patch = parsed[any](comparison.Must(strategicpatch.CreateTwoWayMergePatch(text(before), text(after), structs[in.Kind])))
	}
	return in
}
