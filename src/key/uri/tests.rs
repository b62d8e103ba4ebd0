use super::*;
use crate::semantics::uri::Scheme;
use TargetProblem::{Character, Escape, NotAPath, Nul};
use proptest::prelude::*;

fn origin(authority: &str) -> Origin {
    Origin::new(Scheme::Https, authority).unwrap()
}

fn target(path: &str, query: Option<&str>, rule: &QueryRule) -> Result<String, TargetProblem> {
    let target = canonical(origin("h"), path, query, rule)?;
    Ok(target.to_string().replacen("https://h", "", 1))
}

fn patterns(names: &[&str]) -> Vec<NamePattern> {
    let parse = |name: &&str| NamePattern::parse(name).unwrap();
    names.iter().map(parse).collect()
}

#[test]
fn one_decision_for_each_doubt_about_a_path() {
    for (path, expected) in [
        ("", Ok("/")),
        ("/", Ok("/")),
        ("/a", Ok("/a")),
        ("/a/", Ok("/a/")),
        ("//a//b", Ok("//a//b")),
        ("/a%2fb", Ok("/a%2Fb")),
        ("/a%5cb", Ok("/a%5Cb")),
        ("/%7euser/%41", Ok("/~user/A")),
        ("/a/./b/../c", Ok("/a/c")),
        ("/a/%2e%2E/c", Ok("/c")),
        ("/a/..%2fc", Ok("/a/..%2Fc")),
        ("/../../c", Ok("/c")),
        ("/a/..", Ok("/")),
        ("/a/.", Ok("/a/")),
        ("/a/b/%2e", Ok("/a/b/")),
        ("/%252e%252e/c", Ok("/%252e%252e/c")),
        ("/%25%32%65", Ok("/%252e")),
        ("/a;b=c,d:e@f!$&'()*+", Ok("/a;b=c,d:e@f!$&'()*+")),
        ("/account.php/x.css", Ok("/account.php/x.css")),
        ("/caf%c3%a9", Ok("/caf%C3%A9")),
        ("/a|b", Ok("/a|b")),
        ("/a%00b", Err(Nul)),
        ("/a\0b", Err(Nul)),
        ("/a%2500", Ok("/a%2500")),
        ("/a%", Err(Escape)),
        ("/a%zz", Err(Escape)),
        ("/%%34%31", Err(Escape)),
        ("/a b", Err(Character)),
        ("/a\\b", Err(Character)),
        ("/a\tb", Err(Character)),
        ("/caf\u{e9}", Err(Character)),
        ("/a?b", Err(Character)),
        ("/a#b", Err(Character)),
        ("a", Err(NotAPath)),
        ("*", Err(NotAPath)),
    ] {
        let found = target(path, None, &QueryRule::default());
        assert_eq!(found.as_deref(), expected.as_ref().copied(), "{path:?}");
    }
}

#[test]
fn a_query_is_kept_unless_the_site_says_otherwise() {
    for (query, expected) in [
        (None, Ok("/")),
        (Some(""), Ok("/?")),
        (Some("a"), Ok("/?a")),
        (Some("a="), Ok("/?a=")),
        (Some("b=1&a=2&b=0&&"), Ok("/?b=1&a=2&b=0&&")),
        (Some("a=%7e%2f%20+b"), Ok("/?a=~%2F%20+b")),
        (Some("a=100%&b=%2f"), Ok("/?a=100%&b=%2F")),
        (Some("a=%00"), Ok("/?a=%00")),
        (Some("u=https://x/../y?z"), Ok("/?u=https://x/../y?z")),
        (Some("a\\b"), Ok("/?a\\b")),
        (Some("a\0"), Err(Nul)),
        (Some("a\n"), Err(Character)),
        (Some("a#b"), Err(Character)),
    ] {
        let found = target("/", query, &QueryRule::default());
        assert_eq!(found.as_deref(), expected.as_ref().copied(), "{query:?}");
    }
}

#[test]
fn lists_and_order_are_the_sites() {
    let rule = |params, order| QueryRule { params, order };
    let ignore = || Params::AllBut(patterns(&["utm_*", "fbclid"]));
    let allow = || Params::Only(patterns(&["q", "page"]));
    for (rule, query, expected) in [
        (
            rule(ignore(), Order::Kept),
            "b=1&utm_source=x&a=2",
            "/?b=1&a=2",
        ),
        (
            rule(ignore(), Order::Kept),
            "utm%5Fsource=x&fbclid&a",
            "/?a",
        ),
        (
            rule(ignore(), Order::Kept),
            "utm=1&UTM_x=2&fbclid2",
            "/?utm=1&UTM_x=2&fbclid2",
        ),
        (rule(ignore(), Order::Kept), "utm_a=1&fbclid=2", "/"),
        (rule(ignore(), Order::Kept), "", "/?"),
        (rule(allow(), Order::Kept), "x=1&page=2&q=3", "/?page=2&q=3"),
        (
            rule(allow(), Order::Sorted),
            "q=3&page=2&q=1",
            "/?page=2&q=3&q=1",
        ),
        (rule(allow(), Order::Kept), "x=1", "/"),
        (
            rule(Params::All, Order::Sorted),
            "b=2&a=1&b=1&a",
            "/?a=1&a&b=2&b=1",
        ),
        (rule(Params::All, Order::Sorted), "%62=1&a=2", "/?a=2&b=1"),
    ] {
        assert_eq!(
            target("/", Some(query), &rule).as_deref(),
            Ok(expected),
            "{query}"
        );
    }
}

