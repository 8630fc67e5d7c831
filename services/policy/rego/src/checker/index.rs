//! All rules of a set by their path, and what must hold between them.

use super::{names, problem_at};
use crate::problem::{Problem, FORBIDDEN};
use regorus::unstable::{Module, Ref, Rule, RuleHead, Span};
use regorus::Value;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Complete,
    Set,
    Object,
    Function(usize),
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Complete => "a value",
            Kind::Set => "a set",
            Kind::Object => "an object",
            Kind::Function(_) => "a function",
        }
    }
}

pub struct Definition {
    /// Below `data`.
    pub path: Vec<String>,
    pub kind: Kind,
    pub span: Span,
    pub module: usize,
    pub default: bool,
}

pub struct Index {
    pub packages: Vec<Vec<String>>,
    pub definitions: Vec<Definition>,
    /// Definitions of each path, in the order of files and lines.
    pub rules: BTreeMap<Vec<String>, Vec<usize>>,
    /// First names of the rules of each package.
    first_names: BTreeMap<Vec<String>, BTreeSet<String>>,
}

/// Files that are left out where a set decides.
pub fn is_test_file(path: &str) -> bool {
    path.ends_with("_test.rego")
}

impl Index {
    pub fn new(modules: &[Ref<Module>]) -> Self {
        let packages: Vec<Vec<String>> = modules.iter().map(|module| names::package(module)).collect();
        let mut index = Self { packages, definitions: vec![], rules: BTreeMap::new(), first_names: BTreeMap::new() };
        for (number, module) in modules.iter().enumerate() {
            module.policy.iter().for_each(|rule| index.add(number, rule));
        }
        index
    }

    fn add(&mut self, module: usize, rule: &Rule) {
        let (refr, kind, default) = match rule {
            Rule::Default { refr, args, .. } if args.is_empty() => (refr, Kind::Complete, true),
            Rule::Default { refr, args, .. } => (refr, Kind::Function(args.len()), true),
            Rule::Spec { head: RuleHead::Func { refr, args, .. }, .. } => (refr, Kind::Function(args.len()), false),
            Rule::Spec { head: RuleHead::Set { refr, .. }, .. } => (refr, Kind::Set, false),
            Rule::Spec { head: RuleHead::Compr { refr, .. }, .. } if names::is_known_whole(refr) => {
                (refr, Kind::Complete, false)
            }
            Rule::Spec { head: RuleHead::Compr { refr, .. }, .. } => (refr, Kind::Object, false),
        };
        let name = names::known(refr);
        let package = self.packages[module].clone();
        self.first_names.entry(package.clone()).or_default().extend(name.first().cloned());
        let path: Vec<String> = package.into_iter().chain(name).collect();
        self.rules.entry(path.clone()).or_default().push(self.definitions.len());
        self.definitions.push(Definition { path, kind, span: rule.span().clone(), module, default });
    }

    pub fn has_name(&self, package: &[String], name: &str) -> bool {
        self.first_names.get(package).is_some_and(|names| names.contains(name))
    }

    pub fn of(&self, path: &[String]) -> impl Iterator<Item = &Definition> {
        self.rules.get(path).into_iter().flatten().map(|number| &self.definitions[*number])
    }

    /// Rules at or below `path`.
    pub fn below<'a>(&'a self, path: &'a [String]) -> impl Iterator<Item = &'a Vec<String>> {
        self.rules.range(path.to_vec()..).map(|(found, _)| found).take_while(move |found| found.starts_with(path))
    }

    /// What OPA refuses and the engine would settle by itself.
    pub fn check(&self, data: &Value, problems: &mut Vec<Problem>) {
        for path in self.rules.keys() {
            self.check_kinds(path, problems);
            self.check_places(path, data, problems);
        }
    }

    fn check_kinds(&self, path: &[String], problems: &mut Vec<Problem>) {
        let mut all = self.of(path);
        let Some(first) = all.next() else { return };
        let mut defaults = usize::from(first.default);
        for other in all {
            if other.kind != first.kind {
                let (one, two) = (other.kind.name(), first.kind.name());
                let place = format!("{}:{}", first.span.source.get_path(), first.span.line);
                let message = format!("{} is {one} here and {two} at {place}", names::under_data(path));
                problems.push(problem_at(&other.span, FORBIDDEN, message));
            }
            defaults += usize::from(other.default);
            if other.default && defaults == 2 {
                problems.push(problem_at(&other.span, FORBIDDEN, format!("a second default of {}", names::under_data(path))));
            }
        }
    }

    fn check_places(&self, path: &[String], data: &Value, problems: &mut Vec<Problem>) {
        let Some(first) = self.of(path).next() else { return };
        let name = names::under_data(path);
        if self.packages.iter().any(|package| package.starts_with(path)) {
            problems.push(problem_at(&first.span, FORBIDDEN, format!("{name} is a package as well")));
        }
        if first.kind != Kind::Object && self.below(path).nth(1).is_some() {
            problems.push(problem_at(&first.span, FORBIDDEN, format!("{name} is a rule and holds rules")));
        }
        if holds(data, path) {
            problems.push(problem_at(&first.span, FORBIDDEN, format!("{name} is in the data as well")));
        }
    }
}

/// Whether the data has a value at `path`, or something that is no object on the way there.
fn holds(data: &Value, path: &[String]) -> bool {
    let mut value = data;
    for part in path {
        let Ok(object) = value.as_object() else { return true };
        match object.get(&Value::from(part.as_str())) {
            Some(below) => value = below,
            None => return false,
        }
    }
    true
}
