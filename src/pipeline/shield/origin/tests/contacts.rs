//! Who shares a contact, and how each of them fares.

use super::*;

#[test]
fn a_hundred_that_miss_together_make_one_contact_and_share_one_copy() {
    let mut rig = Rig::new(|_| {});
    let askers = rig.asks(100);
    assert_eq!((rig.open(), rig.state().waiters), (1, 99));
    rig.stage.pass_ms(70);
    rig.answer_whole(200, &[FRESH], b"hi");
    assert_eq!(rig.open(), 0);
    let mut bodies = Vec::new();
    for (at, asker) in askers.into_iter().enumerate() {
        let (report, result) = rig.outcome(asker);
        let expected = ShieldReport {
            collapsed: at > 0,
            // Whoever waits for another has had nobody asked.
            source_ms: (at == 0).then_some(70),
            ..ShieldReport::default()
        };
        assert_eq!(report, expected, "{at}");
        let HandedBody::Whole(body) = result.unwrap().body else {
            panic!("it is not whole");
        };
        bodies.push(body);
    }
    assert!(bodies.iter().all(|body| Rc::ptr_eq(body, &bodies[0])));
    let state = rig.state();
    assert_eq!((state.contacts_live, state.waiters), (0, 0));
}

#[test]
fn a_body_that_is_not_declared_short_is_its_leaders_at_once_and_the_others_when_it_is_whole() {
    for fields in [vec![FRESH], vec![FRESH, ("Content-Length", "65537")]] {
        let mut rig = Rig::new(|site| site.limits.stored_body_bytes_max = 100_000);
        let leader = rig.ask(join);
        let waiters = rig.asks(2);
        let body = rig.answer(200, &fields);
        let (report, result) = rig.outcome(leader);
        assert_eq!((report.collapsed, got(&result)), (false, Got::Coming));
        // Until the end others join it.
        let late = rig.ask(join);
        assert_eq!((rig.open(), rig.state().waiters), (0, 3));
        rig.end(body, whole(b"all"));
        rig.all_got(waiters, &got_whole(b"all"));
        assert_eq!(rig.got(late), got_whole(b"all"));
    }
}

#[test]
fn an_answer_without_a_body_is_shared_as_such() {
    let mut rig = Rig::new(|_| {});
    let askers: Vec<Asker> = (0..3)
        .map(|_| rig.ask(with("If-None-Match", "\"a\"")))
        .collect();
    rig.answer_empty(304, &[FRESH]);
    rig.all_got(askers, &Got::Nothing);
    assert_eq!(rig.open(), 0);
}

#[test]
fn who_asks_alone_gets_the_answer_as_it_comes_and_shares_it_with_nobody() {
    let mut rig = Rig::new(|_| {});
    let alone = |ask: &mut FetchAsk| ask.share = Share::Alone;
    let askers = [rig.ask(alone), rig.ask(alone), rig.ask(join)];
    assert_eq!(rig.open(), 3);
    let body = rig.answer(200, &[FRESH, ("Content-Length", "2")]);
    let [first, second, third] = askers;
    let (_, result) = rig.outcome(first);
    assert_eq!(got(&result), Got::Coming);
    assert!(!body.dropped.get());
    second.leave.abort();
    rig.pool.run_until_stalled();
    assert!(rig.stage.0.contacts.borrow()[0].reply.is_canceled());
    rig.stage.0.contacts.borrow_mut().remove(0);
    rig.answer_whole(200, &[FRESH], b"ok");
    assert_eq!(rig.got(third), got_whole(b"ok"));
}

#[test]
fn who_asks_for_something_else_does_not_share() {
    type Change = fn(&mut FetchAsk);
    let changes: [(&str, Change); 11] = [
        ("method", |ask| ask.fetch.method = "HEAD".into()),
        ("key", |ask| ask.key = "/b".into()),
        ("image", |ask| {
            ask.fetch.image = Some(Options {
                width: None,
                quality: 80,
                format: None,
            });
        }),
        ("etag", |ask| {
            ask.fetch.fields.push("If-None-Match", "\"a\"")
        }),
        ("another etag", |ask| {
            ask.fetch.fields.push("If-None-Match", "\"b\"");
        }),
        ("date", |ask| {
            ask.fetch
                .fields
                .push("If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT");
        }),
        ("range", |ask| ask.fetch.fields.push("Range", "bytes=0-1")),
        ("another range", |ask| {
            ask.fetch.fields.push("Range", "bytes=2-3");
        }),
        ("if-range", |ask| {
            ask.fetch.fields.push("Range", "bytes=0-1");
            ask.fetch.fields.push("If-Range", "\"a\"");
        }),
        ("if-match", |ask| ask.fetch.fields.push("If-Match", "\"a\"")),
        ("credentials", |ask| {
            ask.fetch.fields.push("Authorization", "Basic eA==");
        }),
    ];
    let mut rig = Rig::new(|_| {});
    let _base = rig.ask(join);
    for (at, (what, change)) in changes.into_iter().enumerate() {
        let _first = rig.ask(change);
        assert_eq!(rig.open(), at + 2, "{what}");
        let _same = rig.ask(change);
        assert_eq!(rig.open(), at + 2, "{what}, again");
    }
}

