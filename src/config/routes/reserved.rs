//! Paths that Forebay itself answers, so that no route can.

use crate::config::reader::Reader;
use crate::route::pattern::{MethodPattern, Segment};

/// A pattern with parameters may cover these paths: Forebay's own endpoints come first.
pub fn check(pattern: &MethodPattern, line: u32, reader: &mut Reader<'_>) {
    let literals: Vec<&str> = pattern
        .segments
        .iter()
        .map_while(|segment| match segment {
            Segment::Literal(text) => Some(text.as_str()),
            Segment::Param(_) | Segment::Rest(_) => None,
        })
        .collect();
    let whole = literals.len() == pattern.segments.len();
    let owner = match literals.as_slice() {
        ["monitoring" | "debug" | "admin", ..] => true,
        [first, ..] if first.starts_with("dashboard") => true,
        ["metrics"] | ["api", "health" | "metrics"] => whole,
        _ => false,
    };
    if owner {
        reader.error(
            line,
            format!("\"{pattern}\" is a reserved path: Forebay answers it itself"),
            "choose another path; reserved are /api/health, /api/metrics, /metrics, \
             /monitoring/*, /debug/*, /admin/* and /dashboard*",
        );
    }
}