#[test]
fn patterns_have_a_star_only_at_their_end() {
    assert_eq!(NamePattern::parse(""), Err(PatternProblem::Empty));
    assert_eq!(NamePattern::parse("a*b"), Err(PatternProblem::InnerStar));
    assert_eq!(NamePattern::parse("a**"), Err(PatternProblem::InnerStar));
    assert_eq!(
        NamePattern::parse("*"),
        Ok(NamePattern::Prefix(String::new()))
    );
}

#[test]
fn hosts_meet_by_case_and_default_port_alone() {
    let part = |authority: &str| {
        let found = canonical(origin(authority), "/", None, &QueryRule::default()).unwrap();
        found.origin.authority()
    };
    assert_eq!(part("Example.COM:443"), "example.com");
    assert_eq!(part("example.com:"), "example.com");
    assert_eq!(part("example.com:8443"), "example.com:8443");
    assert_eq!(part("example.com."), "example.com.");
    assert_eq!(part("[::1]:443"), "[::1]");
}

/// What an origin that follows RFC 3986 can tell of a text: its characters, an escape apart from what it
/// escapes unless that is unreserved.
#[derive(Debug, PartialEq)]
enum Unit {
    Plain(u8),
    Escaped(u8),
}

fn units(text: &str) -> Vec<Unit> {
    let bytes = text.as_bytes();
    let mut units = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let digits = text.get(at + 1..at + 3);
        let value = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (bytes[at], value) {
            (b'%', Some(byte)) => {
                let unreserved = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
                units.push(if unreserved {
                    Unit::Plain(byte)
                } else {
                    Unit::Escaped(byte)
                });
                at += 3;
            }
            (byte, _) => {
                units.push(Unit::Plain(byte));
                at += 1;
            }
        }
    }
    units
}

proptest! {
    #[test]
    fn no_two_requests_that_differ_meet(
        one in "/[ab/%2fF41;&]{0,6}", other in "/[ab/%2fF41;&]{0,6}",
        q in prop::option::of("[ab=&%2fF+]{0,5}"), r in prop::option::of("[ab=&%2fF+]{0,5}"),
    ) {
        let rule = QueryRule::default();
        let read = |path: &str, query: &Option<String>| canonical(origin("h"), path, query.as_deref(), &rule);
        if let (Ok(x), Ok(y)) = (read(&one, &q), read(&other, &r)) {
            // Without dots there is nothing to remove from a path.
            let alike = |q: &Option<String>, r: &Option<String>| match (q, r) {
                (Some(q), Some(r)) => {
                    let (q, r): (Vec<&str>, Vec<&str>) = (q.split('&').collect(), r.split('&').collect());
                    q.len() == r.len() && q.iter().zip(&r).all(|(q, r)| units(q) == units(r))
                }
                (None, None) => true,
                (Some(_), None) | (None, Some(_)) => false,
            };
            if x == y {
                prop_assert!(units(&one) == units(&other) && alike(&q, &r));
            }
        }
    }

    #[test]
    fn the_canonical_form_is_its_own(path in "/[a./%2eE5f]{0,10}", query in prop::option::of("[a=&%2e ]{0,8}")) {
        for order in [Order::Kept, Order::Sorted] {
            let rule = QueryRule { params: Params::AllBut(patterns(&["a*"])), order };
            if let Ok(once) = canonical(origin("h"), &path, query.as_deref(), &rule) {
                let twice = canonical(origin("h"), &once.path, once.query.as_deref(), &rule).unwrap();
                prop_assert_eq!(&once, &twice);
                let dots = |segment: &str| matches!(segment, "." | "..");
                prop_assert!(!once.path.split('/').any(dots));
            }
        }
    }

    #[test]
    fn any_target_is_read_or_refused(path in any::<String>(), query in any::<Option<String>>()) {
        if let Ok(found) = canonical(origin("h"), &path, query.as_deref(), &QueryRule::default()) {
            prop_assert!(found.path.starts_with('/'));
        }
    }
}
