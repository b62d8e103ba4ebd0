//! Requests that select different answers of one URI.

use super::*;

fn in_language(language: &str) -> impl FnOnce(&mut FetchAsk) + use<> {
    with("Accept-Language", language)
}

const VARY: (&str, &str) = ("Vary", "Accept-Language");

#[test]
fn variants_never_cross_and_each_makes_one_contact() {
    let mut rig = Rig::new(|_| {});
    let askers: Vec<(&str, Asker)> = ["en", "de", "en", "de", "fr", "de"]
        .map(|language| (language, rig.ask(in_language(language))))
        .into();
    assert_eq!(rig.open(), 1);
    rig.answer_whole(200, &[STALE, VARY], b"en");
    // The others ask again, those of one language together.
    assert_eq!(rig.open(), 2);
    rig.answer_whole(200, &[STALE, VARY], b"de");
    rig.answer_whole(200, &[STALE, VARY], b"fr");
    assert_eq!(rig.open(), 0);
    for (language, asker) in askers {
        assert_eq!(rig.got(asker), got_whole(language.as_bytes()));
    }
    // From now on it is known beforehand.
    let _known: Vec<Asker> = ["en", "de", "de", "en"]
        .map(|language| rig.ask(in_language(language)))
        .into();
    assert_eq!(rig.open(), 2);
}

#[test]
fn who_selects_otherwise_does_not_wait_for_the_body() {
    let mut rig = Rig::new(|_| {});
    let _leader = rig.ask(in_language("en"));
    let same = rig.ask(in_language("en"));
    let other = rig.ask(in_language("de"));
    let body = rig.answer(200, &[FRESH, VARY]);
    assert_eq!(rig.open(), 1);
    rig.answer_whole(200, &[FRESH, VARY], b"de");
    assert_eq!(rig.got(other), got_whole(b"de"));
    rig.end(body, whole(b"en"));
    assert_eq!(rig.got(same), got_whole(b"en"));
}

#[test]
fn who_finds_others_before_it_each_time_asks_alone_in_the_end() {
    let mut rig = Rig::new(|_| {});
    let askers: Vec<Asker> = [vec![], vec!["A"], vec!["A", "B"], vec!["A", "B", "C"]]
        .map(|names| {
            rig.ask(|ask| {
                for name in names {
                    ask.fetch.fields.push(name, "1");
                }
            })
        })
        .into();
    for vary in ["A", "A, B", "A, B, C"] {
        assert_eq!((rig.open(), rig.state().contacts_live), (1, 1), "{vary}");
        rig.answer_empty(200, &[STALE, ("Vary", vary)]);
    }
    assert_eq!((rig.open(), rig.state().contacts_live), (1, 0));
    rig.answer_empty(200, &[STALE, ("Vary", "A, B, C")]);
    rig.all_got(askers, &Got::Nothing);
}

#[test]
fn an_error_that_tells_nothing_of_selection_makes_nobody_forget_it() {
    for (status, fields, contacts) in [
        (503, vec![STALE], 2),
        (304, vec![STALE], 2),
        (404, vec![STALE], 2),
        (200, vec![STALE], 1),
    ] {
        let mut rig = Rig::new(|_| {});
        let _first = rig.ask(in_language("en"));
        rig.answer_whole(200, &[STALE, VARY], b"en");
        let _second = rig.ask(in_language("en"));
        rig.answer_empty(status, &fields);
        let _then = [rig.ask(in_language("en")), rig.ask(in_language("de"))];
        assert_eq!(rig.open(), contacts, "{status}");
    }
}

#[test]
fn without_a_lifetime_of_the_origins_own_cookies_select() {
    type Change = fn(&mut Site);
    let fixed: Change = |site| site.routes[0].tier = Some(tier("fixed", 60, 0, 0, false));
    let honoring: Change = |_| {};
    for (change, fields, contacts) in [
        (honoring, vec![], 1),
        (honoring, vec![("Cache-Control", "max-age=0")], 1),
        (
            honoring,
            vec![("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT")],
            1,
        ),
        (honoring, vec![FRESH], 0),
        (honoring, vec![STALE], 0),
        (fixed, vec![], 0),
    ] {
        let mut rig = Rig::new(change);
        let leader = rig.ask(with("Cookie", "session=1"));
        let same = rig.ask(with("Cookie", "session=1"));
        let others: Vec<Asker> = (0..2)
            .map(|_| rig.ask(with("Cookie", "session=2")))
            .collect();
        rig.answer_whole(200, &fields, b"one");
        assert_eq!(rig.open(), contacts, "{fields:?}");
        let expected: &[u8] = if contacts == 0 { b"one" } else { b"two" };
        if contacts > 0 {
            rig.answer_whole(200, &fields, b"two");
        }
        rig.all_got(vec![leader, same], &got_whole(b"one"));
        rig.all_got(others, &got_whole(expected));
    }
}

#[test]
fn the_tier_of_the_medium_decides() {
    let mut rig = Rig::new(|site| {
        let tier = site.routes[0].tier.take().unwrap();
        site.routes[0].type_tiers = vec![TypeTier {
            media_type: "image/*".into(),
            tier,
        }];
    });
    for (content_type, contacts) in [("Image/PNG; a=b", 0), ("text/html", 1)] {
        let _two = rig.asks(2);
        rig.answer_empty(200, &[STALE, ("Content-Type", content_type)]);
        assert_eq!(rig.open(), contacts, "{content_type}");
    }
}

#[test]
fn an_answer_is_for_other_queries_only_where_it_says_so_itself() {
    // The edges have taken an earlier answer's word for all three.
    let asks = |rig: &mut Rig| -> Vec<Asker> {
        ["/a?x=1", "/a?x=2", "/a?x=1"]
            .map(|target| rig.ask(|ask| target.clone_into(&mut ask.fetch.target)))
            .into()
    };
    let says = ("No-Vary-Search", "params=(\"x\")");
    let says_other = ("No-Vary-Search", "params=(\"y\")");
    for (fields, contacts) in [
        (vec![FRESH], 1),
        (vec![FRESH, says_other], 1),
        (vec![FRESH, says], 0),
    ] {
        let mut rig = Rig::new(|_| {});
        let mut askers = asks(&mut rig);
        rig.answer_whole(200, &fields, b"one");
        assert_eq!(rig.open(), contacts, "{fields:?}");
        // Whoever is not meant asks for itself.
        let expected = match contacts {
            0 => got_whole(b"one"),
            _ => Got::Coming,
        };
        if contacts > 0 {
            rig.answer_whole(200, &fields, b"two");
        }
        let second = askers.remove(1);
        assert_eq!(rig.got(second), expected);
        rig.all_got(askers, &got_whole(b"one"));
    }
}
