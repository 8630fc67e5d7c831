# One rule a function, an operator or a form: what each means is compared with OPA.
package functions

import rego.v1
import future.keywords.not

r000 := abs(input.a)

r001 := ceil(input.a) if not input.skip in {1.5, -1.5, 0.1}

r002 := floor(input.a) if not input.skip in {1.5, -1.5}

r003 := round(input.a) if not input.skip in {0.5, -0.5, 1.5, 2.5}

r004 := input.a + input.b if not input.skip in {1, 2.5, 0.1, 0.2, 9007199254740993}

r005 := input.a - input.b if not input.skip in {1, 2.5, 0.3, 0.1}

r006 := input.a * input.b if not input.skip in {3, 0.1, 1000000007, 4294967296}

r007 := input.a / input.b if not input.skip in {1, 3, 7, 0.1, 10}

r008 := input.a % input.b if not input.skip in {7, 3, -7}

r009 := input.a < input.b if not input.skip in {1, "a", 2, "b"}

r010 := input.a == input.b if not input.skip in {1, 1.0, "a"}

r011 := input.a >= input.b if not input.skip in {1, "a"}

r012 := input.a != input.b if not input.skip in {1, "a"}

r013 := array.concat(input.a, input.b)

r014 := array.reverse(input.a)

r015 := array.slice(input.a, input.b, input.c) if not input.skip in {0, 1, 2, -1}

r016 := base64.decode(input.a) if not input.skip in {"YQ==", "YQ", "!!"}

r017 := base64.encode(input.a)

r018 := base64.is_valid(input.a) if not input.skip in {"YQ==", "YQ"}

r019 := base64url.decode(input.a) if not input.skip in {"YQ==", "YQ", "_-8="}

r020 := base64url.encode(input.a) if not input.skip in {"a?>"}

r021 := base64url.encode_no_pad(input.a) if not input.skip in {"a"}

r022 := bits.and(input.a, input.b) if not input.skip in {5, 3, -1}

r023 := bits.lsh(input.a, input.b) if not input.skip in {1, 3, 70}

r024 := bits.negate(input.a) if not input.skip in {5}

r025 := bits.or(input.a, input.b) if not input.skip in {5, -3}

r026 := bits.rsh(input.a, input.b) if not input.skip in {255, 3}

r027 := bits.xor(input.a, input.b) if not input.skip in {5, 3}

r028 := concat(input.a, input.b) if not input.skip in {","}

r029 := contains(input.a, input.b) if not input.skip in {"abc", "b"}

r030 := count(input.a) if not input.skip in {"äb"}

r031 := endswith(input.a, input.b) if not input.skip in {"abc", "bc"}

r032 := format_int(input.a, input.b) if not input.skip in {255, 16, 2, 8, 10, -5, 3.7}

r033 := glob.match(input.a, input.b, input.c) if not input.skip in {"a.*", "*", "a.b", "**", "a*b", "[a-c]", "{a,b}", "?", "/"}

r034 := glob.match(input.a, [], input.c) if not input.skip in {"a.*", "*", "a.b", "**", "a*b", "[a-c]", "[!a]", "{a,b}", "?", "a.b.c", "a/b", "*.b", "**.c"}

r035 := glob.match(input.a, ["."], input.c) if not input.skip in {"a.*", "*", "a.b", "**", "a.**", "*.b", "a?b", "a.b.c", "{a.*,b}"}

r036 := glob.match(input.a, [":", "/"], input.c) if not input.skip in {"a:*", "*", "a:b", "**", "a/*", "*/b", "a:b/c", "a:**"}

r037 := glob.quote_meta(input.a) if not input.skip in {"a*b", "[x]", "{y}"}

r038 := graph.reachable({"a": ["b"], "b": ["c"], "c": []}, input.a) if not input.skip in {"a", "b"}

r039 := hex.decode(input.a) if not input.skip in {"6162", "zz", "6"}

r040 := hex.encode(input.a) if not input.skip in {"ab"}

r041 := indexof(input.a, input.b) if not input.skip in {"äbc", "c", "b"}

r042 := indexof_n(input.a, input.b) if not input.skip in {"abab", "b"}

r043 := intersection({{1, 2}, {input.a}}) if not input.skip in {1}

r044 := is_array(input.a)

r045 := is_boolean(input.a)

r046 := is_null(input.a)

r047 := is_number(input.a)

r048 := is_object(input.a)

r049 := is_set(input.a)

r050 := is_string(input.a)

r051 := json.is_valid(input.a) if not input.skip in {"{}", "{", "1"}

r052 := json.marshal(input.a) if not input.skip in {1.5, "ä<>&"}

r053 := json.patch(input.a, [{"op": "add", "path": "a", "value": input.b}]) if not input.skip in {1}

r054 := json.patch(input.a, [{"op": "remove", "path": "a"}]) if not input.skip in {1}

r055 := json.patch(input.a, [{"op": "replace", "path": ["a"], "value": input.b}]) if not input.skip in {1}

