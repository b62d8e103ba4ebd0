use super::*;
use proptest::prelude::*;

/// Enough for some thirty entries of a hundred bytes.
const SMALL_MAX: u64 = 12_000;

fn key(i: u32) -> String {
    format!("key {i}")
}

/// Everything that must hold between any two calls.
fn check<V>(memory: &Memory<V>) {
    let stats = memory.stats();
    assert!(stats.bytes <= stats.bytes_max, "{stats:?}");
    assert_eq!(
        stats.bytes,
        memory.entries.values().map(|e| e.weight).sum::<u64>()
    );
    assert_eq!(stats.entries, memory.entries.len());
    assert_eq!(stats.entries, memory.keys.len());
    for (key, entry) in &memory.entries {
        assert_eq!(memory.keys.get(&entry.id), Some(key));
        assert!(entry.weight <= memory.weight_max());
    }
    for (queue, place) in [(&memory.small, Place::Small), (&memory.main, Place::Main)] {
        let there = || memory.entries.values().filter(|entry| entry.place == place);
        let (held, live) = queue.lengths();
        assert_eq!(live, there().count());
        assert_eq!(
            queue.bytes(),
            there().map(|entry| entry.weight).sum::<u64>()
        );
        assert!(
            live <= held && held <= 2 * live + 32,
            "{held} ids for {live} entries"
        );
    }
    let (mentions, ghosts) = memory.ghosts.lengths();
    let most = usize::try_from(stats.bytes_max / ENTRY_OVERHEAD_BYTES)
        .unwrap()
        .max(64);
    assert!(
        ghosts <= mentions && mentions <= most,
        "{ghosts} of {mentions}"
    );
}

#[test]
fn a_value_is_found_until_it_is_replaced_or_removed() {
    let mut memory = Memory::new(SMALL_MAX);
    assert_eq!(memory.get("a"), None);
    assert_eq!(memory.insert("a", 1, 10), Admission::Stored);
    assert_eq!(memory.get("a"), Some(&1));
    assert_eq!(memory.insert("a", 2, 20), Admission::Replaced);
    assert_eq!(memory.peek("a"), Some(&2));
    assert_eq!(memory.stats().bytes, 20 + 1 + ENTRY_OVERHEAD_BYTES);
    assert_eq!(memory.remove("a"), Some(2));
    assert_eq!((memory.remove("a"), memory.peek("a")), (None, None));
    assert_eq!(memory.stats().bytes, 0);
    check(&memory);
}

#[test]
fn what_is_too_large_is_refused_and_takes_the_older_value_with_it() {
    let mut memory = Memory::new(8_000);
    let largest = 1_000 - ENTRY_OVERHEAD_BYTES - 1;
    assert_eq!(memory.insert("a", 1, largest), Admission::Stored);
    assert_eq!(memory.insert("b", 2, largest + 1), Admission::TooLarge);
    assert_eq!(memory.peek("b"), None);
    assert_eq!(memory.insert("a", 3, u64::MAX), Admission::TooLarge);
    assert_eq!(memory.peek("a"), None);
    let stats = memory.stats();
    assert_eq!(
        (stats.entries, stats.bytes, stats.evicted, stats.refused),
        (0, 0, 0, 2)
    );
    check(&memory);
}

#[test]
fn a_layer_of_no_bytes_holds_nothing() {
    for bytes_max in [0, 1, 9, 255] {
        let mut memory = Memory::new(bytes_max);
        assert_eq!(memory.insert("", (), 0), Admission::TooLarge);
        check(&memory);
    }
}

#[test]
fn the_largest_numbers_do_not_overflow() {
    let mut memory = Memory::new(u64::MAX);
    for i in 0..64 {
        memory.insert(&key(i), i, u64::MAX / 17);
        memory.reweigh(&key(i), u64::MAX / 17 + 1);
        check(&memory);
    }
    assert!(memory.stats().evicted > 0);
}

#[test]
fn a_value_that_grows_pushes_out_others_and_never_itself() {
    // The first key is the oldest, and so the next to leave; by insertion and by reweighing, from the
    // small queue and from the main one.
    for uses in [0, 2] {
        for grow in [
            (|memory| memory.reweigh(&key(0), 1_000)) as fn(&mut Memory<u32>),
            |memory| assert_eq!(memory.insert(&key(0), 0, 1_000), Admission::Replaced),
        ] {
            let mut memory = Memory::new(SMALL_MAX);
            for i in 0..33 {
                memory.insert(&key(i), i, 100);
                (0..uses).for_each(|_| assert!(memory.get(&key(i)).is_some()));
            }
            assert_eq!(memory.stats().evicted, 0);
            grow(&mut memory);
            check(&memory);
            assert_eq!(memory.peek(&key(0)), Some(&0));
            assert_eq!(memory.peek(&key(1)), None);
            assert_eq!(memory.stats().evicted, 3);
        }
    }
}

