// SPDX-License-Identifier: Apache-2.0

package comparison

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// Check ends the program where something went wrong that no comparison is about.
func Check(err error) {
	if err != nil {
		stop(err)
	}
}

// Must is the value, of a call that may go wrong in such a way.
func Must[T any](value T, err error) T {
	Check(err)
	return value
}

// CopyModule makes a copy of a published module, from the cache, for a test that needs what is internal there. Nothing of
// it is kept: the caller removes the folder.
func CopyModule(name string) string {
	_, source, _, _ := runtime.Caller(0)
	list := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", name)
	list.Dir, list.Stderr = filepath.Dir(source), os.Stderr
	directory := strings.TrimSpace(string(Must(list.Output())))
	work := Must(os.MkdirTemp("", "peers-upstream-"))
	Check(os.CopyFS(work, os.DirFS(directory)))
	return work
}

// RunTest puts a test into a folder of the copy and runs it, with more environment; the arguments are go test's.
func RunTest(folder string, test []byte, environment []string, arguments ...string) ([]byte, error) {
	Check(os.MkdirAll(folder, 0o755))
	Check(os.WriteFile(filepath.Join(folder, "tranche_test.go"), test, 0o644))
	command := exec.Command("go", append([]string{"test", "-mod=mod", "-count=1"}, append(arguments, ".")...)...)
	command.Dir = folder
	command.Env = append(os.Environ(), environment...)
	return command.CombinedOutput()
}
