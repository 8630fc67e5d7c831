//! Every call must reach a function that is known, with as many arguments as it takes.

use super::index::{is_test_file, Index, Kind};
use super::walk::{is_reference, walk_rule, Locals, Place, Visitor};
use super::{names, problem_at, WITH_ON_A_FUNCTION};
use crate::functions;
use crate::problem::{Problem, FORBIDDEN, UNKNOWN_FUNCTION};
use regorus::unstable::{Expr, LiteralStmt, Module, Ref, Span};
use std::collections::{BTreeMap, BTreeSet};

/// The functions of the language that are called.
pub fn check(modules: &[Ref<Module>], index: &Index, problems: &mut Vec<Problem>) -> BTreeSet<&'static str> {
    let mut used = BTreeSet::new();
    for (number, module) in modules.iter().enumerate() {
        let mut calls = Calls {
            index,
            package: &index.packages[number],
            imports: names::imports(module),
            in_test: is_test_file(module.package.span.source.get_path()),
            used: &mut used,
            problems,
        };
        for rule in &module.policy {
            walk_rule(rule, &mut calls);
        }
    }
    used
}

struct Calls<'a> {
    index: &'a Index,
    package: &'a [String],
    imports: BTreeMap<String, Vec<String>>,
    in_test: bool,
    used: &'a mut BTreeSet<&'static str>,
    problems: &'a mut Vec<Problem>,
}

/// What a name in a call stands for: a path below `data`, or a function of the language.
enum Callee {
    Rule(Vec<String>),
    Language(String),
}

/// As OPA resolves it: names that are imported or of this package come first, and no local name is called.
pub fn callee_path(
    fcn: &Expr,
    package: &[String],
    imports: &BTreeMap<String, Vec<String>>,
    index: &Index,
) -> Option<Vec<String>> {
    let path = names::known(fcn);
    let root = path.first()?;
    if let Some(target) = imports.get(root) {
        return Some(target.iter().skip(1).chain(&path[1..]).cloned().collect());
    }
    if root == "data" {
        return Some(path[1..].to_vec());
    }
    index.has_name(package, root).then(|| package.iter().chain(&path).cloned().collect())
}

impl Calls<'_> {
    fn callee(&self, fcn: &Expr) -> Callee {
        match callee_path(fcn, self.package, &self.imports, self.index) {
            Some(path) => Callee::Rule(path),
            None => Callee::Language(names::written(&names::known(fcn))),
        }
    }

    fn unknown(&mut self, span: &Span, message: String) {
        self.problems.push(problem_at(span, UNKNOWN_FUNCTION, message));
    }

    fn rule(&mut self, span: &Span, path: &[String]) -> Option<usize> {
        let tests_only = |module: usize| !self.in_test && is_test_file(&self.path_of(module));
        let function = self.index.of(path).find_map(|definition| match definition.kind {
            Kind::Function(arguments) if !tests_only(definition.module) => Some(arguments),
            _ => None,
        });
        if function.is_none() {
            self.unknown(span, format!("there is no function {}", names::under_data(path)));
        }
        function
    }

    fn path_of(&self, module: usize) -> String {
        let found = self.index.definitions.iter().find(|definition| definition.module == module);
        found.map(|definition| definition.span.source.get_path().clone()).unwrap_or_default()
    }

    /// A document above rules is there in OPA even where none of its rules is defined.
    fn document(&mut self, expr: &Expr, locals: &Locals) {
        if !is_reference(expr) || !names::is_known_whole(expr) || locals.holds(&names::known(expr)[0]) {
            return;
        }
        let Callee::Rule(path) = self.callee(expr) else { return };
        let of_a_rule = (1..=path.len()).any(|length| self.index.rules.contains_key(&path[..length]));
        if !of_a_rule && self.index.below(&path).next().is_some() {
            let message = format!("{} holds rules: name one of them", names::under_data(&path));
            self.problems.push(problem_at(expr.span(), FORBIDDEN, message));
        }
    }

    fn language(&mut self, span: &Span, name: &str) -> Option<usize> {
        if let Some(function) = functions::find(name) {
            self.used.insert(function.name);
            return Some(function.arguments.into());
        }
        match functions::why_forbidden(name) {
            Some(why) => self.problems.push(problem_at(span, FORBIDDEN, format!("{name} is not offered: it {why}"))),
            None => self.unknown(span, format!("there is no function {name}")),
        }
        None
    }
}

impl Visitor for Calls<'_> {
    fn statement(&mut self, stmt: &LiteralStmt) {
        for with in &stmt.with_mods {
            let Callee::Rule(path) = self.callee(&with.refr) else { continue };
            if self.index.of(&path).any(|definition| matches!(definition.kind, Kind::Function(_))) {
                self.problems.push(problem_at(&with.span, FORBIDDEN, WITH_ON_A_FUNCTION));
            }
        }
    }

    fn expression(&mut self, expr: &Expr, place: Place, locals: &Locals) {
        self.document(expr, locals);
        let Expr::Call { span, fcn, params, .. } = expr else { return };
        let arguments = match self.callee(fcn) {
            Callee::Rule(path) => self.rule(span, &path),
            Callee::Language(name) if name == "print" => None,
            Callee::Language(name) => self.language(span, &name),
        };
        let Some(arguments) = arguments else { return };
        // A statement may name the result as one more argument.
        let with_result = place == Place::Statement && params.len() == arguments + 1;
        if params.len() != arguments && !with_result {
            let name = fcn.span().text();
            self.unknown(span, format!("{name} takes {arguments} arguments, not {}", params.len()));
        }
    }
}
