use super::*;
use proptest::prelude::*;

fn rule() -> Rule {
    Rule {
        widths: vec![320, 640, 1280],
        quality: 75,
        formats: vec![Format::Avif, Format::Webp],
    }
}

const CHROMIUM: &str = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8";

#[test]
fn the_first_format_that_the_client_names_is_sent() {
    let (avif, webp) = (Some(Format::Avif), Some(Format::Webp));
    for (accept, expected) in [
        (None, None),
        (Some(""), None),
        (Some("*/*"), None),
        (Some("image/*, */*;q=0.1"), None),
        (Some(CHROMIUM), avif),
        (Some("image/webp,*/*"), webp),
        (Some("IMAGE/WebP"), webp),
        // The rule's order decides, not the client's weights.
        (Some("image/webp;q=1, image/avif;q=0.1"), avif),
        (Some("image/avif;q=0, image/webp"), webp),
        (Some("image/avif ; q=0.000 , image/webp ; Q=0.001"), webp),
        (Some("image/avif;q=0, image/avif"), None),
        (Some("image/avif;q=2"), None),
        (Some("image/avif;q"), None),
        (Some("image/avif;"), avif),
        (Some("image/avif;profile=x"), None),
        (Some("text/html;x=\"image/avif, image/avif\""), None),
        (Some("image/avifs, xximage/webp"), None),
    ] {
        let options = negotiate(&rule(), accept, None).unwrap();
        assert_eq!(options.format, expected, "{accept:?}");
        assert_eq!((options.width, options.quality), (None, 75));
    }
    let only_webp = Rule {
        formats: vec![Format::Webp],
        ..rule()
    };
    let options = negotiate(&only_webp, Some(CHROMIUM), None).unwrap();
    assert_eq!(options.format, webp);
}

#[test]
fn a_width_is_rounded_up_to_one_that_the_route_allows() {
    for (asked, expected) in [
        ("1", Ok(320)),
        ("320", Ok(320)),
        ("0321", Ok(640)),
        ("1280", Ok(1280)),
        ("1281", Ok(1280)),
        ("99999999999999999999", Ok(1280)),
        ("0", Err(WidthProblem)),
        ("", Err(WidthProblem)),
        ("-1", Err(WidthProblem)),
        ("+1", Err(WidthProblem)),
        ("1.5", Err(WidthProblem)),
        (" 1", Err(WidthProblem)),
        ("auto", Err(WidthProblem)),
        ("\u{0663}", Err(WidthProblem)),
    ] {
        let width = negotiate(&rule(), None, Some(asked)).map(|options| options.width);
        assert_eq!(width, expected.map(Some), "{asked}");
    }
}

#[test]
fn each_outcome_has_its_own_key() {
    let options = negotiate(&rule(), Some("image/webp"), Some("400")).unwrap();
    let parts = options.key_parts();
    assert_eq!(
        parts
            .each_ref()
            .map(|(name, value)| (*name, value.as_deref())),
        [
            ("image-width", Some("640")),
            ("image-quality", Some("75")),
            ("image-format", Some("webp")),
        ]
    );
    let plain = negotiate(&rule(), None, None).unwrap().key_parts();
    assert_eq!(
        plain.map(|(_, value)| value.is_some()),
        [false, true, false]
    );
}

proptest! {
    /// However a client asks, it gets one of as many variants as the rule has.
    #[test]
    fn every_outcome_is_one_of_the_rules(accept in ".{0,60}", width in "[0-9]{1,12}|.{0,5}") {
        if let Ok(options) = negotiate(&rule(), Some(&accept), Some(&width)) {
            prop_assert!(options.width.is_some_and(|width| rule().widths.contains(&width)));
            prop_assert_eq!(options.quality, rule().quality);
        }
    }
}
