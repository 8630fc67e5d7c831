//! What is refused before anything runs, each with its place.

use super::door::{set, set_of, Told, HEAD, LIMITS};
use crate::limits::Limits;
use crate::problem::{FORBIDDEN, PARSE, RECURSION, TOO_BIG, UNKNOWN_FUNCTION};

#[track_caller]
fn refused(told: Result<super::door::OpenSet, Told>, status: i32, line: u64, words: &str) {
    let Err((first, json)) = told else { panic!("is accepted") };
    let problems = json["problems"].as_array().expect("a list");
    let found = problems.iter().any(|problem| {
        problem["status"] == status && problem["line"] == line && problem["message"].as_str().unwrap().contains(words)
    });
    assert!(found, "status {status}, line {line}, `{words}` is not among {json}");
    assert!(first >= 10);
}

/// `rules` stand from line 4.
#[track_caller]
fn rules_refused(rules: &str, status: i32, line: u64, words: &str) {
    refused(set(rules), status, line, words);
}

#[track_caller]
fn accepted(rules: &str) {
    if let Err((_, json)) = set(rules) {
        panic!("{rules}\n{json}");
    }
}

fn file_refused(text: &str, status: i32, line: u64, words: &str) {
    refused(set_of(&[("p.rego", text.as_bytes())], "{}", &LIMITS), status, line, words);
}

#[test]
fn recursion_through_any_number_of_rules() {
    rules_refused("f(x) := f(x - 1)\n", RECURSION, 4, "data.p.f -> data.p.f");
    rules_refused("f(x) := g(x)\ng(x) := h(x)\nh(x) := f(x)\n", RECURSION, 4, "data.p.f -> data.p.g -> data.p.h");
    rules_refused("a if b\nb if a\n", RECURSION, 4, "data.p.a -> data.p.b");
    rules_refused("a if not b\nb if { every x in [1] { x == 1; a } }\n", RECURSION, 4, "data.p");
    rules_refused("a := [x | x := b]\nb := {y: 1 | y := a[_]}\n", RECURSION, 4, "data.p");
    rules_refused("default f(_) := 1\nf(x) := 2 if x == a\na := f(1)\n", RECURSION, 4, "data.p.a -> data.p.f");
    rules_refused("a contains x if x := a[_]\n", RECURSION, 4, "data.p.a");
    rules_refused("a := 1 if false\nelse := 2 if a == 1\n", RECURSION, 4, "data.p.a");
    rules_refused("f(x) := 1 if g(x)\ng(x) if f(x) with input as 1\n", RECURSION, 4, "data.p.f");
}

#[test]
fn recursion_through_names_that_are_known_at_run_time_only() {
    rules_refused("a if data[input.x]\n", RECURSION, 4, "data.p.a");
    rules_refused("a if data.p[input.x]\n", RECURSION, 4, "data.p.a");
    rules_refused("a := data\n", RECURSION, 4, "data.p.a");
    rules_refused("a := data.p\n", RECURSION, 4, "data.p.a");
    rules_refused("f(x) := data[\"p\"].f(x)\n", RECURSION, 4, "data.p.f");
    let other = "package q\nimport rego.v1\nimport future.keywords.not\nimport data.p as r\nf(x) := r.f(x)\n";
    let files = [("p.rego", format!("{HEAD}import data.q.f as g\nf(x) := g(x)\n")), ("q.rego", other.to_owned())];
    let files: Vec<(&str, &[u8])> = files.iter().map(|(path, text)| (*path, text.as_bytes())).collect();
    refused(set_of(&files, "{}", &LIMITS), RECURSION, 5, "data.p.f -> data.q.f");
}

#[test]
fn what_only_looks_like_recursion_is_none() {
    accepted("amount := f(1)\nf(amount) := amount + 1\n");
    accepted("a if { b := 1; b == 1 }\nb if a\n");
    accepted("a := [b | b := input.x[_]]\nb if a\n");
    accepted("a if data.q[input.x]\n");
    accepted("a if input.a\n");
    accepted("import input.b as c\na if c\nc2 if a\n");
}

