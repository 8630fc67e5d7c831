//! A set of modules with its data: read, checked and compiled once, then immutable.

use crate::annotation::{self, Annotations, Block};
use crate::checker::index::{is_test_file, Index};
use crate::checker::{self, names, recursion, Checked};
use crate::document;
use crate::engine;
use crate::lexical;
use crate::limits::Limits;
use crate::problem::{Problem, FORBIDDEN, PARSE, TOO_BIG};
use regorus::{Engine, Value};
use std::collections::BTreeSet;

/// Deepest nesting of the data; the engine's own limit is 128.
const MOST_DATA_DEPTH: u32 = 64;

pub struct File {
    pub path: String,
    pub text: String,
}

pub struct Set {
    pub limits: Limits,
    pub index: Index,
    pub annotations: Annotations,
    files: Vec<File>,
    places: Vec<(String, u32)>,
    data: Value,
    used: BTreeSet<&'static str>,
    mentions: Vec<BTreeSet<usize>>,
    /// Holds all modules, tests too, and is prepared.
    template: Engine,
}

/// What a caller hands over: bytes that nobody has looked at.
pub struct RawFile<'a> {
    pub path: &'a [u8],
    pub text: &'a [u8],
}

impl Set {
    pub fn new(raw: &[RawFile], data: &[u8], limits: Limits) -> Result<Self, Vec<Problem>> {
        let mut problems = vec![];
        let (files, blocks) = read(raw, &limits, &mut problems);
        let data = document::parse(data, limits.max_data_bytes, MOST_DATA_DEPTH)
            .and_then(|data| if data.as_object().is_ok() { Ok(data) } else { Err("is no object".into()) })
            .unwrap_or_else(|why| {
                problems.push(Problem::new(PARSE, format!("the data {why}")));
                Value::new_object()
            });
        let mut parsed = engine::empty(&limits, &data, []).map_err(|problem| vec![problem])?;
        for file in &files {
            if let Err(problem) = engine::add(&mut parsed, &file.path, &file.text) {
                problems.push(problem);
            }
        }
        let modules = parsed.get_modules().clone();
        modules.iter().for_each(|module| checker::check_module(module, &mut problems));
        // What was not read cannot be called: the rest would only repeat that.
        if problems.iter().any(|problem| matches!(problem.status, PARSE | TOO_BIG)) {
            return Err(problems);
        }
        let Checked { index, used, mentions } = checker::check_set(&modules, &data, &mut problems);
        let annotations = annotation::attach(&modules, &index, &blocks, &mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        let span = |module: &regorus::unstable::Module| module.package.span.clone();
        let places = modules.iter().map(|module| (span(module).source.get_path().clone(), span(module).line)).collect();
        drop(modules);
        let template = prepared(&files, &limits, &data, &used).map_err(|problem| vec![problem])?;
        Ok(Self { limits, index, annotations, files, places, data, used, mentions, template })
    }

    /// An engine of its own for a thread, that evaluates the rule `decision` of `own_rules`. It holds what the rules
    /// at `paths` need and nothing else: an evaluation makes room for every expression that it might meet.
    pub fn deciding_engine(&self, paths: &[&str], own_rules: &str) -> Result<Engine, Problem> {
        let paths: BTreeSet<&str> = paths.iter().copied().collect();
        let asked: Vec<Vec<String>> =
            self.index.rules.keys().filter(|path| paths.contains(names::under_data(path).as_str())).cloned().collect();
        let needed = recursion::needed(&self.index, &self.mentions, &asked);
        let mut made = engine::empty(&self.limits, &self.data, self.used.iter().copied())?;
        for file in self.files.iter().filter(|file| !is_test_file(&file.path)) {
            if let Some(text) = self.part(file, &needed) {
                engine::add(&mut made, &file.path, &text)?;
            }
        }
        engine::prepare(&mut made, own_rules)?;
        Ok(made)
    }

    /// The file with blanks in place of the rules that are not needed; nothing where it has rules and none is needed.
    fn part(&self, file: &File, needed: &BTreeSet<&Vec<String>>) -> Option<String> {
        let here: Vec<_> = self.index.definitions.iter().filter(|one| *one.span.source.get_path() == file.path).collect();
        if here.is_empty() {
            return Some(file.text.clone());  // Its package is an object all the same.
        }
        if !here.iter().any(|one| needed.contains(&one.path)) {
            return None;
        }
        let mut text = String::with_capacity(file.text.len());
        for (at, one) in here.iter().enumerate() {
            let start = if at == 0 { 0 } else { one.span.start as usize };
            let end = here.get(at + 1).map_or(file.text.len(), |next| next.span.start as usize);
            let whole = &file.text[start..end];
            if needed.contains(&one.path) {
                text.push_str(whole);
                continue;
            }
            let head = if at == 0 { one.span.start as usize } else { 0 };  // Package and imports.
            text.push_str(&whole[..head]);
            text.extend(whole[head..].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        }
        Some(text)
    }

    /// File and line of the package of each module.
    pub fn places(&self) -> impl Iterator<Item = (String, u32)> + '_ {
        self.places.iter().cloned()
    }

    /// A copy that knows all modules, tests too.
    pub fn testing_engine(&self) -> Engine {
        self.template.clone()
    }
}

fn prepared(files: &[File], limits: &Limits, data: &Value, used: &BTreeSet<&'static str>) -> Result<Engine, Problem> {
    let mut made = engine::empty(limits, data, used.iter().copied())?;
    for file in files {
        engine::add(&mut made, &file.path, &file.text)?;
    }
    engine::prepare(&mut made, "decision := true")?;
    Ok(made)
}

/// The files that can be handed to the parser, with their METADATA blocks.
fn read(raw: &[RawFile], limits: &Limits, problems: &mut Vec<Problem>) -> (Vec<File>, Vec<Vec<Block>>) {
    let mut names = BTreeSet::new();
    let (mut files, mut blocks) = (vec![], vec![]);
    for file in raw {
        match read_one(file, limits) {
            Ok((file, _)) if !names.insert(file.path.clone()) => {
                problems.push(Problem::at(FORBIDDEN, &file.path, 1, 1, "two files of one name"));
            }
            Ok((file, found)) => {
                files.push(file);
                blocks.push(found);
            }
            Err(problem) => problems.push(problem),
        }
    }
    (files, blocks)
}

fn read_one(raw: &RawFile, limits: &Limits) -> Result<(File, Vec<Block>), Problem> {
    let path = String::from_utf8_lossy(raw.path).into_owned();
    if raw.text.len() > limits.max_file_bytes as usize {
        let message = format!("{} bytes; at most {} are read", raw.text.len(), limits.max_file_bytes);
        return Err(Problem::at(TOO_BIG, &path, 1, 1, message));
    }
    let text = std::str::from_utf8(raw.text).map_err(|error| {
        let line = raw.text[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() as u32 + 1;
        Problem::at(PARSE, &path, line, 1, "is not UTF-8")
    })?;
    let comments = lexical::scan(&path, text, limits.max_depth)?;
    let blocks = annotation::blocks(&comments);
    Ok((File { path, text: text.to_owned() }, blocks))
}
