//! Writes log lines: one JSON object a line, whole.

use super::clock;
use super::isolate::EdgeFacts;
use crate::outcome::Outcome;
use crate::respond::log_line::{Facts, line};
use crate::semantics::request::RequestHead;
use crate::semantics::trace::TraceParent;
use crate::time::Timestamp;

/// One answered request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a> {
    pub request: &'a RequestHead<'a>,
    pub request_id: &'a str,
    pub status: u16,
    pub outcome: &'a Outcome,
    pub internal: Option<&'a str>,
    pub began: Timestamp,
    pub trace: Option<TraceParent>,
}

pub(super) fn write(facts: &EdgeFacts, entry: Entry<'_>) {
    let line = line(
        &facts.log,
        entry.outcome,
        Facts {
            request_id: entry.request_id,
            method: entry.request.method,
            path: entry.request.path,
            status: entry.status,
            total_ms: clock::elapsed_ms(entry.began),
            location: &facts.location,
            internal: entry.internal,
            trace: entry.trace,
        },
    );
    if let Some(line) = line {
        if entry.status >= 500 {
            worker::console_error!("{line}");
        } else {
            worker::console_log!("{line}");
        }
    }
}
