//! The conditional request that validates stored responses at their origin (RFC 9111 §4.3.1), together
//! with what the client itself asked (§4.3.2).

use super::entity_tag::{EntityTag, TagList, parse_list};
use super::fields::Fields;
use super::preconditions::{COMPARISONS, GUARDS};
use super::range::RangeSet;
use super::range::partial::Holding;
use super::validators::Validators;
use crate::time::Timestamp;

/// How many entity-tags a request carries at most. Ours come first.
pub const TAGS_MAX: usize = 64;

/// A stored response to validate. One that holds a part of its representation takes part only in a
/// request for ranges that lie wholly inside (§4.3.2).
#[derive(Clone, Copy, Debug)]
pub struct Held<'a> {
    pub validators: Validators<'a>,
    /// The field as it came, since some origins compare its text.
    pub last_modified: Option<&'a str>,
}

impl<'a> Held<'a> {
    pub fn of(response: &'a Fields, received: Timestamp) -> Self {
        Self {
            validators: Validators::of(response, received),
            last_modified: response.sole("last-modified"),
        }
    }
}

/// Whose validators the request carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Asked {
    /// Those of one stored response alone: whatever a 304 says, it is about that one.
    One,
    /// Of several, or the client's as well.
    Several,
}

/// The conditional fields of the request that goes to the origin, in place of all that the client sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revalidation {
    pub if_none_match: Option<String>,
    pub if_modified_since: Option<String>,
    pub asked: Asked,
}

/// `None` when nothing that is held has a validator: an unconditional request is then all there is.
///
/// `client`: the request's own `If-None-Match`, whose entity-tags are added to ours, so that the origin
/// can answer for either. Its other conditions are judged afterwards, on what has been validated.
pub fn revalidate(held: &[Held<'_>], client: Option<&str>) -> Option<Revalidation> {
    let ours: Vec<EntityTag<'_>> = held.iter().filter_map(|one| one.validators.etag).collect();
    let theirs = match client.map(parse_list) {
        Some(TagList::Tags(tags)) => tags,
        Some(TagList::Any) | None => Vec::new(),
    };
    let only = match held {
        [one] => Some(one),
        _ => None,
    };
    // §4.3.1: a date can be sent for a single stored response.
    let if_modified_since = only
        .filter(|one| one.validators.last_modified.is_some())
        .and_then(|one| one.last_modified);
    if ours.is_empty() && if_modified_since.is_none() {
        return None;
    }
    // With an If-None-Match of the client's alone, the origin would not look at our date.
    let theirs = if ours.is_empty() { Vec::new() } else { theirs };
    let mut tags: Vec<EntityTag<'_>> = Vec::new();
    for tag in ours.iter().chain(&theirs) {
        if tags.len() < TAGS_MAX && !tags.contains(tag) {
            tags.push(*tag);
        }
    }
    let asked = match only {
        Some(_) if tags.len() <= 1 => Asked::One,
        Some(_) | None => Asked::Several,
    };
    let texts: Vec<String> = tags.iter().map(ToString::to_string).collect();
    Some(Revalidation {
        if_none_match: (!texts.is_empty()).then(|| texts.join(", ")),
        if_modified_since: if_modified_since.map(str::to_owned),
        asked,
    })
}

impl Revalidation {
    /// Replaces the client's conditions by these.
    pub fn apply(&self, request: &mut Fields) {
        for name in [GUARDS, COMPARISONS].into_iter().flatten() {
            request.remove(name);
        }
        if let Some(tags) = &self.if_none_match {
            request.push("If-None-Match", tags.as_str());
        }
        if let Some(date) = &self.if_modified_since {
            request.push("If-Modified-Since", date.as_str());
        }
    }
}

/// The request that completes a stored part: the range that is missing, and the strong validator by
/// which the origin sends the whole instead when its representation is another by now (RFC 9110 §13.1.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    pub range: String,
    pub if_range: String,
}

