//! Notifications that are to be sent, and what became of those that were.
//!
//! One is on the board before it is sent, and leaves it once a receiver has taken it. So a crash between the
//! two sends it again, under the same id. While somebody sends one, nobody else does.
//!
//! INVARIANT: what is told of one alert is sent in the order in which it came about: the last that a receiver
//! hears of it is how it is. What a receiver refuses is not told any more once there is something later to tell.

use super::Level;
use super::board::Told;
use super::machine::Resolution;
use super::rule::Form;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::time::Duration;

/// What one message tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notification {
    /// The same each time that it is sent.
    pub id: String,
    pub at: Timestamp,
    /// One at least.
    pub changes: Vec<Change>,
    pub purpose: Purpose,
    /// How often it was tried so far.
    pub attempts: u32,
    /// Nobody is to try before.
    not_before: Timestamp,
    /// Somebody is sending it, until then at the latest.
    #[serde(default)]
    claimed_until: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    Alert,
    /// Somebody wants to see whether it arrives.
    Test,
}

/// What is told of one alert.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    pub alert: String,
    pub route: Option<String>,
    pub what: What,
    /// When it began to fire; of one that is resolved, when that was told.
    pub since: Timestamp,
    /// One sentence for people.
    pub says: String,
    /// What receivers had been told before.
    pub was: Option<Told>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    Fired(Level),
    /// It was a warning.
    Raised,
    /// It was critical.
    Lowered,
    StillFiring(Level),
    Resolved(Resolution),
}

impl What {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fired(_) => "fired",
            Self::Raised => "raised",
            Self::Lowered => "lowered",
            Self::StillFiring(_) => "still-firing",
            Self::Resolved(_) => "resolved",
        }
    }

    /// The level at which it fires now.
    pub fn level(self) -> Option<Level> {
        match self {
            Self::Fired(level) | Self::StillFiring(level) => Some(level),
            Self::Raised => Some(Level::Critical),
            Self::Lowered => Some(Level::Warning),
            Self::Resolved(_) => None,
        }
    }
}

/// What became of a notification so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    pub id: String,
    pub at: Timestamp,
    pub to: Form,
    /// The names of its alerts, with commas.
    pub alert: String,
    /// `firing`, `resolved` or `test`.
    pub state: String,
    /// `sent`, or why it was not.
    pub result: String,
    pub attempts: u32,
}

/// What came of trying to send one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    Taken,
    /// Why not, for the operator. Others would fare no better.
    Failed(String),
    /// Why this one was, for the operator; another may be taken.
    Refused(String),
}

/// Who sends has so long for it; after that it is taken to have crashed.
const CLAIM_LASTS: Duration = Duration::from_secs(120);

/// The pause after a failure, doubled with each.
const PAUSE: Duration = Duration::from_secs(60);
const PAUSE_MAX: Duration = Duration::from_secs(3600);

/// What nobody takes for so long is of no use any more.
const KEPT_FOR: Duration = Duration::from_secs(24 * 3600);

/// Of more, the oldest is told together with the one after it.
pub const WAITING_MAX: usize = 64;
pub const DELIVERIES_MAX: usize = 50;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outbox {
    waiting: Vec<Notification>,
    /// Newest first.
    pub deliveries: Vec<Delivery>,
}

impl Notification {
    pub fn new(id: String, at: Timestamp, changes: Vec<Change>, purpose: Purpose) -> Self {
        Self {
            id,
            at,
            changes,
            purpose,
            attempts: 0,
            not_before: at,
            claimed_until: None,
        }
    }

    fn is_of(&self, alert: &str) -> bool {
        self.changes.iter().any(|change| change.alert == alert)
    }

    fn is_being_sent(&self, now: Timestamp) -> bool {
        self.claimed_until.is_some_and(|until| now < until)
    }

    /// The worst level at which any of its alerts fires.
    pub fn level(&self) -> Option<Level> {
        self.changes
            .iter()
            .filter_map(|change| change.what.level())
            .max()
    }

    fn state(&self) -> &'static str {
        match (self.purpose, self.level()) {
            (Purpose::Test, _) => "test",
            (Purpose::Alert, Some(_)) => "firing",
            (Purpose::Alert, None) => "resolved",
        }
    }

    /// The record of one attempt's result; `attempts` have been made before it.
    pub fn delivery(&self, to: Form, result: String, now: Timestamp) -> Delivery {
        let names: Vec<&str> = self
            .changes
            .iter()
            .map(|change| change.alert.as_str())
            .collect();
        Delivery {
            id: self.id.clone(),
            at: now,
            to,
            alert: names.join(", "),
            state: self.state().to_owned(),
            result,
            attempts: self.attempts,
        }
    }
}

impl Outbox {
    pub fn waiting(&self) -> &[Notification] {
        &self.waiting
    }

    pub fn push(&mut self, notification: Notification, to: Form, now: Timestamp) {
        self.waiting.push(notification);
        if self.waiting.len() > WAITING_MAX {
            self.join_oldest(to, now);
        }
    }

