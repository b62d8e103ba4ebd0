//! Events that are noticed rather than told, and which of all events are shown.

use super::documents::{Event, EventKind, Events, read, update};
use crate::failure::Failure;
use crate::ports::metrics::MetricsPorts;
use crate::ports::operator::{PurgeDone, PurgeOrder, Scope};
use crate::purge::target::Mode;
use serde::Serialize;

/// Older events are forgotten, in seconds.
const KEPT_S: u64 = 90 * 86_400;

/// While two releases answer side by side, each minute may see the other one: so many are noted in an hour.
const RELEASES_AN_HOUR: usize = 6;

/// Notes a deployment if this release is not the one that was seen last.
///
/// # Errors
/// When the metrics object cannot be reached.
pub async fn notice_release(ports: &impl MetricsPorts, release: &str) -> Result<(), Failure> {
    let at = ports.now().as_millis() / 1000;
    let is_new = |events: &Events| {
        let releases = events
            .events
            .iter()
            .rev()
            .filter(|event| event.is_recent_deploy(at));
        events.release.as_deref() != Some(release) && releases.count() < RELEASES_AN_HOUR
    };
    if !is_new(&read(ports).await?) {
        return Ok(());
    }
    update(ports, |events: &mut Events| {
        // Another's cron may have been quicker.
        if !is_new(events) {
            return;
        }
        events.push(Event {
            at,
            kind: EventKind::Deploy,
            text: match &events.release {
                Some(before) => format!("release {release}, after {before}"),
                None => format!("release {release}, the first that was seen"),
            },
        });
        events.release = Some(release.to_owned());
    })
    .await
}

impl Event {
    fn is_recent_deploy(&self, now_s: u64) -> bool {
        self.kind == EventKind::Deploy && now_s.saturating_sub(self.at) < 3600
    }
}

/// Forgets what is past its time; gives how many.
///
/// # Errors
/// When the metrics object cannot be reached.
pub async fn forget_old(ports: &impl MetricsPorts) -> Result<usize, Failure> {
    let since = (ports.now().as_millis() / 1000).saturating_sub(KEPT_S);
    let is_old = |event: &Event| event.at < since;
    if !read::<Events>(ports).await?.events.iter().any(is_old) {
        return Ok(0);
    }
    update(ports, |events: &mut Events| {
        let before = events.events.len();
        events.events.retain(|event| !is_old(event));
        before - events.events.len()
    })
    .await
}

/// `GET /monitoring/events`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Happenings"))]
pub struct Listed {
    /// Oldest first.
    pub events: Vec<Event>,
}

/// Those from a moment on and before another, in seconds, oldest first.
///
/// # Errors
/// When the metrics object cannot be reached.
pub async fn between(ports: &impl MetricsPorts, from: u64, to: u64) -> Result<Listed, Failure> {
    let mut events = read::<Events>(ports).await?.events;
    events.retain(|event| (from..to).contains(&event.at));
    Ok(Listed { events })
}

/// What a purge looks like among the events. These are kept for long, and shown: they name routes of the site
/// and kinds of tags, and nothing that tells whose data it was. `routes`: those it may meet.
pub fn purged(order: &PurgeOrder, done: &PurgeDone, routes: &[&str], at: u64) -> Event {
    let mode = match order.mode {
        Mode::Soft => "soft",
        Mode::Hard => "hard",
    };
    let what = match order.scope {
        Scope::Everything => String::from("everything"),
        Scope::Listed => listed(order, done, routes),
    };
    Event {
        at,
        kind: EventKind::Purge,
        text: format!("{mode} purge of {what}"),
    }
}

/// The only target by its kind, more of them by their numbers.
fn listed(order: &PurgeOrder, done: &PurgeDone, routes: &[&str]) -> String {
    let keys = order.keys.len().saturating_sub(done.unmatched.len());
    match (order.tags.as_slice(), order.prefixes.as_slice(), keys) {
        ([tag], [], 0) if is_path(tag) => format!("a path of {}", any_of(routes)),
        ([tag], [], 0) => named(tag),
        ([], [prefix], 0) if is_path(prefix) => format!("paths of {}", any_of(routes)),
        ([], [prefix], 0) => format!("{}*", named(prefix)),
        ([], [], 1) if order.keys.len() == 1 => format!("a URL of {}", any_of(routes)),
        (tags, prefixes, keys) => {
            let counts = [
                (tags.len(), "tags"),
                (prefixes.len(), "prefixes"),
                (keys, "keys"),
            ];
            let told = counts.into_iter().filter(|(count, _)| *count > 0);
            let told: Vec<String> = told
                .map(|(count, what)| format!("{count} {what}"))
                .collect();
            if told.is_empty() {
                String::from("nothing that is stored")
            } else {
                told.join(", ")
            }
        }
    }
}

/// Paths are tags as well.
fn is_path(tag: &str) -> bool {
    tag.starts_with('/')
}

fn any_of(routes: &[&str]) -> String {
    match routes {
        [] => String::from("no cached route"),
        [route] => short(route),
        [_, _, ..] => format!("{} routes", routes.len()),
    }
}

/// `patient:7` is `patient:…`: the value may be anybody's.
fn named(tag: &str) -> String {
    match tag.split_once(':') {
        Some((name, "")) => format!("{}:", short(name)),
        Some((name, _)) => format!("{}:…", short(name)),
        None => short(tag),
    }
}

/// A name may be long and hold anything.
fn short(name: &str) -> String {
    const CHARS_MAX: usize = 120;
    let plain = name
        .chars()
        .map(|char| if char.is_control() { ' ' } else { char });
    let mut text: String = plain.clone().take(CHARS_MAX).collect();
    if plain.count() > CHARS_MAX {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests;
