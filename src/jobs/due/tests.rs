use super::super::runs::{Run, RunResult};
use super::*;
use std::collections::BTreeSet;

/// 2040-11-21T12:00:00Z.
const NOON: u64 = 2_237_112_000;

const COLD: Warming = Warming(None);

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

/// One that comes in time.
fn call(tick: Tick, scheduled: Timestamp) -> Call {
    Call {
        tick,
        scheduled,
        now: scheduled,
    }
}

fn done(jobs: &[(Job, u64)]) -> Runs {
    let mut runs = Runs::default();
    for (job, slot_s) in jobs {
        runs.record(Run {
            job: *job,
            scheduled_at: *slot_s,
            began_at: *slot_s,
            took_ms: 1,
            result: RunResult::Done,
            says: String::new(),
        });
    }
    runs
}

/// Everything done up to a moment.
fn all_done(seconds: u64) -> Runs {
    done(&Job::ALL.map(|job| (job, last(job, seconds))))
}

/// The last time of a job that was to be done by then.
fn last(job: Job, seconds: u64) -> u64 {
    let seconds = seconds - job.delay_s();
    seconds - seconds % job.tick().seconds()
}

fn names(due: &[Due]) -> Vec<(&'static str, u64)> {
    let due = due.iter().filter(|due| due.verdict == Verdict::Run);
    due.map(|due| (due.job.as_str(), due.slot_s)).collect()
}

#[test]
fn noon_is_a_whole_day_half() {
    assert_eq!(NOON % 86_400, 43_200);
}

#[test]
fn each_line_calls_its_own_jobs() {
    let runs = all_done(NOON - 60);
    for (cron, expected) in [
        ("* * * * *", vec!["drain", "alerts"]),
        ("*/5 * * * *", vec!["roll-up", "publish"]),
        ("*/15 * * * *", vec!["clean-up"]),
        ("", vec!["drain", "alerts"]),
        ("17 3 * * *", vec!["drain", "alerts"]),
    ] {
        let found = due(call(Tick::of(cron), at(NOON)), COLD, &runs);
        let expected: Vec<_> = expected.into_iter().map(|job| (job, NOON)).collect();
        assert_eq!(names(&found), expected, "{cron:?}");
    }
}

#[test]
fn an_hour_is_reported_on_when_all_of_it_has_come() {
    let runs = all_done(NOON - 60);
    let found = |tick, seconds, runs: &Runs| {
        let all = names(&due(call(tick, at(seconds)), COLD, runs));
        all.into_iter().find(|(job, _)| *job == "report")
    };
    let hour = Tick::of("5 * * * *");
    assert_eq!(found(hour, NOON + 300, &runs), Some(("report", NOON)));
    // Its own call may still come; after two minutes it will not.
    for (minutes, expected) in [(2, None), (5, None), (6, None), (7, Some(("report", NOON)))] {
        let seconds = NOON + minutes * 60;
        assert_eq!(found(Tick::Minute, seconds, &runs), expected, "{minutes}");
    }
    let runs = all_done(NOON + 300);
    for seconds in [NOON + 420, NOON + 3600, NOON + 3600 + 240] {
        assert_eq!(found(Tick::Minute, seconds, &runs), None, "{seconds}");
    }
}

#[test]
fn a_call_that_did_not_come_is_made_up_for_by_the_next_minutes() {
    let runs = all_done(NOON - 60);
    let found = |seconds| names(&due(call(Tick::Minute, at(seconds)), COLD, &runs));
    // Its own call may still come.
    assert_eq!(
        found(NOON + 60),
        [("drain", NOON + 60), ("alerts", NOON + 60)]
    );
    assert_eq!(
        found(NOON + 120),
        [
            ("drain", NOON + 120),
            ("roll-up", NOON),
            ("alerts", NOON + 120),
            ("publish", NOON),
            ("clean-up", NOON)
        ]
    );
    // Once done, not again.
    let runs = all_done(NOON);
    let found = names(&due(call(Tick::Minute, at(NOON + 180)), COLD, &runs));
    assert_eq!(found, [("drain", NOON + 180), ("alerts", NOON + 180)]);
}

#[test]
fn minutes_that_did_not_come_are_made_up_for_by_the_longer_lines() {
    let runs = all_done(NOON);
    let found = |runs: &Runs| names(&due(call(Tick::FiveMinutes, at(NOON + 300)), COLD, runs));
    let (own, minutes) = (["roll-up", "publish"], ["drain", "alerts"]);
    let jobs = |runs: &Runs| -> BTreeSet<&'static str> {
        let found = found(runs).into_iter();
        found
            .inspect(|(_, slot)| assert_eq!(*slot, NOON + 300))
            .map(|(job, _)| job)
            .collect()
    };
    let all: BTreeSet<_> = own.into_iter().chain(minutes).collect();
    assert_eq!(jobs(&runs), all);
    // Where the line is missing, they have never been done.
    assert_eq!(
        jobs(&done(&[(Job::RollUp, NOON), (Job::CleanUp, NOON)])),
        all
    );
    // The minute before came, so its next call will.
    assert_eq!(jobs(&all_done(NOON + 240)), BTreeSet::from(own));
    assert_eq!(jobs(&all_done(NOON + 180)), all);
    let found = due(call(Tick::Minute, at(NOON + 600)), COLD, &runs);
    assert_eq!(found[0].missed(), 9);
    assert_eq!(found[0].slots(3), [NOON + 480, NOON + 540, NOON + 600]);
}

