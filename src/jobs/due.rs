//! Which jobs a call of the scheduler means.
//!
//! Each line of `crons` calls by itself, and calls can be missing. So whoever is called does its own jobs,
//! and those of others that are overdue.

use super::runs::Runs;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What is done by time. In the order in which they are done: what others read is made first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Job {
    /// Takes what the databases tell of changes.
    Drain,
    /// Makes coarser slots of finer ones.
    RollUp,
    Alerts,
    /// Lays the latest numbers where all data centres can read them.
    Publish,
    /// The report on the last hour.
    Report,
    /// Forgets what is past its time.
    CleanUp,
    /// Fetches what the routes' `warm` says.
    Warm,
}

impl Job {
    pub const ALL: [Self; 7] = [
        Self::Drain,
        Self::RollUp,
        Self::Alerts,
        Self::Publish,
        Self::Report,
        Self::CleanUp,
        Self::Warm,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Drain => "drain",
            Self::RollUp => "roll-up",
            Self::Alerts => "alerts",
            Self::Publish => "publish",
            Self::Report => "report",
            Self::CleanUp => "clean-up",
            Self::Warm => "warm",
        }
    }

    /// How long it may take: far below what the platform allows a call of the scheduler.
    pub fn limit(self) -> Duration {
        Duration::from_secs(match self {
            Self::Warm => 600,
            // The log goes on by itself, and who comes after waits for this.
            Self::Drain => 20,
            Self::RollUp | Self::Alerts | Self::Publish | Self::Report | Self::CleanUp => 60,
        })
    }

    fn tick(self) -> Tick {
        match self {
            Self::Drain | Self::Alerts | Self::Warm => Tick::Minute,
            Self::RollUp | Self::Publish => Tick::FiveMinutes,
            Self::CleanUp => Tick::QuarterHour,
            Self::Report => Tick::Hour,
        }
    }

    /// So long after its time it is done: what isolates hold back of the hour has come by then.
    fn delay_s(self) -> u64 {
        match self {
            Self::Report => 300,
            Self::Drain
            | Self::RollUp
            | Self::Alerts
            | Self::Publish
            | Self::CleanUp
            | Self::Warm => 0,
        }
    }

    /// What a second call for the same time comes to.
    fn doubled(self) -> Doubled {
        match self {
            // They find nothing left to do, and something may have come since.
            Self::Drain | Self::RollUp | Self::Alerts => Doubled::Runs,
            Self::Publish | Self::Report | Self::CleanUp | Self::Warm => Doubled::IsSkipped,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doubled {
    Runs,
    IsSkipped,
}

/// A line of `crons` in `wrangler.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tick {
    Minute,
    FiveMinutes,
    QuarterHour,
    Hour,
}

impl Tick {
    /// A line that is none of ours calls as the minute's does.
    pub fn of(cron: &str) -> Self {
        match cron {
            "*/5 * * * *" => Self::FiveMinutes,
            "*/15 * * * *" => Self::QuarterHour,
            "5 * * * *" => Self::Hour,
            _ => Self::Minute,
        }
    }

    fn seconds(self) -> u64 {
        match self {
            Self::Minute => 60,
            Self::FiveMinutes => 300,
            Self::QuarterHour => 900,
            Self::Hour => 3600,
        }
    }
}

/// When the routes are warmed; `None`: no route has `warm`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Warming(pub Option<Duration>);

/// One job that the call means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    pub job: Job,
    /// The time that it is done for, in seconds since the Unix epoch: a multiple of `period_s`.
    pub slot_s: u64,
    pub period_s: u64,
    /// The last one that it was done for.
    pub done_s: Option<u64>,
    pub verdict: Verdict,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Run,
    /// It has been done for this time.
    AlreadyDone,
    /// Another call is at it.
    UnderWay,
}

impl Due {
    /// How many times between the last and this one it was not done.
    pub fn missed(&self) -> u64 {
        let between = self.done_s.map(|done| self.slot_s.saturating_sub(done));
        between.map_or(0, |between| (between / self.period_s).saturating_sub(1))
    }

    /// The times to do it for, oldest first: this one, and at most `max - 1` that were missed before.
    pub fn slots(&self, max: u64) -> Vec<u64> {
        let count = (self.missed() + 1).min(max.max(1));
        let back = (0..count).rev().map(|steps| steps * self.period_s);
        back.map(|back| self.slot_s.saturating_sub(back)).collect()
    }
}

/// So long after its time a job is done by whoever is called: its own call is not going to come any more.
const OVERDUE: Duration = Duration::from_secs(120);

/// One call of the scheduler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    pub tick: Tick,
    /// The time that it is for.
    pub scheduled: Timestamp,
    /// When it came.
    pub now: Timestamp,
}

/// What is to be done at a call.
pub fn due(call: Call, warming: Warming, runs: &Runs) -> Vec<Due> {
    let jobs = Job::ALL.into_iter();
    jobs.filter_map(|job| judge(job, call, warming, runs))
        .collect()
}

fn judge(job: Job, call: Call, warming: Warming, runs: &Runs) -> Option<Due> {
    let scheduled_s = (call.scheduled.as_millis() / 1000).saturating_sub(job.delay_s());
    let period_s = match job {
        Job::Warm => whole_minutes(warming.0?),
        Job::Drain | Job::RollUp | Job::Alerts | Job::Publish | Job::Report | Job::CleanUp => {
            job.tick().seconds()
        }
    };
    let slot_s = scheduled_s - scheduled_s % period_s;
    let late_s = scheduled_s - slot_s;
    let done_s = runs.done(job);
    let is_done = done_s.is_some_and(|done| done >= slot_s);
    let is_called = job.tick() == call.tick && late_s < 60_u64.max(job.tick().seconds());
    // What was never done is not known to have been missed, but for what costs nothing.
    let may_be_missed = done_s.is_some() || job != Job::Warm;
    let is_overdue =
        may_be_missed && (late_s >= OVERDUE.as_secs() || is_left_out(slot_s, period_s, done_s));
    let is_under_way = runs.is_under_way(job, slot_s, call.now);
    let verdict = match (is_called, is_done) {
        (true, true) if job.doubled() == Doubled::IsSkipped => Verdict::AlreadyDone,
        (true, false) if is_under_way && job.doubled() == Doubled::IsSkipped => Verdict::UnderWay,
        (true, _) => Verdict::Run,
        (false, false) if is_overdue && !is_under_way => Verdict::Run,
        (false, _) => return None,
    };
    Some(Due {
        job,
        slot_s,
        period_s,
        done_s,
        verdict,
    })
}

/// Of what is done each minute the time is always just now: that it was left out shows by when it was last
/// done.
fn is_left_out(slot_s: u64, period_s: u64, done_s: Option<u64>) -> bool {
    let overdue_s = OVERDUE.as_secs();
    period_s < overdue_s && done_s.is_none_or(|done| slot_s.saturating_sub(done) >= overdue_s)
}

fn whole_minutes(every: Duration) -> u64 {
    (every.as_secs() / 60).max(1) * 60
}

#[cfg(test)]
mod tests;
