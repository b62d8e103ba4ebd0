//! What became of each run: kept for operators, and to know what was missed.

use super::due::{Due, Job, Verdict};
use crate::failure::Failure;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// One run of one job. Times are in seconds since the Unix epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Run {
    pub job: Job,
    /// The time that it was done for.
    pub scheduled_at: u64,
    pub began_at: u64,
    /// By a clock that moves only across I/O.
    pub took_ms: u64,
    pub result: RunResult,
    /// A sentence for people.
    pub says: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum RunResult {
    Done,
    Failed,
    /// It had been done for this time.
    Skipped,
}

/// `GET /monitoring/runs`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Runs"))]
pub struct Listed {
    /// Newest first.
    pub runs: Vec<Run>,
}

/// The last runs, and the last time that each job was done for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Runs {
    /// Oldest first.
    runs: Vec<Run>,
    done: BTreeMap<Job, u64>,
    /// What somebody has begun and not yet told the end of.
    #[serde(default)]
    begun: BTreeMap<Job, Begun>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Begun {
    /// The time that it is done for.
    slot_s: u64,
    /// Who has told nothing by then has crashed, in seconds since the Unix epoch.
    until_s: u64,
}

/// Of one job; more are forgotten, oldest first. A job of each minute leaves those of each hour alone.
const KEPT_OF_JOB: usize = 40;

/// To tell how it ended, and for clocks that differ.
const SLACK_S: u64 = 30;

/// Of `says`: what a source says of its failures may be long.
const SAYS_BYTES_MAX: usize = 300;

impl Runs {
    /// Notes what a call is about to do, so that no other does it at the same time. Its jobs are done one
    /// after the other, so each may last as long as all of them.
    pub fn begin(&mut self, due: &[Due], now: Timestamp) {
        let runs = || due.iter().filter(|due| due.verdict == Verdict::Run);
        let limit_s: u64 = runs().map(|due| due.job.limit().as_secs()).sum();
        let until_s = (now.as_millis() / 1000).saturating_add(limit_s + SLACK_S);
        for Due { job, slot_s, .. } in runs().copied() {
            self.begun.insert(job, Begun { slot_s, until_s });
        }
    }

    /// Whether somebody is at a job, for this time or a later one.
    pub fn is_under_way(&self, job: Job, slot_s: u64, now: Timestamp) -> bool {
        let begun = self.begun.get(&job);
        begun.is_some_and(|begun| begun.slot_s >= slot_s && now.as_millis() / 1000 < begun.until_s)
    }

    pub fn record(&mut self, mut run: Run) {
        cut(&mut run.says);
        let ended = |begun: &Begun| begun.slot_s <= run.scheduled_at;
        if run.result != RunResult::Skipped && self.begun.get(&run.job).is_some_and(ended) {
            self.begun.remove(&run.job);
        }
        match run.result {
            RunResult::Done => {
                let done = self.done.entry(run.job).or_default();
                *done = run.scheduled_at.max(*done);
            }
            RunResult::Failed | RunResult::Skipped => {}
        }
        let job = run.job;
        self.runs.push(run);
        if self.runs.iter().filter(|run| run.job == job).count() > KEPT_OF_JOB
            && let Some(oldest) = self.runs.iter().position(|run| run.job == job)
        {
            self.runs.remove(oldest);
        }
    }

    /// The last time that a job was done for.
    pub fn done(&self, job: Job) -> Option<u64> {
        self.done.get(&job).copied()
    }

    pub fn listed(self) -> Listed {
        Listed {
            runs: self.runs.into_iter().rev().collect(),
        }
    }

    /// Whether the scheduler calls each minute, as it should. Told by what is done each minute: where that
    /// line alone does not call, the others make up for it, but far too seldom.
    pub fn pulse(&self, now: Timestamp) -> Pulse {
        let alerts = self.runs.iter().rev().filter(|run| run.job == Job::Alerts);
        let mut began = alerts.map(|run| run.began_at);
        let (last, before) = (began.next(), began.next());
        let Some(last) = last else {
            return Pulse::NeverYet;
        };
        let gap_s = before.map_or(0, |before| last.saturating_sub(before));
        let since = now.since(Timestamp::from_millis(last.saturating_mul(1000)));
        if since <= SILENCE_MAX && gap_s < GAP_MAX_S {
            Pulse::Steady
        } else {
            Pulse::Silent
        }
    }
}

/// What is called each minute may be late, but not for so long.
const SILENCE_MAX: Duration = Duration::from_secs(300);

/// Between the last two: of calls each five minutes this is too much.
const GAP_MAX_S: u64 = 240;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pulse {
    /// A site that was deployed a moment ago.
    NeverYet,
    Steady,
    Silent,
}

/// What a run says, and how many were missed before it.
pub fn says(due: &Due, own: &str) -> String {
    match due.missed() {
        0 => own.to_owned(),
        1 => format!("{own}; the one before did not come"),
        missed => format!("{own}; {missed} before it did not come"),
    }
}

