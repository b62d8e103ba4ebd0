use super::*;
use proptest::prelude::*;

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(1_000_000 + millis)
}

fn settings() -> Settings {
    Settings {
        failures: 3,
        window: Duration::from_secs(30),
        open: Duration::from_secs(10),
        slow: Some(Duration::from_secs(5)),
        probes: 1,
    }
}

fn breaker() -> Breaker {
    Breaker::new(settings(), at(0))
}

const GOOD: Verdict = Verdict::Answered(Duration::from_millis(5));
const SLOW: Verdict = Verdict::Answered(Duration::from_secs(6));

#[track_caller]
fn pass(breaker: &mut Breaker, now: Timestamp) -> Ticket {
    match breaker.admit(now) {
        Admission::Pass(ticket) => ticket,
        Admission::Refuse(wait) => panic!("refused for {wait:?}"),
    }
}

#[track_caller]
fn call(breaker: &mut Breaker, verdict: Verdict, now: Timestamp) {
    let ticket = pass(breaker, now);
    breaker.settle(ticket, verdict, now);
}

fn opened() -> Breaker {
    let mut breaker = breaker();
    for _ in 0..3 {
        call(&mut breaker, Verdict::Failed, at(0));
    }
    assert_eq!(breaker.report(at(0)).state, Position::Open);
    breaker
}

#[test]
fn what_opens_it_and_what_does_not() {
    use Verdict::{Failed, Left, Unknown};
    for (verdicts, expected) in [
        (vec![Failed; 2], Position::Closed),
        (vec![Failed; 3], Position::Open),
        (vec![SLOW; 3], Position::Open),
        (vec![Failed, SLOW, Failed], Position::Open),
        (vec![Failed, GOOD, Failed, GOOD, Failed], Position::Open),
        (vec![GOOD; 50], Position::Closed),
        (vec![Unknown; 50], Position::Closed),
        (vec![Left(Duration::from_secs(4)); 50], Position::Closed),
        (vec![Left(Duration::from_secs(6)); 3], Position::Open),
        // Three of thirty-three are less than a tenth.
        ([vec![GOOD; 30], vec![Failed; 3]].concat(), Position::Closed),
        ([vec![GOOD; 30], vec![Failed; 4]].concat(), Position::Open),
    ] {
        let mut breaker = breaker();
        for verdict in &verdicts {
            call(&mut breaker, *verdict, at(0));
        }
        assert_eq!(breaker.report(at(0)).state, expected, "{verdicts:?}");
    }
}

#[test]
fn failures_older_than_the_window_are_forgotten() {
    let mut breaker = breaker();
    call(&mut breaker, Verdict::Failed, at(0));
    call(&mut breaker, Verdict::Failed, at(1));
    assert_eq!(breaker.report(at(29_000)).failures, 2);
    call(&mut breaker, Verdict::Failed, at(31_000));
    assert!(breaker.is_closed());
    assert_eq!(breaker.report(at(31_000)).failures, 1);
    assert_eq!(breaker.report(at(10_000_000)).calls, 0);
}

#[test]
fn while_open_it_says_how_long_to_wait() {
    let mut breaker = opened();
    for (now, left) in [(0, 10_000), (4_000, 6_000), (9_999, 1)] {
        let expected = Admission::Refuse(Duration::from_millis(left));
        assert_eq!(breaker.admit(at(now)), expected, "{now}");
        let report = breaker.report(at(now));
        assert_eq!(report.retry_after_ms, Some(left));
        assert_eq!(report.opened_for_ms, Some(now));
    }
    assert_eq!(breaker.report(at(0)).refused, 3);
}

#[test]
fn half_open_lets_one_probe_through_and_its_success_closes() {
    let mut breaker = opened();
    let probe = pass(&mut breaker, at(10_000));
    assert_eq!(breaker.admit(at(10_000)), Admission::Refuse(PROBING));
    assert_eq!(breaker.report(at(10_000)).state, Position::HalfOpen);
    breaker.settle(probe, GOOD, at(10_005));
    assert!(breaker.is_closed());
    // The failures that opened it count no more.
    call(&mut breaker, Verdict::Failed, at(10_006));
    assert!(breaker.is_closed());
}

#[test]
fn a_failed_or_slow_probe_opens_it_again_for_the_whole_time() {
    for verdict in [Verdict::Failed, SLOW] {
        let mut breaker = opened();
        call(&mut breaker, verdict, at(12_000));
        let refused = Admission::Refuse(Duration::from_secs(10));
        assert_eq!(breaker.admit(at(12_000)), refused, "{verdict:?}");
        let report = breaker.report(at(12_000));
        assert_eq!((report.opened, report.opened_for_ms), (2, Some(12_000)));
    }
}

#[test]
fn a_probe_whose_caller_leaves_makes_room_for_the_next() {
    let mut breaker = opened();
    for verdict in [Verdict::Unknown, Verdict::Left(Duration::from_secs(1))] {
        let probe = pass(&mut breaker, at(10_000));
        breaker.settle(probe, verdict, at(10_001));
    }
    call(&mut breaker, GOOD, at(10_002));
    assert!(breaker.is_closed());
}

