use super::*;
use proptest::prelude::*;

fn strong(opaque: &str) -> EntityTag<'_> {
    EntityTag {
        weak: false,
        opaque,
    }
}

fn weak(opaque: &str) -> EntityTag<'_> {
    EntityTag { weak: true, opaque }
}

fn check(field: &str, expected: &[EntityTag<'_>]) {
    assert_eq!(
        parse_list(field),
        TagList::Tags(expected.to_vec()),
        "{field:?}"
    );
}

#[test]
fn lists_of_valid_tags() {
    check(r#""a""#, &[strong("a")]);
    check(r#"W/"a""#, &[weak("a")]);
    check(r#""""#, &[strong("")]);
    check(r#"W/"""#, &[weak("")]);
    check(r#""a", W/"b" ,"c""#, &[strong("a"), weak("b"), strong("c")]);
    check(" \t\"a\"\t ", &[strong("a")]);
    check(r#", ,"a",,"b","#, &[strong("a"), strong("b")]);
    check(r#""!#~*[]""#, &[strong("!#~*[]")]);
}

#[test]
fn a_comma_or_a_backslash_inside_quotes_belongs_to_the_tag() {
    check(r#""a,b", "c,,W/d""#, &[strong("a,b"), strong("c,,W/d")]);
    check(r#""a\", "b""#, &[strong(r"a\"), strong("b")]);
}

#[test]
fn text_beyond_ascii_is_allowed() {
    check(
        "\"caf\u{e9}\", \"\u{1f980}\"",
        &[strong("caf\u{e9}"), strong("\u{1f980}")],
    );
}

#[test]
fn any_is_only_a_star_alone() {
    for field in ["*", " * ", "\t*"] {
        assert_eq!(parse_list(field), TagList::Any, "{field:?}");
    }
    check(r#""*""#, &[strong("*")]);
    check(r#"*, "a""#, &[strong("a")]);
    check("*,", &[]);
    check("**", &[]);
}

#[test]
fn invalid_members_match_nothing_and_spoil_no_other() {
    check("", &[]);
    check("a", &[]);
    check(r#"a, "b""#, &[strong("b")]);
    check(r#"w/"a", "b""#, &[strong("b")]);
    check(r#"W/a, "b""#, &[strong("b")]);
    check(r#"W/ "a", "b""#, &[strong("b")]);
    check(r#""a"b, "c""#, &[strong("c")]);
    check(r#""a"W/"b", "c""#, &[strong("c")]);
    check(r#""a b", "c""#, &[strong("c")]);
    check("\"a\tb\", \"c\"", &[strong("c")]);
    check("\"a\u{7f}\", \"c\"", &[strong("c")]);
    check("'a', \"c\"", &[strong("c")]);
    check(r#"W/W/"a""#, &[]);
}

#[test]
fn an_open_quote_takes_the_rest_with_it() {
    check(r#"""#, &[]);
    check(r#"W/""#, &[]);
    check(r#""a"#, &[]);
    check(r#""a", "b"#, &[strong("a")]);
    check(r#""a, "b""#, &[]);
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        tags in prop::collection::vec((any::<bool>(), "[!#-~\u{80}-\u{ff}]{0,6}"), 1..6),
        separator in prop::sample::select(vec![",", ", ", " ,\t", ",,"]),
    ) {
        let written: Vec<String> = tags
            .iter()
            .map(|(weak, opaque)| format!("{}\"{opaque}\"", if *weak { "W/" } else { "" }))
            .collect();
        let expected = tags.iter().map(|(weak, opaque)| EntityTag { weak: *weak, opaque }).collect();
        let field = written.join(separator);
        prop_assert_eq!(parse_list(&field), TagList::Tags(expected));
    }

    #[test]
    fn any_text_gives_only_tags_that_stand_in_it(field in "[\"W/,* a-c\\\\\u{e9}]{0,24}") {
        if let TagList::Tags(tags) = parse_list(&field) {
            for tag in tags {
                let prefix = if tag.weak { "W/" } else { "" };
                let written = format!("{prefix}\"{}\"", tag.opaque);
                prop_assert!(field.contains(&written));
                prop_assert_eq!(EntityTag::parse(&written), Some(tag));
            }
        }
    }
}
