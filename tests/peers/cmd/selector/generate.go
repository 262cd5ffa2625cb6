// SPDX-License-Identifier: Apache-2.0
package main

import (
	"fmt"
	"math/rand"
	"strings"
)

var names = []string{"model", "index", "ecc", "fw", "ranks", "modes", "apis", "flags", "ghost"}

const driver = "gpu.example.com"

func pick(r *rand.Rand, choices ...string) string { return choices[r.Intn(len(choices))] }

func text(r *rand.Rand) string {
	return pick(r, "", "a", "a100", "h100", "A b", "é", "x9", "1.2.0", "10", "true", "80Gi", "pci0000:00", "10.0.0.1", "a,b,c")
}

// Regular expressions, mostly well-formed, of what Go and RE2 might read differently.
func pattern(r *rand.Rand, depth int) string {
	if depth <= 0 || r.Intn(4) == 0 {
		return pick(r, "a", "b", "x9", ".", "[a-z]", "[^0-9]", "[[:alpha:]]", `\d`, `\w`, `\s`, `\pL`, `\p{Greek}`, `\PN`, "^", "$", `\b`, `\B`, `\A`, `\z`,
			`\Q.*\E`, `\x41`, `\x{e9}`, `\101`, "é", `\.`, "[]a]", `[\]]`, "[a\\-z]", `\C`, `\Z`, `\1`, "(?i)A", "(?=a)", "(?<n>a)", "(?P<n>b)", "(?P=n)", "[[:^digit:]]", "[z-a]", "{", "a{,2}", "", "(", ")", "*", "[")
	}
	p := func() string { return pattern(r, depth-1) }
	switch r.Intn(6) {
	case 0:
		return p() + "|" + p()
	case 1:
		return pick(r, "(", "(?:", "(?i:", "(?s-m:", "(?U:") + p() + ")"
	case 2:
		return p() + pick(r, "*", "+", "?", "*?", "+?", "??", "{2}", "{1,3}", "{0,}", "{2,1}", "{1001}", "**")
	}
	return p() + p()
}

// With and without summer time, south and north, by rules of all forms; two that do not exist.
func zone(r *rand.Rand) string {
	return pick(r, "Europe/Berlin", "America/New_York", "Australia/Sydney", "Asia/Kolkata", "America/Sao_Paulo", "Africa/Casablanca",
		"Asia/Jerusalem", "America/Nuuk", "Europe/Dublin", "Pacific/Chatham", "Asia/Tehran", "Africa/Cairo", "Etc/GMT+5", "", "UTC", "Nowhere/At_All", "25:00")
}

func version(r *rand.Rand) string {
	return pick(r, "1.2.0", "1.10.0-rc.1", "1.10.0", "0.0.1+b", "2.0.0")
}

func randomDevice(r *rand.Rand) device {
	d := device{Driver: driver, Attributes: map[string]any{}, Capacity: map[string]any{}}
	set := func(name, kind string, value any) {
		if r.Intn(6) > 0 {
			d.Attributes[pick(r, "", "", driver+"/", "other.example.com/")+name] = map[string]any{kind: value}
		}
	}
	set("model", "string", text(r))
	set("index", "int", r.Intn(9)-1)
	set("ecc", "bool", r.Intn(2) == 0)
	set("fw", "version", version(r))
	if r.Intn(2) == 0 {
		set("ranks", "ints", []int{r.Intn(5), r.Intn(5), 1})
		set("modes", "strings", []string{text(r), text(r)})
		set("apis", "versions", []string{version(r)})
		set("flags", "bools", []bool{true, r.Intn(2) == 0})
	}
	for _, name := range []string{"memory", "cores"} {
		if r.Intn(4) > 0 {
			d.Capacity[name] = map[string]any{"value": pick(r, "80Gi", "1", "1500m", "8E", "1.5Gi", "40Gi")}
		}
	}
	if r.Intn(4) == 0 {
		yes := r.Intn(2) == 0
		d.AllowMultipleAllocations = &yes
	}
	return d
}

// A generator writes expressions that mostly have the type they are asked for.
type generator struct {
	r    *rand.Rand
	vars []string // macro variables in scope, as "kind:name"
	n    int
}

var kinds = []string{"bool", "int", "string", "double", "uint", "list", "version", "quantity", "map", "dyn", "time", "duration", "optional", "bytes"}

