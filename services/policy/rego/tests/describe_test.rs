//! What a set tells about itself.

use super::door::{set_of, HEAD, LIMITS};

const POLICY: &str = "# METADATA
# scope: package
# title: Refunds
package refunds.eu

import rego.v1
import future.keywords.not

# METADATA
# title: Large
# custom:
#   verdict: escalate
large if input.x > 1

#METADATA
#title: by helper
limit := 3
limit := 3 if true # a METADATA of no kind

default allow := false
allow if large
f(x) := x
kinds contains 1
by_name[x] := 1 if some x in input.y
by[\"odd-name\"] := 2
";

#[test]
fn rules_packages_and_blocks_are_told_with_their_lines() {
    let tests = format!("{}test_large if true\ntodo_test_x if true\n", HEAD.replace("package p", "package refunds_test"));
    let files: [(&str, &[u8]); 2] = [("r/refunds.rego", POLICY.as_bytes()), ("r/refunds_test.rego", tests.as_bytes())];
    let told = set_of(&files, "{}", &LIMITS).map_err(|(_, json)| json.to_string()).unwrap().describe();
    let rule = |path: &str| {
        let rules = told["rules"].as_array().unwrap();
        rules.iter().find(|rule| rule["path"] == path).unwrap_or_else(|| panic!("{path} is not in {told}")).clone()
    };
    let large = rule("data.refunds.eu.large");
    assert_eq!(large["package"], "refunds.eu");
    assert_eq!(large["name"], "large");
    assert_eq!(large["file"], "r/refunds.rego");
    assert_eq!(large["line"], 13);
    assert_eq!(large["complete"], true);
    assert_eq!(large["test"], false);
    assert_eq!(large["annotation"]["line"], 10);
    assert_eq!(large["annotation"]["text"], "title: Large\ncustom:\n  verdict: escalate\n");
    assert_eq!(rule("data.refunds.eu.limit")["annotation"]["text"], "title: by helper\n");
    let allow = rule("data.refunds.eu.allow");
    assert_eq!((&allow["line"], &allow["complete"]), (&20.into(), &true.into()));
    assert!(allow.get("annotation").is_none());
    for path in ["f", "kinds", "by_name"] {
        assert_eq!(rule(&format!("data.refunds.eu.{path}"))["complete"], false, "{path}");
    }
    let odd = rule("data.refunds.eu.by[\"odd-name\"]");
    assert_eq!((&odd["name"], &odd["complete"]), (&"by[\"odd-name\"]".into(), &true.into()));
    assert_eq!(rule("data.refunds_test.test_large")["test"], true);
    assert_eq!(rule("data.refunds_test.todo_test_x")["test"], true);
    assert_eq!(told["rules"].as_array().unwrap().len(), 9);

    let packages = told["packages"].as_array().unwrap();
    assert_eq!(packages.len(), 2);
    assert_eq!(packages[0]["path"], "data.refunds.eu");
    assert_eq!((&packages[0]["file"], &packages[0]["line"]), (&"r/refunds.rego".into(), &4.into()));
    assert_eq!(packages[0]["annotation"]["text"], "scope: package\ntitle: Refunds\n");
    assert!(packages[1].get("annotation").is_none());
}
