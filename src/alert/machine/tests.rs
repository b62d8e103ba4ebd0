use super::*;
use proptest::prelude::*;

const HOLDS: Duration = Duration::from_secs(120);

const FINE: Verdict = Verdict::Fine;
const WARN: Verdict = Verdict::Bad(Level::Warning);
const CRIT: Verdict = Verdict::Bad(Level::Critical);
const NONE: Verdict = Verdict::Unknown;

fn at(minute: u64) -> Timestamp {
    Timestamp::from_millis(minute * 60_000)
}

/// Readings a minute apart, and the transitions that they must bring about, by their minute.
#[track_caller]
fn check(holds: Duration, readings: &[Verdict], expected: &[(u64, Transition)]) -> State {
    let mut state = State::default();
    let mut found = Vec::new();
    for (minute, verdict) in (0..).zip(readings) {
        let (next, transition) = step(state, *verdict, holds, at(minute));
        found.extend(transition.map(|transition| (minute, transition)));
        state = next;
    }
    assert_eq!(found, expected, "{readings:?}");
    state
}

fn fired(level: Level) -> Transition {
    Transition::Fired(level)
}

const RESOLVED: Transition = Transition::Resolved(Resolution::Good);

#[test]
fn it_fires_once_it_was_bad_for_so_long_and_is_resolved_once_it_was_good_for_so_long() {
    check(
        HOLDS,
        &[FINE, WARN, WARN, WARN, WARN, FINE, FINE, FINE, FINE],
        &[(3, fired(Level::Warning)), (7, RESOLVED)],
    );
}

#[test]
fn what_cannot_be_read_changes_nothing_for_however_long() {
    let fires = check(HOLDS, &[WARN, WARN, WARN], &[(2, fired(Level::Warning))]);
    for minute in 3..300 {
        let (state, transition) = step(fires, Verdict::Unread, HOLDS, at(minute));
        assert_eq!((state, transition), (fires, None), "{minute}");
    }
}

#[test]
fn without_a_time_to_hold_each_reading_counts() {
    check(
        Duration::ZERO,
        &[FINE, CRIT, CRIT, FINE, WARN],
        &[
            (1, fired(Level::Critical)),
            (3, RESOLVED),
            (4, fired(Level::Warning)),
        ],
    );
}

#[test]
fn what_swings_about_its_bound_neither_fires_nor_is_resolved() {
    check(HOLDS, &[WARN, WARN, FINE, WARN, WARN, FINE, CRIT], &[]);
    let state = check(
        HOLDS,
        &[WARN, WARN, WARN, FINE, FINE, WARN, FINE, FINE, WARN],
        &[(2, fired(Level::Warning))],
    );
    assert!(matches!(state.phase(), Phase::Firing(_)));
}

#[test]
fn a_critical_moment_makes_no_critical_alert() {
    check(
        HOLDS,
        &[WARN, CRIT, WARN, WARN],
        &[(2, fired(Level::Warning))],
    );
}

#[test]
fn it_rises_and_sinks_between_the_levels() {
    check(
        HOLDS,
        &[
            WARN, WARN, WARN, CRIT, CRIT, CRIT, WARN, FINE, WARN, FINE, FINE, FINE,
        ],
        &[
            (2, fired(Level::Warning)),
            (5, Transition::Raised),
            (8, Transition::Lowered),
            (11, RESOLVED),
        ],
    );
}

#[test]
fn too_few_samples_leave_all_as_it_is() {
    let pending = check(HOLDS, &[WARN, NONE], &[]);
    assert_eq!(
        pending.phase(),
        Phase::Pending {
            level: Level::Warning,
            since: at(0)
        }
    );
    check(
        HOLDS,
        &[WARN, NONE, NONE, WARN],
        &[(3, fired(Level::Warning))],
    );
    check(
        HOLDS,
        &[WARN, WARN, WARN, NONE, NONE, NONE, NONE],
        &[(2, fired(Level::Warning))],
    );
}

#[test]
fn what_was_never_measured_is_well() {
    let state = check(HOLDS, &[NONE; 200], &[]);
    assert_eq!(state, State::default());
}

#[test]
fn after_an_hour_without_a_reading_it_is_resolved_for_that() {
    let mut readings = vec![CRIT; 3];
    readings.extend([NONE; 62]);
    check(
        HOLDS,
        &readings,
        &[
            (2, fired(Level::Critical)),
            (62, Transition::Resolved(Resolution::NothingMeasured)),
        ],
    );
}

#[test]
fn a_pending_alert_says_how_bad_it_may_become_and_since_when_it_is_bad() {
    let state = check(HOLDS, &[WARN, CRIT], &[]);
    assert_eq!(
        state.phase(),
        Phase::Pending {
            level: Level::Critical,
            since: at(0)
        }
    );
}

