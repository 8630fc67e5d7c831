// Interim: evaluation only; the checker comes with the full crate.
use regorus::unstable::{Expr, Rule, RuleHead};
use regorus::utils::limits::ExecutionTimerConfig;
use regorus::{Engine, Value};
use serde_json::json;
use std::cell::Cell;
use std::num::NonZeroU32;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::Arc;
use std::time::{Duration, Instant};

thread_local! { static NOW: Cell<i64> = const { Cell::new(0) }; }

#[repr(C)] #[derive(Clone, Copy)] pub struct Slice { p: *const u8, n: usize }
#[repr(C)] pub struct Buf { p: *mut u8, n: usize, cap: usize }
#[repr(C)] pub struct File { path: Slice, text: Slice }
#[repr(C)] #[derive(Clone, Copy)]
pub struct Limits { abi: u32, timeout_us: u32, check_every: u32, max_file_bytes: u32, max_depth: u32, max_data_bytes: u32, max_input_bytes: u32, max_input_depth: u32 }

pub struct Set { engine: Engine, limits: Limits, modules: Vec<(String, String)>, data: Value }
pub struct RegoEngine { template: Engine, set: Arc<Set> }

impl Slice {
    unsafe fn text<'a>(self) -> Option<&'a str> {
        if self.n == 0 { return Some(""); }
        std::str::from_utf8(std::slice::from_raw_parts(self.p, self.n)).ok()
    }
}
unsafe fn put(buf: *mut Buf, text: String) {
    let mut bytes = std::mem::ManuallyDrop::new(text.into_bytes());
    *buf = Buf { p: bytes.as_mut_ptr(), n: bytes.len(), cap: bytes.capacity() };
}
fn guard(f: impl FnOnce() -> i32) -> i32 { catch_unwind(AssertUnwindSafe(f)).unwrap_or(90) }

#[no_mangle] pub extern "C" fn candor_rego_init(abi: u32) -> i32 {
    std::panic::set_hook(Box::new(|_| {}));
    if abi == 1 { 0 } else { 91 }
}
#[no_mangle] pub extern "C" fn candor_rego_version() -> Slice {
    let text = "regorus 0.14.1"; Slice { p: text.as_ptr(), n: text.len() }
}
#[no_mangle] pub unsafe extern "C" fn candor_rego_buf_free(buf: *mut Buf) {
    if !(*buf).p.is_null() { drop(Vec::from_raw_parts((*buf).p, (*buf).n, (*buf).cap)); }
    *buf = Buf { p: std::ptr::null_mut(), n: 0, cap: 0 };
}
fn build(modules: &[(String, String)], data: &Value, limits: &Limits, extra: Option<(String, String)>) -> anyhow::Result<Engine> {
    let mut engine = Engine::new();
    engine.set_strict_builtin_errors(true);
    engine.set_gather_prints(true);
    engine.set_execution_timer_config(ExecutionTimerConfig { limit: Duration::from_micros(limits.timeout_us.into()), check_interval: NonZeroU32::new(limits.check_every.max(1)).unwrap() });
    engine.add_extension("time.now_ns".to_string(), 0, Box::new(|_: Vec<Value>| Ok(Value::from(NOW.with(Cell::get)))))?;
    for (path, text) in modules { engine.add_policy(path.clone(), text.clone())?; }
    if let Some((path, text)) = extra { engine.add_policy(path, text)?; }
    engine.add_data(data.clone())?;
    Ok(engine)
}
#[no_mangle] pub unsafe extern "C" fn candor_rego_set_new(files: *const File, count: usize, data_json: Slice, limits: *const Limits, out: *mut *const Set, err: *mut Buf) -> i32 {
    guard(|| {
        let limits = *limits;
        let mut modules = Vec::new();
        for file in if count == 0 { &[] } else { std::slice::from_raw_parts(files, count) } {
            modules.push((file.path.text().unwrap_or("?").to_string(), file.text.text().unwrap_or("").to_string()));
        }
        let problem = |path: &str, message: String| json!({"problems": [{"status": 10, "path": path, "line": 0, "column": 0, "message": message}]}).to_string();
        let data = match Value::from_json_str(data_json.text().unwrap_or("")) { Ok(v) => v, Err(e) => { put(err, problem("data.json", e.to_string())); return 10; } };
        match build(&modules, &data, &limits, None) {
            Ok(engine) => { *out = Arc::into_raw(Arc::new(Set { engine, limits, modules, data })); 0 }
            Err(e) => { put(err, problem("", e.to_string())); 10 }
        }
    })
}
#[no_mangle] pub unsafe extern "C" fn candor_rego_set_retain(set: *const Set) -> *const Set { Arc::increment_strong_count(set); set }
#[no_mangle] pub unsafe extern "C" fn candor_rego_set_release(set: *const Set) { if !set.is_null() { drop(Arc::from_raw(set)); } }

fn name_of(refr: &Expr) -> Option<String> {
    match refr { Expr::Var { span, .. } => Some(span.text().to_string()), _ => None }
}
// The METADATA block that ends right above `line`.
fn annotation(text: &str, line: u32) -> Option<(u32, String)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut at = line as usize - 1;
    while at > 0 && lines[at - 1].trim_start().starts_with('#') { at -= 1; }
    (at..line as usize - 1).find(|&i| lines[i].trim() == "# METADATA").map(|i| {
        let yaml = lines[i + 1..line as usize - 1].iter().map(|l| { let l = l.trim_start().trim_start_matches('#'); l.strip_prefix(' ').unwrap_or(l) }).collect::<Vec<_>>().join("\n");
        (i as u32 + 2, yaml + "\n")
    })
}
fn path_text(expr: &Expr) -> String { match expr { Expr::RefDot { refr, field, .. } => path_text(refr) + "." + &field.1.as_string().map(|s| s.to_string()).unwrap_or_default(), other => other.span().text().to_string() } }

