//! The canonical value of a selecting field: equal for two requests when RFC 9111 §4.1 says that their
//! values match, by white space, combination of lines, or what the field's own specification calls the
//! same.

use crate::semantics::fields::{Fields, trim_ows};
use crate::semantics::weight::qvalue;

/// Fields whose value is no list: a comma in them is only a comma, so nothing around it is changed.
const NOT_LISTS: [&str; 16] = [
    "authorization",
    "cookie",
    "date",
    "dpop",
    "from",
    "host",
    "if-modified-since",
    "if-range",
    "if-unmodified-since",
    "max-forwards",
    "origin",
    "proxy-authorization",
    "referer",
    "sec-ch-ua-platform",
    "upgrade-insecure-requests",
    "user-agent",
];

/// `name` is in lower case. `None` when the request does not have the field: an empty value says
/// something else.
pub fn canonical(name: &str, request: &Fields) -> Option<String> {
    let combined = request.combined(name)?;
    if NOT_LISTS.contains(&name) {
        return Some(combined.into_owned());
    }
    let weighted = match name {
        "accept-encoding" => encodings(request),
        "accept-language" | "accept-charset" => weighted(request, name).map(|m| write(&m)),
        _ => None,
    };
    Some(weighted.unwrap_or_else(|| without_optional_space(&combined)))
}

/// The language that a request puts above all others, in lower case; `None` when there is no single one.
pub fn favourite_language(request: &Fields) -> Option<String> {
    let members = weighted(request, "accept-language")?;
    let mut best = members.iter();
    let first = best.next()?;
    let is_alone = best.next().is_none_or(|next| next.weight < first.weight);
    (is_alone && first.weight > 0 && first.what != "*").then(|| first.what.clone())
}

/// A member of `Accept-Language`, `Accept-Charset` or `Accept-Encoding`, in lower case: RFC 9110 §8.3.2,
/// §8.4.1 and §8.5.1 give none of their names a case.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Weighted {
    what: String,
    /// In thousandths.
    weight: u16,
}

/// The members, by falling weight: among equal weights the order says nothing (§12.4.2, §12.5.4).
/// `None` when one of them is malformed, or stands there twice: who knows what the origin makes of it.
fn weighted(request: &Fields, name: &str) -> Option<Vec<Weighted>> {
    let mut members = Vec::new();
    for member in request.members(name) {
        let (what, weight) = match member.split_once(';') {
            Some((what, parameter)) => (trim_ows(what), weight(trim_ows(parameter))?),
            None => (member, 1000),
        };
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.+*:".contains(&byte);
        if what.is_empty() || !what.bytes().all(is_plain) {
            return None;
        }
        let what = what.to_ascii_lowercase();
        members.push(Weighted { what, weight });
    }
    members.sort_unstable_by(|a, b| b.weight.cmp(&a.weight).then_with(|| a.what.cmp(&b.what)));
    let mut names: Vec<&str> = members.iter().map(|member| member.what.as_str()).collect();
    names.sort_unstable();
    let is_clear = names.windows(2).all(|pair| pair.first() != pair.last());
    is_clear.then_some(members)
}

/// `q=0.5`, in thousandths (§12.4.2).
fn weight(parameter: &str) -> Option<u16> {
    let (name, value) = parameter.split_once('=')?;
    if !name.eq_ignore_ascii_case("q") {
        return None;
    }
    qvalue(value)
}

/// §12.5.3: `x-gzip` is `gzip`; a coding that is refused is one that is not named, unless `*` would take
/// it; `identity` is acceptable unless it is refused.
fn encodings(request: &Fields) -> Option<String> {
    let mut members = weighted(request, "accept-encoding")?;
    for member in &mut members {
        member.what = match member.what.as_str() {
            "x-gzip" => "gzip".to_owned(),
            "x-compress" => "compress".to_owned(),
            _ => continue,
        };
    }
    let has_any = members.iter().any(|member| member.what == "*");
    members.retain(|member| has_any || member.weight > 0 || member.what == "identity");
    members.sort_unstable_by(|a, b| b.weight.cmp(&a.weight).then_with(|| a.what.cmp(&b.what)));
    members.dedup();
    Some(write(&members))
}

fn write(members: &[Weighted]) -> String {
    let mut text = String::new();
    for member in members {
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(&member.what);
        if member.weight != 1000 {
            text.push_str(&format!(";q={}", member.weight));
        }
    }
    text
}

/// The combined value without the white space around its commas, but for those in quoted strings.
fn without_optional_space(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find([',', '"']) {
        let (before, from) = rest.split_at(at);
        match quoted(from) {
            Some((quoted, after)) => {
                text.push_str(before);
                text.push_str(quoted);
                rest = after;
            }
            None if from.starts_with(',') => {
                text.push_str(before);
                text.truncate(text.trim_end_matches([' ', '\t']).len());
                text.push(',');
                rest = from
                    .get(1..)
                    .unwrap_or_default()
                    .trim_start_matches([' ', '\t']);
            }
            None => {
                // A quote that nothing closes is a character like others.
                text.push_str(before);
                text.push('"');
                rest = from.get(1..).unwrap_or_default();
            }
        }
    }
    text.push_str(rest);
    text
}

/// The quoted string that `text` begins with, and what follows it.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let mut escaped = false;
    let inner = text.strip_prefix('"')?;
    for (at, c) in inner.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(text.split_at(at + 2)),
            _ => {}
        }
    }
    None
}
