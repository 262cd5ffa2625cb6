// SPDX-License-Identifier: Apache-2.0

// The container runtime of the cluster's node, and its client: `containerd` and `ctr`, by the name of the call.
// The shim is a program of its own, as plugins of one must not be in the other's registry.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	_ "github.com/containerd/containerd/v2/cmd/containerd/builtins"
	"github.com/containerd/containerd/v2/cmd/containerd/command"
	"github.com/containerd/containerd/v2/cmd/ctr/app"
)

func main() {
	run := command.App().Run
	if filepath.Base(os.Args[0]) == "ctr" {
		run = app.New().Run
	}
	if err := run(context.Background(), os.Args); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
