use super::*;
use proptest::prelude::*;

fn sample() -> Fields {
    Fields::from_iter([
        ("Vary", "accept"),
        ("X-One", " 1 \t"),
        ("vary", "origin, ,cookie"),
        ("VARY", ""),
    ])
}

fn check_members(line: &str, expected: &[&str]) {
    let found: Vec<&str> = list_members(line).collect();
    assert_eq!(found, expected, "{line:?}");
}

#[test]
fn names_are_compared_without_case_and_lines_keep_their_order() {
    let fields = sample();
    let lines: Vec<&str> = fields.lines("Vary").collect();
    assert_eq!(lines, ["accept", "origin, ,cookie", ""]);
    assert_eq!(fields.first("VARY"), Some("accept"));
    assert_eq!(fields.first("x-one"), Some("1"));
    assert!(fields.contains("vArY") && !fields.contains("var"));
    let as_received: Vec<_> = fields.iter().collect();
    assert_eq!(as_received[1], ("X-One", " 1 \t"));
    assert_eq!((fields.len(), fields.is_empty()), (4, false));
}

/// RFC 9110 §5.2 and §5.3.
#[test]
fn lines_combine_in_order() {
    let fields = sample();
    let combined = fields.combined("vary");
    assert_eq!(combined.as_deref(), Some("accept, origin, ,cookie, "));
    assert_eq!(fields.combined("x-one").as_deref(), Some("1"));
    assert_eq!(fields.combined("absent"), None);
    assert_eq!(
        fields.members("Vary").collect::<Vec<_>>(),
        ["accept", "origin", "cookie"]
    );
}

#[test]
fn a_field_that_must_occur_once_may_repeat_itself_but_not_contradict_itself() {
    let fields = Fields::from_iter([("A", "1"), ("a", "1 "), ("B", "1"), ("b", "2")]);
    assert_eq!(fields.sole("a"), Some("1"));
    assert_eq!(fields.sole("b"), None);
    assert_eq!(fields.sole("c"), None);
}

#[test]
fn a_field_is_set_where_it_first_stood() {
    let mut fields = sample();
    fields.set("Vary", "x");
    let lines: Vec<_> = fields.iter().collect();
    assert_eq!(lines, [("Vary", "x"), ("X-One", " 1 \t")]);
    fields.set("Age", "3");
    assert_eq!(fields.iter().next_back(), Some(("Age", "3")));
    fields.remove("vary");
    fields.retain_names(|name| name != "X-One");
    assert_eq!(fields.into_iter().count(), 1);
}

/// RFC 9110 §5.6.1.2.
#[test]
fn empty_members_do_not_count() {
    check_members("", &[]);
    check_members(" , ,\t,", &[]);
    check_members("a", &["a"]);
    check_members(",a , ,\tb b,", &["a", "b b"]);
}

/// RFC 9110 §5.6.4.
#[test]
fn commas_in_quoted_strings_do_not_divide() {
    check_members(r#"a="x, y", b"#, &[r#"a="x, y""#, "b"]);
    check_members(r#""a\", b", c"#, &[r#""a\", b""#, "c"]);
    check_members(r#""\\", c"#, &[r#""\\""#, "c"]);
}

#[test]
fn a_quote_that_is_never_closed_hides_nothing() {
    check_members(r#"a="x, no-store"#, &[r#"a="x"#, "no-store"]);
    check_members(r#"a="x\", b"#, &[r#"a="x\""#, "b"]);
    check_members(r#"a="x\"#, &[r#"a="x\"#]);
    let lines = Fields::from_iter([("C", "a=\"x"), ("C", "b=\"y\"")]);
    assert_eq!(lines.members("c").collect::<Vec<_>>(), ["a=\"x", "b=\"y\""]);
}

#[test]
fn open_quotes_are_known() {
    for (text, expected) in [
        ("", false),
        ("a", false),
        (r#"a"b"c"#, false),
        (r#""a\"""#, false),
        (r#"""#, true),
        (r#""a" ""#, true),
        (r#""a\""#, true),
        (r#"a\"b"#, true),
    ] {
        assert_eq!(leaves_quote_open(text), expected, "{text:?}");
    }
}

#[test]
fn quoted_strings_give_what_they_stand_for() {
    for (text, expected) in [
        (r#""""#, Some("")),
        (r#""a b""#, Some("a b")),
        (r#""a\"\\b\c""#, Some(r#"a"\bc"#)),
        (r#""\é""#, Some("é")),
        (r#"""#, None),
        (r#""a"#, None),
        (r#"a""#, None),
        (r#""a\""#, None),
        (r#""a"b""#, None),
        (r#""a" "#, None),
        ("\"a\nb\"", None),
        ("\"a\u{7f}\"", None),
        ("a", None),
    ] {
        assert_eq!(unquote(text).as_deref(), expected, "{text:?}");
    }
}

#[test]
fn tokens_are_what_the_grammar_says() {
    for byte in 0..=127_u8 {
        // RFC 9110 §5.6.2: any VCHAR, except delimiters.
        let expected = byte.is_ascii_graphic() && !b"\"(),/:;<=>?@[\\]{}".contains(&byte);
        let text = char::from(byte).to_string();
        assert_eq!(is_token(&text), expected, "{text:?}");
    }
    assert!(!is_token("") && !is_token("é") && !is_token("a b"));
}

proptest! {
    #[test]
    fn any_text_is_taken_apart_without_loss(line in "[a\"\\\\, \tB=é]{0,24}") {
        let members: Vec<&str> = list_members(&line).collect();
        for member in &members {
            prop_assert!(!member.is_empty());
            prop_assert_eq!(trim_ows(member), *member);
        }
        let kept: String = members.concat().chars().filter(|c| !" \t,".contains(*c)).collect();
        let given: String = line.chars().filter(|c| !" \t,".contains(*c)).collect();
        prop_assert_eq!(kept, given);
    }

    #[test]
    fn a_quoted_string_round_trips(text in "[ -~é\t]{0,20}") {
        let quoted = format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
        let unquoted = unquote(&quoted);
        prop_assert_eq!(unquoted.as_deref(), Some(text.as_str()));
        let line = format!("x={quoted} , y");
        let first = format!("x={quoted}");
        prop_assert_eq!(list_members(&line).collect::<Vec<_>>(), [first.as_str(), "y"]);
    }

    #[test]
    fn unquoting_never_panics(text in "\\PC*") {
        let _ = unquote(&text);
        prop_assert!(list_members(&text).count() <= text.len());
    }
}