#[test]
fn functions_that_are_unknown_or_change_their_answer() {
    rules_refused("a := frob(1)\n", UNKNOWN_FUNCTION, 4, "there is no function frob");
    rules_refused("a := crypto.sha256(\"\")\n", UNKNOWN_FUNCTION, 4, "crypto.sha256");
    rules_refused("a := data.q.f(1)\n", UNKNOWN_FUNCTION, 4, "data.q.f");
    rules_refused("b := 1\na := b(1)\n", UNKNOWN_FUNCTION, 5, "data.p.b");
    rules_refused("import data.q.time\na := time.clock(1)\n", UNKNOWN_FUNCTION, 5, "data.q.time.clock");
    rules_refused("a := 1 if {\n  not frob(1)\n}\n", UNKNOWN_FUNCTION, 5, "frob");
    for name in ["http.send", "rand.intn", "uuid.rfc4122", "opa.runtime", "graph.reachable_paths", "strings.replace_n"] {
        rules_refused(&format!("a := {name}(1)\n"), FORBIDDEN, 4, name);
    }
}

#[test]
fn a_function_takes_as_many_arguments_as_it_says() {
    rules_refused("a := count()\n", UNKNOWN_FUNCTION, 4, "count takes 1 arguments, not 0");
    rules_refused("a := count(1, 2)\n", UNKNOWN_FUNCTION, 4, "count takes 1");
    rules_refused("a if count([1], 1) == 3\n", UNKNOWN_FUNCTION, 4, "count takes 1");
    rules_refused("f(x) := x\na := f(1, 2)\n", UNKNOWN_FUNCTION, 5, "f takes 1");
    accepted("a if count([1], 1)\n");
    accepted("a if print(1, 2, 3)\n");
}

#[test]
fn a_function_of_the_tests_is_unknown_outside_them() {
    let policy = format!("{HEAD}a := helper(1)\n");
    let tests = format!("{HEAD}helper(x) := x\ntest_a if a == 1\n");
    let files: [(&str, &[u8]); 2] = [("p.rego", policy.as_bytes()), ("p_test.rego", tests.as_bytes())];
    refused(set_of(&files, "{}", &LIMITS), UNKNOWN_FUNCTION, 4, "data.p.helper");
}

#[test]
fn modules_without_their_imports_and_with_others() {
    file_refused("package p\nimport rego.v1\na if not input.b\n", FORBIDDEN, 1, "`import future.keywords.not` is missing");
    file_refused("package p\nimport future.keywords.not\na := 1\n", FORBIDDEN, 1, "`import rego.v1` is missing");
    rules_refused("import rego.v2\na := 1\n", FORBIDDEN, 4, "`import rego.v2`");
    rules_refused("import future.keywords.frob\na := 1\n", FORBIDDEN, 4, "future.keywords.frob");
    rules_refused("import future.keywords.if\na := 1\n", PARSE, 4, "shadows");
    file_refused(&HEAD.replace("package p", "package candor_own"), FORBIDDEN, 1, "the engine's own");
}

