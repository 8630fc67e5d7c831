//! The C interface: takes what lies in a caller's memory apart, and lets no panic out.

use crate::describe;
use crate::evaluate::Evaluator;
use crate::limits::Limits;
use crate::problem::{list_to_json, Problem, ABI_MISMATCH, OK};
use crate::set::{RawFile, Set};
use crate::{engine, test_run};
use std::cell::RefCell;
use std::sync::{Arc, Once};
use std::time::Instant;

const ABI: u32 = 1;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Slice {
    pub p: *const u8,
    pub n: usize,
}

#[repr(C)]
pub struct Buf {
    pub p: *mut u8,
    pub n: usize,
    pub cap: usize,
}

#[repr(C)]
pub struct FileSlices {
    pub path: Slice,
    pub text: Slice,
}

impl Slice {
    /// # Safety
    /// The caller keeps `n` bytes at `p` until its call returns.
    unsafe fn bytes<'a>(self) -> &'a [u8] {
        if self.n == 0 {
            return &[];
        }
        unsafe { std::slice::from_raw_parts(self.p, self.n) }
    }
}

impl Buf {
    pub const EMPTY: Buf = Buf { p: std::ptr::null_mut(), n: 0, cap: 0 };

    /// The buffer's memory, to be written anew; the buffer is empty then.
    fn take(&mut self) -> Vec<u8> {
        let Buf { p, cap, .. } = std::mem::replace(self, Self::EMPTY);
        if p.is_null() {
            return Vec::new();
        }
        // SAFETY: a buffer that is not empty came out of `put`.
        unsafe { Vec::from_raw_parts(p, 0, cap) }
    }

    fn put(&mut self, bytes: Vec<u8>) {
        drop(self.take());
        let mut bytes = std::mem::ManuallyDrop::new(bytes);
        if bytes.capacity() > 0 {
            *self = Buf { p: bytes.as_mut_ptr(), n: bytes.len(), cap: bytes.capacity() };
        }
    }
}

thread_local! {
    static PANIC_TEXT: RefCell<String> = const { RefCell::new(String::new()) };
}

/// What the last panic of this thread said.
pub fn last_panic() -> String {
    PANIC_TEXT.with(|text| std::mem::take(&mut *text.borrow_mut()))
}

/// Runs the work of a call; what went wrong goes into `err`.
unsafe fn call(err: *mut Buf, work: impl FnOnce() -> Result<(), (i32, String)>) -> i32 {
    let outcome = engine::guarded(work).unwrap_or_else(|problem| Err(told(problem)));
    match outcome {
        Ok(()) => OK,
        Err((status, json)) => {
            if let Some(err) = unsafe { err.as_mut() } {
                err.put(json.into_bytes());
            }
            status
        }
    }
}

fn told(problem: Problem) -> (i32, String) {
    (problem.status, problem.to_json())
}

#[no_mangle]
pub extern "C" fn candor_rego_init(abi: u32) -> i32 {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        std::panic::set_hook(Box::new(|info| {
            #[cfg(test)]
            eprintln!("{info}");
            PANIC_TEXT.with(|text| *text.borrow_mut() = info.to_string());
        }));
    });
    if abi == ABI { OK } else { ABI_MISMATCH }
}

#[no_mangle]
pub extern "C" fn candor_rego_version() -> Slice {
    const VERSION: &str = "regorus 0.14.1";
    Slice { p: VERSION.as_ptr(), n: VERSION.len() }
}

