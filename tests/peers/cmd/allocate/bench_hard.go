// SPDX-License-Identifier: Apache-2.0

// The families of tests/bench/allocate/hard.c once more: what each asks for stands there.
package main

import (
	"fmt"

	resourceapi "k8s.io/api/resource/v1"
)

const acceptsNothing = `device.attributes["gpu.example.com"].model == "none"`

type claimList = []*resourceapi.ResourceClaim

var families = map[string]func(size int) (*benchCluster, claimList){
	"one request, one device short": func(size int) (*benchCluster, claimList) {
		return hardCluster(size - 1), claimList{benchClaim("c", 1, int64(size))}
	},
	"requests, one device short": func(size int) (*benchCluster, claimList) {
		return hardCluster(size - 1), claimList{benchClaim("c", size, 1)}
	},
	"requests, the last accepts nothing": func(size int) (*benchCluster, claimList) {
		claim := benchClaim("c", size, 1)
		claim.Spec.Devices.Requests[size-1].Exactly.Selectors = selector(acceptsNothing)
		return hardCluster(size), claimList{claim}
	},
	"lists of four, one device short": func(size int) (*benchCluster, claimList) {
		return hardCluster(size), claimList{hardLists(size)}
	},
	"lists with All, then nothing": func(size int) (*benchCluster, claimList) {
		return hardCluster(size), claimList{hardAll(size)}
	},
	"claims, the last accepts nothing": func(size int) (*benchCluster, claimList) {
		var claims claimList
		for i := range size {
			claims = append(claims, benchClaim(fmt.Sprintf("c%d", i), 1, 1))
		}
		claims[size-1].Spec.Devices.Requests[0].Exactly.Selectors = selector(acceptsNothing)
		return hardCluster(size), claims
	},
	"match, every group one short": func(size int) (*benchCluster, claimList) {
		return hardCluster(4 * size), claimList{matchNuma(benchClaim("c", 1, int64(size+1)))}
	},
	"match over requests, one short": func(size int) (*benchCluster, claimList) {
		return hardCluster(4 * (size - 1)), claimList{matchNuma(benchClaim("c", size, 1))}
	},
	"claims of pairs, one group short": func(size int) (*benchCluster, claimList) {
		var claims claimList
		for i := range size {
			claims = append(claims, matchNuma(benchClaim(fmt.Sprintf("c%d", i), 1, 2)))
		}
		return (&benchCluster{devices: 3 * (size - 1), groups: size - 1}).build(1, ""), claims
	},
	"partitions, one set short": func(size int) (*benchCluster, claimList) {
		b := &benchCluster{devices: 3 * (size - 1), groups: 4, counter: 10, draw: 6, sets: size - 1}
		return b.build(1, ""), claimList{benchClaim("c", 1, int64(size))}
	},
	"partitions that overlap, one too many": func(size int) (*benchCluster, claimList) {
		halves, last := benchClaim("halves", 2, int64(size)), benchClaim("last", 1, 1)
		wantKind(halves, 0, "3g")
		wantKind(halves, 1, "3g")
		wantKind(last, 0, "2g")
		return hardGPUs(size), claimList{halves, last}
	},
	"partitions that fit in one way": func(size int) (*benchCluster, claimList) {
		claim := benchClaim("c", 2, int64(size))
		claim.Spec.Devices.Requests[0].Exactly.Count *= 6
		wantKind(claim, 0, "1g")
		wantKind(claim, 1, "1g+me")
		return hardGPUs(size), claimList{claim}
	},
	"distinct, one value short": func(size int) (*benchCluster, claimList) {
		claim := benchClaim("c", 1, int64(size))
		claim.Spec.Devices.Constraints = []resourceapi.DeviceConstraint{{DistinctAttribute: ptr(resourceapi.FullyQualifiedName("gpu.example.com/numa"))}}
		return (&benchCluster{devices: 2 * size, groups: size - 1}).build(1, ""), claimList{claim}
	},
	"counter one short": func(size int) (*benchCluster, claimList) {
		return (&benchCluster{devices: 2 * size, groups: 4, counter: size - 1}).build(1, ""), claimList{benchClaim("c", 1, int64(size))}
	},
	"capacity, one device short": func(size int) (*benchCluster, claimList) {
		claim := benchClaim("c", size, 1)
		for i := range size {
			wantMemory(claim, i, "60Gi")
		}
		return (&benchCluster{devices: size - 1, groups: 4, shared: true}).build(1, ""), claimList{claim}
	},
	"overlapping requests, one short": func(size int) (*benchCluster, claimList) {
		claim := benchClaim("c", size, 1)
		for i := range size {
			claim.Spec.Devices.Requests[i].Exactly.Selectors = selector(
				fmt.Sprintf(`(device.attributes["gpu.example.com"].minor + %d) %% %d < %d`, i, size-1, size/2))
		}
		return hardCluster(size - 1), claimList{claim}
	},
}

func matchNuma(claim *resourceapi.ResourceClaim) *resourceapi.ResourceClaim {
	claim.Spec.Devices.Constraints = []resourceapi.DeviceConstraint{{MatchAttribute: ptr(resourceapi.FullyQualifiedName("gpu.example.com/numa"))}}
	return claim
}

func hardGPUs(size int) *benchCluster {
	return (&benchCluster{devices: size * len(partitions), groups: 4, gpus: size}).build(1, "")
}

func wantKind(claim *resourceapi.ResourceClaim, request int, kind string) {
	claim.Spec.Devices.Requests[request].Exactly.Selectors = selector(
		fmt.Sprintf(`device.attributes["gpu.example.com"].type == "%s"`, kind))
}

func hardCluster(devices int) *benchCluster {
	return (&benchCluster{devices: devices, groups: 4}).build(1, "")
}

func alternative(name string, exact *resourceapi.ExactDeviceRequest) resourceapi.DeviceSubRequest {
	return resourceapi.DeviceSubRequest{Name: name, DeviceClassName: exact.DeviceClassName, Selectors: exact.Selectors,
		AllocationMode: exact.AllocationMode, Count: exact.Count}
}

func hardLists(size int) *resourceapi.ResourceClaim {
	claim := benchClaim("c", size+1, 1)
	for i := range size {
		request := &claim.Spec.Devices.Requests[i]
		for j := range 4 {
			request.FirstAvailable = append(request.FirstAvailable, alternative(fmt.Sprintf("a%d", j), request.Exactly))
		}
		request.Exactly = nil
	}
	return claim
}

func hardAll(size int) *resourceapi.ResourceClaim {
	claim := benchClaim("c", size+1, 1)
	for i := range size {
		request := &claim.Spec.Devices.Requests[i]
		request.Exactly.Selectors = selector(fmt.Sprintf(`device.attributes["gpu.example.com"].minor == %d`, i))
		all, one := alternative("all", request.Exactly), alternative("one", request.Exactly)
		all.AllocationMode, all.Count = resourceapi.DeviceAllocationModeAll, 0
		request.FirstAvailable, request.Exactly = []resourceapi.DeviceSubRequest{all, one}, nil
	}
	claim.Spec.Devices.Requests[size].Exactly.Selectors = selector(acceptsNothing)
	return claim
}

func hardBuild(family string, size int) (*benchCluster, claimList) { return families[family](size) }
