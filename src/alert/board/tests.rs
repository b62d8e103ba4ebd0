use super::super::breakers::Breakers;
use super::super::outbox::Sent;
use super::super::reading::Reading;
use super::super::rule::{Bound, Form, Metric, Threshold, Watch};
use super::*;
use proptest::prelude::*;

const SPAN: Duration = Duration::from_secs(300);
const REPEAT: Duration = Duration::from_secs(4 * 3600);
const HOLDS: Duration = Duration::from_secs(120);

fn rule(name: &str, route: Option<&str>) -> Rule {
    Rule {
        name: name.into(),
        route: route.map(str::to_owned),
        watch: Watch::Threshold(Threshold {
            metric: Metric::P95,
            over: SPAN,
            warning: Some(Bound::from_millionths(100_000_000)),
            critical: Some(Bound::from_millionths(500_000_000)),
        }),
        holds: HOLDS,
        samples_min: 20,
        on_fire: None,
    }
}

fn alerting(rules: Vec<Rule>) -> Alerting {
    Alerting {
        form: Form::Generic,
        repeat: REPEAT,
        grouping: Grouping::All,
        rules,
        stretch_max: Duration::from_secs(3600),
    }
}

fn two() -> Alerting {
    alerting(vec![rule("a", None), rule("b", Some("GET /b"))])
}

fn at(minute: u64) -> Timestamp {
    Timestamp::from_millis(minute * 60_000)
}

/// The 95th percentiles of all requests and of those of `GET /b`; none: too few samples.
fn readings(all: Option<f64>, b: Option<f64>) -> Readings {
    let reading = |p95: Option<f64>| Reading {
        requests: if p95.is_some() { 100 } else { 3 },
        p95: p95.or(Some(1.0)),
        ..Reading::default()
    };
    Readings::from([
        ((None, SPAN), reading(all)),
        ((Some("GET /b".into()), SPAN), reading(b)),
    ])
}

const GOOD: Option<f64> = Some(10.0);
const SLOW: Option<f64> = Some(200.0);
const BAD: Option<f64> = Some(900.0);

impl Board {
    fn run(
        &mut self,
        alerting: &Alerting,
        minute: u64,
        all: Option<f64>,
        b: Option<f64>,
    ) -> Vec<String> {
        self.evaluate(alerting, &readings(all, b), Receiver::Webhook, at(minute));
        self.send(minute)
    }

    /// What receivers get: each alert with what is told of it.
    fn send(&mut self, minute: u64) -> Vec<String> {
        let mut told = Vec::new();
        for sent in self.outbox.claim(Form::Generic, at(minute)) {
            let each = sent.changes.iter().map(|change| {
                let level = change.what.level().map_or("-", Level::as_str);
                format!("{} {} {level}", change.alert, change.what.as_str())
            });
            told.push(each.collect::<Vec<_>>().join(", "));
            self.outbox
                .settle(&sent.id, &Sent::Taken, 1, Form::Generic, at(minute));
        }
        told
    }
}

const NOTHING: [&str; 0] = [];

#[test]
fn one_message_tells_what_has_changed_and_none_what_has_not() {
    let (mut board, alerting) = (Board::default(), two());
    assert_eq!(board.run(&alerting, 0, SLOW, BAD), NOTHING);
    assert_eq!(board.run(&alerting, 1, SLOW, BAD), NOTHING);
    assert_eq!(
        board.run(&alerting, 2, SLOW, BAD),
        ["a fired warning, b fired critical"]
    );
    for minute in 3..200 {
        assert_eq!(board.run(&alerting, minute, SLOW, BAD), NOTHING, "{minute}");
    }
    assert_eq!(board.run(&alerting, 200, GOOD, BAD), NOTHING);
    assert_eq!(board.run(&alerting, 201, GOOD, BAD), NOTHING);
    assert_eq!(board.run(&alerting, 202, GOOD, BAD), ["a resolved -"]);
    assert_eq!(
        board.run(&alerting, 242, GOOD, BAD),
        ["b still-firing critical"]
    );
    assert_eq!(board.run(&alerting, 243, GOOD, SLOW), NOTHING);
    assert_eq!(board.run(&alerting, 245, GOOD, SLOW), ["b lowered warning"]);
}

