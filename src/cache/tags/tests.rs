use super::*;
use crate::route::pattern::MethodPattern;

fn tagging(pattern: &str, templates: &[&str]) -> Tagging {
    Tagging {
        templates: templates.iter().map(|text| (*text).to_owned()).collect(),
        tables: vec!["table:public.pitches".to_owned()],
        path: MethodPattern::parse(pattern).unwrap().segments,
    }
}

#[track_caller]
fn check_template(template: &str, values: &[(&str, &str)], expected: &str) {
    let filled = fill(&tagging("GET /", &[template]), values);
    assert_eq!(filled, [expected, "table:public.pitches", "/"]);
}

#[test]
fn names_are_filled_in_and_values_are_not_read_as_templates() {
    check_template("pitch:{id}", &[("id", "7")], "pitch:7");
    check_template("{a}-{b}", &[("a", "{b}"), ("b", "x")], "{b}-x");
    check_template("plain", &[], "plain");
    check_template("q:{q}", &[("q", "")], "q:");
    check_template("open{", &[], "open{");
}

#[track_caller]
fn check_path(pattern: &str, values: &[(&str, &str)], expected: &str) {
    let tags = fill(&tagging(pattern, &[]), values);
    assert_eq!(tags.last().map(String::as_str), Some(expected), "{pattern}");
}

#[test]
fn the_path_of_an_answer_holds_canonical_values() {
    check_path("GET /", &[], "/");
    check_path("GET /api/pitches", &[("q", "x")], "/api/pitches");
    check_path("GET /api/pitches/", &[], "/api/pitches/");
    let id = [("id", "7")];
    check_path("GET /api/pitches/{id}", &id, "/api/pitches/7");
    check_path("GET /api/pitches/{id}/notes", &id, "/api/pitches/7/notes");
    check_path("GET /a|b/é", &[], "/a%7Cb/%C3%A9");
    check_path(
        "GET /keys/{key}",
        &[("key", "a/b %?#é")],
        "/keys/a%2Fb%20%25%3F%23%C3%A9",
    );
    check_path(
        "GET /keys/{key}",
        &[("key", "A:b@c,d*(1)")],
        "/keys/A:b@c,d*(1)",
    );
    check_path(
        "GET /files/{path...}",
        &[("path", "a/b c/")],
        "/files/a/b%20c/",
    );
    check_path("GET /files/{path...}", &[("path", "")], "/files/");
}

#[test]
fn a_path_ends_before_a_parameter_without_a_value() {
    check_path("GET /a/{b}/c", &[], "/a/");
    check_path("GET /a/{rest...}", &[], "/a/");
}

#[test]
fn a_raw_path_gets_the_escapes_that_a_filled_one_has() {
    for (raw, expected) in [
        ("/", "/"),
        ("/assets/app-1a2b.js", "/assets/app-1a2b.js"),
        ("/%61%20b/%c3%A9", "/a%20b/%C3%A9"),
        ("/a%2Fb", "/a%2Fb"),
        ("/a|b/100%", "/a%7Cb/100%25"),
        ("/%ff", "/%FF"),
        ("/api/pitches/", "/api/pitches/"),
        ("", ""),
    ] {
        assert_eq!(path_tag(raw), expected, "{raw}");
        assert_eq!(path_tag(&path_tag(raw)), expected, "{raw}, twice");
    }
    let tags = fill_at(
        &tagging("GET /x/{path...}", &["p:{path}"]),
        &[("path", "a/b")],
        "/x/a%2fb",
    );
    assert_eq!(tags, ["p:a/b", "table:public.pitches", "/x/a%2Fb"]);
}

#[test]
fn a_purge_of_a_table_by_hand_means_its_rows_too() {
    assert_eq!(
        expand("table:public.a"),
        ["table:public.a", "rows:public.a"]
    );
    for tag in ["rows:public.a", "pitch:7", "/table:x", ""] {
        assert_eq!(expand(tag), [tag]);
    }
}

fn row(table: &str, column: &str, param: &str) -> RowKey {
    RowKey {
        table: table.to_owned(),
        column: column.to_owned(),
        param: param.to_owned(),
    }
}

#[track_caller]
fn check_tables(templates: &[&str], expected: &[&str]) {
    let templates: Vec<String> = templates.iter().map(|text| (*text).to_owned()).collect();
    let tables = ["s.a".to_owned(), "s.b".to_owned()];
    let rows = [row("s.a", "id", "id"), row("s.a", "slug", "slug")];
    assert_eq!(table_tags(&templates, &tables, &rows), expected);
}

#[test]
fn a_table_is_followed_row_by_row_where_one_placeholder_names_the_rows() {
    check_tables(&["a:{id}"], &["rows:s.a", "table:s.b"]);
    check_tables(&["list", "a:{slug}:x"], &["rows:s.a", "table:s.b"]);
    for template in ["a", "a:{other}", "a:{id}:{slug}", "a:{id}{"] {
        check_tables(&[template], &["table:s.a", "table:s.b"]);
    }
    check_tables(&[], &["table:s.a", "table:s.b"]);
}

#[test]
fn the_first_template_that_names_the_rows_is_the_one_that_tells_of_them() {
    let templates = ["list", "b:{slug}!", "a:{id}"].map(str::to_owned);
    let rows = [row("s.a", "id", "id"), row("s.a", "slug", "slug")];
    let expected = RowTag {
        table: "s.a",
        before: "b:",
        column: "slug",
        after: "!",
    };
    assert_eq!(row_tags(&templates, &rows), [expected]);
}
