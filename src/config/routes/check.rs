//! Whether a route's method, source, tier and auth go together.

use super::draft::{Draft, SourceName};
use crate::config::names::{Names, nearest};
use crate::config::queries::Statement;
use crate::config::reader::{At, Reader};
use crate::config::site::Auth;
use crate::policy::Tier;
use crate::route::pattern::MethodPattern;
use crate::source::query::{Effect, Returns};

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// A method that nobody sends is most likely misspelled.
pub fn method(pattern: &MethodPattern, line: u32, reader: &mut Reader<'_>) {
    let Some(name) = pattern.method_name().filter(|name| !METHODS.contains(name)) else {
        return;
    };
    let mend = match nearest(name, METHODS.into_iter()) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("use one of {}, or * for any", METHODS.join(", ")),
    };
    reader.warning(line, format!("unusual method {name}"), mend);
}

/// What the source does must be what the method promises (RFC 9110 §9.2.1: GET is safe).
pub fn source(
    draft: &Draft,
    pattern: &MethodPattern,
    query: Option<&Statement>,
    reader: &mut Reader<'_>,
) {
    let method = pattern.method_name();
    let safe = matches!(method, None | Some("GET" | "HEAD" | "OPTIONS"));
    match query {
        Some(query) if safe && query.compiled.query.effect.is_write() => {
            let name = &query.compiled.query.name;
            reader.error(
                draft.source_line,
                format!("\"{pattern}\" runs query \"{name}\", which writes"),
                "match POST, PUT, PATCH or DELETE: browsers and crawlers send GET at will",
            );
        }
        Some(_) | None => {}
    }
    let assets = matches!(draft.source, Some(SourceName::Assets));
    if assets && !matches!(method, None | Some("GET")) {
        reader.error(
            draft.source_line,
            format!("\"{pattern}\" cannot be answered from assets"),
            "match GET, which answers HEAD as well",
        );
    }
}

/// Requests can share a statement only if it takes many keys, and only if it reads.
pub fn batch(
    draft: &Draft,
    pattern: &MethodPattern,
    query: Option<&Statement>,
    reader: &mut Reader<'_>,
) {
    let Some(At { line, .. }) = &draft.batch else {
        return;
    };
    if pattern.method_name() != Some("GET") {
        let what = format!("\"{pattern}\" cannot be batched: only GET can");
        reader.error(*line, what, "remove batch from the route");
        return;
    }
    match (&draft.source, query) {
        (_, Some(query)) if query.compiled.query.batch.is_none() => {
            let (name, path) = (&query.compiled.query.name, &query.file.path);
            reader.error(
                *line,
                format!("\"{pattern}\" cannot be batched: query \"{name}\" takes one key"),
                format!(
                    "write `-- batch: id` on top of {path}, and id = any(:id::bigint[]) below, \
                     or remove batch from the route"
                ),
            );
        }
        // A query that is missing, or wrong, is told elsewhere.
        (_, Some(_)) | (Some(SourceName::Query(_)) | None, None) => {}
        (Some(SourceName::Origin(_) | SourceName::Assets), None) => {
            let what = format!("\"{pattern}\" cannot be batched: only queries can");
            reader.error(*line, what, "remove batch from the route");
        }
    }
}

pub fn tier(
    draft: &Draft,
    pattern: &MethodPattern,
    query: Option<&Statement>,
    tier: Option<&Tier>,
    tiers: &Names<Tier>,
    reader: &mut Reader<'_>,
) {
    let Some(named @ At { value: name, line }) = &draft.tier else {
        return;
    };
    if let Some(why) = uncacheable(draft, pattern, query) {
        let what = format!("\"{pattern}\" cannot have tier \"{name}\": {why}");
        reader.error(*line, what, "remove tier from the route");
    }
    let Some(tier) = tier else {
        return;
    };
    honoring(draft, pattern, named, tier, reader);
    privacy(draft.auth, pattern, named, tier, tiers, reader);
}

/// Only an origin sets terms; and only the answers to `GET` and `HEAD` get any.
fn honoring(
    draft: &Draft,
    pattern: &MethodPattern,
    At { value: name, line }: &At<String>,
    tier: &Tier,
    reader: &mut Reader<'_>,
) {
    let is_origin = match draft.source {
        Some(SourceName::Origin(_)) => true,
        Some(SourceName::Query(_) | SourceName::Assets) => false,
        None => return,
    };
    if tier.honor_origin.is_some() && !is_origin {
        let what = format!(
            "\"{pattern}\" has tier \"{name}\", which honors an origin, but its source is none"
        );
        reader.error(*line, what, "give the route a tier with a ttl");
    }
    if is_origin && !matches!(pattern.method_name(), None | Some("GET" | "HEAD")) {
        let what = format!("tier \"{name}\" of \"{pattern}\" never acts");
        let mend =
            "only answers to GET and HEAD are stored: match one of them or *, or remove tier";
        reader.warning(*line, what, mend);
    }
}

/// Whether the tier is as private as the route.
pub fn privacy(
    auth: Auth,
    pattern: &MethodPattern,
    At { value: name, line }: &At<String>,
    tier: &Tier,
    tiers: &Names<Tier>,
    reader: &mut Reader<'_>,
) {
    match (auth, tier.private) {
        (Auth::Token, false) => reader.error(
            *line,
            format!("\"{pattern}\" is private (auth = \"token\"), but tier \"{name}\" is public"),
            private_tier(tiers),
        ),
        (Auth::None, true) => reader.warning(
            *line,
            format!("\"{pattern}\" has the private tier \"{name}\", but anyone may ask"),
            "add auth = \"token\" to the route, or give it a public tier",
        ),
        (Auth::Token, true) | (Auth::None, false) => {}
    }
}

/// Why answers of this route may not be stored.
fn uncacheable(
    draft: &Draft,
    pattern: &MethodPattern,
    query: Option<&Statement>,
) -> Option<String> {
    if let Some(Statement { compiled, file }) = query {
        let (name, path) = (&compiled.query.name, &file.path);
        match compiled.query.effect {
            Effect::Writes | Effect::Acts => {
                return Some(format!("query \"{name}\" ({path}) writes"));
            }
            Effect::Volatile => {
                return Some(format!(
                    "query \"{name}\" ({path}) is volatile, it gives other rows each time"
                ));
            }
            Effect::Reads => {}
        }
        match compiled.query.returns {
            Returns::Stream | Returns::Exec => {
                let returns = compiled.query.returns.as_str();
                return Some(format!(
                    "query \"{name}\" returns {returns}, which is not stored"
                ));
            }
            Returns::One | Returns::Many => {}
        }
    }
    let is_origin = matches!(draft.source, Some(SourceName::Origin(_)));
    if !is_origin && pattern.method_name() != Some("GET") {
        return Some("only answers to GET are stored".to_owned());
    }
    None
}

fn private_tier(tiers: &Names<Tier>) -> String {
    let private = tiers.iter().find(|(_, _, _, tier)| tier.private);
    match private {
        Some((name, ..)) => format!("use a private tier such as \"{name}\", or remove auth"),
        None => "give the route a tier with private = true, or remove auth".to_owned(),
    }
}
