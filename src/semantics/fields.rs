//! The fields of a message as they were received (RFC 9110 §5): in order, repeated ones kept, names
//! compared without case; and the list syntax (§5.6.1) that many of their values have.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Field lines in order. A name may occur in several of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn push(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }

    /// Every line, as received.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn contains(&self, name: &str) -> bool {
        self.lines(name).next().is_some()
    }

    /// The values of the lines called `name`, in order, without the white space around them (§5.5).
    pub fn lines<'a>(&'a self, name: &str) -> impl DoubleEndedIterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(line, _)| line.eq_ignore_ascii_case(name))
            .map(|(_, value)| trim_ows(value))
    }

    /// The value of a field that is no list: that of its first line.
    pub fn first(&self, name: &str) -> Option<&str> {
        self.lines(name).next()
    }

    /// The value of a field that must occur once. `None` as well when it occurs twice with different
    /// values: nobody could say which of them holds (§5.3).
    pub fn sole(&self, name: &str) -> Option<&str> {
        let mut lines = self.lines(name);
        let first = lines.next()?;
        lines.all(|line| line == first).then_some(first)
    }

    /// The combined value (§5.2): the lines in order, joined by a comma and a space.
    pub fn combined(&self, name: &str) -> Option<Cow<'_, str>> {
        let mut lines = self.lines(name);
        let first = lines.next()?;
        let Some(second) = lines.next() else {
            return Some(Cow::Borrowed(first));
        };
        let mut value = format!("{first}, {second}");
        for line in lines {
            value.push_str(", ");
            value.push_str(line);
        }
        Some(Cow::Owned(value))
    }

    /// The members of a list field (§5.6.1.2), over all its lines. Each line is taken apart by itself, so
    /// that a quote which one line leaves open cannot hide what the next one says.
    pub fn members<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.lines(name).flat_map(list_members)
    }

    /// Replaces the lines called `name` by one, in the place of the first of them; at the end when there
    /// is none.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        let at = self
            .0
            .iter()
            .position(|(line, _)| line.eq_ignore_ascii_case(name));
        let line = (name.to_owned(), value.into());
        self.remove(name);
        // Nothing before the first of them was removed, so its place is still there.
        self.0.insert(at.unwrap_or(self.0.len()), line);
    }

    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(line, _)| !line.eq_ignore_ascii_case(name));
    }

    /// Keeps the lines whose name satisfies `keeps`.
    pub fn retain_names(&mut self, mut keeps: impl FnMut(&str) -> bool) {
        self.0.retain(|(name, _)| keeps(name));
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Fields {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(lines: I) -> Self {
        let lines = lines.into_iter();
        Self(lines.map(|(n, v)| (n.into(), v.into())).collect())
    }
}

impl IntoIterator for Fields {
    type Item = (String, String);
    type IntoIter = std::vec::IntoIter<(String, String)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// The members of one line of a list field: what stands between commas that no quoted string holds,
/// without white space around it. Empty members are left out (§5.6.1.2).
///
/// A quote that is never closed opens no quoted string: commas after it still divide. What follows it is
/// no valid member then, but a directive after it is still seen.
pub fn list_members(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let text = rest?;
        let (member, after) = split_member(text);
        rest = after;
        Some(trim_ows(member))
    })
    .filter(|member| !member.is_empty())
}

/// `text` up to its first comma outside quoted strings, and what follows the comma.
fn split_member(text: &str) -> (&str, Option<&str>) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b',' => return (text.get(..at).unwrap_or(text), text.get(at + 1..)),
            b'"' => at += quoted_len(bytes.get(at..).unwrap_or_default()).unwrap_or(1),
            _ => at += 1,
        }
    }
    (text, None)
}

/// Whether a quote in `text` is never closed.
pub fn leaves_quote_open(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        at += match (rest.first(), quoted_len(rest)) {
            (Some(b'"'), Some(len)) => len,
            (Some(b'"'), None) => return true,
            _ => 1,
        };
    }
    false
}

/// The length of the quoted string (§5.6.4) that `bytes` begin with, quotes included; `None` when it is
/// not closed.
fn quoted_len(bytes: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// What a whole quoted string stands for (§5.6.4): the text between the quotes, with each quoted pair
/// replaced by what it quotes. `None` for anything else.
pub fn unquote(text: &str) -> Option<Cow<'_, str>> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    if quoted_len(text.as_bytes()) != Some(text.len()) || !inner.bytes().all(is_quotable) {
        return None;
    }
    if !inner.contains('\\') {
        return Some(Cow::Borrowed(inner));
    }
    let mut plain = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        // The string is closed, so a backslash is never the last of it.
        plain.push(if c == '\\' { chars.next()? } else { c });
    }
    Some(Cow::Owned(plain))
}

/// What may stand in a quoted string, or after a backslash in it: HTAB, SP, VCHAR and obs-text.
fn is_quotable(byte: u8) -> bool {
    matches!(byte, b'\t' | 0x20..=0x7e | 0x80..)
}

/// `token = 1*tchar` (§5.6.2).
pub fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_tchar)
}

fn is_tchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.'
        )
        || matches!(byte, b'^' | b'_' | b'`' | b'|' | b'~')
}

/// Optional white space is spaces and tabs (§5.6.3).
pub fn trim_ows(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

#[cfg(test)]
mod tests;
