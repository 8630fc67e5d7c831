//! What a function is given, looked at before it runs: the engine's clock does not tick inside one. Also the few
//! functions that are our own.

use regorus::Value;
use std::cell::Cell;

/// Longest text that a function makes or searches.
const MOST_TEXT: usize = 1 << 20;
/// Most items of a list that a function makes.
const MOST_ITEMS: usize = 65_536;
/// Most comparisons of one call.
const MOST_STEPS: usize = 1 << 24;
/// Longest text that a regular expression or a glob is held against.
const MOST_MATCHED: usize = 65_536;
const MOST_PATTERN: usize = 4_096;
/// Longest text of a number, with its unit.
const MOST_DIGITS: usize = 64;
const MOST_SHIFT: u64 = 256;

type Held = Result<(), String>;

thread_local! {
    static NOW: Cell<i64> = const { Cell::new(0) };
}

/// The time that `time.now_ns()` gives on this thread from now on.
pub fn set_now(now_ns: i64) {
    NOW.with(|now| now.set(now_ns));
}

pub fn now(_: &[Value]) -> Result<Value, String> {
    Ok(Value::from(NOW.with(Cell::get)))
}

fn at_most(what: &str, size: usize, most: usize) -> Held {
    if size > most {
        return Err(format!("{what} would be {size}; at most {most} is offered"));
    }
    Ok(())
}

fn text(args: &[Value], at: usize) -> &str {
    match args.get(at) {
        Some(Value::String(text)) => text,
        _ => "",
    }
}

/// Items of a list, set or object; 0 for anything else.
fn items(value: &Value) -> usize {
    match value {
        Value::Array(list) => list.len(),
        Value::Set(set) => set.len(),
        Value::Object(object) => object.len(),
        _ => 0,
    }
}

pub fn joined_arrays(args: &[Value]) -> Held {
    at_most("the array's length", items(&args[0]) + items(&args[1]), MOST_ITEMS)
}

pub fn shift(args: &[Value]) -> Held {
    match &args[1] {
        Value::Number(by) if by.as_u64().is_none_or(|by| by > MOST_SHIFT) => {
            Err(format!("shifts by 0 to {MOST_SHIFT} are offered"))
        }
        _ => Ok(()),
    }
}

pub fn concat(args: &[Value]) -> Held {
    let length = |part: &Value| if let Value::String(text) = part { text.len() } else { 0 };
    let parts: usize = match &args[1] {
        Value::Array(list) => list.iter().map(length).sum(),
        Value::Set(set) => set.iter().map(length).sum(),
        _ => 0,
    };
    at_most("the text's length", parts + items(&args[1]) * text(args, 0).len(), MOST_TEXT)
}

pub fn glob(args: &[Value]) -> Held {
    let pattern = text(args, 0);
    if ["{,", ",,", ",}", "{}"].iter().any(|empty| pattern.contains(empty)) {
        return Err("an empty alternative means something else than in OPA".into());
    }
    at_most("the pattern's length", text(args, 0).len(), MOST_PATTERN)?;
    at_most("the text's length", text(args, 2).len(), MOST_MATCHED)
}

pub fn search(args: &[Value]) -> Held {
    let steps = text(args, 0).len().saturating_mul(text(args, 1).len());
    at_most("the number of comparisons", steps, MOST_STEPS)
}

pub fn product(args: &[Value]) -> Held {
    at_most("the number of comparisons", items(&args[0]).saturating_mul(items(&args[1])), MOST_STEPS / 16)
}

pub fn subset(args: &[Value]) -> Held {
    let fits = matches!(
        (&args[0], &args[1]),
        (Value::Object(_), Value::Object(_)) | (Value::Set(_), Value::Set(_)) | (Value::Array(_), Value::Array(_) | Value::Set(_))
    );
    if !fits {
        return Err("compares what is of one type, or an array with a set".into());
    }
    product(args)
}

pub fn few_numbers(args: &[Value]) -> Held {
    at_most("the number of factors", items(&args[0]), 1_000)
}

pub fn patch(args: &[Value]) -> Held {
    at_most("the number of changes", items(&args[1]), 1_000)
}

