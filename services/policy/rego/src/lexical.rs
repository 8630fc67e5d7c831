//! Looks at the text of a module before it is parsed. The engine's parser takes time that grows with a power of the
//! nesting and recurses over chains of operators, so both are bounded here; comments are gathered on the way.

use crate::problem::{Problem, FORBIDDEN, PARSE, TOO_BIG};

/// Parentheses do not double the work of the parser, but each is a few frames of its stack.
const MOST_PARENTHESES: usize = 24;
/// Operators in a row, such as `a + b + c`.
const MOST_OPERATORS: usize = 200;
/// Work of the parser, which reads a literal several times, and each time what is in it: so often a list, what is in
/// braces, and what has a `|`. Measured; a unit is at most 0.2 us.
const OF_LIST: u64 = 3;
const OF_BRACES: u64 = 4;
const OF_BAR: u64 = 10;
const MOST_WORK: u64 = 20_000_000;

/// A comment that stands alone on its line; `text` is what follows the sign.
pub struct Comment {
    pub line: u32,
    pub text: String,
}

struct Level {
    closing: char,
    operators: usize,
    /// Of a token here.
    work: u64,
}

struct Scanner<'a> {
    path: &'a str,
    rest: std::iter::Peekable<std::str::CharIndices<'a>>,
    text: &'a str,
    line: u32,
    line_start: usize,
    max_depth: usize,
    levels: Vec<Level>,
    after_operand: bool,
    work: u64,
    comments: Vec<Comment>,
}

/// The comments of a module whose text can be handed to the parser.
pub fn scan(path: &str, text: &str, max_depth: u32) -> Result<Vec<Comment>, Problem> {
    let mut scanner = Scanner {
        path,
        rest: text.char_indices().peekable(),
        text,
        line: 1,
        line_start: 0,
        max_depth: max_depth as usize,
        levels: vec![Level { closing: '\0', operators: 0, work: 1 }],
        after_operand: false,
        work: 0,
        comments: vec![],
    };
    while let Some((at, sign)) = scanner.rest.next() {
        scanner.take(at, sign)?;
    }
    Ok(scanner.comments)
}

