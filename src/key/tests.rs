use super::*;
use proptest::prelude::*;

type Parts = Vec<(String, Option<String>)>;

fn key(principal: &str, parts: &Parts) -> CacheKey {
    CacheKey::new(
        "f",
        principal,
        parts.iter().map(|(n, v)| (n.as_str(), v.as_deref())),
    )
}

fn parts() -> impl Strategy<Value = Parts> {
    // Delimiters are likely, so that a confusion of parts would be found.
    prop::collection::vec(
        ("[a:|=0-9-]{0,3}", prop::option::of("[a:|=0-9-]{0,4}")),
        0..4,
    )
}

proptest! {
    #[test]
    fn no_two_different_requests_meet_in_one_key(
        (p, a) in ("[a|:1]{0,3}", parts()), (q, b) in ("[a|:1]{0,3}", parts()),
    ) {
        prop_assert_eq!(key(&p, &a) == key(&q, &b), p == q && a == b);
    }
}

proptest! {
    #[test]
    fn no_two_variants_meet_in_one_key((a, v) in (parts(), parts()), (b, w) in (parts(), parts())) {
        let variant = |base: &Parts, selecting: &Parts| {
            key("public", base).variant(selecting.iter().map(|(n, v)| (n.as_str(), v.as_deref())))
        };
        prop_assert_eq!(variant(&a, &v) == variant(&b, &w), a == b && v == w);
        prop_assert!(variant(&a, &v) != key("public", &b));
    }
}

#[test]
fn absent_and_empty_are_different() {
    let absent = CacheKey::new("f", "public", [("q", None)]);
    let empty = CacheKey::new("f", "public", [("q", Some(""))]);
    assert_ne!(absent, empty);
}

#[test]
fn shards_cover_their_range_and_one_shard_is_always_zero() {
    let mut seen = [false; 8];
    for i in 0..200 {
        let key = CacheKey::new("f", "public", [("id", Some(i.to_string().as_str()))]);
        seen[usize::from(key.shard(8))] = true;
        assert_eq!(key.shard(1), 0);
        assert_eq!(key.shard(0), 0);
    }
    assert!(seen.iter().all(|s| *s));
}
