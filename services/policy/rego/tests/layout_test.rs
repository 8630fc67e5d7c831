//! The header is written by hand: what lies in memory is as it says.

use crate::abi::{Buf, FileSlices, Slice};
use crate::limits::Limits;
use crate::problem;
use std::mem::size_of;

const HEADER: &str = include_str!("../candor_rego.h");

#[test]
fn structures_lie_as_c_lays_them() {
    assert_eq!(size_of::<Slice>(), 2 * size_of::<usize>());
    assert_eq!(size_of::<Buf>(), 3 * size_of::<usize>());
    assert_eq!(size_of::<FileSlices>(), 4 * size_of::<usize>());
    assert_eq!(size_of::<Limits>(), 8 * size_of::<u32>());
    let limits = HEADER.split("} candor_rego_limits").next().unwrap();
    assert_eq!(limits.matches("  uint32_t ").count(), 8, "the header has another number of limits");
}

#[test]
fn the_header_gives_each_status_its_number() {
    let statuses = [
        ("OK", problem::OK),
        ("PARSE", problem::PARSE),
        ("RECURSION", problem::RECURSION),
        ("FORBIDDEN", problem::FORBIDDEN),
        ("TOO_BIG", problem::TOO_BIG),
        ("UNKNOWN_FUNCTION", problem::UNKNOWN_FUNCTION),
        ("INPUT", problem::INPUT),
        ("NO_RULE", problem::NO_RULE),
        ("EVAL", problem::EVAL),
        ("TIME", problem::TIME),
        ("PANIC", problem::PANIC),
        ("ABI_MISMATCH", problem::ABI_MISMATCH),
    ];
    for (name, number) in statuses {
        let line = format!("  CANDOR_REGO_{name} = {number}");
        assert!(HEADER.lines().any(|found| found.split([',', '/']).next().unwrap().trim_end() == line), "{line}");
    }
    assert_eq!(HEADER.matches("  CANDOR_REGO_").count(), statuses.len());
}
