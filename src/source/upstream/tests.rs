use super::*;
use proptest::prelude::*;

const ASIDE_MS: u64 = 10_000;

fn settings() -> Settings {
    Settings {
        failures: 3,
        aside: Duration::from_millis(ASIDE_MS),
    }
}

fn upstreams(weights: &[u16]) -> Upstreams {
    let servers: Vec<Upstream> = weights
        .iter()
        .enumerate()
        .map(|(index, weight)| Upstream {
            url: format!("https://{index}.example"),
            weight: *weight,
        })
        .collect();
    Upstreams::new(settings(), &servers)
}

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn fail(upstreams: &mut Upstreams, index: usize, times: u16, now: Timestamp) {
    for _ in 0..times {
        upstreams.settle(index, Verdict::Failed, now);
    }
}

fn states(upstreams: &Upstreams, now: Timestamp) -> Vec<&'static str> {
    let reports = upstreams.report(now);
    reports.into_iter().map(|report| report.state).collect()
}

#[test]
fn the_range_of_random_is_shared_out_by_weight() {
    let quarter = u32::MAX / 4;
    type Case = (&'static [u16], &'static [usize], u32, Option<usize>);
    let cases: [Case; 11] = [
        (&[1], &[], 0, Some(0)),
        (&[1], &[], u32::MAX, Some(0)),
        (&[1, 1], &[], u32::MAX / 2, Some(0)),
        (&[1, 1], &[], u32::MAX / 2 + 1, Some(1)),
        (&[1, 3], &[], quarter, Some(0)),
        (&[1, 3], &[], quarter + 1, Some(1)),
        (&[1, 3], &[], u32::MAX, Some(1)),
        (&[1, 3, 1], &[1], u32::MAX / 2, Some(0)),
        (&[1, 3, 1], &[1], u32::MAX / 2 + 1, Some(2)),
        (&[1, 1], &[0, 1], 7, None),
        (&[], &[], 7, None),
    ];
    for (weights, tried, random, expected) in cases {
        let picked = upstreams(weights).pick(tried, at(0), random);
        assert_eq!(picked, expected, "{weights:?} less {tried:?}, {random}");
    }
}

#[test]
fn failures_in_a_row_put_a_server_aside_and_an_answer_starts_the_row_again() {
    let mut two = upstreams(&[1, 1]);
    fail(&mut two, 0, 2, at(0));
    two.settle(0, Verdict::Answered, at(0));
    fail(&mut two, 0, 2, at(0));
    assert_eq!(two.pick(&[], at(0), 0), Some(0));
    fail(&mut two, 0, 1, at(0));
    assert_eq!(two.pick(&[], at(0), 0), Some(1));
    assert_eq!(states(&two, at(0)), ["aside", "in use"]);
}

#[test]
fn one_request_at_a_time_tries_a_server_whose_time_aside_is_over() {
    let mut two = upstreams(&[1, 1]);
    fail(&mut two, 0, 3, at(0));
    assert_eq!(two.pick(&[], at(ASIDE_MS - 1), 0), Some(1));
    assert_eq!(states(&two, at(ASIDE_MS)), ["due for a trial", "in use"]);
    assert_eq!(two.pick(&[], at(ASIDE_MS), 0), Some(0));
    assert_eq!(states(&two, at(ASIDE_MS)), ["on trial", "in use"]);
    assert_eq!(two.pick(&[], at(ASIDE_MS), 0), Some(1));
    let answered = &mut two.clone();
    answered.settle(0, Verdict::Answered, at(ASIDE_MS));
    assert_eq!(answered.pick(&[], at(ASIDE_MS), 0), Some(0));
    assert_eq!(answered.pick(&[], at(ASIDE_MS), 0), Some(0));
    // One failure is enough now: the row was not broken.
    two.settle(0, Verdict::Failed, at(ASIDE_MS));
    assert_eq!(two.pick(&[], at(2 * ASIDE_MS - 1), 0), Some(1));
    assert_eq!(two.pick(&[], at(2 * ASIDE_MS), 0), Some(0));
}

#[test]
fn a_trial_that_is_never_settled_holds_the_door_for_a_while_only() {
    let mut two = upstreams(&[1, 1]);
    fail(&mut two, 0, 3, at(0));
    assert_eq!(two.pick(&[], at(ASIDE_MS), 0), Some(0));
    assert_eq!(two.pick(&[], at(2 * ASIDE_MS - 1), 0), Some(1));
    assert_eq!(two.pick(&[], at(2 * ASIDE_MS), 0), Some(0));
}

