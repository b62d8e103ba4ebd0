mod counters;

use super::*;
use crate::metrics::frame::Gauge;
use crate::metrics::frame::tests::measured;
use crate::metrics::scope::RouteScope;
use crate::metrics::slots::Window;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::convert::Infallible;

#[derive(Debug, Default)]
struct Map {
    frames: BTreeMap<Slot, Frame>,
    marks: BTreeSet<Slot>,
    seen: BTreeMap<String, Seen>,
    running: Option<Frame>,
}

impl SlotStore for Map {
    type Error = Infallible;

    fn frame(&self, slot: Slot) -> Result<Option<Frame>, Infallible> {
        Ok(self.frames.get(&slot).cloned())
    }

    fn put(&mut self, slot: Slot, frame: &Frame) -> Result<(), Infallible> {
        self.frames.insert(slot, frame.clone());
        Ok(())
    }

    fn remove(&mut self, slot: Slot) -> Result<(), Infallible> {
        self.frames.remove(&slot);
        Ok(())
    }

    fn slots(
        &self,
        length: Length,
        from_s: u64,
        to_s: u64,
        max: usize,
    ) -> Result<Vec<Slot>, Infallible> {
        let wanted = |slot: &&Slot| slot.length == length && (from_s..to_s).contains(&slot.start_s);
        Ok(self
            .frames
            .keys()
            .filter(wanted)
            .copied()
            .take(max)
            .collect())
    }

    fn running(&self) -> Result<Option<Frame>, Infallible> {
        Ok(self.running.clone())
    }

    fn put_running(&mut self, frame: &Frame) -> Result<(), Infallible> {
        self.running = Some(frame.clone());
        Ok(())
    }

    fn seen(&self, isolate: &str) -> Result<Option<Seen>, Infallible> {
        Ok(self.seen.get(isolate).copied())
    }

    fn put_seen(&mut self, isolate: &str, seen: Seen) -> Result<(), Infallible> {
        self.seen.insert(isolate.to_owned(), seen);
        Ok(())
    }

    fn forget_seen(&mut self, before: Timestamp) -> Result<u64, Infallible> {
        let had = self.seen.len();
        self.seen.retain(|_, seen| seen.at >= before);
        Ok((had - self.seen.len()) as u64)
    }

    fn mark(&mut self, slot: Slot) -> Result<(), Infallible> {
        self.marks.insert(slot);
        Ok(())
    }

    fn unmark(&mut self, slot: Slot) -> Result<(), Infallible> {
        self.marks.remove(&slot);
        Ok(())
    }

    fn marked(&self, length: Length, max: usize) -> Result<Vec<Slot>, Infallible> {
        let wanted = |slot: &&Slot| slot.length == length;
        Ok(self
            .marks
            .iter()
            .filter(wanted)
            .copied()
            .take(max)
            .collect())
    }

    fn is_marked_within(&self, from_s: u64, to_s: u64) -> Result<bool, Infallible> {
        Ok(self
            .marks
            .iter()
            .any(|slot| (from_s..to_s).contains(&slot.start_s)))
    }
}

/// A midnight.
const BEGAN_S: u64 = 1_795_219_200;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis((BEGAN_S + seconds) * 1000)
}

fn keeper() -> Keeper<Map> {
    Keeper::new(Map::default())
}

/// So many responses, measured so many seconds after the beginning.
fn batch(isolate: &str, number: u64, second: u64, count: u64) -> Batch {
    let mut frame = Frame::default();
    frame.responses_alike(&measured(Some("GET /a")), count);
    Batch {
        isolate: isolate.to_owned(),
        number,
        release: String::new(),
        frames: vec![(Slot::of(Length::TenSeconds, at(second)), frame)],
    }
}

fn take(keeper: &mut Keeper<Map>, batch: &Batch, now: Timestamp) -> Taken {
    let Ok(taken) = keeper.take(batch, now);
    taken
}

fn roll(keeper: &mut Keeper<Map>) -> u64 {
    let Ok(written) = keeper.roll_up();
    written
}

