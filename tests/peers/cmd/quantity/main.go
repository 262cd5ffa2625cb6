// SPDX-License-Identifier: Apache-2.0

// Quantities, ours against k8s.io/apimachinery: random pairs of texts through both, every field compared.
// What Kubernetes gets wrong beyond int64 (Value() wraps or gives 0) is left out of the comparison; tests/unit
// has rows for what we answer there.
package main

import (
	"fmt"
	"math"
	"math/big"
	"math/rand"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"tests/peers/comparison"
)

func pick(r *rand.Rand, choices ...string) string { return choices[r.Intn(len(choices))] }

func digits(r *rand.Rand, most int) string {
	var b strings.Builder
	for n := r.Intn(most + 1); n > 0; n-- {
		if r.Intn(3) == 0 {
			b.WriteByte('0')
		} else {
			b.WriteByte(byte('0' + r.Intn(10)))
		}
	}
	return b.String()
}

// Mostly well-formed, with a taste for zeros, long digit strings and the edges of int64.
func quantityText(r *rand.Rand) string {
	switch r.Intn(20) {
	case 0:
		return pick(r, "", ".", "-", "+", "0", "00", "0.0", "Ki", "Ei", "1e", "1 ", " 1", "1.2.3", "1KiB", "e5", "1ee5", "--1", "1e+", "1E", "1Ei", "E", "0E0")
	case 1:
		return pick(r, "9223372036854775807", "9223372036854775808", "-9223372036854775808", "8Ei", "7.9999Ei", "1024Pi", "1000E", "999P", "1023", "1024", "-1023Ki")
	}
	longest := []int{1, 3, 3, 6, 19, 40}[r.Intn(6)]
	text := pick(r, "", "", "", "-", "+") + digits(r, longest)
	if r.Intn(3) == 0 {
		text += "." + digits(r, []int{1, 3, 12}[r.Intn(3)])
	}
	suffix := pick(r, "", "", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "exp", "exp", "x")
	switch suffix {
	case "exp":
		return text + pick(r, "e", "E") + pick(r, "", "", "-", "+") + fmt.Sprint(r.Intn(40))
	case "x":
		return text + pick(r, "i", "kk", "KM", "K", "e1.5", "_")
	}
	return text + suffix
}

// The numbers of one quantity, or "-" where Kubernetes has no right answer.
func fields(q resource.Quantity) []string {
	text := q.String()
	if back, err := resource.ParseQuantity(text); err != nil || back.Cmp(q.DeepCopy()) != 0 {
		text = "-" // 0.37.2 and older print 1000E as 1; newer print 1e21 as we do
	}
	value, milli := "-", "-"
	dec := q.DeepCopy()
	unscaled, scale := dec.AsDec().UnscaledBig(), int(dec.AsDec().Scale())
	inRange := func(digits int) bool { // |q| * 10^digits fits comfortably, and is not rounded the wrong way
		shift := digits - scale
		f := new(big.Float).SetInt(unscaled)
		approximate, _ := f.Float64()
		return math.Abs(approximate)*math.Pow10(shift) < 9e18 && (q.Sign() > 0 || scale <= digits)
	}
	if inRange(0) {
		value = fmt.Sprint(q.Value())
	}
	if inRange(3) {
		milli = fmt.Sprint(q.MilliValue())
	}
	integer, isInteger := q.AsInt64()
	flagged := 0
	if isInteger {
		flagged = 1
	} else {
		integer = 0
	}
	return []string{text, value, milli, fmt.Sprint(flagged), fmt.Sprint(integer), fmt.Sprint(q.Sign()),
		fmt.Sprintf("%.17g", q.AsApproximateFloat64())}
}

func theirs(a, b string) []string {
	x, errA := resource.ParseQuantity(a)
	y, errB := resource.ParseQuantity(b)
	if errA != nil || errB != nil {
		text := func(err error) string {
			if err == nil {
				return ""
			}
			return err.Error()
		}
		return []string{"error", text(errA), text(errB)}
	}
	copyX, copyY := x.DeepCopy(), y.DeepCopy()
	line := []string{fmt.Sprint(copyX.Cmp(copyY))}
	line = append(line, fields(x)...)
	sum, difference := x.DeepCopy(), x.DeepCopy()
	sum.Add(y.DeepCopy())
	difference.Sub(y.DeepCopy())
	line = append(line, fields(sum)...)
	return append(line, fields(difference)...)
}

// Beyond these the two differ on purpose: our sums stop at 1.7e29, and Ei is our largest binary suffix.
func tooLarge(text string) bool {
	q, err := resource.ParseQuantity(text)
	if err != nil {
		return false
	}
	limit, small := resource.MustParse("1e28"), resource.MustParse("-1e28")
	return q.Cmp(limit) > 0 || q.Cmp(small) < 0
}

// Every seventh field behind the order is a float. Sums with a zero like 0.0e-20 keep its 21 places in
// Kubernetes, which costs its float the last bits; ours stop at nano.
func closeFloats(ours, want string, field int) bool {
	a, errA := strconv.ParseFloat(ours, 64)
	b, errB := strconv.ParseFloat(want, 64)
	return field > 7 && field%7 == 0 && errA == nil && errB == nil && math.Abs(a-b) <= 1e-15*math.Abs(b)
}

func same(ours, want []string, onlyFirst bool) bool {
	if len(ours) != len(want) {
		return false
	}
	for i := range want {
		if onlyFirst && i > 1 && want[0] != "error" {
			break
		}
		if want[i] != "-" && ours[i] != want[i] && !closeFloats(ours[i], want[i], i) {
			return false
		}
	}
	return true
}

func main() {
	run := comparison.Parse("quantity", 1000000)
	r := run.Begin()
	lines := make([]string, run.Cases)
	for i := range lines {
		a := quantityText(r)
		lines[i] = a + "\t" + quantityText(r)
	}
	for i, answer := range run.Ask(lines) {
		a, b, _ := strings.Cut(lines[i], "\t")
		want, have := theirs(a, b), strings.Split(answer, "\t")
		if !same(have, want, tooLarge(a) || tooLarge(b)) {
			run.Differ(fmt.Sprintf("%q %q", a, b), fmt.Sprintf("%q", want), fmt.Sprintf("%q", have))
		}
	}
	run.End("quantity: %d of %d cases differ", run.Failed, run.Cases)
}
