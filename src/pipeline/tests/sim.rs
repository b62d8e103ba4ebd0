//! The real core and pipeline under seeded misfortune, in virtual time: three colos of two isolates, one
//! or two shields, the purge log, KV that lags, a database that others write to as well, and crashes of
//! every part. Every answer is judged by what was known and committed when it was asked for.
//!
//! A failing seed replays, with all that happened, by `FOREBAY_SIM_SEED=… cargo test --lib sim::replay
//! -- --nocapture`; more seeds than the usual ones run with `FOREBAY_SIM_SEEDS=…`, and others with
//! `FOREBAY_SIM_FROM=…`.

mod actors;
mod clock;
mod database;
mod edge;
mod executor;
mod faults;
mod invariants;
mod joinable;
mod layers;
mod log_host;
mod numbering;
mod requests;
mod shield_host;
mod site;
mod stats;
mod world;

use actors::{Keeps, Pace};
use clock::EPOCH_MS;
use executor::Owner;
use faults::Mutation;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use stats::Stats;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use world::{Sim, Tracing, World};

/// What went wrong in which run.
#[derive(Debug)]
struct Violation {
    seed: u64,
    what: String,
    trace: Vec<String>,
}

/// Clients of each kind.
const CLIENTS: usize = 2;

/// After the end: views are renewed, outboxes drained, alarms rung.
const SETTLE_MS: u64 = 18_000;

fn run(seed: u64, mutation: Option<Mutation>, tracing: Tracing) -> Result<Stats, Violation> {
    let world = World::new(seed, mutation, tracing);
    let pace = pace(&world);
    populate(&world, pace);
    let decided = || world.judge.is_decided();
    world.executor.run_until(pace.end, decided);
    world.weather.calm();
    world.executor.run_until(pace.end + SETTLE_MS, decided);
    let last = world.now() + invariants::ANSWER_MAX_MS;
    world.executor.run_until(last, || {
        decided() || world.judge.longest_waiting().is_none()
    });
    inspect(&world);
    // Tasks hold the world that holds them.
    world.executor.clear();
    match world.judge.verdict() {
        None => Ok(world.stats()),
        Some(what) => Err(Violation {
            seed,
            what,
            trace: world.trace(),
        }),
    }
}

/// Everybody has got an answer by now, and gets the latest one from here on.
fn inspect(world: &Sim) {
    world.judge.nobody_waits(world);
    let ended = Rc::new(Cell::new(false));
    let (all, tell) = (world.clone(), ended.clone());
    world.executor.spawn(Owner::World, async move {
        actors::inspect(&all).await;
        tell.set(true);
    });
    let last = world.now() + invariants::ANSWER_MAX_MS;
    world
        .executor
        .run_until(last, || world.judge.is_decided() || ended.get());
    world.judge.nobody_waits(world);
}

/// Long and calm, so that far layers lag, or short and dense, so that everything meets.
fn pace(world: &World) -> Pace {
    let (length_ms, pause_max_ms) =
        world
            .chance
            .pick(&[(90_000, 4_000), (25_000, 1_000), (6_000, 200), (6_000, 200)]);
    Pace {
        end: EPOCH_MS + length_ms,
        pause_max_ms,
        one_write_in: world.chance.pick(&[5, 15, 60]),
    }
}

fn populate(world: &Sim, pace: Pace) {
    let spawn = |actor: LocalBoxFuture<'static, ()>| world.executor.spawn(Owner::World, actor);
    for keeps in [Keeps::Bookmarks, Keeps::Nothing].repeat(CLIENTS) {
        spawn(actors::client(world.clone(), pace, keeps).boxed_local());
    }
    spawn(actors::crowd(world.clone(), pace).boxed_local());
    spawn(actors::sql_writer(world.clone(), pace).boxed_local());
    spawn(actors::operator(world.clone(), pace).boxed_local());
    spawn(log_host::cron(world.clone(), pace.end + SETTLE_MS).boxed_local());
    spawn(faults::strike(world.clone(), pace.end).boxed_local());
}

