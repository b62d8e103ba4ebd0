use super::*;
use crate::source::param::ParamType;
use crate::source::place::ReadFrom;
use crate::source::query::{Effect, Param, Returns};
use proptest::prelude::*;

fn query(batch: Option<u16>) -> Query {
    let param = |name: &str, kind| Param {
        name: name.to_owned(),
        kind,
        required: false,
    };
    Query {
        name: "thing".into(),
        text: String::new(),
        params: vec![param("lang", ParamType::Text), param("id", ParamType::Int8)],
        returns: Returns::One,
        effect: Effect::Reads,
        database: "main".into(),
        tables: vec![],
        rows: vec![],
        read_from: ReadFrom::Either,
        batch: batch.map(|param| Many {
            param,
            text: String::new(),
        }),
    }
}

fn texts(values: &[Option<&str>]) -> Vec<Option<String>> {
    values
        .iter()
        .map(|value| value.map(str::to_owned))
        .collect()
}

fn group(lang: &str) -> Group {
    let values = texts(&[Some(lang), Some("1")]);
    let (group, _) = split(
        &query(Some(1)),
        &values,
        Repeat::Allowed,
        Freshest::ReplicaWillDo,
    )
    .unwrap();
    group
}

const SETTINGS: Settings = Settings {
    window: Duration::from_millis(10),
    max: 3,
};

#[test]
fn a_request_is_split_into_its_key_and_what_it_shares() {
    let repeat = (Repeat::Allowed, Freshest::ReplicaWillDo);
    let ask =
        |batch, values: &[Option<&str>]| split(&query(batch), &texts(values), repeat.0, repeat.1);
    let (one, key) = ask(Some(1), &[Some("en"), Some("7")]).unwrap();
    assert_eq!(key, "7");
    assert_eq!(one.others, texts(&[Some("en"), None]));
    assert_eq!(one, ask(Some(1), &[Some("en"), Some("8")]).unwrap().0);
    let whole = with_key(&query(Some(1)), &one.others, key);
    assert_eq!(whole, texts(&[Some("en"), Some("7")]));
    assert_ne!(one, ask(Some(1), &[Some("de"), Some("7")]).unwrap().0);
    assert_eq!(ask(Some(1), &[Some("en"), None]), None);
    assert_eq!(ask(None, &[Some("en"), Some("7")]), None);
    assert_eq!(ask(Some(5), &[Some("en"), Some("7")]), None);
}