    /// So that no alert's last word is lost, however many wait: all that goes is what something later tells
    /// of. What is being sent at this moment is left as it is.
    fn join_oldest(&mut self, to: Form, now: Timestamp) {
        let waiting = self.waiting.iter();
        let oldest = waiting
            .clone()
            .position(|waiting| !waiting.is_being_sent(now));
        let Some(oldest) = oldest else {
            return;
        };
        let mut joined = self.waiting.remove(oldest);
        let mut later = self.waiting.iter_mut().skip(oldest);
        let Some(taker) = later.find(|waiting| !waiting.is_being_sent(now)) else {
            self.waiting.insert(oldest, joined);
            return;
        };
        let result = format!("told together with {}", taker.id);
        let delivery = joined.delivery(to, result, now);
        let taken = taker.id.clone();
        joined
            .changes
            .retain(|change| !self.tells_later(change, oldest));
        let takers = self.waiting.iter_mut().skip(oldest);
        for taker in takers.filter(|waiting| waiting.id == taken) {
            taker.changes.splice(0..0, joined.changes.drain(..));
        }
        self.record(delivery);
    }

    /// Whether something tells of the same alert from this place on.
    fn tells_later(&self, change: &Change, from: usize) -> bool {
        let mut later = self.waiting.iter().skip(from);
        later.any(|waiting| waiting.is_of(&change.alert))
    }

    /// Takes what may be sent now; it is the taker's to send until his claim ends. What comes after something
    /// that may not be sent yet, of the same alert, waits for it.
    pub fn claim(&mut self, to: Form, now: Timestamp) -> Vec<Notification> {
        let (old, kept): (Vec<_>, Vec<_>) = self
            .waiting
            .drain(..)
            .partition(|waiting| now.since(waiting.at) >= KEPT_FOR);
        self.waiting = kept;
        for given_up in old {
            self.record(given_up.delivery(
                to,
                "given up: nobody took it for a day".to_owned(),
                now,
            ));
        }
        let until = now.plus(CLAIM_LASTS);
        let (mut held, mut claimed): (BTreeSet<String>, Vec<Notification>) = Default::default();
        for waiting in &mut self.waiting {
            if waiting.not_before > now || held.iter().any(|alert| waiting.is_of(alert)) {
                held.extend(waiting.changes.iter().map(|change| change.alert.clone()));
                continue;
            }
            (waiting.not_before, waiting.claimed_until) = (until, Some(until));
            claimed.push(waiting.clone());
        }
        claimed
    }

    /// Notes what came of sending one, after `attempts` tries of this claim. Who fails with one does not try the
    /// others that he has claimed; of one that is refused, only what nothing later tells of is kept.
    pub fn settle(&mut self, id: &str, sent: &Sent, attempts: u32, to: Form, now: Timestamp) {
        let Some(at) = self.waiting.iter().position(|waiting| waiting.id == id) else {
            return;
        };
        let Some(waiting) = self.waiting.get_mut(at) else {
            return;
        };
        waiting.attempts = waiting.attempts.saturating_add(attempts);
        let result = match sent {
            Sent::Taken => "sent".to_owned(),
            Sent::Failed(why) | Sent::Refused(why) => why.clone(),
        };
        waiting.not_before = now.plus(pause_after(waiting.attempts));
        let claim = waiting.claimed_until.take();
        let delivery = waiting.delivery(to, result, now);
        match sent {
            Sent::Taken => {
                self.waiting.remove(at);
            }
            Sent::Failed(_) => self.let_go(claim),
            Sent::Refused(_) => self.supersede(at),
        }
        self.record(delivery);
    }

    fn supersede(&mut self, at: usize) {
        let mut refused = self.waiting.remove(at);
        refused
            .changes
            .retain(|change| !self.tells_later(change, at));
        if !refused.changes.is_empty() {
            self.waiting.insert(at, refused);
        }
    }

    fn let_go(&mut self, claim: Option<Timestamp>) {
        let same = |waiting: &&mut Notification| claim.is_some() && waiting.claimed_until == claim;
        for waiting in self.waiting.iter_mut().filter(same) {
            waiting.claimed_until = None;
        }
    }

    /// Keeps one record for each notification, that of its last attempt.
    pub fn record(&mut self, delivery: Delivery) {
        self.deliveries.retain(|known| known.id != delivery.id);
        self.deliveries.insert(0, delivery);
        self.deliveries.truncate(DELIVERIES_MAX);
    }

    /// Takes back what waits of an alert, and gives what its receivers know without it, if anything waited.
    /// What somebody is sending at this moment may arrive, so that it counts as told.
    pub fn withdraw(&mut self, alert: &str, now: Timestamp) -> Option<Option<Told>> {
        let mut before = None;
        let idle = |waiting: &&mut Notification| !waiting.is_being_sent(now);
        for waiting in self.waiting.iter_mut().filter(idle) {
            waiting.changes.retain(|change| {
                let is_it = change.alert == alert;
                if is_it && before.is_none() {
                    before = Some(change.was);
                }
                !is_it
            });
        }
        self.waiting.retain(|waiting| !waiting.changes.is_empty());
        before
    }
}

fn pause_after(attempts: u32) -> Duration {
    // Tries of one claim come in threes.
    let doublings = (attempts / 3).saturating_sub(1).min(6);
    PAUSE.saturating_mul(1 << doublings).min(PAUSE_MAX)
}

#[cfg(test)]
mod tests;
