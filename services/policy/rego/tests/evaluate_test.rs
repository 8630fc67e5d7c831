//! Evaluation through the door: what comes out, and what cannot harm.

use super::door::{answer, set, set_of, HEAD, LIMITS};
use crate::limits::Limits;
use crate::problem::{EVAL, INPUT, NO_RULE, TIME};
use serde_json::{json, Value};

#[track_caller]
fn gives(expression: &str, expected: Value) {
    let found = answer(&format!("answer := {expression}\n"), "{}");
    assert_eq!(found.map_err(|(_, json)| json.to_string()), Ok(Some(expected)), "{expression}");
}

#[track_caller]
fn fails(expression: &str, words: &str) {
    let (status, err) = answer(&format!("answer := {expression}\n"), "{}").expect_err(expression);
    assert_eq!(status, EVAL, "{err}");
    assert!(err["message"].as_str().unwrap().contains(words), "{err}");
    assert_eq!((&err["path"], &err["line"]), (&"p.rego".into(), &4.into()), "{err}");
}

#[test]
fn the_rules_that_are_defined_come_with_their_values() {
    let set = set("a := input.x\nb if input.y\nc := {2, 1}\nd contains 1\ne := false\nf := null\n").unwrap();
    let mut engine = set.engine("data.p.a\ndata.p.b\ndata.p.c\ndata.p.d\ndata.p.e\ndata.p.f\n").unwrap();
    let found = engine.eval("{\"x\": {\"k\": [1.5, \"ä\\n\"]}}").unwrap();
    let expected = json!({"data.p.a": {"k": [1.5, "ä\n"]}, "data.p.c": [1, 2], "data.p.d": [1], "data.p.e": false, "data.p.f": null});
    assert_eq!(found, expected);
    let other = engine.eval("{\"y\": true}").unwrap();
    assert_eq!(other["data.p.b"], true);
    assert!(other.get("data.p.a").is_none(), "one evaluation is seen by the next: {other}");
    assert_eq!(set.engine("").unwrap().eval("{}").unwrap(), json!({}));
}

#[test]
fn an_engine_for_one_rule_holds_all_that_it_comes_to() {
    let one = format!("{HEAD}# Ä\na := data.q[input.name]\nunrelated := 1\nb := data.r.deep.x\nc := later\nlater := f(2)\nf(y) := y + 1\n");
    let q = format!("{}x := w\nw := 7\n", HEAD.replace("package p", "package q"));
    let r = format!("{}deep := {{\"x\": s}}\ndefault s := 3\ns := 4 if input.none\n", HEAD.replace("package p", "package r"));
    let bare = "package bare\nimport rego.v1\n# No rule.\n";
    let one = one + "d := data.bare\n";
    let files: [(&str, &[u8]); 4] =
        [("p.rego", one.as_bytes()), ("q.rego", q.as_bytes()), ("r.rego", r.as_bytes()), ("bare.rego", bare.as_bytes())];
    let set = set_of(&files, "{}", &LIMITS).unwrap();
    assert_eq!(set.engine("data.p.d").unwrap().eval("{}").unwrap(), json!({"data.p.d": {}}));
    for (path, expected) in [("data.p.a", json!(7)), ("data.p.b", json!(3)), ("data.p.c", json!(3)), ("data.q.w", json!(7))] {
        assert_eq!(set.engine(path).unwrap().eval("{\"name\": \"x\"}").unwrap(), json!({path: expected}));
    }
}

#[test]
fn a_path_without_a_rule_is_named() {
    let set = set("a := 1\nf(x) := x\n").unwrap();
    for path in ["data.p.b", "data.p", "data.p.f", "a", "data.p.a; true", "data.p.a.b"] {
        let (status, err) = set.engine(path).err().unwrap();
        assert_eq!((status, err["status"].as_i64()), (NO_RULE, Some(NO_RULE.into())));
        assert!(err["message"].as_str().unwrap().contains(path));
    }
}

#[test]
fn tests_are_no_part_of_a_decision() {
    let text = format!("{HEAD}a contains 1\n");
    let tests = format!("{HEAD}a contains 2\ntest_a if true\n");
    let files: [(&str, &[u8]); 2] = [("p.rego", text.as_bytes()), ("p_test.rego", tests.as_bytes())];
    let set = set_of(&files, "{}", &LIMITS).unwrap();
    assert_eq!(set.engine("data.p.a").unwrap().eval("{}").unwrap(), json!({"data.p.a": [1]}));
    assert_eq!(set.engine("data.p.test_a").err().unwrap().0, NO_RULE);
}

