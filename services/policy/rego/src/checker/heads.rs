//! Heads of rules that the engine fills otherwise than OPA does. Where the value of one of several answers is undefined,
//! it forgets those before; and a map of maps or of sets that has no entry is undefined.

use super::index::Index;
use super::{names, problem_at};
use crate::functions;
use crate::problem::{Problem, FORBIDDEN};
use regorus::unstable::{AssignOp, Expr, Literal, Module, Query, Ref, Rule, RuleHead};
use std::collections::{BTreeMap, HashSet};

pub fn check(modules: &[Ref<Module>], index: &Index, problems: &mut Vec<Problem>) {
    for (number, module) in modules.iter().enumerate() {
        let imports = names::imports(module);
        for rule in &module.policy {
            if let Rule::Spec { head, bodies, .. } = rule.as_ref() {
                if let Some(span) = two_deep(head) {
                    let why = "a map of maps or sets means something else than in OPA where it is empty: write a comprehension";
                    problems.push(problem_at(span, FORBIDDEN, why));
                }
                let arguments = arguments(head);
                for body in bodies {
                    let known = Known { index, package: &index.packages[number], imports: &imports, arguments: &arguments };
                    let own: Vec<&Ref<Expr>> = body.assign.iter().map(|assign| &assign.value).collect();
                    check_body(&known, head, &own, &body.query, problems);
                }
            }
        }
    }
}

/// `m[a][b] := c`, `m[a] contains b`.
fn two_deep(head: &RuleHead) -> Option<&regorus::unstable::Span> {
    let (refr, allowed) = match head {
        RuleHead::Compr { refr, .. } => (refr, 1),
        RuleHead::Set { refr, key: Some(_), .. } => (refr, 0),
        _ => return None,
    };
    let open = names::chain(refr).rest.iter().filter(|part| part.is_none()).count();
    (open > allowed).then(|| refr.span())
}

fn arguments(head: &RuleHead) -> HashSet<String> {
    let mut found = HashSet::new();
    if let RuleHead::Func { args, .. } = head {
        args.iter().for_each(|arg| variables(arg, &mut found));
    }
    found
}

fn check_body(known: &Known, head: &RuleHead, own: &[&Ref<Expr>], query: &Query, problems: &mut Vec<Problem>) {
    let (refr, assign, key) = match head {
        RuleHead::Compr { refr, assign, .. } | RuleHead::Func { refr, assign, .. } => (refr, assign.as_ref(), None),
        RuleHead::Set { refr, key, .. } => (refr, None, key.as_ref()),
    };
    let mut given: Vec<&Expr> = own.iter().map(|value| value.as_ref()).collect();
    if own.is_empty() {
        given.extend(assign.map(|assign| assign.value.as_ref()));
    }
    given.extend(key.map(|key| key.as_ref()));
    indices(refr, &mut given);
    let loose = given.iter().find_map(|value| known.loose(value));
    if let Some(value) = loose.filter(|_| known.repeats(query)) {
        let text = value.span().text();
        let message = format!(
            "`{text}` may be undefined for one answer of several, which means something else than in OPA: \
             name it in the body (`v := {text}`) and write `v` here"
        );
        problems.push(problem_at(value.span(), FORBIDDEN, message));
    }
}

fn indices<'a>(mut refr: &'a Expr, to: &mut Vec<&'a Expr>) {
    loop {
        match refr {
            Expr::RefDot { refr: inner, .. } => refr = inner,
            Expr::RefBrack { refr: inner, index, .. } => {
                to.push(index);
                refr = inner;
            }
            _ => return,
        }
    }
}

fn variables(expr: &Expr, found: &mut HashSet<String>) {
    match expr {
        Expr::Var { span, .. } => {
            found.insert(span.text().to_owned());
        }
        Expr::Array { items, .. } => items.iter().for_each(|item| variables(item, found)),
        Expr::Object { fields, .. } => fields.iter().for_each(|(_, _, value)| variables(value, found)),
        _ => {}
    }
}

