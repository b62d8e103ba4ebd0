//! Bookmarks: what a client sends to be answered from no earlier point than its own write.

use super::seq::PurgeSeq;
use super::view::View;
use crate::time::Timestamp;
use std::time::Duration;

/// The response field, the request field, and (in lower case) the cookie.
pub const FIELD: &str = "Forebay-Bookmark";
pub const COOKIE: &str = "forebay-bookmark";

/// What a request said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    Nothing,
    At(PurgeSeq),
    Malformed,
}

/// Reads the field and the cookie; the later of the two counts.
pub fn read(field: Option<&str>, cookies: Option<&str>) -> Given {
    match (field.map(parse), cookies.and_then(in_cookies).map(parse)) {
        (None, None) => Given::Nothing,
        (Some(Some(a)), Some(Some(b))) => Given::At(a.max(b)),
        (Some(Some(seq)), _) | (_, Some(Some(seq))) => Given::At(seq),
        (Some(None), _) | (None, Some(None)) => Given::Malformed,
    }
}

/// Decimal digits, no more than a number of the log has.
fn parse(text: &str) -> Option<PurgeSeq> {
    let text = text.trim();
    let digits = !text.is_empty() && text.len() <= 16 && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok().map(PurgeSeq))?
}

fn in_cookies(cookies: &str) -> Option<&str> {
    let mut pairs = cookies.split(';').filter_map(|pair| pair.split_once('='));
    let found = pairs.find(|(name, _)| name.trim() == COOKIE)?;
    Some(found.1.trim().trim_matches('"'))
}

/// How a bookmark stands to a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The view knows all that the bookmark's holder may have seen.
    Reached,
    /// The log may be farther than the view.
    Ahead,
    /// No log can have given this number: it tells a time to come, or one before the view was renewed,
    /// when the log had not come so far.
    Impossible,
}

/// How far the clocks of two machines may differ.
const SKEW: Duration = Duration::from_secs(5);

/// Compared by the time that numbers tell, so that made-up bookmarks cost no question to the log.
pub fn stand(bookmark: PurgeSeq, view: &View, now: Timestamp) -> Standing {
    if bookmark <= view.head() {
        return Standing::Reached;
    }
    let given = bookmark.at();
    let to_come = given > now.plus(SKEW);
    let passed = view.as_of().is_some_and(|as_of| given.plus(SKEW) < as_of);
    if to_come || passed {
        Standing::Impossible
    } else {
        Standing::Ahead
    }
}

#[cfg(test)]
mod tests {
    use super::super::index::Delta;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_field_and_the_cookie_are_read_and_the_later_one_counts() {
        let at = |seq| Given::At(PurgeSeq(seq));
        for (field, cookies, expected) in [
            (None, None, Given::Nothing),
            (Some("12"), None, at(12)),
            (Some(" 12 "), Some("a=b"), at(12)),
            (None, Some("a=1; forebay-bookmark=34; c=d"), at(34)),
            (None, Some("forebay-bookmark=\"34\""), at(34)),
            (Some("12"), Some("forebay-bookmark=34"), at(34)),
            (Some("x"), Some("forebay-bookmark=34"), at(34)),
            (Some(""), None, Given::Malformed),
            (Some("-1"), None, Given::Malformed),
            (Some("+1"), None, Given::Malformed),
            (Some("1.5"), None, Given::Malformed),
            (Some("12345678901234567"), None, Given::Malformed),
            (None, Some("forebay-bookmark"), Given::Nothing),
            (None, Some("xforebay-bookmark=1"), Given::Nothing),
            (None, Some("forebay-bookmark="), Given::Malformed),
        ] {
            assert_eq!(read(field, cookies), expected, "{field:?} {cookies:?}");
        }
    }

    #[test]
    fn a_number_that_no_log_can_have_given_is_impossible() {
        let at = |ms| Timestamp::from_millis(ms);
        let mut view = View::new(1);
        let known = Delta {
            head: PurgeSeq(50_000_000),
            ..Delta::default()
        };
        view.take(&known, at(100_000));
        for (bookmark, expected) in [
            (50_000_000, Standing::Reached),
            (1, Standing::Reached),
            (60_000_000, Standing::Impossible),
            (95_000_000, Standing::Ahead),
            (101_000_000, Standing::Ahead),
            (107_000_000, Standing::Impossible),
            (u64::MAX, Standing::Impossible),
        ] {
            assert_eq!(
                stand(PurgeSeq(bookmark), &view, at(101_000)),
                expected,
                "{bookmark}"
            );
        }
        assert_eq!(stand(PurgeSeq(1), &View::new(1), at(9)), Standing::Ahead);
    }

    proptest! {
        #[test]
        fn nothing_that_a_client_sends_panics(field: Option<String>, cookies: Option<String>) {
            let _ = read(field.as_deref(), cookies.as_deref());
        }
    }
}
