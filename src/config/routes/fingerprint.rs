//! The part of a route's cache keys that changes with everything that shapes its answers.

use super::draft::{Draft, SourceName};
use crate::cache::tags::Tagging;
use crate::config::queries::Statement;
use crate::config::site::Origin;
use crate::key::hex;
use crate::route::pattern::MethodPattern;
use sha2::{Digest, Sha256};

/// The first 12 hex digits of a SHA-256 over length-delimited parts.
pub fn of(
    draft: &Draft,
    pattern: &MethodPattern,
    query: Option<&Statement>,
    origin: Option<&Origin>,
    allowed: &[String],
    tags: &Tagging,
) -> String {
    let mut digest = Sha256::new();
    push(&mut digest, &pattern.to_string());
    push(&mut digest, source_kind(draft));
    if let Some(Statement { compiled, .. }) = query {
        push(&mut digest, &compiled.query.text);
        push(&mut digest, &compiled.query.database);
        push_list(
            &mut digest,
            compiled
                .query
                .params
                .iter()
                .map(|param| param.name.as_str()),
        );
    }
    if let Some(origin) = origin {
        // Any of its servers gives the same answers.
        push(&mut digest, &origin.name);
        for upstream in &origin.upstreams {
            push(&mut digest, &upstream.url);
        }
    }
    push_list(&mut digest, allowed.iter().map(String::as_str));
    push(&mut digest, draft.auth.principal());
    // An answer with yesterday's tags would not be found by today's purges.
    push_list(&mut digest, tags.templates.iter().map(String::as_str));
    push_list(&mut digest, tags.tables.iter().map(String::as_str));
    let mut text = hex(&digest.finalize());
    text.truncate(12);
    text
}

fn source_kind(draft: &Draft) -> &'static str {
    match &draft.source {
        Some(SourceName::Query(_)) => "query",
        Some(SourceName::Origin(_)) => "origin",
        Some(SourceName::Assets) | None => "assets",
    }
}

fn push(digest: &mut Sha256, part: &str) {
    digest.update(part.len().to_be_bytes());
    digest.update(part);
}

fn push_list<'a>(digest: &mut Sha256, parts: impl ExactSizeIterator<Item = &'a str>) {
    digest.update(parts.len().to_be_bytes());
    for part in parts {
        push(digest, part);
    }
}
