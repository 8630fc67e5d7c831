//! Forms that the engine reads otherwise than OPA does.

use super::walk::{walk_rule, Locals, Place, Visitor};
use super::{names, problem_at, WITH_ON_A_FUNCTION};
use crate::problem::{Problem, FORBIDDEN};
use regorus::unstable::{AssignOp, Expr, Literal, LiteralStmt, Module, Ref, Rule, RuleHead, Span, WithModifier};
use std::collections::BTreeSet;

pub fn check(module: &Module, problems: &mut Vec<Problem>) {
    let mut shapes = Shapes { problems, imports: names::imports(module) };
    for rule in &module.policy {
        if let Rule::Spec { head: RuleHead::Func { args, .. }, .. } = rule.as_ref() {
            args.iter().for_each(|arg| shapes.pattern(arg));
        }
        walk_rule(rule, &mut shapes);
    }
}

struct Shapes<'a> {
    problems: &'a mut Vec<Problem>,
    imports: std::collections::BTreeMap<String, Vec<String>>,
}

impl Shapes<'_> {
    fn refuse(&mut self, span: &Span, message: &str) {
        self.problems.push(problem_at(span, FORBIDDEN, message));
    }

    /// Which of two equal keys wins is another one here than in OPA.
    fn keys(&mut self, fields: &[(Span, Ref<Expr>, Ref<Expr>)]) {
        let mut seen = BTreeSet::new();
        for (span, key, _) in fields {
            let constant = match key.as_ref() {
                Expr::String { value, .. } | Expr::RawString { value, .. } | Expr::Number { value, .. } => Some(value),
                Expr::Bool { value, .. } | Expr::Null { value, .. } => Some(value),
                _ => None,
            };
            match constant {
                Some(value) if !seen.insert(value) => self.refuse(span, "a key that stands twice"),
                None if fields.len() > 1 => {
                    self.refuse(span, "a key that is known at run time only, beside others: use object.union or a comprehension");
                }
                _ => {}
            }
        }
    }

    /// An object in a pattern is one that may hold more here, and nothing else in OPA.
    fn pattern(&mut self, pattern: &Expr) {
        match pattern {
            Expr::Object { span, .. } => {
                self.refuse(span, "an object as a pattern means something else than in OPA: look its members up one by one");
            }
            Expr::Array { items, .. } => items.iter().for_each(|item| self.pattern(item)),
            _ => {}
        }
    }

    fn patterns_of(&mut self, expr: &Expr) {
        match expr {
            Expr::AssignExpr { op: AssignOp::ColEq, lhs, .. } => self.pattern(lhs),
            Expr::AssignExpr { lhs, rhs, .. } => [lhs, rhs].into_iter().filter(|side| has_name(side)).for_each(|side| self.pattern(side)),
            _ => {}
        }
    }

    /// Only documents can be replaced: `with` on a function is an error of the engine, or replaces nothing.
    fn with(&mut self, with: &WithModifier) {
        let path = names::known(&with.refr);
        let root = path.first().map_or("", String::as_str);
        let root = self.imports.get(root).and_then(|target| target.first()).map_or(root, String::as_str);
        if !matches!(root, "input" | "data") {
            self.refuse(&with.span, WITH_ON_A_FUNCTION);
        }
    }
}

impl Visitor for Shapes<'_> {
    fn statement(&mut self, stmt: &LiteralStmt) {
        stmt.with_mods.iter().for_each(|with| self.with(with));
        match &stmt.literal {
            Literal::SomeIn { key, value, .. } => {
                key.iter().chain([value]).filter(|side| has_name(side)).for_each(|side| self.pattern(side));
            }
            Literal::Expr { expr, .. } => self.patterns_of(expr),
            _ => {}
        }
        if let Literal::NotExpr { span, expr } = &stmt.literal {
            if begins_with_brace(expr) {
                self.refuse(span, "`not { … }` would be read as a set: put the body into a rule");
            } else if matches!(expr.as_ref(), Expr::AssignExpr { .. }) {
                self.refuse(span, "`not a = b` can mean something else than in OPA: write `==`");
            }
        }
    }

    fn expression(&mut self, expr: &Expr, place: Place, _: &Locals) {
        match expr {
            Expr::Membership { span, key: Some(_), .. } => {
                self.refuse(span, "`key, value in …` means something else than in OPA for sets: write `some` before it, or look the key up");
            }
            Expr::Membership { span, .. } if place == Place::Inside => {
                self.refuse(span, "`x in xs` as a value means something else than in OPA where x is absent: write it as a condition");
            }
            Expr::Object { fields, .. } => self.keys(fields),
            Expr::Call { span, fcn, params, .. } if names::var(fcn) == Some("walk") => {
                if params.len() == 1 || place != Place::Statement {
                    self.refuse(span, "write `walk(x, [path, value])` as a statement of its own");
                }
            }
            _ => {}
        }
    }
}

/// Whether a pattern gives values to names.
fn has_name(pattern: &Expr) -> bool {
    match pattern {
        Expr::Var { .. } => true,
        Expr::Array { items, .. } => items.iter().any(|item| has_name(item)),
        Expr::Object { fields, .. } => fields.iter().any(|(_, _, value)| has_name(value)),
        _ => false,
    }
}

fn begins_with_brace(mut expr: &Expr) -> bool {
    loop {
        expr = match expr {
            Expr::Set { .. } | Expr::Object { .. } | Expr::SetCompr { .. } | Expr::ObjectCompr { .. } => return true,
            Expr::BinExpr { lhs, .. }
            | Expr::BoolExpr { lhs, .. }
            | Expr::ArithExpr { lhs, .. }
            | Expr::AssignExpr { lhs, .. } => lhs,
            Expr::Membership { value, .. } => value,
            Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } => refr,
            _ => return false,
        }
    }
}
