//! Splits SQL into tokens, by PostgreSQL's lexical structure (its manual, section 4.1). The tokens
//! cover the text without a gap, so that whoever replaces some keeps the rest byte for byte.

use std::ops::Range;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub kind: TokenKind,
    /// Bytes of the text.
    pub range: Range<usize>,
    /// Whether the text ended before the token did.
    pub is_open: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    Space,
    /// `-- …` or `/* … */`, which nests.
    Comment,
    /// A key word or an identifier.
    Word,
    /// `"…"`
    QuotedName,
    /// `'…'`, `E'…'` or `$tag$…$tag$`.
    Text,
    Number,
    /// `:name`, which may be a parameter.
    Named,
    /// `$1`
    Positional,
    /// `::`
    Cast,
    /// One character, or `:=`.
    Symbol,
}

impl Token {
    pub fn is_significant(&self) -> bool {
        !matches!(self.kind, TokenKind::Space | TokenKind::Comment)
    }
}

pub fn lex(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut start = 0;
    while let Some(rest) = text.get(start..).filter(|rest| !rest.is_empty()) {
        let (kind, length) = next(rest);
        // A token that does not end takes what is left.
        let end = length.map_or(text.len(), |length| start + length);
        tokens.push(Token {
            kind,
            range: start..end,
            is_open: length.is_none(),
        });
        start = end;
    }
    tokens
}

/// The first token of `rest`, which is not empty: its kind and its length, at least 1, or `None` when
/// it does not end.
fn next(rest: &str) -> (TokenKind, Option<usize>) {
    use TokenKind::{
        Cast, Comment, Named, Number, Positional, QuotedName, Space, Symbol, Text, Word,
    };
    let bytes = rest.as_bytes();
    let mut chars = rest.chars();
    let first = chars.next().unwrap_or_default();
    let second = chars.next().unwrap_or_default();
    let after_first = rest.get(first.len_utf8()..).unwrap_or_default();
    match (first, second) {
        (c, _) if c.is_ascii_whitespace() => (Space, Some(run(rest, |c| c.is_ascii_whitespace()))),
        // A line comment ends before its newline, or with the text.
        ('-', '-') => (Comment, Some(run(rest, |c| c != '\n' && c != '\r'))),
        ('/', '*') => (Comment, block_comment(bytes)),
        ('\'', _) => (Text, quoted(bytes, 0, b'\'', false)),
        ('e' | 'E', '\'') => (Text, quoted(bytes, 1, b'\'', true)),
        ('"', _) => (QuotedName, quoted(bytes, 0, b'"', false)),
        ('$', digit) if digit.is_ascii_digit() => (
            Positional,
            Some(1 + run(after_first, |c| c.is_ascii_digit())),
        ),
        ('$', _) => dollar_quoted(rest),
        (':', ':') => (Cast, Some(2)),
        (':', '=') => (Symbol, Some(2)),
        (':', c) if is_name_start(c) => (Named, Some(1 + run(after_first, is_name_part))),
        (c, _) if c.is_ascii_digit() => (Number, Some(number(bytes))),
        (c, _) if is_name_start(c) => (Word, Some(run(rest, is_name_part))),
        (c, _) => (Symbol, Some(c.len_utf8())),
    }
}

fn is_name_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || !c.is_ascii()
}

fn is_name_part(c: char) -> bool {
    is_name_start(c) || c.is_ascii_digit() || c == '$'
}

/// The length of the leading characters that are `part`s.
fn run(rest: &str, part: impl Fn(char) -> bool) -> usize {
    rest.find(|c| !part(c)).unwrap_or(rest.len())
}

/// Digits, letters and single points: `1`, `1.5`, `1e10`, `0xff`, `1_000`. In `1..2` the points are
/// not the number's, and neither is the sign of an exponent, which is no matter here.
fn number(bytes: &[u8]) -> usize {
    let mut length = 0;
    while let Some(byte) = bytes.get(length) {
        let is_point = *byte == b'.' && bytes.get(length + 1) != Some(&b'.');
        if !byte.is_ascii_alphanumeric() && *byte != b'_' && !is_point {
            break;
        }
        length += 1;
    }
    length
}

/// The length up to the closing `quote`; a doubled one stands for itself, and in an escape string a
/// backslash takes the next character with it.
fn quoted(bytes: &[u8], opening: usize, quote: u8, has_escapes: bool) -> Option<usize> {
    let mut at = opening + 1;
    loop {
        let byte = *bytes.get(at)?;
        at += match byte {
            b'\\' if has_escapes => 2,
            _ if byte == quote && bytes.get(at + 1) == Some(&quote) => 2,
            _ if byte == quote => return Some(at + 1),
            _ => 1,
        };
    }
}

fn block_comment(bytes: &[u8]) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0;
    loop {
        match (bytes.get(at)?, bytes.get(at + 1)) {
            (b'/', Some(b'*')) => {
                depth += 1;
                at += 2;
            }
            (b'*', Some(b'/')) if depth == 1 => return Some(at + 2),
            (b'*', Some(b'/')) => {
                depth -= 1;
                at += 2;
            }
            _ => at += 1,
        }
    }
}

/// `$tag$ … $tag$`, or else a lone `$`.
fn dollar_quoted(rest: &str) -> (TokenKind, Option<usize>) {
    let tag = rest.get(1..).unwrap_or_default();
    let tag_length = run(tag, |c| is_name_part(c) && c != '$');
    let delimiter_length = tag_length + 2;
    match (rest.get(..delimiter_length), rest.get(delimiter_length..)) {
        (Some(delimiter), Some(inside)) if delimiter.ends_with('$') => {
            let close = inside.find(delimiter);
            let length = close.map(|close| delimiter_length + close + delimiter_length);
            (TokenKind::Text, length)
        }
        _ => (TokenKind::Symbol, Some(1)),
    }
}