/// What a run says that has failed. What a source or a driver tells of it may name addresses and users, and is
/// in the log lines alone.
pub fn why(failure: &Failure) -> String {
    let what = match failure.public.as_str() {
        "" => failure.kind.title(),
        public => public,
    };
    format!("{what}. The log lines say why")
}

fn cut(text: &mut String) {
    if text.len() > SAYS_BYTES_MAX {
        let end = (0..=SAYS_BYTES_MAX)
            .rev()
            .find(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or_default());
        text.push('…');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Kind;

    fn run(job: Job, at: u64, result: RunResult) -> Run {
        Run {
            job,
            scheduled_at: at,
            began_at: at,
            took_ms: 0,
            result,
            says: String::from("so"),
        }
    }

    #[test]
    fn of_each_job_the_last_runs_are_kept_newest_first() {
        let mut runs = Runs::default();
        runs.record(run(Job::Report, 1, RunResult::Done));
        for at in 2..200 {
            runs.record(run(Job::Drain, at, RunResult::Done));
        }
        let listed = runs.listed().runs;
        assert_eq!(listed.len(), KEPT_OF_JOB + 1);
        assert_eq!(listed.first().map(|run| run.began_at), Some(199));
        assert_eq!(listed.last().map(|run| run.job), Some(Job::Report));
    }

    #[test]
    fn only_what_was_done_counts_as_done_and_never_goes_back() {
        let mut runs = Runs::default();
        for (at, result, expected) in [
            (10, RunResult::Failed, None),
            (20, RunResult::Done, Some(20)),
            (30, RunResult::Failed, Some(20)),
            (30, RunResult::Skipped, Some(20)),
            (10, RunResult::Done, Some(20)),
            (40, RunResult::Done, Some(40)),
        ] {
            runs.record(run(Job::RollUp, at, result));
            assert_eq!(runs.done(Job::RollUp), expected, "{at} {result:?}");
        }
        assert_eq!(runs.done(Job::Drain), None);
    }

    #[test]
    fn silence_is_noticed_after_five_minutes() {
        let mut runs = Runs::default();
        let at = |seconds: u64| Timestamp::from_millis(seconds * 1000);
        assert_eq!(runs.pulse(at(5)), Pulse::NeverYet);
        runs.record(run(Job::RollUp, 100, RunResult::Done));
        assert_eq!(runs.pulse(at(100)), Pulse::NeverYet);
        runs.record(run(Job::Alerts, 100, RunResult::Failed));
        for (seconds, expected) in [
            (50, Pulse::Steady),
            (400, Pulse::Steady),
            (401, Pulse::Silent),
        ] {
            assert_eq!(runs.pulse(at(seconds)), expected, "{seconds}");
        }
    }

    #[test]
    fn a_minute_line_that_others_make_up_for_is_silent() {
        let at = |seconds: u64| Timestamp::from_millis(seconds * 1000);
        let mut runs = Runs::default();
        for (seconds, expected) in [
            (0, Pulse::Steady),
            (300, Pulse::Silent),
            (600, Pulse::Silent),
            (660, Pulse::Steady),
            (720, Pulse::Steady),
        ] {
            runs.record(run(Job::Alerts, seconds, RunResult::Done));
            assert_eq!(runs.pulse(at(seconds)), expected, "{seconds}");
        }
    }

    #[test]
    fn what_a_run_says_is_bounded_and_whole_characters() {
        let mut runs = Runs::default();
        let says = "ü".repeat(1000);
        runs.record(Run {
            says,
            ..run(Job::Drain, 1, RunResult::Failed)
        });
        let listed = runs.listed().runs;
        assert_eq!(listed[0].says, format!("{}…", "ü".repeat(150)));
    }

    #[test]
    fn what_went_wrong_inside_is_told_to_nobody() {
        let failure = |public: &str| {
            let failure = Failure::new(Kind::Unavailable, public);
            failure.because("db.internal:5432 refused the user forebay_rw")
        };
        for (public, says) in [
            ("", "The source is unavailable. The log lines say why"),
            (
                "Outboxes could not be read: main",
                "Outboxes could not be read: main. The log lines say why",
            ),
        ] {
            assert_eq!(why(&failure(public)), says);
        }
    }

    #[test]
    fn the_document_reads_as_operators_are_told() {
        let text = serde_json::to_string(&run(Job::RollUp, 60, RunResult::Done)).unwrap();
        assert_eq!(
            text,
            r#"{"job":"roll-up","scheduled_at":60,"began_at":60,"took_ms":0,"result":"done","says":"so"}"#
        );
        let mut runs = Runs::default();
        runs.record(run(Job::CleanUp, 60, RunResult::Done));
        let text = serde_json::to_string(&runs).unwrap();
        assert_eq!(serde_json::from_str::<Runs>(&text).unwrap(), runs);
    }
}
