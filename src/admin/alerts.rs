//! Reads what operators ask of alerting, and writes `GET /monitoring/alerts`.

use super::form::Form;
use crate::alert::Level;
use crate::alert::board::{Board, Stretch};
use crate::alert::machine::Phase;
use crate::alert::outbox::Delivery;
use crate::alert::rule::{Alerting, Protection, Rule, Unit, Watch};
use crate::alert::sentence;
use crate::alert::silence::{Silence, silenced_until};
use crate::config::units::parse_duration;
use crate::failure::{Failure, Kind};
use crate::time::Timestamp;
use serde::Serialize;
use std::time::Duration;

/// `POST /admin/silence`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SilenceOrder {
    pub alert: String,
    pub lasts: Duration,
    pub reason: String,
}

const NAME_BYTES_MAX: usize = 64;
const REASON_BYTES_MAX: usize = 500;

/// Who wants to hear nothing for longer switches the alert off.
const SILENCE_MAX: Duration = Duration::from_secs(30 * 86_400);

/// # Errors
/// `BadBody`, with everything that is wrong.
pub fn parse_silence(body: Option<&[u8]>, alerting: &Alerting) -> Result<SilenceOrder, Failure> {
    let mut form = Form::read(body, r#"{"alert":"slow-responses","for":"1h"}"#)?;
    let alert = known_alert(&mut form, alerting);
    let lasts = silence_span(&mut form);
    let reason = form.text("reason", REASON_BYTES_MAX).unwrap_or_default();
    form.finish()?;
    let (Some(alert), Some(lasts)) = (alert, lasts) else {
        return Err(unread());
    };
    Ok(SilenceOrder {
        alert,
        lasts,
        reason,
    })
}

/// The id of the silence that is to end.
///
/// # Errors
/// `BadBody`.
pub fn parse_unsilence(body: Option<&[u8]>) -> Result<String, Failure> {
    let mut form = Form::read(body, r#"{"id":"1763733600000-7"}"#)?;
    let id = form.text("id", NAME_BYTES_MAX);
    if id.is_none() && !form.has("id") {
        form.fault(
            "id",
            "is required: GET /monitoring/alerts lists the silences",
        );
    }
    form.finish()?;
    id.ok_or_else(unread)
}

/// The alert that a test is sent for.
///
/// # Errors
/// `BadBody`.
pub fn parse_test(body: Option<&[u8]>, alerting: &Alerting) -> Result<String, Failure> {
    let mut form = Form::read(body, r#"{"alert":"slow-responses"}"#)?;
    let alert = known_alert(&mut form, alerting);
    form.finish()?;
    alert.ok_or_else(unread)
}

/// What is told when a silence is to end that is not there.
pub fn no_such_silence() -> Failure {
    let mut failure = Failure::new(Kind::BadBody, "");
    failure.faults = vec![crate::failure::ParameterFault {
        name: "id".to_owned(),
        reason: "is no silence that is on: GET /monitoring/alerts lists them".to_owned(),
    }];
    failure
}

/// Not reached: what could not be read is a fault by then.
fn unread() -> Failure {
    Failure::new(Kind::BadBody, "")
}

fn known_alert(form: &mut Form, alerting: &Alerting) -> Option<String> {
    let names = || {
        let names = alerting.rules.iter().map(|rule| rule.name.as_str());
        names.collect::<Vec<_>>().join(", ")
    };
    if !form.has("alert") {
        form.fault("alert", format!("is required: one of {}", names()));
    }
    let alert = form.text("alert", NAME_BYTES_MAX)?;
    if alerting.rule(&alert).is_none() {
        form.fault(
            "alert",
            format!("is no alert of this site: use one of {}", names()),
        );
        return None;
    }
    Some(alert)
}

fn silence_span(form: &mut Form) -> Option<Duration> {
    const FORMS: &str = "write how long, \"1m\" to \"30d\", such as \"1h\"";
    if !form.has("for") {
        form.fault("for", format!("is required: {FORMS}"));
    }
    let text = form.text("for", 16)?;
    let span = parse_duration(&text);
    let span = span.filter(|span| (Duration::from_secs(60)..=SILENCE_MAX).contains(span));
    if span.is_none() {
        form.fault("for", format!("is \"{text}\": {FORMS}"));
    }
    span
}

/// `GET /monitoring/alerts`. Times are seconds since the Unix epoch.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Alerts"))]
pub struct Report {
    pub alerts: Vec<AlertView>,
    pub silences: Vec<SilenceView>,
    pub protections: Vec<ProtectionView>,
    /// Newest first.
    pub deliveries: Vec<DeliveryView>,
    pub evaluated_at: Option<u64>,
    /// When this was told.
    pub at: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Alert"))]
pub struct AlertView {
    pub name: String,
    pub route: Option<String>,
    /// As `[[alert]]` has it; of an objective `burn_rate`.
    pub metric: &'static str,
    /// The longest span that it looks back over, `5m`.
    pub over: String,
    pub state: State,
    /// `None` where the state is `ok`.
    pub level: Option<Level>,
    pub since: Option<u64>,
    /// `None`: not measured.
    pub value: Option<f64>,
    pub warning: Option<f64>,
    pub critical: Option<f64>,
    /// Of `value`, `warning` and `critical`.
    pub unit: Unit,
    /// One sentence for people.
    pub says: String,
    pub on_fire: Option<Protection>,
    pub silenced_until: Option<u64>,
    pub samples: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "AlertState"))]
pub enum State {
    Ok,
    /// Bad, but not for long enough.
    Pending,
    Firing,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Silence"))]
pub struct SilenceView {
    pub id: String,
    pub alert: String,
    pub until: u64,
    pub reason: String,
    pub since: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "ProtectionState"))]
pub struct ProtectionView {
    pub name: Protection,
    pub on: bool,
    pub since: Option<u64>,
    pub until: Option<u64>,
    /// The alerts that have switched it on.
    pub why: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Delivery"))]
pub struct DeliveryView {
    pub at: u64,
    /// `generic` or `slack`.
    pub to: &'static str,
    /// The names of its alerts, with commas.
    pub alert: String,
    /// `firing`, `resolved` or `test`.
    pub state: String,
    /// `sent`, or why it was not.
    pub result: String,
    pub attempts: u32,
}

pub fn report(alerting: &Alerting, board: &Board, now: Timestamp) -> Report {
    let active = board
        .silences
        .iter()
        .filter(|silence| silence.is_active(now));
    let of_rule = |rule: &Rule| alert(rule, board, now);
    Report {
        alerts: alerting.rules.iter().map(of_rule).collect(),
        silences: active.map(silence).collect(),
        protections: vec![protection(board.stretch.as_ref(), now)],
        deliveries: board.outbox.deliveries.iter().map(delivery).collect(),
        evaluated_at: board.evaluated_at.map(seconds),
        at: seconds(now),
    }
}

fn alert(rule: &Rule, board: &Board, now: Timestamp) -> AlertView {
    let known = board.alerts.get(&rule.name).cloned().unwrap_or_default();
    let (state, level, since) = match known.state.phase() {
        Phase::Ok => (State::Ok, None, None),
        Phase::Pending { level, since } => (State::Pending, Some(level), Some(since)),
        Phase::Firing(firing) => (State::Firing, Some(firing.level), Some(firing.since)),
    };
    let (warning, critical) = bounds(rule);
    AlertView {
        name: rule.name.clone(),
        route: rule.route.clone(),
        metric: sentence::metric(rule),
        over: rule
            .spans()
            .into_iter()
            .max()
            .map(sentence::span)
            .unwrap_or_default(),
        state,
        level,
        since: since.map(seconds),
        value: known.measured.value,
        warning,
        critical,
        unit: sentence::unit(rule),
        says: sentence::of(rule, known.measured, &known.open),
        on_fire: rule.on_fire,
        silenced_until: silenced_until(&board.silences, &rule.name, now).map(seconds),
        samples: known.measured.samples,
    }
}

/// From where on it is a warning, and critical. Of an objective, the least of its factors.
fn bounds(rule: &Rule) -> (Option<f64>, Option<f64>) {
    match &rule.watch {
        Watch::Threshold(threshold) => (
            threshold.warning.map(|bound| bound.value()),
            threshold.critical.map(|bound| bound.value()),
        ),
        Watch::Objective(objective) => {
            let least = |level: Level| {
                let burns = objective.windows.iter().filter(|burn| burn.level == level);
                burns.map(|burn| burn.factor()).reduce(f64::min)
            };
            (least(Level::Warning), least(Level::Critical))
        }
    }
}

pub fn silence(silence: &Silence) -> SilenceView {
    SilenceView {
        id: silence.id.clone(),
        alert: silence.alert.clone(),
        until: seconds(silence.until),
        reason: silence.reason.clone(),
        since: seconds(silence.since),
    }
}

pub fn delivery(delivery: &Delivery) -> DeliveryView {
    DeliveryView {
        at: seconds(delivery.at),
        to: delivery.to.as_str(),
        alert: delivery.alert.clone(),
        state: delivery.state.clone(),
        result: delivery.result.clone(),
        attempts: delivery.attempts,
    }
}

fn protection(stretch: Option<&Stretch>, now: Timestamp) -> ProtectionView {
    let stretch = stretch.filter(|stretch| now < stretch.until);
    ProtectionView {
        name: Protection::StretchTtl,
        on: stretch.is_some(),
        since: stretch.map(|stretch| seconds(stretch.since)),
        until: stretch.map(|stretch| seconds(stretch.until)),
        why: stretch.map(|stretch| stretch.alerts.join(", ")),
    }
}

fn seconds(at: Timestamp) -> u64 {
    at.as_millis() / 1000
}

#[cfg(test)]
mod tests;
