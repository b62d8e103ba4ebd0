//! The real core and pipeline under seeded misfortune, in virtual time: three colos of two isolates, one
//! or two shields, the purge log, KV that lags, a database that others write to as well, and crashes of
//! every part. Every answer is judged by what was known and committed when it was asked for.
//!
//! A failing seed replays, with all that happened, by `FOREBAY_SIM_SEED=… cargo test --lib sim::replay
//! -- --nocapture`; more seeds than the usual ones run with `FOREBAY_SIM_SEEDS=…`.

mod actors;
mod clock;
mod database;
mod edge;
mod executor;
mod faults;
mod invariants;
mod layers;
mod log_host;
mod requests;
mod shield_host;
mod site;
mod stats;
mod world;

use actors::{Keeps, Pace};
use clock::EPOCH_MS;
use executor::Owner;
use faults::Mutation;
use stats::Stats;
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
const CLIENTS: usize = 3;

/// After the end: views are renewed, outboxes drained, alarms rung.
const SETTLE_MS: u64 = 25_000;

fn run(seed: u64, mutation: Option<Mutation>, tracing: Tracing) -> Result<Stats, Violation> {
    let world = World::new(seed, mutation, tracing);
    let pace = pace(&world);
    populate(&world, pace);
    let stop = || world.judge.is_decided();
    world.executor.run_until(pace.end, stop);
    world.weather.calm();
    world.executor.run_until(pace.end + invariants::ANSWER_MAX_MS + SETTLE_MS, stop);
    if !stop() {
        world.judge.nobody_waits(&world);
        world.executor.spawn(Owner::World, actors::inspect(world.clone()));
        world.executor.run_until(world.now() + invariants::ANSWER_MAX_MS, stop);
        world.judge.nobody_waits(&world);
    }
    // Tasks hold the world that holds them.
    world.executor.clear();
    match world.judge.verdict() {
        None => Ok(world.stats()),
        Some(what) => Err(Violation { seed, what, trace: world.trace() }),
    }
}

/// Long and calm, so that far layers lag, or short and dense, so that everything meets.
fn pace(world: &World) -> Pace {
    let (length_ms, pause_max_ms) = world.chance.pick(&[(100_000, 4_000), (30_000, 1_200), (8_000, 300)]);
    Pace {
        end: EPOCH_MS + length_ms,
        pause_max_ms,
        one_write_in: world.chance.pick(&[5, 15, 60]),
    }
}

fn populate(world: &Sim, pace: Pace) {
    let spawn = |work| world.executor.spawn(Owner::World, work);
    for _ in 0..CLIENTS {
        world.executor.spawn(Owner::World, actors::client(world.clone(), pace, Keeps::Bookmarks));
        world.executor.spawn(Owner::World, actors::client(world.clone(), pace, Keeps::Nothing));
    }
    spawn(actors::crowd(world.clone(), pace));
    world.executor.spawn(Owner::World, actors::sql_writer(world.clone(), pace));
    world.executor.spawn(Owner::World, actors::operator(world.clone(), pace));
    world.executor.spawn(Owner::World, log_host::cron(world.clone(), pace.end + SETTLE_MS));
    world.executor.spawn(Owner::World, faults::strike(world.clone(), pace.end));
}

/// Runs seeds from `first` on, on every processor, until one fails.
fn run_all(first: u64, count: u64, mutation: Option<Mutation>) -> Result<Stats, Violation> {
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get() as u64);
    let failed = AtomicBool::new(false);
    let share = |thread: u64| {
        let mut stats = Stats::default();
        for seed in (first + thread..first + count).step_by(threads as usize) {
            if failed.load(Ordering::Relaxed) {
                break;
            }
            match run(seed, mutation, Tracing::Off) {
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
        let running: Vec<_> = (0..threads).map(|thread| scope.spawn(move || share(thread))).collect();
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
    format!("{}\nseed {seed}: {what}\nreplay with: {how}", trace.join("\n"))
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}

#[test]
fn no_seed_breaks_an_invariant_and_everything_happens() {
    let count = number("FOREBAY_SIM_SEEDS").unwrap_or(10_000);
    match run_all(0, count, None) {
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