/// What names stand for in one rule.
struct Known<'a> {
    index: &'a Index,
    package: &'a [String],
    imports: &'a BTreeMap<String, Vec<String>>,
    arguments: &'a HashSet<String>,
}

impl Known<'_> {
    /// Whether a name stands for the same in every answer of a body.
    fn is_fixed(&self, name: &str) -> bool {
        matches!(name, "input" | "data")
            || self.arguments.contains(name)
            || self.imports.contains_key(name)
            || self.index.has_name(self.package, name)
    }

    fn varies(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Var { span, .. } => !self.is_fixed(span.text()),
            _ => parts(expr).into_iter().any(|part| self.varies(part)),
        }
    }

    /// The part of a value that may be defined in one answer and undefined in another.
    fn loose<'a>(&self, expr: &'a Expr) -> Option<&'a Expr> {
        match expr {
            Expr::RefDot { .. } | Expr::RefBrack { .. } => self.varies(expr).then_some(expr),
            Expr::Call { fcn, params, .. } if self.is_total(fcn) => params.iter().find_map(|param| self.loose(param)),
            Expr::Call { params, .. } => params.iter().any(|param| self.varies(param)).then_some(expr),
            _ => parts(expr).into_iter().find_map(|part| self.loose(part)),
        }
    }

    /// A function of the language that has a value wherever it is no error.
    fn is_total(&self, fcn: &Expr) -> bool {
        let path = names::known(fcn);
        let language = path.first().is_some_and(|root| !self.is_fixed(root)) && functions::find(&path.join(".")).is_some();
        language && !matches!(path.join(".").as_str(), "max" | "min" | "json.patch")
    }

    /// Whether a body can have several answers.
    fn repeats(&self, query: &Query) -> bool {
        let mut bound = self.arguments.clone();
        query.stmts.iter().any(|stmt| match &stmt.literal {
            Literal::SomeIn { .. } | Literal::SomeVars { .. } => true,
            Literal::Expr { expr, .. } => {
                if self.searches(expr, &bound) {
                    return true;
                }
                if let Expr::AssignExpr { op: AssignOp::ColEq, lhs, .. } = expr.as_ref() {
                    variables(lhs, &mut bound);
                }
                false
            }
            _ => false,
        })
    }

    /// Whether an index stands for many: `xs[_]`, `xs[i]`, `xs[[a, b]]`; or all of a document is walked.
    fn searches(&self, expr: &Expr, bound: &HashSet<String>) -> bool {
        let here = match expr {
            Expr::RefBrack { index, .. } => {
                let mut found = HashSet::new();
                variables(index, &mut found);
                found.iter().any(|name| name == "_" || !(bound.contains(name) || self.is_fixed(name)))
            }
            Expr::Call { fcn, .. } => names::var(fcn) == Some("walk"),
            _ => false,
        };
        here || parts(expr).into_iter().any(|part| self.searches(part, bound))
    }
}

/// What a value is made of; a comprehension is whole by itself.
fn parts(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::Array { items, .. } | Expr::Set { items, .. } => items.iter().map(|item| item.as_ref()).collect(),
        Expr::Object { fields, .. } => fields.iter().flat_map(|(_, key, value)| [key.as_ref(), value.as_ref()]).collect(),
        Expr::Call { params, .. } => params.iter().map(|param| param.as_ref()).collect(),
        Expr::UnaryExpr { expr, .. } => vec![expr],
        Expr::RefDot { refr, .. } => vec![refr],
        Expr::RefBrack { refr, index, .. } => vec![refr, index],
        Expr::BinExpr { lhs, rhs, .. }
        | Expr::BoolExpr { lhs, rhs, .. }
        | Expr::ArithExpr { lhs, rhs, .. }
        | Expr::AssignExpr { lhs, rhs, .. } => vec![lhs, rhs],
        Expr::Membership { key, value, collection, .. } => {
            key.iter().map(|key| key.as_ref()).chain([value.as_ref(), collection.as_ref()]).collect()
        }
        _ => vec![],
    }
}