/// A source is left in peace from the minute on in which its breaker opened: for a while its object tells so,
/// and later only others are heard, of their own.
#[test]
fn an_open_breaker_of_which_nothing_more_is_heard_is_not_resolved_by_what_others_tell() {
    let breakers = Rule {
        watch: Watch::Threshold(Threshold {
            metric: Metric::BreakerOpen,
            over: SPAN,
            warning: None,
            critical: Some(Bound::from_millionths(0)),
        }),
        holds: Duration::ZERO,
        ..rule("open", None)
    };
    let (mut board, alerting) = (Board::default(), alerting(vec![breakers]));
    let mut run = |minute, open: &[&str], closed: &[&str]| {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let reading = Reading {
            breakers: Breakers {
                open: set(open),
                closed: set(closed),
            },
            ..Reading::default()
        };
        let readings = Readings::from([((None, SPAN), reading)]);
        board.evaluate(&alerting, &readings, Receiver::Webhook, at(minute));
        board.send(minute)
    };
    const MAIN: &str = "database main";
    assert_eq!(run(0, &[], &[MAIN]), NOTHING);
    assert_eq!(run(1, &[MAIN], &["origin app"]), ["open fired critical"]);
    assert_eq!(run(2, &[MAIN], &[MAIN, "origin app"]), NOTHING);
    for minute in 3..30 {
        assert_eq!(run(minute, &[], &["origin app"]), NOTHING, "{minute}");
    }
    assert_eq!(run(30, &[], &["origin app", MAIN]), ["open resolved -"]);
    assert_eq!(run(31, &[MAIN], &[]), ["open fired critical"]);
    for minute in 32..91 {
        assert_eq!(run(minute, &[], &["origin app"]), NOTHING, "{minute}");
    }
    // Nobody can say any more that it is as it was.
    assert_eq!(run(91, &[], &["origin app"]), ["open resolved -"]);
}

#[test]
fn groups_are_as_the_site_wants_them() {
    for (grouping, expected) in [
        (Grouping::All, 1),
        (Grouping::Route, 2),
        (Grouping::Alert, 3),
    ] {
        let rules = vec![rule("a", None), rule("b", Some("GET /b")), rule("c", None)];
        let alerting = Alerting {
            grouping,
            ..alerting(rules)
        };
        let mut board = Board::default();
        board.run(&alerting, 0, SLOW, SLOW);
        assert_eq!(
            board.run(&alerting, 2, SLOW, SLOW).len(),
            expected,
            "{grouping:?}"
        );
    }
}

#[test]
fn a_second_evaluation_of_the_same_minute_tells_nothing_more() {
    let (mut board, alerting) = (Board::default(), two());
    board.run(&alerting, 0, SLOW, SLOW);
    let evaluate = |board: &mut Board| {
        board.evaluate(&alerting, &readings(SLOW, SLOW), Receiver::Webhook, at(2))
    };
    assert_eq!(evaluate(&mut board).transitions.len(), 2);
    let once = board.clone();
    assert_eq!(evaluate(&mut board).transitions, []);
    assert_eq!(board, once);
    assert_eq!(board.send(2).len(), 1);
}

#[test]
fn what_was_saved_and_not_sent_is_sent_after_a_crash_under_the_same_id() {
    let (mut board, alerting) = (Board::default(), two());
    board.run(&alerting, 0, SLOW, SLOW);
    board.evaluate(&alerting, &readings(SLOW, SLOW), Receiver::Webhook, at(2));
    let kept = serde_json::to_string(&board).unwrap();
    let first = board.outbox.claim(Form::Generic, at(2));
    let mut restarted: Board = serde_json::from_str(&kept).unwrap();
    assert_eq!(restarted.outbox.claim(Form::Generic, at(3)), {
        let mut again = first;
        again
            .iter_mut()
            .for_each(|each| *each = restarted_at(each, 3));
        again
    });
}

/// The same notification, claimed at another minute.
fn restarted_at(sent: &Notification, minute: u64) -> Notification {
    let mut outbox = Outbox::default();
    let fresh = Notification::new(sent.id.clone(), sent.at, sent.changes.clone(), sent.purpose);
    outbox.push(fresh, Form::Generic, at(minute));
    outbox.claim(Form::Generic, at(minute)).remove(0)
}

#[test]
fn without_a_receiver_nothing_waits_and_one_who_comes_later_is_told_what_still_fires() {
    let (mut board, alerting) = (Board::default(), two());
    for minute in 0..5 {
        board.evaluate(
            &alerting,
            &readings(SLOW, GOOD),
            Receiver::Nobody,
            at(minute),
        );
    }
    assert!(board.outbox.waiting().is_empty());
    assert_eq!(board.run(&alerting, 5, SLOW, GOOD), ["a fired warning"]);
}

