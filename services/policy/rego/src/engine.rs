//! Makes engines of the library: with the limits of a set, its data, and its functions behind their caps.

use crate::caps;
use crate::functions::{self, Way};
use crate::limits::Limits;
use crate::problem::{Problem, PARSE};
use regorus::unstable::{Expr, Ref, Span, BUILTINS};
use regorus::utils::limits::ExecutionTimerConfig;
use regorus::{Engine, PolicyLengthConfig, Rc, Source, Value};
use std::num::{NonZeroU32, NonZeroUsize};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::LazyLock;
use std::time::Duration;

/// Package of the rules that we write ourselves; no policy may use it.
pub const OWN_PACKAGE: &str = "candor_own";

/// An engine without modules. Only functions in `used` go through a cap, so that a clone stays cheap.
pub fn empty<'a>(limits: &Limits, data: &Value, used: impl IntoIterator<Item = &'a str>) -> Result<Engine, Problem> {
    let mut engine = Engine::new();
    engine.set_strict_builtin_errors(true);
    engine.set_gather_prints(true);
    engine.set_execution_timer_config(timer(limits));
    engine.set_policy_length_config(lengths(limits));
    engine.add_data(data.clone()).map_err(|error| Problem::of_engine(PARSE, &error.to_string()))?;
    for name in used {
        add_function(&mut engine, name);
    }
    Ok(engine)
}

pub fn add(engine: &mut Engine, path: &str, text: &str) -> Result<(), Problem> {
    let added = engine.add_policy(path.to_owned(), text.to_owned());
    added.map(|_| ()).map_err(|error| {
        let problem = Problem::of_engine(PARSE, &error.to_string());
        if problem.path.is_empty() { Problem { path: path.to_owned(), ..problem } } else { problem }
    })
}

/// Adds our own module and prepares the engine for the rule `decision` in it.
pub fn prepare(engine: &mut Engine, own_rules: &str) -> Result<(), Problem> {
    add(engine, OWN_PACKAGE, &format!("package {OWN_PACKAGE}\n{own_rules}"))?;
    let entry: Rc<str> = format!("data.{OWN_PACKAGE}.decision").into();
    let compiled = engine.compile_with_entrypoint(&entry);
    compiled.map(|_| ()).map_err(|error| Problem::of_engine(PARSE, &error.to_string()))
}

pub fn timer(limits: &Limits) -> ExecutionTimerConfig {
    ExecutionTimerConfig {
        limit: Duration::from_micros(limits.timeout_us.into()),
        check_interval: NonZeroU32::new(limits.check_every).unwrap_or(NonZeroU32::MIN),
    }
}

/// Bytes are the limit; columns and lines only follow from them.
fn lengths(limits: &Limits) -> PolicyLengthConfig {
    // What we write ourselves names every rule, so it is not held to the size of a caller's file.
    let most = limits.max_file_bytes.max(1 << 24);
    let bytes = NonZeroUsize::new(most as usize).unwrap_or(NonZeroUsize::MIN);
    PolicyLengthConfig { max_col: NonZeroU32::new(most).unwrap_or(NonZeroU32::MIN), max_file_bytes: bytes, max_lines: bytes }
}

fn add_function(engine: &mut Engine, name: &str) {
    let Some(function) = functions::find(name) else { return };
    let added = match function.way {
        Way::Plain => return,
        Way::Own(call) => engine.add_extension(
            name.to_owned(),
            function.arguments,
            Box::new(move |args: Vec<Value>| call(&args).map_err(anyhow::Error::msg)),
        ),
        Way::Capped(cap) => engine.add_extension(
            name.to_owned(),
            function.arguments,
            Box::new(move |args: Vec<Value>| {
                cap(&args).map_err(|why| anyhow::anyhow!("{}: {why}", function.name))?;
                call_original(function.name, &args)
            }),
        ),
    };
    debug_assert!(added.is_ok(), "{name} is added once");
}

/// Stands for the place and the arguments of a call, which the functions want for their errors only.
static NOWHERE: LazyLock<(Span, Vec<Ref<Expr>>)> = LazyLock::new(|| {
    let source = Source::from_contents("function".into(), " ".into()).expect("one blank is a source");
    let span = Span { source, line: 1, col: 1, start: 0, end: 1 };
    let argument = || Ref::new(Expr::Null { span: span.clone(), value: Value::Null, eidx: 0 });
    let arguments = (0..4).map(|_| argument()).collect();
    (span, arguments)
});

/// Calls the engine's own function; its errors come without a place.
pub fn call_original(name: &'static str, args: &[Value]) -> anyhow::Result<Value> {
    let (function, _) = BUILTINS.get(name).ok_or_else(|| anyhow::anyhow!("no function {name}"))?;
    let (span, params) = &*NOWHERE;
    let called = catch_unwind(AssertUnwindSafe(|| function(span, &params[..args.len()], args, true)));
    match called {
        // No function that comes here is without an answer in OPA.
        Ok(Ok(Value::Undefined)) | Err(_) => Err(anyhow::anyhow!("{name} does not take these arguments")),
        Ok(Ok(value)) => Ok(value),
        // Its place is that of NOWHERE: the caller adds the true one.
        Ok(Err(error)) => Err(anyhow::Error::msg(Problem::of_engine(0, &error.to_string()).message)),
    }
}

/// Runs what may panic; a panic of the library is told, never thrown on.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, Problem> {
    catch_unwind(AssertUnwindSafe(work))
        .map_err(|_| Problem::new(crate::problem::PANIC, format!("a fault in the engine: {}", crate::abi::last_panic())))
}

/// The time that `time.now_ns()` gives to what runs next on this thread.
pub fn set_now(now_ns: i64) {
    caps::set_now(now_ns);
}
