//! From the fields of a first answer to the second request, three seconds later, through everything that
//! decides between them: which field governs, the terms, the store, the age, the reuse. What a cache
//! shows to the outside is the sum of them.

use super::*;
use crate::policy::lifetime::{Arrival, terms};
use crate::policy::storable::{self, Authorization, Candidate, ContentLocation, Storability};
use crate::semantics::age::{Exchange, corrected_initial_age, current_age};
use crate::semantics::targeted::{TargetList, governing};
use crate::time::Timestamp;

const REQUESTED: Timestamp = Timestamp::from_millis(1_795_219_200_100);
const RECEIVED: Timestamp = Timestamp::from_millis(1_795_219_200_700);
const LATER: Timestamp = Timestamp::from_millis(1_795_219_203_700);

/// What became of the second request.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Second {
    /// Nothing was stored, or what is stored has no part in it.
    Asked,
    /// The origin is asked whether what is stored is still good.
    Validated,
    /// Answered from the store, by a fresh response.
    Fresh,
    /// Answered from the store, by a stale one.
    Stale,
}

use Second::{Asked, Fresh, Stale, Validated};

/// A date so many seconds from the first answer.
fn date(offset_s: i64) -> String {
    let millis = RECEIVED.as_millis().checked_add_signed(offset_s * 1000);
    Timestamp::from_millis(millis.unwrap()).http_date()
}

/// `lines` of the first answer: `Name: value`, where a value `@n` is the date n seconds later.
fn second(status: u16, lines: &[&str], later: &str) -> Second {
    let response: Fields = lines
        .iter()
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| match value.strip_prefix('@') {
            Some(offset) => (name, date(offset.parse().unwrap())),
            None => (name, value.to_owned()),
        })
        .collect();
    let governing = governing(&response, &TargetList::default());
    let arrival = Arrival {
        status,
        response: &response,
        governing: &governing,
        received: RECEIVED,
    };
    let terms = terms(&arrival, Duration::from_secs(86_400));
    let storability = storable::decide(&Candidate {
        method: Method::Get,
        request: &request(""),
        authorization: Authorization::Absent,
        status,
        response: &response,
        directives: &governing.directives,
        terms: &terms,
        content_location: ContentLocation::Absent,
    });
    if let Storability::Refuse(_) = storability {
        return Asked;
    }
    let exchange = Exchange {
        requested: REQUESTED,
        received: RECEIVED,
    };
    let initial = corrected_initial_age(&response, exchange);
    let age = current_age(initial, RECEIVED, LATER);
    match decided(&terms, age, later) {
        Reuse::Fresh => Fresh,
        Reuse::StaleForClient | Reuse::StaleWhileRevalidate => Stale,
        Reuse::Validate { .. } => Validated,
        Reuse::Forward(_) | Reuse::OnlyIfCachedMiss => Asked,
    }
}

#[track_caller]
fn check_all(rows: &[(&[&str], Second)]) {
    for (lines, expected) in rows {
        assert_eq!(second(200, lines, ""), *expected, "{lines:?}");
    }
}

/// RFC 9111 §4.2.1, §5.2.2.1 and §5.2.2.10.
#[test]
fn lifetimes_from_cache_control() {
    check_all(&[
        (&[], Asked),
        (&["Cache-Control: max-age=3600"], Fresh),
        (&["Cache-Control: max-age=2", "Date: @0"], Validated),
        (&["Cache-Control: max-age=0"], Asked),
        (&["Cache-Control: max-age=0", "Expires: @3600"], Asked),
        (&["Cache-Control: max-age=-3600"], Asked),
        (&["Cache-Control: max-age=2147483648"], Fresh),
        (&["Cache-Control: max-age=99999999999"], Fresh),
        (
            &["Cache-Control: max-age=3600", "Expires: @-7200", "Date: @0"],
            Fresh,
        ),
        (&["Cache-Control: max-age=3600", "Expires: 0"], Fresh),
        (&["Cache-Control: max-age=3600", "Date: @-7200"], Validated),
        (&["Cache-Control: max-age=1, s-maxage=3600"], Fresh),
        (
            &["Cache-Control: max-age=3600", "Cache-Control: s-maxage=1"],
            Validated,
        ),
        (&["Cache-Control: x=\"max-age=3600\", max-age=1"], Validated),
        (
            &["Cache-Control: no-cache, max-age=3600", "ETag: \"a\""],
            Validated,
        ),
        (&["Cache-Control: no-cache=\"a\", max-age=3600"], Fresh),
        (&["Cache-Control: max-age=3600", "Pragma: no-cache"], Fresh),
        (
            &["Cache-Control: max-age=1, stale-while-revalidate=60"],
            Stale,
        ),
        (
            &["Cache-Control: max-age=1, stale-while-revalidate=2"],
            Validated,
        ),
    ]);
}