fn clean(keeper: &mut Keeper<Map>, now: Timestamp) -> u64 {
    let Ok(rows) = keeper.clean_up(now, None);
    rows
}

fn sum(keeper: &Keeper<Map>, length: Length) -> u64 {
    let frames = keeper.store.frames.iter();
    frames
        .filter(|(slot, _)| slot.length == length)
        .map(|(_, frame)| frame.responses())
        .sum()
}

fn losses(keeper: &Keeper<Map>) -> Losses {
    keeper
        .store
        .running
        .as_ref()
        .map(|frame| frame.losses)
        .unwrap_or_default()
}

#[test]
fn a_batch_is_taken_once_whatever_the_order() {
    let mut keeper = keeper();
    let mut taken = |number| take(&mut keeper, &batch("a", number, 0, 1), at(5));
    assert_eq!(taken(3), Taken::Now);
    assert_eq!(taken(3), Taken::Before);
    assert_eq!(taken(5), Taken::Now);
    assert_eq!(
        taken(4),
        Taken::Now,
        "it was tried again after the next one"
    );
    assert_eq!(taken(4), Taken::Before);
    assert_eq!(taken(3), Taken::Before);
    assert_eq!(taken(100), Taken::Now);
    assert_eq!(
        taken(5),
        Taken::Before,
        "too long ago to be told from one that was taken"
    );
    assert_eq!(taken(99), Taken::Now);
    assert_eq!(take(&mut keeper, &batch("b", 3, 0, 1), at(5)), Taken::Now);
    assert_eq!(
        (sum(&keeper, Length::TenSeconds), losses(&keeper).flushes),
        (6, 6)
    );
}

#[test]
fn a_batch_in_which_nothing_was_measured_is_no_news() {
    let mut keeper = keeper();
    let empty = Batch {
        frames: Vec::new(),
        ..batch("a", 1, 0, 1)
    };
    assert_eq!(take(&mut keeper, &empty, at(5)), Taken::Empty);
    assert_eq!(take(&mut keeper, &empty, at(5)), Taken::Before);
    assert_eq!(losses(&keeper).flushes, 1);
}

#[test]
fn late_is_told_and_too_late_is_lost_and_told() {
    for (second, late, dropped, sum_of_slots) in [
        (7200, 0, 0, 5),
        (7140, 0, 0, 5),
        (7120, 1, 0, 5),
        (10, 1, 0, 5),
        (0, 0, 1, 0),
        (9999, 0, 0, 5),
    ] {
        let mut keeper = keeper();
        take(&mut keeper, &batch("a", 1, second, 5), at(7205));
        let told = losses(&keeper);
        assert_eq!((told.late, told.dropped), (late, dropped), "{second}");
        assert_eq!(told.responses_dropped, 5 * dropped, "{second}");
        assert_eq!(sum(&keeper, Length::TenSeconds), sum_of_slots, "{second}");
        assert!(
            keeper
                .store
                .frames
                .keys()
                .all(|slot| slot.start_s <= BEGAN_S + 7205),
            "{second}"
        );
    }
}

#[test]
fn losses_that_a_batch_tells_are_kept_even_when_it_came_too_late() {
    let mut keeper = keeper();
    let mut late = batch("a", 1, 0, 5);
    late.frames[0].1.losses.dropped = 7;
    take(&mut keeper, &late, at(9000));
    assert_eq!(losses(&keeper).dropped, 8);
}

#[test]
fn a_coarse_slot_follows_what_comes_late() {
    let mut keeper = keeper();
    take(&mut keeper, &batch("a", 1, 0, 5), at(5));
    assert_eq!(roll(&mut keeper), 3);
    assert_eq!(roll(&mut keeper), 0, "nothing has changed");
    take(&mut keeper, &batch("a", 2, 10, 2), at(400));
    roll(&mut keeper);
    for length in Length::ALL {
        assert_eq!(sum(&keeper, length), 7, "{length:?}");
    }
}