#[test]
fn what_may_not_be_shared_releases_all_at_once_until_it_may_be() {
    let too_long = (200, ("Content-Length", "65537"));
    for (status, field) in [
        (200, ("Set-Cookie", "a=b")),
        (404, ("Cache-Control", "private")),
        (200, ("Cache-Control", "no-store")),
        (200, ("Cache-Control", "no-cache")),
        (200, ("CDN-Cache-Control", "private")),
        (200, ("Vary", "*")),
        (429, ("Retry-After", "1")),
        too_long,
    ] {
        let mut rig = Rig::new(|_| {});
        let leader = rig.ask(join);
        let waiters = rig.asks(3);
        let _body = rig.answer(status, &[field]);
        assert_eq!(rig.got(leader), Got::Coming, "{field:?}");
        // Not one after the other.
        assert_eq!(rig.open(), 3, "{field:?}");
        for _ in 0..3 {
            rig.answer_empty(status, &[field]);
        }
        rig.all_got(waiters, &Got::Nothing);
        let passing = rig.asks(2);
        assert_eq!((rig.open(), rig.state().passes), (2, 1), "{field:?}");
        // Of unknown length: it says nothing about the next one.
        let _body = rig.answer(200, &[FRESH]);
        assert_eq!(rig.state().passes, 1, "{field:?}");
        let _body = rig.answer(200, &[FRESH, ("Content-Length", "2")]);
        assert_eq!(rig.state().passes, 0, "{field:?}");
        rig.all_got(passing, &Got::Coming);
        let _sharing = rig.asks(2);
        assert_eq!(rig.open(), 1, "{field:?}");
    }
}

#[test]
fn a_body_that_grows_too_large_is_its_leaders_alone() {
    let mut rig = Rig::new(|_| {});
    let leader = rig.ask(join);
    let waiters = rig.asks(2);
    let body = rig.answer(200, &[FRESH]);
    rig.end(body, Kept::TooLarge);
    assert_eq!(rig.got(leader), Got::Coming);
    assert_eq!((rig.open(), rig.state().passes), (2, 1));
    rig.answer(200, &[FRESH]);
    rig.answer(200, &[FRESH]);
    rig.all_got(waiters, &Got::Coming);
    assert_eq!(rig.state().contacts_live, 0);
}

#[test]
fn a_body_that_breaks_off_is_told_to_all_who_can_be_told() {
    for (length, kept, leaders) in [
        ("9", Kept::Broken, Got::Failed(Kind::BadGateway)),
        // Longer than declared.
        ("9", Kept::TooLarge, Got::Failed(Kind::BadGateway)),
        ("65536", Kept::Broken, Got::Failed(Kind::BadGateway)),
        ("none", Kept::Broken, Got::Coming),
    ] {
        let mut rig = Rig::new(|_| {});
        let leader = rig.ask(join);
        let waiters = rig.asks(2);
        let body = rig.answer(200, &[FRESH, ("Content-Length", length)]);
        rig.end(body, kept);
        assert_eq!(rig.got(leader), leaders, "{length}");
        rig.all_got(waiters, &Got::Failed(Kind::BadGateway));
        // The next one leads anew.
        let _next = rig.asks(2);
        assert_eq!((rig.open(), rig.state().passes), (1, 0), "{length}");
    }
}

#[test]
fn a_leader_that_leaves_takes_nothing_from_those_who_wait() {
    let mut rig = Rig::new(|_| {});
    let leader = rig.ask(join);
    let waiters = rig.asks(2);
    leader.leave.abort();
    rig.pool.run_until_stalled();
    let body = rig.answer(200, &[FRESH]);
    // What was meant for the leader is not left to fill up.
    assert!(body.dropped.get());
    rig.end(body, whole(b"all"));
    rig.all_got(waiters, &got_whole(b"all"));

    let mut rig = Rig::new(|_| {});
    let leader = rig.ask(join);
    let waiters = rig.asks(2);
    let body = rig.answer(200, &[FRESH]);
    let (_, handed) = rig.outcome(leader);
    drop(handed);
    assert!(body.dropped.get());
    rig.end(body, whole(b"all"));
    rig.all_got(waiters, &got_whole(b"all"));
}

#[test]
fn a_failure_is_told_to_all_and_remembered_for_nobody() {
    let mut rig = Rig::new(|_| {});
    let askers = rig.asks(3);
    rig.reply(Err(Failure::new(Kind::Unavailable, "").because("breaker")));
    for (at, asker) in askers.into_iter().enumerate() {
        let (report, result) = rig.outcome(asker);
        assert_eq!(report.collapsed, at > 0);
        assert_eq!(got(&result), Got::Failed(Kind::Unavailable));
    }
    let _next = rig.ask(join);
    assert_eq!((rig.open(), rig.state().passes), (1, 0));
}

