// SPDX-License-Identifier: Apache-2.0

// Put into a copy of k8s.io/dynamic-resource-allocation by ../upstream.go: Kubernetes' own tests of its allocators, with
// ours in the place of one. TRANCHE_FILTER is our side. What ours refuses must be refused, and be as bad; the words are
// compared elsewhere.
package tranche

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"

	v1 "k8s.io/api/core/v1"
	resourceapi "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/dynamic-resource-allocation/cel"
	"k8s.io/dynamic-resource-allocation/structured/internal"
	"k8s.io/dynamic-resource-allocation/structured/internal/allocatortesting"
	"k8s.io/dynamic-resource-allocation/structured/internal/experimental"
)

type deviceRef struct {
	Driver   string                                           `json:"driver"`
	Pool     string                                           `json:"pool"`
	Device   string                                           `json:"device"`
	ShareID  string                                           `json:"shareID,omitempty"`
	Consumed map[resourceapi.QualifiedName]*resource.Quantity `json:"consumed,omitempty"`
}

// A line of `simulate --batch`, and the answer.
type question struct {
	Name      string            `json:"name"`
	Node      string            `json:"node"`
	Claims    []string          `json:"claims"`
	Features  internal.Features `json:"features"`
	Objects   []any             `json:"objects"`
	Allocated struct {
		Devices  []deviceRef `json:"devices"`
		Shared   []deviceRef `json:"shared"`
		Capacity []deviceRef `json:"capacity"`
	} `json:"allocated"`
}

type answer struct {
	Allocations []resourceapi.AllocationResult `json:"allocations"`
	Error       string                         `json:"error"`
	Scope       string                         `json:"scope"`
	Exhausted   bool                           `json:"exhausted"`
}

func ask(q question) (a answer, err error) {
	line, err := json.Marshal(q)
	if err != nil {
		return a, err
	}
	command := exec.Command(os.Getenv("TRANCHE_FILTER"))
	command.Stdin, command.Stderr = bytes.NewReader(append(line, '\n')), os.Stderr
	output, err := command.Output()
	if err != nil {
		return a, err
	}
	return a, json.Unmarshal(output, &a)
}

// Theirs is asked too, for what the tests want to hear and ours does not say: the words of a refusal, and how often it went
// into a function of its own.
type allocator struct {
	t        *testing.T
	theirs   internal.Allocator
	question question
}

func (a *allocator) Channel() internal.AllocatorChannel { return a.theirs.Channel() }
func (a *allocator) GetStats() internal.Stats {
	return a.theirs.(internal.AllocatorExtended).GetStats()
}

// Some tests give a name twice, which no API server does: the next one gets another, behind it in the order.
type nameSet map[string]int

func (n nameSet) unique(name string) string {
	n[name]++
	if n[name] == 1 {
		return name
	}
	return fmt.Sprintf("%s.%d", name, n[name])
}

// Tests compare all that Go keeps in a result, empty lists and amounts that remember how they were written among it: where
// ours says the same as theirs on the wire, it takes their form.
func respell(ours, theirs []resourceapi.AllocationResult) {
	wire := func(result resourceapi.DeviceRequestAllocationResult) string {
		result.ShareID = nil
		text, _ := json.Marshal(result)
		return string(text)
	}
	for i := 0; i < len(ours) && i < len(theirs); i++ {
		mine, other := ours[i].Devices.Results, theirs[i].Devices.Results
		for j := 0; j < len(mine) && j < len(other); j++ {
			if (mine[j].ShareID == nil) == (other[j].ShareID == nil) && wire(mine[j]) == wire(other[j]) {
				mine[j] = other[j]
			}
		}
	}
}

func kind(err error) string {
	switch {
	case err == nil:
		return "none"
	case errors.Is(err, internal.ErrFailedAllocationOnNode):
		return "node"
	}
	return "attempt"
}

func (a *allocator) Allocate(ctx context.Context, node *v1.Node, claims []*resourceapi.ResourceClaim) ([]resourceapi.AllocationResult, error) {
	theirs, err := a.theirs.Allocate(ctx, node, claims)
	q, names := a.question, nameSet{}
	q.Name, q.Node, q.Claims = a.t.Name(), node.Name, []string{}
	node = node.DeepCopy()
	node.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "Node"}
	q.Objects = append(q.Objects, node)
	for _, claim := range claims {
		claim = claim.DeepCopy()
		claim.TypeMeta = metav1.TypeMeta{APIVersion: "resource.k8s.io/v1", Kind: "ResourceClaim"}
		claim.Name = names.unique(claim.Name)
		q.Objects = append(q.Objects, claim)
		q.Claims = append(q.Claims, claim.Name)
	}
	ours, failure := ask(q)
	switch {
	case failure != nil:
		return nil, fmt.Errorf("the filter: %w", failure)
	case ours.Exhausted:
		return nil, errors.New("our step budget ran out")
	case ours.Scope == "" && ours.Error == "":
		respell(ours.Allocations, theirs)
		return ours.Allocations, nil
	case ours.Scope == kind(err):
		return nil, err
	}
	return nil, fmt.Errorf("ours, of the %s: %s", ours.Scope, ours.Error)
}

func newAllocator(t *testing.T) func(context.Context, internal.Features, internal.AllocatedState, internal.DeviceClassLister,
	[]*resourceapi.ResourceSlice, *cel.Cache) (internal.Allocator, error) {
	return func(ctx context.Context, features internal.Features, allocated internal.AllocatedState, classes internal.DeviceClassLister,
		slices []*resourceapi.ResourceSlice, cache *cel.Cache) (internal.Allocator, error) {
		theirs, err := experimental.NewAllocator(ctx, features, allocated, classes, slices, cache)
		if err != nil {
			return nil, err
		}
		a := &allocator{t: t, theirs: theirs, question: question{Features: features}}
		list, err := classes.List()
		for _, class := range list {
			class = class.DeepCopy()
			class.TypeMeta = metav1.TypeMeta{APIVersion: "resource.k8s.io/v1", Kind: "DeviceClass"}
			a.question.Objects = append(a.question.Objects, class)
		}
		names := nameSet{}
		for _, slice := range slices {
			slice = slice.DeepCopy()
			slice.Name = names.unique(slice.Name)
			slice.TypeMeta = metav1.TypeMeta{APIVersion: "resource.k8s.io/v1", Kind: "ResourceSlice"}
			a.question.Objects = append(a.question.Objects, slice)
		}
		state := &a.question.Allocated
		for id := range allocated.AllocatedDevices {
			state.Devices = append(state.Devices, deviceRef{Driver: id.Driver.String(), Pool: id.Pool.String(), Device: id.Device.String()})
		}
		for id := range allocated.AllocatedSharedDeviceIDs {
			state.Shared = append(state.Shared, deviceRef{Driver: id.Driver.String(), Pool: id.Pool.String(), Device: id.Device.String(),
				ShareID: id.ShareID.String()})
		}
		for id, consumed := range allocated.AggregatedCapacity {
			state.Capacity = append(state.Capacity, deviceRef{Driver: id.Driver.String(), Pool: id.Pool.String(), Device: id.Device.String(),
				Consumed: consumed})
		}
		return a, err
	}
}

func TestTranche(t *testing.T) {
	allocatortesting.TestAllocator(t, experimental.SupportedFeatures, newAllocator(t))
	allocatortesting.TestLexicographicalAllocator(t, experimental.SupportedFeatures, newAllocator(t))
}
