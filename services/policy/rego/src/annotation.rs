//! METADATA blocks. The engine skips them as comments; a block that nobody reads would be a rule that never fires, so
//! each must stand right above what it describes.

use crate::checker::index::Index;
use crate::checker::names;
use crate::lexical::Comment;
use crate::problem::{Problem, FORBIDDEN};
use regorus::unstable::{Module, Ref};
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
pub struct Block {
    pub line: u32,
    last_line: u32,
    pub text: String,
}

/// Blocks of all files, by what they stand above.
#[derive(Default)]
pub struct Annotations {
    pub rules: BTreeMap<Vec<String>, Block>,
    pub packages: BTreeMap<Vec<String>, Block>,
}

/// A block begins with a comment `# METADATA` and ends with the comments.
pub fn blocks(comments: &[Comment]) -> Vec<Block> {
    let mut found: Vec<Block> = vec![];
    let mut open = false;
    let mut before = 0;
    for comment in comments {
        open = open && comment.line == before + 1;
        before = comment.line;
        if comment.text.trim() == "METADATA" {
            found.push(Block { line: comment.line, last_line: comment.line, text: String::new() });
            open = true;
        } else if let (true, Some(block)) = (open, found.last_mut()) {
            block.text.push_str(comment.text.strip_prefix(' ').unwrap_or(&comment.text));
            block.text.push('\n');
            block.last_line = comment.line;
        }
    }
    found
}

/// `blocks` are those of each module, in the order of the modules.
pub fn attach(
    modules: &[Ref<Module>],
    index: &Index,
    blocks: &[Vec<Block>],
    problems: &mut Vec<Problem>,
) -> Annotations {
    let mut annotations = Annotations::default();
    for (number, module) in modules.iter().enumerate() {
        let path = module.package.span.source.get_path();
        for block in &blocks[number] {
            let next = block.last_line + 1;
            let above = |definition: &&crate::checker::index::Definition| {
                definition.module == number && definition.span.line == next
            };
            let (place, key) = if module.package.span.line == next {
                (&mut annotations.packages, index.packages[number].clone())
            } else if let Some(definition) = index.definitions.iter().find(above) {
                (&mut annotations.rules, definition.path.clone())
            } else {
                let message = "this METADATA block stands above no rule and no package: leave no blank line between";
                problems.push(Problem::at(FORBIDDEN, path, block.line, 1, message));
                continue;
            };
            let name = names::under_data(&key);
            if place.insert(key, block.clone()).is_some() {
                problems.push(Problem::at(FORBIDDEN, path, block.line, 1, format!("a second METADATA block for {name}")));
            }
        }
    }
    annotations
}
