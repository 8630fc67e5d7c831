//! Tests of a set, run as `opa test` runs them.

use super::door::{set_of, HEAD, LIMITS};
use crate::limits::Limits;
use serde_json::Value;

const TESTS: &str = "
test_passes if data.p.large with input as {\"x\": 5}
test_fails if data.p.large with input as {\"x\": 1}
test_is_no_truth := 1
test_breaks if to_number(\"x\") == 1
test_prints if { print(\"seen\", 1); true }
test_is_late if { some x in numbers.range(1, 60000); some y in numbers.range(1, 60000); x + y == -1 }
todo_test_later if false
test_sees_data_replaced if data.p.limit_of == 9 with data.limit as 9
test_knows_the_time if time.now_ns() == 7
helper := 1
";

fn report(filter: &str, with_coverage: bool) -> Value {
    let policy = format!("{HEAD}large if {{\n  input.x > 3\n  true\n}}\nlimit_of := data.limit\nnever if {{\n  input.z\n}}\n");
    let tests = format!("{}{TESTS}", HEAD.replace("package p", "package p_test"));
    let limits = Limits { timeout_us: 20_000, ..LIMITS };
    let files: [(&str, &[u8]); 2] = [("p.rego", policy.as_bytes()), ("p_test.rego", tests.as_bytes())];
    let set = set_of(&files, "{\"limit\": 1}", &limits).map_err(|(_, json)| json.to_string()).unwrap();
    set.test(filter, with_coverage)
}

#[test]
fn each_test_has_its_result() {
    let report = report("", false);
    let of = |name: &str| {
        let tests = report["tests"].as_array().unwrap();
        let path = format!("data.p_test.{name}");
        tests.iter().find(|test| test["path"] == path.as_str()).unwrap_or_else(|| panic!("{name}: {report}")).clone()
    };
    for (name, result, message) in [
        ("test_passes", "pass", ""),
        ("test_fails", "fail", "is undefined"),
        ("test_is_no_truth", "fail", "is not true"),
        ("test_breaks", "error", "p_test.rego:8: "),
        ("test_is_late", "error", "took longer"),
        ("todo_test_later", "skip", ""),
        ("test_sees_data_replaced", "pass", ""),
        ("test_knows_the_time", "pass", ""),
    ] {
        let test = of(name);
        assert_eq!(test["result"], result, "{test}");
        assert!(test["message"].as_str().unwrap().starts_with(message), "{test}");
        assert_eq!(test["file"], "p_test.rego");
        assert!(test["micros"].is_u64());
    }
    assert_eq!(of("test_passes")["line"], 5);
    assert_eq!(of("test_prints")["prints"], serde_json::json!(["p_test.rego:9: seen 1"]));
    assert_eq!(report["tests"].as_array().unwrap().len(), 9);
    assert!(report.get("coverage").is_none());
}

#[test]
fn a_filter_chooses_packages() {
    assert_eq!(report("p_te", false)["tests"].as_array().unwrap().len(), 9);
    assert_eq!(report("other", false)["tests"].as_array().unwrap().len(), 0);
}

#[test]
fn coverage_names_the_lines_that_ran_and_those_that_did_not() {
    let coverage = &report("", true)["coverage"];
    assert_eq!(coverage[0]["file"], "p.rego");
    assert_eq!(coverage[0]["covered"], serde_json::json!([5, 6, 8]));
    assert_eq!(coverage[0]["not_covered"], serde_json::json!([10]));
    assert_eq!(coverage.as_array().unwrap().len(), 1);
}
