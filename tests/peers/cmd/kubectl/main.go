// SPDX-License-Identifier: Apache-2.0

// A current kubectl, from the published module: what the integration tests drive our API server with, beside
// Debian's old one. Kubernetes' own main does no more than this.
package main

import (
	"k8s.io/component-base/cli"
	"k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/util"
)

func main() {
	command := cmd.NewDefaultKubectlCommand()
	if err := cli.RunNoErrOutput(command); err != nil {
		util.CheckErr(err)
	}
}