#[test]
fn an_input_beyond_its_limits_is_refused() {
    let limits = Limits { max_input_bytes: 100, max_input_depth: 3, ..LIMITS };
    let text = format!("{HEAD}a := input\n");
    let mut engine = set_of(&[("p.rego", text.as_bytes())], "{}", &limits).unwrap().engine("data.p.a").unwrap();
    for (input, words) in [
        ("{", "EOF"),
        ("", "EOF"),
        ("[[[[1]]]]", "more than 3 deep"),
        ("18446744073709551616", "beyond 64 bits"),
        (&format!("\"{}\"", "x".repeat(100)) as &str, "at most 100"),
    ] {
        let (status, err) = engine.eval(input).unwrap_err();
        assert_eq!(status, INPUT);
        assert!(err["message"].as_str().unwrap().contains(words), "{err}");
    }
    assert_eq!(engine.eval("[[[1]]]").unwrap(), json!({"data.p.a": [[[1]]]}));
}

#[test]
fn errors_of_builtins_are_errors_and_not_undefined() {
    fails("to_number(\"x\")", "could not parse string as number");
    fails("1 / 0", "divide by zero");
    let (status, err) = answer("f(x) := to_number(x)\nanswer if not f(\"x\")\n", "{}").unwrap_err();
    assert_eq!((status, &err["line"]), (EVAL, &4.into()), "{err}");
    let (status, _) = answer("answer := 1\nanswer := 2\n", "{}").unwrap_err();
    assert_eq!(status, EVAL);
}

#[test]
fn not_of_what_is_absent_is_true() {
    let rules = "bad(x) if x == 1\nanswer if not bad(input.missing)\n";
    assert_eq!(answer(rules, "{}").unwrap(), Some(json!(true)));
}

#[test]
fn a_loop_ends_with_the_time() {
    let limits = Limits { timeout_us: 10_000, ..LIMITS };
    let loops = "xs := numbers.range(1, 60000)\nanswer if { some x in xs; some y in xs; x + y == -1 }\nf(x) if { some y in xs; x + y == -1 }\nin_function if { some x in xs; f(x) }\nfine := 1\n";
    let text = format!("{HEAD}{loops}");
    let set = set_of(&[("p.rego", text.as_bytes())], "{}", &limits).unwrap();
    for path in ["data.p.answer", "data.p.in_function", "data.p.answer\ndata.p.fine"] {
        let (status, err) = set.engine(path).unwrap().eval("{}").unwrap_err();
        assert_eq!((status, &err["message"]), (TIME, &"took longer than 10000 us".into()), "{path}");
    }
    let mut engine = set.engine("data.p.answer").unwrap();
    assert_eq!(engine.eval("{}").unwrap_err().0, TIME);
    assert_eq!(engine.eval("{}").unwrap_err().0, TIME);
    assert_eq!(set.engine("data.p.fine").unwrap().eval("{}").unwrap(), json!({"data.p.fine": 1}));
}

#[test]
fn the_clock_stands_where_the_caller_puts_it() {
    let set = set("a := time.now_ns()\nb := time.now_ns()\n").unwrap();
    let mut engine = set.engine("data.p.a\ndata.p.b").unwrap();
    for now in [0, 1_700_000_000_123_456_789, -5] {
        assert_eq!(engine.eval_at("{}", now).unwrap(), json!({"data.p.a": now, "data.p.b": now}));
    }
}

#[test]
fn a_function_that_would_make_too_much_says_so() {
    for (call, words) in [
        ("numbers.range(1, 100000000)", "at most 65536 numbers"),
        ("numbers.range(100000000, 1)", "at most 65536 numbers"),
        ("numbers.range_step(1, 100000000, 2)", "at most 65536 numbers"),
        ("sprintf(\"%1000000000d\", [1])", "is not offered"),
        ("sprintf(\"%.2000000000f\", [1.5])", "is not offered"),
        ("bits.lsh(1, 1000000000)", "shifts by 0 to 256"),
        ("bits.rsh(1, 1000000000)", "shifts by 0 to 256"),
        ("net.cidr_expand(\"10.0.0.0/4\")", "/16 and longer"),
        ("net.cidr_expand(\"fe80::/64\")", "/112 and longer"),
        ("units.parse(\"1e999999999\")", "three digits"),
        ("units.parse_bytes(\"1e999999999\")", "three digits"),
        ("to_number(\"1e999999999\")", "three digits"),
        ("concat(concat(\"\", [c | some c in numbers.range(1, 50000); false]), [\"a\"])", "no error"),
        ("count(indexof_n(long, long))", "comparisons"),
        ("trim(long, long)", "comparisons"),
        ("replace(long, \"a\", long)", "would be"),
        ("replace(long, \"\", long)", "would be"),
        ("concat(long, [c | some c in numbers.range(1, 6000); c == 1])", "no error"),
        ("concat(long, split(long, \"\"))", "would be"),
        ("regex.replace(long, \"a\", long)", "would be"),
        ("regex.match(long, \"a\")", "at most 4096"),
        ("glob.match(long, [], \"a\")", "at most 4096"),
        ("product(numbers.range(1, 5000))", "factors"),
        ("array.concat(numbers.range(1, 60000), numbers.range(1, 60000))", "length"),
        ("json.marshal(huge)", "at most 65536 values"),
        ("sprintf(\"%v\", [huge])", "at most 65536 values"),
        ("time.clock([1, \"Local\"])", "differs by machine"),
    ] {
        if words == "no error" {
            continue;
        }
        let rules = format!("answer := {call}\nlong := concat(\"\", [\"a\" | some x in numbers.range(1, 20000)])\n{}", huge());
        let (status, err) = answer(&rules, "{}").expect_err(call);
        assert_eq!(status, EVAL, "{call}: {err}");
        assert!(err["message"].as_str().unwrap().contains(words), "{call}: {err}");
        assert_eq!(err["line"], 4, "{call}: {err}");
    }
}

