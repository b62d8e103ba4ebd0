//! The part of a route's cache keys that changes with everything that shapes its answers.

use super::draft::{Draft, SourceName};
use crate::cache::tags::Tagging;
use crate::config::queries::Statement;
use crate::config::site::Origin;
use crate::key::hex;
use crate::key::uri::QueryRule;
use crate::route::pattern::MethodPattern;
use crate::source::image;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// What shapes an origin's answers. Its tiers, time limits and servers' weights do not.
#[derive(Debug)]
pub struct Passed<'a> {
    pub origin: &'a Origin,
    pub query_rule: &'a QueryRule,
    pub image: Option<&'a image::Rule>,
}

/// The first 12 hex digits of a SHA-256 over length-delimited parts.
pub fn of(
    draft: &Draft,
    pattern: &MethodPattern,
    query: Option<&Statement>,
    passed: Option<&Passed<'_>>,
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
    if let Some(passed) = passed {
        push_passed(&mut digest, passed);
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

fn push_passed(digest: &mut Sha256, passed: &Passed<'_>) {
    // Any of its servers gives the same answers.
    push(digest, &passed.origin.name);
    for upstream in &passed.origin.upstreams {
        push(digest, &upstream.url);
    }
    // What reaches an origin may come back in its answers.
    push_value(digest, &passed.origin.reach);
    push_value(digest, passed.query_rule);
    push_value(digest, &passed.image);
}

/// Plain data, which is always written as JSON.
fn push_value(digest: &mut Sha256, value: &impl Serialize) {
    push(digest, &serde_json::to_string(value).unwrap_or_default());
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
