//! Requests that come just after a contact has ended.

use super::*;

const TAG: &str = "anything";

fn purge(rig: &Rig, seq: u64) {
    let target = Target::Tag(TAG.into());
    let mut log = rig.stage.0.log.borrow_mut();
    log.add(PurgeSeq(seq), &target, Mode::Soft);
}

fn warmed(change: impl FnOnce(&mut Site), status: u16, fields: &[(&str, &str)]) -> Rig {
    let mut rig = Rig::new(change);
    // A room whose log is empty asks it each time.
    purge(&rig, 1);
    let first = rig.ask(join);
    rig.answer_whole(status, fields, b"hi");
    assert_eq!(rig.got(first), got_whole(b"hi"));
    rig
}

/// Whether the next request is answered without a contact.
fn answers(rig: &mut Rig, change: impl FnOnce(&mut FetchAsk)) -> bool {
    let open = rig.open();
    let asker = rig.ask(change);
    if rig.open() > open {
        return false;
    }
    let (report, result) = rig.outcome(asker);
    assert!(report.settled && !report.collapsed && report.source_ms.is_none());
    assert_eq!(got(&result), got_whole(b"hi"));
    true
}

#[test]
fn an_answer_is_there_for_two_seconds_and_no_longer_than_it_is_fresh() {
    let short = ("Cache-Control", "max-age=1");
    let aged = ("Age", "59");
    for (fields, after_ms, expected) in [
        (vec![FRESH], 0, true),
        (vec![FRESH], 1_999, true),
        (vec![FRESH], 2_000, false),
        (vec![short], 999, true),
        (vec![short], 1_000, false),
        (vec![FRESH, aged], 999, true),
        (vec![FRESH, aged], 1_000, false),
        (vec![STALE], 0, false),
        (vec![], 0, false),
    ] {
        let mut rig = warmed(|_| {}, 200, &fields);
        rig.stage.pass_ms(after_ms);
        assert_eq!(answers(&mut rig, join), expected, "{fields:?} {after_ms}");
    }
}

#[test]
fn a_tier_with_a_lifetime_of_its_own_keeps_what_it_would_store() {
    for (status, expected) in [(200, true), (404, true), (302, false)] {
        let fixed = |site: &mut Site| site.routes[0].tier = Some(tier("fixed", 60, 0, 0, false));
        let mut rig = warmed(fixed, status, &[]);
        assert_eq!(answers(&mut rig, join), expected, "{status}");
    }
}

#[test]
fn a_failing_origin_is_asked_once_for_all_who_wait_and_again_for_the_next() {
    for status in [502, 503, 504] {
        let mut rig = Rig::new(|_| {});
        let askers = rig.asks(5);
        rig.answer_whole(
            status,
            &[("Cache-Control", "no-store, max-age=60")],
            b"down",
        );
        rig.all_got(askers, &got_whole(b"down"));
        let state = rig.state();
        assert_eq!((rig.open(), state.passes, state.recent_bytes), (0, 0, 0));
        let _next = rig.ask(join);
        assert_eq!(rig.open(), 1, "{status}");
    }
}

#[test]
fn any_purge_at_all_voids_what_is_there() {
    let mut rig = warmed(|_| {}, 200, &[FRESH]);
    // Known of by the log alone: who comes with its number makes the room learn it.
    purge(&rig, 5);
    assert!(answers(&mut rig, join));
    assert!(!answers(&mut rig, |ask| ask.after = PurgeSeq(5)));

    // The room learns it by itself, and from then on nobody is answered by what was before.
    let mut rig = warmed(|_| {}, 200, &[FRESH]);
    purge(&rig, 5);
    rig.stage.pass_ms(1_001);
    drop(rig.ask(|ask| ask.key = "/other".into()));
    assert!(!answers(&mut rig, join));
}

