use super::*;
use proptest::prelude::*;

fn closed(first: u64, last: u64) -> RangeSpec {
    RangeSpec::Closed(ByteRange::new(first, last).unwrap())
}

fn check(field: &str, expected: &[RangeSpec]) {
    assert_eq!(
        RangeSet::parse(field).map(|set| set.0),
        Ok(expected.to_vec()),
        "{field:?}"
    );
}

#[test]
fn rfc_9110_14_1_2_valid_sets() {
    let (open, suffix) = (
        |first| RangeSpec::Open { first },
        |len| RangeSpec::Suffix { len },
    );
    check("bytes=0-499", &[closed(0, 499)]);
    check("bytes=500-999", &[closed(500, 999)]);
    check("bytes=-500", &[suffix(500)]);
    check("bytes=9500-", &[open(9500)]);
    check("bytes=0-0,-1", &[closed(0, 0), suffix(1)]);
    check(
        "bytes=0-999, 4500-5499, -1000",
        &[closed(0, 999), closed(4500, 5499), suffix(1000)],
    );
    check("BYTES=0-1", &[closed(0, 1)]);
    check(" bytes=0-1\t", &[closed(0, 1)]);
    check("bytes=000-0001", &[closed(0, 1)]);
    check("bytes=-0", &[suffix(0)]);
    // §5.6.1.2: empty members of a list are passed over.
    check("bytes=,0-1 ,\t, 3-4,", &[closed(0, 1), closed(3, 4)]);
    check("bytes= ,0-1", &[closed(0, 1)]);
}

#[test]
fn numbers_beyond_every_representation_are_kept_apart_from_invalid_ones() {
    let huge = "99999999999999999999999999";
    check(&format!("bytes=5-{huge}"), &[closed(5, LAST_MAX)]);
    check(
        &format!("bytes={huge}-"),
        &[RangeSpec::Open { first: u64::MAX }],
    );
    check(
        &format!("bytes=-{huge}"),
        &[RangeSpec::Suffix { len: u64::MAX }],
    );
    check(
        &format!("bytes={huge}8-{huge}9"),
        &[RangeSpec::Open { first: u64::MAX }],
    );
    // Its end lies before its beginning, which the grammar refuses, however large both are.
    assert_eq!(
        RangeSet::parse(&format!("bytes={huge}9-{huge}8")),
        Err(Ignored::Malformed)
    );
}

#[test]
fn rfc_9110_14_2_what_is_ignored() {
    for field in [
        "",
        "bytes",
        "bytes=",
        "bytes=,",
        "bytes=-",
        "bytes=a-b",
        "bytes=1",
        "bytes=2-1",
        "bytes=0-1,2-1",
        "bytes=0-1,x",
        "bytes=--1",
        "bytes=1--2",
        "bytes=+1-2",
        "bytes=1 -2",
        "bytes=1-2 3-4",
        "bytes= 0-1",
        "bytes =0-1",
        "bytes:0-1",
        "=0-1",
        "by tes=0-1",
        "bytes=0x1-2",
        "bytes=1.0-2",
        "bytes=0-1;x",
        "bytes=0-1, bytes=3-4",
        "bytes=\u{661}-2",
    ] {
        assert_eq!(RangeSet::parse(field), Err(Ignored::Malformed), "{field:?}");
    }
    for field in ["items=0-1", "none=x", "bytess=0-1"] {
        assert_eq!(RangeSet::parse(field), Err(Ignored::OtherUnit), "{field:?}");
    }
}

#[test]
fn rfc_9110_17_15_the_number_of_ranges_is_bounded() {
    let of = |count: usize| format!("bytes={}", vec!["0-0"; count].join(","));
    assert!(RangeSet::parse(&of(SPECS_MAX)).is_ok());
    assert_eq!(RangeSet::parse(&of(SPECS_MAX + 1)), Err(Ignored::TooMany));
}

