//! The validators of a representation (RFC 9110 §8.8): its entity-tag and the time of its last change,
//! and when each of them is strong.

use super::dates;
use super::entity_tag::EntityTag;
use super::fields::Fields;
use crate::time::Timestamp;
use std::time::Duration;

/// Of a stored or a received response. A field that is malformed counts as absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Validators<'a> {
    pub etag: Option<EntityTag<'a>>,
    pub last_modified: Option<Timestamp>,
    /// When the origin sent the response, by its own clock.
    pub date: Option<Timestamp>,
}

/// How much later than the last change a response must have been sent for the one-second clock of
/// `Last-Modified` to tell two changes apart (§8.8.2.2).
const STRONG_AFTER: Duration = Duration::from_secs(1);

impl<'a> Validators<'a> {
    /// `received`: when the response came, which gives a two-digit year its century.
    pub fn of(response: &'a Fields, received: Timestamp) -> Self {
        Self {
            etag: response.sole("etag").and_then(EntityTag::parse),
            last_modified: dates::last_modified(response, received),
            date: dates::valid_date(response, received),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }

    pub fn strong_etag(&self) -> Option<EntityTag<'a>> {
        self.etag.filter(|tag| !tag.weak)
    }

    /// §8.8.2.2: `Last-Modified` is weak unless the response was sent a second after it.
    pub fn strong_last_modified(&self) -> Option<Timestamp> {
        let (changed, sent) = (self.last_modified?, self.date?);
        (sent >= changed.plus(STRONG_AFTER)).then_some(changed)
    }

    pub fn has_strong(&self) -> bool {
        self.strong_etag().is_some() || self.strong_last_modified().is_some()
    }

    /// Both name the same bytes. Entity-tags decide when both have one: two tags that differ are two
    /// representations, whatever their dates.
    pub fn same_strong(&self, other: &Validators<'_>) -> bool {
        match (self.etag, other.etag) {
            (Some(mine), Some(theirs)) => mine.matches_strongly(&theirs),
            (Some(_) | None, None) | (None, Some(_)) => {
                let mine = self.strong_last_modified();
                mine.is_some() && mine == other.strong_last_modified()
            }
        }
    }

    /// Both have the same date of the last change, and a strong one, while their entity-tags are the same by
    /// weak comparison. It identifies what a 304 is about (RFC 9111 §4.3.4: "at least one of the same strong
    /// validators"); ranges are never put together on it, since a weak tag says that bytes may differ.
    pub fn same_strong_date(&self, other: &Validators<'_>) -> bool {
        let tags_agree = match (self.etag, other.etag) {
            (Some(mine), Some(theirs)) => mine.matches_weakly(theirs.opaque),
            (Some(_) | None, None) | (None, Some(_)) => true,
        };
        let mine = self.strong_last_modified();
        tags_agree && mine.is_some() && mine == other.strong_last_modified()
    }

    /// Both may name the same representation: equal entity-tags by weak comparison where both have
    /// one, else equal dates.
    pub fn same_weak(&self, other: &Validators<'_>) -> bool {
        match (self.etag, other.etag) {
            (Some(mine), Some(theirs)) => mine.matches_weakly(theirs.opaque),
            (Some(_) | None, None) | (None, Some(_)) => {
                self.last_modified.is_some() && self.last_modified == other.last_modified
            }
        }
    }
}

#[cfg(test)]
impl<'a> Validators<'a> {
    /// From the values of `ETag`, `Last-Modified` and `Date`.
    pub fn read(etag: Option<&'a str>, last_modified: Option<&str>, date: Option<&str>) -> Self {
        let fields = [("Last-Modified", last_modified), ("Date", date)];
        let given = fields.into_iter().filter_map(|(n, v)| Some((n, v?)));
        let fields: Fields = given.collect();
        let now = Timestamp::from_millis(784_111_777_000);
        Self {
            etag: etag.and_then(EntityTag::parse),
            last_modified: dates::last_modified(&fields, now),
            date: dates::valid_date(&fields, now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANGED: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const AT_ONCE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const A_SECOND_LATER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

    #[test]
    fn rfc_9110_8_8_2_2_a_date_is_strong_a_second_later() {
        let strong = |date| Validators::read(None, Some(CHANGED), date).strong_last_modified();
        assert_eq!(strong(None), None);
        assert_eq!(strong(Some("0")), None);
        assert_eq!(strong(Some(AT_ONCE)), None);
        assert!(strong(Some(A_SECOND_LATER)).is_some());
    }

    #[test]
    fn malformed_validators_are_none() {
        for etag in ["abc", "\"a", "w/\"a\"", "\"a\", \"b\"", ""] {
            assert!(
                Validators::read(Some(etag), Some("0"), None).is_empty(),
                "{etag}"
            );
        }
    }

    #[test]
    fn rfc_9110_8_8_3_2_comparison() {
        // One tag, other tag, strongly the same, weakly the same.
        for (one, other, strong, weak) in [
            (r#"W/"1""#, r#"W/"1""#, false, true),
            (r#"W/"1""#, r#"W/"2""#, false, false),
            (r#"W/"1""#, r#""1""#, false, true),
            (r#""1""#, r#""1""#, true, true),
            (r#""1""#, r#""2""#, false, false),
        ] {
            // Equal dates do not make up for tags that differ.
            let read = |etag| Validators::read(Some(etag), Some(CHANGED), Some(A_SECOND_LATER));
            let (one, other) = (read(one), read(other));
            assert_eq!(one.same_strong(&other), strong, "{one:?} {other:?}");
            assert_eq!(one.same_weak(&other), weak, "{one:?} {other:?}");
            assert_eq!(one.same_strong_date(&other), weak, "{one:?} {other:?}");
            assert_eq!(other.same_strong(&one), strong);
            assert_eq!(other.same_weak(&one), weak);
        }
    }

    #[test]
    fn dates_decide_when_a_tag_is_missing() {
        let tagged = Validators::read(Some("\"1\""), Some(CHANGED), Some(A_SECOND_LATER));
        let dated = Validators::read(None, Some(CHANGED), Some(A_SECOND_LATER));
        let weakly = Validators::read(None, Some(CHANGED), Some(AT_ONCE));
        assert!(tagged.same_strong(&dated));
        assert!(!tagged.same_strong(&weakly));
        assert!(tagged.same_strong_date(&dated));
        assert!(!tagged.same_strong_date(&weakly));
        assert!(tagged.same_weak(&weakly));
        let nothing = Validators::default();
        assert!(!nothing.same_strong(&nothing));
        assert!(!nothing.same_weak(&nothing));
    }
}
