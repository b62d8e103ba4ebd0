use super::*;
use proptest::prelude::*;

const SHARES: [f64; 9] = [0.0, 0.01, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1.0];

fn of(values: &[f64]) -> Sketch {
    let mut sketch = Sketch::default();
    for value in values {
        sketch.record(*value);
    }
    sketch
}

/// The quantile by sorting, at the same rank.
fn exact(sorted: &[f64], q: f64) -> f64 {
    let at = (q * (sorted.len() - 1) as f64) as usize;
    sorted[at]
}

#[track_caller]
fn check_error(name: &str, mut values: Vec<f64>) {
    let sketch = of(&values);
    values.sort_by(f64::total_cmp);
    for q in SHARES {
        let (told, exact) = (sketch.quantile(q).unwrap(), exact(&values, q));
        let allowed = exact * (ERROR + 1e-9);
        assert!(
            (told - exact).abs() <= allowed,
            "{name}: p{q}: {told}, not {exact}"
        );
    }
    let sum: f64 = values.iter().sum();
    assert!((sketch.sum() - sum).abs() <= sum * 1e-9, "{name}");
    assert_eq!(sketch.count(), values.len() as u64, "{name}");
    assert_eq!(sketch.min(), values.first().copied(), "{name}");
    assert_eq!(sketch.max(), values.last().copied(), "{name}");
}