#[test]
fn rfc_9110_14_1_2_what_a_representation_gives() {
    let range = |first, last| ByteRange::new(first, last).unwrap();
    let single = |first, last| Selection::Single(range(first, last));
    let several = |ranges: &[(u64, u64)]| {
        Selection::Several(ranges.iter().map(|r| range(r.0, r.1)).collect())
    };
    for (set, length, expected) in [
        ("0-499", 10_000, single(0, 499)),
        ("9500-", 10_000, single(9500, 9999)),
        ("-500", 10_000, single(9500, 9999)),
        ("-20000", 10_000, single(0, 9999)),
        ("9999-20000", 10_000, single(9999, 9999)),
        ("10000-", 10_000, Selection::Unsatisfiable),
        ("10000-10001", 10_000, Selection::Unsatisfiable),
        ("-0", 10_000, Selection::Unsatisfiable),
        ("10000-,0-0", 10_000, single(0, 0)),
        ("0-0,-1", 10_000, several(&[(0, 0), (9999, 9999)])),
        // §15.3.7.2: in the order of the request, those that touch as one.
        ("500-600,0-0", 10_000, several(&[(500, 600), (0, 0)])),
        ("500-600,601-999", 10_000, single(500, 999)),
        ("500-700,601-999", 10_000, single(500, 999)),
        ("0-1,6-7,2-5", 10, single(0, 7)),
        ("6-7,0-1,9-9,2-5", 10, several(&[(0, 7), (9, 9)])),
        ("0-", 0, Selection::Unsatisfiable),
        ("-0", 0, Selection::Unsatisfiable),
        ("-1", 0, Selection::Whole),
    ] {
        let set = RangeSet::parse(&format!("bytes={set}")).unwrap();
        assert_eq!(set.select(length), expected, "{set} of {length}");
    }
}

fn specs() -> impl Strategy<Value = Vec<RangeSpec>> {
    let spec = prop_oneof![
        (0..14_u64, 0..8_u64).prop_map(|(first, more)| closed(first, first + more)),
        (0..14_u64).prop_map(|first| RangeSpec::Open { first }),
        (0..14_u64).prop_map(|len| RangeSpec::Suffix { len }),
    ];
    prop::collection::vec(spec, 1..6)
}

/// The bytes that a spec asks for, one by one.
fn wanted(spec: RangeSpec, length: u64) -> Vec<u64> {
    (0..length)
        .filter(|at| match spec {
            RangeSpec::Closed(range) => range.first() <= *at && *at <= range.last(),
            RangeSpec::Open { first } => first <= *at,
            RangeSpec::Suffix { len } => length - *at <= len,
        })
        .collect()
}

proptest! {
    #[test]
    fn what_is_written_is_read(specs in specs()) {
        let set = RangeSet::of(specs).unwrap();
        prop_assert_eq!(RangeSet::parse(&set.to_string()), Ok(set));
    }

    #[test]
    fn any_text_is_read_as_what_the_grammar_has(field in "bytes=[0-9, x-]{0,12}|[ -~]{0,20}") {
        if let Ok(set) = RangeSet::parse(&field) {
            let (_, members) = field.split_once('=').unwrap();
            for member in members.split(',').map(trim_ows).filter(|m| !m.is_empty()) {
                let (first, last) = member.split_once('-').unwrap();
                prop_assert!(!(first.is_empty() && last.is_empty()));
                prop_assert!(first.bytes().chain(last.bytes()).all(|b| b.is_ascii_digit()));
            }
            prop_assert_eq!(RangeSet::parse(&set.to_string()), Ok(set));
        }
    }

    #[test]
    fn a_selection_holds_each_wanted_byte_once_and_no_other(specs in specs(), length in 0..12_u64) {
        let mut bytes: Vec<u64> = specs.iter().flat_map(|spec| wanted(*spec, length)).collect();
        bytes.sort_unstable();
        bytes.dedup();
        let ranges = match RangeSet::of(specs).unwrap().select(length) {
            Selection::Whole => {
                prop_assert_eq!(length, 0);
                Vec::new()
            }
            Selection::Single(range) => vec![range],
            Selection::Several(ranges) => {
                prop_assert!(ranges.len() > 1);
                ranges
            }
            Selection::Unsatisfiable => Vec::new(),
        };
        let mut sent: Vec<u64> = ranges.iter().flat_map(|range| range.offsets()).collect();
        sent.sort_unstable();
        prop_assert_eq!(sent, bytes);
        for (at, one) in ranges.iter().enumerate() {
            prop_assert!(ranges.iter().skip(at + 1).all(|other| !one.touches(*other)));
        }
    }
}
