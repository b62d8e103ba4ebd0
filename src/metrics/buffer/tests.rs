use super::*;
use crate::metrics::frame::tests::{WORKED, measured};
use crate::metrics::frame::{Country, FlowKey};
use crate::outcome::{CacheVerdict, Layer};
use proptest::prelude::*;

const PACE: Pace = Pace::After(Duration::from_secs(10));

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(1_795_219_200_000 + millis)
}

fn buffer(pace: Pace) -> Buffer {
    let identity = Identity {
        isolate: "i".to_owned(),
        release: "r".to_owned(),
        colo: "FRA".to_owned(),
        routes: vec!["GET /a".to_owned(), "GET /b".to_owned()],
    };
    Buffer::new(identity, pace)
}

fn key(route: u16, country: &str) -> HotKey {
    HotKey {
        route,
        status: HotStatus::Ok,
        country: Country::of(country),
    }
}

fn responses(batch: &Batch) -> u64 {
    batch
        .frames
        .iter()
        .map(|(_, frame)| frame.responses())
        .sum()
}

fn losses(batch: &Batch) -> Losses {
    let mut losses = Losses::default();
    batch
        .frames
        .iter()
        .for_each(|(_, frame)| losses.add(frame.losses));
    losses
}

fn respond(buffer: &mut Buffer, millis: u64) {
    buffer.response(at(millis), &measured(Some("GET /a")));
}

#[test]
fn the_first_outcome_starts_a_timer_and_the_timer_ends_in_a_flush() {
    let mut buffer = buffer(PACE);
    assert_eq!(buffer.due(at(0)), Due::Nothing);
    respond(&mut buffer, 0);
    assert_eq!(buffer.due(at(0)), Due::Start(Duration::from_secs(10)));
    respond(&mut buffer, 5000);
    assert_eq!(buffer.due(at(5000)), Due::Nothing, "there is a timer");
    assert_eq!(
        buffer.due(at(9990)),
        Due::Flush,
        "it may fire a little early"
    );
    assert_eq!(responses(&buffer.take(at(10_000)).unwrap()), 2);
    assert_eq!(buffer.due(at(10_000)), Due::Nothing);
    assert!(buffer.take(at(10_000)).is_none());
    respond(&mut buffer, 11_000);
    assert_eq!(buffer.due(at(11_000)), Due::Start(Duration::from_secs(10)));
}

fn breaker(value: f64) -> Vec<(Gauge, f64)> {
    vec![(Gauge::BreakerOpen("database main".to_owned()), value)]
}

/// What the next batch tells of the breaker.
fn told(buffer: &mut Buffer, millis: u64) -> f64 {
    let batch = buffer.take(at(millis)).unwrap();
    let (_, frame) = batch.frames.last().unwrap();
    frame.gauges.values().next().unwrap().max
}

#[test]
fn an_open_breaker_is_told_of_at_the_pace_until_it_has_closed_also_where_nothing_else_goes_on() {
    let mut buffer = buffer(PACE);
    let start = Due::Start(Duration::from_secs(10));
    buffer.breaker_opened();
    assert_eq!(buffer.due(at(0)), start);
    for millis in [10_000, 20_000, 30_000] {
        assert_eq!(buffer.due(at(millis)), Due::Flush);
        buffer.levels(at(millis), breaker(1.0));
        assert_eq!(told(&mut buffer, millis), 1.0);
        assert_eq!(buffer.due(at(millis)), start, "it is open still");
    }
    assert_eq!(buffer.due(at(40_000)), Due::Flush);
    buffer.levels(at(40_000), breaker(0.0));
    assert_eq!(told(&mut buffer, 40_000), 0.0, "that it has closed is told");
    assert_eq!(buffer.due(at(40_000)), Due::Nothing);
}

#[test]
fn a_closed_breaker_is_no_reason_to_tell_anything() {
    let mut buffer = buffer(PACE);
    respond(&mut buffer, 0);
    assert_eq!(buffer.due(at(0)), Due::Start(Duration::from_secs(10)));
    buffer.levels(at(10_000), breaker(0.0));
    assert!(buffer.take(at(10_000)).is_some());
    assert_eq!(buffer.due(at(10_000)), Due::Nothing);
}

#[test]
fn a_timer_of_an_earlier_batch_flushes_nothing_early() {
    let mut buffer = buffer(PACE);
    respond(&mut buffer, 0);
    assert_eq!(buffer.due(at(0)), Due::Start(Duration::from_secs(10)));
    assert!(buffer.take(at(4000)).is_some());
    respond(&mut buffer, 4000);
    assert_eq!(buffer.due(at(4000)), Due::Start(Duration::from_secs(10)));
    assert_eq!(
        buffer.due(at(10_000)),
        Due::Nothing,
        "the first timer fires"
    );
    assert_eq!(buffer.due(at(14_000)), Due::Flush);
}