#[test]
fn head_body_and_waiting_have_their_limits() {
    let mut rig = Rig::new(|_| {});
    let askers = rig.asks(2);
    rig.end_limit(FILL);
    rig.all_got(askers, &Got::Failed(Kind::Timeout));
    assert_eq!(rig.state().contacts_live, 0);
    rig.stage.0.contacts.borrow_mut().clear();

    let leader = rig.ask(join);
    let waiters = rig.asks(2);
    let body = rig.answer(200, &[FRESH]);
    let (_, handed) = rig.outcome(leader);
    rig.end_limit(BODY);
    rig.all_got(waiters, &Got::Failed(Kind::Timeout));
    // The leader reads on.
    assert!(!body.dropped.get() && handed.is_ok() && !body.end.is_canceled());
    assert_eq!(rig.state().contacts_live, 0);

    let mut rig = Rig::new(|_| {});
    let leader = rig.ask(join);
    let waiter = rig.ask(join);
    rig.end_limit(WAIT);
    assert_eq!(rig.got(waiter), Got::Failed(Kind::Timeout));
    assert_eq!(rig.state().waiters, 0);
    rig.answer_whole(200, &[FRESH], b"x");
    assert_eq!(rig.got(leader), got_whole(b"x"));
}

#[test]
fn contacts_and_waiters_are_bounded_and_who_leaves_makes_room() {
    let mut rig = Rig::new(|site| {
        site.shield.fills_max = 2;
        site.shield.waiters_max = 1;
    });
    let _leader = rig.ask(join);
    let waiter = rig.ask(join);
    let refused = rig.ask(join);
    assert_eq!(rig.got(refused), Got::Failed(Kind::Unavailable));
    waiter.leave.abort();
    rig.pool.run_until_stalled();
    let waiter = rig.ask(join);
    assert_eq!(rig.state().waiters, 1);
    let _other = rig.ask(|ask| ask.key = "/b".into());
    let refused = rig.ask(|ask| ask.key = "/c".into());
    assert_eq!(rig.got(refused), Got::Failed(Kind::Unavailable));
    rig.answer_whole(200, &[FRESH], b"x");
    assert_eq!(rig.got(waiter), got_whole(b"x"));
    let _third = rig.ask(|ask| ask.key = "/c".into());
    assert_eq!(rig.open(), 2);
}

#[test]
fn a_contact_past_its_lease_is_joined_no_more() {
    let mut rig = Rig::new(|site| site.shield.lease = Duration::from_secs(3));
    let old = rig.ask(join);
    rig.stage.pass_ms(3_000);
    let new = rig.ask(join);
    assert_eq!((rig.open(), rig.state().contacts_superseded), (2, 1));
    rig.answer_whole(200, &[STALE], b"old");
    rig.answer_whole(200, &[STALE], b"new");
    assert_eq!(rig.got(old), got_whole(b"old"));
    assert_eq!(rig.got(new), got_whole(b"new"));
}

#[test]
fn a_route_that_is_not_of_an_origin_is_refused() {
    let mut rig = Rig::new(|_| {});
    for route in ["f1", "f99"] {
        for share in [Share::Join, Share::Alone] {
            let asker = rig.ask(|ask| {
                ask.route = route.into();
                ask.share = share;
            });
            assert_eq!(rig.got(asker), Got::Failed(Kind::Unavailable), "{route}");
        }
    }
    assert_eq!((rig.open(), rig.state().contacts_live), (0, 0));
}

#[test]
fn the_origins_time_is_its_leaders_also_when_it_fails() {
    let failure = || Failure::new(Kind::Unavailable, "");
    for (share, failure, expected) in [
        (Share::Join, failure(), Some(70)),
        (Share::Alone, failure(), Some(70)),
        (Share::Join, failure().unasked(), None),
        (Share::Alone, failure().unasked(), None),
    ] {
        let mut rig = Rig::new(|_| {});
        let leader = rig.ask(|ask| ask.share = share);
        let waiter = (share == Share::Join).then(|| rig.ask(join));
        rig.stage.pass_ms(70);
        rig.reply(Err(failure.clone()));
        assert_eq!(rig.outcome(leader).0.source_ms, expected, "{failure:?}");
        if let Some(waiter) = waiter {
            let (report, _) = rig.outcome(waiter);
            assert_eq!((report.collapsed, report.source_ms), (true, None));
        }
    }
}

#[test]
fn a_contact_that_is_given_up_was_waited_for_until_then() {
    for share in [Share::Join, Share::Alone] {
        let mut rig = Rig::new(|_| {});
        let asker = rig.ask(|ask| ask.share = share);
        rig.stage.pass_ms(15_000);
        rig.end_limit(FILL);
        assert_eq!(rig.outcome(asker).0.source_ms, Some(15_000));
    }
}

#[test]
fn a_short_body_that_is_waited_for_is_part_of_the_origins_time() {
    for (kept, expected) in [(whole(b"hi"), 90), (Kept::Broken, 90)] {
        let mut rig = Rig::new(|_| {});
        let leader = rig.ask(join);
        rig.stage.pass_ms(70);
        let body = rig.answer(200, &[FRESH, ("Content-Length", "2")]);
        rig.stage.pass_ms(20);
        rig.end(body, kept);
        assert_eq!(rig.outcome(leader).0.source_ms, Some(expected));
    }
}
