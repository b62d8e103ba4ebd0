//! What a webhook is sent, and how a receiver can tell that it comes from us.
//!
//! `Forebay-Signature: t=SECONDS,v1=HEX`: an HMAC with SHA-256 of `SECONDS.BODY` under the shared secret. The
//! time of sending is under the signature, so that a receiver can refuse what somebody sends again later.

use super::outbox::{Change, Notification, Purpose, What};
use super::rule::Form;
use super::sentence;
use crate::time::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use sha2::Sha256;
use std::fmt::Write;

pub const SIGNATURE: &str = "Forebay-Signature";

/// The notification's id: the same each time that it is sent.
pub const ID: &str = "Forebay-Notification";

#[derive(Serialize)]
struct Generic<'a> {
    id: &'a str,
    site: &'a str,
    /// Seconds since the Unix epoch, as all times here.
    at: u64,
    test: bool,
    state: &'static str,
    level: Option<&'static str>,
    title: String,
    alerts: Vec<Told<'a>>,
}

#[derive(Serialize)]
struct Told<'a> {
    name: &'a str,
    route: Option<&'a str>,
    state: &'static str,
    what: &'static str,
    level: Option<&'static str>,
    since: u64,
    says: &'a str,
}

#[derive(Serialize)]
struct Slack {
    text: String,
}

/// The body of a message, JSON.
pub fn body(form: Form, site: &str, notification: &Notification) -> String {
    let written = match form {
        Form::Generic => serde_json::to_string(&generic(site, notification)),
        Form::Slack => serde_json::to_string(&Slack {
            text: slack(site, notification),
        }),
    };
    written.unwrap_or_default()
}

fn generic<'a>(site: &'a str, notification: &'a Notification) -> Generic<'a> {
    let level = notification.level();
    Generic {
        id: &notification.id,
        site,
        at: seconds(notification.at),
        test: notification.purpose == Purpose::Test,
        state: state(level.is_some()),
        level: level.map(super::Level::as_str),
        title: title(site, notification),
        alerts: notification.changes.iter().map(told).collect(),
    }
}

fn told(change: &Change) -> Told<'_> {
    let level = change.what.level();
    Told {
        name: &change.alert,
        route: change.route.as_deref(),
        state: state(level.is_some()),
        what: change.what.as_str(),
        level: level.map(super::Level::as_str),
        since: seconds(change.since),
        says: &change.says,
    }
}

fn state(fires: bool) -> &'static str {
    if fires { "firing" } else { "resolved" }
}

/// One line: what a phone shows.
fn title(site: &str, notification: &Notification) -> String {
    let names: Vec<String> = notification.changes.iter().map(heading).collect();
    let test = match notification.purpose {
        Purpose::Test => "test: ",
        Purpose::Alert => "",
    };
    format!("{site}: {test}{}", names.join(", "))
}

fn heading(change: &Change) -> String {
    let name = &change.alert;
    match change.what {
        What::Fired(level) => format!("{name} is {}", level.as_str()),
        What::StillFiring(level) => format!("{name} is still {}", level.as_str()),
        What::Raised => format!("{name} is critical now"),
        What::Lowered => format!("{name} is a warning now"),
        What::Resolved(_) => format!("{name} is resolved"),
    }
}

fn slack(site: &str, notification: &Notification) -> String {
    let mut text = format!("*{}*", escaped(&title(site, notification)));
    for change in &notification.changes {
        let says = escaped(&change.says);
        let why = match change.what {
            What::Resolved(why) => format!(" It is resolved: {}.", sentence::resolution(why)),
            What::Fired(_) | What::StillFiring(_) | What::Raised | What::Lowered => String::new(),
        };
        // Writing to a `String` does not fail.
        let _ = write!(text, "\n• {says}{why}");
    }
    text
}

/// The three characters that mean something to Slack.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// The value of [`SIGNATURE`].
pub fn sign(secret: &str, body: &str, now: Timestamp) -> String {
    let t = seconds(now);
    let digest = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map(|mut mac| {
        mac.update(format!("{t}.{body}").as_bytes());
        mac.finalize().into_bytes()
    });
    // A key of any length will do, so this does not fail.
    let hex = digest
        .map(|digest| crate::key::hex(&digest))
        .unwrap_or_default();
    format!("t={t},v1={hex}")
}

fn seconds(at: Timestamp) -> u64 {
    at.as_millis() / 1000
}

/// Whether it is worth trying again at once: the receiver, or the way to it, may be back in a moment.
pub fn may_pass(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500..=599)
}

#[cfg(test)]
mod tests;
