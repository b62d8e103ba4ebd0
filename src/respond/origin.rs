//! The head of an answer that an HTTP origin gave, now or before: its own fields, in order and number.

use super::{ResponseHead, cache_control};
use crate::cache::stored::Head;
use crate::config::site::{Origin, TagFields};
use crate::policy::lifetime::OriginTerms;
use crate::policy::{Terms, Tier};
use crate::semantics::fields::Fields;
use crate::semantics::forwarding::to_client;
use crate::semantics::preconditions::fields_of_304;
use crate::semantics::range::ByteRange;
use crate::semantics::range::content_range::ContentRange;
use crate::source::fetch::Exchanged;
use std::time::Duration;

/// By which a public tier tells shared caches the same (RFC 9213 §3.1).
const TARGETED: &str = "CDN-Cache-Control";

/// What of a stored response is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Under its own status; for `HEAD` too, which leaves out the body alone.
    Whole,
    /// 304
    NotModified,
    /// 206; `complete`: how long the whole is, if anybody knows.
    Part {
        range: ByteRange,
        complete: Option<u64>,
    },
    /// 206 of several ranges, whose content this is.
    Parts { content_type: String, length: u64 },
    /// 416
    Unsatisfiable { complete: u64 },
}

/// From a stored response of this age (RFC 9111 §4: `Age` is generated whenever it is used).
pub fn stored(head: &Head, age: Duration, cut: &Cut, tag_fields: TagFields) -> ResponseHead {
    let kept: Fields = head.headers.iter().cloned().collect();
    let mut fields = shown(&kept, tag_fields);
    let status = match cut {
        Cut::Whole => head.status,
        Cut::NotModified => {
            fields = fields_of_304(&fields);
            304
        }
        Cut::Part { range, complete } => {
            let described = ContentRange::Part {
                range: *range,
                complete: *complete,
            };
            fields.set("Content-Range", described.to_string());
            fields.set("Content-Length", range.len().to_string());
            206
        }
        Cut::Parts {
            content_type,
            length,
        } => {
            fields.set("Content-Type", content_type.as_str());
            fields.set("Content-Length", length.to_string());
            206
        }
        Cut::Unsatisfiable { complete } => {
            fields.retain_names(|name| !is_of_content(name));
            let described = ContentRange::Unsatisfied {
                complete: *complete,
            };
            fields.set("Content-Range", described.to_string());
            416
        }
    };
    fields.set("Age", age.as_secs().to_string());
    with(status, fields)
}

/// Where a reference leads that an origin has written under the address of one of its servers: to the
/// same place here. Clients would leave us by it. `None` for any other.
pub fn led_here(reference: &str, origin: &Origin, here: &str) -> Option<String> {
    origin.upstreams.iter().find_map(|server| {
        let rest = reference.strip_prefix(server.url.as_str())?;
        let ends = rest.is_empty() || rest.starts_with(['/', '?', '#']);
        ends.then(|| format!("{here}{rest}"))
    })
}

/// [`led_here`], for the fields that hold such references.
pub fn lead_here(head: &mut ResponseHead, origin: &Origin, here: &str) {
    for (name, value) in &mut head.fields {
        let leads = ["location", "content-location"]
            .iter()
            .any(|own| name.eq_ignore_ascii_case(own));
        if leads && let Some(own) = led_here(value, origin, here) {
            *value = own;
        }
    }
}

/// What a tier with a TTL of its own tells browsers and the caches downstream, where the origin says
/// nothing of time. Only of the answer that is sent: what is stored has the origin's words alone.
pub fn tell_terms(head: &mut ResponseHead, tier: &Tier, terms: &OriginTerms, path: &str) {
    let origin_speaks = ["Cache-Control", "Expires"]
        .iter()
        .any(|name| head.get(name).is_some());
    if tier.honor_origin.is_some() || origin_speaks {
        return;
    }
    let terms = Terms {
        fresh: terms.lifetime,
        swr: terms.stale_while_revalidate,
        sie: Duration::ZERO,
    };
    head.push("Cache-Control", cache_control::stored(tier, terms, path));
    if !tier.private && head.get(TARGETED).is_none() {
        head.push(TARGETED, cache_control::targeted(terms));
    }
}

/// As the origin has sent it; but for a `Date`, which whoever passes a response on adds where there is
/// none (RFC 9110 §6.6.1).
pub fn passed(exchanged: &Exchanged, tag_fields: TagFields) -> ResponseHead {
    let mut fields = shown(&exchanged.fields, tag_fields);
    if !fields.contains("date") {
        fields.push("Date", exchanged.received.http_date());
    }
    with(exchanged.status, fields)
}

fn shown(fields: &Fields, tag_fields: TagFields) -> Fields {
    let mut fields = to_client(fields);
    match tag_fields {
        TagFields::Passed => {}
        TagFields::Stripped => {
            fields.remove("surrogate-key");
            fields.remove("cache-tag");
        }
    }
    fields
}

fn is_of_content(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    matches!(
        name.as_str(),
        "content-type"
            | "content-encoding"
            | "content-language"
            | "content-length"
            | "content-location"
            | "etag"
            | "last-modified"
    )
}

fn with(status: u16, fields: Fields) -> ResponseHead {
    let mut head = ResponseHead::of_origin(status);
    for (name, value) in fields {
        head.push(name, value);
    }
    head
}

#[cfg(test)]
mod tests;