/// # Safety
/// As the header says: the slices hold for the call, `limits` and `out` point to memory of their kind.
#[no_mangle]
pub unsafe extern "C" fn candor_rego_set_new(
    files: *const FileSlices,
    count: usize,
    data_json: Slice,
    limits: *const Limits,
    out: *mut *const Set,
    err: *mut Buf,
) -> i32 {
    call(err, || {
        let limits = *limits;
        if limits.abi != ABI {
            return Err((ABI_MISMATCH, list_to_json(vec![Problem::new(ABI_MISMATCH, "another version of the header")])));
        }
        let files = if count == 0 { &[] } else { std::slice::from_raw_parts(files, count) };
        let raw: Vec<RawFile> =
            files.iter().map(|file| RawFile { path: file.path.bytes(), text: file.text.bytes() }).collect();
        match Set::new(&raw, data_json.bytes(), limits) {
            Ok(set) => *out = Arc::into_raw(Arc::new(set)),
            Err(mut problems) => {
                problems.sort();
                return Err((problems[0].status, list_to_json(problems)));
            }
        }
        Ok(())
    })
}

/// # Safety
/// `set` came out of `candor_rego_set_new` and is not released yet.
#[no_mangle]
pub unsafe extern "C" fn candor_rego_set_retain(set: *const Set) -> *const Set {
    Arc::increment_strong_count(set);
    set
}

/// # Safety
/// `set` came out of `candor_rego_set_new` or `candor_rego_set_retain`, and is given back once for each.
#[no_mangle]
pub unsafe extern "C" fn candor_rego_set_release(set: *const Set) {
    if !set.is_null() {
        let _ = engine::guarded(|| Arc::decrement_strong_count(set));
    }
}

/// # Safety
/// `set` is alive, `json` and `err` are buffers.
#[no_mangle]
pub unsafe extern "C" fn candor_rego_set_describe(set: *const Set, json: *mut Buf, err: *mut Buf) -> i32 {
    call(err, || {
        (*json).put(describe::describe(&*set).into_bytes());
        Ok(())
    })
}

/// # Safety
/// `set` is alive, `paths` holds for the call, `out` points to a pointer.
#[no_mangle]
pub unsafe extern "C" fn candor_rego_engine_new(
    set: *const Set,
    paths: Slice,
    out: *mut *mut Evaluator,
    err: *mut Buf,
) -> i32 {
    call(err, || {
        let evaluator = Evaluator::new(&*set, paths.bytes()).map_err(told)?;
        *out = Box::into_raw(Box::new(evaluator));
        Ok(())
    })
}

/// # Safety
/// `engine` came out of `candor_rego_engine_new` and is given back once.
#[no_mangle]
pub unsafe extern "C" fn candor_rego_engine_free(engine: *mut Evaluator) {
    if !engine.is_null() {
        let _ = engine::guarded(|| drop(Box::from_raw(engine)));
    }
}

/// # Safety
/// `engine` is alive and used by this thread alone; `input_json` holds for the call.
#[no_mangle]
pub unsafe extern "C" fn candor_rego_eval(
    engine: *mut Evaluator,
    input_json: Slice,
    now_ns: i64,
    result: *mut Buf,
    err: *mut Buf,
    elapsed_ns: *mut u64,
) -> i32 {
    let started = Instant::now();
    let status = call(err, || {
        let mut json = (*result).take();
        let outcome = (*engine).eval(input_json.bytes(), now_ns, &mut json);
        (*result).put(json);
        outcome.map_err(told)
    });
    if let Some(elapsed_ns) = elapsed_ns.as_mut() {
        *elapsed_ns = started.elapsed().as_nanos() as u64;
    }
    status
}

/// # Safety
/// `set` is alive, `filter` holds for the call, `report` and `err` are buffers.
#[no_mangle]
pub unsafe extern "C" fn candor_rego_test(
    set: *const Set,
    filter: Slice,
    now_ns: i64,
    with_coverage: u32,
    report: *mut Buf,
    err: *mut Buf,
) -> i32 {
    call(err, || {
        let filter = String::from_utf8_lossy(filter.bytes());
        (*report).put(test_run::run(&*set, &filter, now_ns, with_coverage != 0).into_bytes());
        Ok(())
    })
}

/// # Safety
/// `buf` is empty or was filled by a function of this interface.
#[no_mangle]
pub unsafe extern "C" fn candor_rego_buf_free(buf: *mut Buf) {
    if let Some(buf) = buf.as_mut() {
        drop(buf.take());
    }
}