#[test]
fn forms_that_mean_something_else_than_in_opa() {
    rules_refused("a if [p, v] := walk(input)\n", FORBIDDEN, 4, "walk(x, [path, value])");
    rules_refused("a if some [p, v] in walk(input)\n", FORBIDDEN, 4, "walk(x, [path, value])");
    rules_refused("a if not walk(input, [[], 1])\n", FORBIDDEN, 4, "walk");
    accepted("a contains v if walk(input, [_, v])\n");
    rules_refused("a if not {input.x}\n", FORBIDDEN, 4, "not { … }");
    rules_refused("a if {\n  not {1} == input.x\n}\n", FORBIDDEN, 5, "not { … }");
    rules_refused("a if not {input.x: 1}\n", FORBIDDEN, 4, "not { … }");
    rules_refused("a if not {\n  input.x\n  input.y\n}\n", PARSE, 6, "");
    rules_refused("f(x) := x\na := b if {\n  not b = f(1)\n  b = f(2)\n}\n", FORBIDDEN, 6, "write `==`");
    rules_refused("a := input.x in {1}\n", FORBIDDEN, 4, "as a condition");
    rules_refused("a if (input.x in {1}) == false\n", FORBIDDEN, 4, "as a condition");
    accepted("a if input.x in {1}\nb if not input.x in {1}\nc if every x in [1] { x in [1] }\n");
    rules_refused("a := {input.x: 1, \"k\": 2}\n", FORBIDDEN, 4, "beside others");
    rules_refused("a := {\"k\": 1, \"k\": 2}\n", FORBIDDEN, 4, "stands twice");
    accepted("a := {input.x: 1}\n");
    rules_refused("b.c.d := 1\na := b\n", FORBIDDEN, 5, "data.p.b holds rules");
    accepted("b.c.d := 1\na := b.c.d\nc := data.x\n");
    rules_refused("a := $\"x{input.y}\"\n", FORBIDDEN, 4, "interpolation");
    rules_refused("a := $`x{input.y}`\n", FORBIDDEN, 4, "interpolation");
    rules_refused("a if \"k\", \"v\" in input.x\n", FORBIDDEN, 4, "key, value in");
    rules_refused("f(x) := x\na if f(1) == 2 with f as 2\n", FORBIDDEN, 5, "`with` on a function");
    rules_refused("a if count([1]) == 2 with count as 2\n", FORBIDDEN, 4, "`with` on a function");
    rules_refused("a if time.now_ns() == 2 with time.now_ns as 2\n", FORBIDDEN, 4, "`with` on a function");
    rules_refused("a if b with data.p.f as 2\nf(x) := x\nb if f(1)\n", FORBIDDEN, 4, "`with` on a function");
    rules_refused("a := 1\nevery := 1\n", PARSE, 5, "unexpected keyword");
}

#[test]
fn heads_that_would_lose_answers() {
    let loses = |rule: &str| rules_refused(rule, FORBIDDEN, 4, "may be undefined for one answer of several");
    rules_refused("a := 1 if input.y\nelse := d.v if some d in input.x\n", FORBIDDEN, 5, "may be undefined");
    loses("a contains d.v if some d in input.x\n");
    loses("a contains upper(d.v) if some d in input.x\n");
    loses("a contains [1, d.v] if some d in input.x\n");
    loses("a contains max(d) if some d in input.x\n");
    loses("a contains input.x[i].v if input.x[i]\n");
    loses("a[k] := d.v if some k, d in input.x\n");
    loses("a[d.k] := 1 if some d in input.x\n");
    loses("a := {\"reason\": d.v} if some d in input.x\n");
    loses("a := d.v if { d := input.x[_] }\n");
    loses("a contains v.w if walk(input, [_, v])\n");
    loses("f(x) := d.v if some d in x\n");
    rules_refused("f(x) := x.v\na contains f(d) if some d in input.x\n", FORBIDDEN, 5, "`v := f(d)`");
    accepted("a contains v if { some d in input.x; v := d.v }\nb[k] := v if { some k, d in input.x; v := d.v }\n");
    accepted("a := d.v if d := input.x\nb := d[input.k] if d := input.x\nf(x) := x.v\nc := f(d) if d := input.x\n");
    accepted("a contains sprintf(\"%v\", [d]) if some d in input.x\nb contains input.y if some d in input.x\n");
    accepted("f(x) := x.v if some d in input.x\nt := 1\na contains t if some d in input.x\n");
    accepted("a := {\"missing\": [k | some k in input.x; k.v]} if some d in input.x\nb := {d.v | some d in input.x}\n");
}

