use super::Precondition::{NotModified, Proceed};
use super::*;
use proptest::prelude::*;

/// Sun, 06 Nov 1994 08:49:37 GMT, and most of a second.
const LAST_MODIFIED: Timestamp = Timestamp::from_millis(784_111_777_900);
const SAME_SECOND: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
const SECOND_BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
const SECOND_AFTER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

fn check(none_match: Option<&str>, modified_since: Option<&str>, expected: Precondition) {
    let conditional = Conditional {
        if_none_match: none_match,
        if_modified_since: modified_since,
    };
    let found = evaluate(&conditional, &["a", "a-gzip"], LAST_MODIFIED);
    assert_eq!(found, expected, "{conditional:?}");
}

#[test]
fn an_unconditional_request_proceeds() {
    check(None, None, Proceed);
}

#[test]
fn if_none_match_compares_weakly_with_every_form() {
    for field in [
        r#""a""#,
        r#"W/"a""#,
        r#""a-gzip""#,
        r#"W/"a-gzip""#,
        r#""x", "a""#,
        r#"rubbish, "a""#,
        "*",
    ] {
        check(Some(field), None, NotModified);
    }
    for field in [
        r#""b""#,
        r#""A""#,
        r#""""#,
        r#""a, a-gzip""#,
        "a",
        r#""a"#,
        "",
        "*, x",
    ] {
        check(Some(field), None, Proceed);
    }
}

#[test]
fn an_empty_list_of_forms_matches_only_any() {
    let with = |if_none_match| Conditional {
        if_none_match: Some(if_none_match),
        if_modified_since: None,
    };
    assert_eq!(evaluate(&with(r#""""#), &[], LAST_MODIFIED), Proceed);
    assert_eq!(evaluate(&with("*"), &[], LAST_MODIFIED), NotModified);
}

#[test]
fn if_modified_since_is_compared_by_the_second() {
    check(None, Some(SECOND_BEFORE), Proceed);
    check(None, Some(SAME_SECOND), NotModified);
    check(None, Some(SECOND_AFTER), NotModified);
    check(None, Some("Sunday, 06-Nov-94 08:49:37 GMT"), NotModified);
    check(None, Some("Sun Nov  6 08:49:37 1994"), NotModified);
}

#[test]
fn an_invalid_date_is_ignored() {
    for date in [
        "",
        "0",
        "tomorrow",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:38 GMT",
        "Sun, 36 Nov 2994 08:49:37 GMT",
    ] {
        check(None, Some(date), Proceed);
    }
}

#[test]
fn if_none_match_wins_over_if_modified_since() {
    check(Some(r#""b""#), Some(SECOND_AFTER), Proceed);
    check(Some("rubbish"), Some(SECOND_AFTER), Proceed);
    check(Some(""), Some(SECOND_AFTER), Proceed);
    check(Some(r#""a""#), Some(SECOND_BEFORE), NotModified);
    check(Some("*"), Some("rubbish"), NotModified);
}

proptest! {
    #[test]
    fn any_field_is_decided(none_match in any::<Option<String>>(), since in any::<Option<String>>()) {
        let conditional = Conditional {
            if_none_match: none_match.as_deref(),
            if_modified_since: since.as_deref(),
        };
        let expected = match none_match.as_deref() {
            Some(field) if field.trim_matches([' ', '\t']) == "*" => NotModified,
            Some(_) | None => Proceed,
        };
        prop_assert_eq!(evaluate(&conditional, &["not in there"], LAST_MODIFIED), expected);
    }

    #[test]
    fn the_date_that_we_send_is_not_modified_since(millis in 0..253_402_300_799_000_u64) {
        let last_modified = Timestamp::from_millis(millis);
        let sent = last_modified.http_date();
        let conditional = Conditional { if_none_match: None, if_modified_since: Some(&sent) };
        prop_assert_eq!(evaluate(&conditional, &[], last_modified), NotModified);
        let changed = last_modified.plus(std::time::Duration::from_secs(1));
        prop_assert_eq!(evaluate(&conditional, &[], changed), Proceed);
    }
}
