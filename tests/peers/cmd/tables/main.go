// SPDX-License-Identifier: Apache-2.0

// Our tables against the Go structs that Kubernetes decodes into: each field must be there, with its type, its
// optionality and its patch tags.
package main

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"strings"

	coordination "k8s.io/api/coordination/v1"
	core "k8s.io/api/core/v1"
	resource "k8s.io/api/resource/v1"
	resourcev1beta1 "k8s.io/api/resource/v1beta1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
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

var failed int

func differ(format string, arguments ...any) {
	failed++
	fmt.Printf(format+"\n", arguments...)
}

func readTables(output []byte) map[string]*table {
	tables := map[string]*table{}
	lines := bufio.NewScanner(bytes.NewReader(output))
	for lines.Scan() {
		fields := strings.Split(lines.Text(), "\t")
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

func compareField(where string, f field, ours row, tables map[string]*table, seen map[string]bool) {
	t, pointer := f.structField.Type, false
	if t.Kind() == reflect.Pointer {
		t, pointer = t.Elem(), true
	}
	if ours.kind == "raw" {
		return
	}
	if want := kindOf(t); want != ours.kind {
		differ("%s: %s, not %s", where, want, ours.kind)
		return
	}
	item := t
	if ours.kind == "list" || ours.kind == "map" {
		if item = t.Elem(); ours.element == "raw" {
			return
		}
		if want := kindOf(item); want != ours.element {
			differ("%s: items are %s, not %s", where, want, ours.element)
			return
		}
	} else if kindOf(t) != "object" && kindOf(t) != "Quantity" && !strings.HasSuffix(kindOf(t), "Time") {
		if pointer != strings.Contains(ours.words, " pointer ") {
			differ("%s: pointer %v", where, pointer)
		}
	}
	if !f.omitEmpty && !strings.Contains(ours.words, " kept ") {
		differ("%s: no omitempty", where)
	}
	strategy := f.structField.Tag.Get("patchStrategy")
	merge := " merge=" + f.structField.Tag.Get("patchMergeKey") + " "
	if strings.Contains(strategy, "merge") != strings.Contains(ours.words, merge) {
		differ("%s: patch strategy %q, merge key %q", where, strategy, f.structField.Tag.Get("patchMergeKey"))
	}
	if strings.Contains(strategy, "retainKeys") != strings.Contains(ours.words, " retainKeys ") {
		differ("%s: patch strategy %q", where, strategy)
	}
	if kindOf(item) == "object" {
		compare(item, ours.object, tables, seen)
	}
}

func compare(t reflect.Type, name string, tables map[string]*table, seen map[string]bool) {
	if seen[name] {
		return
	}
	seen[name] = true
	ours := tables[name]
	if ours == nil {
		differ("%s: no table", name)
		return
	}
	// One table stands for the versions that look the same.
	if want := tableName(t); t.Name() != name[strings.LastIndex(name, ".")+1:] {
		differ("%s: stands for %s", name, want)
	}
	known := map[string]bool{}
	for _, f := range fieldsOf(t) {
		known[f.name] = true
		if r, ok := ours.rows[f.name]; ok {
			compareField(name+"."+f.name, f, r, tables, seen)
		} else if !ours.open {
			differ("%s.%s: missing", name, f.name)
		}
	}
	for fieldName := range ours.rows {
		if !known[fieldName] {
			differ("%s.%s: Kubernetes has none", name, fieldName)
		}
	}
}

func main() {
	filter := flag.String("filter", "../../build/asan/tests/peers/filters/tables_filter", "our side")
	flag.Bool("full", false, "there is only one way: all of it")
	flag.Int64("seed", 0, "nothing is random here")
	flag.Parse()
	output, err := exec.Command(*filter).Output()
	if err != nil {
		fmt.Fprintln(os.Stderr, "filter:", err)
		os.Exit(2)
	}
	tables, seen := readTables(output), map[string]bool{}
	for _, root := range roots {
		compare(reflect.TypeOf(root), tableName(reflect.TypeOf(root)), tables, seen)
	}
	fmt.Printf("tables: %d compared, %d differences\n", len(seen), failed)
	if failed > 0 {
		os.Exit(1)
	}
}
