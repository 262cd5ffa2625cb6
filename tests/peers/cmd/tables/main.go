// SPDX-License-Identifier: Apache-2.0

// Our tables against the Go structs that Kubernetes decodes into: each field must be there, with its type, its
// optionality and its patch tags.
package main

import (
	"fmt"
	"math"
	"reflect"
	"strings"

	coordination "k8s.io/api/coordination/v1"
	core "k8s.io/api/core/v1"
	resource "k8s.io/api/resource/v1"
	resourcev1beta1 "k8s.io/api/resource/v1beta1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tests/peers/comparison"
)

var roots = []any{
	core.Namespace{}, core.Node{}, core.Pod{}, core.Event{}, coordination.Lease{},
	resource.DeviceClass{}, resource.ResourceSlice{}, resource.ResourceClaim{}, resource.ResourceClaimTemplate{},
	resource.DeviceTaintRule{}, resourcev1beta1.ResourceSlice{}, resourcev1beta1.ResourceClaim{},
	resourcev1beta1.ResourceClaimTemplate{}, meta.Status{}, meta.DeleteOptions{},
}

type row struct {
	kind, element, object string
	words                 string
}

type table struct {
	open bool
	rows map[string]row
}

// What our filter prints: a line for each field, or for a table that takes any.
func readTables(lines []string) map[string]*table {
	tables := map[string]*table{}
	for _, line := range lines {
		fields := strings.Split(line, "\t")
		t := tables[fields[0]]
		if t == nil {
			t = &table{rows: map[string]row{}}
			tables[fields[0]] = t
		}
		if len(fields) == 2 {
			t.open = true
			continue
		}
		t.rows[fields[1]] = row{fields[2], fields[3], fields[4], " " + fields[5]}
	}
	return tables
}

// "io.k8s.api.resource.v1.Device"
func tableName(t reflect.Type) string {
	parts := strings.Split(strings.TrimPrefix(t.PkgPath(), "k8s.io/"), "/")
	return "io.k8s." + strings.Join(parts, ".") + "." + t.Name()
}

// What a row calls the type of a scalar or object.
func kindOf(t reflect.Type) string {
	switch t.Name() {
	case "Quantity", "Time", "MicroTime", "IntOrString":
		return t.Name()
	case "RawExtension", "FieldsV1":
		return "raw"
	}
	switch t.Kind() {
	case reflect.Struct:
		return "object"
	case reflect.Slice:
		return "list"
	case reflect.Map:
		return "map"
	default:
		return t.Kind().String()
	}
}

type field struct {
	structField reflect.StructField
	name        string
	omitEmpty   bool
}

// With those of embedded structs.
func fieldsOf(t reflect.Type) []field {
	var fields []field
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" && f.Anonymous {
			fields = append(fields, fieldsOf(f.Type)...)
		} else {
			fields = append(fields, field{f, name, strings.Contains(options, "omitempty")})
		}
	}
	return fields
}

type walk struct {
	run    *comparison.Run
	tables map[string]*table
	seen   map[string]bool
}

func (w *walk) compareField(where string, f field, ours row) {
	t, pointer := f.structField.Type, false
	if t.Kind() == reflect.Pointer {
		t, pointer = t.Elem(), true
	}
	if ours.kind == "raw" {
		return
	}
	if want := kindOf(t); want != ours.kind {
		w.run.Differ(where, want, ours.kind)
		return
	}
	item := t
	if ours.kind == "list" || ours.kind == "map" {
		if item = t.Elem(); ours.element == "raw" {
			return
		}
		if want := kindOf(item); want != ours.element {
			w.run.Differ(where, "items are "+want, ours.element)
			return
		}
	} else if kindOf(t) != "object" && kindOf(t) != "Quantity" && !strings.HasSuffix(kindOf(t), "Time") {
		if pointer != strings.Contains(ours.words, " pointer ") {
			w.run.Differ(where, fmt.Sprint("pointer ", pointer), ours.words)
		}
	}
	if !f.omitEmpty && !strings.Contains(ours.words, " kept ") {
		w.run.Differ(where, "no omitempty", ours.words)
	}
	strategy, key := f.structField.Tag.Get("patchStrategy"), f.structField.Tag.Get("patchMergeKey")
	if strings.Contains(strategy, "merge") != strings.Contains(ours.words, " merge="+key+" ") {
		w.run.Differ(where, fmt.Sprintf("patch strategy %q, merge key %q", strategy, key), ours.words)
	}
	if strings.Contains(strategy, "retainKeys") != strings.Contains(ours.words, " retainKeys ") {
		w.run.Differ(where, fmt.Sprintf("patch strategy %q", strategy), ours.words)
	}
	if kindOf(item) == "object" {
		w.compare(item, ours.object)
	}
}

func (w *walk) compare(t reflect.Type, name string) {
	if w.seen[name] {
		return
	}
	w.seen[name] = true
	ours := w.tables[name]
	if ours == nil {
		w.run.Differ(name, "a type", "no table")
		return
	}
	// One table stands for the versions that look the same.
	if t.Name() != name[strings.LastIndex(name, ".")+1:] {
		w.run.Differ(name, tableName(t), "a table of another name")
	}
	known := map[string]bool{}
	for _, f := range fieldsOf(t) {
		known[f.name] = true
		if r, ok := ours.rows[f.name]; ok {
			w.compareField(name+"."+f.name, f, r)
		} else if !ours.open {
			w.run.Differ(name+"."+f.name, "a field", "missing")
		}
	}
	for fieldName := range ours.rows {
		if !known[fieldName] {
			w.run.Differ(name+"."+fieldName, "no such field", "there")
		}
	}
}

func main() {
	run := comparison.Parse("tables", 0)
	run.Shown = math.MaxInt
	w := walk{run, readTables(run.Read(nil)), map[string]bool{}}
	for _, root := range roots {
		w.compare(reflect.TypeOf(root), tableName(reflect.TypeOf(root)))
	}
	run.End("tables: %d compared, %d differences", len(w.seen), run.Failed)
}