/// RFC 9111 §5.1.
#[test]
fn ages_of_other_caches() {
    let with = |age: &str| {
        let age = format!("Age: {age}");
        let lines = ["Date: @0", "Cache-Control: max-age=3600", &age];
        second(200, &lines, "")
    };
    for old in [
        "7200",
        "7200, 0",
        "2147483647",
        "2147483648",
        "99999999999",
        "3597",
    ] {
        assert_eq!(with(old), Validated, "{old}");
    }
    // Three seconds in the store, and 0.6 for the answer to come, are added to each.
    for young in ["0", "0, 7200", "abc", "-7200", "7200.0", "0, 0", "3596"] {
        assert_eq!(with(young), Fresh, "{young}");
    }
}

/// RFC 9111 §5.3 and §4.2.
#[test]
fn lifetimes_from_expires() {
    check_all(&[
        (&["Expires: @3600", "Date: @0"], Fresh),
        (&["Expires: @-3600", "Date: @0", "ETag: \"a\""], Validated),
        (&["Expires: @0", "Date: @0", "ETag: \"a\""], Validated),
        (&["Expires: @300", "Date: @400"], Asked),
        (&["Expires: @10", "Date: foo"], Fresh),
        (&["Date: @-10", "Expires: @10", "Age: 25"], Validated),
        (&["Date: @10", "Expires: @20", "Age: 15"], Validated),
        (
            &["Expires: Thursday, 18-Aug-50 02:01:18 GMT", "Date: @0"],
            Fresh,
        ),
        (&["Expires: Thu Aug  8 02:01:18 2050", "Date: @0"], Fresh),
        (
            &["Expires: THU, 18 AUG 2050 02:01:18 gMT", "Date: @0"],
            Fresh,
        ),
        (
            &["Expires: Thu, 18 Aug 2050 02:01:18 UTC", "Date: @0"],
            Asked,
        ),
        (&["Expires: 0", "Date: @0"], Asked),
    ]);
}

/// RFC 9213 §2.2.
#[test]
fn lifetimes_from_targeted_fields() {
    check_all(&[
        (&["CDN-Cache-Control: max-age=3600"], Fresh),
        (
            &["CDN-Cache-Control: max-age=3600", "Cache-Control: no-store"],
            Fresh,
        ),
        (&["CDN-Cache-Control: max-age=3600", "Expires: 0"], Fresh),
        (&["CDN-Cache-Control: max-age=3600", "Age: 7200"], Validated),
        (
            &[
                "CDN-Cache-Control: max-age=1",
                "Cache-Control: max-age=3600",
            ],
            Validated,
        ),
        (&["CDN-Cache-Control: max-age=0", "Expires: @3600"], Asked),
        (
            &["CDN-Cache-Control: private", "Cache-Control: max-age=3600"],
            Asked,
        ),
        (
            &["CDN-Cache-Control: no-store", "Cache-Control: max-age=3600"],
            Asked,
        ),
        (
            &["CDN-Cache-Control: max-age=9, &", "Cache-Control: no-store"],
            Asked,
        ),
        (
            &[
                "CDN-Cache-Control: max-age=\"9\"",
                "Cache-Control: no-store",
            ],
            Asked,
        ),
    ]);
}

/// RFC 9111 §4.2.2.
#[test]
fn guessed_lifetimes() {
    let check = |status, expected| {
        let lines = ["Last-Modified: @-86400", "Date: @0"];
        assert_eq!(second(status, &lines, ""), expected, "{status}");
    };
    for status in [200, 203, 204, 404, 405, 410, 414, 501] {
        check(status, Fresh);
    }
    for status in [201, 202, 403, 502, 503, 504, 599] {
        check(status, Asked);
    }
    let public = [
        "Last-Modified: @-86400",
        "Date: @0",
        "Cache-Control: public",
    ];
    assert_eq!(second(599, &public, ""), Fresh);
}

/// RFC 9111 §5.2.1.
#[test]
fn requests_against_what_is_stored() {
    let fresh = "Cache-Control: max-age=1500";
    for (first, later, expected) in [
        (&[fresh][..], "max-age=0", Validated),
        (&[fresh], "max-age=1", Validated),
        (&[fresh], "max-age=600", Fresh),
        (&[fresh, "Age: 1000"], "max-age=600", Validated),
        (&[fresh, "Age: 2000"], "max-stale=1000", Stale),
        (&[fresh, "Age: 2000"], "max-stale=400", Validated),
        (&[fresh], "min-fresh=2000", Validated),
        (&[fresh, "Age: 1000"], "min-fresh=1000", Validated),
        (&[fresh, "Age: 1000"], "min-fresh=400", Fresh),
        (&[fresh], "no-cache", Validated),
        (&[fresh], "no-store", Asked),
        (&[fresh], "only-if-cached", Fresh),
        (&[fresh, "Age: 2000"], "only-if-cached", Asked),
    ] {
        assert_eq!(second(200, first, later), expected, "{first:?}, {later}");
    }
}
