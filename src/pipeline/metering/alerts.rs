//! Alerting, in its order: measurements are read, the board is changed and saved, and only then are people
//! told, so that a crash tells them again rather than never.

mod measured;
mod sending;

use super::documents::{Document, Event, EventKind, Events, read, update};
use crate::alert::board::{Board, Evaluation, ProtectionChange, Receiver, Stretch};
use crate::alert::machine::{Resolution, Transition};
use crate::alert::outbox::Delivery;
use crate::alert::silence::Silence;
use crate::config::site::Site;
use crate::failure::{Failure, Kind};
use crate::ports::alerts::AlertPorts;
use crate::ports::metrics::MetricsPorts;
use crate::purge::message::{LogAsk, LogReply};
use crate::purge::relief::Relief;
use crate::time::Timestamp;
use std::time::Duration;

impl Document for Board {
    const NAME: &'static str = "alerts-1";
}

/// Evaluates all rules, and sends what is due. Gives what came of it, for the record.
///
/// # Errors
/// When the board cannot be read or written; nobody is told anything then. When a part of what was measured
/// could not be read: the rest was judged, and people were told.
pub async fn evaluate(ports: &impl AlertPorts, site: &Site) -> Result<String, Failure> {
    let now = ports.now();
    let (readings, unread) = measured::readings(ports, site, now).await;
    let (receiver, form) = (ports.receiver(), site.alerting.form);
    let (evaluation, claimed, stretch) = update(ports, |board: &mut Board| {
        let evaluation = board.evaluate(&site.alerting, &readings, receiver, now);
        let claimed = match receiver {
            Receiver::Webhook => board.outbox.claim(form, now),
            Receiver::Nobody => Vec::new(),
        };
        (evaluation, claimed, board.stretch.clone())
    })
    .await?;
    protect(ports, site, &evaluation, stretch.as_ref()).await;
    // Before anything is sent, which may take until the run's time is over.
    note_all(ports, &evaluation, now).await;
    let sent = sending::send(ports, site, &claimed).await;
    let says = format!(
        "rules: {}, changes: {}, notifications sent: {sent} of {}",
        site.alerting.rules.len(),
        evaluation.transitions.len(),
        claimed.len(),
    );
    match unread {
        None => Ok(says),
        Some(failure) => {
            let why = format!("{says}, but not all was read: {}", failure.internal);
            Err(failure.because(why))
        }
    }
}

/// Tells the purge log, of which all isolates hear within a second. It has to be told again each minute.
async fn protect(
    ports: &impl AlertPorts,
    site: &Site,
    evaluation: &Evaluation,
    stretch: Option<&Stretch>,
) {
    let relief = stretch.map(|stretch| Relief {
        until: stretch.until,
        stretch_max: site.alerting.stretch_max,
    });
    if relief.is_none() && evaluation.protection == ProtectionChange::None {
        return;
    }
    match ports.ask_purge_log(&LogAsk::Relieve(relief)).await {
        Ok(LogReply::Relieved) => {}
        Ok(other) => ports.complain(&format!("alert: the purge log answered {other:?}")),
        Err(failure) => ports.complain(&format!("alert: stretch-ttl: {}", failure.internal)),
    }
}

/// What has changed, for the charts. Without it the alerts are none the worse.
async fn note_all(ports: &impl AlertPorts, evaluation: &Evaluation, now: Timestamp) {
    let at = now.as_millis() / 1000;
    let alerts = evaluation
        .transitions
        .iter()
        .map(|(name, transition, says)| {
            let text = format!("{name} {}: {says}", word(*transition));
            (EventKind::Alert, text)
        });
    let protection = match evaluation.protection {
        ProtectionChange::None => None,
        ProtectionChange::Began => Some("stretch-ttl is on"),
        ProtectionChange::BeganAgain => {
            Some("stretch-ttl is on again: it had ended for want of evaluations")
        }
        ProtectionChange::Ended => Some("stretch-ttl is off"),
    };
    let protection = protection.map(|text| (EventKind::Protection, text.to_owned()));
    let events = alerts.chain(protection);
    let events: Vec<Event> = events
        .map(|(kind, text)| Event { at, kind, text })
        .collect();
    if events.is_empty() {
        return;
    }
    for event in &events {
        ports.complain(&format!("alert: {}", event.text));
    }
    let noted = update(ports, |kept: &mut Events| {
        events.iter().cloned().for_each(|event| kept.push(event));
    });
    if let Err(failure) = noted.await {
        let why = failure.internal;
        ports.complain(&format!("alert: the events are not kept: {why}"));
    }
}

fn word(transition: Transition) -> &'static str {
    match transition {
        Transition::Fired(level) => match level {
            crate::alert::Level::Warning => "is a warning",
            crate::alert::Level::Critical => "is critical",
        },
        Transition::Raised => "is critical now",
        Transition::Lowered => "is a warning now",
        Transition::Resolved(Resolution::Good) => "is resolved",
        Transition::Resolved(Resolution::NothingMeasured) => "is no longer measured",
        Transition::Resolved(Resolution::Removed) => "is no more",
    }
}

/// # Errors
/// When the board cannot be read.
pub async fn board(ports: &impl MetricsPorts) -> Result<Board, Failure> {
    read(ports).await
}

/// # Errors
/// When the board cannot be changed, or there are too many silences.
pub async fn silence(
    ports: &impl MetricsPorts,
    alert: &str,
    lasts: Duration,
    reason: &str,
) -> Result<Silence, Failure> {
    let now = ports.now();
    let made = update(ports, |board: &mut Board| {
        board.silence(alert, lasts, reason.to_owned(), now)
    });
    let full = "There are too many silences: end some by POST /admin/unsilence.";
    made.await?.ok_or_else(|| Failure::new(Kind::BadBody, full))
}

/// `None`: there is no such silence, or it has ended.
///
/// # Errors
/// When the board cannot be changed.
pub async fn unsilence(ports: &impl MetricsPorts, id: &str) -> Result<Option<Silence>, Failure> {
    let now = ports.now();
    update(ports, |board: &mut Board| board.unsilence(id, now)).await
}

/// Sends a notification that says of itself that it is a test; silences do not hold it back. `None`: the site
/// has no such alert.
///
/// # Errors
/// When the board cannot be changed.
pub async fn test(
    ports: &impl AlertPorts,
    site: &Site,
    alert: &str,
) -> Result<Option<Delivery>, Failure> {
    let Some(rule) = site.alerting.rule(alert) else {
        return Ok(None);
    };
    let now = ports.now();
    let notification = update(ports, |board: &mut Board| board.test(rule, now)).await?;
    let delivery = sending::test(ports, site, &notification).await;
    update(ports, |board: &mut Board| {
        board.outbox.record(delivery.clone())
    })
    .await?;
    Ok(Some(delivery))
}

#[cfg(test)]
mod tests;
