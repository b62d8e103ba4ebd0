//! The state of one alert: ok, pending, firing, and by its resolution ok again.
//!
//! It fires at a level once every reading for as long as its rule `holds` was as bad as that, and it is
//! resolved once every reading for as long was good; so a number that swings about its bound neither fires
//! nor ends anything. What has too few samples says nothing, and leaves all as it is, but not for ever; what
//! could not be read leaves all as it is.

use super::Level;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What one reading says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Fine,
    Bad(Level),
    /// There were too few samples.
    Unknown,
    /// What was measured could not be read: all stays as it is, for however long.
    Unread,
}

impl Verdict {
    pub fn of(level: Option<Level>) -> Self {
        level.map_or(Self::Fine, Self::Bad)
    }
}

/// See the module.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    firing: Option<Firing>,
    streaks: Streaks,
    /// When a reading last said something.
    heard: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Firing {
    pub level: Level,
    pub since: Timestamp,
}

/// Since when all readings were of a kind; `None`: the last one was not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Streaks {
    fine: Option<Timestamp>,
    /// Fine, or no worse than a warning.
    mild: Option<Timestamp>,
    /// A warning at least.
    bad: Option<Timestamp>,
    critical: Option<Timestamp>,
}

/// What people see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Ok,
    Pending { level: Level, since: Timestamp },
    Firing(Firing),
}

/// What has changed with one reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transition {
    Fired(Level),
    /// From warning to critical.
    Raised,
    /// From critical to warning.
    Lowered,
    Resolved(Resolution),
}

/// Why an alert fires no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resolution {
    /// All was well for as long as its rule says.
    Good,
    /// Nothing was measured for an hour.
    NothingMeasured,
    /// The site has no such rule any more.
    Removed,
}

/// After so long without a reading nobody can say that it still is as it was.
pub const QUIET_MAX: Duration = Duration::from_secs(3600);

impl State {
    pub fn phase(&self) -> Phase {
        match (self.firing, self.streaks.critical, self.streaks.bad) {
            (Some(firing), _, _) => Phase::Firing(firing),
            (None, Some(since), _) => Phase::Pending {
                level: Level::Critical,
                since: self.streaks.bad.map_or(since, |bad| bad.min(since)),
            },
            (None, None, Some(since)) => Phase::Pending {
                level: Level::Warning,
                since,
            },
            (None, None, None) => Phase::Ok,
        }
    }

    /// Whether a reading has said something lately; of a new state there is nothing to be said.
    fn is_heard_of(&self, now: Timestamp) -> bool {
        self.heard.is_none_or(|heard| now.since(heard) < QUIET_MAX)
    }
}

/// Takes in one reading.
pub fn step(
    mut state: State,
    verdict: Verdict,
    holds: Duration,
    now: Timestamp,
) -> (State, Option<Transition>) {
    match verdict {
        Verdict::Unread => return (state, None),
        Verdict::Unknown => return unheard(state, now),
        Verdict::Fine | Verdict::Bad(_) => {}
    }
    if !state.is_heard_of(now) {
        // How it was an hour ago says nothing of the time since.
        state.streaks = Streaks::default();
    }
    state.heard = Some(now);
    state.streaks = state.streaks.with(verdict, now);
    let held = |since: Option<Timestamp>| {
        since.is_some_and(|since| now >= since && now.since(since) >= holds)
    };
    let streaks = state.streaks;
    let fires_at = if held(streaks.critical) {
        Some(Level::Critical)
    } else {
        held(streaks.bad).then_some(Level::Warning)
    };
    let transition = match (state.firing.map(|firing| firing.level), fires_at) {
        (None, Some(level)) => Some(Transition::Fired(level)),
        (Some(Level::Warning), Some(Level::Critical)) => Some(Transition::Raised),
        (Some(_), _) if held(streaks.fine) => Some(Transition::Resolved(Resolution::Good)),
        (Some(Level::Critical), _) if held(streaks.mild) => Some(Transition::Lowered),
        (None, None) | (Some(_), _) => None,
    };
    state.firing = after(state.firing, transition, now);
    (state, transition)
}

fn after(firing: Option<Firing>, transition: Option<Transition>, now: Timestamp) -> Option<Firing> {
    let at = |level| firing.map(|firing| Firing { level, ..firing });
    match transition {
        None => firing,
        Some(Transition::Fired(level)) => Some(Firing { level, since: now }),
        Some(Transition::Raised) => at(Level::Critical),
        Some(Transition::Lowered) => at(Level::Warning),
        Some(Transition::Resolved(_)) => None,
    }
}

/// Nothing is known at this moment.
fn unheard(state: State, now: Timestamp) -> (State, Option<Transition>) {
    if state.is_heard_of(now) {
        return (state, None);
    }
    let resolved = state
        .firing
        .map(|_| Transition::Resolved(Resolution::NothingMeasured));
    (State::default(), resolved)
}

impl Streaks {
    fn with(self, verdict: Verdict, now: Timestamp) -> Self {
        let (fine, critical) = match verdict {
            Verdict::Fine => (true, false),
            Verdict::Bad(Level::Warning) => (false, false),
            Verdict::Bad(Level::Critical) => (false, true),
            Verdict::Unknown | Verdict::Unread => return self,
        };
        let longer =
            |so_far: Option<Timestamp>, goes_on: bool| goes_on.then(|| so_far.unwrap_or(now));
        Self {
            fine: longer(self.fine, fine),
            mild: longer(self.mild, !critical),
            bad: longer(self.bad, !fine),
            critical: longer(self.critical, critical),
        }
    }
}

#[cfg(test)]
mod tests;
