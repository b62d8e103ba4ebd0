//! `Cache-Status` (RFC 9211): one member per layer that took part, nearest the origin first.

use crate::outcome::{CacheVerdict, Finding, Forwarded, Layer, LayerReport, Outcome, ShieldReport};

/// The field's value: a Structured Field list (RFC 8941 §3.1), whatever the outcome holds.
pub fn render(outcome: &Outcome) -> String {
    let mut members: Vec<Member<'_>> = Vec::with_capacity(4);
    members.extend(outcome.shield.map(shield_member));
    let layers = outcome.layers.iter().rev();
    members.extend(layers.map(|report| layer_member(report, outcome.forwarded)));
    if members.is_empty() {
        members.push(alone(outcome));
    }
    let status = outcome.forwarded.and_then(|forwarded| forwarded.status);
    if let Some(first) = members.first_mut() {
        // The next one on the way is the origin itself.
        first.status = status;
    }
    if let Some(last) = members.last_mut() {
        last.detail = outcome.detail.or(last.detail);
        last.key = outcome.key.as_deref();
    }
    let members: Vec<String> = members.iter().map(Member::text).collect();
    members.join(", ")
}

/// What a cache did with the request.
#[derive(Clone, Copy, Debug)]
enum Part {
    Hit {
        ttl_s: Option<i64>,
    },
    /// Why it went forward.
    Forwarded(&'static str),
    /// It was neither answered from here nor sent on.
    Neither,
}

#[derive(Clone, Copy, Debug)]
struct Member<'a> {
    name: &'static str,
    part: Part,
    /// What the next one answered.
    status: Option<u16>,
    collapsed: bool,
    stored: bool,
    detail: Option<&'static str>,
    key: Option<&'a str>,
}

impl Member<'_> {
    fn new(name: &'static str, part: Part) -> Self {
        Self {
            name,
            part,
            status: None,
            collapsed: false,
            stored: false,
            detail: None,
            key: None,
        }
    }

    fn text(&self) -> String {
        let mut text = self.name.to_owned();
        match self.part {
            Part::Hit { ttl_s } => {
                text.push_str("; hit");
                if let Some(ttl_s) = ttl_s {
                    text.push_str(&format!("; ttl={ttl_s}"));
                }
            }
            Part::Forwarded(why) => {
                text.push_str("; fwd=");
                text.push_str(why);
                if let Some(status) = self.status {
                    text.push_str(&format!("; fwd-status={status}"));
                }
            }
            Part::Neither => {}
        }
        if self.collapsed {
            text.push_str("; collapsed");
        }
        if let Some(detail) = self.detail {
            text.push_str("; detail=");
            text.push_str(&token_or_string(detail));
        }
        if self.stored {
            text.push_str("; stored");
        }
        if let Some(key) = self.key {
            text.push_str("; key=");
            text.push_str(&string(key));
        }
        text
    }
}

/// Where no layer took part.
fn alone(outcome: &Outcome) -> Member<'static> {
    let part = match (outcome.forwarded, outcome.verdict) {
        (Some(forwarded), _) => Part::Forwarded(forwarded.why.as_str()),
        (None, CacheVerdict::Bypass) => Part::Forwarded("bypass"),
        (None, CacheVerdict::Miss) => Part::Neither,
        (None, CacheVerdict::Expired | CacheVerdict::Revalidated) => Part::Forwarded("stale"),
        (None, CacheVerdict::Hit | CacheVerdict::Stale) => Part::Hit { ttl_s: None },
    };
    Member::new("forebay", part)
}

fn shield_member(report: ShieldReport) -> Member<'static> {
    // A fill that had just ended answered: the shield itself was the cache.
    let part = if report.settled {
        Part::Hit { ttl_s: None }
    } else {
        Part::Forwarded("miss")
    };
    Member {
        collapsed: report.collapsed,
        ..Member::new("forebay-shield", part)
    }
}

fn layer_member(report: &LayerReport, forwarded: Option<Forwarded>) -> Member<'static> {
    let name = match report.layer {
        Layer::Memory => "forebay-memory",
        Layer::Colo => "forebay-colo",
        Layer::Global => "forebay-global",
    };
    let asked = forwarded.filter(|forwarded| forwarded.status.is_some());
    let validated = forwarded.filter(|forwarded| forwarded.validated == Some(report.layer));
    let found = match report.finding {
        Finding::Fresh { ttl_s } => Part::Hit { ttl_s: Some(ttl_s) },
        // RFC 9211 §2.1: what is served for want of an origin is a hit, and what is served instead of its
        // answer went forward.
        Finding::ServedStale { ttl_s } => match asked {
            Some(forwarded) => Part::Forwarded(forwarded.why.as_str()),
            None => Part::Hit { ttl_s: Some(ttl_s) },
        },
        Finding::Stale { .. } => Part::Forwarded("stale"),
        Finding::Absent => Part::Forwarded("uri-miss"),
        // There is something, or nobody knows.
        Finding::Unusable(_) | Finding::Failed => Part::Forwarded("miss"),
        Finding::ToValidate { .. } => Part::Forwarded("request"),
        Finding::OtherVariants => Part::Forwarded("vary-miss"),
        Finding::Partial => Part::Forwarded("partial"),
        Finding::NotForwarded => Part::Neither,
    };
    let detail = match report.finding {
        Finding::Unusable(why) => Some(why),
        Finding::Failed => Some("layer-failed"),
        Finding::Fresh { .. }
        | Finding::ServedStale { .. }
        | Finding::Stale { .. }
        | Finding::Absent
        | Finding::ToValidate { .. }
        | Finding::OtherVariants
        | Finding::Partial
        | Finding::NotForwarded => None,
    };
    Member {
        part: validated.map_or(found, |forwarded| Part::Forwarded(forwarded.why.as_str())),
        status: validated.and_then(|forwarded| forwarded.status),
        detail,
        stored: report.stored,
        ..Member::new(name, found)
    }
}

/// RFC 8941 §3.3.4: a token, if the text is one.
fn token_or_string(text: &str) -> String {
    let is_first = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'*';
    let is_rest = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~:/".contains(&byte);
    if text.as_bytes().first().is_some_and(is_first) && text.bytes().all(is_rest) {
        text.to_owned()
    } else {
        string(text)
    }
}

/// RFC 8941 §3.3.3; what no string holds is shown as `?`.
fn string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            ' '..='~' => out.push(c),
            _ => out.push('?'),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests;
