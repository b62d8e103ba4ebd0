//! All that is known of a site's alerts, as one document: their states, silences, what is to be sent, and
//! the protection that they have switched on.
//!
//! Who is told what follows from two facts of each alert: how it is, and what receivers were last told of
//! it. So a silence needs no memory of its own: when it ends, the difference between the two is told.

use super::Level;
use super::breakers::LastOpen;
use super::machine::{Firing, Phase, Resolution, State, Transition, step};
use super::outbox::{Change, Notification, Outbox, Purpose, What};
use super::reading::{Measured, Readings, judge, open_breakers, told_of_breakers};
use super::rule::{Alerting, Grouping, Protection, Rule};
use super::sentence;
use super::silence::{Silence, silenced_until};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Board {
    /// By the rule's name.
    pub alerts: BTreeMap<String, Alert>,
    pub silences: Vec<Silence>,
    pub outbox: Outbox,
    pub stretch: Option<Stretch>,
    pub evaluated_at: Option<Timestamp>,
    /// How many ids were given.
    given: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    pub state: State,
    pub measured: Measured,
    /// What receivers were last told; `None`: nothing, or that it is resolved.
    pub told: Option<Told>,
    /// For a rule about breakers.
    #[serde(default)]
    pub last_open: LastOpen,
    /// For the same: those that `measured` counts.
    #[serde(default)]
    pub open: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub level: Level,
    pub at: Timestamp,
}

/// A protection that is on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    pub since: Timestamp,
    /// It ends then, unless it is renewed.
    pub until: Timestamp,
    /// The names of the alerts that want it.
    pub alerts: Vec<String>,
}

/// Whether there is anybody to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receiver {
    Webhook,
    Nobody,
}

/// What one evaluation has changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evaluation {
    pub transitions: Vec<(String, Transition, String)>,
    pub protection: ProtectionChange,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProtectionChange {
    #[default]
    None,
    Began,
    /// It had ended by itself, for want of evaluations.
    BeganAgain,
    Ended,
}

/// Evaluations come each minute: two may fail before a protection ends.
pub const STRETCH_LASTS: Duration = Duration::from_secs(180);

/// More make one who reads them none the wiser.
pub const SILENCES_MAX: usize = 100;

impl Board {
    /// Takes in readings of all rules, and puts into the outbox what is to be told.
    pub fn evaluate(
        &mut self,
        alerting: &Alerting,
        readings: &Readings,
        receiver: Receiver,
        now: Timestamp,
    ) -> Evaluation {
        let mut evaluation = Evaluation::default();
        self.silences.retain(|silence| silence.is_active(now));
        // What was being sent when its alert was silenced, and has failed since.
        for alert in self.silenced() {
            self.take_back(&alert, now);
        }
        for rule in &alerting.rules {
            let alert = self.alerts.entry(rule.name.clone()).or_default();
            let (measured, verdict) = judge(rule, readings, &alert.last_open);
            alert.open = open_breakers(rule, readings, &alert.last_open);
            alert.last_open.note(told_of_breakers(rule, readings), now);
            let (state, transition) = step(alert.state, verdict, rule.holds, now);
            (alert.state, alert.measured) = (state, measured);
            if let Some(transition) = transition {
                let says = sentence::of(rule, measured, &alert.open);
                evaluation
                    .transitions
                    .push((rule.name.clone(), transition, says));
            }
        }
        let removed = self.take_removed(alerting, &mut evaluation);
        if receiver == Receiver::Webhook {
            let mut changes = self.changes(alerting, now);
            changes.extend(
                removed
                    .into_iter()
                    .filter_map(|(name, alert)| farewell(&name, &alert, now)),
            );
            self.tell(alerting, changes, now);
        }
        evaluation.protection = self.protect(alerting, now);
        self.evaluated_at = Some(now);
        evaluation
    }

    fn silenced(&self) -> BTreeSet<String> {
        let silences = self.silences.iter();
        silences.map(|silence| silence.alert.clone()).collect()
    }

    /// Alerts whose rules are gone. One that is silenced stays for as long: its end is told then.
    fn take_removed(
        &mut self,
        alerting: &Alerting,
        evaluation: &mut Evaluation,
    ) -> BTreeMap<String, Alert> {
        let gone = |name: &String| alerting.rule(name).is_none();
        for (name, alert) in self.alerts.iter_mut().filter(|(name, _)| gone(name)) {
            if let Phase::Firing(_) = alert.state.phase() {
                alert.state = State::default();
                let resolved = Transition::Resolved(Resolution::Removed);
                evaluation
                    .transitions
                    .push((name.clone(), resolved, sentence::removed(name)));
            }
        }
        let silenced = |name: &str| self.silences.iter().any(|silence| silence.alert == name);
        let (removed, kept) = std::mem::take(&mut self.alerts)
            .into_iter()
            .partition(|(name, _)| gone(name) && !silenced(name));
        self.alerts = kept;
        removed
    }

    /// What there is to tell of each alert, noting that it was told.
    fn changes(&mut self, alerting: &Alerting, now: Timestamp) -> Vec<Change> {
        let mut changes = Vec::new();
        for rule in &alerting.rules {
            if silenced_until(&self.silences, &rule.name, now).is_some() {
                continue;
            }
            let Some(alert) = self.alerts.get_mut(&rule.name) else {
                continue;
            };
            let Some(what) = due(alert, alerting.repeat, now) else {
                continue;
            };
            changes.push(change(rule, alert, what, now));
            alert.told = what.level().map(|level| Told { level, at: now });
        }
        changes
    }

