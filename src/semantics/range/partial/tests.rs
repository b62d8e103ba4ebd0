use super::*;
use proptest::prelude::*;

fn range(first: u64, last: u64) -> ByteRange {
    ByteRange::new(first, last).unwrap()
}

fn held(complete: Option<u64>, ranges: &[(u64, u64)]) -> Holding {
    Holding {
        complete,
        ranges: ranges.iter().map(|r| range(r.0, r.1)).collect(),
    }
}

fn set(members: &str) -> RangeSet {
    RangeSet::parse(&format!("bytes={members}")).unwrap()
}

fn tagged(etag: &str) -> Validators<'_> {
    Validators::read(Some(etag), None, None)
}

#[test]
fn rfc_9111_3_3_a_206_is_kept_as_what_its_content_range_says() {
    let of = |field, len| Holding::of_part(ContentRange::parse(field), len);
    assert_eq!(of("bytes 4-9/10", 6), Ok(held(Some(10), &[(4, 9)])));
    assert_eq!(of("bytes 4-9/*", 6), Ok(held(None, &[(4, 9)])));
    assert_eq!(of("bytes 4-9/10", 5), Err(NotKept::LengthDiffers));
    assert_eq!(of("bytes */10", 0), Err(NotKept::NoRange));
    assert_eq!(of("bytes 4-9/9", 6), Err(NotKept::NoRange));
    assert_eq!(Holding::of_part(None, 6), Err(NotKept::NoRange));
    assert!(of("bytes 0-9/10", 10).unwrap().is_whole());
    assert!(!of("bytes 0-9/*", 10).unwrap().is_whole());
}

#[test]
fn rfc_9111_3_3_only_what_lies_wholly_inside_is_sent() {
    let known = held(Some(10), &[(4, 9)]);
    let unknown = held(None, &[(4, 9)]);
    let single = |first, last| FromPart::Single(range(first, last));
    for (holding, wanted, expected) in [
        (&known, "4-9", single(4, 9)),
        (&known, "6-8", single(6, 8)),
        (&known, "6-", single(6, 9)),
        (&known, "-1", single(9, 9)),
        (&known, "-6", single(4, 9)),
        (&known, "-7", FromPart::Missing),
        (&known, "3-4", FromPart::Missing),
        (&known, "8-20", single(8, 9)),
        (&known, "10-", FromPart::Missing),
        (
            &known,
            "4-4,8-9",
            FromPart::Several(vec![range(4, 4), range(8, 9)]),
        ),
        (&known, "0-0,8-9", FromPart::Missing),
        (&unknown, "6-8", single(6, 8)),
        (&unknown, "6-", FromPart::Missing),
        (&unknown, "-1", FromPart::Missing),
        (&unknown, "8-10", FromPart::Missing),
        (
            &unknown,
            "4-4,8-9",
            FromPart::Several(vec![range(4, 4), range(8, 9)]),
        ),
    ] {
        assert_eq!(
            holding.answer(&set(wanted)),
            expected,
            "{holding:?} {wanted}"
        );
    }
}

#[test]
fn what_completes_a_part_is_one_range() {
    for (holding, expected) in [
        (held(Some(10), &[(0, 4)]), Some("5-")),
        (held(Some(10), &[(5, 9)]), Some("0-4")),
        (held(Some(10), &[(3, 5)]), Some("0-")),
        (held(Some(10), &[(0, 1), (8, 9)]), Some("2-7")),
        (held(Some(10), &[(0, 1), (4, 5), (8, 9)]), Some("2-7")),
        (held(Some(10), &[(0, 9)]), None),
        (held(None, &[(0, 4)]), Some("5-")),
        (held(None, &[(5, 9)]), Some("0-")),
    ] {
        let missing = holding.missing().map(|spec| spec.to_string());
        assert_eq!(missing.as_deref(), expected, "{holding:?}");
    }
}

#[test]
fn rfc_9110_15_3_7_3_only_a_strong_validator_joins() {
    let (one, other) = (held(Some(10), &[(0, 4)]), held(Some(10), &[(5, 9)]));
    let joined = one
        .join(&tagged("\"a\""), &other, &tagged("\"a\""))
        .unwrap();
    assert!(joined.holding.is_whole());
    for (its, own) in [
        (tagged("\"a\""), tagged("\"b\"")),
        (tagged("W/\"a\""), tagged("W/\"a\"")),
        (Validators::default(), Validators::default()),
    ] {
        assert_eq!(one.join(&own, &other, &its), Err(Apart::Validator));
    }
    for longer in [held(Some(11), &[(5, 9)]), held(None, &[(5, 10)])] {
        let joined = one.join(&tagged("\"a\""), &longer, &tagged("\"a\""));
        assert_eq!(joined, Err(Apart::Length));
    }
    // The length that one of them knows is that of both.
    let joined = one
        .join(&tagged("\"a\""), &held(None, &[(6, 9)]), &tagged("\"a\""))
        .unwrap();
    assert_eq!(joined.holding, held(Some(10), &[(0, 4), (6, 9)]));
}

/// The held bytes of a representation whose byte at `n` is `n`.
fn body(holding: &Holding) -> Vec<u64> {
    holding.ranges.iter().flat_map(|r| r.offsets()).collect()
}

fn holdings() -> impl Strategy<Value = Holding> {
    let one = (0..20_u64, 0..5_u64).prop_map(|(first, more)| range(first, first + more));
    prop::collection::vec(one, 1..4).prop_map(|ranges| Holding {
        complete: Some(25),
        ranges: union(&ranges, &[]),
    })
}

proptest! {
    #[test]
    fn joining_is_the_union_of_the_bytes(one in holdings(), other in holdings()) {
        let joined = one.join(&tagged("\"a\""), &other, &tagged("\"a\"")).unwrap();
        let (stored, received) = (body(&one), body(&other));
        let mut expected = [stored.clone(), received.clone()].concat();
        expected.sort_unstable();
        expected.dedup();
        let mut assembled: Vec<u64> = Vec::new();
        for stretch in &joined.stretches {
            let source = match stretch.side {
                Side::Stored => &stored,
                Side::Received => &received,
            };
            assembled.extend(&source[stretch.offsets.start as usize..stretch.offsets.end as usize]);
        }
        prop_assert_eq!(&assembled, &expected);
        prop_assert_eq!(body(&joined.holding), expected);
    }

    #[test]
    fn what_is_answered_is_what_the_whole_would_give(
        holding in holdings(), first in 0..27_u64, more in 0..6_u64,
    ) {
        let wanted = set(&format!("{first}-{}", first + more));
        let whole: Vec<u64> = (first..=(first + more).min(24)).collect();
        match holding.answer(&wanted) {
            FromPart::Single(range) => {
                let offsets = holding.offsets(range).unwrap();
                let sent = &body(&holding)[offsets.start as usize..offsets.end as usize];
                prop_assert_eq!(sent, whole);
            }
            FromPart::Several(_) => prop_assert!(false, "one range was asked for"),
            FromPart::Missing => {
                let bytes = body(&holding);
                prop_assert!(whole.is_empty() || whole.iter().any(|at| !bytes.contains(at)));
            }
        }
    }

    #[test]
    fn what_is_missing_completes_it(holding in holdings()) {
        let rest = match holding.missing() {
            Some(spec) => vec![spec.resolve(25).unwrap()],
            None => Vec::new(),
        };
        let all = union(&holding.ranges, &rest);
        prop_assert_eq!(all, vec![range(0, 24)]);
    }
}
