use super::Preference::{Gzip, Identity};
use super::*;
use proptest::prelude::*;

#[test]
fn preferences() {
    let table = [
        ("gzip", Gzip),
        ("gzip, deflate, br, zstd", Gzip),
        ("GZip", Gzip),
        ("x-gzip", Gzip),
        ("X-GZIP;q=0.1", Gzip),
        ("*", Gzip),
        ("*;q=0.5", Gzip),
        ("br, *;q=0.1", Gzip),
        ("gzip;q=0.001", Gzip),
        ("gzip;q=1.000", Gzip),
        ("gzip;q=0.5, identity;q=0.5", Gzip),
        ("identity;q=0.4, gzip;q=0.5", Gzip),
        ("identity;q=0, gzip;q=0.001", Gzip),
        ("gzip\t; \tQ=0.7 , identity;q=0.2", Gzip),
        (",, ,gzip", Gzip),
        ("gzip;level=9", Gzip),
        ("identity;q=x, gzip", Gzip),
        ("*;q=0, gzip", Gzip),
        ("", Identity),
        (" ", Identity),
        ("identity", Identity),
        ("br", Identity),
        ("deflate, br;q=0.9", Identity),
        ("gzip;q=0", Identity),
        ("gzip;q=0.", Identity),
        ("gzip;q=0.000", Identity),
        ("gzip;q=0, *", Identity),
        ("*;q=0", Identity),
        ("identity;q=0", Identity),
        ("identity;q=0, *;q=0", Identity),
        ("identity, gzip;q=0.999", Identity),
        ("gzip;q=0.5, identity;q=0.501", Identity),
        ("*;q=0.5, identity", Identity),
        ("gzip, x-gzip;q=0", Identity),
        ("gzip;q=0, gzip", Identity),
        ("gzipped", Identity),
        ("gzi p", Identity),
        ("notgzip, brgzip", Identity),
    ];
    for (field, expected) in table {
        assert_eq!(prefer(Some(field)), expected, "{field:?}");
    }
    assert_eq!(prefer(None), Identity);
}

#[test]
fn a_weight_that_is_no_number_refuses() {
    for weight in [
        "", "x", "-1", "+1", "2", "1.1", "1.001", "0.0001", "1.0000", ".5", "00.5", "0,5", "0.+5",
        "NaN", "1e0", "0.5 0", "\u{663}",
    ] {
        let field = format!("gzip;q={weight}");
        assert_eq!(prefer(Some(&field)), Identity, "{field:?}");
    }
}

proptest! {
    #[test]
    fn any_text_is_decided(field in any::<String>()) {
        let named = field.to_ascii_lowercase().contains("gzip") || field.contains('*');
        prop_assert!(named || prefer(Some(&field)) == Identity);
    }

    #[test]
    fn the_order_of_members_does_not_matter(
        members in prop::sample::subsequence(
            vec!["gzip;q=0.3", "x-gzip", "identity;q=0.4", "*;q=0.5", "br", "gzip;q=0"], 0..=6,
        ),
    ) {
        let forward = members.join(",");
        let backward = members.iter().rev().copied().collect::<Vec<_>>().join(" , ");
        prop_assert_eq!(prefer(Some(&forward)), prefer(Some(&backward)));
    }
}
