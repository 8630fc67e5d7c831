//! Goes through a rule: each statement, each expression, with the names that are local there.

use super::names;
use regorus::unstable::{AssignOp, Expr, Literal, LiteralStmt, Query, Ref, Rule, RuleAssign, RuleHead};
use std::collections::HashSet;

/// Where an expression stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Statement,
    Negated,
    Inside,
}

pub trait Visitor {
    fn statement(&mut self, _: &LiteralStmt) {}
    fn expression(&mut self, _: &Expr, _: Place, _: &Locals) {}
}

#[derive(Default)]
pub struct Locals {
    scopes: Vec<HashSet<String>>,
}

impl Locals {
    pub fn holds(&self, name: &str) -> bool {
        self.scopes.iter().any(|scope| scope.contains(name))
    }
}

pub fn walk_rule(rule: &Rule, visitor: &mut dyn Visitor) {
    let mut walker = Walker { visitor, locals: Locals::default() };
    match rule {
        Rule::Default { args, value, .. } => {
            walker.locals.scopes.push(bound(args));
            walker.expr(value);
        }
        Rule::Spec { head, bodies, .. } => {
            let args: &[Ref<Expr>] = if let RuleHead::Func { args, .. } = head { args } else { &[] };
            walker.locals.scopes.push(bound(args));
            args.iter().for_each(|arg| walker.expr(arg));
            walker.locals.scopes.push(bodies.first().map(|body| declared(&body.query)).unwrap_or_default());
            walker.head(head);
            walker.locals.scopes.pop();
            for body in bodies {
                walker.locals.scopes.push(declared(&body.query));
                walker.assigned(&body.assign);
                walker.locals.scopes.pop();
                walker.query(&body.query);
            }
        }
    }
}

/// All names in patterns.
fn bound(patterns: &[Ref<Expr>]) -> HashSet<String> {
    let mut found = HashSet::new();
    patterns.iter().for_each(|pattern| pattern_names(pattern, &mut found));
    found
}

fn pattern_names(pattern: &Expr, found: &mut HashSet<String>) {
    match pattern {
        Expr::Var { span, .. } => {
            found.insert(span.text().to_owned());
        }
        Expr::Array { items, .. } | Expr::Set { items, .. } => items.iter().for_each(|item| pattern_names(item, found)),
        Expr::Object { fields, .. } => fields.iter().for_each(|(_, _, value)| pattern_names(value, found)),
        _ => {}
    }
}

fn declared(query: &Query) -> HashSet<String> {
    let mut found = HashSet::new();
    for stmt in &query.stmts {
        match &stmt.literal {
            Literal::SomeVars { vars, .. } => found.extend(vars.iter().map(|span| span.text().to_owned())),
            Literal::SomeIn { key, value, .. } => {
                key.iter().for_each(|key| pattern_names(key, &mut found));
                pattern_names(value, &mut found);
            }
            Literal::Expr { expr, .. } => {
                if let Expr::AssignExpr { op: AssignOp::ColEq, lhs, .. } = expr.as_ref() {
                    pattern_names(lhs, &mut found);
                }
            }
            _ => {}
        }
    }
    found
}

struct Walker<'a> {
    visitor: &'a mut dyn Visitor,
    locals: Locals,
}

impl Walker<'_> {
    fn head(&mut self, head: &RuleHead) {
        match head {
            RuleHead::Compr { refr, assign, .. } | RuleHead::Func { refr, assign, .. } => {
                self.indices(refr);
                self.assigned(assign);
            }
            RuleHead::Set { refr, key, .. } => {
                self.indices(refr);
                key.iter().for_each(|key| self.expr(key));
            }
        }
    }

    fn assigned(&mut self, assign: &Option<RuleAssign>) {
        assign.iter().for_each(|assign| self.expr(&assign.value));
    }

    fn query(&mut self, query: &Query) {
        self.locals.scopes.push(declared(query));
        query.stmts.iter().for_each(|stmt| self.statement(stmt));
        self.locals.scopes.pop();
    }

    fn statement(&mut self, stmt: &LiteralStmt) {
        self.visitor.statement(stmt);
        match &stmt.literal {
            Literal::SomeVars { .. } => {}
            Literal::SomeIn { key, value, collection, .. } => {
                key.iter().for_each(|key| self.expr(key));
                self.expr(value);
                self.expr(collection);
            }
            Literal::Expr { expr, .. } => self.expr_at(expr, Place::Statement),
            Literal::NotExpr { expr, .. } => self.expr_at(expr, Place::Negated),
            Literal::Every { key, value, domain, query, .. } => {
                self.expr(domain);
                let names = key.iter().chain([value]).map(|span| span.text().to_owned()).collect();
                self.locals.scopes.push(names);
                self.query(query);
                self.locals.scopes.pop();
            }
        }
        for with in &stmt.with_mods {
            self.expr(&with.r#as);
        }
    }

    fn expr(&mut self, expr: &Expr) {
        self.expr_at(expr, Place::Inside);
    }

    /// Indices of a path, and its root where that is no name.
    fn indices(&mut self, refr: &Expr) {
        match refr {
            Expr::RefDot { refr, .. } => self.indices(refr),
            Expr::RefBrack { refr, index, .. } => {
                self.indices(refr);
                self.expr(index);
            }
            Expr::Var { .. } => {}
            _ => self.expr(refr),
        }
    }

    fn expr_at(&mut self, expr: &Expr, place: Place) {
        self.visitor.expression(expr, place, &self.locals);
        match expr {
            Expr::RefDot { .. } | Expr::RefBrack { .. } => self.indices(expr),
            Expr::Array { items, .. } | Expr::Set { items, .. } => items.iter().for_each(|item| self.expr(item)),
            Expr::Object { fields, .. } => fields.iter().for_each(|(_, key, value)| {
                self.expr(key);
                self.expr(value);
            }),
            Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } => self.compr(&[term], query),
            Expr::ObjectCompr { key, value, query, .. } => self.compr(&[key, value], query),
            Expr::Call { fcn, params, .. } => {
                self.indices(fcn);
                params.iter().for_each(|param| self.expr(param));
            }
            Expr::UnaryExpr { expr, .. } => self.expr(expr),
            Expr::BinExpr { lhs, rhs, .. }
            | Expr::BoolExpr { lhs, rhs, .. }
            | Expr::ArithExpr { lhs, rhs, .. }
            | Expr::AssignExpr { lhs, rhs, .. } => {
                self.expr(lhs);
                self.expr(rhs);
            }
            Expr::Membership { key, value, collection, .. } => {
                key.iter().for_each(|key| self.expr(key));
                self.expr(value);
                self.expr(collection);
            }
            _ => {}
        }
    }

    fn compr(&mut self, terms: &[&Ref<Expr>], query: &Query) {
        self.locals.scopes.push(declared(query));
        terms.iter().for_each(|term| self.expr(term));
        self.locals.scopes.pop();
        self.query(query);
    }
}

/// Whether an expression begins a path or name that is looked up.
pub fn is_reference(expr: &Expr) -> bool {
    matches!(expr, Expr::Var { .. } | Expr::RefDot { .. } | Expr::RefBrack { .. })
        && names::var(names::chain(expr).root).is_some()
}
