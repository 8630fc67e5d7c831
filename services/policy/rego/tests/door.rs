//! The C interface in the words of Rust, for the tests.

use crate::abi::*;
use crate::evaluate::Evaluator;
use crate::limits::Limits;
use crate::set::Set;
use serde_json::Value;

pub const LIMITS: Limits = Limits {
    abi: 1,
    timeout_us: 2_000_000,
    check_every: 16,
    max_file_bytes: 1 << 20,
    max_depth: 12,
    max_data_bytes: 8 << 20,
    max_input_bytes: 256 << 10,
    max_input_depth: 32,
};

pub const HEAD: &str = "package p\nimport rego.v1\nimport future.keywords.not\n";

/// A text with its status.
pub type Told = (i32, Value);

pub struct OpenSet(*const Set);

impl Drop for OpenSet {
    fn drop(&mut self) {
        unsafe { candor_rego_set_release(self.0) }
    }
}

pub struct OpenEngine(*mut Evaluator);

impl Drop for OpenEngine {
    fn drop(&mut self) {
        unsafe { candor_rego_engine_free(self.0) }
    }
}

struct Text(Buf);

impl Text {
    fn new() -> Self {
        Self(Buf::EMPTY)
    }

    fn json(&self) -> Value {
        let bytes = if self.0.n == 0 { b"null" } else { unsafe { std::slice::from_raw_parts(self.0.p, self.0.n) } };
        serde_json::from_slice(bytes).expect("what the door tells is JSON")
    }
}

impl Drop for Text {
    fn drop(&mut self) {
        unsafe { candor_rego_buf_free(&mut self.0) }
    }
}

fn slice(bytes: &[u8]) -> Slice {
    Slice { p: bytes.as_ptr(), n: bytes.len() }
}

pub fn set_of(files: &[(&str, &[u8])], data: &str, limits: &Limits) -> Result<OpenSet, Told> {
    candor_rego_init(1);
    let files: Vec<FileSlices> = files
        .iter()
        .map(|(path, text)| FileSlices { path: slice(path.as_bytes()), text: slice(text) })
        .collect();
    let mut set = std::ptr::null();
    let mut err = Text::new();
    let data = slice(data.as_bytes());
    match unsafe { candor_rego_set_new(files.as_ptr(), files.len(), data, limits, &mut set, &mut err.0) } {
        0 => Ok(OpenSet(set)),
        status => Err((status, err.json())),
    }
}

/// One module after the usual head.
pub fn set(rules: &str) -> Result<OpenSet, Told> {
    set_of(&[("p.rego", format!("{HEAD}{rules}").as_bytes())], "{}", &LIMITS)
}

impl OpenSet {
    pub fn describe(&self) -> Value {
        let (mut json, mut err) = (Text::new(), Text::new());
        assert_eq!(unsafe { candor_rego_set_describe(self.0, &mut json.0, &mut err.0) }, 0);
        json.json()
    }

    pub fn engine(&self, paths: &str) -> Result<OpenEngine, Told> {
        let mut engine = std::ptr::null_mut();
        let mut err = Text::new();
        match unsafe { candor_rego_engine_new(self.0, slice(paths.as_bytes()), &mut engine, &mut err.0) } {
            0 => Ok(OpenEngine(engine)),
            status => Err((status, err.json())),
        }
    }

    pub fn test(&self, filter: &str, with_coverage: bool) -> Value {
        let (mut json, mut err) = (Text::new(), Text::new());
        let with = u32::from(with_coverage);
        let status = unsafe { candor_rego_test(self.0, slice(filter.as_bytes()), 7, with, &mut json.0, &mut err.0) };
        assert_eq!(status, 0);
        json.json()
    }
}

impl OpenEngine {
    pub fn eval(&mut self, input: &str) -> Result<Value, Told> {
        self.eval_at(input, 0)
    }

    pub fn eval_at(&mut self, input: &str, now_ns: i64) -> Result<Value, Told> {
        let (mut result, mut err, mut elapsed) = (Text::new(), Text::new(), 0);
        let input = slice(input.as_bytes());
        match unsafe { candor_rego_eval(self.0, input, now_ns, &mut result.0, &mut err.0, &mut elapsed) } {
            0 => Ok(result.json()),
            status => Err((status, err.json())),
        }
    }
}

/// What a rule `answer` of one module answers; None where it is undefined.
pub fn answer(rules: &str, input: &str) -> Result<Option<Value>, Told> {
    let mut engine = set(rules)?.engine("data.p.answer")?;
    Ok(engine.eval(input)?.get("data.p.answer").cloned())
}
