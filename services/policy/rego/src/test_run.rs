//! Runs the tests of a set, each on an engine of its own.

use crate::checker::index::{is_test_file, Definition, Kind};
use crate::checker::names;
use crate::describe;
use crate::engine;
use crate::evaluate;
use crate::limits::Limits;
use crate::problem::quoted;
use crate::set::Set;
use regorus::coverage::Report;
use regorus::{Engine, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

#[derive(Default)]
struct Lines {
    covered: BTreeSet<u32>,
    all: BTreeSet<u32>,
}

type Coverage = BTreeMap<String, Lines>;

/// The report, as JSON. `filter` is a part of the paths of packages.
pub fn run(set: &Set, filter: &str, now_ns: i64, with_coverage: bool) -> String {
    engine::set_now(now_ns);
    let mut coverage = Coverage::new();
    let tests: Vec<String> = set
        .index
        .rules
        .keys()
        .filter(|path| describe::is_test(path))
        .filter_map(|path| describe::first(set, path))
        .filter(|test| test.kind == Kind::Complete && package(set, test).contains(filter))
        .map(|test| one(set, test, with_coverage, &mut coverage))
        .collect();
    let coverage = if with_coverage { format!(",\"coverage\":[{}]", covered(&coverage)) } else { String::new() };
    format!("{{\"tests\":[{}]{coverage}}}", tests.join(","))
}

/// How much longer than a decision a test may take: nobody waits for it, and whoever builds is busy.
const PATIENCE: u32 = 10;

fn package(set: &Set, test: &Definition) -> String {
    names::under_data(&set.index.packages[test.module])
}

fn one(set: &Set, test: &Definition, with_coverage: bool, coverage: &mut Coverage) -> String {
    let path = names::under_data(&test.path);
    let started = Instant::now();
    let skipped = test.path.last().is_some_and(|name| name.starts_with("todo_"));
    let mut prints = vec![];
    let (result, message) = if skipped {
        ("skip", String::new())
    } else {
        let outcome = engine::guarded(|| {
            let mut engine = set.testing_engine();
            let limits = Limits { timeout_us: PATIENCE * set.limits.timeout_us, ..set.limits };
            engine.set_execution_timer_config(engine::timer(&limits));
            engine.set_enable_coverage(with_coverage);
            let outcome = judge(&limits, &mut engine, &path, started);
            prints = engine.take_prints().unwrap_or_default();
            if with_coverage {
                engine.get_coverage_report().into_iter().for_each(|report| merge(coverage, report));
            }
            outcome
        });
        outcome.unwrap_or_else(|problem| ("error", problem.message))
    };
    let prints: Vec<String> = prints.iter().map(|line| quoted(line)).collect();
    format!(
        "{{\"path\":{},\"file\":{},\"line\":{},\"result\":\"{result}\",\"message\":{},\"micros\":{},\"prints\":[{}]}}",
        quoted(&path),
        quoted(test.span.source.get_path()),
        test.span.line,
        quoted(&message),
        started.elapsed().as_micros(),
        prints.join(",")
    )
}

/// As OPA does: only `true` passes.
fn judge(limits: &Limits, engine: &mut Engine, path: &str, started: Instant) -> (&'static str, String) {
    match engine.eval_rule(path.to_owned()) {
        Ok(Value::Bool(true)) => ("pass", String::new()),
        Ok(Value::Undefined) => ("fail", "is undefined".into()),
        Ok(_) => ("fail", "is not true".into()),
        Err(error) => {
            let problem = evaluate::failure(&error, started.elapsed(), limits);
            let place = if problem.path.is_empty() { String::new() } else { format!("{}:{}: ", problem.path, problem.line) };
            ("error", format!("{place}{}", problem.message))
        }
    }
}

/// Tests do not count as covered, and we write no files.
fn merge(coverage: &mut Coverage, report: Report) {
    for file in report.files {
        if is_test_file(&file.path) || file.path == engine::OWN_PACKAGE {
            continue;
        }
        let lines = coverage.entry(file.path).or_default();
        lines.all.extend(file.covered.iter().chain(&file.not_covered));
        lines.covered.extend(file.covered);
    }
}

fn covered(coverage: &Coverage) -> String {
    let list = |lines: Vec<&u32>| lines.iter().map(|line| line.to_string()).collect::<Vec<_>>().join(",");
    let files: Vec<String> = coverage
        .iter()
        .map(|(path, lines)| {
            let not_covered = list(lines.all.difference(&lines.covered).collect());
            let covered = list(lines.covered.iter().collect());
            format!("{{\"file\":{},\"covered\":[{covered}],\"not_covered\":[{not_covered}]}}", quoted(path))
        })
        .collect();
    files.join(",")
}
