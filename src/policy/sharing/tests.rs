use super::*;
use crate::policy::{HonorOrigin, Layers};
use crate::time::Timestamp;

const NOW: Timestamp = Timestamp::from_millis(784_111_777_000);

fn honoring() -> Tier {
    Tier {
        honor_origin: Some(HonorOrigin::default()),
        ..fixed()
    }
}

fn fixed() -> Tier {
    Tier {
        name: "t".into(),
        ttl: Duration::from_secs(100),
        swr: Duration::ZERO,
        sie: Duration::ZERO,
        negative_ttl: Duration::from_secs(10),
        layers: Layers::ALL,
        private: false,
        eager: None,
        soft_timeout: None,
        honor_origin: None,
    }
}

fn decided(status: u16, fields: &[(&str, &str)], tier: Option<&Tier>) -> Sharing {
    let response: Fields = fields.iter().copied().collect();
    let exchange = Exchange {
        requested: NOW,
        received: NOW,
    };
    let answer = Answer {
        status,
        response: &response,
        exchange,
    };
    decide(&answer, tier)
}

fn shared(among: &[&str], fresh_s: u64) -> Sharing {
    Sharing::Share(Shared {
        among: among.iter().map(ToString::to_string).collect(),
        fresh: Duration::from_secs(fresh_s),
    })
}

#[test]
fn what_is_for_one_client_is_refused_whatever_the_tier() {
    use Refusal as R;
    for (status, field, why) in [
        (200, ("Set-Cookie", "a=b"), R::SetCookie),
        (503, ("Set-Cookie", "a=b"), R::SetCookie),
        (304, ("Set-Cookie", "a=b"), R::SetCookie),
        (200, ("Cache-Control", "private, max-age=9"), R::Private),
        (200, ("Cache-Control", "private=\"\""), R::Private),
        (200, ("CDN-Cache-Control", "private"), R::Private),
        (502, ("Cache-Control", "private"), R::Private),
        (304, ("Cache-Control", "private"), R::Private),
        (200, ("Cache-Control", "no-store, max-age=9"), R::NoStore),
        (301, ("Cache-Control", "no-store"), R::NoStore),
        (404, ("Cache-Control", "no-cache"), R::NoCache),
        (200, ("Vary", "A, *"), R::Vary(Unmatchable::Any)),
        (500, ("Vary", "*"), R::Vary(Unmatchable::Any)),
        (200, ("Vary", "a b"), R::Vary(Unmatchable::Malformed)),
        (401, ("Cache-Control", "max-age=9"), R::Status),
        (416, ("Cache-Control", "max-age=9"), R::Status),
        (429, ("Cache-Control", "max-age=9"), R::Status),
        (511, ("Cache-Control", "max-age=9"), R::Status),
    ] {
        for tier in [honoring(), fixed()] {
            let found = decided(status, &[field], Some(&tier));
            assert_eq!(found, Sharing::Refuse(why), "{status} {field:?}");
        }
        let found = decided(status, &[field], None);
        assert_eq!(found, Sharing::Refuse(R::NoTier), "{status} {field:?}");
    }
}

