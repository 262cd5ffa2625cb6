// SPDX-License-Identifier: Apache-2.0

// Put beside the tests of k8s.io/dynamic-resource-allocation/cel, in a copy of that package, by ../table.go: writes their
// table of selector cases to table.jsonl, one line for each case and world that it is run in.
package cel

import (
	"encoding/json"
	"os"
	"testing"

	resourceapi "k8s.io/api/resource/v1"
	"k8s.io/apiserver/pkg/cel/environment"
)

type trancheDevice struct {
	Driver                   string                                                    `json:"driver"`
	Attributes               map[resourceapi.QualifiedName]resourceapi.DeviceAttribute `json:"attributes"`
	Capacity                 map[resourceapi.QualifiedName]resourceapi.DeviceCapacity  `json:"capacity"`
	AllowMultipleAllocations *bool                                                     `json:"allowMultipleAllocations,omitempty"`
}

type trancheWorld struct {
	New                bool `json:"new"`
	ListAttributes     bool `json:"listAttributes"`
	ConsumableCapacity bool `json:"consumableCapacity"`
}

type trancheRow struct {
	Name         string        `json:"name"`
	Expr         string        `json:"expr"`
	Device       trancheDevice `json:"device"`
	World        trancheWorld  `json:"world"`
	CompileError string        `json:"compileError"`
	MatchError   string        `json:"matchError"`
	Match        bool          `json:"match"`
	Estimate     uint64        `json:"estimate"`
}

func TestTrancheTable(t *testing.T) {
	file, err := os.Create("table.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	out := json.NewEncoder(file)
	out.SetEscapeHTML(false)
	for name, c := range testcases {
		for _, world := range trancheWorlds(c.features, c.envType) {
			row := trancheRow{
				Name: name, Expr: c.expression, World: world,
				Device:       trancheDevice{c.driver, c.attributes, c.capacity, c.allowMultipleAllocations},
				CompileError: c.expectCompileError, MatchError: c.expectMatchError, Match: c.expectMatch, Estimate: c.expectCost,
			}
			if err := out.Encode(row); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// All combinations, as far as the case leaves them open.
func trancheWorlds(features *Features, envType *environment.Type) []trancheWorld {
	var worlds []trancheWorld
	for i := range 8 {
		world := trancheWorld{New: i&1 != 0, ListAttributes: i&2 != 0, ConsumableCapacity: i&4 != 0}
		if envType != nil && world.New != (*envType == environment.NewExpressions) {
			continue
		}
		if features != nil && (world.ListAttributes != features.EnableListTypeAttributes || world.ConsumableCapacity != features.EnableConsumableCapacity) {
			continue
		}
		worlds = append(worlds, world)
	}
	return worlds
}
