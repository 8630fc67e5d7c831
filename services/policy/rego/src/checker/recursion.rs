//! No rule may reach itself: the engine would end in a stack overflow, or silently without an answer.

use super::calls::callee_path;
use super::index::Index;
use super::walk::{is_reference, walk_rule, Locals, Place, Visitor};
use super::{names, problem_at};
use crate::problem::{Problem, RECURSION};
use regorus::unstable::{Expr, Module, Ref};
use std::collections::{BTreeMap, BTreeSet};

/// Gives which rules each rule mentions, by their numbers in the order of the index.
pub fn check(modules: &[Ref<Module>], index: &Index, problems: &mut Vec<Problem>) -> Vec<BTreeSet<usize>> {
    let graph = graph(modules, index);
    for circle in circles(&graph) {
        let paths: Vec<&Vec<String>> = index.rules.keys().collect();
        let mut names: Vec<String> = circle.iter().map(|node| names::under_data(paths[*node])).collect();
        let first = circle.iter().flat_map(|node| index.of(paths[*node])).min_by_key(|definition| {
            (definition.span.source.get_path().clone(), definition.span.line)
        });
        names.push(names[0].clone());
        if let Some(first) = first {
            let message = format!("recursion: {}", names.join(" -> "));
            problems.push(problem_at(&first.span, RECURSION, message));
        }
    }
    graph
}

/// All rules that those at `paths` may come to, with themselves.
pub fn needed<'a>(index: &'a Index, graph: &[BTreeSet<usize>], paths: &[Vec<String>]) -> BTreeSet<&'a Vec<String>> {
    let all: Vec<&Vec<String>> = index.rules.keys().collect();
    let mut found = BTreeSet::new();
    let mut open: Vec<usize> = paths
        .iter()
        .flat_map(|path| reached(index, path))
        .filter_map(|path| all.binary_search(&path).ok())
        .collect();
    while let Some(number) = open.pop() {
        if found.insert(all[number]) {
            open.extend(&graph[number]);
        }
    }
    found
}

/// Nodes are the paths of the index in their order.
fn graph(modules: &[Ref<Module>], index: &Index) -> Vec<BTreeSet<usize>> {
    let numbers: BTreeMap<&Vec<String>, usize> = index.rules.keys().enumerate().map(|(at, path)| (path, at)).collect();
    let mut edges = vec![BTreeSet::new(); numbers.len()];
    let mut definitions = index.definitions.iter();
    for (number, module) in modules.iter().enumerate() {
        let imports = names::imports(module);
        for rule in &module.policy {
            let Some(definition) = definitions.next() else { return edges };
            let mut reach = Reach { index, package: &index.packages[number], imports: &imports, found: BTreeSet::new() };
            walk_rule(rule, &mut reach);
            let from = numbers[&definition.path];
            for path in &reach.found {
                edges[from].extend(reached(index, path).map(|path| numbers[path]));
            }
        }
    }
    edges
}

/// Rules that a path reaches: those it leads through, and all below it.
fn reached<'a>(index: &'a Index, path: &'a [String]) -> impl Iterator<Item = &'a Vec<String>> {
    let through = (1..path.len()).filter_map(|length| index.rules.get_key_value(&path[..length]).map(|(path, _)| path));
    through.chain(index.below(path))
}

/// Paths below `data` that a rule mentions, as far as they are known before it runs.
struct Reach<'a> {
    index: &'a Index,
    package: &'a [String],
    imports: &'a BTreeMap<String, Vec<String>>,
    found: BTreeSet<Vec<String>>,
}

impl Visitor for Reach<'_> {
    fn expression(&mut self, expr: &Expr, _: Place, locals: &Locals) {
        if let Expr::Call { fcn, .. } = expr {
            self.found.extend(callee_path(fcn, self.package, self.imports, self.index));
        }
        if !is_reference(expr) {
            return;
        }
        let path = names::known(expr);
        let root = path[0].as_str();
        if locals.holds(root) || root == "input" {
            return;
        }
        self.found.extend(match self.imports.get(root) {
            Some(target) if target[0] == "input" => None,
            _ => callee_path(expr, self.package, self.imports, self.index),
        });
    }
}

/// Strongly connected parts that hold a circle (Tarjan, without recursion of its own).
fn circles(graph: &[BTreeSet<usize>]) -> Vec<Vec<usize>> {
    let mut search = Search { graph, number: vec![None; graph.len()], low: vec![0; graph.len()], open: vec![], found: vec![] };
    for start in 0..graph.len() {
        if search.number[start].is_none() {
            search.from(start);
        }
    }
    search.found
}

struct Search<'a> {
    graph: &'a [BTreeSet<usize>],
    number: Vec<Option<usize>>,
    low: Vec<usize>,
    open: Vec<usize>,
    found: Vec<Vec<usize>>,
}

const CLOSED: usize = usize::MAX;

impl Search<'_> {
    fn enter(&mut self, node: usize, count: &mut usize) {
        self.number[node] = Some(*count);
        self.low[node] = *count;
        self.open.push(node);
        *count += 1;
    }

    fn from(&mut self, start: usize) {
        let mut count = self.number.iter().flatten().filter(|number| **number != CLOSED).count();
        self.enter(start, &mut count);
        let mut way = vec![(start, self.graph[start].iter())];
        while let Some((node, next)) = way.last_mut() {
            let node = *node;
            match next.next() {
                Some(&to) => match self.number[to] {
                    None => {
                        self.enter(to, &mut count);
                        way.push((to, self.graph[to].iter()));
                    }
                    Some(CLOSED) => {}
                    Some(number) => self.low[node] = self.low[node].min(number),
                },
                None => {
                    way.pop();
                    if let Some((above, _)) = way.last() {
                        self.low[*above] = self.low[*above].min(self.low[node]);
                    }
                    self.leave(node);
                }
            }
        }
    }

    fn leave(&mut self, node: usize) {
        if self.number[node] != Some(self.low[node]) {
            return;
        }
        let at = self.open.iter().rposition(|open| *open == node).unwrap_or(0);
        let mut part = self.open.split_off(at);
        part.iter().for_each(|member| self.number[*member] = Some(CLOSED));
        if part.len() > 1 || self.graph[node].contains(&node) {
            part.sort_unstable();
            self.found.push(part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(edges: &[&[usize]]) -> Vec<Vec<usize>> {
        let graph: Vec<BTreeSet<usize>> = edges.iter().map(|to| to.iter().copied().collect()).collect();
        let mut found = circles(&graph);
        found.sort();
        found
    }

    #[test]
    fn circles_are_found_and_nothing_else() {
        assert_eq!(of(&[&[1], &[2], &[]]), Vec::<Vec<usize>>::new());
        assert_eq!(of(&[&[0]]), vec![vec![0]]);
        assert_eq!(of(&[&[1], &[2], &[0], &[2], &[5], &[4]]), vec![vec![0, 1, 2], vec![4, 5]]);
        assert_eq!(of(&[&[1, 2], &[3], &[3], &[]]), Vec::<Vec<usize>>::new());
    }
}
