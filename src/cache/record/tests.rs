use super::*;
use crate::cache::http::{Http, Response};
use crate::cache::stored::Coding;
use crate::key::hex;
use crate::policy::Terms;
use crate::policy::lifetime::{Basis, OriginTerms, Unvalidated};
use crate::semantics::fields::Fields;
use crate::semantics::range::content_range::ContentRange;
use crate::semantics::range::partial::Holding;
use crate::semantics::vary::Vary;
use crate::time::Timestamp;
use proptest::prelude::*;
use std::time::Duration;

fn sample() -> (Head, &'static [u8]) {
    let head = Head {
        key: "f00d|6:public|2:id=1:7".to_owned(),
        status: 200,
        headers: vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            ("link".to_owned(), "</a>".to_owned()),
            ("link".to_owned(), "</b>".to_owned()),
        ],
        coding: Coding::Gzip,
        created: Timestamp::from_millis(1_700_000_000_123),
        initial_age_s: 4,
        terms: Terms {
            fresh: Duration::from_secs(900),
            swr: Duration::from_secs(60),
            sie: Duration::from_millis(1_500),
        },
        etag: "5f2a".to_owned(),
        last_modified: Timestamp::from_millis(1_690_000_000_000),
        tags: vec!["pitch:7".to_owned(), "table:pitches".to_owned()],
        seq: crate::purge::seq::PurgeSeq(42),
        http: None,
    };
    (head, b"{\"id\":7}")
}

/// The same, as if an origin had sent it.
fn sample_of_origin() -> (Head, &'static [u8]) {
    let (head, body) = sample();
    let request: Fields = [("Accept", "a/b")].into_iter().collect();
    let vary: Fields = [("Vary", "accept, x")].into_iter().collect();
    let part = ContentRange::parse("bytes 2-9/20");
    let response = Response {
        terms: OriginTerms {
            lifetime: Duration::from_secs(60),
            basis: Basis::MaxAge,
            unvalidated: Unvalidated::WhenStaleToo,
            stale_while_revalidate: Duration::ZERO,
            stale_if_error: Some(Duration::from_secs(5)),
            immutable: true,
        },
        initial_age: Duration::from_millis(1_250),
        selecting: Vary::read(&vary).selecting(&request).unwrap(),
        part: Some(Holding::of_part(part, 8).unwrap()),
    };
    let http = Some(Box::new(Http::Response(response)));
    (Head { http, ..head }, body)
}

/// What version 2 wrote for `sample_of_origin()`. Never regenerate it.
const GOLDEN_V2: &str = "\
    464252023def9134a90000000800000016663030647c363a7075626c69637c323a69643d313a37c8 \
    01030c636f6e74656e742d74797065106170706c69636174696f6e2f6a736f6e046c696e6b043c2f \
    613e046c696e6b043c2f623e01fbd095ffbc31048407003c000180cab5ee0104356632618088e6de \
    9731020770697463683a370d7461626c653a706974636865732a01003c0001020000010500010180 \
    e59a7702066163636570740103612f620178000101140102097b226964223a377d";

/// What version 1 wrote for `sample()`. Never regenerate it: records like this one lie in the stores.
const GOLDEN_V1: &str = "\
    464252012405f765820000000800000016663030647c363a7075626c69637c323a69643d313a37c8 \
    01030c636f6e74656e742d74797065106170706c69636174696f6e2f6a736f6e046c696e6b043c2f \
    613e046c696e6b043c2f623e01fbd095ffbc31048407003c000180cab5ee0104356632618088e6de \
    9731020770697463683a370d7461626c653a706974636865732a7b226964223a377d";

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// A record around any head bytes, with a right checksum.
fn record_of(version: u8, head: &[u8], stated_head: u32, body: &[u8], stated_body: u32) -> Vec<u8> {
    let lengths = [stated_head.to_le_bytes(), stated_body.to_le_bytes()].concat();
    let covered = [&lengths, head, body].concat();
    let checksum = crc32fast::hash(&covered).to_le_bytes();
    [b"FBR".as_slice(), &[version], &checksum, &covered].concat()
}

fn sound_record_of(head: &[u8], body: &[u8]) -> Vec<u8> {
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap();
    record_of(VERSION, head, length(head), body, length(body))
}

#[test]
fn a_record_of_version_1_still_decodes() {
    let golden = unhex(GOLDEN_V1);
    let (head, body) = decode(&golden, Some("f00d|6:public|2:id=1:7")).unwrap();
    assert_eq!((head, &golden[body]), sample());
}

#[test]
fn version_2_is_what_we_write() {
    let (head, body) = sample_of_origin();
    assert_eq!(
        hex(&encode(&head, body).unwrap()),
        GOLDEN_V2.replace(' ', "")
    );
    let (found, range) = decode(&unhex(GOLDEN_V2), Some(&head.key)).unwrap();
    assert_eq!((found, &unhex(GOLDEN_V2)[range]), (head, body));
}

#[test]
fn every_truncation_is_refused() {
    let (head, body) = sample();
    let record = encode(&head, body).unwrap();
    for length in 0..record.len() {
        let found = decode(&record[..length], None);
        assert_eq!(found, Err(Unusable::Truncated), "cut to {length} bytes");
    }
}

#[test]
fn every_flipped_bit_is_refused() {
    let (head, body) = sample();
    let record = encode(&head, body).unwrap();
    for bit in 0..record.len() * 8 {
        let mut damaged = record.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(decode(&damaged, None).is_err(), "bit {bit}");
    }
}

