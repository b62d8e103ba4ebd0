use super::*;
use proptest::prelude::*;

const SITE: &[&str] = &[
    "* /{path...}",
    "GET /",
    "GET /api/pitches",
    "POST /api/pitches",
    "GET /api/pitches/{id}",
    "PATCH /api/pitches/{id}",
    "GET /api/pitches/new",
    "GET /api/{kind}/{id}/notes",
    "GET /api/pitches/{id}/{rest...}",
    "GET /docs/",
    "HEAD /api/pitches",
    "* /über/{a}",
];

fn patterns(texts: &[&str]) -> Vec<MethodPattern> {
    texts
        .iter()
        .map(|text| MethodPattern::parse(text).unwrap())
        .collect()
}

fn table(texts: &[&str]) -> RouteTable {
    RouteTable::build(&patterns(texts)).unwrap()
}

/// Looks `GET /x` up and compares the route's text and the parameters.
fn check(request: &str, route: &str, expected: &[&str]) {
    let (method, path) = request.split_once(' ').unwrap();
    let found = table(SITE).find(method, path);
    let Match::Found {
        route: index,
        params,
    } = found
    else {
        panic!("{request}: {found:?}");
    };
    assert_eq!(SITE[usize::from(index)], route, "{request}");
    assert_eq!(params, expected, "{request}");
}

#[test]
fn the_most_specific_route_wins() {
    check("GET /", "GET /", &[]);
    check("POST /", "* /{path...}", &[""]);
    check("GET /api/pitches", "GET /api/pitches", &[]);
    check("HEAD /api/pitches", "HEAD /api/pitches", &[]);
    check("POST /api/pitches", "POST /api/pitches", &[]);
    check("GET /api/pitches/7", "GET /api/pitches/{id}", &["7"]);
    check("HEAD /api/pitches/7", "GET /api/pitches/{id}", &["7"]);
    check("GET /api/pitches/new", "GET /api/pitches/new", &[]);
    // Less specific, but the exact route does not answer the method.
    check(
        "PATCH /api/pitches/new",
        "PATCH /api/pitches/{id}",
        &["new"],
    );
    check("DELETE /api/pitches/7", "* /{path...}", &["api/pitches/7"]);
    check(
        "GET /api/pitches/7/notes",
        "GET /api/pitches/{id}/{rest...}",
        &["7", "notes"],
    );
    check(
        "GET /api/users/7/notes",
        "GET /api/{kind}/{id}/notes",
        &["users", "7"],
    );
}

#[test]
fn a_trailing_slash_and_an_empty_segment_count() {
    check("GET /docs/", "GET /docs/", &[]);
    check("GET /docs", "* /{path...}", &["docs"]);
    check("GET /api/pitches/", "* /{path...}", &["api/pitches/"]);
    check(
        "GET /api/pitches/7/",
        "GET /api/pitches/{id}/{rest...}",
        &["7", ""],
    );
    check("GET //docs/", "* /{path...}", &["/docs/"]);
}

#[test]
fn segments_are_decoded_after_they_are_split() {
    check("GET /api/pitches/a%2Fb", "GET /api/pitches/{id}", &["a/b"]);
    check("GET /%61pi/pitches", "GET /api/pitches", &[]);
    check("GET /%C3%BCber/+%20x", "* /über/{a}", &["+ x"]);
    check("GET /x/a%2Fb/c%25", "* /{path...}", &["x/a/b/c%"]);
    check("GET /api/pitches/%2e%2e", "GET /api/pitches/{id}", &[".."]);
}

#[test]
fn nothing_is_copied_when_nothing_is_encoded() {
    let table = table(SITE);
    for path in ["/api/pitches/7", "/api/pitches/7/a/b", "/x/y"] {
        let Match::Found { params, .. } = table.find("GET", path) else {
            panic!("{path}");
        };
        assert!(params.iter().all(|value| matches!(value, Cow::Borrowed(_))));
    }
}

#[test]
fn a_path_that_cannot_be_read_says_where_and_why() {
    use PathProblemKind as K;
    let cases = [
        ("/api/%", 2, K::BrokenEscape),
        ("/api/%4", 2, K::BrokenEscape),
        ("/api/%4/1", 2, K::BrokenEscape),
        ("/%zz", 1, K::BrokenEscape),
        ("/%é", 1, K::BrokenEscape),
        ("/api/x/%ff", 3, K::NotUtf8),
        ("/api/x/%C3/%BC", 3, K::NotUtf8),
        ("/a%00", 1, K::Nul),
        ("/a\0", 1, K::Nul),
        ("/a/..", 2, K::DotSegment),
        ("/a/%2E%2e/b", 2, K::DotSegment),
        ("/./b", 1, K::DotSegment),
        ("/a/x%2f..%2fb", 2, K::DotSegment),
        ("/a/..%5cb", 2, K::DotSegment),
        ("/api/pitches/7/../8", 4, K::DotSegment),
    ];
    for (path, segment, kind) in cases {
        let expected = PathProblem { segment, kind };
        assert_eq!(
            table(SITE).find("GET", path),
            Match::BadPath(expected),
            "{path}"
        );
    }
    assert_eq!(
        PathProblem {
            segment: 3,
            kind: K::NotUtf8
        }
        .to_string(),
        "path segment 3 is not UTF-8 when decoded"
    );
}