#[test]
fn what_was_asked_for_before_a_purge_is_not_there_after_it() {
    let mut rig = Rig::new(|_| {});
    let old = rig.ask(join);
    purge(&rig, 5);
    let new = rig.ask(|ask| ask.after = PurgeSeq(5));
    assert_eq!(rig.open(), 2);
    rig.answer_whole(200, &[FRESH], b"old");
    assert_eq!(rig.got(old), got_whole(b"old"));
    rig.answer_whole(200, &[FRESH], b"new");
    let (_, result) = rig.outcome(new);
    let handed = result.unwrap();
    assert_eq!(handed.seq, PurgeSeq(5));
    let next = rig.ask(join);
    assert_eq!(rig.got(next), got_whole(b"new"));
}

#[test]
fn a_number_that_no_log_has_given_is_asked_of_nobody() {
    let mut rig = warmed(|_| {}, 200, &[FRESH]);
    assert!(answers(&mut rig, |ask| ask.after = PurgeSeq(77)));
}

#[test]
fn without_news_of_purges_nothing_is_there_and_who_needs_them_asks_alone() {
    for (later_ms, expected) in [(500, true), (501, false)] {
        let mut rig = Rig::new(|_| {});
        purge(&rig, 1);
        let first = rig.ask(join);
        rig.stage.0.log_is_down.set(true);
        rig.stage.pass_ms(1_500);
        rig.answer_whole(200, &[FRESH], b"hi");
        assert_eq!(rig.got(first), got_whole(b"hi"));
        rig.stage.pass_ms(later_ms);
        assert_eq!(answers(&mut rig, join), expected, "{later_ms}");
    }
    let mut rig = warmed(|_| {}, 200, &[FRESH]);
    rig.stage.0.log_is_down.set(true);
    let later = |ask: &mut FetchAsk| ask.after = PurgeSeq(9);
    let _two = [rig.ask(later), rig.ask(later)];
    assert_eq!((rig.open(), rig.state().contacts_live), (2, 0));
}

#[test]
fn who_asks_for_a_new_answer_gets_one() {
    for (name, value) in [
        ("Cache-Control", "no-cache"),
        ("Cache-Control", "max-age=0"),
        ("Cache-Control", "min-fresh=5"),
        ("Pragma", "no-cache"),
    ] {
        let mut rig = warmed(|_| {}, 200, &[FRESH]);
        assert!(!answers(&mut rig, with(name, value)), "{name}: {value}");
    }
    let mut rig = warmed(|_| {}, 200, &[FRESH]);
    assert!(!answers(&mut rig, |ask| ask.share = Share::Alone));
    assert!(answers(&mut rig, with("Cache-Control", "max-stale")));
}

#[test]
fn who_selects_otherwise_finds_nothing() {
    let mut rig = Rig::new(|_| {});
    let first = rig.ask(with("Accept-Language", "en"));
    rig.answer_whole(200, &[FRESH, ("Vary", "Accept-Language")], b"hi");
    rig.outcome(first).1.unwrap();
    assert!(answers(&mut rig, with("Accept-Language", "EN")));
    assert!(!answers(&mut rig, with("Accept-Language", "de")));
    assert!(!answers(&mut rig, join));
    assert!(!answers(&mut rig, |ask| {
        ask.fetch.fields.push("Accept-Language", "en");
        ask.fetch.method = "HEAD".into();
    }));
}

#[test]
fn what_is_there_is_bounded_in_bytes() {
    let mut rig = Rig::new(|site| site.limits.stored_body_bytes_max = 1 << 21);
    let megabyte = vec![0; 1_000_000];
    for at in 0..20 {
        let asker = rig.ask(|ask| ask.key = format!("/{at}"));
        let body = rig.answer(200, &[FRESH]);
        rig.end(body, whole(&megabyte));
        assert_eq!(rig.got(asker), Got::Coming);
        assert!(rig.state().recent_bytes <= 8 << 20);
    }
    assert!(rig.state().recent_bytes >= 4 << 20);
}