    fn tell(&mut self, alerting: &Alerting, changes: Vec<Change>, now: Timestamp) {
        for group in groups(changes, alerting.grouping) {
            let id = self.next_id(now);
            let notification = Notification::new(id, now, group, Purpose::Alert);
            self.outbox.push(notification, alerting.form, now);
        }
    }

    /// Unique: whoever saves the board has seen the one before.
    fn next_id(&mut self, now: Timestamp) -> String {
        self.given += 1;
        format!("{}-{}", now.as_millis(), self.given)
    }

    fn protect(&mut self, alerting: &Alerting, now: Timestamp) -> ProtectionChange {
        let wants = |rule: &&Rule| {
            let phase = self.alerts.get(&rule.name).map(|alert| alert.state.phase());
            rule.on_fire == Some(Protection::StretchTtl) && matches!(phase, Some(Phase::Firing(_)))
        };
        let alerts: Vec<String> = alerting
            .rules
            .iter()
            .filter(wants)
            .map(|rule| rule.name.clone())
            .collect();
        let before = self.stretch.take();
        if alerts.is_empty() {
            return match before {
                Some(_) => ProtectionChange::Ended,
                None => ProtectionChange::None,
            };
        }
        let change = match &before {
            Some(stretch) if now < stretch.until => ProtectionChange::None,
            Some(_) => ProtectionChange::BeganAgain,
            None => ProtectionChange::Began,
        };
        let before = before.filter(|stretch| now < stretch.until);
        self.stretch = Some(Stretch {
            since: before.map_or(now, |stretch| stretch.since),
            until: now.plus(STRETCH_LASTS),
            alerts,
        });
        change
    }

    /// Nobody is told of an alert from now on; what waits to be told is taken back.
    pub fn silence(
        &mut self,
        alert: &str,
        lasts: Duration,
        reason: String,
        now: Timestamp,
    ) -> Option<Silence> {
        self.silences.retain(|silence| silence.is_active(now));
        if self.silences.len() >= SILENCES_MAX {
            return None;
        }
        let silence = Silence {
            id: self.next_id(now),
            alert: alert.to_owned(),
            since: now,
            until: now.plus(lasts),
            reason,
        };
        self.silences.push(silence.clone());
        self.take_back(alert, now);
        Some(silence)
    }

    fn take_back(&mut self, alert: &str, now: Timestamp) {
        let taken_back = self.outbox.withdraw(alert, now);
        if let (Some(was), Some(known)) = (taken_back, self.alerts.get_mut(alert)) {
            known.told = was;
        }
    }

    /// `None`: there is no such silence.
    pub fn unsilence(&mut self, id: &str, now: Timestamp) -> Option<Silence> {
        let at = self
            .silences
            .iter()
            .position(|silence| silence.id == id && silence.is_active(now))?;
        Some(self.silences.remove(at))
    }

    /// A notification by which somebody sees whether it arrives. It is not kept to be sent again.
    pub fn test(&mut self, rule: &Rule, now: Timestamp) -> Notification {
        let alert = self.alerts.get(&rule.name).cloned().unwrap_or_default();
        let what = What::Fired(Level::Warning);
        let mut change = change(rule, &alert, what, now);
        change.says = sentence::test(&rule.name);
        Notification::new(self.next_id(now), now, vec![change], Purpose::Test)
    }
}

/// What receivers do not know yet.
fn due(alert: &Alert, repeat: Duration, now: Timestamp) -> Option<What> {
    let firing = match alert.state.phase() {
        Phase::Firing(firing) => Some(firing),
        Phase::Ok | Phase::Pending { .. } => None,
    };
    match (firing, alert.told) {
        (None, None) => None,
        (None, Some(_)) => Some(What::Resolved(alert.resolution())),
        (Some(Firing { level, .. }), None) => Some(What::Fired(level)),
        (Some(Firing { level, .. }), Some(told)) if told.level != level => Some(match level {
            Level::Critical => What::Raised,
            Level::Warning => What::Lowered,
        }),
        (Some(Firing { level, .. }), Some(told)) => {
            (now >= told.at.plus(repeat)).then_some(What::StillFiring(level))
        }
    }
}

impl Alert {
    /// One that was forgotten for want of readings has a state as new.
    fn resolution(&self) -> Resolution {
        if self.state == State::default() {
            Resolution::NothingMeasured
        } else {
            Resolution::Good
        }
    }
}

fn change(rule: &Rule, alert: &Alert, what: What, now: Timestamp) -> Change {
    let phase = alert.state.phase();
    let since = match phase {
        Phase::Firing(firing) => firing.since,
        Phase::Ok | Phase::Pending { .. } => now,
    };
    Change {
        alert: rule.name.clone(),
        route: rule.route.clone(),
        what,
        since,
        says: sentence::of(rule, alert.measured, &alert.open),
        was: alert.told,
    }
}

/// The last word on an alert whose rule is gone.
fn farewell(name: &str, alert: &Alert, now: Timestamp) -> Option<Change> {
    let was = Some(alert.told?);
    Some(Change {
        alert: name.to_owned(),
        route: None,
        what: What::Resolved(Resolution::Removed),
        since: now,
        says: sentence::removed(name),
        was,
    })
}

fn groups(changes: Vec<Change>, grouping: Grouping) -> Vec<Vec<Change>> {
    let mut groups: BTreeMap<String, Vec<Change>> = BTreeMap::new();
    for change in changes {
        let group = match grouping {
            Grouping::All => String::new(),
            Grouping::Route => change.route.clone().unwrap_or_default(),
            Grouping::Alert => change.alert.clone(),
        };
        groups.entry(group).or_default().push(change);
    }
    groups.into_values().collect()
}

#[cfg(test)]
mod tests;
