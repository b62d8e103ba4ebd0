//! The fields that every answer carries, from its outcome.

use super::{Author, ResponseHead, cache_status, cors};
use crate::config::site::Cors;
use crate::outcome::Outcome;

/// What an answer's last fields depend on besides its outcome.
#[derive(Clone, Copy, Debug)]
pub struct Edge<'a> {
    /// The data centre's code, e.g. `AMS`.
    pub location: &'a str,
    pub cors: Option<&'a Cors>,
    /// The request's `Origin`.
    pub origin: Option<&'a str>,
}

/// A browser shall take an answer of ours for what it says it is.
const NOSNIFF: (&str, &str) = ("X-Content-Type-Options", "nosniff");

/// Adds `X-Content-Type-Options`, `Cache-Status`, `X-Cache-Status`, `Server-Timing`, `X-Edge-Location` and
/// CORS. Only `X-Request-ID` is left to the platform, because it alone differs between equal requests.
pub fn finish(head: &mut ResponseHead, outcome: &Outcome, total_ms: u32, edge: Edge<'_>) {
    if head.author == Author::Site && head.get(NOSNIFF.0).is_none() {
        head.push(NOSNIFF.0, NOSNIFF.1);
    }
    head.push("Cache-Status", cache_status::render(outcome));
    head.push("X-Cache-Status", outcome.verdict.as_str());
    head.push("Server-Timing", server_timing(outcome, total_ms));
    head.push("X-Edge-Location", edge.location);
    cors::decorate(head, edge.cors, edge.origin);
}

/// Whole milliseconds. On Workers the clock moves only across I/O, so a pure computation takes 0.
fn server_timing(outcome: &Outcome, total_ms: u32) -> String {
    let mut value = format!("total;dur={total_ms}");
    for report in &outcome.layers {
        value.push_str(&format!(
            ", {};dur={}",
            report.layer.as_str(),
            report.took_ms
        ));
    }
    if let Some(source_ms) = outcome.source_ms {
        value.push_str(&format!(", source;dur={source_ms}"));
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::{Finding, Layer, LayerReport, ShieldReport};

    #[test]
    fn the_timing_names_what_took_part() {
        let layer = |layer, took_ms| LayerReport {
            layer,
            finding: Finding::Absent,
            stored: false,
            took_ms,
        };
        let outcome = Outcome {
            layers: vec![layer(Layer::Memory, 0), layer(Layer::Colo, 2)],
            shield: Some(ShieldReport {
                collapsed: false,
                settled: false,
                source_ms: None,
                purged: crate::outcome::Purged::Nothing,
            }),
            source_ms: Some(5),
            ..Outcome::bypass(None)
        };
        let finished = |mut head: ResponseHead| {
            let edge = Edge {
                location: "AMS",
                cors: None,
                origin: None,
            };
            finish(&mut head, &outcome, 9, edge);
            head
        };
        let head = finished(ResponseHead::new(200));
        assert_eq!(
            head.get("Server-Timing"),
            Some("total;dur=9, memory;dur=0, colo;dur=2, source;dur=5")
        );
        assert_eq!(head.get("X-Edge-Location"), Some("AMS"));
        assert_eq!(head.get("X-Cache-Status"), Some("BYPASS"));
        assert_eq!(head.get("X-Content-Type-Options"), Some("nosniff"));
        // What an origin calls its content is its own affair.
        let passed = finished(ResponseHead::of_origin(200));
        assert_eq!(passed.get("X-Content-Type-Options"), None);
        assert_eq!(passed.get("X-Edge-Location"), Some("AMS"));
    }
}
