//! Evaluates chosen rules of a set together, again and again.

use crate::checker::index::{is_test_file, Kind};
use crate::checker::names;
use crate::document;
use crate::engine;
use crate::limits::Limits;
use crate::problem::{quoted, Problem, EVAL, INPUT, NO_RULE, PANIC, TIME};
use crate::set::Set;
use regorus::{Engine, Value};
use std::io::{self, Write};
use std::time::{Duration, Instant};

/// Longest answer, as JSON. Values can share parts, so a small one can be endless when written.
const MOST_RESULT: usize = 1 << 20;

pub struct Evaluator {
    template: Engine,
    entry: String,
    limits: Limits,
    /// The key of each rule in the answer, as JSON.
    keys: Vec<String>,
    poisoned: bool,
}

impl Evaluator {
    /// `paths` names the rules, one a line.
    pub fn new(set: &Set, paths: &[u8]) -> Result<Self, Problem> {
        let paths = std::str::from_utf8(paths).map_err(|_| Problem::new(NO_RULE, "the paths are not UTF-8"))?;
        let paths: Vec<&str> = paths.lines().filter(|path| !path.is_empty()).collect();
        for path in &paths {
            if !is_rule(set, path) {
                return Err(Problem::new(NO_RULE, format!("there is no rule {path}")));
            }
        }
        Ok(Self {
            template: set.deciding_engine(&paths, &own_rules(&paths))?,
            entry: format!("data.{}.decision", engine::OWN_PACKAGE),
            limits: set.limits,
            keys: paths.iter().map(|path| quoted(path)).collect(),
            poisoned: false,
        })
    }

    /// Appends to `result` an object that holds each rule that is defined.
    pub fn eval(&mut self, input: &[u8], now_ns: i64, result: &mut Vec<u8>) -> Result<(), Problem> {
        if self.poisoned {
            return Err(Problem::new(PANIC, "the engine had a fault before: make another"));
        }
        let input = document::parse(input, self.limits.max_input_bytes, self.limits.max_input_depth)
            .map_err(|why| Problem::new(INPUT, format!("the input {why}")))?;
        engine::set_now(now_ns);
        let outcome = engine::guarded(|| self.decide(input, result));
        self.poisoned = outcome.is_err();
        outcome?
    }

    fn decide(&self, input: Value, result: &mut Vec<u8>) -> Result<(), Problem> {
        let mut engine = self.template.clone();
        engine.set_input(input);
        let started = Instant::now();
        let value = engine.eval_rule(self.entry.clone());
        let value = value.map_err(|error| failure(&error, started.elapsed(), &self.limits))?;
        self.write(&value, result).map_err(|_| Problem::new(EVAL, format!("the answer is larger than {MOST_RESULT} bytes")))
    }

    fn write(&self, value: &Value, result: &mut Vec<u8>) -> io::Result<()> {
        let mut out = Bounded { left: MOST_RESULT, out: result };
        out.write_all(b"{")?;
        let mut separator: &[u8] = b"";
        for (key, found) in self.keys.iter().zip(value.as_array().into_iter().flat_map(|list| list.iter())) {
            let Some(found) = found.as_array().ok().and_then(|list| list.first()) else { continue };
            out.write_all(separator)?;
            out.write_all(key.as_bytes())?;
            out.write_all(b":")?;
            serde_json::to_writer(&mut out, found)?;
            separator = b",";
        }
        out.write_all(b"}")
    }
}

/// One list for each rule, which is empty where the rule is undefined.
fn own_rules(paths: &[&str]) -> String {
    let lists: Vec<String> = paths.iter().map(|path| format!("[value | value := {path}]")).collect();
    format!("decision := [{}]", lists.join(",\n"))
}

/// Rules of tests and functions cannot be asked for.
fn is_rule(set: &Set, path: &str) -> bool {
    set.index.definitions.iter().any(|definition| {
        !matches!(definition.kind, Kind::Function(_))
            && !is_test_file(definition.span.source.get_path())
            && names::under_data(&definition.path) == path
    })
}

/// An error inside a function loses its type on the way, so its text and the clock are asked too.
pub fn failure(error: &anyhow::Error, elapsed: Duration, limits: &Limits) -> Problem {
    let text = error.to_string();
    let by_type = matches!(error.downcast_ref(), Some(regorus::LimitError::TimeLimitExceeded { .. }));
    let over = elapsed >= Duration::from_micros(limits.timeout_us.into());
    if by_type || over || text.contains("execution exceeded time limit") {
        return Problem::new(TIME, format!("took longer than {} us", limits.timeout_us));
    }
    Problem::of_engine(EVAL, &text)
}

struct Bounded<'a> {
    left: usize,
    out: &'a mut Vec<u8>,
}

impl Write for Bounded<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() > self.left {
            return Err(io::Error::other("full"));
        }
        self.left -= bytes.len();
        self.out.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