#[test]
fn maps_of_maps_and_objects_as_patterns() {
    rules_refused("a[k] contains v if some k, v in input.x\n", FORBIDDEN, 4, "write a comprehension");
    rules_refused("a.b[k] contains v if some k, v in input.x\n", FORBIDDEN, 4, "write a comprehension");
    rules_refused("a[k][l] := 1 if some k, l in input.x\n", FORBIDDEN, 4, "write a comprehension");
    accepted("a.b contains v if some v in input.x\nc[k] := v if some k, v in input.x\n");
    for rule in [
        "a if some {\"k\": v} in input.x\n",
        "a if { {\"k\": v} := input.x; v }\n",
        "a if { input.x = {\"k\": v}; v }\n",
        "a if { [{\"k\": v}, _] = input.x; v }\n",
        "f({\"k\": v}) := v\n",
    ] {
        rules_refused(rule, FORBIDDEN, 4, "an object as a pattern");
    }
    accepted("a if input.x == {\"k\": input.y}\nb if { v := {\"k\": input.y}; v.k }\nc if { [x, _] = input.x; x }\n");
}

#[test]
fn definitions_that_contradict_each_other() {
    rules_refused("a := 1\na contains 2\n", FORBIDDEN, 5, "data.p.a is a set here and a value at p.rego:4");
    rules_refused("f(x) := 1\nf(x, y) := 2\n", FORBIDDEN, 5, "data.p.f is a function here");
    rules_refused("default a := 1\ndefault a := 2\n", FORBIDDEN, 5, "a second default");
    rules_refused("a := 1\na.b := 2\n", FORBIDDEN, 4, "is a rule and holds rules");
    let files: [(&str, &[u8]); 2] =
        [("p.rego", &format!("{HEAD}a := 1\n").into_bytes()), ("q.rego", &HEAD.replace("package p", "package p.a").into_bytes())];
    refused(set_of(&files, "{}", &LIMITS), FORBIDDEN, 4, "is a package as well");
    let text = format!("{HEAD}a := 1\n");
    let one: [(&str, &[u8]); 1] = [("p.rego", text.as_bytes())];
    refused(set_of(&one, "{\"p\": {\"a\": 2}}", &LIMITS), FORBIDDEN, 4, "in the data as well");
    assert!(set_of(&one, "{\"p\": {\"b\": 2}}", &LIMITS).is_ok());
}

#[test]
fn text_that_would_keep_the_parser_busy() {
    let nested = |open: &str, close: &str, depth: usize| format!("a := {}1{}\n", open.repeat(depth), close.repeat(depth));
    accepted(&nested("[", "]", 12));
    rules_refused(&nested("[", "]", 13), TOO_BIG, 4, "nested more than 12 deep");
    rules_refused(&nested("{\"k\": ", "}", 13), TOO_BIG, 4, "nested");
    rules_refused(&nested("[1 | ", "]", 13), TOO_BIG, 4, "nested");
    rules_refused(&nested("(", ")", 25), TOO_BIG, 4, "24 parentheses");
    rules_refused(&format!("a := 1{}\n", " + 1".repeat(300)), TOO_BIG, 4, "more than 200 operators");
    rules_refused(&format!("a if 1{}\n", " != 1".repeat(300)), TOO_BIG, 4, "more than 200 operators");
    rules_refused(&format!("a := {}1\n", "- ".repeat(300)), TOO_BIG, 4, "more than 200 operators");
    rules_refused(&format!("a := input{}\n", ".b".repeat(300)), TOO_BIG, 4, "more than 200 operators");
    rules_refused(&format!("a := input{}\n", "[0]".repeat(300)), TOO_BIG, 4, "more than 200 operators");
    rules_refused(&format!("a if 1{}\n", " in [1]".repeat(300)), TOO_BIG, 4, "more than 200 operators");
    for (open, close) in [("{\"k\": ", "}"), ("[1 | ", "]"), ("{1 | 1, ", "}")] {
        rules_refused(&nested(open, close, 12), TOO_BIG, 4, "too much that is nested deep");
        accepted(&nested(open, close, 4).replace("1, 1}", "1}").replace("1, ", ""));
    }
}

