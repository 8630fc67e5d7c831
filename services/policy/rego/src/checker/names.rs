//! Names and paths as they stand in the syntax tree, and what they mean in their module.

use regorus::unstable::{Expr, Module};
use std::collections::BTreeMap;

/// A root and what follows it; None where it is known at run time only.
pub struct Chain<'a> {
    pub root: &'a Expr,
    pub rest: Vec<Option<String>>,
}

pub fn chain(expr: &Expr) -> Chain<'_> {
    let mut rest = vec![];
    let mut root = expr;
    loop {
        match root {
            Expr::RefDot { refr, field, .. } => {
                rest.push(Some(field.0.text().to_owned()));
                root = refr;
            }
            Expr::RefBrack { refr, index, .. } => {
                rest.push(string_of(index));
                root = refr;
            }
            _ => break,
        }
    }
    rest.reverse();
    Chain { root, rest }
}

fn string_of(expr: &Expr) -> Option<String> {
    match expr {
        Expr::String { value, .. } | Expr::RawString { value, .. } => value.as_string().ok().map(|text| text.to_string()),
        _ => None,
    }
}

pub fn var(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Var { span, .. } => Some(span.text()),
        _ => None,
    }
}

/// The part of a path that is known before it runs, root first. Empty if the root is no name.
pub fn known(expr: &Expr) -> Vec<String> {
    let chain = chain(expr);
    let Some(root) = var(chain.root) else { return vec![] };
    let mut path = vec![root.to_owned()];
    path.extend(chain.rest.into_iter().map_while(|part| part));
    path
}

pub fn is_known_whole(expr: &Expr) -> bool {
    chain(expr).rest.iter().all(Option::is_some)
}

pub fn package(module: &Module) -> Vec<String> {
    known(&module.package.refr)
}

/// Writes a path as the engine does: `data.a.b`, `data["a-b"].c`.
pub fn written(path: &[String]) -> String {
    let mut text = String::new();
    for part in path {
        if is_identifier(part) {
            if !text.is_empty() {
                text.push('.');
            }
            text.push_str(part);
        } else {
            text.push_str(&format!("[{}]", crate::problem::quoted(part)));
        }
    }
    text
}

pub fn under_data(path: &[String]) -> String {
    let whole: Vec<String> = std::iter::once("data".to_owned()).chain(path.iter().cloned()).collect();
    written(&whole)
}

fn is_identifier(part: &str) -> bool {
    let mut bytes = part.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Imported names of a module with the paths they stand for, `data` or `input` first.
pub fn imports(module: &Module) -> BTreeMap<String, Vec<String>> {
    let mut names = BTreeMap::new();
    for import in &module.imports {
        let path = known(&import.refr);
        if !matches!(path.first().map(String::as_str), Some("data" | "input")) {
            continue;
        }
        let name = import.r#as.as_ref().map(|span| span.text().to_owned()).or_else(|| path.last().cloned());
        names.insert(name.unwrap_or_default(), path);
    }
    names
}
