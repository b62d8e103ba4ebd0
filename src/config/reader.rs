//! The file being read: where a byte is, and every problem found so far.

use super::diagnostic::{Diagnostic, Severity};
use std::ops::Range;

#[derive(Debug)]
pub struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    /// The byte at which each line begins.
    line_starts: Vec<usize>,
    found: Vec<Diagnostic>,
}

/// A value and the line that it stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At<T> {
    pub value: T,
    pub line: u32,
}

impl<'a> Reader<'a> {
    pub fn new(file: &'a str, text: &'a str) -> Self {
        let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self {
            file,
            text,
            line_starts: std::iter::once(0)
                .chain(newlines.map(|(at, _)| at + 1))
                .collect(),
            found: Vec::new(),
        }
    }

    pub fn file(&self) -> &'a str {
        self.file
    }

    /// The line, from 1, of the byte at `span.start`.
    pub fn line(&self, span: &Range<usize>) -> u32 {
        let line = self
            .line_starts
            .partition_point(|start| *start <= span.start);
        u32::try_from(line).unwrap_or(u32::MAX)
    }

    /// The column, from 1 and in characters, of the byte at `span.start`.
    pub fn column(&self, span: &Range<usize>) -> u32 {
        let before = self
            .line_starts
            .partition_point(|start| *start <= span.start);
        let start = self
            .line_starts
            .get(before.saturating_sub(1))
            .copied()
            .unwrap_or(0);
        let characters = self
            .text
            .get(start..span.start)
            .map_or(0, |text| text.chars().count());
        u32::try_from(characters).map_or(u32::MAX, |count| count.saturating_add(1))
    }

    pub fn error(&mut self, line: u32, what: impl Into<String>, mend: impl Into<String>) {
        self.push(Severity::Error, self.file, line, what, mend);
    }

    pub fn warning(&mut self, line: u32, what: impl Into<String>, mend: impl Into<String>) {
        self.push(Severity::Warning, self.file, line, what, mend);
    }

    /// An error in another file, such as a query's.
    pub fn error_in(
        &mut self,
        file: &str,
        line: u32,
        what: impl Into<String>,
        mend: impl Into<String>,
    ) {
        self.push(Severity::Error, file, line, what, mend);
    }

    pub fn warning_in(
        &mut self,
        file: &str,
        line: u32,
        what: impl Into<String>,
        mend: impl Into<String>,
    ) {
        self.push(Severity::Warning, file, line, what, mend);
    }

    pub fn add(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    pub fn into_found(self) -> Vec<Diagnostic> {
        self.found
    }

    fn push(
        &mut self,
        severity: Severity,
        file: &str,
        line: u32,
        what: impl Into<String>,
        mend: impl Into<String>,
    ) {
        self.found
            .push(Diagnostic::new(severity, file, Some(line), what, mend));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one_and_in_characters() {
        let reader = Reader::new("f", "a = 1\nß = \"é\" x\n");
        let x = reader.text.find('x').unwrap();
        assert_eq!((reader.line(&(0..1)), reader.column(&(0..1))), (1, 1));
        assert_eq!(
            (reader.line(&(x..x + 1)), reader.column(&(x..x + 1))),
            (2, 9)
        );
        let end = reader.text.len();
        assert_eq!(
            (reader.line(&(end..end)), reader.column(&(end..end))),
            (3, 1)
        );
    }
}
