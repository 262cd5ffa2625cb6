// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
	resourceapi "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/dynamic-resource-allocation/structured"
)

// One line of tests/bench/allocate. A shape or a hard input is built here again and given to Kubernetes'
// allocator; the line comes back with its time and answer.
type figure struct {
	Figure   string  `json:"figure"`
	Content  string  `json:"content,omitempty"`
	Question string  `json:"question,omitempty"`
	Nodes    int     `json:"nodes,omitempty"`
	Devices  int     `json:"devices,omitempty"`
	Claims   int     `json:"claims,omitempty"`
	Family   string  `json:"family,omitempty"`
	Size     int     `json:"size,omitempty"`
	Micros   float64 `json:"micros"`
	Answer   string  `json:"answer"`
}

const (
	filterTimeout = 10 * time.Second // kube-scheduler's default for one node
	leastTime     = 500 * time.Millisecond
)

// The gates that are on in Kubernetes 1.37.
var schedulerFeatures = structured.Features{AdminAccess: true, ConsumableCapacity: true, DeviceBindingAndStatus: true, DeviceTaints: true,
	FractionalCapacityRange: true, PartitionableDevices: true, PrioritizedList: true}

// The digest of shapes.c.
type digest struct {
	allocated int
	sum       uint32
}

func (d *digest) add(text string) {
	for i := range len(text) {
		d.sum = (d.sum ^ uint32(text[i])) * 16777619
	}
}

func (d *digest) addResults(question string, results []resourceapi.AllocationResult) {
	d.allocated += len(results)
	for _, allocation := range results {
		for _, result := range allocation.Devices.Results {
			d.add(result.Pool)
			if question != "binpack" {
				d.add(result.Device)
			}
		}
		d.add(";")
	}
}

// One scheduling cycle: the allocator is made for it, and asked about each of the nodes.
func (b *benchCluster) cycle(state structured.AllocatedState, nodes []*corev1.Node, claims []*resourceapi.ResourceClaim) ([][]resourceapi.AllocationResult, time.Duration) {
	answers := make([][]resourceapi.AllocationResult, len(nodes))
	start := time.Now()
	allocator, err := structured.NewAllocator(context.Background(), schedulerFeatures, state, classLister(b.classes), b.slices, celCache)
	if err != nil {
		panic(err)
	}
	for i, node := range nodes {
		ctx, cancel := context.WithTimeout(context.Background(), filterTimeout)
		answers[i], err = allocator.Allocate(ctx, node, claims)
		if err != nil && ctx.Err() == nil {
			panic(err)
		}
		cancel()
	}
	return answers, time.Since(start)
}

func (b *benchCluster) askTogether(claims []*resourceapi.ResourceClaim) (digest, time.Duration) {
	answers, took := b.cycle(emptyState(), b.nodes[:1], claims)
	d := digest{sum: 2166136261}
	d.addResults("together", answers[0])
	return d, took
}

// Kubernetes' best case: it is told the node, and what it takes to find out that others are full is not counted.
func (b *benchCluster) askFirst(claims []*resourceapi.ResourceClaim) (digest, time.Duration) {
	d, total, state, node := digest{sum: 2166136261}, time.Duration(0), emptyState(), 0
	for i := range claims {
		answers, took := b.cycle(state, b.nodes[node:node+1], claims[i:i+1])
		for answers[0] == nil && node+1 < len(b.nodes) {
			node++
			answers, took = b.cycle(state, b.nodes[node:node+1], claims[i:i+1])
		}
		total += took
		d.addResults("first", answers[0])
		holdAll(state, answers[0])
	}
	return d, total
}

// As kube-scheduler filters: every node. Of those that fit, the one that most is held of is taken.
func (b *benchCluster) askBinpack(claims []*resourceapi.ResourceClaim) (digest, time.Duration) {
	d, total, state := digest{sum: 2166136261}, time.Duration(0), emptyState()
	held := make([]sets.Set[string], len(b.nodes))
	for i := range claims {
		answers, took := b.cycle(state, b.nodes, claims[i:i+1])
		total += took
		best := -1
		for node, answer := range answers {
			if answer != nil && (best < 0 || held[node].Len() > held[best].Len()) {
				best = node
			}
		}
		if best < 0 {
			continue
		}
		d.addResults("binpack", answers[best])
		holdAll(state, answers[best])
		for _, result := range answers[best][0].Devices.Results {
			if held[best] == nil {
				held[best] = sets.New[string]()
			}
			held[best].Insert(result.Device)
		}
	}
	return d, total
}

func holdAll(state structured.AllocatedState, results []resourceapi.AllocationResult) {
	for i := range results {
		for j := range results[i].Devices.Results {
			hold(state, &results[i].Devices.Results[j], schedulerFeatures.ConsumableCapacity)
		}
	}
}

// The mean of some rounds; expressions are compiled beforehand, as in a scheduler that runs for a while.
func (f *figure) measureShape(b *benchCluster) {
	claims := b.shapeClaims(f.Content, f.Claims)
	ask := map[string]func([]*resourceapi.ResourceClaim) (digest, time.Duration){
		"together": b.askTogether, "first": b.askFirst, "binpack": b.askBinpack}[f.Question]
	b.askTogether(claims[:1])
	var d digest
	total, rounds := time.Duration(0), 0
	for ; rounds == 0 || total < leastTime; rounds++ {
		var took time.Duration
		d, took = ask(claims)
		total += took
	}
	f.Micros = float64(total.Nanoseconds()) / 1e3 / float64(rounds)
	f.Answer = fmt.Sprintf("%d allocated, %08x", d.allocated, d.sum)
}

func (f *figure) measureHard() {
	b, claims := hardBuild(f.Family, f.Size)
	answers, took := b.cycle(emptyState(), b.nodes, claims)
	for i := 1; i < 3 && took < time.Second; i++ { // the shortest of three, as hard.c
		_, again := b.cycle(emptyState(), b.nodes, claims)
		took = min(took, again)
	}
	f.Micros = float64(took.Nanoseconds()) / 1e3
	switch {
	case took >= filterTimeout:
		f.Answer = "gave up"
	case answers[0] == nil:
		f.Answer = "NoFit"
	default:
		f.Answer = "Allocated"
	}
}

// Kubernetes' side of the lines in PATH. A family ends where it gave up: larger sizes take longer.
func benchTheirs(path string) {
	file, err := os.Open(path)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	defer file.Close()
	var cluster *benchCluster
	gaveUp := map[string]bool{}
	lines, out := bufio.NewScanner(file), json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var f figure
		if err := json.Unmarshal(lines.Bytes(), &f); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %s: %v\n", path, lines.Text(), err)
			os.Exit(2)
		}
		switch f.Figure {
		case "shape":
			if cluster == nil || cluster.content != f.Content || len(cluster.nodes) != f.Nodes || cluster.devices != f.Devices {
				cluster = shapeBuild(f.Content, f.Nodes, f.Devices)
			}
			f.measureShape(cluster)
		case "hard":
			if gaveUp[f.Family] {
				continue
			}
			f.measureHard()
			gaveUp[f.Family] = f.Answer == "gave up"
		default:
			continue
		}
		out.Encode(f)
	}
}
