//! What is thrown at the door must come back as a status: garbage, halves and depths, made from a seed.

use super::door::{set_of, HEAD, LIMITS};
use crate::limits::Limits;
use crate::problem::{PANIC, TIME};

const SAMPLE: &str = include_str!("../../../../tests/opa/sample/refunds.rego");
const FORMS: &str = include_str!("../../../../tests/opa/functions/functions.rego");

/// A small generator of numbers (splitmix64), the same on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % most as u64) as usize
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

/// Loads, and asks every rule once, with little time: no panic may come of it, here or in the engine.
fn survives(text: &[u8]) {
    let limits = Limits { timeout_us: 2_000, ..LIMITS };
    let set = match set_of(&[("p.rego", text)], "{}", &limits) {
        Err((status, json)) => {
            assert_ne!(status, PANIC, "{json}\n{}", String::from_utf8_lossy(text));
            return;
        }
        Ok(set) => set,
    };
    for rule in set.describe()["rules"].as_array().unwrap() {
        let path = rule["path"].as_str().unwrap();
        let Ok(mut engine) = set.engine(path) else { continue };
        if let Err((status, json)) = engine.eval("{\"a\": {\"b\": [1, \"x\"]}, \"b\": \"x\"}") {
            assert!(status != PANIC && status <= TIME, "{json}\n{}", String::from_utf8_lossy(text));
        }
    }
}

#[test]
fn halves_of_modules() {
    for text in [SAMPLE, &FORMS[..6000]] {
        for end in (0..text.len()).step_by(97) {
            survives(&text.as_bytes()[..end]);
        }
    }
}

#[test]
fn modules_with_bytes_changed() {
    let mut random = Random(1);
    for _ in 0..300 {
        let mut text = SAMPLE.as_bytes().to_vec();
        for _ in 0..1 + random.below(4) {
            let at = random.below(text.len());
            match random.below(3) {
                0 => text[at] = b"\"`{}[](),;:=|&.#-+_ \n\0\xff$a0"[random.below(26)],
                1 => drop(text.drain(at..(at + random.below(30)).min(text.len()))),
                _ => {
                    let part = text[at..(at + random.below(60)).min(text.len())].to_vec();
                    let to = random.below(text.len());
                    text.splice(to..to, part);
                }
            }
        }
        survives(&text);
    }
}

#[test]
fn words_in_any_order() {
    const WORDS: &[&str] = &[
        "a", "b", "f(x)", "x", "input", "input.a", "data", "data.p.a", "if", "else", ":=", "=", "==", "{", "}", "[", "]",
        "(", ")", ",", ";", ":", "|", "not", "some", "in", "every", "contains", "default", "with", "as", "1", "-", "+",
        "\"t\"", "`r`", "count(a)", "walk(a, b)", ".", "_", "true", "null", "\n", "\n", "import", "package", "set()", "#",
    ];
    let mut random = Random(2);
    for _ in 0..3000 {
        let words: Vec<&str> = (0..random.below(25)).map(|_| random.pick(WORDS)).collect();
        survives(format!("{HEAD}{}\n", words.join(" ")).as_bytes());
    }
}

#[test]
fn rules_that_are_well_formed_and_mean_little() {
    const TERMS: &[&str] = &[
        "input.a", "input.b", "1", "\"x\"", "[1, 2]", "{1, 2}", "{\"a\": 1}", "count(input.a)", "input.a.b[_]", "a0", "a1(1)",
        "[y | some y in input.a.b]", "{y: 1 | some y in input.a.b}", "sprintf(\"%v\", [input.a])", "null", "object.keys(input.a)",
    ];
    const TESTS: &[&str] = &["==", "!=", "<", ">", "=", "in", "&", "|", "-", "*"];
    let mut random = Random(3);
    for _ in 0..400 {
        let mut text = HEAD.to_owned();
        for number in 0..5 {
            let mut condition = || format!("{} {} {}", random.pick(TERMS), random.pick(TESTS), random.pick(TERMS));
            let (one, two) = (condition(), condition());
            let head = if number == 1 { "a1(x)".to_owned() } else { format!("a{number}") };
            let value = random.pick(TERMS);
            text += &match random.below(3) {
                0 => format!("{head} := {value} if {{\n  {one}\n  not {two}\n}}\n"),
                1 => format!("{head} if {one}\nelse := {value} if {two}\n"),
                _ => format!("{head} := [z | z := {value}; {one}]\n"),
            };
        }
        survives(text.as_bytes());
    }
}

#[test]
fn depths_and_chains_of_every_kind() {
    let parts = [
        ("[", "]"), ("{", "}"), ("(", ")"), ("{\"k\": ", "}"), ("[1 | ", "]"), ("{1 | ", "}"), ("{1: 2 | ", "}"), ("count(", ")"),
        ("a[", "]"), ("-", ""), ("- ", ""), ("not ", ""), ("some x in ", ""), ("1 + ", ""), ("1 in ", ""), ("a.", ""), ("x := ", ""),
        ("every x in [1] { ", " }"), ("1 | ", ""), ("{1 | 1, ", "}"), ("[1 | 1, ", "]"), ("f(x) if ", ""), ("else := ", ""),
        ("with input as ", ""), ("a if {", "}"), ("\"", "\""), ("`", "`"),
    ];
    for (open, close) in parts {
        for depth in [1, 5, 12, 13, 24, 200, 20_000] {
            survives(format!("{HEAD}a if {}1{}\n", open.repeat(depth), close.repeat(depth)).as_bytes());
            survives(format!("{HEAD}a := {}1{}\n", open.repeat(depth), close.repeat(depth)).as_bytes());
        }
    }
}
