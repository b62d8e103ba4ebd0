use super::*;
use proptest::prelude::*;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(1_000_000 + seconds * 1000)
}

fn settings(min: u16) -> Settings {
    Settings {
        min,
        max: 5,
        idle: Duration::from_secs(60),
        lifetime: Duration::from_secs(1800),
        uses: 3,
    }
}

/// A shelf whose connections, numbered from 1, were given back at those seconds.
fn shelf(min: u16, used: &[u64]) -> Shelf<u32> {
    let mut shelf = Shelf::new(settings(min));
    for (number, used) in (1..).zip(used) {
        shelf.put(number, Record::new(at(0)), at(*used)).unwrap();
    }
    shelf
}

fn alive(_: &u32) -> bool {
    false
}

fn reused(taken: &Taken<u32>) -> Option<u32> {
    taken.reuse.as_ref().map(|(number, ..)| *number)
}

#[test]
fn the_one_used_last_is_next_and_the_longest_idle_are_closed() {
    for (min, open, used, now, reuse, closed) in [
        (0, 0, vec![], 0, None, vec![]),
        (0, 0, vec![1, 2, 3], 10, Some(3), vec![]),
        (0, 0, vec![1, 2, 50], 70, Some(3), vec![1, 2]),
        (0, 0, vec![1, 2, 3], 70, None, vec![1, 2, 3]),
        // `min` keeps some, those in use included.
        (2, 0, vec![1, 2, 3], 70, Some(3), vec![1]),
        (2, 1, vec![1, 2, 3], 70, Some(3), vec![1, 2]),
        (2, 2, vec![1, 2, 3], 70, None, vec![1, 2, 3]),
        // But not past their lifetime.
        (2, 0, vec![1, 2], 1800, None, vec![1, 2]),
    ] {
        let taken = shelf(min, &used).take(Repeat::Allowed, open, alive, at(now));
        let numbers: Vec<u32> = taken.close.iter().map(|(number, _)| *number).collect();
        assert_eq!(
            (reused(&taken), numbers),
            (reuse, closed),
            "{min} {open} {used:?} {now}"
        );
    }
}

#[test]
fn a_connection_is_closed_for_a_reason() {
    let taken = shelf(0, &[1, 2]).take(Repeat::Allowed, 0, |number| *number == 2, at(3));
    assert_eq!(
        (reused(&taken), taken.close),
        (Some(1), vec![(2, Close::Dead)])
    );
    let worn = |record: Record, now| shelf(0, &[]).put(9, record, at(now)).err();
    let mut record = Record::new(at(0));
    assert_eq!(worn(record, 1799), None);
    assert_eq!(worn(record, 1800), Some((9, Close::Lifetime)));
    record.uses = 2;
    assert_eq!(worn(record, 1), Some((9, Close::Uses)));
}

#[test]
fn what_cannot_be_repeated_is_sent_on_no_connection_that_may_be_dead() {
    for (repeat, min, idle, expected) in [
        (Repeat::Allowed, 1, 59, Check::Unneeded),
        (Repeat::Allowed, 1, 60, Check::First),
        (Repeat::Never, 1, 4, Check::Unneeded),
        (Repeat::Never, 1, 5, Check::First),
    ] {
        let taken = shelf(min, &[0]).take(repeat, 0, alive, at(idle));
        let check = taken.reuse.map(|(.., check)| check);
        assert_eq!(check, Some(expected), "{repeat:?} {idle}");
    }
}

#[test]
fn it_is_warmed_up_to_its_minimum_and_swept_when_there_are_more() {
    let mut shelf = shelf(3, &[1]);
    assert_eq!(
        (shelf.wanting(0), shelf.wanting(1), shelf.wanting(9)),
        (2, 1, 0)
    );
    assert_eq!(shelf.next_sweep(0, at(2)), None);
    assert_eq!(shelf.next_sweep(3, at(2)), Some(Duration::from_secs(59)));
    assert_eq!(
        shelf.next_sweep(3, at(99)),
        Some(Duration::from_millis(100))
    );
    shelf.add(7, at(2));
    assert_eq!((shelf.len(), shelf.wanting(0)), (2, 1));
    assert_eq!(
        reused(&shelf.take(Repeat::Allowed, 0, alive, at(2))),
        Some(1)
    );
    assert_eq!(shelf.clear(), [7]);
    assert!(shelf.is_empty());
}

proptest! {
    #[test]
    fn none_is_lost_none_is_doubled_and_no_old_one_is_used(
        steps in proptest::collection::vec((0_u8..3, 0_u64..90), 0..100),
        min in 0_u16..4,
    ) {
        let mut shelf = Shelf::new(settings(min));
        let (mut now, mut next, mut closed) = (0, 0_u32, 0_usize);
        let mut leased: Vec<(u32, Record)> = Vec::new();
        for (step, pause) in steps {
            now += pause;
            let here = at(now);
            match step {
                0 if leased.len() < 5 => {
                    let taken = shelf.take(Repeat::Allowed, leased.len(), alive, here);
                    closed += taken.close.len();
                    let lease = match taken.reuse {
                        Some((number, record, check)) => {
                            prop_assert!(here.since(record.opened) < Duration::from_secs(1800));
                            let kept = here.since(record.used) >= Duration::from_secs(60);
                            prop_assert_eq!(kept, check == Check::First);
                            (number, record)
                        }
                        None => {
                            next += 1;
                            (next, Record::new(here))
                        }
                    };
                    leased.push(lease);
                }
                1 => {
                    if let Some((number, record)) = leased.pop()
                        && shelf.put(number, record, here).is_err()
                    {
                        closed += 1;
                    }
                }
                _ => closed += shelf.sweep(leased.len(), alive, here).len(),
            }
            prop_assert_eq!(next as usize, leased.len() + shelf.len() + closed);
            prop_assert!(leased.len() + shelf.len() <= 5);
        }
    }
}