#[test]
fn a_known_path_with_a_foreign_method_lists_the_known_ones() {
    let table = table(&[
        "GET /a/{id}",
        "PATCH /a/{id}",
        "DELETE /a/x",
        "POST /b",
        "OPTIONS /b",
    ]);
    let allow = |method: &str, path: &str| {
        let found = table.find(method, path);
        let Match::MethodNotAllowed { allow } = found else {
            panic!("{method} {path}: {found:?}");
        };
        allow.join(", ")
    };
    assert_eq!(allow("PUT", "/a/x"), "DELETE, GET, HEAD, PATCH, OPTIONS");
    assert_eq!(allow("DELETE", "/a/y"), "GET, HEAD, PATCH, OPTIONS");
    assert_eq!(allow("OPTIONS", "/a/y"), "GET, HEAD, PATCH, OPTIONS");
    assert_eq!(allow("get", "/a/y"), "GET, HEAD, PATCH, OPTIONS");
    assert_eq!(allow("GET", "/b"), "POST, OPTIONS");
    assert_eq!(table.find("GET", "/a/"), Match::NotFound);
    assert_eq!(table.find("GET", "/c"), Match::NotFound);
    assert_eq!(table.find("OPTIONS", "*"), Match::NotFound);
    assert_eq!(table.find("GET", ""), Match::NotFound);
}

#[test]
fn two_routes_for_the_same_requests_are_refused() {
    let ambiguities = |texts: &[&str]| match RouteTable::build(&patterns(texts)) {
        Ok(_) => Vec::new(),
        Err(found) => found.iter().map(|a| (a.first, a.second)).collect(),
    };
    assert_eq!(
        ambiguities(&["GET /{a}", "GET /x", "GET /{b}", "* /{c}", "GET /{d}"]),
        [(0, 2), (0, 4)]
    );
    assert_eq!(ambiguities(&["* /{a...}", "* /{b...}"]), [(0, 1)]);
    assert_eq!(ambiguities(&["GET /a", "GET /a/"]), []);
    assert_eq!(ambiguities(&["GET /{a}", "GET /{a...}", "* /{a}"]), []);
    assert_eq!(ambiguities(&["GET /a", "HEAD /a"]), []);
}

/// The rules once more, slowly: which of all matching routes is the most specific.
fn oracle(patterns: &[MethodPattern], method: &str, path: &str) -> Option<usize> {
    fn path_matches(segments: &[Segment], path: &[String]) -> bool {
        match (segments, path) {
            ([Segment::Rest(_)], [_, ..]) | ([], []) => true,
            ([Segment::Literal(own), segments @ ..], [text, path @ ..]) => {
                own == text && path_matches(segments, path)
            }
            ([Segment::Param(_), segments @ ..], [text, path @ ..]) => {
                !text.is_empty() && path_matches(segments, path)
            }
            _ => false,
        }
    }
    fn beats(a: &MethodPattern, b: &MethodPattern) -> bool {
        let rank = |segment: &Segment| match segment {
            Segment::Literal(_) => 'a',
            Segment::Param(_) => 'b',
            Segment::Rest(_) => 'c',
        };
        for (a, b) in a.segments.iter().zip(&b.segments) {
            if rank(a) != rank(b) {
                return rank(a) < rank(b);
            }
        }
        a.method != b.method && (b.method == MethodMatch::Any || a.method_name() == Some("HEAD"))
    }
    let path: Vec<String> = path[1..]
        .split('/')
        .map(|raw| percent_decode_str(raw).decode_utf8().unwrap().into_owned())
        .collect();
    let mut best: Option<usize> = None;
    for (index, pattern) in patterns.iter().enumerate() {
        let by_method = match pattern.method_name() {
            None => true,
            Some("GET") => method == "GET" || method == "HEAD",
            Some(name) => name == method,
        };
        if by_method
            && path_matches(&pattern.segments, &path)
            && best.is_none_or(|best| beats(pattern, &patterns[best]))
        {
            best = Some(index);
        }
    }
    best
}

fn pattern_text() -> impl Strategy<Value = String> {
    "(GET|HEAD|PUT|\\*) (/([ab]|\\{x\\}|\\{y\\})){0,3}(/|/a|/\\{z\\}|/\\{w\\.\\.\\.\\})"
}

proptest! {
    #[test]
    fn find_agrees_with_the_rules_told_slowly(
        texts in prop::collection::vec(pattern_text(), 1..12),
        method in "(GET|HEAD|PUT|POST)",
        path in "(/(a|b|c|%61|%2F|)){1,5}",
    ) {
        let mut patterns: Vec<_> = texts
            .iter()
            .filter_map(|text| MethodPattern::parse(text).ok())
            .collect();
        for twin in RouteTable::build(&patterns).err().iter().flatten().rev() {
            patterns.remove(twin.second);
        }
        let table = RouteTable::build(&patterns).unwrap();
        let expected = oracle(&patterns, &method, &path);
        match table.find(&method, &path) {
            Match::Found { route, params } => {
                prop_assert_eq!(Some(usize::from(route)), expected);
                let names = patterns[usize::from(route)].param_names().count();
                prop_assert_eq!(params.len(), names);
            }
            Match::MethodNotAllowed { allow } => {
                prop_assert_eq!(expected, None);
                prop_assert!(!allow.contains(&method));
                for method in allow.iter().filter(|method| *method != "OPTIONS") {
                    prop_assert!(oracle(&patterns, method, &path).is_some());
                }
            }
            Match::NotFound => {
                for method in ["GET", "HEAD", "PUT", "POST"] {
                    prop_assert_eq!(oracle(&patterns, method, &path), None);
                }
            }
            Match::BadPath(problem) => prop_assert!(false, "{}", problem),
        }
    }

    #[test]
    fn no_request_panics(method in "\\PC{0,6}", path in "(\\PC|/|%|%2|%2e|\0|\\.){0,20}") {
        let found = table(SITE).find(&method, &path);
        if let Match::Found { params, .. } = found {
            prop_assert!(params.iter().all(|value| !value.contains('\0')));
        }
    }
}