/// Runs the first seeds, on every processor, until one fails.
/// `first` and the `count` that follow.
fn run_all(first: u64, count: u64) -> Result<Stats, Violation> {
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get() as u64);
    let failed = AtomicBool::new(false);
    let share = |thread: u64| {
        let mut stats = Stats::default();
        for seed in (first + thread..first + count).step_by(threads as usize) {
            if failed.load(Ordering::Relaxed) {
                break;
            }
            match run(seed, None, Tracing::Off) {
                Ok(one) => stats.add(&one),
                Err(violation) => {
                    failed.store(true, Ordering::Relaxed);
                    return Err(violation);
                }
            }
        }
        Ok(stats)
    };
    std::thread::scope(|scope| {
        let share = &share;
        let running: Vec<_> = (0..threads)
            .map(|thread| scope.spawn(move || share(thread)))
            .collect();
        let mut all = Stats::default();
        for thread in running {
            all.add(&thread.join().unwrap()?);
        }
        Ok(all)
    })
}

fn replay_words(violation: &Violation) -> String {
    let Violation { seed, what, trace } = violation;
    let how = format!("FOREBAY_SIM_SEED={seed} cargo test --lib sim::replay -- --nocapture");
    format!(
        "{}\nseed {seed}: {what}\nreplay with: {how}",
        trace.join("\n")
    )
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable)
        .ok()
        .map(|text| text.parse().unwrap())
}

#[test]
fn no_seed_breaks_an_invariant_and_everything_happens() {
    let count = number("FOREBAY_SIM_SEEDS").unwrap_or(10_000);
    let first = number("FOREBAY_SIM_FROM").unwrap_or(0);
    match run_all(first, count) {
        Ok(stats) => {
            println!("{stats}");
            assert_eq!(stats.missing(), [], "these never happened in {count} seeds");
        }
        Err(violation) => {
            let traced = run(violation.seed, None, Tracing::On).unwrap_err();
            panic!("{}", replay_words(&traced));
        }
    }
}

#[test]
fn replay() {
    let seed = number("FOREBAY_SIM_SEED").unwrap_or(1);
    if let Err(violation) = run(seed, None, Tracing::On) {
        panic!("{}", replay_words(&violation));
    }
}

#[test]
fn a_seed_gives_the_same_run_each_time() {
    let lines = |seed| {
        let world = World::new(seed, None, Tracing::On);
        let pace = pace(&world);
        populate(&world, pace);
        world.executor.run_until(pace.end, || false);
        world.executor.clear();
        world.trace()
    };
    for seed in 0..5 {
        let first = lines(seed);
        assert!(first.len() > 50, "{} lines", first.len());
        assert_eq!(first, lines(seed));
    }
}

/// Ports that lie so are noticed within some hundred seeds, by one of these invariants.
fn check_lie(mutation: Mutation, noticed_as: &[&str]) {
    let mut seeds = 0..400;
    let violation = seeds.find_map(|seed| run(seed, Some(mutation), Tracing::Off).err());
    let violation = violation.expect("nobody has noticed");
    let what = violation.what;
    let by_these = noticed_as.iter().any(|words| what.contains(*words));
    assert!(by_these, "{mutation:?} was noticed as: {what}");
}

#[test]
fn a_shield_that_says_to_know_more_than_it_does_is_noticed() {
    check_lie(Mutation::ShieldSeesTooMuch, &["older than"]);
}

#[test]
fn a_far_layer_that_raises_the_numbers_of_answers_is_noticed() {
    check_lie(Mutation::FarRaisesSeq, &["older than"]);
}

#[test]
fn outbox_rows_that_are_lost_are_noticed() {
    check_lie(
        Mutation::LogLosesBatch,
        &["older than", "not the latest", "never got a number"],
    );
}

#[test]
fn a_page_of_purges_that_says_to_be_of_now_is_noticed() {
    check_lie(Mutation::PageOfNow, &["older than", "not the latest"]);
}

#[test]
fn a_source_that_lags_behind_its_commits_is_noticed() {
    check_lie(Mutation::SourceLags, &["older than"]);
}

#[test]
fn rows_that_are_numbered_twice_are_noticed() {
    check_lie(Mutation::TakenForgotten, &["is numbered twice"]);
}

#[test]
fn a_log_that_forgets_its_last_number_is_noticed() {
    check_lie(Mutation::HeadForgotten, &["the log gives", "older than"]);
}

#[test]
fn answers_that_outlive_their_windows_are_noticed() {
    check_lie(Mutation::FarRejuvenates, &["ms old, of"]);
}

#[test]
fn an_answer_for_another_is_noticed() {
    check_lie(Mutation::WrongRow, &["answers for another"]);
}

#[test]
fn a_second_fill_for_a_key_is_noticed() {
    check_lie(Mutation::NothingShared, &["two fills for"]);
}

#[test]
fn a_purge_that_the_log_only_says_to_have_taken_is_noticed() {
    check_lie(Mutation::AppendUndone, &["older than"]);
}
