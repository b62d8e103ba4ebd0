use super::*;

const RECEIVED: Timestamp = Timestamp::from_millis(1_795_219_200_000);
const A_DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
const ANOTHER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";
const THEN: Timestamp = Timestamp::from_millis(784_111_777_000);

fn response(name: &str, lines: &[&str]) -> Fields {
    lines.iter().map(|line| (name, *line)).collect()
}

/// RFC 9110 §6.6.1.
#[test]
fn without_a_usable_date_the_time_of_receipt_counts() {
    for (lines, expected) in [
        (&[][..], None),
        (&[A_DATE], Some(THEN)),
        (&[A_DATE, A_DATE], Some(THEN)),
        (&[A_DATE, ANOTHER], None),
        (&["foo"], None),
        (&[""], None),
    ] {
        let response = response("date", lines);
        assert_eq!(valid_date(&response, RECEIVED), expected, "{lines:?}");
        let counted = expected.unwrap_or(RECEIVED);
        assert_eq!(date(&response, RECEIVED), counted, "{lines:?}");
    }
}

/// RFC 9111 §5.3 and §4.2.1.
#[test]
fn an_expires_that_is_no_one_date_has_passed() {
    for (lines, expected) in [
        (&[][..], Expires::Absent),
        (&[A_DATE], Expires::At(THEN)),
        (&["sunday, 06-nov-94 08:49:37 gmt"], Expires::At(THEN)),
        (&[A_DATE, A_DATE], Expires::At(THEN)),
        (&[A_DATE, ANOTHER], Expires::Passed),
        (&["0"], Expires::Passed),
        (&["-1"], Expires::Passed),
        (&[""], Expires::Passed),
        (&["Sun, 06 Nov 1994 08:49:37 UTC"], Expires::Passed),
        (&["0", A_DATE], Expires::Passed),
    ] {
        let found = expires(&response("Expires", lines), RECEIVED);
        assert_eq!(found, expected, "{lines:?}");
    }
}

#[test]
fn a_last_modified_that_is_no_one_date_is_none() {
    for (lines, expected) in [
        (&[][..], None),
        (&[A_DATE], Some(THEN)),
        (&[A_DATE, ANOTHER], None),
        (&["yesterday"], None),
    ] {
        let found = last_modified(&response("Last-Modified", lines), RECEIVED);
        assert_eq!(found, expected, "{lines:?}");
    }
}
