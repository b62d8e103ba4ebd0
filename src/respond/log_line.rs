//! One structured line a request, for `wrangler tail` and Workers Logs.

use crate::config::site::{Log, LogRequests};
use crate::outcome::{CacheVerdict, Layer, Outcome};
use crate::semantics::trace::TraceParent;
use serde::Serialize;

/// What a line tells besides the outcome.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    pub request_id: &'a str,
    pub method: &'a str,
    /// Without the query string: values are the callers' business, not the log's.
    pub path: &'a str,
    pub status: u16,
    pub total_ms: u32,
    pub location: &'a str,
    pub internal: Option<&'a str>,
    pub trace: Option<TraceParent>,
}

#[derive(Serialize)]
struct Line<'a> {
    request_id: &'a str,
    method: &'a str,
    path: &'a str,
    route: Option<&'a str>,
    status: u16,
    cache: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    layer: Option<&'a str>,
    total_ms: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_ms: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    collapsed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    colo: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    span_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

/// The line, or `None` where the configuration asks for none.
pub fn line(log: &Log, outcome: &Outcome, facts: Facts<'_>) -> Option<String> {
    let wanted = match log.requests {
        LogRequests::All => true,
        LogRequests::Misses => outcome.verdict != CacheVerdict::Hit || facts.status >= 500,
        LogRequests::Errors => facts.status >= 500 || facts.internal.is_some(),
    };
    if !wanted {
        return None;
    }
    let answered = matches!(outcome.verdict, CacheVerdict::Hit | CacheVerdict::Stale);
    let line = Line {
        request_id: facts.request_id,
        method: facts.method,
        path: facts.path,
        route: outcome.route.as_deref(),
        status: facts.status,
        cache: outcome.verdict.as_str(),
        layer: outcome
            .answered_by()
            .filter(|_| answered)
            .map(Layer::as_str),
        total_ms: facts.total_ms,
        source_ms: outcome.source_ms,
        collapsed: outcome.shield.map(|shield| shield.collapsed),
        detail: outcome.detail,
        colo: facts.location,
        trace_id: facts.trace.map(TraceParent::trace_id),
        span_id: facts.trace.map(TraceParent::span_id),
        error: facts.internal,
    };
    let json = serde_json::to_string(&line).ok()?;
    Some(format!("{}{json}", log.prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn check(requests: LogRequests, verdict: CacheVerdict, status: u16) -> Option<String> {
        let log = Log {
            requests,
            prefix: "P: ".into(),
        };
        let outcome = Outcome {
            verdict,
            ..Outcome::bypass(Some("GET /a".into()))
        };
        let facts = Facts {
            request_id: "r",
            method: "GET",
            path: "/a\"",
            status,
            total_ms: 1,
            location: "AMS",
            internal: None,
            trace: TraceParent::parse(TRACE),
        };
        line(&log, &outcome, facts)
    }

    #[test]
    fn the_line_is_json_behind_the_prefix() {
        assert_eq!(
            check(LogRequests::All, CacheVerdict::Hit, 200).unwrap(),
            r#"P: {"request_id":"r","method":"GET","path":"/a\"","route":"GET /a","status":200,"cache":"HIT","total_ms":1,"colo":"AMS","trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"b7ad6b7169203331"}"#
        );
    }

    #[test]
    fn the_configuration_chooses_which_requests_are_logged() {
        assert_eq!(check(LogRequests::Misses, CacheVerdict::Hit, 200), None);
        assert!(check(LogRequests::Misses, CacheVerdict::Miss, 200).is_some());
        assert_eq!(check(LogRequests::Errors, CacheVerdict::Miss, 404), None);
        assert!(check(LogRequests::Errors, CacheVerdict::Miss, 503).is_some());
    }
}
