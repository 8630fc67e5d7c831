//! Every function of Rego that a policy may call, and how. What is not listed here is refused at load.

use crate::caps;
use regorus::Value;

/// How a call reaches the engine.
pub enum Way {
    /// As it is.
    Plain,
    /// After a look at the sizes of its arguments.
    Capped(fn(&[Value]) -> Result<(), String>),
    /// By our own code, where the engine's means something else than OPA's.
    Own(fn(&[Value]) -> Result<Value, String>),
}

pub struct Function {
    pub name: &'static str,
    pub arguments: u8,
    pub way: Way,
}

const fn plain(name: &'static str, arguments: u8) -> Function {
    Function { name, arguments, way: Way::Plain }
}

const fn capped(name: &'static str, arguments: u8, cap: fn(&[Value]) -> Result<(), String>) -> Function {
    Function { name, arguments, way: Way::Capped(cap) }
}

const fn own(name: &'static str, arguments: u8, call: fn(&[Value]) -> Result<Value, String>) -> Function {
    Function { name, arguments, way: Way::Own(call) }
}

/// Sorted by name. `print` takes any number of arguments and is known to the checker itself.
pub static FUNCTIONS: &[Function] = &[
    plain("abs", 1),
    capped("array.concat", 2, caps::joined_arrays),
    plain("array.reverse", 1),
    plain("array.slice", 3),
    plain("base64.decode", 1),
    plain("base64.encode", 1),
    plain("base64.is_valid", 1),
    plain("base64url.decode", 1),
    plain("base64url.encode", 1),
    plain("base64url.encode_no_pad", 1),
    plain("bits.and", 2),
    capped("bits.lsh", 2, caps::shift),
    plain("bits.negate", 1),
    plain("bits.or", 2),
    capped("bits.rsh", 2, caps::shift),
    plain("bits.xor", 2),
    plain("ceil", 1),
    capped("concat", 2, caps::concat),
    plain("contains", 2),
    plain("count", 1),
    plain("endswith", 2),
    plain("floor", 1),
    plain("format_int", 2),
    capped("glob.match", 3, caps::glob),
    plain("glob.quote_meta", 1),
    plain("graph.reachable", 2),
    plain("hex.decode", 1),
    plain("hex.encode", 1),
    capped("indexof", 2, caps::search),
    capped("indexof_n", 2, caps::search),
    plain("intersection", 1),
    plain("is_array", 1),
    plain("is_boolean", 1),
    plain("is_null", 1),
    plain("is_number", 1),
    plain("is_object", 1),
    plain("is_set", 1),
    plain("is_string", 1),
    plain("json.is_valid", 1),
    capped("json.marshal", 1, caps::written),
    capped("json.patch", 2, caps::patch),
    capped("json.unmarshal", 1, caps::read),
    own("lower", 1, caps::lower),
    plain("max", 1),
    plain("min", 1),
    plain("net.cidr_contains", 2),
    own("net.cidr_expand", 1, caps::cidr_expand),
    plain("net.cidr_is_valid", 1),
    capped("numbers.range", 2, caps::range),
    capped("numbers.range_step", 3, caps::range),
    plain("object.filter", 2),
    plain("object.get", 3),
    plain("object.keys", 1),
    plain("object.remove", 2),
    capped("object.subset", 2, caps::subset),
    plain("object.union", 2),
    plain("object.union_n", 1),
    capped("product", 1, caps::few_numbers),
    capped("regex.find_all_string_submatch_n", 3, caps::regex),
    capped("regex.find_n", 3, caps::regex),
    capped("regex.is_valid", 1, caps::regex_alone),
    capped("regex.match", 2, caps::regex),
    capped("regex.replace", 3, caps::regex_replace),
    capped("regex.split", 2, caps::regex),
    capped("replace", 3, caps::replace),
    plain("round", 1),
    plain("semver.compare", 2),
    plain("semver.is_valid", 1),
    plain("sort", 1),
    plain("split", 2),
    capped("sprintf", 2, caps::sprintf),
    plain("startswith", 2),
    capped("strings.any_prefix_match", 2, caps::product),
    capped("strings.any_suffix_match", 2, caps::product),
    own("strings.count", 2, caps::strings_count),
    plain("strings.reverse", 1),
    plain("substring", 3),
    plain("sum", 1),
    capped("time.add_date", 4, caps::zone),
    capped("time.clock", 1, caps::zone),
    capped("time.date", 1, caps::zone),
    capped("time.diff", 2, caps::zone),
    capped("time.format", 1, caps::zone),
    own("time.now_ns", 0, caps::now),
    plain("time.parse_duration_ns", 1),
    plain("time.parse_ns", 2),
    plain("time.parse_rfc3339_ns", 1),
    capped("time.weekday", 1, caps::zone),
    capped("to_number", 1, caps::number_text),
    capped("trim", 2, caps::search),
    capped("trim_left", 2, caps::search),
    plain("trim_prefix", 2),
    capped("trim_right", 2, caps::search),
    plain("trim_space", 1),
    plain("trim_suffix", 2),
    plain("type_name", 1),
    plain("union", 1),
    capped("units.parse", 1, caps::number_text),
    capped("units.parse_bytes", 1, caps::number_text),
    own("upper", 1, caps::upper),
    plain("walk", 1),
];

/// Known, and refused for what they do.
static FORBIDDEN: &[(&str, &str)] = &[
    ("graph.reachable_paths", "can take any time"),
    ("http.send", "reaches the network, and answers differently each time"),
    ("json.filter", "means something else than in OPA where a path leads through a scalar: use object.filter"),
    ("json.remove", "means something else than in OPA where a path leads through a scalar: use object.remove"),
    ("opa.runtime", "answers differently each time"),
    ("rand.intn", "answers differently each time"),
    ("regex.template_match", "fails on short texts: write one regex.match"),
    ("strings.replace_n", "means something else than in OPA: write one replace after another"),
    ("uuid.rfc4122", "answers differently each time"),
];

pub fn find(name: &str) -> Option<&'static Function> {
    let at = FUNCTIONS.binary_search_by(|function| function.name.cmp(name)).ok()?;
    Some(&FUNCTIONS[at])
}

pub fn why_forbidden(name: &str) -> Option<&'static str> {
    FORBIDDEN.iter().find(|(forbidden, _)| *forbidden == name).map(|(_, why)| *why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use regorus::unstable::BUILTINS;

    #[test]
    fn the_table_is_sorted_and_true() {
        for pair in FUNCTIONS.windows(2) {
            assert!(pair[0].name < pair[1].name, "{} stands wrong", pair[1].name);
        }
        for function in FUNCTIONS {
            let (_, arguments) = BUILTINS.get(function.name).unwrap_or_else(|| panic!("{} is none", function.name));
            assert_eq!(*arguments, function.arguments, "{}", function.name);
        }
    }

    #[test]
    fn what_the_engine_has_beside_the_table_is_left_out_on_purpose() {
        let out: Vec<&str> = {
            let mut out: Vec<&str> = BUILTINS.keys().copied().filter(|name| find(name).is_none()).collect();
            out.sort();
            out
        };
        let on_purpose = [
            "__builtin_sets.intersection",
            "__builtin_sets.union",
            "graph.reachable_paths",
            "json.filter",
            "json.marshal_with_options",
            "json.remove",
            "rand.intn",
            "regex.template_match",
            "strings.replace_n",
            "trace",
        ];
        assert_eq!(out, on_purpose);
    }
}
