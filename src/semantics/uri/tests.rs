use super::*;
use proptest::prelude::*;

#[test]
fn rfc_3986_5_4_references() {
    let base = HttpUri::parse("http://a/b/c/d;p?q").unwrap();
    for (reference, expected) in [
        // §5.4.1
        ("g", "http://a/b/c/g"),
        ("./g", "http://a/b/c/g"),
        ("g/", "http://a/b/c/g/"),
        ("/g", "http://a/g"),
        ("//g", "http://g/"),
        ("?y", "http://a/b/c/d;p?y"),
        ("g?y", "http://a/b/c/g?y"),
        ("#s", "http://a/b/c/d;p?q"),
        ("g#s", "http://a/b/c/g"),
        ("g?y#s", "http://a/b/c/g?y"),
        (";x", "http://a/b/c/;x"),
        ("g;x=1/./y", "http://a/b/c/g;x=1/y"),
        ("", "http://a/b/c/d;p?q"),
        (".", "http://a/b/c/"),
        ("./", "http://a/b/c/"),
        ("..", "http://a/b/"),
        ("../", "http://a/b/"),
        ("../g", "http://a/b/g"),
        ("../..", "http://a/"),
        ("../../g", "http://a/g"),
        // §5.4.2
        ("../../../g", "http://a/g"),
        ("/./g", "http://a/g"),
        ("/../g", "http://a/g"),
        ("g.", "http://a/b/c/g."),
        (".g", "http://a/b/c/.g"),
        ("g..", "http://a/b/c/g.."),
        ("..g", "http://a/b/c/..g"),
        ("./../g", "http://a/b/g"),
        ("./g/.", "http://a/b/c/g/"),
        ("g/./h", "http://a/b/c/g/h"),
        ("g/../h", "http://a/b/c/h"),
        ("g;x=1/../y", "http://a/b/c/y"),
        ("g?y/../x", "http://a/b/c/g?y/../x"),
        ("%2e%2E/g", "http://a/b/g"),
        ("g?", "http://a/b/c/g?"),
        ("https://B.Example:443", "https://b.example/"),
        ("HTTP://a:8080/x//y", "http://a:8080/x//y"),
        ("http://[2001:DB8::1]:80/", "http://[2001:db8::1]/"),
        ("http://a:/", "http://a/"),
    ] {
        let found = base.resolve(reference).map(|uri| uri.to_string());
        assert_eq!(found.as_deref(), Some(expected), "{reference}");
    }
}

#[test]
fn what_the_grammar_refuses_is_no_reference() {
    let base = HttpUri::parse("http://a/b").unwrap();
    for reference in [
        "g:h",
        "http:g",
        "mailto:a@b",
        "1:2",
        "http://",
        "http:///x",
        "//user@a/",
        "http://u:p@a/",
        "http://a:x/",
        "http://a:65536/",
        "http://[::1/",
        "http://[::1]x/",
        "http://[1]/",
        "http://a b/",
        "http://a%41/",
        "a b",
        "a\\b",
        "a\"b",
        "a|b",
        "a%",
        "a%4",
        "a%4g",
        "a%+1",
        "a\nb",
        "a#b#c",
        "caf\u{e9}",
    ] {
        assert_eq!(base.resolve(reference), None, "{reference:?}");
    }
}

#[test]
fn rfc_9110_4_3_1_same_origin() {
    let origin = |scheme, authority| Origin::new(scheme, authority).unwrap();
    let one = origin(Scheme::Https, "Example.com");
    assert_eq!(one, origin(Scheme::Https, "example.COM:443"));
    assert_ne!(one, origin(Scheme::Http, "example.com"));
    assert_ne!(one, origin(Scheme::Https, "example.com:444"));
    assert_ne!(one, origin(Scheme::Https, "www.example.com"));
    assert_ne!(one, origin(Scheme::Https, "example.com."));
}

#[test]
fn rfc_3986_6_2_2_escapes() {
    for (text, expected) in [
        ("", Some("")),
        ("a%2fb", Some("a%2Fb")),
        ("%7e%41%2D", Some("~A-")),
        ("%252e", Some("%252e")),
        ("%25%32%65", Some("%252e")),
        ("%c3%a9", Some("%C3%A9")),
        ("%", None),
        ("%a", None),
        ("%%41", None),
        ("%4\u{e9}", None),
    ] {
        assert_eq!(normal_escapes(text).as_deref(), expected, "{text}");
    }
}

proptest! {
    /// A URL parser that browsers' rules were written for, on references that both read alike.
    #[test]
    fn references_resolve_as_another_implementation_resolves_them(
        base in "/([a-c.;]{0,3}/){0,3}[a-c.]{0,2}([?][a-c/.]{0,2})?",
        reference in "(//[a-c]{1,3})?(/?([a-c.;=]{0,3}/){0,4}[a-c.]{0,3})([?][a-c/.]{0,3})?(#[a-c]?)?",
    ) {
        // Without an authority, two slashes begin one.
        prop_assume!(!base.starts_with("//"));
        let base = format!("http://host{base}");
        let (ours, theirs) = (HttpUri::parse(&base).unwrap(), url::Url::parse(&base).unwrap());
        if let Some(found) = ours.resolve(&reference) {
            let mut expected = theirs.join(&reference).unwrap();
            expected.set_fragment(None);
            prop_assert_eq!(found.to_string(), expected.to_string());
        } else {
            // An empty authority: browsers skip slashes until they find one.
            prop_assert!(reference.starts_with("//"));
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>(), near in "[a:/?#.%2e@\\[\\]]{0,12}") {
        let base = HttpUri::parse("https://a/b/c?d").unwrap();
        for text in [&text, &near] {
            if let Some(uri) = base.resolve(text) {
                prop_assert!(uri.path.starts_with('/'));
                // What is written is read, and has nothing left to resolve.
                prop_assert_eq!(HttpUri::parse(&uri.to_string()), Some(uri));
            }
        }
    }

    #[test]
    fn the_normal_form_is_its_own(text in "[a%2-7A-Fe.~]{0,12}") {
        if let Some(normal) = normal_escapes(&text) {
            prop_assert_eq!(normal_escapes(&normal), Some(normal.clone()));
            let decode = |text: &str| percent_encoding::percent_decode_str(text).collect::<Vec<u8>>();
            prop_assert_eq!(decode(&text), decode(&normal));
        }
    }
}
