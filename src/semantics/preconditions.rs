//! All preconditions of a request, in their order (RFC 9110 §13.2.2), and what a stored response answers
//! to them (RFC 9111 §4.3.2): whole, 304, some of its ranges, 412, or nothing because only the origin
//! may judge.

use super::conditional::none_match_fails;
use super::entity_tag::{EntityTag, TagList, parse_list};
use super::fields::Fields;
use super::http_date;
use super::range::partial::{FromPart, Holding};
use super::range::{ByteRange, RangeSet, Selection};
use super::validators::Validators;
use crate::time::Timestamp;
use std::borrow::Cow;

/// What guards a write, or a reader against changes: for the origin to judge (RFC 9111 §4.3.2).
pub const GUARDS: [&str; 2] = ["if-match", "if-unmodified-since"];

/// By which a client asks whether what it has is still good (§13.1.2, §13.1.3).
pub const COMPARISONS: [&str; 2] = ["if-none-match", "if-modified-since"];

/// Which part a client asks for, and of which representation (§14.2, §13.1.5).
pub const RANGES: [&str; 2] = ["range", "if-range"];

/// The names of all fields by which a request gets another answer than the whole representation.
pub fn names() -> impl Iterator<Item = &'static str> {
    [GUARDS, COMPARISONS, RANGES].into_iter().flatten()
}

/// The conditional fields of a request. Of a date field with several values none is kept: §13.1.3 and
/// §13.1.4 say to ignore what is no date.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preconditions<'a> {
    pub if_match: Option<Cow<'a, str>>,
    pub if_none_match: Option<Cow<'a, str>>,
    pub if_modified_since: Option<Timestamp>,
    pub if_unmodified_since: Option<Timestamp>,
}

impl<'a> Preconditions<'a> {
    pub fn of(request: &'a Fields, now: Timestamp) -> Self {
        let date = |name| http_date::parse(request.sole(name)?, now);
        Self {
            if_match: request.combined("if-match"),
            if_none_match: request.combined("if-none-match"),
            if_modified_since: date("if-modified-since"),
            if_unmodified_since: date("if-unmodified-since"),
        }
    }
}

/// A stored or current representation.
#[derive(Clone, Copy, Debug)]
pub struct Representation<'a> {
    pub status: u16,
    pub validators: Validators<'a>,
    /// When it came here.
    pub received: Timestamp,
    /// Bytes of its body.
    pub length: u64,
}

/// Who judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judge {
    /// It has a copy, and leaves to the origin what guards against lost updates (RFC 9111 §4.3.2).
    Cache,
    /// It has the representation itself.
    Origin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As if nothing had been asked.
    Proceed,
    /// 304
    NotModified,
    /// 412
    Failed,
    Forward(ForOrigin),
}

/// Why a stored response must not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ForOrigin {
    IfMatch,
    IfUnmodifiedSince,
    /// Neither `GET` nor `HEAD`.
    Method,
}

impl ForOrigin {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::IfMatch => "if-match",
            Self::IfUnmodifiedSince => "if-unmodified-since",
            Self::Method => "method",
        }
    }
}

/// `current`: `None` when there is no representation.
pub fn evaluate(
    asked: &Preconditions<'_>,
    method: &str,
    current: Option<&Representation<'_>>,
    judge: Judge,
) -> Verdict {
    let reads = matches!(method, "GET" | "HEAD");
    // §13.2.1: methods that select nothing, and answers that would be no success.
    let is_success = current.is_none_or(|current| (200..300).contains(&current.status));
    if matches!(method, "CONNECT" | "OPTIONS" | "TRACE") || !is_success {
        return Verdict::Proceed;
    }
    if judge == Judge::Cache && !reads {
        return Verdict::Forward(ForOrigin::Method);
    }
    if let Some(verdict) = guard(asked, current, judge) {
        return verdict;
    }
    let unchanged = match (&asked.if_none_match, asked.if_modified_since) {
        (Some(field), _) => none_match_is_false(field, current),
        (None, Some(date)) if reads => current.is_some_and(|c| unmodified(c, date, judge)),
        (None, Some(_) | None) => false,
    };
    match (unchanged, reads) {
        (true, true) => Verdict::NotModified,
        (true, false) => Verdict::Failed,
        (false, _) => Verdict::Proceed,
    }
}

/// Steps 1 and 2: what protects a write from another one. `None` to go on.
fn guard(
    asked: &Preconditions<'_>,
    current: Option<&Representation<'_>>,
    judge: Judge,
) -> Option<Verdict> {
    let failed = |holds: bool| (!holds).then_some(Verdict::Failed);
    match (&asked.if_match, asked.if_unmodified_since, judge) {
        (Some(_), _, Judge::Cache) => Some(Verdict::Forward(ForOrigin::IfMatch)),
        (Some(field), _, Judge::Origin) => failed(match_holds(field, current)),
        (None, Some(_), Judge::Cache) => Some(Verdict::Forward(ForOrigin::IfUnmodifiedSince)),
        (None, Some(date), Judge::Origin) => {
            // §13.1.4: ignored where there is no date to compare.
            let changed = current.and_then(|current| current.validators.last_modified);
            failed(changed.is_none_or(|changed| seconds(changed) <= seconds(date)))
        }
        (None, None, Judge::Cache | Judge::Origin) => None,
    }
}