/// Numbers in (0, 1), from a seed.
fn shares(seed: u64, count: usize) -> Vec<f64> {
    let mut state = seed | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        ((state >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    };
    (0..count).map(|_| next()).collect()
}

/// Normally distributed numbers, by the method of Box and Muller.
fn normal(seed: u64, count: usize) -> Vec<f64> {
    shares(seed, 2 * count)
        .chunks(2)
        .map(|pair| (-2.0 * pair[0].ln()).sqrt() * (std::f64::consts::TAU * pair[1]).cos())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn quantiles_of_known_distributions_are_within_the_error(seed: u64, count in 1_usize..4000) {
        let values = |f: &dyn Fn(f64) -> f64| shares(seed, count).into_iter().map(f).collect::<Vec<_>>();
        let normal = |scale: f64, spread: f64| {
            normal(seed, count).into_iter().map(|z| (scale * (spread * z).exp()).clamp(0.2, 1e7)).collect::<Vec<_>>()
        };
        check_error("uniform", values(&|u| 0.2 + u * 5000.0));
        check_error("log-normal", normal(20.0, 1.5));
        check_error("pareto", values(&|u| (1.0 / (1.0 - u)).powf(1.0 / 1.2).min(LONGEST_MS)));
        check_error("bimodal", values(&|u| if u < 0.9 { 1.0 + u } else { 800.0 + 400.0 * u }));
        check_error("constant", vec![37.0; count]);
        check_error("with zeros", values(&|u| if u < 0.7 { 0.0 } else { 100.0 * u }));
        check_error("whole milliseconds", values(&|u| (u * u * 300.0).floor()));
    }

    #[test]
    fn merging_parts_in_any_order_is_the_whole(
        values in prop::collection::vec(prop_oneof![Just(0.0), 0.0..1.0_f64, 1.0..1e9_f64], 0..300),
        parts in 1_usize..8,
        turn in 0_usize..8,
    ) {
        let whole = of(&values);
        let mut sketches: Vec<Sketch> = (0..parts)
            .map(|part| of(&values.iter().copied().skip(part).step_by(parts).collect::<Vec<_>>()))
            .collect();
        sketches.rotate_left(turn % parts);
        let mut merged = Sketch::default();
        for sketch in &sketches {
            merged.merge(sketch);
        }
        prop_assert_eq!(&merged.bins, &whole.bins);
        prop_assert_eq!((merged.count(), merged.min(), merged.max()), (whole.count(), whole.min(), whole.max()));
        prop_assert!((merged.sum() - whole.sum()).abs() <= whole.sum() * 1e-9);
    }

    #[test]
    fn many_times_at_once_is_as_many_times(value in 0.0..1e6_f64, times in 0_u64..50) {
        let mut at_once = Sketch::default();
        at_once.record_times(value, times);
        let one_by_one = of(&vec![value; times as usize]);
        prop_assert_eq!(&at_once.bins, &one_by_one.bins);
        prop_assert_eq!(at_once.count(), times);
    }

    #[test]
    fn what_is_written_is_read_again(values in prop::collection::vec(0.0..1e8_f64, 0..200)) {
        let sketch = of(&values);
        let bytes = postcard::to_stdvec(&sketch).unwrap();
        prop_assert_eq!(postcard::from_bytes::<Sketch>(&bytes).unwrap(), sketch);
    }

    #[test]
    fn bytes_of_anybody_are_refused_or_a_sketch_that_works(
        values in prop::collection::vec(0.0..1e8_f64, 0..20),
        garbage in prop::collection::vec(any::<u8>(), 0..80),
        spoilt in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let mut bytes = postcard::to_stdvec(&of(&values)).unwrap();
        for (at, byte) in spoilt {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        for bytes in [bytes, garbage] {
            if let Ok(mut sketch) = postcard::from_bytes::<Sketch>(&bytes) {
                sketch.merge(&sketch.clone());
                sketch.record_times(f64::MAX, u64::MAX);
                let told = SHARES.map(|q| sketch.quantile(q).unwrap());
                prop_assert!(told.iter().all(|ms| (0.0..=LONGEST_MS).contains(ms)));
                prop_assert!(sketch.bins.len() <= KEYS.len());
            }
        }
    }
}

#[test]
fn nothing_is_no_number() {
    let empty = Sketch::default();
    assert_eq!(empty.quantile(0.5), None);
    assert_eq!(
        (empty.average(), empty.min(), empty.max()),
        (None, None, None)
    );
    assert_eq!(
        postcard::to_stdvec(&empty).unwrap(),
        [0],
        "an empty sketch is one byte"
    );
}

#[test]
fn what_is_no_duration_counts_all_the_same() {
    for (value, taken) in [
        (f64::NAN, 0.0),
        (f64::NEG_INFINITY, 0.0),
        (-1.0, 0.0),
        (0.0999, 0.0999),
        (f64::INFINITY, LONGEST_MS),
        (LONGEST_MS * 2.0, LONGEST_MS),
    ] {
        let sketch = of(&[value]);
        assert_eq!((sketch.count(), sketch.max()), (1, Some(taken)), "{value}");
        assert!(sketch.quantile(0.5).unwrap() <= taken, "{value}");
    }
}

#[test]
fn the_keys_are_those_of_the_least_and_the_longest() {
    assert_eq!(MAPPING.key(LEAST_MS), i32::from(*KEYS.start()));
    assert_eq!(MAPPING.key(LONGEST_MS), i32::from(*KEYS.end()));
}

#[test]
fn the_crates_own_sketch_says_the_same() {
    let values: Vec<f64> = shares(7, 2000)
        .iter()
        .map(|u| 0.2 + 900.0 * u * u)
        .collect();
    let ours = of(&values);
    let mut theirs = sketches_ddsketch::DDSketch::new(*MAPPING);
    values.iter().for_each(|value| theirs.add(*value));
    for q in [0.1, 0.5, 0.9, 0.95, 0.99] {
        assert_eq!(ours.quantile(q), theirs.quantile(q).unwrap(), "{q}");
    }
}

/// What is wrong, and how it is made so.
type Case = (&'static str, fn(&mut Filled));

#[test]
fn sketches_that_nobody_can_have_written_are_refused() {
    let good = || Filled {
        zeros: 1,
        sum: 9.0,
        min: 0.0,
        max: 9.0,
        bins: vec![(200, 1), (3, 2)],
    };
    assert!(unpacked(&good()).is_some());
    let cases: [Case; 12] = [
        ("a key twice", |it| it.bins = vec![(200, 1), (0, 1)]),
        ("an empty bin", |it| it.bins = vec![(200, 0)]),
        ("past the last key", |it| it.bins = vec![(1030, 1)]),
        ("past any", |it| it.bins = vec![(65535, 1); 2]),
        ("too many", |it| it.bins = vec![(1, u64::MAX)]),
        ("none", |it| (it.zeros, it.bins) = (0, Vec::new())),
        ("no sum", |it| it.sum = f64::NAN),
        ("more than all at most", |it| it.sum = 37.0),
        ("less than nothing", |it| it.sum = -1.0),
        ("no least", |it| it.min = f64::NAN),
        ("least after greatest", |it| it.min = 10.0),
        ("past the longest", |it| it.max = f64::INFINITY),
    ];
    for (name, spoil) in cases {
        let mut filled = good();
        spoil(&mut filled);
        assert!(unpacked(&filled).is_none(), "{name}");
    }
}