r056 := json.unmarshal(input.a) if not input.skip in {"{\"a\": [1]}", "1.5", "x", "1e3"}

r057 := lower(input.a) if not input.skip in {"ABC", "ÄÖ", "İ"}

r058 := upper(input.a) if not input.skip in {"abc", "äß"}

r059 := max(input.a) if not input.skip in {1, 2}

r060 := min(input.a) if not input.skip in {1, 2}

r061 := net.cidr_contains(input.a, input.b) if not input.skip in {"10.0.0.0/8", "10.1.2.3", "10.0.0.0/30", "::1/128", "::1"}

r062 := net.cidr_expand(input.a) if not input.skip in {"10.0.0.0/30", "10.0.0.1/32", "x", "10.0.0.3/31"}

r063 := net.cidr_is_valid(input.a) if not input.skip in {"10.0.0.0/8", "10.0.0.0", "::1/129"}

r064 := numbers.range(input.a, input.b) if not input.skip in {1, 3, -2}

r065 := numbers.range_step(input.a, input.b, input.c) if not input.skip in {1, 9, 2, 0, -1}

r066 := object.filter(input.a, [input.b]) if not input.skip in {"a"}

r067 := object.get(input.a, input.b, input.c) if not input.skip in {"a", 0}

r068 := object.get(input.a, [input.b, input.c], 1) if not input.skip in {"a", 0}

r069 := object.keys(input.a)

r070 := object.remove(input.a, [input.b]) if not input.skip in {"a"}

r071 := object.subset(input.a, input.b) if not input.skip in {1}

r072 := object.union(input.a, input.b)

r073 := object.union_n([input.a, input.b])

r074 := product(input.a) if not input.skip in {2, 0.5}

r075 := sum(input.a) if not input.skip in {2, 0.1, 0.2}

r076 := regex.find_all_string_submatch_n(input.a, input.b, input.c) if not input.skip in {"a(b)?", "abaab", "(?i)A", -1, 1}

r077 := regex.find_n(input.a, input.b, input.c) if not input.skip in {"a.", "abac", "[a-z]+", -1, 1}

r078 := regex.is_valid(input.a) if not input.skip in {"a+", "[", "\\d", "(?=a)", "a{2}"}

r079 := regex.match(input.a, input.b) if not input.skip in {"^a", "abc", "\\d+", "12", "[[:alpha:]]", "\\bx\\b", "(?i)X", "\\s", "\\w"}

r080 := regex.replace(input.a, input.b, input.c) if not input.skip in {"abc", "b", "$0x", "(a)(b)", "$2$1", "y${1}"}

r081 := regex.split(input.a, input.b) if not input.skip in {",", "a,b,,c", "b*", "abc", ""}

r082 := replace(input.a, input.b, input.c) if not input.skip in {"abab", "b", "", "x"}

r083 := semver.compare(input.a, input.b) if not input.skip in {"1.2.3", "1.10.0", "1.2.3-rc1", "v1.2.3", "1.2"}

r084 := semver.is_valid(input.a) if not input.skip in {"1.2.3", "1.2", "v1.2.3", "1.2.3+b"}

r085 := sort(input.a) if not input.skip in {2, 1, "a"}

r086 := split(input.a, input.b) if not input.skip in {",", "a,b,", ""}

r087 := sprintf(input.a, input.b) if not input.skip in {"%s", "%d", "%v", "%s-%v", "%05d", "%.2f", "%x", "%%", "%q", "%t", "%5s", "%c", "%b"}

r088 := sprintf("%v %s", [input.a, input.b]) if not input.skip in {"x", 1.5, 2}

r089 := sprintf("%d|%v", [input.a, input.b]) if not input.skip in {1, 2, 1.5}

r090 := sprintf("%.2f", [input.a]) if not input.skip in {1.005, 2.5, -0.001, 1}

r091 := sprintf("%q", [input.a]) if not input.skip in {"a\"b", "ä\u0001"}

r092 := startswith(input.a, input.b) if not input.skip in {"abc", "a"}

r093 := strings.any_prefix_match(input.a, input.b) if not input.skip in {"abc", "a"}

r094 := strings.any_suffix_match(input.a, input.b) if not input.skip in {"abc", "c"}

r095 := strings.count(input.a, input.b) if not input.skip in {"aaa", "aa", "a", ""}

r096 := strings.reverse(input.a) if not input.skip in {"äb"}

r097 := substring(input.a, input.b, input.c) if not input.skip in {"äbc", 0, 1, -1, 5}

r098 := trim(input.a, input.b) if not input.skip in {" a ", "xax", "x "}

r099 := trim_left(input.a, input.b) if not input.skip in {"xxa", "x"}

r100 := trim_right(input.a, input.b) if not input.skip in {"axx", "x"}

r101 := trim_prefix(input.a, input.b) if not input.skip in {"xxa", "x"}

r102 := trim_suffix(input.a, input.b) if not input.skip in {"axx", "x"}

r103 := trim_space(input.a) if not input.skip in {" a ", "\u00a0a\t"}