#[test]
fn the_key_is_sent_as_an_array() {
    for (key, expected) in [
        (Some("7"), r#"{"7"}"#),
        (None, "{}"),
        (Some("NULL"), r#"{"NULL"}"#),
        (Some(r#"a"b\c,{}"#), r#"{"a\"b\\c,{}"}"#),
    ] {
        let sent = single(&query(Some(1)), &texts(&[Some("en"), key]));
        assert_eq!(sent, texts(&[Some("en"), Some(expected)]));
    }
    let values = texts(&[Some("en"), Some("7")]);
    assert_eq!(single(&query(None), &values), values);
    let keys = ["1".to_owned(), "2".to_owned()];
    let sent = values_for(&query(Some(1)), &values, &keys);
    assert_eq!(sent, texts(&[Some("en"), Some(r#"{"1","2"}"#)]));
}

#[test]
fn a_batch_closes_with_its_window_and_holds_each_key_once() {
    let mut batches = Batches::new(100);
    let Added::Opened(id) = batches.add(group("en"), "1".into(), 'a', &SETTINGS) else {
        panic!("not opened");
    };
    for (key, waiter) in [("2", 'b'), ("1", 'c')] {
        let added = batches.add(group("en"), key.into(), waiter, &SETTINGS);
        assert!(matches!(added, Added::Joined));
    }
    assert_eq!((batches.len(), batches.keys()), (1, 2));
    let batch = batches.close(id).unwrap();
    assert_eq!(batch.keys, ["1", "2"]);
    assert_eq!(batch.waiters, [vec!['a', 'c'], vec!['b']]);
    assert!(batches.close(id).is_none());
    assert!(batches.is_empty());
}

#[test]
fn a_full_batch_runs_at_once_and_its_timer_finds_nothing() {
    let mut batches = Batches::new(100);
    let Added::Opened(first) = batches.add(group("en"), "1".into(), (), &SETTINGS) else {
        panic!("not opened");
    };
    batches.add(group("en"), "2".into(), (), &SETTINGS);
    let Added::Full(batch) = batches.add(group("en"), "3".into(), (), &SETTINGS) else {
        panic!("not full");
    };
    assert_eq!(batch.keys.len(), 3);
    let Added::Opened(second) = batches.add(group("en"), "4".into(), (), &SETTINGS) else {
        panic!("not opened");
    };
    assert!(batches.close(first).is_none());
    assert_eq!(batches.close(second).unwrap().keys, ["4"]);
    let alone = Settings { max: 1, ..SETTINGS };
    let added = batches.add(group("en"), "5".into(), (), &alone);
    assert!(matches!(added, Added::Full(_)));
}

#[test]
fn other_values_are_another_batch_and_too_many_are_refused() {
    let mut batches = Batches::new(2);
    for lang in ["en", "de"] {
        let added = batches.add(group(lang), "1".into(), (), &SETTINGS);
        assert!(matches!(added, Added::Opened(_)));
    }
    let added = batches.add(group("en"), "2".into(), (), &SETTINGS);
    assert!(matches!(added, Added::Refused));
}

#[test]
fn rows_are_dealt_by_place() {
    let row = |place: &str, json: &str| (place.to_owned(), json.to_owned());
    let rows = [
        row("3", "c"),
        row("1", "a"),
        row("1", "again"),
        row("9", "z"),
        row("0", "z"),
        row("x", "z"),
    ];
    let dealt = deal(3, rows.into_iter());
    assert_eq!(dealt, texts(&[Some("a"), None, Some("c")]));
}

#[test]
fn only_what_the_source_did_not_fail_at_may_be_one_keys_fault() {
    for (kind, expected) in [
        (Kind::Unprocessable, true),
        (Kind::BadParameters, true),
        (Kind::Internal, true),
        (Kind::Unavailable, false),
        (Kind::Timeout, false),
        (Kind::Misconfigured, false),
    ] {
        assert_eq!(
            may_be_one_keys(&Failure::new(kind, "")),
            expected,
            "{kind:?}"
        );
    }
}

proptest! {
    #[test]
    fn every_waiter_is_in_one_closed_batch_under_its_own_key(
        asks in proptest::collection::vec((0_u8..2, 0_u8..9), 0..80),
        max in 1_u16..6,
    ) {
        let settings = Settings { max, ..SETTINGS };
        let mut batches = Batches::new(1000);
        let mut closed = Vec::new();
        let mut timers = Vec::new();
        for (waiter, (lang, key)) in asks.iter().enumerate() {
            match batches.add(group(&lang.to_string()), key.to_string(), waiter, &settings) {
                Added::Opened(id) => timers.push(id),
                Added::Joined => {}
                Added::Full(batch) => closed.push(batch),
                Added::Refused => prop_assert!(false, "refused"),
            }
        }
        closed.extend(timers.into_iter().filter_map(|id| batches.close(id)));
        prop_assert!(batches.is_empty() && batches.waiting == 0);
        let mut seen = Vec::new();
        for batch in closed {
            prop_assert!(batch.keys.len() <= usize::from(max));
            prop_assert_eq!(batch.keys.len(), batch.waiters.len());
            for (key, waiters) in batch.keys.iter().zip(batch.waiters) {
                for waiter in waiters {
                    let (lang, asked) = asks[waiter];
                    prop_assert_eq!(&asked.to_string(), key);
                    prop_assert_eq!(&batch.group, &group(&lang.to_string()));
                    seen.push(waiter);
                }
            }
        }
        seen.sort_unstable();
        prop_assert_eq!(seen, (0..asks.len()).collect::<Vec<_>>());
    }
}