#[test]
fn many_outcomes_are_told_early_but_not_more_than_once_a_second() {
    let mut buffer = buffer(PACE);
    for round in 0..2 {
        (0..999).for_each(|_| respond(&mut buffer, round * 500));
        assert_ne!(buffer.due(at(round * 500)), Due::Flush);
        respond(&mut buffer, round * 500);
        let expected = if round == 0 { Due::Flush } else { Due::Nothing };
        assert_eq!(buffer.due(at(round * 500)), expected);
        if round == 0 {
            assert_eq!(responses(&buffer.take(at(0)).unwrap()), 1000);
        }
    }
    assert_eq!(buffer.due(at(1000)), Due::Flush);
}

#[test]
fn hits_in_memory_wait_for_the_timer_however_many_there_are() {
    let mut buffer = buffer(PACE);
    for millis in [0, 2000, 4000] {
        (0..5000).for_each(|_| buffer.hit(at(millis), key(0, "DE")));
        assert_ne!(buffer.due(at(millis)), Due::Flush);
    }
    (0..999).for_each(|_| respond(&mut buffer, 5000));
    assert_eq!(buffer.due(at(5000)), Due::Nothing);
    assert_eq!(buffer.due(at(10_000)), Due::Flush);
    assert_eq!(responses(&buffer.take(at(10_000)).unwrap()), 15_999);
    (0..999).for_each(|_| respond(&mut buffer, 12_000));
    assert_ne!(
        buffer.due(at(12_000)),
        Due::Flush,
        "what was told is not counted again"
    );
}

#[test]
fn a_held_buffer_waits_until_it_is_asked_or_full() {
    let mut buffer = buffer(Pace::Held);
    for slot in 0..11 {
        respond(&mut buffer, slot * 10_000);
        assert_eq!(buffer.due(at(slot * 10_000)), Due::Nothing, "{slot}");
    }
    respond(&mut buffer, 110_000);
    assert_eq!(buffer.due(at(110_000)), Due::Flush);
    let batch = buffer.take(at(110_000)).unwrap();
    assert_eq!((batch.frames.len(), losses(&batch).dropped), (12, 0));
}

#[test]
fn a_buffer_that_nobody_takes_gives_up_the_oldest_and_tells() {
    let mut buffer = buffer(PACE);
    (0..14).for_each(|slot| respond(&mut buffer, slot * 10_000));
    let batch = buffer.take(at(140_000)).unwrap();
    let told = losses(&batch);
    assert_eq!(
        (told.dropped, told.responses_dropped, responses(&batch)),
        (2, 2, 12)
    );
}

#[test]
fn hits_in_memory_are_of_their_slot_route_and_place() {
    let mut buffer = buffer(PACE);
    let of_nothing = HotKey {
        route: 9,
        status: HotStatus::NotModified,
        ..key(0, "")
    };
    for (millis, key) in [
        (0, key(0, "DE")),
        (9999, key(0, "DE")),
        (10_000, key(1, "FR")),
        (10_001, of_nothing),
    ] {
        buffer.hit(at(millis), key);
    }
    let batch = buffer.take(at(10_500)).unwrap();
    let flow = |route: Option<&str>, status_class| FlowKey {
        route: route.map(str::to_owned),
        verdict: CacheVerdict::Hit,
        layer: Some(Layer::Memory),
        status_class,
    };
    let [(first, a), (second, b)] = &batch.frames[..] else {
        panic!("{batch:?}");
    };
    assert_eq!(second.start_s - first.start_s, 10);
    assert_eq!(a.flows[&flow(Some("GET /a"), 2)].count, 2);
    assert_eq!(a.flows[&flow(Some("GET /a"), 2)].duration.max(), Some(0.0));
    assert_eq!(b.flows[&flow(Some("GET /b"), 2)].count, 1);
    assert_eq!(b.flows[&flow(None, 3)].count, 1);
    let places: Vec<_> = b
        .places
        .keys()
        .map(|p| (p.colo.as_str(), p.country.as_str()))
        .collect();
    assert_eq!(places, [("FRA", "XX"), ("FRA", "FR")]);
}

#[test]
fn more_keys_than_the_table_holds_lose_no_hit() {
    let mut buffer = buffer(PACE);
    for number in 0..700_u32 {
        let letter = |n: u32| char::from(b'A' + (n % 26) as u8);
        buffer.hit(
            at(0),
            key(
                (number % 2) as u16,
                &format!("{}{}", letter(number), letter(number / 26)),
            ),
        );
    }
    assert_eq!(responses(&buffer.take(at(0)).unwrap()), 700);
}

