// SPDX-License-Identifier: Apache-2.0

// Whether two answers say the same, but for what upstream does to objects that no server has.
package main

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"

	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Without nulls and empty containers, which a server does not store, and without directives: where upstream has
// nothing to merge into it takes the patch as it is.
func pruned(value any) any {
	switch inner := value.(type) {
	case object:
		kept := object{}
		for name, item := range inner {
			if item = pruned(item); item != nil && name[0] != '$' {
				kept[name] = item
			}
		}
		if len(kept) == 0 {
			return nil
		}
		return kept
	case []any:
		var kept []any
		for _, item := range inner {
			if o, ok := item.(object); !ok || o["$patch"] != "delete" {
				kept = append(kept, pruned(item))
			}
		}
		if len(kept) == 0 {
			return nil
		}
		return kept
	}
	return value
}

// Lists without their order.
func sorted(value any) any {
	switch inner := value.(type) {
	case object:
		for name, item := range inner {
			inner[name] = sorted(item)
		}
	case []any:
		for i := range inner {
			inner[i] = sorted(inner[i])
		}
		slices.SortFunc(inner, func(a, b any) int { return bytes.Compare(text(a), text(b)) })
	}
	return value
}

// Fields that contain others. Who brought such a container is not compared for updates: whether it was there before
// depends on Go's structs, and pruning leaves nulls in the unstructured objects of this comparison.
var containers = map[string]bool{
	"f:spec": true, "f:status": true, "f:devices": true, "f:resources": true, "f:containers": true,
	"f:hostPath": true, "f:labels": true, "f:annotations": true, "f:finalizers": true, "f:ownerReferences": true,
	"f:env": true, "f:ports": true, "f:limits": true, "f:claims": true, "f:conditions": true,
	"f:reservedFor": true, "f:resourceClaims": true, "f:schedulingGates": true, "f:volumes": true,
}

func withoutContainers(fields object) object {
	kept := object{}
	for name, item := range fields {
		below := item.(object)
		inner := withoutContainers(below)
		isMember := len(below) == 0 || below["."] != nil
		if name != "." && (len(inner) > 0 || (isMember && !containers[name])) {
			kept[name] = inner
		}
	}
	return kept
}

// The object, and who owns what in it.
func split(result any) (any, any) {
	whole, ok := parsed[any](text(result)).(object)
	if !ok {
		return nil, nil
	}
	owners := object{}
	metadata, _ := whole["metadata"].(object)
	entries, _ := metadata["managedFields"].([]any)
	for _, entry := range entries {
		fields := entry.(object)["fieldsV1"]
		if entry.(object)["operation"] == string(meta.ManagedFieldsOperationUpdate) {
			fields = withoutContainers(fields.(object))
		}
		if len(fields.(object)) > 0 {
			owners[fmt.Sprint(entry.(object)["manager"], " ", entry.(object)["operation"])] = fields
		}
	}
	delete(metadata, "managedFields")
	return pruned(whole), owners
}

func same(in input, a, b output) string {
	if in.Mode != "apply" {
		if strings.HasPrefix(a.Error, "copy operation does not apply: doc is missing path") {
			return "" // upstream copies null from where nothing is
		}
		if b.Error == "no elements in any of the given slices" {
			return "" // upstream cannot order lists that are empty
		}
		if (a.Error == "") != (b.Error == "") {
			return fmt.Sprintf("error %q, theirs %q", a.Error, b.Error)
		}
		mine, other := pruned(a.Result), pruned(parsed[any](text(b.Result)))
		if bytes.Contains(text(in.Patch), []byte(`"$patch":"delete"`)) {
			// Upstream deletes in place and looks up the old order in what is left of the list.
			mine, other = sorted(mine), sorted(other)
		}
		if a.Error == "" && !reflect.DeepEqual(mine, other) {
			return "another result"
		}
		return ""
	}
	if !reflect.DeepEqual(a.Errors, b.Errors) {
		return fmt.Sprintf("errors %q, theirs %q", a.Errors, b.Errors)
	}
	ourObject, ourOwners := split(a.Result)
	theirObject, theirOwners := split(b.Result)
	if !reflect.DeepEqual(ourObject, theirObject) {
		return "another object"
	}
	if !reflect.DeepEqual(ourOwners, theirOwners) {
		return "other owners"
	}
	return ""
}
