use super::*;
use crate::semantics::vary::Vary;
use proptest::prelude::*;

fn language(name: &str) -> Fields {
    [("X-Lang", name)].into_iter().collect()
}

/// A response to a request with this `X-Lang`, which selected it; it came at `received`.
fn variant(name: &str, received: u64) -> Variant {
    let vary: Fields = [("Vary", "X-Lang")].into_iter().collect();
    Variant {
        selecting: Vary::read(&vary).selecting(&language(name)).unwrap(),
        date: None,
        received: Timestamp::from_millis(received),
        content_language: None,
    }
}

fn post(variants: &[(&str, u64)]) -> Signpost {
    let mut post = Signpost::default();
    for (name, received) in variants {
        post.point_to(variant(name, *received));
    }
    post
}

fn chosen(post: &Signpost, name: &str) -> Option<u64> {
    let found = post.choose(&language(name))?;
    Some(found.received.as_millis())
}

#[test]
fn rfc_9111_4_1_the_variant_that_the_request_selects() {
    let post = post(&[("de", 1), ("fr", 2)]);
    for (name, expected) in [("de", Some(1)), ("fr", Some(2)), ("en", None)] {
        assert_eq!(chosen(&post, name), expected, "{name}");
    }
    assert_eq!(post.choose(&Fields::new()), None);
    assert_eq!(chosen(&Signpost::default(), "de"), None);
}

#[test]
fn rfc_9111_4_1_one_without_selecting_fields_goes_last() {
    let mut post = post(&[("de", 1)]);
    post.point_to(Variant {
        selecting: Selecting::default(),
        ..variant("", 9)
    });
    assert_eq!(chosen(&post, "de"), Some(1));
    assert_eq!(chosen(&post, "en"), Some(9));
}

#[test]
fn a_newer_one_takes_the_place_of_what_the_same_fields_select() {
    let post = post(&[("de", 1), ("fr", 2), ("de", 3)]);
    assert_eq!(post.variants().len(), 2);
    assert_eq!(chosen(&post, "de"), Some(3));
}

#[test]
fn past_the_bound_the_oldest_is_forgotten() {
    let mut post = Signpost::default();
    for at in 0..=VARIANTS_MAX as u64 {
        post.point_to(variant(&at.to_string(), at));
    }
    assert_eq!(post.variants().len(), VARIANTS_MAX);
    assert_eq!(chosen(&post, "0"), None);
    assert_eq!(chosen(&post, "1"), Some(1));
}

#[test]
fn merging_keeps_the_newer_of_each() {
    let mut one = post(&[("de", 5), ("fr", 1)]);
    one.merge(&post(&[("de", 2), ("fr", 3), ("en", 4)]));
    for (name, expected) in [("de", 5), ("fr", 3), ("en", 4)] {
        assert_eq!(chosen(&one, name), Some(expected), "{name}");
    }
    let received: Vec<u64> = one
        .variants()
        .iter()
        .map(|v| v.received.as_millis())
        .collect();
    assert_eq!(received, [3, 4, 5], "the most recent last");
}

proptest! {
    #[test]
    fn merged_posts_lead_to_the_most_recent_of_both(
        ours in prop::collection::vec((0..60_u64, 0..1_000_u64), 0..VARIANTS_MAX),
        theirs in prop::collection::vec((0..60_u64, 0..1_000_u64), 0..VARIANTS_MAX),
    ) {
        // Each came at a moment of its own, so that there is one answer.
        let moments = |seen: &[(u64, u64)], own: u64| {
            let named = seen.iter().map(|(name, at)| (name.to_string(), (at * 60 + name) * 2 + own));
            named.collect::<std::collections::BTreeMap<String, u64>>()
        };
        let (ours, theirs) = (moments(&ours, 0), moments(&theirs, 1));
        let of = |all: &std::collections::BTreeMap<String, u64>| {
            let mut sorted: Vec<(&str, u64)> = all.iter().map(|(n, at)| (n.as_str(), *at)).collect();
            sorted.sort_by_key(|(_, at)| *at);
            post(&sorted)
        };
        let mut merged = of(&ours);
        merged.merge(&of(&theirs));
        let mut all = ours.clone();
        for (name, at) in &theirs {
            let newest = all.entry(name.clone()).or_default();
            *newest = (*newest).max(*at);
        }
        let mut expected: Vec<u64> = all.into_values().collect();
        expected.sort_unstable();
        let expected = expected.split_off(expected.len().saturating_sub(VARIANTS_MAX));
        let found: Vec<u64> = merged.variants().iter().map(|v| v.received.as_millis()).collect();
        prop_assert_eq!(found, expected);
    }
}
