use super::*;
use proptest::prelude::*;

/// 21 November 2026.
const NOW: Timestamp = Timestamp::from_millis(1_795_219_200_000);

fn check(text: &str, expected_s: Option<u64>) {
    let found = parse(text, NOW).map(|time| time.as_millis() / 1000);
    assert_eq!(found, expected_s, "{text:?}");
}

/// RFC 9110 §5.6.7.
#[test]
fn all_three_forms_are_read() {
    for form in [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
    ] {
        check(form, Some(784_111_777));
    }
    check("Sun Nov 16 08:49:37 1994", Some(784_975_777));
    check("Thu, 01 Jan 1970 00:00:00 GMT", Some(0));
    check("Tue, 31 Dec 2024 23:59:60 GMT", Some(1_735_689_600));
    check("Thu, 29 Feb 2024 00:00:00 GMT", Some(1_709_164_800));
    check("Fri, 31 Dec 9999 23:59:59 GMT", Some(253_402_300_799));
}

/// RFC 9111 §4.2: dates are matched without case.
#[test]
fn case_does_not_matter() {
    for form in [
        "SUN, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 NOV 1994 08:49:37 gMT",
        "sunday, 06-nov-94 08:49:37 gmt",
        "sun nov  6 08:49:37 1994",
    ] {
        check(form, Some(784_111_777));
    }
}

/// RFC 9110 §5.6.7: a two-digit year more than 50 years ahead is one of the past.
#[test]
fn two_digit_years_are_those_near_now() {
    check("Thursday, 18-Aug-50 02:01:18 GMT", Some(2_544_400_878));
    check("Friday, 01-Nov-76 00:00:00 GMT", Some(3_371_414_400));
    check("Friday, 31-Dec-76 00:00:00 GMT", Some(220_838_400));
    check("Friday, 31-Dec-99 00:00:00 GMT", Some(946_598_400));
    // A leap day that only one of the centuries has.
    check("Tuesday, 29-Feb-00 00:00:00 GMT", Some(951_782_400));
    let in_2150 = Timestamp::from_millis(5_680_281_600_000);
    let leap = parse("Tuesday, 29-Feb-00 00:00:00 GMT", in_2150);
    assert_eq!(leap, Some(Timestamp::from_millis(951_782_400_000)));
}

#[test]
fn what_is_before_the_epoch_has_passed() {
    check("Mon, 01 Jan 0000 00:00:00 GMT", Some(0));
    check("Wed, 31 Dec 1969 23:59:59 GMT", Some(0));
}

/// A weekday has to be one; no rule makes it the day's own.
#[test]
fn a_weekday_need_not_be_right() {
    check("Thu, 06 Nov 1994 08:49:37 GMT", Some(784_111_777));
    check("Foo, 06 Nov 1994 08:49:37 GMT", None);
    check("Sunday, 06 Nov 1994 08:49:37 GMT", None);
}

#[test]
fn nothing_else_is_a_date() {
    for text in [
        "",
        "0",
        "-1",
        "now",
        "Thu, 18 Aug 2050 02:01:18 UTC",
        "Thu, 18 Aug 2050 02:01:18 AEST",
        "Thu, 18 Aug 2050 02:01:18",
        "Thu, 18 Aug 2050 02:01:18 GMT ",
        " Thu, 18 Aug 2050 02:01:18 GMT",
        "Thu, 18 Aug 50 02:01:18 GMT",
        "Thu 18 Aug 2050 02:01:18 GMT",
        "Thu,18 Aug 2050 02:01:18 GMT",
        "Thu, 18  Aug  2050 02:01:18 GMT",
        "Thu, 18-Aug-2050 02:01:18 GMT",
        "Thu, 18 Aug 2050 02.01.18 GMT",
        "Thu, 18 Aug 2050 2:01:18 GMT",
        "Thu, 8 Aug 2050 02:01:18 GMT",
        "Thu, 18 August 2050 02:01:18 GMT",
        "Thu, 18 Aug 2050 24:00:00 GMT",
        "Thu, 18 Aug 2050 02:60:18 GMT",
        "Thu, 18 Aug 2050 02:01:61 GMT",
        "Thu, 18 Aug +050 02:01:18 GMT",
        "Thu, 00 Aug 2050 02:01:18 GMT",
        "Thu, 31 Apr 2050 02:01:18 GMT",
        "Wed, 29 Feb 2023 00:00:00 GMT",
        "Thu, 29 Feb 2100 00:00:00 GMT",
        "Thu Aug 8 02:01:18 2050",
        "Thu Aug  18 02:01:18 2050",
        "Thu, 18 Aug 2050 02:01:18 GMT, Thu, 18 Aug 2050 02:01:18 GMT",
    ] {
        check(text, None);
    }
}

proptest! {
    #[test]
    fn what_we_write_is_read_back(seconds in 0..253_402_300_799_u64) {
        let time = Timestamp::from_millis(seconds * 1000);
        prop_assert_eq!(parse(&time.http_date(), NOW), Some(time));
        prop_assert_eq!(parse(&time.http_date().to_uppercase(), NOW), Some(time));
    }

    #[test]
    fn any_text_and_any_now_are_survived(text in "\\PC{0,40}", now: u64) {
        let _ = parse(&text, Timestamp::from_millis(now));
    }

    #[test]
    fn a_changed_date_is_refused_or_has_the_form(at in 0..29_usize, by in " -~") {
        let mut text = "Sun, 06 Nov 1994 08:49:37 GMT".to_owned();
        text.replace_range(at..=at, &by);
        if let Some(time) = parse(&text, NOW) {
            // Written again, it differs in nothing but case and weekday.
            prop_assert_eq!(&time.http_date()[3..].to_lowercase(), &text[3..].to_lowercase());
        }
    }

    #[test]
    fn two_digit_years_are_never_over_50_years_ahead(year in 0..100_u8, now in 0..4_102_444_800_000_u64) {
        let now = Timestamp::from_millis(now);
        let time = parse(&format!("Monday, 01-Jan-{year:02} 00:00:00 GMT"), now).unwrap();
        prop_assert!(time.as_millis() <= now.as_millis() + 50 * 31_556_952_000);
    }
}