#[test]
fn a_doubled_call_skips_what_would_cost_and_repeats_what_changes_nothing() {
    let runs = all_done(NOON);
    let verdicts = |tick| -> Vec<_> {
        let found = due(
            call(tick, at(NOON)),
            Warming(Some(Duration::from_secs(600))),
            &runs,
        );
        found.iter().map(|due| (due.job, due.verdict)).collect()
    };
    assert_eq!(
        verdicts(Tick::Minute),
        [
            (Job::Drain, Verdict::Run),
            (Job::Alerts, Verdict::Run),
            (Job::Warm, Verdict::AlreadyDone)
        ]
    );
    assert_eq!(
        verdicts(Tick::FiveMinutes),
        [
            (Job::RollUp, Verdict::Run),
            (Job::Publish, Verdict::AlreadyDone)
        ]
    );
    let runs = all_done(NOON + 300);
    let found = due(call(Tick::Hour, at(NOON + 300)), COLD, &runs);
    let found: Vec<_> = found.iter().map(|due| (due.job, due.verdict)).collect();
    assert_eq!(found, [(Job::Report, Verdict::AlreadyDone)]);
}

#[test]
fn warming_is_due_by_its_own_period_and_never_out_of_the_blue() {
    let every = Warming(Some(Duration::from_secs(600)));
    let is_due = |seconds, runs: &Runs| {
        let found = due(call(Tick::Minute, at(seconds)), every, runs);
        names(&found).contains(&("warm", seconds - seconds % 600))
    };
    let never = Runs::default();
    for (seconds, expected) in [(NOON, true), (NOON + 60, false), (NOON + 300, false)] {
        assert_eq!(is_due(seconds, &never), expected, "{seconds}");
    }
    // It was to come at noon, and did not.
    let before = done(&[(Job::Warm, NOON - 600)]);
    for (seconds, expected) in [(NOON + 60, false), (NOON + 120, true), (NOON + 590, true)] {
        assert_eq!(is_due(seconds, &before), expected, "{seconds}");
    }
}

#[test]
fn a_first_run_makes_up_for_nothing() {
    let found = due(call(Tick::Hour, at(NOON + 300)), COLD, &Runs::default());
    let report = found.iter().find(|due| due.job == Job::Report).unwrap();
    assert_eq!((report.missed(), report.slots(24)), (0, vec![NOON]));
}

/// Whatever calls are missing or doubled, as long as some come, every job has been done for its last time
/// a quarter of an hour after the calls come regularly again.
#[test]
fn after_any_disturbance_everything_is_done_again() {
    for seed in 0..200_u64 {
        let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut next = move || {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random
        };
        let mut runs = Runs::default();
        let lines = [
            Tick::Minute,
            Tick::FiveMinutes,
            Tick::QuarterHour,
            Tick::Hour,
        ];
        for minute in 0..180_u64 {
            let now = NOON + minute * 60;
            for tick in lines {
                let own = Job::ALL.into_iter().find(|job| job.tick() == tick);
                let delay_s = own.map_or(0, Job::delay_s);
                if !(now - delay_s).is_multiple_of(tick.seconds()) {
                    continue;
                }
                let times = if minute < 160 { next() % 3 } else { 1 };
                for _ in 0..times {
                    for each in due(call(tick, at(now)), COLD, &runs) {
                        // Some fail, and are tried again.
                        let fails = minute < 160 && next() % 4 == 0;
                        runs.record(Run {
                            job: each.job,
                            scheduled_at: each.slot_s,
                            began_at: now,
                            took_ms: 0,
                            result: if fails {
                                RunResult::Failed
                            } else {
                                RunResult::Done
                            },
                            says: String::new(),
                        });
                    }
                }
            }
        }
        let ended = NOON + 179 * 60;
        for job in Job::ALL.into_iter().filter(|job| *job != Job::Warm) {
            let expected = last(job, ended);
            assert_eq!(runs.done(job), Some(expected), "{job:?} with seed {seed}");
        }
    }
}

#[test]
fn what_another_call_is_at_is_not_begun_again_before_it_is_taken_to_have_crashed() {
    let every = Warming(Some(Duration::from_secs(1800)));
    let mut runs = done(&[(Job::Warm, NOON - 1800)]);
    let at_noon = call(Tick::Minute, at(NOON));
    let planned = due(at_noon, every, &runs);
    assert!(names(&planned).contains(&("warm", NOON)));
    runs.begin(&planned, at(NOON));
    let warm = |seconds, runs: &Runs| {
        let found = due(call(Tick::Minute, at(seconds)), every, runs);
        let own = found.into_iter().find(|due| due.job == Job::Warm);
        own.map(|due| due.verdict)
    };
    // The same call once more, and then the minutes while it goes on, and after it has crashed.
    assert_eq!(warm(NOON, &runs), Some(Verdict::UnderWay));
    for (seconds, expected) in [
        (NOON + 120, None),
        (NOON + 600, None),
        (NOON + 840, Some(Verdict::Run)),
    ] {
        assert_eq!(warm(seconds, &runs), expected, "{seconds}");
    }
    // Of one that has failed nobody is at it any more.
    let result = |result| Run {
        job: Job::Warm,
        scheduled_at: NOON,
        began_at: NOON,
        took_ms: 1,
        result,
        says: String::new(),
    };
    runs.record(result(RunResult::Skipped));
    assert_eq!(warm(NOON + 120, &runs), None);
    runs.record(result(RunResult::Failed));
    assert_eq!(warm(NOON + 120, &runs), Some(Verdict::Run));
    // What finds nothing left to do is done all the same.
    runs.begin(&planned, at(NOON));
    assert!(names(&due(at_noon, every, &runs)).contains(&("alerts", NOON)));
}