/// §13.1.1, by strong comparison.
fn match_holds(field: &str, current: Option<&Representation<'_>>) -> bool {
    let Some(current) = current else {
        return false;
    };
    match (parse_list(field), current.validators.etag) {
        (TagList::Any, _) => true,
        (TagList::Tags(tags), Some(etag)) => tags.iter().any(|tag| tag.matches_strongly(&etag)),
        (TagList::Tags(_), None) => false,
    }
}

/// §13.1.2, by weak comparison.
fn none_match_is_false(field: &str, current: Option<&Representation<'_>>) -> bool {
    current.is_some_and(|current| {
        let etag = current.validators.etag.map(|etag| etag.opaque);
        none_match_fails(field, etag.as_slice())
    })
}

/// §13.1.3. RFC 9111 §4.3.2: a cache takes `Date` for a missing `Last-Modified`, and the time of
/// reception for a missing `Date`.
fn unmodified(current: &Representation<'_>, since: Timestamp, judge: Judge) -> bool {
    let Validators {
        last_modified,
        date,
        ..
    } = current.validators;
    let changed = match judge {
        Judge::Cache => last_modified.or(date).or(Some(current.received)),
        Judge::Origin => last_modified,
    };
    changed.is_some_and(|changed| seconds(changed) <= seconds(since))
}

fn seconds(moment: Timestamp) -> u64 {
    moment.as_millis() / 1000
}

/// What a stored response gives to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// With its own status.
    Whole,
    /// 304
    NotModified,
    /// 206
    Part(ByteRange),
    /// 206 with `multipart/byteranges`
    Parts(Vec<ByteRange>),
    /// 416
    Unsatisfiable,
    Forward(ForOrigin),
}

/// Steps 3 to 6 for a whole stored response.
pub fn answer(
    request: &Fields,
    method: &str,
    stored: &Representation<'_>,
    now: Timestamp,
) -> Answer {
    let asked = Preconditions::of(request, now);
    match evaluate(&asked, method, Some(stored), Judge::Cache) {
        Verdict::NotModified => return Answer::NotModified,
        Verdict::Forward(why) => return Answer::Forward(why),
        // A cache forwards what could fail.
        Verdict::Failed | Verdict::Proceed => {}
    }
    // §14.2: ranges are for `GET` alone, and only where the answer would be 200.
    if method != "GET" || stored.status != 200 {
        return Answer::Whole;
    }
    let Some(wanted) = wanted_ranges(request, &stored.validators, now) else {
        return Answer::Whole;
    };
    match wanted.select(stored.length) {
        Selection::Whole => Answer::Whole,
        Selection::Single(range) => Answer::Part(range),
        Selection::Several(ranges) => Answer::Parts(ranges),
        Selection::Unsatisfiable => Answer::Unsatisfiable,
    }
}

/// For a stored part (RFC 9111 §3.3): only ranges that lie inside it. Everything else, a condition that
/// it could have judged included, is for a whole response to answer.
pub fn answer_from_part(
    request: &Fields,
    method: &str,
    stored: &Representation<'_>,
    holding: &Holding,
    now: Timestamp,
) -> FromPart {
    let asked = Preconditions::of(request, now);
    let verdict = evaluate(&asked, method, Some(stored), Judge::Cache);
    if method != "GET" || verdict != Verdict::Proceed {
        return FromPart::Missing;
    }
    match wanted_ranges(request, &stored.validators, now) {
        Some(wanted) => holding.answer(&wanted),
        None => FromPart::Missing,
    }
}

/// The ranges that count: `Range` is there, is understood, and `If-Range` does not take it back.
pub fn wanted_ranges(
    request: &Fields,
    validators: &Validators<'_>,
    now: Timestamp,
) -> Option<RangeSet> {
    let field = request.combined("range")?;
    let wanted = RangeSet::parse(&field).ok()?;
    let holds = request
        .combined("if-range")
        .is_none_or(|field| if_range_holds(&field, validators, now));
    holds.then_some(wanted)
}

/// §13.1.5: the strong comparison of an entity-tag, or the very date of a strong `Last-Modified`.
/// Anything else is false, which gives the whole representation.
fn if_range_holds(field: &str, validators: &Validators<'_>, now: Timestamp) -> bool {
    if let Some(tag) = EntityTag::parse(field) {
        return validators
            .etag
            .is_some_and(|etag| etag.matches_strongly(&tag));
    }
    let date = http_date::parse(field, now);
    date.is_some() && date == validators.strong_last_modified()
}

/// What a 304 leaves out of the fields that the 200 would have (§15.4.5): the metadata of a
/// representation that the client has, and `Last-Modified` where an entity-tag says more.
pub fn fields_of_304(of_200: &Fields) -> Fields {
    let mut fields = of_200.clone();
    let has_etag = fields.contains("etag");
    fields.retain_names(|name| {
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            "content-type" | "content-encoding" | "content-language" | "content-length"
            | "content-range" => false,
            "last-modified" => !has_etag,
            _ => true,
        }
    });
    fields
}

#[cfg(test)]
mod tests;