#[test]
fn a_value_that_grows_too_large_leaves() {
    let mut memory = Memory::new(SMALL_MAX);
    memory.insert("a", 1, 10);
    memory.reweigh("a", SMALL_MAX / 8);
    memory.reweigh("absent", 10);
    let stats = memory.stats();
    assert_eq!((stats.entries, stats.bytes, stats.evicted), (0, 0, 1));
    check(&memory);
}

/// Fills `memory` with one-hit keys of 100 bytes, ten times over.
fn scan(memory: &mut Memory<u32>, mut between: impl FnMut(&mut Memory<u32>, u32)) {
    let scanned = memory.stats().bytes_max / 350 * 10;
    for i in 0..u32::try_from(scanned).unwrap() {
        memory.insert(&format!("scan {i}"), i, 100);
        between(memory, i);
    }
    check(memory);
}

#[test]
fn a_scan_evicts_nothing_that_is_in_use() {
    let mut memory = Memory::new(100_000);
    let hot: Vec<String> = (0..100).map(key).collect();
    for (i, key) in (0..).zip(&hot) {
        memory.insert(key, i, 100);
        memory.get(key);
        memory.get(key);
    }
    // Half of the room is hot. One of the hot keys is asked for with each step of the scan.
    scan(&mut memory, |memory, i| {
        memory.get(&hot[usize::try_from(i).unwrap() % hot.len()]);
    });
    for (i, key) in (0..).zip(&hot) {
        assert_eq!(memory.peek(key), Some(&i), "{key}");
    }
    assert!(memory.stats().evicted > 2_000);
}

#[test]
fn what_was_in_use_once_survives_a_scan_in_which_nobody_asks_for_it() {
    let mut memory = Memory::new(100_000);
    for i in 0..100 {
        memory.insert(&key(i), i, 100);
        memory.get(&key(i));
        memory.get(&key(i));
    }
    scan(&mut memory, |_, _| {});
    assert!((0..100).all(|i| memory.peek(&key(i)) == Some(&i)));
}

#[test]
fn what_is_asked_for_once_leaves_and_a_peek_is_no_use() {
    let mut memory = Memory::new(100_000);
    for i in 0..100 {
        memory.insert(&key(i), i, 100);
        memory.get(&key(i));
        memory.peek(&key(i));
        memory.peek(&key(i));
    }
    scan(&mut memory, |_, _| {});
    assert!((0..100).all(|i| memory.peek(&key(i)).is_none()));
}

#[test]
fn a_key_that_comes_back_soon_goes_to_the_main_queue() {
    let mut memory = Memory::new(SMALL_MAX);
    let capacity = u32::try_from(SMALL_MAX / 350).unwrap();
    for i in 0..capacity + 5 {
        memory.insert(&key(i), i, 100);
    }
    assert_eq!(memory.peek(&key(0)), None);
    memory.insert(&key(0), 0, 100);
    assert_eq!(memory.entries[key(0).as_str()].place, Place::Main);
    scan(&mut memory, |_, _| {});
    assert_eq!(memory.peek(&key(0)), Some(&0));
}

#[test]
fn the_main_queue_keeps_what_is_used_and_lets_go_of_the_rest() {
    let mut memory = Memory::new(SMALL_MAX);
    // All of these earn the main queue, and together they are four times too many.
    for i in 0..120 {
        memory.insert(&key(i), i, 100);
        memory.get(&key(i));
        memory.get(&key(i));
        memory.get(&key(0));
        check(&memory);
    }
    assert_eq!(memory.peek(&key(0)), Some(&0));
    assert_eq!(memory.peek(&key(119)), Some(&119));
    assert_eq!(memory.peek(&key(1)), None);
}

#[test]
fn removing_and_inserting_again_leaves_nothing_behind() {
    let mut memory = Memory::new(SMALL_MAX);
    for i in 0..10_000_u32 {
        memory.insert("again", i, 100);
        memory.insert(&key(i), i, 100);
        assert_eq!(memory.remove(&key(i)), Some(i));
        assert_eq!(memory.remove("again"), Some(i));
        check(&memory);
    }
    let stats = memory.stats();
    assert_eq!((stats.entries, stats.bytes, stats.evicted), (0, 0, 0));
    // Beside a long queue of live entries, too.
    for i in 0..20 {
        memory.insert(&key(i), i, 100);
    }
    for i in 0..10_000_u32 {
        memory.insert("again", i, 100);
        memory.remove("again");
        check(&memory);
    }
    assert_eq!(memory.stats().entries, 20);
}

