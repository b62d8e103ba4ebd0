use super::*;
use proptest::prelude::*;

const BOUNDS: Bounds = Bounds {
    fills_max: 10,
    waiters_max: 10,
    lease: Duration::from_secs(10),
    passes_max: 2,
    pass: Duration::from_secs(5),
};

fn at(ms: u64) -> Timestamp {
    Timestamp::from_millis(ms)
}

fn join(fills: &mut Fills, key: &str, after: u64, seq: u64, now: u64) -> Join {
    fills.join(key, PurgeSeq(after), PurgeSeq(seq), at(now))
}

fn lead(fills: &mut Fills, key: &str) -> FillId {
    let Join::Lead(id) = join(fills, key, 0, 0, 0) else {
        panic!("must lead")
    };
    id
}

#[test]
fn the_first_leads_and_the_others_wait_until_it_ends() {
    let mut fills = Fills::new(BOUNDS);
    let id = lead(&mut fills, "a");
    assert_eq!(join(&mut fills, "a", 0, 0, 0), Join::Wait(id));
    fills.end("a", id);
    assert!(matches!(join(&mut fills, "a", 0, 0, 0), Join::Lead(next) if next != id));
}

#[test]
fn limits_refuse_rather_than_queue() {
    let mut fills = Fills::new(Bounds {
        fills_max: 1,
        waiters_max: 1,
        ..BOUNDS
    });
    let id = lead(&mut fills, "a");
    assert_eq!(join(&mut fills, "b", 0, 0, 0), Join::Refuse(Full::Fills));
    assert_eq!(join(&mut fills, "a", 0, 0, 0), Join::Wait(id));
    assert_eq!(join(&mut fills, "a", 0, 0, 0), Join::Refuse(Full::Waiters));
    fills.leave("a", id);
    assert_eq!(join(&mut fills, "a", 0, 0, 0), Join::Wait(id));
}

#[test]
fn a_fill_that_began_before_a_purge_is_not_for_those_who_know_of_it() {
    let mut fills = Fills::new(BOUNDS);
    let old = lead(&mut fills, "a");
    let Join::Lead(new) = join(&mut fills, "a", 5, 7, 0) else {
        panic!("an old fill must not answer")
    };
    // Those who know nothing of it may have the newer one too.
    assert_eq!(join(&mut fills, "a", 0, 7, 0), Join::Wait(new));
    assert_eq!(join(&mut fills, "a", 7, 7, 0), Join::Wait(new));
    assert_eq!((fills.len(), fills.count().superseded), (2, 1));
    fills.end("a", old);
    assert_eq!(join(&mut fills, "a", 0, 7, 0), Join::Wait(new));
    fills.end("a", new);
    assert!(fills.is_empty());
}

#[test]
fn a_fill_past_its_lease_is_joined_no_more() {
    let mut fills = Fills::new(BOUNDS);
    let old = lead(&mut fills, "a");
    assert_eq!(join(&mut fills, "a", 0, 0, 9_999), Join::Wait(old));
    assert!(matches!(join(&mut fills, "a", 0, 0, 10_000), Join::Lead(new) if new != old));
}

#[test]
fn superseded_fills_count_to_the_limit() {
    let mut fills = Fills::new(Bounds {
        fills_max: 3,
        ..BOUNDS
    });
    for seq in 1..=3 {
        assert!(matches!(join(&mut fills, "a", seq, seq, 0), Join::Lead(_)));
    }
    assert_eq!(join(&mut fills, "a", 4, 4, 0), Join::Refuse(Full::Fills));
}

#[test]
fn what_is_not_for_sharing_is_asked_for_by_each_for_a_while() {
    let mut fills = Fills::new(BOUNDS);
    fills.pass("a", at(0));
    assert_eq!(join(&mut fills, "a", 0, 0, 4_999), Join::Pass);
    assert!(matches!(join(&mut fills, "a", 0, 0, 5_000), Join::Lead(_)));
    fills.pass("b", at(0));
    fills.share("b");
    assert!(matches!(join(&mut fills, "b", 0, 0, 1), Join::Lead(_)));
}

#[test]
fn the_memory_of_passes_is_bounded_and_the_old_ones_make_room() {
    let mut fills = Fills::new(BOUNDS);
    for (key, now) in [("a", 0), ("b", 1_000), ("c", 2_000)] {
        fills.pass(key, at(now));
    }
    assert_eq!(fills.count().passes, 2);
    fills.pass("d", at(5_500));
    assert_eq!(join(&mut fills, "d", 0, 0, 5_600), Join::Pass);
}

proptest! {
    #[test]
    fn at_most_one_joinable_fill_per_key_and_none_too_old(
        ops in prop::collection::vec((0..3_u8, 0..4_u8, 0..6_u64), 0..200),
    ) {
        let bounds = Bounds { fills_max: 3, waiters_max: 2, ..BOUNDS };
        let mut fills = Fills::new(bounds);
        let mut live: HashMap<String, (FillId, u64)> = HashMap::new();
        let mut running = 0_usize;
        let mut old: Vec<(String, FillId)> = Vec::new();
        let mut head = 0;
        for (op, key, after) in ops {
            let key = key.to_string();
            head = head.max(after);
            match (op, live.get(&key).copied()) {
                (0 | 1, known) => match join(&mut fills, &key, after, head, 0) {
                    Join::Lead(id) => {
                        prop_assert!(known.is_none_or(|(_, seq)| seq < after));
                        if let Some((replaced, _)) = known {
                            old.push((key.clone(), replaced));
                        }
                        live.insert(key, (id, head));
                        running += 1;
                    }
                    Join::Wait(id) => {
                        prop_assert_eq!(known.map(|(id, _)| id), Some(id));
                        prop_assert!(known.is_some_and(|(_, seq)| seq >= after));
                    }
                    Join::Refuse(Full::Fills) => prop_assert_eq!(running, 3),
                    Join::Refuse(Full::Waiters) => prop_assert!(known.is_some()),
                    Join::Pass => prop_assert!(false, "nothing was said to pass"),
                },
                (_, Some((id, _))) => {
                    fills.end(&key, id);
                    live.remove(&key);
                    running -= 1;
                }
                (_, None) => if let Some((key, id)) = old.pop() {
                    fills.end(&key, id);
                    running -= 1;
                },
            }
            prop_assert_eq!(fills.len(), running);
        }
    }
}
