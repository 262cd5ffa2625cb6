// SPDX-License-Identifier: Apache-2.0

// Package comparison is the frame of every program under cmd: it reads the command line that all of them share, gives
// inputs to our filter, prints the first differences and ends with how many there were.
//
//	run := comparison.Parse("names", 1_000_000)
//	lines := randomLines(run.Begin(), run.Cases)
//	for i, have := range run.Ask(lines) {
//		if want := theirs(lines[i]); want != have {
//			run.Differ(lines[i], want, have)
//		}
//	}
//	run.End("names: %d of %d cases differ", run.Failed, run.Cases)
//
// A run ends with status 0 where nothing differs, 1 where something does, and 2 where our filter fell over.
package comparison

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Cases is how many a run has unless it is to be a full one.
const Cases = 5000

// A Run is one comparison, from its command line to its status.
type Run struct {
	Filter string // our side, a program
	Seed   int64
	Full   bool
	Cases  int
	Shown  int // how many differences are printed
	Failed int // how many there were

	name string
}

// Parse reads the command line. Full is how many cases a full run of the comparison has; 0 where nothing is random.
// Flags of the comparison's own are declared before.
func Parse(name string, full int) *Run {
	run := &Run{Cases: Cases, Shown: 20, name: name}
	whole := fmt.Sprintf("%d cases instead of %d", full, Cases)
	if full == 0 {
		whole = "there is only one way: all of it"
	}
	flag.StringVar(&run.Filter, "filter", "../../build/asan/tests/peers/filters/"+name+"_filter", "our side")
	flag.BoolVar(&run.Full, "full", false, whole)
	flag.Int64Var(&run.Seed, "seed", time.Now().UnixNano(), "of what is random")
	flag.Parse()
	if run.Full {
		run.Cases = full
	}
	return run
}

// Begin says what is compared, and returns where the cases come from.
func (run *Run) Begin() *rand.Rand {
	fmt.Printf("%s: seed %d, %d cases\n", run.name, run.Seed, run.Cases)
	return run.Random()
}

// Random returns a generator that begins at the seed.
func (run *Run) Random() *rand.Rand { return rand.New(rand.NewSource(run.Seed)) }

func stop(arguments ...any) {
	fmt.Fprintln(os.Stderr, arguments...)
	os.Exit(2)
}

// Read returns the lines that our filter makes of the input, which may be nil.
func (run *Run) Read(input io.Reader, arguments ...string) []string {
	command := exec.Command(run.Filter, arguments...)
	command.Stdin, command.Stderr = input, os.Stderr
	output, err := command.Output()
	if err != nil {
		stop("filter:", err)
	}
	var lines []string
	scanner := bufio.NewScanner(bytes.NewReader(output))
	scanner.Buffer(nil, 64<<20)
	for scanner.Scan() {
		lines = append(lines, scanner.Text())
	}
	if err := scanner.Err(); err != nil {
		stop("filter:", err)
	}
	return lines
}

// Ask returns our answers to the questions, a line for each.
func (run *Run) Ask(questions []string, arguments ...string) []string {
	answers := run.Read(strings.NewReader(strings.Join(questions, "\n")+"\n"), arguments...)
	if len(answers) != len(questions) {
		stop("filter: it stopped early,", len(answers), "answers to", len(questions), "cases")
	}
	return answers
}

// Encode writes each of the values as a line of JSON.
func Encode[T any](values []T) []string {
	lines := make([]string, len(values))
	for i, value := range values {
		var text strings.Builder
		encoder := json.NewEncoder(&text)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(value); err != nil {
			panic(err)
		}
		lines[i] = strings.TrimSuffix(text.String(), "\n")
	}
	return lines
}

// Decode reads each of the lines, which are JSON.
func Decode[T any](lines []string) []T {
	values := make([]T, len(lines))
	for i, line := range lines {
		if err := json.Unmarshal([]byte(line), &values[i]); err != nil {
			stop(line+":", err)
		}
	}
	return values
}

// Differ counts a case in which the two answers differ, and prints it while there are few.
func (run *Run) Differ(input, kubernetes, tranche any) {
	if run.Failed++; run.Failed <= run.Shown {
		fmt.Printf("%v\n  kubernetes %v\n  tranche    %v\n", input, kubernetes, tranche)
	}
}

// End prints the closing line, and exits with the status of what was found.
func (run *Run) End(format string, arguments ...any) {
	fmt.Printf(format+"\n", arguments...)
	if run.Failed > 0 {
		os.Exit(1)
	}
}
