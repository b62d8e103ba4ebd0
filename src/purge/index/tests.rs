use super::*;
use proptest::prelude::*;

fn tag(text: &str) -> Target {
    Target::Tag(text.into())
}

fn index(purges: &[(u64, Target, Mode)]) -> Index {
    let mut index = Index::new(100);
    for (seq, target, mode) in purges {
        index.add(PurgeSeq(*seq), target, *mode);
    }
    index
}

/// `H` hard, `S` soft, `-` valid.
fn check(index: &Index, seq: u64, key: &str, tags: &[&str]) -> char {
    let tags: Vec<String> = tags.iter().map(ToString::to_string).collect();
    match index.verdict(PurgeSeq(seq), key, &tags) {
        Verdict::Valid => '-',
        Verdict::Soft { .. } => 'S',
        Verdict::Hard { .. } => 'H',
    }
}

#[test]
fn a_purge_voids_what_it_names_and_was_stored_with_a_lower_number() {
    use Mode::{Hard, Soft};
    let index = index(&[
        (10, tag("pitch:1"), Hard),
        (11, Target::Key("k".into()), Soft),
        (12, Target::Prefix("/api/".into()), Hard),
        (13, tag("other"), Soft),
    ]);
    for (seq, key, tags, expected) in [
        (9, "", ["pitch:1"], 'H'),
        (10, "", ["pitch:1"], '-'),
        (9, "", ["pitch:11"], '-'),
        (10, "k", [""], 'S'),
        (11, "k", [""], '-'),
        (11, "", ["/api/x"], 'H'),
        (11, "", ["/api/"], 'H'),
        (11, "", ["/api"], '-'),
        (12, "", ["/api/x"], '-'),
        (9, "k", ["pitch:1"], 'H'),
    ] {
        assert_eq!(
            check(&index, seq, key, &tags),
            expected,
            "{seq} {key} {tags:?}"
        );
    }
}

#[test]
fn everything_hard_empties_the_index_and_everything_soft_keeps_it() {
    let mut index = index(&[(1, tag("a"), Mode::Hard)]);
    index.add(PurgeSeq(2), &Target::All, Mode::Soft);
    assert_eq!(check(&index, 0, "", &["a"]), 'H');
    assert_eq!(check(&index, 1, "", &["a"]), 'S');
    assert_eq!(check(&index, 2, "", &["a"]), '-');
    index.add(PurgeSeq(3), &Target::All, Mode::Hard);
    assert!(index.is_empty());
    assert_eq!(check(&index, 2, "", &[]), 'H');
    assert_eq!(check(&index, 3, "", &[]), '-');
}

#[test]
fn stale_counts_from_the_purge_and_for_older_answers_from_the_first() {
    let mut index = Index::new(10);
    for seq in [10_000_000, 20_000_000, 30_000_000] {
        index.add(PurgeSeq(seq), &tag("a"), Mode::Soft);
    }
    let verdict = |seq| index.verdict(PurgeSeq(seq), "", &["a".into()]);
    let soft = |since, first| Verdict::Soft {
        since: Timestamp::from_millis(since),
        first: PurgeSeq(first),
        latest: PurgeSeq(30_000_000),
    };
    assert_eq!(verdict(20_000_000), soft(30_000, 30_000_000));
    // The second is forgotten, so any number after the answer's may have been one.
    assert_eq!(verdict(15_000_000), soft(10_000, 15_000_001));
    assert_eq!(verdict(5), soft(10_000, 6));
    assert_eq!(verdict(30_000_000), Verdict::Valid);
}

#[test]
fn a_full_index_forgets_the_oldest_and_invalidates_too_much() {
    let mut index = Index::new(2);
    index.add(PurgeSeq(1), &tag("a"), Mode::Hard);
    index.add(PurgeSeq(2), &tag("b"), Mode::Soft);
    index.add(PurgeSeq(3), &tag("c"), Mode::Soft);
    assert_eq!(
        (index.len(), index.floors()),
        (2, (PurgeSeq(1), PurgeSeq::ZERO))
    );
    assert_eq!(check(&index, 0, "", &["unnamed"]), 'H');
    assert_eq!(check(&index, 1, "", &["unnamed"]), '-');
    index.add(PurgeSeq(4), &tag("d"), Mode::Soft);
    assert_eq!(index.floors(), (PurgeSeq(1), PurgeSeq(2)));
    assert_eq!(check(&index, 1, "", &["unnamed"]), 'S');
}

#[test]
fn a_target_that_is_purged_again_takes_no_second_place() {
    let mut index = Index::new(2);
    index.add(PurgeSeq(1), &tag("a"), Mode::Soft);
    for seq in 2..50 {
        index.add(PurgeSeq(seq), &tag("b"), Mode::Soft);
    }
    assert_eq!(
        (index.len(), index.floors()),
        (2, (PurgeSeq::ZERO, PurgeSeq::ZERO))
    );
}