func (g *generator) quote(s string) string {
	return pick(g.r, `"`+s+`"`, `'`+s+`'`)
}

func (g *generator) domain() string {
	d := pick(g.r, driver, driver, driver, driver, "other.example.com", "none.example.com")
	return pick(g.r, `["`+d+`"]`, `["`+d+`"]`, `["`+d+`"]`, `["`+d+`"]`, `[device.driver]`, `.here`)
}

func (g *generator) attribute(name string) string {
	a := "device.attributes" + g.domain()
	switch g.r.Intn(12) {
	case 0:
		return a + `["` + name + `"]`
	case 1:
		return a + `.?` + name + `.orValue(` + g.of("dyn", 1) + `)`
	}
	return a + "." + name
}

func (g *generator) fresh() string {
	g.n++
	return pick(g.r, "x", "y", "x", fmt.Sprintf("v%d", g.n))
}

// Writes BODY with NAME of KIND in scope.
func (g *generator) within(kind, name string, body func() string) string {
	g.vars = append(g.vars, kind+":"+name)
	out := body()
	g.vars = g.vars[:len(g.vars)-1]
	return out
}

func (g *generator) variable(kind string) string {
	for _, i := range g.r.Perm(len(g.vars)) {
		parts := strings.SplitN(g.vars[i], ":", 2)
		if parts[0] == kind {
			return parts[1]
		}
	}
	return ""
}

func (g *generator) macro(kind string, depth int) string {
	x, y := g.fresh(), g.fresh()+"2"
	list := g.of("list", depth)
	switch kind {
	case "bool":
		name := pick(g.r, "all", "exists", "exists_one")
		if g.r.Intn(3) == 0 {
			return g.within("int", x, func() string {
				return g.within("dyn", y, func() string {
					return fmt.Sprintf("%s.%s(%s, %s, %s)", list, pick(g.r, name, "existsOne"), x, y, g.of("bool", depth))
				})
			})
		}
		return g.within("int", x, func() string { return fmt.Sprintf("%s.%s(%s, %s)", list, name, x, g.of("bool", depth)) })
	case "map":
		return g.within("int", x, func() string {
			return g.within("int", y, func() string {
				return fmt.Sprintf("%s.transformMap(%s, %s, %s)", list, x, y, g.any(depth))
			})
		})
	}
	return g.within("int", x, func() string {
		switch g.r.Intn(4) {
		case 0:
			return fmt.Sprintf("%s.filter(%s, %s)", list, x, g.of("bool", depth))
		case 1:
			return fmt.Sprintf("%s.map(%s, %s, %s)", list, x, g.of("bool", depth), g.of("int", depth))
		case 2:
			return fmt.Sprintf("%s.sortBy(%s, %s)", list, x, g.of("int", depth))
		}
		return fmt.Sprintf("%s.map(%s, %s)", list, x, g.of("int", depth))
	})
}

func (g *generator) any(depth int) string { return g.of(kinds[g.r.Intn(len(kinds))], depth) }

func (g *generator) leaf(kind string) string {
	if v := g.variable(kind); v != "" && g.r.Intn(2) == 0 {
		return v
	}
	switch kind {
	case "bool":
		return pick(g.r, "true", "false", "device.allowMultipleAllocations", g.attribute("ecc"))
	case "int":
		return pick(g.r, "0", "1", "2", "-1", "9223372036854775807", "0x10", g.attribute("index"))
	case "uint":
		return pick(g.r, "0u", "1u", "7u")
	case "double":
		return pick(g.r, "0.0", "1.0", "1.5", "-0.5", "1e3", "0.0/0.0")
	case "string":
		return pick(g.r, g.quote(text(g.r)), g.quote(text(g.r)), "device.driver", g.attribute("model"))
	case "bytes":
		return pick(g.r, `b"a"`, `b""`, `b"\xff"`)
	case "list":
		return pick(g.r, "[]", "[1, 2, 3]", "[2, 1, 1]", "lists.range(4)", g.attribute("ranks"), g.attribute("modes"), g.attribute("flags"), g.attribute("apis"), `["a", "b"]`)
	case "map":
		return pick(g.r, "{}", `{"a": 1}`, `{1: 2, 3: 4}`, "device.attributes"+g.domain(), "device.attributes", "device.capacity", "dyn(device)")
	case "version":
		return pick(g.r, g.attribute("fw"), `semver("`+version(g.r)+`")`, `semver("v1.2", true)`)
	case "quantity":
		return pick(g.r, `quantity("`+pick(g.r, "80Gi", "1", "1500m", "100Ti", "1.5G")+`")`, "device.capacity"+g.domain()+"."+pick(g.r, "memory", "cores", "ghost"))
	case "time":
		return pick(g.r, `timestamp("2024-02-29T12:30:45.5Z")`, `timestamp("2023-01-01T00:00:00+02:00")`, "timestamp(0)",
			fmt.Sprintf("timestamp(%d)", g.r.Int63n(9000000000)-3000000000))
	case "duration":
		return pick(g.r, `duration("1h30m")`, `duration("-1.5s")`, `duration("0")`)
	case "optional":
		return pick(g.r, "optional.none()", "optional.of(1)", "device.attributes"+g.domain()+".?"+pick(g.r, names...), `[1, 2][?`+pick(g.r, "0", "5")+`]`, `{"a": 1}[?"a"]`, `["a"].first()`)
	}
	return g.attribute(pick(g.r, names...))
}

