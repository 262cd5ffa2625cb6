// SPDX-License-Identifier: Apache-2.0

// What the libraries of a real API server answer.
package main

import (
	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	core "k8s.io/api/core/v1"
	resource "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/apimachinery/pkg/util/managedfields/managedfieldstest"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/client-go/applyconfigurations"
	"k8s.io/client-go/kubernetes/scheme"

	"tests/peers/comparison"
)

var structs = map[string]any{"Pod": core.Pod{}, "ResourceClaim": resource.ResourceClaim{}}
var versions = map[string]schema.GroupVersionKind{
	"Pod":           core.SchemeGroupVersion.WithKind("Pod"),
	"ResourceClaim": resource.SchemeGroupVersion.WithKind("ResourceClaim"),
}
var converter managedfields.TypeConverter = applyconfigurations.NewTypeConverter(scheme.Scheme)

func theirs(in input) output {
	switch in.Mode {
	case "json":
		patch, err := jsonpatch.DecodePatch(text(in.Patch))
		if err == nil {
			var result []byte
			if result, err = patch.Apply(text(in.Document)); err == nil {
				return output{Result: parsed[any](result)}
			}
		}
		return output{Error: err.Error()}
	case "merge":
		return output{Result: parsed[any](comparison.Must(jsonpatch.MergePatch(text(in.Document), text(in.Patch))))}
	case "strategic":
		result, err := strategicpatch.StrategicMergePatch(text(in.Document), text(in.Patch), structs[in.Kind])
		if err != nil {
			return output{Error: err.Error()}
		}
		return output{Result: parsed[any](result)}
	}
	manager := managedfieldstest.NewTestFieldManager(converter, versions[in.Kind])
	var out output
	for _, s := range in.Steps {
		object := &unstructured.Unstructured{Object: parsed[object](text(s.Object))}
		var err error
		if s.Verb == "update" {
			// The server has given it a uid at its creation, without which it counts as new.
			err = manager.Update(object, s.Manager)
		} else {
			err = manager.Apply(object, s.Manager, s.Verb == "force")
		}
		if err != nil {
			out.Errors = append(out.Errors, err.Error())
		} else {
			out.Errors = append(out.Errors, "")
		}
	}
	out.Result = manager.Live().(*unstructured.Unstructured).Object
	return out
}
