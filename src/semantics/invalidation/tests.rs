use super::*;

const TARGET: &str = "https://example.com/things/7?x=1";

fn found(method: &str, status: u16, lines: &[(&str, &str)]) -> Invalidation {
    let target = HttpUri::parse(TARGET).unwrap();
    of(method, &target, status, &lines.iter().copied().collect())
}

fn uris(lines: &[(&str, &str)]) -> Vec<String> {
    let found = found("POST", 201, lines);
    found.uris.iter().map(ToString::to_string).collect()
}

#[test]
fn rfc_9111_4_4_unsafe_methods_that_did_not_fail() {
    let everything = [
        ("Location", "/new"),
        ("Cache-Group-Invalidation", "\"a\""),
        ("Clear-Site-Data", "\"cache\""),
    ];
    for method in [
        "POST", "PUT", "DELETE", "PATCH", "M-SEARCH", "post", "get", "X",
    ] {
        for (status, expected) in [(200, false), (204, false), (303, false), (399, false)] {
            let found = found(method, status, &everything);
            assert_eq!(found.is_empty(), expected, "{method} {status}");
        }
        for status in [100, 199, 400, 404, 412, 500, 503, 599, 0, 600] {
            assert!(
                found(method, status, &everything).is_empty(),
                "{method} {status}"
            );
        }
    }
    for method in ["GET", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "QUERY"] {
        assert!(found(method, 200, &everything).is_empty(), "{method}");
    }
}

#[test]
fn rfc_9111_4_4_location_and_content_location_of_the_same_origin() {
    let new = "https://example.com/things/new";
    for (lines, expected) in [
        (&[][..], &[TARGET][..]),
        (&[("Location", "new")], &[TARGET, new]),
        (&[("Content-Location", "/things/new")], &[TARGET, new]),
        (
            &[("Location", "HTTPS://EXAMPLE.com:443/things/new#x")],
            &[TARGET, new],
        ),
        (
            &[("Location", "new"), ("Content-Location", "./new")],
            &[TARGET, new],
        ),
        (
            &[("Location", "new"), ("Content-Location", "?y")],
            &[TARGET, new, "https://example.com/things/7?y"],
        ),
        // Another origin, by host, port and scheme.
        (
            &[("Location", "https://other.example/things/new")],
            &[TARGET],
        ),
        (&[("Location", "//other.example/new")], &[TARGET]),
        (&[("Location", "https://example.com:444/new")], &[TARGET]),
        (&[("Location", "http://example.com/new")], &[TARGET]),
        (
            &[("Location", "https://example.com@other.example/")],
            &[TARGET],
        ),
        (
            &[("Location", "https://other.example\\@example.com/")],
            &[TARGET],
        ),
        // No reference, or two of which nobody knows the right one.
        (&[("Location", "a b")], &[TARGET]),
        (&[("Location", "a"), ("Location", "b")], &[TARGET]),
        (&[("Location", "new"), ("Location", "new")], &[TARGET, new]),
    ] {
        assert_eq!(uris(lines), expected, "{lines:?}");
    }
}

#[test]
fn rfc_9875_3_groups() {
    let groups = found("POST", 200, &[("Cache-Group-Invalidation", "\"a\", \"b\"")]).groups;
    assert_eq!(
        groups,
        ["group:https://example.com a", "group:https://example.com b"]
    );
    assert!(
        found("POST", 200, &[("Cache-Groups", "\"a\"")])
            .groups
            .is_empty()
    );
}

#[test]
fn clear_site_data_names_the_cache_in_quotes() {
    for (value, expected) in [
        ("\"cache\"", Reach::Origin),
        ("\"cookies\" , \"cache\"", Reach::Origin),
        ("\"*\"", Reach::Origin),
        ("cache", Reach::Listed),
        ("\"Cache\"", Reach::Listed),
        ("\"cookies\"", Reach::Listed),
        ("\"cookies, cache\"", Reach::Listed),
        ("", Reach::Listed),
    ] {
        assert_eq!(
            found("POST", 200, &[("Clear-Site-Data", value)]).reach,
            expected,
            "{value}"
        );
    }
}
