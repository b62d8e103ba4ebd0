//! Where output goes: answers to standard output, problems to standard error.

use crate::config::diagnostic::{Diagnostic, Paint};
use std::fmt::Display;
use std::io::{IsTerminal, Write};

/// A line of what was asked for. A reader that has gone, as in `forebay explain … | head -1`, is no
/// failure.
pub fn say(line: impl Display) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// A line about a problem.
pub fn complain(line: impl Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// One block each, then a count.
pub fn complain_of(found: &[Diagnostic]) {
    let paint = paint();
    for diagnostic in found {
        complain(diagnostic.render(paint));
    }
    if !found.is_empty() {
        complain(count(found));
    }
}

/// `3 errors, 1 warning`
fn count(found: &[Diagnostic]) -> String {
    let errors = found
        .iter()
        .filter(|diagnostic| diagnostic.is_error())
        .count();
    let parts = [(errors, "error"), (found.len() - errors, "warning")];
    let texts = parts.into_iter().filter(|(count, _)| *count > 0);
    texts
        .map(|(count, noun)| plural(count, noun))
        .collect::<Vec<_>>()
        .join(", ")
}

/// `1 route`, `2 routes`, `2 queries`
pub fn plural(count: usize, noun: &str) -> String {
    match (count, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{count} {stem}ies"),
        (_, None) => format!("{count} {noun}s"),
    }
}

/// Colour on a terminal alone, and not where `NO_COLOR` forbids it.
fn paint() -> Paint {
    let forbidden = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if std::io::stderr().is_terminal() && !forbidden {
        Paint::Colour
    } else {
        Paint::Plain
    }
}