#[test]
fn a_coarse_slot_whose_finer_ones_are_gone_keeps_what_it_holds() {
    let mut keeper = keeper();
    take(&mut keeper, &batch("a", 1, 0, 5), at(5));
    roll(&mut keeper);
    let fine = Slot::of(Length::TenSeconds, at(0));
    keeper.store.frames.remove(&fine);
    keeper.store.marks.extend(fine.parent());
    roll(&mut keeper);
    assert_eq!(sum(&keeper, Length::FiveMinutes), 5);
    assert_eq!(sum(&keeper, Length::Day), 5);
}

#[test]
fn points_hold_what_was_measured_in_them() {
    let mut keeper = keeper();
    for (number, second) in [5, 15, 25, 65, 119].into_iter().enumerate() {
        take(
            &mut keeper,
            &batch("a", number as u64, second, 1),
            at(second),
        );
    }
    let question = Question {
        from: at(0),
        to: at(120),
        length: Length::TenSeconds,
        slots_per_point: 3,
        route: None,
    };
    let Ok(frames) = keeper.read(&question);
    let points: Vec<_> = frames
        .points
        .iter()
        .map(|(at, f)| (at - BEGAN_S, f.responses()))
        .collect();
    assert_eq!(points, [(0, 3), (60, 1), (90, 1)]);
    assert_eq!(frames.whole.responses(), 5);
    assert_eq!(frames.whole.losses.flushes, 5);
    let other = Question {
        route: Some(RouteScope {
            route: "GET /b".to_owned(),
            source: None,
        }),
        ..question
    };
    let Ok(frames) = keeper.read(&other);
    assert_eq!(frames.whole.responses(), 0);
}

#[test]
fn what_was_taken_just_now_is_read_by_any_length() {
    let mut keeper = keeper();
    let now = at(40_000);
    take(&mut keeper, &batch("a", 1, 39_999, 3), now);
    for window_s in [60, 86_400, 30 * 86_400, 365 * 86_400] {
        let Ok(frames) = keeper.read(&Question::of(Window::last(window_s, now), None));
        assert_eq!(frames.whole.responses(), 3, "{window_s}");
    }
}

#[test]
fn isolates_that_are_gone_are_forgotten() {
    let mut keeper = keeper();
    take(&mut keeper, &batch("a", 1, 0, 1), at(0));
    take(&mut keeper, &batch("b", 1, 0, 1), at(3600));
    clean(&mut keeper, at(86_400 + 1800));
    assert_eq!(keeper.store.seen.keys().collect::<Vec<_>>(), ["b"]);
}

#[test]
fn each_length_goes_after_its_retention_and_not_before() {
    const DAY: u64 = 86_400;
    for (second, kept) in [
        (7200, [1, 1, 1, 1]),
        (7200 + 700, [0, 1, 1, 1]),
        (2 * DAY, [0, 1, 1, 1]),
        (2 * DAY + 3 * 3600, [0, 0, 1, 1]),
        (90 * DAY, [0, 0, 1, 1]),
        (93 * DAY, [0, 0, 0, 1]),
        (730 * DAY, [0, 0, 0, 1]),
        (732 * DAY, [0, 0, 0, 0]),
    ] {
        let mut keeper = keeper();
        take(&mut keeper, &batch("a", 1, 0, 1), at(0));
        clean(&mut keeper, at(second));
        assert_eq!(
            Length::ALL.map(|length| sum(&keeper, length)),
            kept,
            "{second}"
        );
        assert_eq!(keeper.running().map(|frame| frame.responses()), Ok(1));
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// A batch of something measured so many seconds ago.
    Take {
        isolate: u8,
        ago_s: u64,
        count: u64,
    },
    /// The batch before comes again.
    Again,
    Wait(u64),
    RollUp,
    CleanUp,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        5 => (0_u8..3, prop_oneof![0_u64..30, 0_u64..9000], 1_u64..20)
            .prop_map(|(isolate, ago_s, count)| Step::Take { isolate, ago_s, count }),
        1 => Just(Step::Again),
        3 => prop_oneof![0_u64..300, 300_u64..20_000, 100_000_u64..900_000].prop_map(Step::Wait),
        1 => Just(Step::RollUp),
        1 => Just(Step::CleanUp),
    ];
    prop::collection::vec(step, 1..60)
}