#[test]
fn a_new_log_voids_what_another_one_numbered() {
    let mut index = Index::new(2);
    index.void_before(PurgeSeq(100));
    assert_eq!(check(&index, 99, "", &[]), 'H');
    assert_eq!(check(&index, 100, "", &[]), '-');
    assert_eq!(index.head(), PurgeSeq(100));
}

#[test]
fn what_matches_is_told_once_each() {
    let index = index(&[
        (5, Target::Prefix("a".into()), Mode::Soft),
        (6, tag("ab"), Mode::Hard),
        (7, Target::All, Mode::Soft),
    ]);
    let tags = ["ab".to_owned(), "ac".to_owned()];
    let found = |seq| -> Vec<Target> {
        let found = index.matching(PurgeSeq(seq), "k", &tags);
        found.into_iter().map(|(target, _)| target).collect()
    };
    assert_eq!(
        found(0),
        [Target::All, tag("ab"), Target::Prefix("a".into())]
    );
    assert_eq!(found(6), [Target::All]);
    assert!(found(7).is_empty());
}

/// A purge, or a view that catches up from an earlier point.
#[derive(Clone, Debug)]
enum Op {
    Purge(Target, Mode),
    Pull(usize),
}

fn any_target() -> impl Strategy<Value = Target> {
    prop_oneof![
        8 => "[ab]{1,3}".prop_map(Target::Tag),
        2 => "[ab]{1,2}".prop_map(Target::Prefix),
        2 => "[kl]".prop_map(Target::Key),
        1 => Just(Target::All),
    ]
}

fn any_op() -> impl Strategy<Value = Op> {
    let mode = prop_oneof![Just(Mode::Soft), Just(Mode::Hard)];
    prop_oneof![
        4 => (any_target(), mode).prop_map(|(target, mode)| Op::Purge(target, mode)),
        1 => (0..3_usize).prop_map(Op::Pull),
    ]
}

fn meant(target: &Target, key: &str, tags: &[String]) -> bool {
    match target {
        Target::All => true,
        Target::Key(text) => text == key,
        Target::Tag(text) => tags.contains(text),
        Target::Prefix(text) => tags.iter().any(|tag| tag.starts_with(text.as_str())),
    }
}

proptest! {
    /// Whatever the bound, the compaction and the way by which a view learnt it: never less is void than by
    /// the plain list of purges; and with room enough, never more.
    #[test]
    fn an_index_is_never_more_lenient_than_the_list_of_purges(
        ops in prop::collection::vec(any_op(), 1..60),
        targets_max in 1..12_usize,
        tags in prop::collection::vec("[ab]{1,3}", 0..3),
    ) {
        let mut list: Vec<(u64, Target, Mode)> = Vec::new();
        let mut log = Index::new(targets_max);
        let mut roomy = Index::new(1000);
        let mut views = vec![Index::new(targets_max); 3];
        let mut seq = 0;
        for op in ops {
            match op {
                Op::Purge(target, mode) => {
                    seq += 1;
                    log.add(PurgeSeq(seq), &target, mode);
                    roomy.add(PurgeSeq(seq), &target, mode);
                    list.push((seq, target, mode));
                }
                Op::Pull(which) => {
                    let from = views[which].head().min(log.tail(2));
                    prop_assert_eq!(views[which].merge(&log.since(from)), Merged::Taken);
                }
            }
            prop_assert!(log.len() <= targets_max);
        }
        for view in &mut views {
            let from = view.head();
            prop_assert_eq!(view.merge(&log.since(from)), Merged::Taken);
        }
        for stored in 0..=seq {
            let later = || list.iter().filter(|(seq, target, _)| *seq > stored && meant(target, "k", &tags));
            let hard = later().any(|(_, _, mode)| *mode == Mode::Hard);
            let soft = later().map(|(seq, _, _)| *seq).min();
            for index in views.iter().chain([&log]) {
                let verdict = index.verdict(PurgeSeq(stored), "k", &tags);
                match (hard, soft, verdict) {
                    (_, _, Verdict::Hard { .. }) | (false, None, _) => {}
                    (true, _, _) => prop_assert!(false, "a hard purge was lost: {stored} {verdict:?}"),
                    (false, Some(first), Verdict::Soft { first: told, .. }) => prop_assert!(told.0 <= first),
                    (false, Some(_), Verdict::Valid) => prop_assert!(false, "a purge was lost: {stored}"),
                }
                if let Some(last) = later().map(|(seq, _, _)| *seq).max() {
                    prop_assert!(verdict.latest().is_some_and(|latest| latest.0 >= last));
                }
            }
            let exact = roomy.verdict(PurgeSeq(stored), "k", &tags);
            prop_assert_eq!(exact == Verdict::Valid, later().next().is_none(), "{} {:?}", stored, exact);
            prop_assert_eq!(matches!(exact, Verdict::Hard { .. }), hard);
        }
    }
}