#[test]
fn long_texts_of_plain_rules_are_read() {
    let rules: String = (0..3000).map(|n| format!("a{n} if {{ input.x == {n}; input.y != \"{n}\"; count(input.z) > {n} }}\n")).collect();
    accepted(&rules);
}

#[test]
fn files_that_are_too_large_no_text_or_twice_there() {
    let small = Limits { max_file_bytes: 20, ..LIMITS };
    refused(set_of(&[("p.rego", HEAD.as_bytes())], "{}", &small), TOO_BIG, 1, "at most 20");
    refused(set_of(&[("p.rego", b"package p\n# \xff\n")], "{}", &LIMITS), PARSE, 2, "is not UTF-8");
    file_refused("package p\nimport rego.v1\n# a\0\na := 1", PARSE, 3, "zero byte");
    refused(set_of(&[("p.rego", HEAD.as_bytes()), ("p.rego", HEAD.as_bytes())], "{}", &LIMITS), FORBIDDEN, 1, "two files");
    file_refused("", PARSE, 1, "package");
    rules_refused("a := 1 +\n", PARSE, 5, "expecting expression");
    rules_refused("a := ]\n", PARSE, 4, "closes nothing");
    rules_refused("a := 123456789012345678901\n", FORBIDDEN, 4, "beyond 64 bits");
    rules_refused("a if x == 1\n", PARSE, 4, "x");
}

#[test]
fn data_that_is_no_object_or_too_large() {
    let file: [(&str, &[u8]); 1] = [("p.rego", HEAD.as_bytes())];
    for data in ["[]", "{", "1", ""] {
        refused(set_of(&file, data, &LIMITS), PARSE, 0, "the data");
    }
    refused(set_of(&file, "{\"a\":1}", &Limits { max_data_bytes: 3, ..LIMITS }), PARSE, 0, "at most 3");
}

#[test]
fn every_problem_is_told_not_only_the_first() {
    let one = format!("{HEAD}a := frob(1)\nb := http.send({{}})\nc := c\n");
    let two = "package q\nd if not {1}\n";
    let Err((status, json)) = set_of(&[("b.rego", one.as_bytes()), ("a.rego", two.as_bytes())], "{}", &LIMITS) else {
        panic!("is accepted")
    };
    let problems = json["problems"].as_array().unwrap();
    let places: Vec<(&str, u64)> =
        problems.iter().map(|problem| (problem["path"].as_str().unwrap(), problem["line"].as_u64().unwrap())).collect();
    assert_eq!(places, [("a.rego", 1), ("a.rego", 1), ("a.rego", 2), ("b.rego", 4), ("b.rego", 5), ("b.rego", 6)]);
    assert_eq!(status, FORBIDDEN);
    assert!(problems.iter().all(|problem| problem["column"].as_u64().unwrap() > 0));
    let many: String = (0..300).map(|number| format!("a{number} := frob(1)\n")).collect();
    assert_eq!(set(&many).err().unwrap().1["problems"].as_array().unwrap().len(), 100);
}

#[test]
fn metadata_blocks_that_nobody_would_read() {
    rules_refused("# METADATA\n# title: a\n\na := 1\n", FORBIDDEN, 4, "leave no blank line");
    rules_refused("# METADATA\n# title: a\na := 1\n# METADATA\n# title: b\na := 2 if false\n", FORBIDDEN, 7, "a second METADATA");
    rules_refused("a := 1\n# METADATA\n# title: a\n", FORBIDDEN, 5, "no rule and no package");
    accepted("a := `\n# METADATA\n`\n");
}