#[test]
fn what_failed_is_sent_once_more_and_then_told_as_lost() {
    let mut buffer = buffer(PACE);
    respond(&mut buffer, 0);
    let first = buffer.take(at(0)).unwrap();
    buffer.failed(first, at(100));
    assert_eq!(
        buffer.due(at(100)),
        Due::Start(Duration::from_secs(10)),
        "it waits"
    );
    assert!(buffer.take(at(200)).is_none(), "not at once");
    let again = buffer.take(at(5100)).unwrap();
    assert_eq!((again.number, responses(&again)), (1, 1));
    buffer.failed(again, at(5200));
    assert!(buffer.take(at(20_000)).is_none(), "not a third time");
    respond(&mut buffer, 20_000);
    let next = buffer.take(at(20_000)).unwrap();
    let told = losses(&next);
    assert_eq!(
        (next.number, told.dropped, told.responses_dropped),
        (2, 1, 1)
    );
}

#[test]
fn one_batch_waits_and_a_newer_one_takes_its_place() {
    let mut buffer = buffer(PACE);
    for millis in [0, 1000] {
        respond(&mut buffer, millis);
        let batch = buffer.take(at(millis)).unwrap();
        buffer.failed(batch, at(millis));
    }
    assert_eq!(buffer.take(at(7000)).unwrap().number, 2);
    respond(&mut buffer, 7000);
    assert_eq!(losses(&buffer.take(at(7000)).unwrap()).responses_dropped, 1);
}

#[test]
fn a_batch_of_which_nothing_is_heard_is_lost_and_told() {
    let mut buffer = buffer(PACE);
    respond(&mut buffer, 0);
    let unheard = buffer.take(at(0)).unwrap();
    respond(&mut buffer, 61_000);
    let next = buffer.take(at(61_000)).unwrap();
    assert_eq!(losses(&next).responses_dropped, 1);
    buffer.failed(unheard, at(61_000));
    assert!(buffer.take(at(80_000)).is_none(), "it was given up");
}

#[test]
fn gauges_alone_are_no_reason_to_tell() {
    let mut buffer = buffer(PACE);
    buffer.levels(at(0), vec![(Gauge::Fills, 3.0)]);
    assert_eq!(buffer.due(at(0)), Due::Nothing);
    assert!(buffer.take(at(0)).is_none(), "also when somebody asks");
    buffer.statement(at(0), "main", "things", WORKED);
    assert_eq!(buffer.due(at(0)), Due::Start(Duration::from_secs(10)));
    buffer.levels(at(0), vec![(Gauge::Fills, 4.0)]);
    let batch = buffer.take(at(0)).unwrap();
    assert_eq!(
        (
            batch.frames[0].1.statements.len(),
            batch.frames[0].1.gauges[&Gauge::Fills].max
        ),
        (1, 4.0)
    );
    assert!(buffer.take(at(0)).is_none());
}

#[derive(Clone, Copy, Debug)]
enum Fate {
    Arrives,
    Fails,
    Unheard,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Hit(u16),
    Response,
    Wait(u64),
    Flush(Fate),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let fate = prop_oneof![Just(Fate::Arrives), Just(Fate::Fails), Just(Fate::Unheard)];
    let step = prop_oneof![
        3 => (0_u16..3).prop_map(Step::Hit),
        3 => Just(Step::Response),
        2 => (0_u64..40_000).prop_map(Step::Wait),
        2 => fate.prop_map(Step::Flush),
    ];
    prop::collection::vec(step, 0..80)
}

proptest! {
    #[test]
    fn every_response_arrives_or_is_told_as_dropped(steps in steps()) {
        let mut buffer = buffer(PACE);
        let (mut now, mut recorded, mut arrived, mut dropped) = (0, 0, 0, 0);
        let mut flush = |buffer: &mut Buffer, now: u64, fate: Fate| {
            while let Some(batch) = buffer.take(at(now)) {
                match fate {
                    Fate::Arrives => {
                        arrived += responses(&batch);
                        dropped += losses(&batch).responses_dropped;
                        buffer.arrived(batch.number);
                    }
                    Fate::Fails => buffer.failed(batch, at(now)),
                    Fate::Unheard => {}
                }
            }
        };
        for step in steps {
            match step {
                Step::Hit(route) => {
                    buffer.hit(at(now), key(route, "DE"));
                    recorded += 1;
                }
                Step::Response => {
                    respond(&mut buffer, now);
                    recorded += 1;
                }
                Step::Wait(millis) => now += millis,
                Step::Flush(fate) => flush(&mut buffer, now, fate),
            }
        }
        respond(&mut buffer, now + 70_000);
        flush(&mut buffer, now + 70_000, Fate::Arrives);
        prop_assert_eq!(arrived + dropped, recorded + 1);
    }
}