/// Shared parts count as often as they would be written.
fn nodes(value: &Value, left: &mut usize) {
    if *left == 0 {
        return;
    }
    *left -= 1;
    match value {
        Value::Array(list) => list.iter().for_each(|item| nodes(item, left)),
        Value::Set(set) => set.iter().for_each(|item| nodes(item, left)),
        Value::Object(object) => object.iter().for_each(|(key, item)| {
            nodes(key, left);
            nodes(item, left);
        }),
        _ => {}
    }
}

pub fn written(args: &[Value]) -> Held {
    let mut left = MOST_ITEMS;
    args.iter().for_each(|value| nodes(value, &mut left));
    if left == 0 {
        return Err(format!("at most {MOST_ITEMS} values are written at once"));
    }
    Ok(())
}

pub fn read(args: &[Value]) -> Held {
    let text = text(args, 0);
    at_most("the text's length", text.len(), MOST_TEXT)
}

/// The engine gives a list, in an order of its own.
pub fn cidr_expand(args: &[Value]) -> Result<Value, String> {
    cidr(args)?;
    let list = crate::engine::call_original("net.cidr_expand", args).map_err(|error| error.to_string())?;
    let set: std::collections::BTreeSet<Value> = list.as_array().into_iter().flat_map(|list| list.iter().cloned()).collect();
    Ok(Value::from(set))
}

fn cidr(args: &[Value]) -> Held {
    let Some((address, prefix)) = text(args, 0).split_once('/') else { return Ok(()) };
    let shortest = if address.contains(':') { 112 } else { 16 };
    match prefix.parse::<u32>() {
        Ok(length) if length < shortest => Err(format!("prefixes of /{shortest} and longer are expanded")),
        _ => Ok(()),
    }
}

pub fn range(args: &[Value]) -> Held {
    let (Value::Number(from), Value::Number(to)) = (&args[0], &args[1]) else { return Ok(()) };
    let step = match args.get(2) {
        Some(Value::Number(step)) => step.as_i128().unwrap_or(1).max(1),
        _ => 1,
    };
    match (from.as_i128(), to.as_i128()) {
        (Some(from), Some(to)) if (to.saturating_sub(from)).unsigned_abs() / step.unsigned_abs() < MOST_ITEMS as u128 => {
            Ok(())
        }
        _ => Err(format!("ranges of at most {MOST_ITEMS} numbers are offered")),
    }
}

pub fn regex_alone(args: &[Value]) -> Held {
    at_most("the pattern's length", text(args, 0).len(), MOST_PATTERN)
}

pub fn regex(args: &[Value]) -> Held {
    regex_alone(args)?;
    at_most("the text's length", text(args, 1).len(), MOST_MATCHED)
}

pub fn regex_replace(args: &[Value]) -> Held {
    let (text_, pattern, by) = (text(args, 0), text(args, 1), text(args, 2));
    at_most("the pattern's length", pattern.len(), MOST_PATTERN)?;
    at_most("the text's length", text_.len(), MOST_MATCHED)?;
    at_most("the result's length", (text_.len() + 1).saturating_mul(by.len() + 1), 4 * MOST_TEXT)
}

pub fn replace(args: &[Value]) -> Held {
    let (text_, old, new) = (text(args, 0), text(args, 1), text(args, 2));
    let times = text_.len() / old.len().max(1) + 1;
    at_most("the result's length", text_.len() + times.saturating_mul(new.len()), MOST_TEXT)
}

/// `Local` would mean the place of the machine.
pub fn zone(args: &[Value]) -> Held {
    for arg in args {
        if let Value::Array(list) = arg {
            if matches!(list.get(1), Some(Value::String(zone)) if zone.as_ref() == "Local") {
                return Err("the zone Local differs by machine: name one".into());
            }
        }
    }
    Ok(())
}

/// A huge exponent would take for ever to be written out.
pub fn number_text(args: &[Value]) -> Held {
    let digits = text(args, 0);
    at_most("the number's length", digits.len(), MOST_DIGITS)?;
    match digits.split_once(['e', 'E']) {
        Some((_, exponent)) if exponent.bytes().filter(u8::is_ascii_digit).count() > 3 => {
            Err("exponents of at most three digits are offered".into())
        }
        _ => Ok(()),
    }
}

