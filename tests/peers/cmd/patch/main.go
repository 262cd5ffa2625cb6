// SPDX-License-Identifier: Apache-2.0

// Patches, ours against the libraries of a real API server: evanphx's JSON patch and merge patch, strategic merge
// patch of k8s.io/apimachinery, and server-side apply by its field managers on structured-merge-diff. Random pods
// and claims; the strategic patches are those that kubectl would compute, on documents that have moved on since.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"time"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	core "k8s.io/api/core/v1"
	resource "k8s.io/api/resource/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/apimachinery/pkg/util/managedfields/managedfieldstest"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/client-go/applyconfigurations"
	"k8s.io/client-go/kubernetes/scheme"
)

type object = map[string]any

type step struct {
	Verb    string `json:"verb"`
	Manager string `json:"manager"`
	Object  object `json:"object"`
}

type input struct {
	Kind     string `json:"kind"`
	Mode     string `json:"mode"`
	Document object `json:"document,omitempty"`
	Patch    any    `json:"patch,omitempty"`
	Steps    []step `json:"steps,omitempty"`
}

type output struct {
	Result any      `json:"result"`
	Error  string   `json:"error"`
	Errors []string `json:"errors"`
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func text(value any) []byte { return must(json.Marshal(value)) }

func parsed[T any](bytes []byte) T {
	var value T
	if err := json.Unmarshal(bytes, &value); err != nil {
		panic(err)
	}
	return value
}

// --- random objects ---

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

// --- their answers ---

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
		return output{Result: parsed[any](must(jsonpatch.MergePatch(text(in.Document), text(in.Patch))))}
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

// --- comparing ---

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

// --- cases ---

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
		in.Patch = parsed[any](must(jsonpatch.CreateMergePatch(text(before), text(after))))
	case "strategic":
		in.Patch = parsed[any](must(strategicpatch.CreateTwoWayMergePatch(text(before), text(after), structs[in.Kind])))
	}
	return in
}

func main() {
	filter := flag.String("filter", "", "our side")
	seed := flag.Int64("seed", 1, "")
	full := flag.Bool("full", false, "200,000 cases instead of 5,000")
	flag.Parse()
	count := 5000
	if *full {
		count = 200000
	}
	r := source{rand.New(rand.NewSource(*seed))}
	var inputs []input
	var lines bytes.Buffer
	for range count {
		in := r.input()
		inputs = append(inputs, in)
		lines.Write(append(text(in), '\n'))
	}
	command := exec.Command(*filter)
	command.Stdin, command.Stderr = &lines, os.Stderr
	began := time.Now()
	answers := must(command.Output())
	ours := time.Since(began)
	scanner := bufio.NewScanner(bytes.NewReader(answers))
	scanner.Buffer(nil, 64<<20)
	failed := 0
	began = time.Now()
	for _, in := range inputs {
		if !scanner.Scan() {
			fmt.Println("too few answers")
			os.Exit(1)
		}
		mine, other := parsed[output](scanner.Bytes()), theirs(in)
		if difference := same(in, mine, other); difference != "" {
			if failed++; failed <= 3 {
				fmt.Printf("%s\n  input  %s\n  ours   %s\n  theirs %s\n", difference, text(in), scanner.Bytes(), text(other))
			}
		}
	}
	fmt.Printf("patch: %d cases, %d differ; ours %v, theirs %v\n", count, failed, ours.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))
	if failed > 0 {
		os.Exit(1)
	}
}
