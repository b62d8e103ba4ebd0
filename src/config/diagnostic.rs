//! One problem in the sources: where it is, what it is, and how to mend it.

use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The site cannot be compiled.
    Error,
    /// The site works, but hardly as meant.
    Warning,
}

impl Severity {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }

    fn ansi(self) -> &'static str {
        match self {
            Self::Error => "\x1b[1;31m",
            Self::Warning => "\x1b[1;33m",
        }
    }
}

/// Whether a diagnostic is printed with terminal colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    Plain,
    Colour,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub severity: Severity,
    /// As the operator names it: relative to where the CLI runs.
    pub file: String,
    /// From 1; `None` when the problem is the file itself.
    pub line: Option<u32>,
    /// From 1, in characters; only where the line alone would not find it.
    pub column: Option<u32>,
    /// What is wrong, without a full stop.
    pub what: String,
    /// What to do about it.
    pub mend: String,
}

impl Diagnostic {
    pub fn new(
        severity: Severity,
        file: impl Into<String>,
        line: Option<u32>,
        what: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self {
            severity,
            file: file.into(),
            line,
            column: None,
            what: what.into(),
            mend: mend.into(),
        }
    }

    pub fn at_column(mut self, column: u32) -> Self {
        self.column = Some(column);
        self
    }

    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// The block that is printed, two lines, without a last newline.
    pub fn render(&self, paint: Paint) -> String {
        let place = self.place();
        let (severity, what, mend) = (self.severity.as_str(), &self.what, &self.mend);
        match paint {
            Paint::Plain => format!("{place}: {severity}: {what}\n  mend: {mend}"),
            Paint::Colour => format!(
                "\x1b[1m{place}:\x1b[0m {}{severity}:\x1b[0m \x1b[1m{what}\x1b[0m\n  \
                 \x1b[36mmend:\x1b[0m {mend}",
                self.severity.ansi(),
            ),
        }
    }

    fn place(&self) -> String {
        match (self.line, self.column) {
            (Some(line), Some(column)) => format!("{}:{line}:{column}", self.file),
            (Some(line), None) => format!("{}:{line}", self.file),
            (None, _) => self.file.clone(),
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(Paint::Plain))
    }
}

/// In the order of reading: by file, line and column; of one place, errors first.
pub fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|a, b| {
        (&a.file, a.line, a.column, a.severity, &a.what)
            .cmp(&(&b.file, b.line, b.column, b.severity, &b.what))
    });
    diagnostics.dedup();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(file: &str, line: u32, severity: Severity) -> Diagnostic {
        Diagnostic::new(severity, file, Some(line), "wrong", "right it")
    }

    #[test]
    fn it_prints_like_a_compiler() {
        let diagnostic = Diagnostic::new(
            Severity::Error,
            "forebay.toml",
            Some(41),
            "unknown tier \"pich\"",
            "did you mean \"pitch\"?",
        );
        assert_eq!(
            diagnostic.to_string(),
            "forebay.toml:41: error: unknown tier \"pich\"\n  mend: did you mean \"pitch\"?"
        );
        assert!(
            diagnostic
                .clone()
                .at_column(8)
                .to_string()
                .starts_with("forebay.toml:41:8: error:")
        );
        assert!(
            diagnostic
                .render(Paint::Colour)
                .contains("\x1b[1;31merror:")
        );
    }

    #[test]
    fn they_are_sorted_by_file_line_and_severity_and_said_once() {
        let mut found = vec![
            at("b.sql", 1, Severity::Error),
            at("a.toml", 20, Severity::Error),
            at("a.toml", 3, Severity::Warning),
            at("a.toml", 3, Severity::Error),
            at("a.toml", 3, Severity::Error),
        ];
        sort(&mut found);
        assert_eq!(
            found,
            vec![
                at("a.toml", 3, Severity::Error),
                at("a.toml", 3, Severity::Warning),
                at("a.toml", 20, Severity::Error),
                at("b.sql", 1, Severity::Error),
            ]
        );
    }
}