#[test]
fn when_all_are_aside_the_one_whose_time_ends_first_is_asked() {
    let mut three = upstreams(&[1, 1, 1]);
    fail(&mut three, 0, 3, at(30));
    fail(&mut three, 1, 3, at(10));
    fail(&mut three, 2, 3, at(20));
    for random in [0, u32::MAX / 2, u32::MAX] {
        assert_eq!(three.pick(&[], at(40), random), Some(1));
        assert_eq!(three.pick(&[1], at(40), random), Some(2));
        assert_eq!(three.pick(&[1, 2], at(40), random), Some(0));
        assert_eq!(three.pick(&[0, 1, 2], at(40), random), None);
    }
}

#[test]
fn the_report_tells_of_each_server() {
    let mut two = upstreams(&[2, 1]);
    fail(&mut two, 1, 3, at(1000));
    two.settle(9, Verdict::Failed, at(1000));
    let report = serde_json::to_value(two.report(at(4000))).unwrap();
    let expected = serde_json::json!([
        { "url": "https://0.example", "weight": 2, "state": "in use", "failures": 0,
          "aside_for_ms": null },
        { "url": "https://1.example", "weight": 1, "state": "aside", "failures": 3,
          "aside_for_ms": 7000 },
    ]);
    assert_eq!(report, expected);
}

#[derive(Clone, Debug)]
enum Step {
    Pick { tried: Vec<usize>, random: u32 },
    Settle { index: usize, answered: bool },
    Wait { millis: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (proptest::collection::vec(0usize..5, 0..5), any::<u32>())
            .prop_map(|(tried, random)| Step::Pick { tried, random }),
        (0usize..5, any::<bool>()).prop_map(|(index, answered)| Step::Settle { index, answered }),
        (0..2 * ASIDE_MS).prop_map(|millis| Step::Wait { millis }),
    ]
}

proptest! {
    /// What a plain count of failures in a row says about each server holds of every choice.
    #[test]
    fn no_tried_server_is_picked_and_none_that_is_aside_while_another_is_not(
        weights in proptest::collection::vec(1u16..=1000, 1..5),
        steps in proptest::collection::vec(step(), 0..60),
    ) {
        let count = weights.len();
        let mut all = upstreams(&weights);
        let mut now = at(0);
        let mut rows = vec![(0u32, at(0)); count];
        for step in steps {
            match step {
                Step::Pick { tried, random } => {
                    let picked = all.pick(&tried, now, random);
                    let untried: Vec<usize> = (0..count).filter(|i| !tried.contains(i)).collect();
                    prop_assert_eq!(picked.is_none(), untried.is_empty());
                    let Some(picked) = picked else { continue };
                    prop_assert!(untried.contains(&picked));
                    let is_aside = |index: usize| rows[index].0 >= 3 && now < rows[index].1;
                    if is_aside(picked) {
                        let sound = untried.iter().any(|index| rows[*index].0 < 3);
                        prop_assert!(!sound, "{} is aside, of {:?}", picked, rows);
                    }
                }
                Step::Settle { index, answered } => {
                    let verdict = if answered { Verdict::Answered } else { Verdict::Failed };
                    all.settle(index, verdict, now);
                    if let Some(row) = rows.get_mut(index) {
                        let failures = if answered { 0 } else { row.0 + 1 };
                        *row = (failures, now.plus(Duration::from_millis(ASIDE_MS)));
                    }
                }
                Step::Wait { millis } => now = now.plus(Duration::from_millis(millis)),
            }
        }
    }

    #[test]
    fn each_server_gets_its_part_of_the_range(
        weights in proptest::collection::vec(1u16..=1000, 1..=16),
    ) {
        const POINTS: u32 = 1 << 12;
        let mut all = upstreams(&weights);
        let mut counts = vec![0u32; weights.len()];
        for point in 0..POINTS {
            let random = point << (u32::BITS - 12);
            counts[all.pick(&[], at(0), random).unwrap()] += 1;
        }
        let total: u32 = weights.iter().copied().map(u32::from).sum();
        for (weight, count) in weights.iter().zip(&counts) {
            let expected = f64::from(POINTS) * f64::from(*weight) / f64::from(total);
            prop_assert!((f64::from(*count) - expected).abs() <= 1.0, "{weights:?}: {counts:?}");
        }
    }
}