#[test]
fn a_clock_that_is_set_back_fires_nothing_early() {
    let (state, _) = step(State::default(), CRIT, HOLDS, at(100));
    let (state, transition) = step(state, CRIT, HOLDS, at(10));
    assert_eq!(transition, None);
    let (_, transition) = step(state, CRIT, HOLDS, at(101));
    assert_eq!(transition, None);
}

fn verdict() -> impl Strategy<Value = Verdict> {
    prop_oneof![Just(FINE), Just(WARN), Just(CRIT), Just(NONE)]
}

/// Verdicts come in runs, or nothing would ever hold.
fn history() -> impl Strategy<Value = Vec<(Verdict, u64)>> {
    let run = (verdict(), prop::collection::vec(0..150_000_u64, 1..6));
    prop::collection::vec(run, 0..12).prop_map(|runs| {
        let steps = runs
            .into_iter()
            .flat_map(|(verdict, gaps)| gaps.into_iter().map(move |gap| (verdict, gap)));
        let mut now = 1_000_000;
        steps
            .map(|(verdict, gap)| {
                now += gap;
                (verdict, now)
            })
            .collect()
    })
}

/// Since when all known verdicts up to the last one satisfy `kind`.
fn streak(seen: &[(Verdict, u64)], kind: impl Fn(Verdict) -> bool) -> Option<u64> {
    let known = seen.iter().rev().filter(|(verdict, _)| *verdict != NONE);
    known
        .take_while(|(verdict, _)| kind(*verdict))
        .last()
        .map(|(_, at)| *at)
}

proptest! {
    #[test]
    fn it_never_fires_before_all_readings_were_as_bad_for_as_long(
        history in history(),
        holds in 0..400_000_u64,
    ) {
        let mut state = State::default();
        for (count, (verdict, now)) in (1..).zip(&history) {
            let limit = Duration::from_millis(holds);
            let (next, transition) = step(state, *verdict, limit, Timestamp::from_millis(*now));
            let seen = &history[..count];
            let since = match transition {
                Some(Transition::Fired(Level::Critical) | Transition::Raised) => {
                    streak(seen, |verdict| verdict == CRIT)
                }
                Some(Transition::Fired(Level::Warning)) => {
                    streak(seen, |verdict| verdict != FINE)
                }
                Some(Transition::Resolved(Resolution::Good)) => {
                    streak(seen, |verdict| verdict == FINE)
                }
                Some(Transition::Lowered) => streak(seen, |verdict| verdict != CRIT),
                Some(Transition::Resolved(_)) | None => Some(0),
            };
            prop_assert!(since.is_some_and(|since| now - since >= holds));
            state = next;
        }
    }

    #[test]
    fn firing_and_resolution_take_turns(history in history(), holds in 0..300_000_u64) {
        let mut state = State::default();
        let mut level: Option<Level> = None;
        for (verdict, now) in history {
            let limit = Duration::from_millis(holds);
            let (next, transition) = step(state, verdict, limit, Timestamp::from_millis(now));
            level = match (transition, level) {
                (None, level) => level,
                (Some(Transition::Fired(fired)), None) => Some(fired),
                (Some(Transition::Raised), Some(Level::Warning)) => Some(Level::Critical),
                (Some(Transition::Lowered), Some(Level::Critical)) => Some(Level::Warning),
                (Some(Transition::Resolved(_)), Some(_)) => None,
                (Some(odd), level) => {
                    return Err(TestCaseError::fail(format!("{odd:?} at {level:?}")));
                }
            };
            let shown = match next.phase() {
                Phase::Firing(firing) => Some(firing.level),
                Phase::Ok | Phase::Pending { .. } => None,
            };
            prop_assert_eq!(shown, level);
            state = next;
        }
    }

    #[test]
    fn a_second_evaluation_at_the_same_time_and_a_restart_change_nothing(
        history in history(),
        holds in 0..300_000_u64,
    ) {
        let mut state = State::default();
        for (verdict, now) in history {
            let limit = Duration::from_millis(holds);
            let now = Timestamp::from_millis(now);
            state = step(state, verdict, limit, now).0;
            prop_assert_eq!(step(state, verdict, limit, now), (state, None));
            let kept = serde_json::to_string(&state).unwrap();
            prop_assert_eq!(serde_json::from_str::<State>(&kept).unwrap(), state);
        }
    }
}

#[test]
fn how_it_was_before_an_hour_without_readings_makes_no_alert() {
    let bad = |state, minute| step(state, WARN, HOLDS, at(minute));
    let (pending, _) = bad(State::default(), 0);
    // Nobody was there to read: the scheduler did not call.
    let (state, transition) = bad(pending, 59);
    assert_eq!(transition, Some(fired(Level::Warning)));
    let (state, transition) = step(state, FINE, HOLDS, at(200));
    assert!(matches!(state.phase(), Phase::Firing(_)), "{transition:?}");
    let (state, transition) = bad(pending, 60);
    assert_eq!(transition, None);
    assert_eq!(bad(state, 61).1, None);
    assert_eq!(bad(state, 62).1, Some(fired(Level::Warning)));
}