#[test]
fn a_silence_lets_nothing_through_and_its_end_tells_how_it_is_then() {
    let (mut board, alerting) = (Board::default(), two());
    let hour = Duration::from_secs(3600);
    board.run(&alerting, 0, SLOW, SLOW);
    board.silence("a", hour, "known".into(), at(1)).unwrap();
    assert_eq!(board.run(&alerting, 2, SLOW, SLOW), ["b fired warning"]);
    for minute in 3..61 {
        assert_eq!(board.run(&alerting, minute, BAD, SLOW), NOTHING, "{minute}");
    }
    assert_eq!(board.run(&alerting, 61, BAD, SLOW), ["a fired critical"]);
    assert_eq!(board.silences, []);
}

#[test]
fn what_ended_within_a_silence_is_told_only_to_who_knew_that_it_began() {
    let (mut board, alerting) = (Board::default(), two());
    let hour = Duration::from_secs(3600);
    board.run(&alerting, 0, SLOW, GOOD);
    assert_eq!(board.run(&alerting, 2, SLOW, GOOD), ["a fired warning"]);
    for name in ["a", "b"] {
        board.silence(name, hour, String::new(), at(3)).unwrap();
    }
    for minute in 3..20 {
        assert_eq!(board.run(&alerting, minute, GOOD, SLOW), NOTHING);
    }
    for minute in 20..63 {
        assert_eq!(board.run(&alerting, minute, GOOD, GOOD), NOTHING);
    }
    assert_eq!(board.run(&alerting, 63, GOOD, GOOD), ["a resolved -"]);
}

#[test]
fn a_silence_takes_back_what_waits_to_be_sent() {
    let (mut board, alerting) = (Board::default(), two());
    board.run(&alerting, 0, SLOW, SLOW);
    board.evaluate(&alerting, &readings(SLOW, SLOW), Receiver::Webhook, at(2));
    let hour = Duration::from_secs(3600);
    let silence = board.silence("a", hour, String::new(), at(2)).unwrap();
    assert_eq!(board.send(2), ["b fired warning"]);
    assert_eq!(board.unsilence("nothing", at(4)), None);
    assert_eq!(board.unsilence(&silence.id, at(4)), Some(silence.clone()));
    assert_eq!(board.unsilence(&silence.id, at(4)), None);
    assert_eq!(board.run(&alerting, 5, SLOW, SLOW), ["a fired warning"]);
}

#[test]
fn what_arrives_while_its_alert_is_silenced_is_known_to_have_been_told() {
    let hour = Duration::from_secs(3600);
    for (arrives, expected) in [
        (Sent::Taken, vec!["a resolved -"]),
        (Sent::Failed("late".into()), vec![]),
    ] {
        let (mut board, alerting) = (Board::default(), two());
        board.run(&alerting, 0, SLOW, GOOD);
        board.evaluate(&alerting, &readings(SLOW, GOOD), Receiver::Webhook, at(2));
        let sent = board.outbox.claim(Form::Generic, at(2)).remove(0);
        board.silence("a", hour, String::new(), at(2)).unwrap();
        let form = Form::Generic;
        board.outbox.settle(&sent.id, &arrives, 1, form, at(2));
        for minute in 3..62 {
            assert_eq!(board.run(&alerting, minute, GOOD, GOOD), NOTHING);
        }
        assert_eq!(board.run(&alerting, 62, GOOD, GOOD), expected);
    }
}

#[test]
fn silences_are_bounded() {
    let mut board = Board::default();
    let hour = Duration::from_secs(3600);
    for _ in 0..SILENCES_MAX {
        board.silence("a", hour, String::new(), at(0)).unwrap();
    }
    assert_eq!(board.silence("a", hour, String::new(), at(0)), None);
    assert!(board.silence("a", hour, String::new(), at(60)).is_some());
}

#[test]
fn an_alert_whose_rule_is_gone_is_resolved_for_that() {
    let (mut board, both) = (Board::default(), two());
    board.run(&both, 0, SLOW, SLOW);
    board.run(&both, 2, SLOW, SLOW);
    let one = alerting(vec![rule("a", None)]);
    let evaluation = board.evaluate(&one, &readings(SLOW, SLOW), Receiver::Webhook, at(3));
    let [(name, transition, _)] = evaluation.transitions.as_slice() else {
        panic!("{evaluation:?}");
    };
    assert_eq!(
        (name.as_str(), *transition),
        ("b", Transition::Resolved(Resolution::Removed))
    );
    assert_eq!(board.send(3), ["b resolved -"]);
    assert_eq!(board.run(&one, 4, SLOW, SLOW), NOTHING);
    assert!(!board.alerts.contains_key("b"));
}

