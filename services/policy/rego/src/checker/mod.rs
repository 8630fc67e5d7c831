//! Refuses, before anything runs, what could run away or mean something else than in OPA.

mod calls;
mod heads;
mod imports;
pub mod index;
pub mod names;
pub mod recursion;
mod shapes;
mod walk;

use crate::problem::Problem;
use index::Index;
use regorus::unstable::{Module, Ref};
use regorus::Value;
use std::collections::BTreeSet;

/// Said of `with` on a name of the language, and of one on a rule that is a function.
const WITH_ON_A_FUNCTION: &str = "`with` on a function is not offered: replace input or data; the time is `input.time_ns`";

pub struct Checked {
    pub index: Index,
    /// Functions of the language that the modules call.
    pub used: BTreeSet<&'static str>,
    /// Which rules each rule mentions, by their numbers in the order of the index.
    pub mentions: Vec<BTreeSet<usize>>,
}

/// What holds for each module by itself.
pub fn check_module(module: &Module, problems: &mut Vec<Problem>) {
    imports::check(module, problems);
    shapes::check(module, problems);
}

/// What holds for all modules together.
pub fn check_set(modules: &[Ref<Module>], data: &Value, problems: &mut Vec<Problem>) -> Checked {
    let index = Index::new(modules);
    index.check(data, problems);
    let used = calls::check(modules, &index, problems);
    heads::check(modules, &index, problems);
    let mentions = recursion::check(modules, &index, problems);
    Checked { index, used, mentions }
}

pub(crate) fn problem_at(span: &regorus::unstable::Span, status: i32, message: impl Into<String>) -> Problem {
    Problem::at(status, span.source.get_path(), span.line, span.col, message)
}