/// `None` when nothing is missing, or no strong validator would let the answer be joined to the part.
pub fn complete(part: &Held<'_>, holding: &Holding) -> Option<Completion> {
    let missing = RangeSet::of(vec![holding.missing()?])?;
    let validators = &part.validators;
    let if_range = match (validators.etag, validators.strong_last_modified()) {
        (Some(etag), _) if !etag.weak => etag.to_string(),
        (None, Some(_)) => part.last_modified?.to_owned(),
        (Some(_), _) | (None, None) => return None,
    };
    Some(Completion {
        range: missing.to_string(),
        if_range,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANGED: &str = "Sunday, 06-Nov-94 08:49:37 GMT";

    fn response(etag: Option<&str>, last_modified: Option<&str>) -> Fields {
        let etag = etag.map(|value| ("ETag", value));
        let date = last_modified.map(|value| ("Last-Modified", value));
        etag.into_iter().chain(date).collect()
    }

    fn held(response: &Fields) -> Held<'_> {
        Held::of(response, Timestamp::from_millis(784_111_800_000))
    }

    fn check(
        responses: &[(Option<&str>, Option<&str>)],
        client: Option<&str>,
        expected: Option<(Option<&str>, Option<&str>, Asked)>,
    ) {
        let responses: Vec<Fields> = responses.iter().map(|r| response(r.0, r.1)).collect();
        let held: Vec<Held<'_>> = responses.iter().map(held).collect();
        let found = revalidate(&held, client);
        let found = found.as_ref().map(|found| {
            let (tags, date) = (&found.if_none_match, &found.if_modified_since);
            (tags.as_deref(), date.as_deref(), found.asked)
        });
        assert_eq!(found, expected, "{responses:?} {client:?}");
    }

    #[test]
    fn rfc_9111_4_3_1_every_validator_is_sent_as_it_came() {
        use Asked::One;
        let (strong, weak) = (Some("\"a\""), Some("W/\"a\""));
        check(&[(strong, None)], None, Some((strong, None, One)));
        check(&[(weak, None)], None, Some((weak, None, One)));
        check(
            &[(strong, Some(CHANGED))],
            None,
            Some((strong, Some(CHANGED), One)),
        );
        check(
            &[(None, Some(CHANGED))],
            None,
            Some((None, Some(CHANGED), One)),
        );
        check(&[(None, None)], None, None);
        check(&[(Some("a"), Some("yesterday"))], None, None);
        check(&[], Some("\"x\""), None);
    }

    #[test]
    fn rfc_9111_4_3_2_the_clients_tags_are_added_to_ours() {
        use Asked::{One, Several};
        let a = Some("\"a\"");
        check(
            &[(a, None)],
            Some("\"x\", W/\"a\", \"a\""),
            Some((Some("\"a\", \"x\", W/\"a\""), None, Several)),
        );
        check(&[(a, None)], Some("\"a\""), Some((a, None, One)));
        check(&[(a, None)], Some("*"), Some((a, None, One)));
        check(
            &[(a, Some(CHANGED)), (Some("\"b\""), Some(CHANGED))],
            None,
            Some((Some("\"a\", \"b\""), None, Several)),
        );
        // The client's tags would make the origin ignore our date.
        check(
            &[(None, Some(CHANGED))],
            Some("\"x\""),
            Some((None, Some(CHANGED), One)),
        );
    }

    #[test]
    fn tags_are_bounded_and_ours_come_first() {
        let theirs: Vec<String> = (0..TAGS_MAX * 2).map(|n| format!("\"{n}\"")).collect();
        let stored = response(Some("\"mine\""), None);
        let sent = revalidate(&[held(&stored)], Some(&theirs.join(","))).unwrap();
        let sent = sent.if_none_match.unwrap();
        assert!(sent.starts_with("\"mine\", \"0\", \"1\""));
        assert_eq!(sent.split(", ").count(), TAGS_MAX);
    }

    #[test]
    fn rfc_9111_3_4_what_completes_a_part_is_asked_for_with_a_strong_validator() {
        use crate::semantics::range::content_range::ContentRange;
        let holding = |field, len| Holding::of_part(ContentRange::parse(field), len).unwrap();
        let (date, later) = (
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:38 GMT",
        );
        for (lines, expected) in [
            (&[("ETag", "\"a\"")][..], Some("\"a\"")),
            (&[("Last-Modified", date), ("Date", later)], Some(date)),
            (&[("Last-Modified", date), ("Date", date)], None),
            // Joining would compare the tags, and weak ones never are the same bytes.
            (
                &[
                    ("ETag", "W/\"a\""),
                    ("Last-Modified", date),
                    ("Date", later),
                ],
                None,
            ),
            (&[], None),
        ] {
            let response: Fields = lines.iter().copied().collect();
            let found = complete(&held(&response), &holding("bytes 0-4/10", 5));
            let sent = found.map(|found| (found.range, found.if_range));
            let expected = expected.map(|text| ("bytes=5-".to_owned(), text.to_owned()));
            assert_eq!(sent, expected, "{lines:?}");
        }
        let response: Fields = [("ETag", "\"a\"")].into_iter().collect();
        assert_eq!(
            complete(&held(&response), &holding("bytes 0-9/10", 10)),
            None
        );
    }

    #[test]
    fn the_clients_own_conditions_are_replaced() {
        let stored = response(Some("\"a\""), None);
        let mut request: Fields = [
            ("Accept", "a/b"),
            ("If-Modified-Since", CHANGED),
            ("IF-NONE-MATCH", "*"),
            ("If-Match", "\"z\""),
        ]
        .into_iter()
        .collect();
        revalidate(&[held(&stored)], None)
            .unwrap()
            .apply(&mut request);
        let lines: Vec<_> = request.iter().collect();
        assert_eq!(lines, [("Accept", "a/b"), ("If-None-Match", "\"a\"")]);
    }
}
