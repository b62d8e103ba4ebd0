//! A route's `fallback`: the static answer for when its source fails and nothing stale may stand in.

use super::draft::{Draft, SourceName};
use crate::config::fields::Fields;
use crate::config::queries::Statement;
use crate::config::reader::{At, Reader};
use crate::config::site::Fallback;
use crate::config::units::show_size;
use crate::route::pattern::MethodPattern;
use std::ops::RangeInclusive;

/// It is part of the site, which every isolate holds whole.
const BODY_BYTES_MAX: usize = 64 * 1024;
const STATUS: u16 = 200;
const STATUSES: RangeInclusive<u16> = 200..=599;

pub fn read(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Option<At<Fallback>> {
    if !fields.has("fallback") {
        // Asked for all the same, so that a misspelled one is told what it may have meant.
        let _ = fields.table("fallback", "fallback", reader);
        return None;
    }
    let line = fields.line_of("fallback", reader);
    let mut table = fields.table("fallback", "fallback", reader)?;
    let status = table.number("status", STATUS, STATUSES, reader);
    let content_type = table.text("content_type", reader);
    let body = table.required_text("body", "\"{}\"", reader);
    let status_line = table.line_of("status", reader);
    table.finish(reader);
    if matches!(status, 204 | 205 | 304) {
        let what = format!("status = {status} of fallback is one without a body");
        reader.error(status_line, what, "write another, such as 200 or 503");
    }
    let content_type = content_type.filter(|text| is_media_type(text, reader));
    let body = body.filter(|text| is_short(text, reader))?;
    Some(At {
        value: Fallback {
            status,
            content_type: content_type
                .map_or("application/json", |text| text.value)
                .to_owned(),
            body: body.value.to_owned(),
        },
        line,
    })
}

/// A type and a subtype, in characters that a field's value may have (RFC 9110 §5.5, §8.3.1).
fn is_media_type(text: &At<&str>, reader: &mut Reader<'_>) -> bool {
    let essence = text.value.split(';').next().unwrap_or("").trim();
    let parts = essence.split_once('/');
    let named = parts.is_some_and(|(kind, subtype)| !kind.is_empty() && !subtype.is_empty());
    let sendable = text.value.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let good = named && sendable;
    if !good {
        let what = format!(
            "content_type of fallback is no media type: {:?}",
            text.value
        );
        reader.error(text.line, what, "write one such as \"application/json\"");
    }
    good
}

fn is_short(text: &At<&str>, reader: &mut Reader<'_>) -> bool {
    let good = text.value.len() <= BODY_BYTES_MAX;
    if !good {
        let most = show_size(BODY_BYTES_MAX as u64);
        let what = format!("body of fallback has more than {most}");
        reader.error(
            text.line,
            what,
            "write a shorter one; it is part of the site",
        );
    }
    good
}

/// Only a read can be answered by something that was written beforehand.
pub fn check(
    draft: &Draft,
    pattern: &MethodPattern,
    query: Option<&Statement>,
    reader: &mut Reader<'_>,
) {
    let Some(fallback) = &draft.fallback else {
        return;
    };
    let assets = matches!(draft.source, Some(SourceName::Assets));
    let writes = query.is_some_and(|query| query.compiled.query.effect.is_write());
    let reads = matches!(pattern.method_name(), None | Some("GET" | "HEAD"));
    let why = match (assets, writes, reads) {
        (true, _, _) => "assets do not fail",
        (false, true, _) => "a write that failed must be told",
        (false, false, false) => "only GET and HEAD are answered by it",
        (false, false, true) => return,
    };
    let what = format!("\"{pattern}\" cannot have a fallback: {why}");
    reader.error(fallback.line, what, "remove fallback from the route");
}