#[test]
fn a_probe_that_is_never_settled_does_not_hold_the_door_for_ever() {
    let mut breaker = opened();
    let lost = pass(&mut breaker, at(10_000));
    assert_eq!(breaker.admit(at(19_999)), Admission::Refuse(PROBING));
    let next = pass(&mut breaker, at(20_000));
    assert_eq!(breaker.admit(at(20_001)), Admission::Refuse(PROBING));
    // Of the lost one nothing is believed any more.
    breaker.settle(lost, Verdict::Failed, at(20_002));
    breaker.settle(next, GOOD, at(20_003));
    assert!(breaker.is_closed());
}

#[test]
fn several_probes_must_all_succeed() {
    let mut breaker = Breaker::new(
        Settings {
            probes: 2,
            ..settings()
        },
        at(0),
    );
    for _ in 0..3 {
        call(&mut breaker, Verdict::Failed, at(0));
    }
    let (first, second) = (
        pass(&mut breaker, at(10_000)),
        pass(&mut breaker, at(10_000)),
    );
    assert_eq!(breaker.admit(at(10_000)), Admission::Refuse(PROBING));
    breaker.settle(first, GOOD, at(10_001));
    assert!(!breaker.is_closed());
    assert_eq!(breaker.admit(at(10_001)), Admission::Refuse(PROBING));
    breaker.settle(second, GOOD, at(10_002));
    assert!(breaker.is_closed());
}

#[test]
fn a_call_from_before_the_opening_neither_closes_nor_opens() {
    let mut breaker = breaker();
    let old = pass(&mut breaker, at(0));
    for _ in 0..3 {
        call(&mut breaker, Verdict::Failed, at(0));
    }
    breaker.settle(old, GOOD, at(1));
    assert_eq!(breaker.report(at(1)).state, Position::Open);
    let probe = pass(&mut breaker, at(10_000));
    breaker.settle(old, Verdict::Failed, at(10_001));
    assert_eq!(breaker.report(at(10_001)).state, Position::HalfOpen);
    breaker.settle(probe, GOOD, at(10_002));
    breaker.settle(old, Verdict::Failed, at(10_003));
    assert_eq!(breaker.report(at(10_003)).failures, 0);
}

#[derive(Clone, Debug)]
enum Step {
    Pass(u64),
    Admit,
    Settle(usize, u8),
    /// The caller never says what came of it.
    Lose(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0_u64..12_000).prop_map(Step::Pass),
        Just(Step::Admit),
        Just(Step::Admit),
        (0_usize..8, 0_u8..4).prop_map(|(which, verdict)| Step::Settle(which, verdict)),
        (0_usize..8).prop_map(Step::Lose),
    ];
    proptest::collection::vec(step, 0..200)
}

proptest! {
    /// Whatever happens: while open nobody passes; half-open never more than the probes within an
    /// open time; and it is never refused for longer than the open time.
    #[test]
    fn the_source_is_left_in_peace_but_never_for_ever(steps in steps(), probes in 1_u16..4) {
        let mut breaker = Breaker::new(Settings { probes, ..settings() }, at(0));
        let mut now = 0;
        let mut tickets = Vec::new();
        let mut passed_half_open: Vec<u64> = Vec::new();
        for step in steps {
            match step {
                Step::Pass(millis) => now += millis,
                Step::Admit => {
                    let before = breaker.report(at(now));
                    match breaker.admit(at(now)) {
                        Admission::Pass(ticket) => {
                            tickets.push(ticket);
                            prop_assert!(before.state != Position::Open || before.retry_after_ms == Some(0));
                            if breaker.is_closed() {
                                passed_half_open.clear();
                            } else {
                                passed_half_open.push(now);
                            }
                        }
                        Admission::Refuse(wait) => {
                            prop_assert!(!wait.is_zero() && wait <= Duration::from_secs(10));
                            prop_assert!(before.state != Position::Closed);
                        }
                    }
                }
                Step::Settle(which, verdict) if which < tickets.len() => {
                    let ticket = tickets.swap_remove(which);
                    let verdict = [GOOD, SLOW, Verdict::Failed, Verdict::Unknown]
                        [usize::from(verdict)];
                    if verdict == Verdict::Unknown {
                        passed_half_open.clear();
                    }
                    breaker.settle(ticket, verdict, at(now));
                }
                Step::Lose(which) if which < tickets.len() => {
                    tickets.swap_remove(which);
                }
                Step::Settle(..) | Step::Lose(_) => {}
            }
            let recent = passed_half_open.iter().filter(|begun| now - **begun < 10_000).count();
            prop_assert!(breaker.is_closed() || recent <= usize::from(probes));
        }
        let later = at(now + 20_000);
        prop_assert!(matches!(breaker.admit(later), Admission::Pass(_)));
    }
}
