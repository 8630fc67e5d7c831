//! What can be wrong, and how it is told: one JSON object for a problem, whoever finds it.

use std::fmt::Write;

pub const OK: i32 = 0;
pub const PARSE: i32 = 10;
pub const RECURSION: i32 = 11;
pub const FORBIDDEN: i32 = 12;
pub const TOO_BIG: i32 = 13;
pub const UNKNOWN_FUNCTION: i32 = 14;
pub const INPUT: i32 = 20;
pub const NO_RULE: i32 = 21;
pub const EVAL: i32 = 22;
pub const TIME: i32 = 23;
pub const PANIC: i32 = 90;
pub const ABI_MISMATCH: i32 = 91;

/// Most problems that are told at once.
pub const MOST: usize = 100;

/// Ordered by path and line, as it is told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    pub path: String,
    pub line: u32,
    pub column: u32,
    pub status: i32,
    pub message: String,
}

impl Problem {
    pub fn new(status: i32, message: impl Into<String>) -> Self {
        Self { path: String::new(), line: 0, column: 0, status, message: message.into() }
    }

    pub fn at(status: i32, path: &str, line: u32, column: u32, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, column, status, message: message.into() }
    }

    /// Takes the place and the words out of an error text of the engine.
    pub fn of_engine(status: i32, text: &str) -> Self {
        let message = text.rsplit("error: ").next().unwrap_or(text).trim();
        match place(text) {
            Some((path, line, column)) => Self::at(status, path, line, column, message),
            None => Self::new(status, message),
        }
    }

    pub fn to_json(&self) -> String {
        let mut json = String::new();
        let _ = write!(
            json,
            "{{\"status\":{},\"path\":{},\"line\":{},\"column\":{},\"message\":{}}}",
            self.status,
            quoted(&self.path),
            self.line,
            self.column,
            quoted(&self.message)
        );
        json
    }
}

pub fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// At most MOST of them, in their order, each once.
pub fn list_to_json(mut problems: Vec<Problem>) -> String {
    problems.sort();
    problems.dedup();
    problems.truncate(MOST);
    let list: Vec<String> = problems.iter().map(Problem::to_json).collect();
    format!("{{\"problems\":[{}]}}", list.join(","))
}

/// The engine writes `--> path:line:column` on a line of its own.
fn place(text: &str) -> Option<(&str, u32, u32)> {
    let line = text.lines().find_map(|line| line.strip_prefix("--> "))?;
    let mut parts = line.trim_end().rsplitn(3, ':');
    let column = parts.next()?.parse().ok()?;
    let row = parts.next()?.parse().ok()?;
    Some((parts.next()?, row, column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_the_engine_is_taken_apart() {
        let text = "\n--> a:b.rego:3:14\n  |\n3 | x := f(1)\n  |      ^\nerror: could not find function f";
        let problem = Problem::of_engine(EVAL, text);
        assert_eq!((problem.path.as_str(), problem.line, problem.column), ("a:b.rego", 3, 14));
        assert_eq!(problem.message, "could not find function f");
    }

    #[test]
    fn problems_are_told_in_order_and_once() {
        let two = Problem::at(PARSE, "b", 1, 1, "x\"y");
        let json = list_to_json(vec![two.clone(), Problem::at(PARSE, "a", 9, 1, "z"), two]);
        let parsed: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(parsed["problems"].as_array().unwrap().len(), 2);
        assert_eq!(parsed["problems"][0]["path"], "a");
        assert_eq!(parsed["problems"][1]["message"], "x\"y");
    }
}