#[test]
fn a_protection_lasts_while_its_alert_fires_and_ends_by_itself_when_nobody_renews_it() {
    let mut stretching = rule("a", None);
    stretching.on_fire = Some(Protection::StretchTtl);
    let alerting = alerting(vec![stretching, rule("b", None)]);
    let mut board = Board::default();
    let mut run = |minute, p95| {
        let done = board.evaluate(
            &alerting,
            &readings(p95, GOOD),
            Receiver::Nobody,
            at(minute),
        );
        (done.protection, board.stretch.clone())
    };
    assert_eq!(run(0, SLOW), (ProtectionChange::None, None));
    let on = |since, until| {
        Some(Stretch {
            since: at(since),
            until: at(until),
            alerts: vec!["a".into()],
        })
    };
    assert_eq!(run(2, SLOW), (ProtectionChange::Began, on(2, 5)));
    assert_eq!(run(3, SLOW), (ProtectionChange::None, on(2, 6)));
    // Nobody came for so long: it had ended, and begins anew.
    assert_eq!(run(9, SLOW), (ProtectionChange::BeganAgain, on(9, 12)));
    assert_eq!(run(10, GOOD), (ProtectionChange::None, on(9, 13)));
    assert_eq!(run(12, GOOD), (ProtectionChange::Ended, None));
    assert_eq!(run(13, GOOD), (ProtectionChange::None, None));
    run(14, SLOW);
    assert_eq!(run(16, SLOW), (ProtectionChange::Began, on(16, 19)));
    // Its end is told, though it came long ago and nobody was there.
    run(40, GOOD);
    assert_eq!(run(42, GOOD).1, None);
    assert_eq!(run(43, GOOD), (ProtectionChange::None, None));
}

#[test]
fn a_test_is_numbered_and_told_of_nobody_else() {
    let (mut board, alerting) = (Board::default(), two());
    let first = board.test(&alerting.rules[0], at(0));
    let second = board.test(&alerting.rules[0], at(0));
    assert_ne!(first.id, second.id);
    assert_eq!(first.purpose, Purpose::Test);
    assert!(board.outbox.waiting().is_empty());
    assert_eq!(board.run(&alerting, 0, GOOD, GOOD), NOTHING);
}

#[derive(Clone, Debug)]
enum Event {
    Evaluate(Option<f64>),
    Silence(u64),
    Restart,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => Just(Event::Evaluate(GOOD)),
        4 => Just(Event::Evaluate(SLOW)),
        2 => Just(Event::Evaluate(BAD)),
        1 => Just(Event::Evaluate(None)),
        1 => (1..20_u64).prop_map(Event::Silence),
        1 => Just(Event::Restart),
    ]
}

proptest! {
    /// What a receiver has heard is how it is, but for the time of a silence, and he hears nothing twice.
    #[test]
    fn receivers_know_how_it_is_unless_it_is_silenced(events in prop::collection::vec(event(), 0..80)) {
        let alerting = alerting(vec![rule("a", None)]);
        let mut board = Board::default();
        let (mut minute, mut silent_until) = (0, 0);
        let mut known: Option<Level> = None;
        for event in events {
            match event {
                Event::Silence(minutes) => {
                    board.silence("a", Duration::from_secs(minutes * 60), String::new(), at(minute));
                    silent_until = silent_until.max(minute + minutes);
                }
                Event::Restart => {
                    let kept = serde_json::to_string(&board).unwrap();
                    board = serde_json::from_str(&kept).unwrap();
                }
                Event::Evaluate(p95) => {
                    board.evaluate(&alerting, &readings(p95, GOOD), Receiver::Webhook, at(minute));
                    for sent in board.outbox.claim(Form::Generic, at(minute)) {
                        prop_assert!(minute >= silent_until, "told within a silence");
                        for change in &sent.changes {
                            prop_assert_ne!(change.what.level(), known);
                            known = change.what.level();
                        }
                        board.outbox.settle(&sent.id, &Sent::Taken, 1, Form::Generic, at(minute));
                    }
                    let fires = match board.alerts["a"].state.phase() {
                        Phase::Firing(firing) => Some(firing.level),
                        Phase::Ok | Phase::Pending { .. } => None,
                    };
                    if minute >= silent_until {
                        prop_assert_eq!(known, fires);
                    }
                    minute += 1;
                }
            }
        }
    }
}