/// The verbs that write here what Go writes there; the others are an error and no other text.
pub fn sprintf(args: &[Value]) -> Held {
    written(args)?;
    let Value::Array(values) = &args[1] else { return Ok(()) };
    let mut size = text(args, 0).len();
    let mut signs = text(args, 0).chars().peekable();
    let mut at = 0;
    while let Some(sign) = signs.next() {
        if sign != '%' || signs.next_if_eq(&'%').is_some() {
            continue;
        }
        let mut width = String::new();
        while let Some(sign) = signs.next_if(|sign| !sign.is_alphabetic() && *sign != '%' && width.len() < 5) {
            width.push(sign);
        }
        let verb = signs.next().unwrap_or(' ');
        if let Some(value) = values.get(at) {
            check_verb(&width, verb, value)?;
            size += if let Value::String(text) = value { 4 * text.len() } else { 0 };
        }
        at += 1;
    }
    at_most("the text's length", size, MOST_TEXT)
}

fn check_verb(width: &str, verb: char, value: &Value) -> Held {
    let digits = width.trim_start_matches('.');
    let width_is_short = digits.len() <= 3 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let fits = match (verb, value) {
        ('s', Value::Number(_)) => false,
        ('s' | 'v', _) => width.is_empty() && written_alike(value),
        ('q', Value::String(_)) => width.is_empty(),
        ('c', Value::Number(number)) => width.is_empty() && number.is_integer(),
        ('d' | 'x' | 'X' | 'b', Value::Number(number)) => {
            let plain_width = !width.starts_with('.') && (width.is_empty() || verb != 'b');
            number.is_integer() && number.is_positive() && plain_width && width_is_short
        }
        ('f', Value::Number(number)) if !number.is_integer() => width.len() > 1 && width.starts_with('.') && width_is_short,
        _ => false,
    };
    if fits {
        return Ok(());
    }
    Err(format!("%{width}{verb} is not offered for such a value: use %v"))
}

/// Whether %v writes what OPA writes. An empty set is `{}` here and `set()` there.
fn written_alike(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_integer() || {
            number.as_f64().is_some_and(|float| (1e-4..1e15).contains(&float.abs()))
        },
        Value::Array(list) => list.iter().all(written_alike),
        Value::Set(set) => set.len() > 0 && set.iter().all(written_alike),
        Value::Object(object) => object.iter().all(|(key, item)| written_alike(key) && written_alike(item)),
        _ => true,
    }
}

pub fn strings_count(args: &[Value]) -> Result<Value, String> {
    let (Value::String(text), Value::String(part)) = (&args[0], &args[1]) else {
        return Err("`strings.count` expects string arguments".into());
    };
    let times = if part.is_empty() { text.chars().count() + 1 } else { text.matches(part.as_ref()).count() };
    Ok(Value::from(times as u64))
}

pub fn upper(args: &[Value]) -> Result<Value, String> {
    cased("upper", args, |sign| one('ß', sign, sign.to_uppercase()))
}

pub fn lower(args: &[Value]) -> Result<Value, String> {
    cased("lower", args, |sign| one('\0', sign, sign.to_lowercase()))
}

/// Letter by letter, as OPA does it. Letters that become several are an error, but for `kept`.
fn cased(name: &str, args: &[Value], change: fn(char) -> Option<char>) -> Result<Value, String> {
    let Value::String(text) = &args[0] else { return Err(format!("`{name}` expects string argument")) };
    let changed = |sign| change(sign).ok_or_else(|| format!("`{name}` is not offered for `{sign}`"));
    let result: Result<String, String> = text.chars().map(changed).collect();
    result.map(Value::from)
}

fn one(kept: char, sign: char, mut changed: impl Iterator<Item = char>) -> Option<char> {
    if sign == kept {
        return Some(sign);
    }
    let first = changed.next();
    if changed.next().is_none() { first } else { None }
}