#[test]
fn one_key_that_leaves_and_comes_back_for_ever_leaves_no_ghosts_behind() {
    let mut memory = Memory::new(SMALL_MAX);
    for i in 0..20_000 {
        memory.insert(&key(i % 50), i, 100);
        check(&memory);
    }
    assert!(memory.stats().evicted > 1_000);
}

#[test]
fn a_ghost_that_came_again_is_as_young_as_it_came_last() {
    let mut ghosts = Ghosts::default();
    ghosts.put(0, 0);
    assert!(ghosts.take(0));
    assert!(!ghosts.take(0));
    ghosts.put(0, 0);
    // One more than fits with both mentions of it: the older one is forgotten, and it is not.
    (1..64).for_each(|hash| ghosts.put(hash, 0));
    assert!(ghosts.take(0));
    ghosts.put(0, 0);
    (64..128).for_each(|hash| ghosts.put(hash, 0));
    assert!(!ghosts.take(0));
    assert!(ghosts.take(64));
}

#[derive(Clone, Debug)]
enum Op {
    Get(u32),
    Insert(u32, u64),
    Reweigh(u32, u64),
    Remove(u32),
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let key = || 0..60_u32;
    // About one in eight is larger than may be.
    let bytes = || prop_oneof![0..300_u64, 0..1_400_u64];
    let op = prop_oneof![
        4 => key().prop_map(Op::Get),
        5 => (key(), bytes()).prop_map(|(k, b)| Op::Insert(k, b)),
        1 => (key(), bytes()).prop_map(|(k, b)| Op::Reweigh(k, b)),
        1 => key().prop_map(Op::Remove),
    ];
    prop::collection::vec(op, 0..400)
}

proptest! {
    #[test]
    fn it_is_a_map_that_may_forget(ops in ops()) {
        let mut memory = Memory::new(SMALL_MAX / 2);
        // What was inserted last under each key: its value and its weight.
        let mut model: HashMap<u32, (usize, u64)> = HashMap::new();
        let (mut stored, mut removed, mut refused) = (0, 0, 0);
        for (i, op) in ops.into_iter().enumerate() {
            match op {
                Op::Get(k) => {
                    let peeked = memory.peek(&key(k)).copied();
                    prop_assert_eq!(memory.get(&key(k)).copied(), peeked);
                }
                Op::Insert(k, bytes) => {
                    let held = memory.peek(&key(k)).is_some();
                    let weight = weight(&key(k), bytes);
                    let expected = match (weight > memory.weight_max(), held) {
                        (true, _) => Admission::TooLarge,
                        (false, true) => Admission::Replaced,
                        (false, false) => Admission::Stored,
                    };
                    prop_assert_eq!(memory.insert(&key(k), i, bytes), expected);
                    if expected == Admission::TooLarge {
                        model.remove(&k);
                        refused += 1;
                        removed += u64::from(held);
                    } else {
                        model.insert(k, (i, weight));
                        stored += u64::from(!held);
                        prop_assert_eq!(memory.peek(&key(k)), Some(&i), "just inserted");
                    }
                }
                Op::Reweigh(k, bytes) => {
                    let held = memory.peek(&key(k)).is_some();
                    let weight = weight(&key(k), bytes);
                    memory.reweigh(&key(k), bytes);
                    let fits = weight <= memory.weight_max();
                    prop_assert_eq!(memory.peek(&key(k)).is_some(), held && fits);
                    if let Some(entry) = model.get_mut(&k) {
                        entry.1 = weight;
                    }
                }
                Op::Remove(k) => {
                    let before = memory.peek(&key(k)).copied();
                    prop_assert_eq!(memory.remove(&key(k)), before);
                    removed += u64::from(before.is_some());
                    model.remove(&k);
                }
            }
            check(&memory);
            for k in 0..60 {
                let held = memory.entries.get(key(k).as_str()).map(|e| (e.value, e.weight));
                prop_assert!(held.is_none() || held == model.get(&k).copied(), "key {}", k);
            }
        }
        let stats = memory.stats();
        prop_assert_eq!(stats.refused, refused);
        prop_assert_eq!(stats.evicted, stored - removed - stats.entries as u64);
    }
}
