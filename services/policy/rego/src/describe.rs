//! Tells what is in a set, as JSON.

use crate::annotation::Block;
use crate::checker::index::{Definition, Kind};
use crate::checker::names;
use crate::problem::quoted;
use crate::set::Set;
use std::collections::BTreeMap;

pub fn describe(set: &Set) -> String {
    let rules: Vec<String> = set.index.rules.keys().filter_map(|path| rule(set, path)).collect();
    format!("{{\"rules\":[{}],\"packages\":[{}]}}", rules.join(","), packages(set).join(","))
}

pub fn is_test(path: &[String]) -> bool {
    path.last().is_some_and(|name| name.starts_with("test_") || name.starts_with("todo_test_"))
}

/// The first definition in the order of files and lines.
pub fn first<'a>(set: &'a Set, path: &[String]) -> Option<&'a Definition> {
    set.index.of(path).next()
}

fn rule(set: &Set, path: &[String]) -> Option<String> {
    let first = first(set, path)?;
    let package = &set.index.packages[first.module];
    Some(format!(
        "{{\"path\":{},\"package\":{},\"name\":{},\"file\":{},\"line\":{},\"complete\":{},\"test\":{}{}}}",
        quoted(&names::under_data(path)),
        quoted(&names::written(package)),
        quoted(&names::written(&path[package.len()..])),
        quoted(first.span.source.get_path()),
        first.span.line,
        first.kind == Kind::Complete,
        is_test(path),
        annotation(set.annotations.rules.get(path)),
    ))
}

fn packages(set: &Set) -> Vec<String> {
    let mut files: BTreeMap<&Vec<String>, (String, u32)> = BTreeMap::new();
    for (path, place) in set.index.packages.iter().zip(set.places()) {
        files.entry(path).or_insert(place);
    }
    files
        .into_iter()
        .map(|(path, (file, line))| {
            format!(
                "{{\"path\":{},\"file\":{},\"line\":{line}{}}}",
                quoted(&names::under_data(path)),
                quoted(&file),
                annotation(set.annotations.packages.get(path)),
            )
        })
        .collect()
}

fn annotation(block: Option<&Block>) -> String {
    match block {
        Some(block) => format!(",\"annotation\":{{\"line\":{},\"text\":{}}}", block.line + 1, quoted(&block.text)),
        None => String::new(),
    }
}
