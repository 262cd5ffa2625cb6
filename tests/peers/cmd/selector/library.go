// SPDX-License-Identifier: Apache-2.0
package main

import (
	"fmt"
	"math/rand"
	"regexp"
	"strconv"
	"strings"
)

// Arguments that functions might stumble over, by kind.
var arguments = map[string][]string{
	"int":       {"0", "1", "-1", "2", "3", "7", "100", "9223372036854775807", "-9223372036854775808"},
	"small":     {"0", "1", "-1", "7", "-9223372036854775807"}, // sub() of the least int goes wrong upstream
	"uint":      {"0u", "1u", "18446744073709551615u"},
	"double":    {"0.0", "-0.0", "1.5", "-2.5", "1e300", "1e-7", "123456789.125", "0.1", "1.0/0.0", "-1.0/0.0", "0.0/0.0", "9223372036854775807.0", "18446744073709551616.0"},
	"bool":      {"true", "false"},
	"bytes":     {`b""`, `b"abc"`, `b"\xff"`, `b"é"`},
	"text":      {"", "a", "abc", "ABC", "aXbXc", "é", "日本語", " a b ", "\u00a0x\u2003", "a,b,,c", "tacocat", "1", "-5", "+7", "1.5", "0x10", "1e3", "inf", "NaN", "true", "T", "FALSE", "t", "1h", "x\ty", `q"uo\te`},
	"quantity":  {"1", "0", "-1", "1k", "1Ki", "1.5Gi", "100m", "0.1n", "1e3", "1E", "1Ei", "9223372036854775807", "9223372036854775808", "12345678901234567890", "1.5", "0.0000000001", "K", "Mi", "", "1 Gi", "+5", ".5", "5.", "1e", "99Ti", "100Ti", "1.0", "-0", "1u", "8Pi"},
	"version":   {"1.0.0", "0.0.0", "1.2.3-rc.1", "1.2.3-rc.2", "1.2.3-rc", "1.2.3-1", "1.2.3-a.b.c", "1.2.3+build", "1.2.3-rc+b", "v1.2.3", "V1.2.3", "1.2", "1", "v1", "01.2.3", "1.02.3", "1.2.3-01", "1.2.3-", "1.2.3+", "1.2.3.4", "", "18446744073709551615.0.0", "18446744073709551616.0.0", "1.2-rc", "v01.02", " 1.2.3", "1..3", "-1.2.3", "1.2.3-é"},
	"ip":        {"1.2.3.4", "0.0.0.0", "127.0.0.1", "10.0.0.1", "169.254.1.1", "224.0.0.1", "255.255.255.255", "1.2.3", "1.2.3.4.5", "01.2.3.4", "256.1.1.1", "::", "::1", "fe80::1", "ff02::1", "2001:db8::1", "2001:DB8::1", "2001:db8:0:0:0:0:0:1", "::ffff:1.2.3.4", "::1.2.3.4", "fe80::1%eth0", "1::2::3", ":1", "12345::", "", "g::", "240.0.0.1", "fc00::1", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "64:ff9b::1.2.3.4"},
	"cidr":      {"10.0.0.0/8", "10.1.2.3/8", "0.0.0.0/0", "192.168.1.0/24", "192.168.1.5/32", "::/0", "2001:db8::/32", "2001:db8::1/128", "fe80::/10", "10.0.0.0/33", "10.0.0.0", "10.0.0.0/", "10.0.0.0/08", "10.0.0.0/-1", "::ffff:10.0.0.0/104", "/8", "", "10.0.0/8", "fe80::1%eth0/64"},
	"url":       {"https://example.com/a/b?x=1&y=2&x=3#f", "http://[::1]:8080/p", "http://user:pw@h/", "http://h:80", "http://h:/x", "http://h:8x/", "/abs/path?q", "relative", "", "*", "mailto:a@b", "http://h/%zz", "http://h/a%20b?c%20d=e+f", "HTTP://H/", "http://h#f", "http://h/x#f", "http:///x", "//h/x", "http://h/a b", "http://a b/", "http://h?x=1;y=2", "http://h/?x", "http://h/?=v", "http://h/?a&a=&b", "http://[fe80::1%25en0]/", "http://[::1", "http://h/é", "1http://h/", "http://h/?é=ü", "http:opaque?x=y", "file:///etc", "http://h:99999/", "http://xn--a/"},
	"time":      {"2024-02-29T12:30:45.5Z", "1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "2023-02-29T00:00:00Z", "2024-01-01T00:00:00+14:00", "2024-01-01T00:00:00-00:00", "2024-01-01t00:00:00z", "2024-01-01", "2024-06-30T23:59:60Z", "2024-01-01T24:00:00Z", "2024-01-01T00:00:00.Z", "2024-01-01T00:00:00,5Z", "2024-01-01T00:00:00+25:00", "2024-12-29T01:02:03.000001Z", "10000-01-01T00:00:00Z"},
	"duration":  {"1h30m", "-1.5s", "0", "1ms", "1us", "1µs", "1ns", "1d", "", "1", "1h1h", ".5s", "5.s", "-.s", "+2m", "2562047h47m16.854775807s", "2562048h", "1.123456789123s", "1h-1m", " 1h", "1H", "90m", "0.1ns"},
	"zone":      {"UTC", "", "Europe/Berlin", "+02:30", "-11:00", "05:00", "+2:00", "24:00", "America/New_York", "Nowhere", "+05:60", "utc"},
	"format":    {"dns1123Label", "dns1123Subdomain", "dns1035Label", "qualifiedName", "dns1123LabelPrefix", "dns1123SubdomainPrefix", "dns1035LabelPrefix", "labelValue", "uri", "uuid", "byte", "date", "datetime", "nope"},
	"formatted": {"", "abc", "a-b", "-a", "a-", "A", "a.b", "a..b", "a.b-", "1a", "a/b", "a.b/c", "a/b/c", "/b", "a/", "a_b", "http://h/", "123e4567-e89b-12d3-a456-426614174000", "123e4567e89b12d3a456426614174000", "YWJj", "YWJ=", "YW==", "YW=", "Y", "2024-02-29", "2023-02-29", "2024-2-9", "2024-01-01T00:00:00Z", "2024-01-01T00:00:00.5+01:00", "2024-01-01 00:00:00Z", "2024-01-01t00:00:00z", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
	"list":      {"[]", "[1]", "[1, 2, 3]", "[3, 1, 2, 1]", "[true, false]", "[1.5, 0.5]", `["b", "a"]`, `["a", "é"]`, "[1u, 2u]", `[b"b", b"a"]`, `[duration("2s"), duration("1s")]`, `[timestamp(2), timestamp(1)]`, "[dyn(1), dyn(1.5), dyn(2u)]", `[dyn("a"), dyn(1)]`, "[null]", "[[1], [2]]", "[optional.of(1), optional.none()]", "[0.0/0.0, 1.0]", "[9223372036854775807, 1]"},
	"nested":    {"[]", "[[1], [2, 3]]", "[[[1]], [[2]]]", "[[]]", "[1, 2]", `[["a"], ["b"]]`, "[dyn(1), dyn([2, [3]])]"},
	"map":       {"{}", `{"a": 1}`, `{"a": 1, "b": 2}`, "{1: 2, 2: 4}", "{true: 1}", `{1u: "x"}`, `{"a": dyn(1), "b": dyn("x")}`},
	"optional":  {"optional.none()", "optional.of(1)", `optional.of("x")`, "optional.of([1])", "optional.of(optional.of(1))", "optional.ofNonZeroValue(0)", `optional.ofNonZeroValue("")`, "optional.ofNonZeroValue([])", `optional.ofNonZeroValue(duration("0s"))`, "[1].first()", "[].last()"},
	"verb":      {"%s", "%d", "%f", "%e", "%b", "%x", "%X", "%o", "%%", "%.2f", "%.0f", "%.3e", "%.2s", "%5d", "%", "%q", "a%sb", "%s %s", "%.f", "%.20f"},
	"value":     {"1", "-5", "0", "7u", "1.5", "-0.0", "1e9", "1234567.891", "1.0/0.0", "0.0/0.0", `"text"`, `"NaN"`, `"é"`, `b"ab"`, "true", "null", "[1, 2]", `{"b": 1, "a": 2}`, `timestamp("2024-02-29T12:30:45.5Z")`, `duration("90m")`, "type(1)", "int", `[dyn("a"), dyn(1.5)]`, "optional.of(1)", `quantity("1Gi")`, "{1: 2}", "dyn(1)", `dyn("x")`, "[[]]", "9223372036854775807"},
	"pattern":   nil, // made by pattern()
}

// Kinds whose arguments are texts, to be quoted.
var quotedKinds = map[string]bool{"text": true, "quantity": true, "version": true, "ip": true, "cidr": true, "url": true, "time": true, "duration": true, "zone": true, "format": true, "formatted": true, "verb": true, "pattern": true}

// Calls, with kinds in the place of arguments.
var calls = strings.Fields(`
size(<text>) size(<bytes>) size(<list>) size(<map>) type(<value>) dyn(<value>) bool(<text>) int(<text>) int(<double>) int(<uint>) int(timestamp(<time>)) int(duration(<duration>))
uint(<text>) uint(<double>) uint(<int>) double(<text>) double(<int>) string(<int>) string(<double>) string(<bytes>) string(timestamp(<time>)) string(duration(<duration>)) string(<bool>)
string(ip(<ip>)) string(cidr(<cidr>)) bytes(<text>) timestamp(<time>) timestamp(<int>) duration(<duration>) string(dyn(<value>)) int(dyn(<value>)) double(dyn(<value>)) bool(dyn(<value>))
<text>.contains(<text>) <text>.startsWith(<text>) <text>.endsWith(<text>) <text>.matches(<pattern>) matches(<text>,<pattern>) <text>.find(<pattern>) <text>.findAll(<pattern>) <text>.findAll(<pattern>,<int>)
timestamp(<time>).getFullYear() timestamp(<time>).getMonth(<zone>) timestamp(<time>).getDate(<zone>) timestamp(<time>).getDayOfMonth(<zone>) timestamp(<time>).getDayOfWeek(<zone>) timestamp(<time>).getDayOfYear(<zone>)
timestamp(<time>).getHours(<zone>) timestamp(<time>).getMinutes(<zone>) timestamp(<time>).getSeconds() timestamp(<time>).getMilliseconds(<zone>) duration(<duration>).getHours() duration(<duration>).getMinutes() duration(<duration>).getSeconds()
duration(<duration>).getMilliseconds() timestamp(<time>)+duration(<duration>) timestamp(<time>)-timestamp(<time>) timestamp(<time>)-duration(<duration>) duration(<duration>)+duration(<duration>) duration(<duration>)-duration(<duration>)
timestamp(<time>)<timestamp(<time>) duration(<duration>)<duration(<duration>) <int>+<int> <int>-<int> <int>*<int> <int>/<int> <int>%<int> -(<int>) <uint>+<uint> <uint>-<uint> <uint>*<uint> <uint>/<uint> <uint>%<uint> <double>/<double> <double>*<double>
<int><<double> <uint>>=<int> <double><=<uint> dyn(<value>)==<value> dyn(<value>)<dyn(<value>) dyn(<value>)+dyn(<value>) dyn(<value>)-dyn(<value>) dyn(<value>)!=dyn(<value>) <bytes><<bytes> <text><<text> <bytes>+<bytes>
quantity(<quantity>)==quantity(<quantity>) quantity(<quantity>).compareTo(quantity(<quantity>)) quantity(<quantity>).isInteger() quantity(<quantity>).asInteger() quantity(<quantity>).asApproximateFloat() sign(quantity(<quantity>))
quantity(<quantity>).add(quantity(<quantity>)).asApproximateFloat() quantity(<quantity>).sub(<small>).asInteger() quantity(<quantity>).add(<int>).isInteger() isQuantity(<quantity>) quantity(<quantity>).sub(quantity(<quantity>)).compareTo(quantity(<quantity>))
quantity(<quantity>).isGreaterThan(quantity(<quantity>)) quantity(<quantity>).isLessThan(quantity(<quantity>).add(<int>)) quantity(<quantity>).add(quantity(<quantity>))==quantity(<quantity>)
isSemver(<version>) isSemver(<version>,<bool>) semver(<version>).major() semver(<version>,<bool>).minor() semver(<version>,<bool>).patch() semver(<version>)==semver(<version>) semver(<version>).compareTo(semver(<version>,true)) semver(<version>).isLessThan(semver(<version>))
isIP(<ip>) ip(<ip>).family() ip.isCanonical(<ip>) ip(<ip>).isUnspecified() ip(<ip>).isLoopback() ip(<ip>).isLinkLocalUnicast() ip(<ip>).isLinkLocalMulticast() ip(<ip>).isGlobalUnicast() ip(<ip>)==ip(<ip>)
isCIDR(<cidr>) cidr(<cidr>).containsIP(<ip>) cidr(<cidr>).containsIP(ip(<ip>)) cidr(<cidr>).containsCIDR(<cidr>) cidr(<cidr>).containsCIDR(cidr(<cidr>)) cidr(<cidr>).ip().family() string(cidr(<cidr>).masked()) cidr(<cidr>).prefixLength() cidr(<cidr>)==cidr(<cidr>)
isURL(<url>) url(<url>).getScheme() url(<url>).getHost() url(<url>).getHostname() url(<url>).getPort() url(<url>).getEscapedPath() url(<url>).getQuery() url(<url>)==url(<url>)
format.named(<format>).hasValue() format.named(<format>).value().validate(<formatted>) format.dns1123Label().validate(<formatted>).hasValue() format.uuid().validate(<formatted>).hasValue()
<text>.charAt(<int>) <text>.indexOf(<text>) <text>.indexOf(<text>,<int>) <text>.lastIndexOf(<text>) <text>.lastIndexOf(<text>,<int>) <text>.lowerAscii() <text>.upperAscii() <text>.replace(<text>,<text>) <text>.replace(<text>,<text>,<int>)
<text>.split(<text>) <text>.split(<text>,<int>) <text>.substring(<int>) <text>.substring(<int>,<int>) <text>.trim() <list>.join() <list>.join(<text>) strings.quote(<text>) <verb>.format([<value>]) <verb>.format([<value>,<value>]) <verb>.format([dyn(<value>)])
sets.contains(<list>,<list>) sets.equivalent(<list>,<list>) sets.intersects(<list>,<list>) <list>.isSorted() <list>.min() <list>.max() <list>.sum() <list>.indexOf(<value>) <list>.lastIndexOf(dyn(<value>)) dyn(<value>).includes(<value>)
<list>.slice(<int>,<int>) <nested>.flatten() <nested>.flatten(<int>) <list>.sort() <list>.sortBy(x,x) <list>.sortBy(x,-dyn(x)) <list>.distinct() <list>.reverse() lists.range(<int>) <list>+<list> <list>[<int>] <list>[?<int>].hasValue() dyn(<value>)in<list>
<list>.first().hasValue() <list>.last().orValue(<value>) <list>.map(x,x) <list>.filter(x,x==<value>) <list>.all(x,x==<value>) <list>.exists(i,x,i==<int>) <list>.exists_one(x,x==dyn(<value>)) <list>.existsOne(i,x,i==<int>)
<list>.transformList(i,x,x) <list>.transformList(i,x,i>0,i) <list>.transformMap(i,x,x) <map>.transformMap(k,v,v) <map>.transformMap(k,v,v!=<value>,k) <map>.transformMapEntry(k,v,{k:v}) <list>.transformMapEntry(i,x,{x:i}) <map>.transformMapEntry(k,v,{"k":v})
<map>.map(k,k).size() <map>[dyn(<value>)] <map>[?dyn(<value>)].hasValue() <map>==<map> dyn(<value>)in<map> has({"a":<value>}.a) {<text>:<value>} {dyn(<value>):1}.size() {"a":<value>}.exists(k,v,v==<value>)
<optional>.hasValue() <optional>.value() <optional>.orValue(dyn(<value>)) <optional>.or(<optional>).hasValue() <optional>.optMap(x,[x]).hasValue() <optional>.optFlatMap(x,optional.of([x])).hasValue() <optional>==<optional> optional.unwrap([<optional>,<optional>]) [<optional>].unwrapOpt()
[?<optional>,1] {?"a":<optional>} cel.bind(x,<value>,[x,x]) (<bool>?<value>:<value>) <bool>&&<bool>||!<bool>
`)

var kindInCall = regexp.MustCompile(`<([a-z]+)>`)

func argument(r *rand.Rand, kind string) string {
	text := ""
	if kind == "pattern" {
		text = pattern(r, 2)
	} else {
		choices, known := arguments[kind]
		if !known {
			panic("no arguments of kind " + kind)
		}
		text = choices[r.Intn(len(choices))]
	}
	if !quotedKinds[kind] {
		return text
	}
	if r.Intn(3) == 0 { // not a constant
		return "(" + strconv.Quote(text) + ` + device.driver.substring(15))`
	}
	return strconv.Quote(text)
}

// A call whose result is either compared or shown: a missing key is named in the error, character by character.
func libraryCall(r *rand.Rand) string {
	call := kindInCall.ReplaceAllStringFunc(calls[r.Intn(len(calls))], func(kind string) string {
		return argument(r, strings.Trim(kind, "<>"))
	})
	switch r.Intn(4) {
	case 0:
		return fmt.Sprintf("dyn(%s) == dyn(%s)", call, argument(r, "value"))
	case 1:
		return fmt.Sprintf("dyn(%s)", call)
	}
	return fmt.Sprintf(`{"": true}["%%s".format([%s])]`, call)
}
