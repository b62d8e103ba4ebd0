//! Rust text as words and marks with their lines, without comments and without the insides of strings:
//! as much of the language as the checks need.

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// An identifier or a number as written, `::`, or one mark. A string or character is `"`.
    pub text: String,
    /// From 1.
    pub line: usize,
}

pub fn tokens(source: &str) -> Vec<Token> {
    let mut scanner = Scanner {
        rest: source,
        line: 1,
    };
    let mut found = Vec::new();
    while let Some(c) = scanner.rest.chars().next() {
        let line = scanner.line;
        if let Some(text) = scanner.step(c) {
            found.push(Token { text, line });
        }
    }
    found
}

struct Scanner<'a> {
    rest: &'a str,
    line: usize,
}

impl Scanner<'_> {
    /// Takes what begins with `c`: at least one character.
    fn step(&mut self, c: char) -> Option<String> {
        if self.rest.starts_with("//") {
            self.take(self.rest.find('\n').unwrap_or(self.rest.len()));
            None
        } else if self.rest.starts_with("/*") {
            self.take(block_comment(self.rest));
            None
        } else if let Some(length) = string(self.rest).or_else(|| character(self.rest)) {
            self.take(length);
            Some("\"".to_owned())
        } else if is_word(c) {
            // A raw identifier is the identifier.
            let start = if self.rest.starts_with("r#") { 2 } else { 0 };
            let word = word_end(self.rest, start);
            Some(self.take(word).split_off(start))
        } else if self.rest.starts_with("::") {
            Some(self.take(2))
        } else {
            let text = self.take(c.len_utf8());
            (!c.is_whitespace()).then_some(text)
        }
    }

    fn take(&mut self, length: usize) -> String {
        let (taken, rest) = self.rest.split_at(length);
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken.to_owned()
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn word_end(text: &str, start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    start + rest.find(|c| !is_word(c)).unwrap_or(rest.len())
}

/// Block comments nest.
fn block_comment(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

/// The length of the string literal, of any kind, that `text` begins with.
fn string(text: &str) -> Option<usize> {
    let kinds = ["br", "cr", "b", "c", "r", ""];
    let prefix = kinds.iter().find(|prefix| {
        let rest = text.strip_prefix(**prefix).unwrap_or_default();
        let hashes = if prefix.ends_with('r') {
            rest.trim_start_matches('#')
        } else {
            rest
        };
        hashes.starts_with('"')
    })?;
    let rest = text.get(prefix.len()..)?;
    let quote = rest.find('"')?;
    let inside = rest.get(quote + 1..)?;
    let end = if prefix.ends_with('r') {
        let close = format!("\"{}", "#".repeat(quote));
        inside
            .find(&close)
            .map_or(inside.len(), |at| at + close.len())
    } else {
        quoted_end(inside, '"')
    };
    Some(prefix.len() + quote + 1 + end)
}

/// The length of the character literal that `text` begins with; a lifetime is none.
fn character(text: &str) -> Option<usize> {
    let prefix = usize::from(text.starts_with("b'"));
    let inside = text.get(prefix..)?.strip_prefix('\'')?;
    let first = inside.chars().next()?;
    let after = inside.get(first.len_utf8()..)?;
    (first == '\\' || after.starts_with('\'')).then(|| prefix + 1 + quoted_end(inside, '\''))
}

/// Where the quote is closed in `inside`, past it; a backslash hides the next character.
fn quoted_end(inside: &str, quote: char) -> usize {
    let mut hidden = false;
    for (at, c) in inside.char_indices() {
        if c == quote && !hidden {
            return at + 1;
        }
        hidden = c == '\\' && !hidden;
    }
    inside.len()
}
