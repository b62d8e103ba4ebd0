use super::*;
use proptest::prelude::*;

fn text(text: &str) -> Argument<'_> {
    Argument::Text(Cow::Borrowed(text))
}

fn check(line: &str, expected: &[(&str, Argument<'_>)]) {
    let fields = Fields::from_iter([("Cache-Control", line)]);
    let found: Vec<_> = directives(&fields, "cache-control")
        .map(|directive| (directive.name.to_owned(), directive.argument))
        .map(|(name, argument)| (name, argument_of(argument)))
        .collect();
    let expected: Vec<_> = expected
        .iter()
        .map(|(name, argument)| ((*name).to_owned(), argument_of(argument.clone())))
        .collect();
    assert_eq!(found, expected, "{line:?}");
}

fn argument_of(argument: Argument<'_>) -> Argument<'static> {
    match argument {
        Argument::Absent => Argument::Absent,
        Argument::Text(text) => Argument::Text(Cow::Owned(text.into_owned())),
        Argument::Malformed => Argument::Malformed,
    }
}

/// RFC 9111 §5.2.
#[test]
fn both_forms_of_argument_are_read() {
    check("no-store", &[("no-store", Argument::Absent)]);
    check("Max-Age=5", &[("Max-Age", text("5"))]);
    check("max-age=\"5\"", &[("max-age", text("5"))]);
    check(r#"x="a\"b, c""#, &[("x", text("a\"b, c"))]);
    check(
        " a , ,b=1,\tc=\"\" ",
        &[("a", Argument::Absent), ("b", text("1")), ("c", text(""))],
    );
    check("", &[]);
}

#[test]
fn what_the_grammar_refuses_keeps_its_name_alone() {
    for (line, name) in [
        ("max-age =5", "max-age"),
        ("max-age= 5", "max-age"),
        ("max-age=", "max-age"),
        ("max-age=5;x", "max-age"),
        ("max-age==5", "max-age"),
        ("no-store;", "no-store"),
        ("no-store no-cache", "no-store"),
        ("x=a\"b\"", "x"),
        ("x=\"a\"b", "x"),
        ("x=é", "x"),
    ] {
        check(line, &[(name, Argument::Malformed)]);
    }
    for line in ["=5", "\"max-age=5\"", "(a)", "é=1"] {
        check(line, &[]);
    }
}

#[test]
fn after_a_quote_that_stays_open_nothing_is_well_formed() {
    check(
        r#"max-age=1, x="a, max-age=9, no-store"#,
        &[
            ("max-age", text("1")),
            ("x", Argument::Malformed),
            ("max-age", Argument::Malformed),
            ("no-store", Argument::Malformed),
        ],
    );
    check(
        "x=a\"b\", max-age=9",
        &[("x", Argument::Malformed), ("max-age", text("9"))],
    );
    let fields = Fields::from_iter([("C", "x=\"a"), ("C", "max-age=9")]);
    let last = directives(&fields, "c").last().map(|d| d.argument);
    assert_eq!(last, Some(text("9")));
}

/// RFC 9111 §5.2.2.4 and §5.2.2.7: `#field-name`.
#[test]
fn field_names_are_a_list_of_tokens() {
    for (argument, expected) in [
        ("a", Some(vec!["a"])),
        ("A, b ,,c", Some(vec!["a", "b", "c"])),
        ("", None),
        (" , ", None),
        ("a b", None),
        ("a, \"b\"", None),
    ] {
        let expected = expected.map(|names| names.into_iter().map(str::to_owned).collect());
        assert_eq!(text(argument).field_names(), expected, "{argument:?}");
    }
    assert_eq!(Argument::Absent.field_names(), None);
    assert_eq!(Argument::Malformed.field_names(), None);
}

proptest! {
    #[test]
    fn well_formed_directives_round_trip(
        name in "[a-zA-Z!#-]{1,8}", value in "[ -~]{0,12}", quoted: bool,
    ) {
        let is_token_value = is_token(&value);
        let form = if quoted || !is_token_value {
            format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
        } else {
            value.clone()
        };
        let fields = Fields::from_iter([("c", format!("{name}={form}, end"))]);
        let found: Vec<_> = directives(&fields, "c").collect();
        prop_assert_eq!(found.len(), 2);
        prop_assert_eq!(found[0].name, name.as_str());
        prop_assert_eq!(&found[0].argument, &text(&value));
        prop_assert_eq!(&found[1].argument, &Argument::Absent);
    }

    #[test]
    fn whatever_comes_names_are_tokens_and_arguments_stood_there(line in "[a=\"\\\\, ;-é]{0,24}") {
        let fields = Fields::from_iter([("c", line.clone())]);
        for directive in directives(&fields, "c") {
            prop_assert!(is_token(directive.name));
            match directive.argument {
                Argument::Text(Cow::Borrowed(value)) => prop_assert!(line.contains(value)),
                Argument::Text(Cow::Owned(_)) => prop_assert!(line.contains('\\')),
                Argument::Absent | Argument::Malformed => {}
            }
        }
    }
}