func (g *generator) of(kind string, depth int) string {
	if g.r.Intn(40) == 0 {
		kind = kinds[g.r.Intn(len(kinds))] // forgetting what was asked for
	}
	if depth <= 0 || g.r.Intn(8) == 0 {
		return g.leaf(kind)
	}
	d := depth - 1
	s := func(k string) string { return g.of(k, d) }
	forms := []func() string{
		func() string { return g.leaf(kind) },
		func() string { return fmt.Sprintf("(%s ? %s : %s)", s("bool"), s(kind), s(kind)) },
		func() string {
			x := g.fresh()
			init := pick(g.r, kind, "int", "dyn", "string")
			value := s(init)
			return g.within(init, x, func() string { return fmt.Sprintf("cel.bind(%s, %s, %s)", x, value, g.of(kind, d)) })
		},
		func() string { return fmt.Sprintf("%s.orValue(%s)", s("optional"), s(kind)) },
		func() string { return fmt.Sprintf("[%s, %s][%s]", s(kind), s(kind), s("int")) },
		func() string { return fmt.Sprintf(`{"k": %s}.k`, s(kind)) },
	}
	add := func(more ...func() string) { forms = append(forms, more...) }
	f := func(format string, of ...string) func() string {
		return func() string {
			parts := make([]any, len(of))
			for i, k := range of {
				parts[i] = s(k)
			}
			return fmt.Sprintf(format, parts...)
		}
	}
	relation := func() string { return pick(g.r, "<", "<=", ">", ">=") }
	switch kind {
	case "bool":
		add(f("(%s && %s)", "bool", "bool"), f("(%s || %s)", "bool", "bool"), f("!%s", "bool"), f("(%s && %s && %s)", "bool", "bool", "bool"))
		add(func() string {
			k := kinds[g.r.Intn(len(kinds))]
			return fmt.Sprintf("%s %s %s", s(k), pick(g.r, "==", "!="), s(k))
		})
		add(func() string { k := kinds[g.r.Intn(len(kinds))]; return fmt.Sprintf("%s == %s", s(k), s("dyn")) })
		add(func() string {
			k := pick(g.r, "int", "string", "double", "uint", "time", "duration", "bool", "bytes")
			return fmt.Sprintf("%s %s %s", s(k), relation(), s(k))
		})
		add(func() string {
			return fmt.Sprintf("%s %s %s", s("dyn"), relation(), s(pick(g.r, "int", "string", "double")))
		})
		add(func() string { return g.macro("bool", d) }, func() string { return g.macro("bool", d) })
		add(f("%s in %s", "int", "list"), f("%s in %s", "string", "map"), f(`%s in ["a", "a100", "x9"]`, "dyn"), f("%s in [1, 2]", "int"), f("%s in []", "dyn"), f("%s in [%s, %s]", "string", "string", "string"))
		add(f("%s.startsWith(%s)", "string", "string"), f("%s.endsWith(%s)", "string", "string"), f("%s.contains(%s)", "string", "string"), f(`%s.matches("^[a-z]+[0-9]*$")`, "string"), f("%s.matches(%s)", "string", "string"), f(`matches(%s, "a|b")`, "string"))
		add(f("%s.isGreaterThan(%s)", "version", "version"), f("%s.isLessThan(%s)", "quantity", "quantity"), f("%s.isInteger()", "quantity"), f("isQuantity(%s)", "string"), f("isSemver(%s)", "string"))
		add(f("%s.hasValue()", "optional"), f("sets.contains(%s, %s)", "list", "list"), f("sets.intersects(%s, %s)", "list", "list"), f("sets.equivalent(%s, %s)", "list", "list"), f("%s.isSorted()", "list"))
		add(f("isIP(%s)", "string"), f(`cidr("10.0.0.0/8").containsIP(%s)`, "string"), f("isURL(%s)", "string"), f("format.dns1123Label().validate(%s).hasValue()", "string"), f("bool(%s)", "string"))
		add(func() string { return fmt.Sprintf(`%s.matches(r"%s")`, s("string"), pattern(g.r, 3)) })
		add(func() string { return fmt.Sprintf(`%s.find(r"%s") == %s`, s("string"), pattern(g.r, 3), s("string")) })
		add(func() string {
			return fmt.Sprintf(`%s.findAll(r"%s").size() == %s`, s("string"), pattern(g.r, 3), s("int"))
		})
		add(func() string { return "has(device.attributes" + g.domain() + "." + pick(g.r, names...) + ")" })
		add(func() string { return "has(" + s("map") + "." + pick(g.r, "a", "model") + ")" })
		add(func() string { return `"` + pick(g.r, names...) + `" in device.attributes` + g.domain() })
		add(f("%s.includes(%s)", "dyn", "dyn"))
		add(func() string { return fmt.Sprintf("%s.includes(%s)", g.any(d), g.any(d)) })
	case "int":
		op := pick(g.r, "+", "-", "*", "/", "%")
		add(f("(%s "+op+" %s)", "int", "int"), f("(%s "+op+" %s)", "int", "dyn"), f("-%s", "int"), f("size(%s)", "list"), f("%s.size()", "string"), f("%s.size()", "map"), f("int(%s)", "double"), f("int(%s)", "string"), f("int(%s)", "duration"))
		add(f("%s.indexOf(%s)", "string", "string"), f("%s.lastIndexOf(%s)", "string", "string"), f("%s.indexOf(%s)", "list", "int"), f("%s.sum()", "list"), f("%s.max()", "list"), f("%s.min()", "list"))
		add(f("%s.compareTo(%s)", "version", "version"), f("%s.major()", "version"), f("sign(%s)", "quantity"), f("%s.asInteger()", "quantity"), f("%s.compareTo(%s)", "quantity", "quantity"))
		add(f("%s.getFullYear()", "time"), f("%s.getDayOfYear()", "time"), f("%s.getDayOfWeek()", "time"), f(`%s.getHours("+02:30")`, "time"),
			func() string { return fmt.Sprintf("%s.getHours(%q)", s("time"), zone(g.r)) }, f("%s.getMinutes()", "duration"), f("%s.getMilliseconds()", "duration"))
	case "uint":
		add(f("(%s + %s)", "uint", "uint"), f("uint(%s)", "int"), f("(%s - %s)", "uint", "uint"))
	case "double":
		add(f("(%s * %s)", "double", "double"), f("double(%s)", "int"), f("double(%s)", "string"), f("%s.asApproximateFloat()", "quantity"))
	case "string":
		add(f("(%s + %s)", "string", "string"), f("(%s + %s)", "dyn", "string"), f("string(%s)", "int"), f("string(%s)", "double"), f("string(%s)", "duration"), f("string(%s)", "time"), f("string(%s)", "bytes"))
		add(f("%s.lowerAscii()", "string"), f("%s.upperAscii()", "string"), f("%s.trim()", "string"), f("%s.substring(%s)", "string", "int"), f("%s.substring(0, %s)", "string", "int"), f("%s.charAt(%s)", "string", "int"), f("%s.replace(%s, %s)", "string", "string", "string"), f("%s.join(%s)", "list", "string"), f(`%s.find("[0-9]+")`, "string"), f("strings.quote(%s)", "string"))
		add(f(`"%%s-%%d".format([%s, %s])`, "string", "int"), f(`"%%s".format([%s])`, "list"), f(`"%%.2f %%f".format([%s, %s])`, "double", "double"), f(`"%%x %%b".format([%s, %s])`, "int", "int"), f(`"%%s".format([%s])`, "dyn"))
	case "bytes":
		add(f("bytes(%s)", "string"), f("(%s + %s)", "bytes", "bytes"))
	case "list":
		add(f("[%s]", "int"), f("[%s, %s]", "int", "int"), f("[%s, %s]", "dyn", "dyn"), f("[?%s]", "optional"), f("(%s + %s)", "list", "list"), f("%s.split(%s)", "string", "string"), f(`%s.findAll("[a-z]")`, "string"), f("%s.reverse()", "list"), f("%s.distinct()", "list"), f("%s.sort()", "list"), f("%s.slice(0, %s)", "list", "int"), f("lists.range(%s)", "int"), f("[%s].flatten()", "list"))
		add(func() string { return g.macro("list", d) }, func() string { return g.macro("list", d) })
	case "map":
		add(f(`{"a": %s, "b": %s}`, "int", "int"), f(`{%s: %s}`, "int", "dyn"), f(`{?"a": %s}`, "optional"), func() string { return g.macro("map", d) })
	case "version":
		add(f("semver(%s)", "string"), f("semver(%s, true)", "string"))
	case "quantity":
		add(f("quantity(%s)", "string"), f("%s.add(%s)", "quantity", "quantity"), f("%s.sub(%s)", "quantity", "int"))
	case "time":
		add(f("(%s + %s)", "time", "duration"), f("timestamp(%s)", "int"))
	case "duration":
		add(f("(%s - %s)", "time", "time"), f("(%s + %s)", "duration", "duration"), f("duration(%s)", "string"))
	case "optional":
		add(f("optional.of(%s)", "dyn"), f("optional.ofNonZeroValue(%s)", "int"), f("%s.or(%s)", "optional", "optional"), f("%s.optMap(o, %s)", "optional", "int"), f("%s.?a", "map"), f("%s[?%s]", "list", "int"), f("%s.last()", "list"))
	case "dyn":
		add(f("dyn(%s)", "int"), f("dyn(%s)", "string"), f("dyn(%s)", "list"), f("%s[%s]", "list", "int"), f("%s[%s]", "map", "string"), f("%s.value()", "optional"), f("%s.a", "map"), f("%s + %s", "dyn", "dyn"))
	}
	return forms[g.r.Intn(len(forms))]()
}

