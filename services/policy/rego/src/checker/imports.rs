//! What a module must and may import. The engine accepts any import it does not know.

use super::names;
use super::problem_at;
use crate::problem::{Problem, FORBIDDEN};
use super::walk::{walk_rule, Visitor};
use regorus::unstable::{Literal, LiteralStmt, Module};

const REQUIRED: [&str; 2] = ["rego.v1", "future.keywords.not"];

pub fn check(module: &Module, problems: &mut Vec<Problem>) {
    let imported: Vec<String> = module.imports.iter().map(|import| names::written(&names::known(&import.refr))).collect();
    let negates = says_not(module);
    for required in REQUIRED {
        let wanted = required == "rego.v1" || negates;
        if wanted && !imported.iter().any(|name| name == required) {
            let why = if required == "rego.v1" { "" } else { ": without it `not` means something else in OPA" };
            problems.push(problem_at(&module.package.span, FORBIDDEN, format!("`import {required}` is missing{why}")));
        }
    }
    for (import, name) in module.imports.iter().zip(&imported) {
        let root = name.split(['.', '[']).next().unwrap_or("");
        let known = REQUIRED.contains(&name.as_str()) || matches!(root, "data" | "input");
        if !known {
            problems.push(problem_at(&import.span, FORBIDDEN, format!("`import {name}` is not offered{}", if name.starts_with("future.") { ": `import rego.v1` brings it" } else { "" })));
        }
    }
    if names::package(module).first().is_some_and(|name| name == crate::engine::OWN_PACKAGE) {
        problems.push(problem_at(&module.package.span, FORBIDDEN, "this package is the engine's own: take another name"));
    }
    if module.target.is_some() {
        problems.push(problem_at(&module.package.span, FORBIDDEN, "`__target__` is not Rego"));
    }
}

/// Whether any statement is negated.
fn says_not(module: &Module) -> bool {
    struct Negation(bool);
    impl Visitor for Negation {
        fn statement(&mut self, stmt: &LiteralStmt) {
            self.0 |= matches!(stmt.literal, Literal::NotExpr { .. });
        }
    }
    let mut found = Negation(false);
    module.policy.iter().for_each(|rule| walk_rule(rule, &mut found));
    found.0
}