#[no_mangle] pub unsafe extern "C" fn candor_rego_set_describe(set: *const Set, out: *mut Buf, _err: *mut Buf) -> i32 {
    guard(|| {
        let set = &*set;
        let mut engine = set.engine.clone();
        let (mut rules, mut packages) = (Vec::new(), Vec::new());
        let mut seen = std::collections::BTreeSet::new();
        for module in engine.get_modules() {
            let span = &module.package.span;
            let (file, text) = (span.source.file().clone(), span.source.contents().clone());
            let package = path_text(&module.package.refr);
            let note = |line: u32| annotation(&text, line).map(|(line, text)| json!({"line": line, "text": text}));
            let mut one = json!({"path": format!("data.{package}"), "file": file, "line": span.line});
            if let Some(a) = note(span.line) { one["annotation"] = a; }
            packages.push(one);
            for rule in &module.policy {
                let Rule::Spec { span, head, .. } = rule.as_ref() else { continue };
                let (refr, complete) = match head { RuleHead::Compr { refr, .. } => (refr, true), RuleHead::Set { refr, .. } => (refr, false), RuleHead::Func { refr, .. } => (refr, false) };
                let Some(name) = name_of(refr) else { continue };
                if !seen.insert(format!("{package}.{name}")) { continue; }
                let mut one = json!({"path": format!("data.{package}.{name}"), "package": package, "name": name, "file": file, "line": span.line, "complete": complete, "test": name.starts_with("test_")});
                if let Some(a) = note(span.line) { one["annotation"] = a; }
                rules.push(one);
            }
        }
        put(out, json!({"rules": rules, "packages": packages}).to_string());
        0
    })
}
fn gather(paths: &str) -> String {
    let mut text = String::from("package candor_gate\nimport rego.v1\ndecision := parts\n");
    for path in paths.lines() { text += &format!("parts[\"{path}\"] := value if {{ value := {path} }}\n"); }
    text
}
#[no_mangle] pub unsafe extern "C" fn candor_rego_engine_new(set: *const Set, paths: Slice, out: *mut *mut RegoEngine, err: *mut Buf) -> i32 {
    guard(|| {
        Arc::increment_strong_count(set);
        let set = Arc::from_raw(set);
        let made = build(&set.modules, &set.data, &set.limits, Some(("candor_gate.rego".into(), gather(paths.text().unwrap_or(""))))).and_then(|mut e| { e.compile_with_entrypoint(&"data.candor_gate.decision".into())?; Ok(e) });
        match made {
            Ok(template) => { *out = Box::into_raw(Box::new(RegoEngine { template, set })); 0 }
            Err(e) => { put(err, json!({"status": 22, "message": e.to_string()}).to_string()); 22 }
        }
    })
}
#[no_mangle] pub unsafe extern "C" fn candor_rego_engine_free(engine: *mut RegoEngine) { if !engine.is_null() { drop(Box::from_raw(engine)); } }
#[no_mangle] pub unsafe extern "C" fn candor_rego_eval(engine: *mut RegoEngine, input: Slice, now_ns: i64, result: *mut Buf, err: *mut Buf, elapsed: *mut u64) -> i32 {
    guard(|| {
        let start = Instant::now();
        NOW.with(|now| now.set(now_ns));
        let fail = |status: i32, message: String| { put(err, json!({"status": status, "message": message}).to_string()); status };
        let engine = &*engine;
        if input.n > engine.set.limits.max_input_bytes as usize { return fail(20, "the input is too large".into()); }
        let value = match Value::from_json_str(input.text().unwrap_or("")) { Ok(v) => v, Err(e) => return fail(20, e.to_string()) };
        let mut one = engine.template.clone();
        one.set_input(value);
        let answer = one.eval_rule("data.candor_gate.decision".into());
        *elapsed = start.elapsed().as_nanos() as u64;
        match answer {
            Ok(Value::Undefined) => { put(result, "{}".into()); 0 }
            Ok(v) => match v.to_json_str() { Ok(text) => { put(result, text); 0 } Err(e) => fail(22, e.to_string()) },
            Err(e) => { let text = format!("{e:#}"); fail(if text.contains("time limit") || text.contains("execution exceeded") { 23 } else { 22 }, text) }
        }
    })
}
#[no_mangle] pub unsafe extern "C" fn candor_rego_test(set: *const Set, filter: Slice, now_ns: i64, _with_coverage: u32, report: *mut Buf, _err: *mut Buf) -> i32 {
    guard(|| {
        NOW.with(|now| now.set(now_ns));
        let set = &*set;
        let mut engine = set.engine.clone();
        let mut tests = Vec::new();
        let mut todo = Vec::new();
        for module in engine.get_modules() {
            let package = path_text(&module.package.refr);
            for rule in &module.policy {
                let Rule::Spec { span, head: RuleHead::Compr { refr, .. }, .. } = rule.as_ref() else { continue };
                if let Some(name) = name_of(refr) { if name.starts_with("test_") && package.contains(filter.text().unwrap_or("")) { todo.push((format!("data.{package}.{name}"), span.source.file().clone(), span.line)); } }
            }
        }
        for (path, file, line) in todo {
            let mut one = engine.clone();
            let (result, message) = match one.eval_rule(path.clone()) { Ok(Value::Bool(true)) => ("pass", String::new()), Ok(_) => ("fail", String::new()), Err(e) => ("error", e.to_string()) };
            let prints = one.take_prints().unwrap_or_default();
            tests.push(json!({"path": path, "file": file, "line": line, "result": result, "message": message, "prints": prints}));
        }
        put(report, json!({"tests": tests, "coverage": []}).to_string());
        0
    })
}