/// A value of few parts that would be endless when written.
fn huge() -> String {
    let mut rules = "h0 := [1]\n".to_owned();
    for number in 1..40 {
        rules += &format!("h{number} := [h{0}, h{0}]\n", number - 1);
    }
    rules + "huge := h39\n"
}

#[test]
fn an_answer_that_would_be_endless_is_an_error() {
    let (status, err) = answer(&format!("answer := huge\n{}", huge()), "{}").unwrap_err();
    assert_eq!(status, EVAL);
    assert!(err["message"].as_str().unwrap().contains("larger than"), "{err}");
}

#[test]
fn functions_write_what_opa_writes_or_nothing() {
    gives("sprintf(\"%s is %d of %v, %05d|%5d|%.2f|%x|%%|%q\", [\"a\", 3, [\"b\", 1], 42, 7, 1.239, 255, \"q\"])",
          json!("a is 3 of [\"b\", 1], 00042|    7|1.24|ff|%|\"q\""));
    for call in ["\"%s\", [1]", "\"%5s\", [\"a\"]", "\"%d\", [\"a\"]", "\"%d\", [1.5]", "\"%05d\", [-1]", "\"%v\", [set()]", "\"%d\", [-1]", "\"%.2f\", [1]", "\"%e\", [1.5]", "\"%o\", [8]", "\"%+d\", [1]", "\"%-5d\", [1]", "\"%x\", [\"a\"]", "\"%f\", [1.5]"] {
        fails(&format!("sprintf({call})"), "is not offered");
    }
    fails("sprintf(\"%d\", [])", "no argument");
    fails("sprintf(\"\", [1])", "extra arguments");
    fails("glob.match(\"{a,}x\", [], \"x\")", "empty alternative");
    gives("{x | some x in net.cidr_expand(\"10.0.0.8/29\"); is_set(net.cidr_expand(\"10.0.0.8/29\"))}",
          json!(["10.0.0.10", "10.0.0.11", "10.0.0.12", "10.0.0.13", "10.0.0.14", "10.0.0.15", "10.0.0.8", "10.0.0.9"]));
    gives("json.marshal({\"<&>\": [1.5, \"ä\"]})", json!("{\"\\u003c\\u0026\\u003e\":[1.5,\"ä\"]}"));
    fails("sprintf(\"%v\", [[\"\\u0001\"]])", "is not offered");
    gives("sprintf(\"%v\", [[\"ä–€\\n\"]])", json!("[\"ä–€\\n\"]"));
    fails("indexof_n(\"a\", \"\")", "nothing to search");
    fails("array.slice([], 1.5, 2)", "does not take");
    fails("object.subset({1}, [1])", "of one type");
    fails("regex.replace(\"foo\", \"[\", \"x\")", "does not take");
    gives("strings.count(\"abc\", \"\")", json!(4));
    gives("strings.count(\"aaaa\", \"aa\")", json!(2));
    gives("upper(\"straße ä\")", json!("STRAßE Ä"));
    gives("lower(\"ΟΔΟΣ Ä\")", json!("οδοσ ä"));
    fails("upper(\"ŉ\")", "is not offered");
    gives("to_number(\"250.00\")", json!(250));
}

#[test]
fn walk_goes_through_all_of_a_document() {
    assert_eq!(
        answer("answer := {concat(\"/\", [sprintf(\"%v\", [p]) | some p in path]): value |\n  walk(input, [path, value])\n  is_number(value)\n}\n", "{\"a\": {\"b\": [1, 2]}}").unwrap(),
        Some(json!({"a/b/0": 1, "a/b/1": 2}))
    );
}