#[test]
fn the_origins_own_words_set_how_long_it_may_answer_others() {
    for (status, fields, expected) in [
        (200, vec![("Cache-Control", "max-age=60")], shared(&[], 60)),
        (
            200,
            vec![("Cache-Control", "max-age=60"), ("Age", "50")],
            shared(&[], 10),
        ),
        (
            200,
            vec![("Cache-Control", "max-age=60"), ("Age", "70")],
            shared(&[], 0),
        ),
        (
            404,
            vec![("Cache-Control", "max-age=60, s-maxage=5")],
            shared(&[], 5),
        ),
        (301, vec![("Cache-Control", "max-age=60")], shared(&[], 60)),
        (206, vec![("Cache-Control", "max-age=60")], shared(&[], 0)),
        (
            299,
            vec![("Cache-Control", "max-age=60, must-understand")],
            Sharing::Refuse(Refusal::Status),
        ),
        (
            200,
            vec![
                ("Cache-Control", "no-store"),
                ("CDN-Cache-Control", "max-age=7"),
            ],
            shared(&[], 7),
        ),
        (
            200,
            vec![("Expires", "Sun, 06 Nov 1994 08:50:37 GMT")],
            shared(&[], 60),
        ),
        (200, vec![("Cache-Control", "public")], shared(&[], 0)),
        (
            200,
            vec![("Cache-Control", "max-age=60"), ("Vary", "B, a,b")],
            shared(&["a", "b"], 60),
        ),
        // They help nobody who comes later.
        (304, vec![("Cache-Control", "max-age=60")], shared(&[], 0)),
        (503, vec![("Cache-Control", "max-age=60")], shared(&[], 0)),
        (
            500,
            vec![("Cache-Control", "no-store")],
            Sharing::Refuse(Refusal::NoStore),
        ),
        (503, vec![("Cache-Control", "no-store")], shared(&[], 0)),
        (504, vec![("Cache-Control", "no-cache")], shared(&[], 0)),
    ] {
        let found = decided(status, &fields, Some(&honoring()));
        assert_eq!(found, expected, "{status} {fields:?}");
    }
}

#[test]
fn a_tier_with_a_lifetime_sets_it_instead() {
    for (status, fields, expected) in [
        (200, vec![], shared(&[], 100)),
        (200, vec![("Cache-Control", "max-age=0")], shared(&[], 100)),
        (200, vec![("Vary", "Accept")], shared(&["accept"], 100)),
        (404, vec![], shared(&[], 10)),
        (301, vec![], shared(&[], 0)),
        (304, vec![], shared(&[], 0)),
        (502, vec![], shared(&[], 0)),
    ] {
        let found = decided(status, &fields, Some(&fixed()));
        assert_eq!(found, expected, "{status} {fields:?}");
    }
}

#[test]
fn an_answer_that_nobody_calls_cacheable_is_shared_among_equal_cookies() {
    let modified = ("Last-Modified", "Sun, 06 Nov 1994 08:48:07 GMT");
    for (status, fields, expected) in [
        (200, vec![], shared(&["cookie"], 0)),
        (404, vec![], shared(&["cookie"], 0)),
        (
            200,
            vec![("Cache-Control", "max-age=0")],
            shared(&["cookie"], 0),
        ),
        (
            200,
            vec![("Cache-Control", "max-age=x")],
            shared(&["cookie"], 0),
        ),
        (200, vec![("Expires", "0")], shared(&["cookie"], 0)),
        (200, vec![modified], shared(&["cookie"], 9)),
        (
            200,
            vec![("Vary", "Cookie, Accept, X")],
            shared(&["accept", "cookie", "x"], 0),
        ),
        (200, vec![("Vary", "X")], shared(&["cookie", "x"], 0)),
        (
            200,
            vec![("Cache-Control", "public, max-age=0")],
            shared(&[], 0),
        ),
        (304, vec![], shared(&[], 0)),
        (500, vec![], shared(&[], 0)),
    ] {
        let found = decided(status, &fields, Some(&honoring()));
        assert_eq!(found, expected, "{status} {fields:?}");
    }
}

#[test]
fn fields_that_are_for_one_client_forbid_it_only_where_they_are() {
    for directive in [
        "private=\"X-User\", max-age=60",
        "no-cache=\"X-User\", max-age=60",
    ] {
        let directive = ("Cache-Control", directive);
        let without = decided(200, &[directive], Some(&honoring()));
        assert_eq!(without, shared(&[], 60), "{directive:?}");
        let with = decided(200, &[directive, ("x-user", "me")], Some(&honoring()));
        assert!(matches!(with, Sharing::Refuse(_)), "{directive:?}");
    }
}