#[test]
fn each_reason_is_told() {
    let (head, body) = sample();
    let record = encode(&head, body).unwrap();
    let check = |bytes: &[u8], key, reason| assert_eq!(decode(bytes, key), Err(reason));

    check(b"<html>", None, Unusable::NotARecord);
    check(b"", None, Unusable::Truncated);
    check(
        &[b"FBR\x03", &record[4..]].concat(),
        None,
        Unusable::Version,
    );
    check(&[&record[..], b"x"].concat(), None, Unusable::Malformed);
    check(&record, Some("another"), Unusable::ForeignKey);
    let mut damaged = record.clone();
    *damaged.last_mut().unwrap() ^= 1;
    check(&damaged, None, Unusable::Checksum);
    check(&sound_record_of(b"", b"body"), None, Unusable::Malformed);
    let long_head = [postcard::to_stdvec(&head).unwrap(), vec![0]].concat();
    check(
        &sound_record_of(&long_head, body),
        None,
        Unusable::Malformed,
    );
}

#[test]
fn lengths_that_lie_are_refused() {
    let (head, _) = sample();
    let head = postcard::to_stdvec(&head).unwrap();
    let all = u32::try_from(head.len()).unwrap();
    let check = |stated_head, stated_body, reason| {
        let record = record_of(VERSION, &head, stated_head, b"", stated_body);
        assert_eq!(decode(&record, None), Err(reason));
    };
    check(u32::MAX, 0, Unusable::Truncated);
    check(0, u32::MAX, Unusable::Truncated);
    check(u32::MAX, u32::MAX, Unusable::Truncated);
    check(all - 1, 0, Unusable::Malformed);
    check(all - 1, 1, Unusable::Malformed);
    check(all - 1, 2, Unusable::Truncated);
}

#[test]
fn a_head_that_states_endless_fields_allocates_nothing_for_them() {
    // A key of no bytes, status 200, and 2^63 header fields.
    let mut head = vec![0, 200, 1];
    head.extend([0xff; 9]);
    head.push(0x00);
    assert_eq!(
        decode(&sound_record_of(&head, b""), None),
        Err(Unusable::Malformed)
    );
}

#[test]
fn a_head_is_bounded_in_both_directions() {
    let (mut head, body) = sample();
    head.etag = "x".repeat(HEAD_BYTES_MAX);
    assert_eq!(encode(&head, body), Err(RecordProblem::HeadTooLarge));
    let record = sound_record_of(&postcard::to_stdvec(&head).unwrap(), body);
    assert_eq!(decode(&record, None), Err(Unusable::Malformed));

    let overhead = postcard::to_stdvec(&head).unwrap().len() - HEAD_BYTES_MAX;
    head.etag.truncate(HEAD_BYTES_MAX - overhead);
    let record = encode(&head, body).unwrap();
    assert_eq!(decode(&record, None).unwrap().0, head);
}

#[test]
fn the_names_of_the_reasons_are_stable() {
    let names = [
        (Unusable::NotARecord, "not-a-record"),
        (Unusable::Version, "version"),
        (Unusable::Truncated, "truncated"),
        (Unusable::Checksum, "checksum"),
        (Unusable::Malformed, "malformed"),
        (Unusable::ForeignKey, "foreign-key"),
    ];
    for (reason, name) in names {
        assert_eq!(reason.as_str(), name);
    }
}

fn any_terms() -> impl Strategy<Value = Terms> {
    let span = || (any::<u64>(), 0..1_000_000_000_u32).prop_map(|(s, n)| Duration::new(s, n));
    (span(), span(), span()).prop_map(|(fresh, swr, sie)| Terms { fresh, swr, sie })
}

fn any_head() -> impl Strategy<Value = Head> {
    let fields = prop::collection::vec((any::<String>(), any::<String>()), 0..5);
    let tags = prop::collection::vec(any::<String>(), 0..4);
    let times = (any::<u64>(), any::<u64>());
    let coding = prop_oneof![Just(Coding::Identity), Just(Coding::Gzip)];
    (
        (
            any::<String>(),
            any::<u16>(),
            fields,
            coding,
            any::<String>(),
        ),
        (times, any::<u32>(), any_terms(), tags, any::<u64>()),
    )
        .prop_map(|((key, status, headers, coding, etag), rest)| {
            let ((created, last_modified), initial_age_s, terms, tags, seq) = rest;
            Head {
                key,
                status,
                headers,
                coding,
                created: Timestamp::from_millis(created),
                initial_age_s,
                terms,
                etag,
                last_modified: Timestamp::from_millis(last_modified),
                tags,
                seq: crate::purge::seq::PurgeSeq(seq),
                http: None,
            }
        })
}

proptest! {
    #[test]
    fn what_is_encoded_comes_back(
        head in any_head(), body in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let record = encode(&head, &body).unwrap();
        let (found, range) = decode(&record, Some(&head.key)).unwrap();
        prop_assert_eq!(&record[range], &body[..]);
        prop_assert_eq!(found, head);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(decode(&bytes, None).is_err());
    }

    #[test]
    fn arbitrary_heads_under_a_right_checksum_never_panic(
        head in prop::collection::vec(any::<u8>(), 0..200), stated: (u32, u32),
    ) {
        let (stated_head, stated_body) = stated;
        let _ = decode(&sound_record_of(&head, b"body"), None);
        prop_assert!(decode(&record_of(VERSION, &head, stated_head, b"", stated_body), None).is_err());
    }

    #[test]
    fn a_damaged_head_under_a_right_checksum_never_panics(at: prop::sample::Index, to: u8) {
        let (head, body) = sample();
        let mut head = postcard::to_stdvec(&head).unwrap();
        let at = at.index(head.len());
        head[at] = to;
        if let Ok((_, range)) = decode(&sound_record_of(&head, body), None) {
            prop_assert_eq!(range.len(), body.len());
        }
    }
}