impl Scanner<'_> {
    fn take(&mut self, at: usize, sign: char) -> Result<(), Problem> {
        match sign {
            '\n' => self.new_line(at),
            ' ' | '\t' | '\r' => {}
            '\0' => return Err(self.problem(at, PARSE, "a zero byte: the parser would end the file here")),
            '#' => self.comment(at),
            '"' | '`' => {
                self.string(sign);
                self.operand(at)?;
            }
            '$' => {
                return Err(self.problem(at, FORBIDDEN, "string interpolation is not offered: use sprintf or concat"))
            }
            '[' | '{' | '(' => self.open(at, sign)?,
            ']' | '}' | ')' => self.close(at, sign)?,
            ',' | ';' | ':' => self.separator(at)?,
            '=' if !self.followed_by('=') => self.separator(at)?,
            _ if sign.is_alphanumeric() || sign == '_' => self.word(at, sign)?,
            '|' => self.bar(at)?,
            _ => {
                self.followed_by('=');
                self.operator(at)?;
            }
        }
        Ok(())
    }

    fn problem(&self, at: usize, status: i32, message: impl Into<String>) -> Problem {
        let column = self.text[self.line_start..at].chars().count() as u32 + 1;
        Problem::at(status, self.path, self.line, column, message)
    }

    fn followed_by(&mut self, sign: char) -> bool {
        self.rest.next_if(|(_, next)| *next == sign).is_some()
    }

    fn new_line(&mut self, at: usize) {
        self.line += 1;
        self.line_start = at + 1;
    }

    fn comment(&mut self, at: usize) {
        let end = self.text[at..].find('\n').map_or(self.text.len(), |length| at + length);
        if self.text[self.line_start..at].trim().is_empty() {
            let text = self.text[at + 1..end].trim_end_matches('\r').to_owned();
            self.comments.push(Comment { line: self.line, text });
        }
        // The parser ends the file at a zero byte, in a comment too: leave it to be found.
        while self.rest.next_if(|(_, next)| !matches!(next, '\n' | '\0')).is_some() {}
    }

    /// Up to the closing mark. Whether the text is well formed is the parser's to say.
    fn string(&mut self, mark: char) {
        while let Some((at, sign)) = self.rest.next_if(|(_, next)| *next != '\0') {
            match sign {
                '\n' if mark == '"' => return self.new_line(at),
                '\n' => self.new_line(at),
                '\\' if mark == '"' => {
                    self.rest.next_if(|(_, next)| !matches!(next, '\n' | '\0'));
                }
                _ if sign == mark => return,
                _ => {}
            }
        }
    }

    fn word(&mut self, at: usize, first: char) -> Result<(), Problem> {
        while self.rest.next_if(|(_, next)| next.is_alphanumeric() || *next == '_').is_some() {}
        let end = self.rest.peek().map_or(self.text.len(), |(end, _)| *end);
        let word = &self.text[at..end];
        if first.is_ascii_digit() {
            crate::document::check_number(word.as_bytes()).map_err(|why| self.problem(at, FORBIDDEN, why))?;
        }
        if word == "in" {
            return self.operator(at);
        }
        self.operand(at)
    }

    /// Two operands side by side belong to two expressions.
    fn operand(&mut self, at: usize) -> Result<(), Problem> {
        if self.after_operand {
            self.level().operators = 0;
        }
        self.after_operand = true;
        self.token(at)
    }

    fn operator(&mut self, at: usize) -> Result<(), Problem> {
        self.after_operand = false;
        let level = self.level();
        level.operators += 1;
        if level.operators > MOST_OPERATORS {
            return Err(self.problem(at, TOO_BIG, format!("more than {MOST_OPERATORS} operators in one expression")));
        }
        self.token(at)
    }

    fn bar(&mut self, at: usize) -> Result<(), Problem> {
        if let [.., around, level] = self.levels.as_mut_slice() {
            if level.closing != ')' {
                level.work = around.work.saturating_mul(OF_BAR);
            }
        }
        self.operator(at)
    }

    fn separator(&mut self, at: usize) -> Result<(), Problem> {
        self.followed_by('=');
        self.after_operand = false;
        self.level().operators = 0;
        self.token(at)
    }

    fn level(&mut self) -> &mut Level {
        self.levels.last_mut().expect("the first level is never closed")
    }

    fn depth(&self, parentheses: bool) -> usize {
        self.levels[1..].iter().filter(|level| (level.closing == ')') == parentheses).count()
    }

    fn open(&mut self, at: usize, sign: char) -> Result<(), Problem> {
        // An index or a call belongs to the operand before it, and can be chained as an operator can.
        if self.after_operand && sign != '{' {
            self.operator(at)?;
        }
        let closing = match sign {
            '[' => ']',
            '{' => '}',
            _ => ')',
        };
        let times = match sign {
            '[' => OF_LIST,
            '{' => OF_BRACES,
            _ => 1,
        };
        let work = self.level().work.saturating_mul(times);
        self.levels.push(Level { closing, operators: 0, work });
        self.after_operand = false;
        if self.depth(false) > self.max_depth {
            return Err(self.problem(at, TOO_BIG, format!("nested more than {} deep", self.max_depth)));
        }
        if self.depth(true) > MOST_PARENTHESES {
            return Err(self.problem(at, TOO_BIG, format!("more than {MOST_PARENTHESES} parentheses deep")));
        }
        self.token(at)
    }

    fn close(&mut self, at: usize, sign: char) -> Result<(), Problem> {
        if self.levels.len() == 1 || self.level().closing != sign {
            return Err(self.problem(at, PARSE, format!("`{sign}` closes nothing that is open here")));
        }
        self.levels.pop();
        self.after_operand = true;
        self.token(at)
    }

    fn token(&mut self, at: usize) -> Result<(), Problem> {
        let work = self.level().work;
        self.work = self.work.saturating_add(work);
        if self.work > MOST_WORK {
            return Err(self.problem(at, TOO_BIG, "too much that is nested deep: move data to data.json"));
        }
        Ok(())
    }
}
