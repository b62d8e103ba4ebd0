use super::super::documents::{self, EVENTS_MAX};
use super::*;
use crate::failure::Kind;
use crate::metrics::message::{MetricsAsk, MetricsReply};
use crate::ports::operator::Unmatched;
use crate::purge::seq::PurgeSeq;
use crate::time::Timestamp;
use futures_util::FutureExt;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// A metrics object that keeps documents, and a clock.
#[derive(Default)]
struct Object {
    now_s: Cell<u64>,
    documents: RefCell<BTreeMap<String, (u64, Vec<u8>)>>,
    /// Whether it is reached.
    broken: Cell<bool>,
}

impl MetricsPorts for Object {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now_s.get() * 1000)
    }

    async fn ask_metrics(&self, object: u16, ask: &MetricsAsk) -> Result<MetricsReply, Failure> {
        assert_eq!(object, 0);
        if self.broken.get() {
            return Err(Failure::new(Kind::Unavailable, ""));
        }
        let mut documents = self.documents.borrow_mut();
        let number = |name: &str| documents.get(name).map_or(0, |(number, _)| *number);
        Ok(match ask {
            MetricsAsk::Document(name) => {
                let (number, body) = documents.get(name).cloned().unwrap_or_default();
                MetricsReply::Document { number, body }
            }
            MetricsAsk::Replace { name, known, .. } if number(name) != *known => {
                MetricsReply::Overtaken
            }
            MetricsAsk::Replace { name, known, body } => {
                documents.insert(name.clone(), (known + 1, body.clone()));
                MetricsReply::Replaced(known + 1)
            }
            MetricsAsk::Take(_)
            | MetricsAsk::Read(_)
            | MetricsAsk::Running
            | MetricsAsk::RollUp
            | MetricsAsk::CleanUp
            | MetricsAsk::Version => panic!("{ask:?} is not asked here"),
        })
    }
}

fn texts(object: &Object) -> Vec<String> {
    let listed = between(object, 0, u64::MAX).now_or_never().unwrap();
    listed
        .unwrap()
        .events
        .into_iter()
        .map(|event| event.text)
        .collect()
}

fn notice(object: &Object, release: &str) {
    let noticed = notice_release(object, release).now_or_never().unwrap();
    noticed.unwrap();
}

#[test]
fn a_release_is_noted_once_and_a_way_back_is_noted_too() {
    let object = Object::default();
    for release in ["a", "a", "b", "b", "a"] {
        notice(&object, release);
    }
    assert_eq!(
        texts(&object),
        [
            "release a, the first that was seen",
            "release b, after a",
            "release a, after b"
        ]
    );
}

#[test]
fn two_releases_side_by_side_are_not_noted_each_minute() {
    let object = Object::default();
    for minute in 0..120 {
        object.now_s.set(minute * 60);
        notice(&object, if minute % 2 == 0 { "a" } else { "b" });
    }
    assert_eq!(texts(&object).len(), 2 * RELEASES_AN_HOUR);
    // Once one of them is alone, it is the last that was noted.
    for minute in 180..200 {
        object.now_s.set(minute * 60);
        notice(&object, "a");
    }
    assert!(texts(&object).last().unwrap().starts_with("release a"));
}

#[test]
fn many_purges_push_out_no_deployment() {
    let object = Object::default();
    notice(&object, "a");
    for at in 0..=EVENTS_MAX as u64 {
        let event = Event {
            at,
            kind: EventKind::Purge,
            text: format!("purge {at}"),
        };
        documents::note(&object, &event)
            .now_or_never()
            .unwrap()
            .unwrap();
    }
    notice(&object, "a");
    let texts = texts(&object);
    assert_eq!(texts.len(), EVENTS_MAX);
    assert_eq!(texts[0], "release a, the first that was seen");
    assert_eq!(texts[1], "purge 2");
    assert!(texts[1..].iter().all(|text| text.starts_with("purge")));
}