// Around the limits of cost (1,000,000), nesting (250 inside each other, about 250 links of a chain) and includes (48).
func nearLimit(r *rand.Rand) string {
	around := func(n int) int { return n - 3 + r.Intn(7) }
	repeat := func(front, middle, back string, n int) string {
		return strings.Repeat(front, n) + middle + strings.Repeat(back, n)
	}
	switch r.Intn(10) {
	case 0:
		return fmt.Sprintf("lists.range(%d).size() >= 0", around(999987))
	case 1:
		return fmt.Sprintf("lists.range(%d).sort().size() >= 0", around(706))
	case 2: // each inner loop is 6 and 14 + 5 n
		return fmt.Sprintf("lists.range(%d).all(i, lists.range(%d).all(j, j >= 0))", around(440), around(440))
	case 3:
		return fmt.Sprintf("sets.contains(lists.range(%d), lists.range(%d))", around(998), around(998))
	case 4:
		return repeat("(", "true", ")", around(250))
	case 5:
		return repeat("[", "1", "]", around(250)) + ".size() == 1"
	case 6:
		return repeat("", "1", " + 1", around(250)) + " > 0"
	case 7:
		return repeat("", "device.driver", ".trim()", around(245)) + ` == ""`
	case 8:
		return repeat("true ? ", "true", " : false", around(125))
	}
	return fmt.Sprintf("lists.range(%d).includes(%d)", around(48), around(47))
}

// Mostly what kube-scheduler runs.
func randomWorld(r *rand.Rand) world {
	if r.Intn(5) > 0 {
		return scheduler
	}
	return world{New: r.Intn(2) == 0, ListAttributes: r.Intn(2) == 0, ConsumableCapacity: r.Intn(2) == 0}
}

func generate(r *rand.Rand, i int) testCase {
	g := &generator{r: r}
	if r.Intn(100) == 0 {
		return testCase{Name: fmt.Sprint(i), Device: randomDevice(r), Expr: nearLimit(r), World: randomWorld(r)}
	}
	if r.Intn(4) == 0 {
		return testCase{Name: fmt.Sprint(i), Device: randomDevice(r), Expr: libraryCall(r), World: randomWorld(r)}
	}
	return testCase{Name: fmt.Sprint(i), Device: randomDevice(r), Expr: g.of("bool", 1+r.Intn(4)), World: randomWorld(r)}
}
