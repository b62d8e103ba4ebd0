use super::*;
use crate::purge::seq::PurgeSeq;
use crate::semantics::fields::Fields;
use crate::shield::message::Share;
use crate::source::fetch::Fetch;
use crate::source::image::{Format, Options};
use std::collections::HashSet;

fn ask(fields: &[(&str, &str)]) -> FetchAsk {
    FetchAsk {
        route: "f".into(),
        key: "k".into(),
        share: Share::Join,
        after: PurgeSeq::ZERO,
        fetch: Fetch {
            method: "GET".into(),
            target: "/".into(),
            fields: fields.iter().copied().collect::<Fields>(),
            image: None,
        },
    }
}

fn named(names: &[&str], ask: &FetchAsk) -> String {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    name(ask, &names)
}

#[test]
fn what_says_the_same_has_one_name() {
    let base = named(&[], &ask(&[("If-None-Match", "\"a\", \"b\"")]));
    for fields in [
        vec![("if-none-match", "\"a\",\"b\"")],
        vec![("If-None-Match", "\"a\""), ("If-None-Match", "\"b\"")],
        vec![("If-None-Match", "\"a\", \"b\""), ("Cookie", "x=y")],
        vec![("User-Agent", "x"), ("If-None-Match", "\"a\", \"b\"")],
    ] {
        assert_eq!(named(&[], &ask(&fields)), base, "{fields:?}");
    }
    let mut later = ask(&[("If-None-Match", "\"a\", \"b\"")]);
    later.after = PurgeSeq(9);
    assert_eq!(named(&[], &later), base);
}

#[test]
fn what_says_something_else_has_another() {
    let changed = |change: fn(&mut FetchAsk)| {
        let mut ask = ask(&[]);
        change(&mut ask);
        ask
    };
    let image = |width, format| Options {
        width,
        quality: 80,
        format,
    };
    let mut wide = ask(&[]);
    wide.fetch.image = Some(image(Some(9), None));
    let mut webp = ask(&[]);
    webp.fetch.image = Some(image(None, Some(Format::Webp)));
    let mut asks = vec![
        ask(&[]),
        wide,
        webp,
        changed(|ask| ask.key = "l".into()),
        changed(|ask| ask.route = "g".into()),
        changed(|ask| ask.fetch.method = "HEAD".into()),
    ];
    for field in [
        "authorization",
        "if-match",
        "if-modified-since",
        "if-none-match",
        "if-range",
        "if-unmodified-since",
        "range",
    ] {
        asks.push(ask(&[(field, "")]));
        asks.push(ask(&[(field, "1")]));
    }
    let names: HashSet<String> = asks.iter().map(|ask| named(&[], ask)).collect();
    assert_eq!(names.len(), asks.len());
}

#[test]
fn known_fields_divide_and_others_do_not() {
    let (english, german) = (
        ask(&[("Accept-Language", "en")]),
        ask(&[("Accept-Language", "de")]),
    );
    assert_eq!(named(&[], &english), named(&[], &german));
    let known = ["accept-language"];
    assert_ne!(named(&known, &english), named(&known, &german));
    assert_ne!(named(&known, &english), named(&known, &ask(&[])));
    assert_eq!(named(&["accept"], &english), named(&["accept"], &german));
}

#[test]
fn a_name_is_short_however_long_the_request() {
    let long = "x".repeat(100_000);
    assert_eq!(named(&[], &ask(&[("If-None-Match", &long)])).len(), 64);
}