/// Does the steps; what was accepted by day, and the keeper.
fn run(
    steps: &[Step],
    skip: impl Fn(Step) -> bool,
) -> (BTreeMap<u64, u64>, Keeper<Map>, Timestamp) {
    let mut keeper = keeper();
    let mut by_day = BTreeMap::new();
    let mut now_s = 100_000;
    let mut last = None;
    for (number, step) in steps.iter().enumerate() {
        match *step {
            _ if skip(*step) => {}
            Step::Take {
                isolate,
                ago_s,
                count,
            } => {
                let batch = batch(&isolate.to_string(), number as u64, now_s - ago_s, count);
                let dropped = losses(&keeper).responses_dropped;
                take(&mut keeper, &batch, at(now_s));
                if losses(&keeper).responses_dropped == dropped {
                    *by_day.entry((now_s - ago_s) / 86_400).or_default() += count;
                }
                last = Some(batch);
            }
            Step::Again => {
                if let Some(batch) = &last {
                    assert_eq!(take(&mut keeper, batch, at(now_s)), Taken::Before);
                }
            }
            Step::Wait(seconds) => now_s += seconds,
            Step::RollUp => {
                roll(&mut keeper);
            }
            Step::CleanUp => {
                clean(&mut keeper, at(now_s));
                last = None;
            }
        }
    }
    (by_day, keeper, at(now_s))
}

fn days(keeper: &Keeper<Map>) -> BTreeMap<u64, u64> {
    let days = keeper
        .store
        .frames
        .iter()
        .filter(|(slot, _)| slot.length == Length::Day);
    days.map(|(slot, frame)| ((slot.start_s - BEGAN_S) / 86_400, frame.responses()))
        .filter(|(_, count)| *count > 0)
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn skipped_doubled_and_late_runs_lose_nothing_and_double_nothing(steps in steps()) {
        let (by_day, mut all, now) = run(&steps, |_| false);
        let (_, mut never, _) = run(&steps, |step| matches!(step, Step::RollUp | Step::CleanUp));
        roll(&mut all);
        roll(&mut all);
        clean(&mut all, now);
        clean(&mut never, now);
        prop_assert_eq!(&days(&all), &by_day);
        prop_assert_eq!(&days(&never), &by_day);
        for keeper in [&all, &never] {
            prop_assert!(keeper.store.marks.is_empty());
            let running = keeper.running().map(|frame| frame.responses());
            prop_assert_eq!(running, Ok(by_day.values().sum()));
        }
        let coarse = |keeper: &Keeper<Map>| -> Vec<(Slot, Frame)> {
            let frames = keeper.store.frames.iter().filter(|(slot, _)| slot.length >= Length::Hour);
            frames.map(|(slot, frame)| (*slot, frame.clone())).collect()
        };
        prop_assert_eq!(coarse(&all), coarse(&never));
    }

    #[test]
    fn frames_add_up_to_the_same_in_any_order(
        counts in prop::collection::vec(1_u64..50, 1..30),
        turn in 0_usize..30,
    ) {
        let frames: Vec<Frame> = counts
            .iter()
            .enumerate()
            .map(|(number, count)| {
                let mut frame = Frame::default();
                let route = format!("GET /{}", number % 5);
                frame.responses_alike(&measured(Some(&route)), *count);
                frame.gauge(Gauge::Fills, *count as f64);
                frame
            })
            .collect();
        let mut turned = frames.clone();
        turned.rotate_left(turn % counts.len());
        turned.reverse();
        let sum = |frames: &[Frame]| {
            let mut whole = Frame::default();
            frames.iter().for_each(|frame| whole.merge(frame));
            whole
        };
        prop_assert_eq!(sum(&frames), sum(&turned));
    }
}