r104 := time.add_date(input.a, input.b, input.c, 1) if not input.skip in {1795395723000000000, 0, 1, -1, 13, 2, 1709164800000000000}

r105 := time.clock(input.a) if not input.skip in {1795395723000000000}

r106 := time.clock([input.a, input.b]) if not input.skip in {1795395723000000000, "Europe/Berlin", "UTC", "Mars/X"}

r107 := time.date(input.a) if not input.skip in {1795395723000000000, -1}

r108 := time.diff(input.a, input.b) if not input.skip in {1795395723000000000, 1695395723000000000, 0, 1709164800000000000}

r109 := time.format(input.a) if not input.skip in {1795395723000000000, 1795395723123000000, 0}

r110 := time.format([input.a, input.b, input.c]) if not input.skip in {1795395723000000000, "Europe/Berlin", "RFC3339", "2006-01-02", "Mon Jan _2"}

r111 := time.now_ns()

r112 := time.parse_duration_ns(input.a) if not input.skip in {"1h30m", "5s", "1d", "-2ms", "1.5h"}

r113 := time.parse_ns(input.a, input.b) if not input.skip in {"2006-01-02", "2026-11-23", "RFC3339", "2026-11-23T01:02:03Z", "02.01.2006", "23.11.2026"}

r114 := time.parse_rfc3339_ns(input.a) if not input.skip in {"2026-11-23T01:02:03Z", "2026-11-23T01:02:03.5+01:00", "2026-11-23", "2026-11-23t01:02:03z", "2026-11-23 01:02:03Z", "2026-02-30T00:00:00Z"}

r115 := time.weekday(input.a) if not input.skip in {1795395723000000000}

r116 := to_number(input.a) if not input.skip in {"1.50", "1e3", "x", "", "-0", "0x10", " 1", "1.", "01", "+1", "Infinity", "NaN", "1_0"}

r117 := type_name(input.a)

r118 := union({{1}, {input.a}}) if not input.skip in {1}

r119 := units.parse(input.a) if not input.skip in {"1K", "1.5Mi", "5m", "x", "10", "1KI"}

r120 := units.parse_bytes(input.a) if not input.skip in {"1K", "1.5MiB", "10GB", "x", "10"}

r121 := [[path, value] | walk(input.a, [path, value])]

r122 := [k | some k, v in input.a; v == input.b] if not input.skip in {1, "a"}

r123 := [x | x := input.a[_]]

r124 := {k: v | some k, v in input.a}

r125 := {x | some x in input.a}

r126 := input.a[input.b] if not input.skip in {0, 1, "a"}

r127 := input.a.b.c

r128 := {input.a, input.b} & {input.c, 1} if not input.skip in {1, 2}

r129 := {input.a} | {input.b} if not input.skip in {1}

r130 := {input.a, 1} - {input.b} if not input.skip in {1}

r131 := {input.a: input.b} if not input.skip in {"a", 1}

r132 := [a | [a, _] := input.a] if not input.skip in {1}

r133 := [a | {"a": a} := input.a] if not input.skip in {1}

r134 := [b | [input.c, b] = input.a] if not input.skip in {1}

r135 := [a | some [a, b] in input.a; b == 1] if not input.skip in {1}

r136 := [a | some {"a": a} in input.a] if not input.skip in {1}
every_one if every x in input.a { x == input.b }

every_pair if every k, x in input.a { k != x }

some_one if {
	some x in input.a
	x.b == input.b
}

not_call if not bad(input.a)

bad(x) if x == input.b

bad(x) if x.deny

not_chain if not input.a.b.c

not_not if not not_call

nested_not if {
	some x in input.a
	not x in input.b
	not x.c
}

chosen := "a" if {
	input.a == 1
} else := "b" if {
	input.b == 1
} else := {"missing": ["c"]} if not input.c

default fallback := "none"

fallback := input.a if input.a != "x"

default rated(_) := 0

rated(x) := x * 2 if x > 1

use_rated := rated(input.a)

collected contains x if some x in input.a

collected contains input.b

use_collected := count(collected)

by_key[k] := v if some k, v in input.a

use_by_key := by_key[input.b]

deep.inside.value := input.a

use_deep := deep.inside.value

is_in if input.a in input.b

is_not_in if not input.a in input.b

replaced := x if x := use_rated with input.a as input.b

replaced_data := x if x := data.limits with data.limits as input.a

shadow := x if {
	x := input.a
	y := x
	y != input.b
}

unified := [x, y] if {
	[x, 1] = [input.a, y]
}

pairs := [[x, y] | x := input.a[_]; y := input.b[_]; x != y]

compared := [r | some x in input.a; some y in input.b; r := x < y]

picked(kind) := "list" if is_array(kind)

picked(kind) := "text" if is_string(kind)

picked({"a": x}) := x

use_picked := picked(input.a)

conflict := 1 if input.a

conflict := 2 if input.b

reads_data := data.limits[input.a]

has_key if input.a in object.keys(data.limits)