#[test]
fn an_object_that_is_not_reached_is_a_failure_and_loses_nothing() {
    let object = Object::default();
    object.broken.set(true);
    let noticed = notice_release(&object, "a").now_or_never().unwrap();
    assert_eq!(noticed.unwrap_err().kind, Kind::Unavailable);
    object.broken.set(false);
    notice(&object, "a");
    assert_eq!(texts(&object).len(), 1);
}

#[test]
fn a_span_of_events_begins_with_its_first_second_and_ends_before_its_last() {
    let object = Object::default();
    for (at, release) in [(10, "a"), (20, "b"), (30, "c")] {
        object.now_s.set(at);
        notice(&object, release);
    }
    let found = between(&object, 10, 30).now_or_never().unwrap().unwrap();
    let found: Vec<u64> = found.events.iter().map(|event| event.at).collect();
    assert_eq!(found, [10, 20]);
}

#[test]
fn what_is_past_its_time_is_forgotten() {
    let object = Object::default();
    notice(&object, "a");
    object.now_s.set(KEPT_S);
    notice(&object, "b");
    let forget = || forget_old(&object).now_or_never().unwrap().unwrap();
    assert_eq!(forget(), 0);
    object.now_s.set(KEPT_S + 1);
    assert_eq!((forget(), forget()), (1, 0));
    assert_eq!(texts(&object), ["release b, after a"]);
}

fn order(tags: &[&str], keys: &[&str], prefixes: &[&str]) -> PurgeOrder {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    PurgeOrder {
        tags: owned(tags),
        keys: owned(keys),
        prefixes: owned(prefixes),
        scope: Scope::Listed,
        mode: Mode::Soft,
    }
}

/// A purge some of whose keys name nothing.
fn done(unmatched: usize) -> PurgeDone {
    let nothing = Unmatched {
        url: String::from("/x"),
        why: String::new(),
    };
    PurgeDone {
        seq: PurgeSeq(7),
        unmatched: vec![nothing; unmatched],
        routes: Vec::new(),
    }
}

#[test]
fn a_purge_is_told_by_its_only_target_or_by_numbers() {
    let long = "ü".repeat(200);
    let cut = format!("soft purge of {}…", "ü".repeat(120));
    let everything = PurgeOrder {
        scope: Scope::Everything,
        mode: Mode::Hard,
        ..order(&[], &[], &[])
    };
    for (order, unmatched, expected) in [
        (
            order(&["patient:7"], &[], &[]),
            0,
            "soft purge of patient:…",
        ),
        (order(&["a\nb"], &[], &[]), 0, "soft purge of a b"),
        (
            order(&["/patients/7"], &[], &[]),
            0,
            "soft purge of a path of GET /patients/{id}",
        ),
        (order(&[], &[], &["patient:"]), 0, "soft purge of patient:*"),
        (
            order(&[], &[], &["patient:7"]),
            0,
            "soft purge of patient:…*",
        ),
        (
            order(&[], &[], &["/patients/7"]),
            0,
            "soft purge of paths of GET /patients/{id}",
        ),
        (
            order(&[], &["/patients/7?name=Smith"], &[]),
            0,
            "soft purge of a URL of GET /patients/{id}",
        ),
        (
            order(&[], &["/a"], &[]),
            1,
            "soft purge of nothing that is stored",
        ),
        (
            order(&["a", "b"], &["/a", "/b"], &["c"]),
            1,
            "soft purge of 2 tags, 1 prefixes, 1 keys",
        ),
        (order(&[&long], &[], &[]), 0, cut.as_str()),
        (everything, 0, "hard purge of everything"),
    ] {
        let event = purged(&order, &done(unmatched), &["GET /patients/{id}"], 5);
        assert_eq!((event.at, event.text.as_str()), (5, expected));
    }
    for (routes, expected) in [
        (&[][..], "soft purge of paths of no cached route"),
        (&["GET /a", "GET /b"][..], "soft purge of paths of 2 routes"),
    ] {
        let event = purged(&order(&[], &[], &["/"]), &done(0), routes, 5);
        assert_eq!(event.text, expected);
    }
}
