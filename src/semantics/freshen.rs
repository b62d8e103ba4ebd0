//! What a validation changes: which stored responses a 304 is about (RFC 9111 §4.3.4), which of their
//! fields it replaces (§3.2), and what the answer to a `HEAD` does to the stored `GET` (§4.3.5).

use super::connection;
use super::entity_tag::{TagList, parse_list};
use super::fields::Fields;
use super::revalidation::Asked;
use super::validators::Validators;
use crate::time::Timestamp;

/// A stored response that could have answered the request, but for its age.
#[derive(Clone, Copy, Debug)]
pub struct Stored<'a> {
    pub validators: Validators<'a>,
    pub received: Timestamp,
}

/// Why a 304 updates nothing. Its request is then repeated without conditions, unless it was the client
/// who named what the 304 is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unmatched {
    /// Its strong validator is that of no stored response.
    Strong,
    /// Nor is its weak one.
    Weak,
    /// It has none, and it could be about any of several.
    NoValidator,
}

impl Unmatched {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Strong => "304-other-strong",
            Self::Weak => "304-other-weak",
            Self::NoValidator => "304-no-validator",
        }
    }
}

/// §4.3.4: the places in `stored` of the responses that a 304 updates; one at least.
///
/// # Errors
/// Why there is none.
pub fn select(
    of_304: &Validators<'_>,
    stored: &[Stored<'_>],
    asked: Asked,
) -> Result<Vec<usize>, Unmatched> {
    if of_304.has_strong() {
        let same = |(_, one): &(usize, &Stored<'_>)| {
            one.validators.same_strong(of_304) || one.validators.same_strong_date(of_304)
        };
        let found: Vec<usize> = stored
            .iter()
            .enumerate()
            .filter(same)
            .map(|(at, _)| at)
            .collect();
        return if found.is_empty() {
            Err(Unmatched::Strong)
        } else {
            Ok(found)
        };
    }
    if !of_304.is_empty() {
        return most_recent(of_304, stored).ok_or(Unmatched::Weak);
    }
    match (stored, asked) {
        ([one], _) if one.validators.is_empty() => Ok(vec![0]),
        // DEPARTS FROM RFC 9111 §4.3.4: it lacks the validator that RFC 9110 §15.4.5 asks for, but we
        // asked about one stored response alone, so nothing else can be meant.
        ([_], Asked::One) => Ok(vec![0]),
        (_, Asked::One | Asked::Several) => Err(Unmatched::NoValidator),
    }
}

fn most_recent(of_304: &Validators<'_>, stored: &[Stored<'_>]) -> Option<Vec<usize>> {
    let same = |(_, one): &(usize, &Stored<'_>)| one.validators.same_weak(of_304);
    let sent = |one: &Stored<'_>| one.validators.date.unwrap_or(one.received);
    let matching = stored.iter().enumerate().filter(same);
    let (at, _) = matching.max_by_key(|(at, one)| (sent(one), *at))?;
    Some(vec![at])
}

/// What becomes of a 304 and of the request that it answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum After304 {
    /// Update these, and answer from the one that was chosen, judging the client's own conditions anew.
    /// One at least.
    Update(Vec<usize>),
    /// §4.3.2: it is about what the client has. It is sent on, and nothing stored is touched.
    ForClient,
    /// It is about nothing that anybody here has: repeat the request without conditions.
    Repeat(Unmatched),
}

/// `client`: the `If-None-Match` of the client, if its entity-tags were sent along.
pub fn judge_304(
    of_304: &Validators<'_>,
    stored: &[Stored<'_>],
    asked: Asked,
    client: Option<&str>,
) -> After304 {
    let why = match select(of_304, stored, asked) {
        Ok(places) => return After304::Update(places),
        Err(why) => why,
    };
    let is_theirs = match (client.map(parse_list), of_304.etag) {
        (Some(TagList::Tags(tags)), Some(etag)) => {
            tags.iter().any(|tag| tag.matches_weakly(etag.opaque))
        }
        (Some(TagList::Any | TagList::Tags(_)) | None, _) => false,
    };
    if is_theirs {
        After304::ForClient
    } else {
        After304::Repeat(why)
    }
}

/// Fields that an update leaves as they are stored: the stored bytes depend on them.
///
/// `Content-Length` is never replaced (§3.2). The bytes are kept as they came, in their coding, and the
/// range of a part is kept apart from its fields: §3.2 lets a cache omit both. `Content-Type` says how
/// to read the bytes, which the origin may correct.
const KEPT: [&str; 3] = ["content-encoding", "content-length", "content-range"];

/// §3.2: the stored fields, updated by those of a 304, of a 206 that joins them, or of the answer to a
/// `HEAD`. `omitted`: the fields that the directives of the new response leave out, in lower case; they
/// leave the stored one as well. The lines of a replaced field stand where its first one stood; new ones
/// follow at the end.
pub fn update(stored: &Fields, by: &Fields, omitted: &[String]) -> Fields {
    let mut new = connection::storable(by, omitted);
    new.retain_names(|name| !KEPT.iter().any(|kept| kept.eq_ignore_ascii_case(name)));
    let mut placed: Vec<String> = Vec::new();
    let mut updated = Fields::new();
    let mut place = |updated: &mut Fields, name: &str| {
        let lower = name.to_ascii_lowercase();
        if placed.contains(&lower) {
            return;
        }
        placed.push(lower);
        for (own, value) in new.iter().filter(|(own, _)| own.eq_ignore_ascii_case(name)) {
            updated.push(own, value);
        }
    };
    for (name, value) in stored.iter() {
        // Its age began anew when it was validated (§4.2.3).
        let is_age = name.eq_ignore_ascii_case("age");
        if is_age || omitted.iter().any(|own| own.eq_ignore_ascii_case(name)) {
            continue;
        }
        if new.contains(name) {
            place(&mut updated, name);
        } else {
            updated.push(name, value);
        }
    }
    for (name, _) in new.iter() {
        place(&mut updated, name);
    }
    updated
}

/// What the 200 to a `HEAD` does to a stored `GET` response that could have answered it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadEffect {
    /// [`update`] it: it is validated.
    Update,
    /// Consider it stale.
    Stale(HeadDiffers),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HeadDiffers {
    ETag,
    LastModified,
    ContentLength,
}

impl HeadDiffers {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ETag => "head-etag",
            Self::LastModified => "head-last-modified",
            Self::ContentLength => "head-content-length",
        }
    }
}

/// §4.3.5: the validators that came are those that are stored, and so is the length.
///
/// `stored_length`: of the stored body, in its coding.
pub fn head_effect(head: &Fields, stored: &Fields, stored_length: u64) -> HeadEffect {
    for (name, why) in [
        ("etag", HeadDiffers::ETag),
        ("last-modified", HeadDiffers::LastModified),
    ] {
        if head.contains(name) && !same_lines(head, stored, name) {
            return HeadEffect::Stale(why);
        }
    }
    let length = |value: &str| value.parse::<u64>().ok() == Some(stored_length);
    if !head.lines("content-length").all(length) {
        return HeadEffect::Stale(HeadDiffers::ContentLength);
    }
    HeadEffect::Update
}

fn same_lines(one: &Fields, other: &Fields, name: &str) -> bool {
    one.lines(name).eq(other.lines(name))
}

#[cfg(test)]
mod tests;
