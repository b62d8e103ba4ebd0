//! Reads which span of time, and which route, an operator asks for: `?window=1h`, or `?from=&to=`, and
//! `&route=`.

use super::search::{read, wrong};
use super::when;
use crate::config::site::Site;
use crate::config::units::parse_duration;
use crate::failure::Failure;
use crate::metrics::slots::{Length, Window};
use crate::time::Timestamp;
use std::ops::Range;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub span: Span,
    /// A pattern of the site, with its method.
    pub route: Option<String>,
}

/// In seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Span {
    /// So many until now.
    Last(u64),
    /// Since the Unix epoch.
    Between(Range<u64>),
}

impl Span {
    /// # Errors
    /// When it has not begun yet.
    pub fn window(&self, now: Timestamp) -> Result<Window, Failure> {
        match self {
            Self::Last(seconds) => Ok(Window::last(*seconds, now)),
            Self::Between(span) => window("from", span, now),
        }
    }
}

/// # Errors
/// When the span has not begun yet; it is told of the parameter of this name.
pub fn window(name: &'static str, span: &Range<u64>, now: Timestamp) -> Result<Window, Failure> {
    let window = Window::between(span.start, span.end, now);
    window.ok_or_else(|| wrong(name, "has not come yet"))
}

/// Without a word about time.
const USUAL_S: u64 = 3600;

/// Nothing is kept for longer.
const LONGEST_S: u64 = 2 * 366 * 86_400;

const MOMENTS: &str =
    "write seconds since 1970, or a date with its time such as 2026-11-21T14:00:00Z";

/// # Errors
/// `BadParameters`, with the parameter, what it was, and what it may be.
pub fn parse(search: &str, site: &Site, now: Timestamp) -> Result<Asked, Failure> {
    let [window, from, to, route] = read(search, ["window", "from", "to", "route"])?;
    let span = span_of([window, from, to], now)?;
    let route = route.map(|route| known_route(&route, site)).transpose()?;
    Ok(Asked { span, route })
}

/// Where there is nothing to tell of one route.
///
/// # Errors
/// As [`parse`].
pub fn parse_span(search: &str, now: Timestamp) -> Result<Span, Failure> {
    span_of(read(search, ["window", "from", "to"])?, now)
}

fn span_of([window, from, to]: [Option<String>; 3], now: Timestamp) -> Result<Span, Failure> {
    let now_s = now.as_millis() / 1000;
    Ok(match (window, from, to) {
        (Some(window), None, None) => Span::Last(seconds(&window)?),
        (Some(_), _, _) => return Err(wrong("window", "goes without from and to")),
        (None, Some(from), to) => {
            let to = to.map_or(Ok(now_s), |to| moment("to", &to))?;
            Span::Between(between(("from", "to"), moment("from", &from)?, to)?)
        }
        (None, None, Some(_)) => return Err(wrong("from", "is required where there is a to")),
        (None, None, None) => Span::Last(USUAL_S),
    })
}

/// Two periods, and the route of both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Periods {
    pub baseline: Range<u64>,
    pub current: Range<u64>,
    pub route: Option<String>,
}

/// # Errors
/// As [`parse`].
pub fn parse_periods(search: &str, site: &Site) -> Result<Periods, Failure> {
    let [baseline, current, route] = read(search, ["baseline", "current", "route"])?;
    Ok(Periods {
        baseline: period("baseline", baseline)?,
        current: period("current", current)?,
        route: route.map(|route| known_route(&route, site)).transpose()?,
    })
}

/// An hour that a report is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hour {
    /// Seconds since the Unix epoch.
    pub begins_s: u64,
    pub window: Window,
    /// The hour before; `None` where single hours of then are no longer kept.
    pub before: Option<Window>,
}

/// Without a word the last one that is over.
///
/// # Errors
/// As [`parse`]; also when it has not begun yet, or is no longer kept by itself.
pub fn parse_hour(search: &str, now: Timestamp) -> Result<Hour, Failure> {
    let [hour] = read(search, ["hour"])?;
    let this = now.as_millis() / 1000 / HOUR_S * HOUR_S;
    let begins_s = match hour {
        Some(hour) => when::parse_hour(&hour).ok_or_else(|| {
            let reason = format!(
                "was \"{}\": write an hour of UTC such as 2026-11-21T14",
                cut(&hour)
            );
            wrong("hour", &reason)
        })?,
        None => this.saturating_sub(HOUR_S),
    };
    let window = window("hour", &(begins_s..begins_s + HOUR_S), now)?;
    if !is_of_hours(&window) {
        return Err(wrong(
            "hour",
            "lies too far back: single hours are kept for 90 days",
        ));
    }
    let before = Window::between(begins_s.saturating_sub(HOUR_S), begins_s, now);
    Ok(Hour {
        begins_s,
        window,
        before: before.filter(is_of_hours),
    })
}

const HOUR_S: u64 = 3600;

/// Whether it tells an hour from the one beside it.
fn is_of_hours(window: &Window) -> bool {
    window.length <= Length::Hour
}

fn seconds(window: &str) -> Result<u64, Failure> {
    let seconds = parse_duration(window).map(|duration| duration.as_secs());
    let seconds = seconds.filter(|seconds| *seconds > 0);
    seconds.ok_or_else(|| {
        let reason = format!(
            "was \"{}\": write a whole number and a unit, such as 5m, 1h or 7d",
            cut(window)
        );
        wrong("window", &reason)
    })
}

fn period(name: &'static str, text: Option<String>) -> Result<Range<u64>, Failure> {
    let text = text.ok_or_else(|| wrong(name, "is required: FROM/TO"))?;
    let (from, to) = text.split_once('/').ok_or_else(|| {
        let reason = format!("was \"{}\": write FROM/TO, and {MOMENTS}", cut(&text));
        wrong(name, &reason)
    })?;
    between((name, name), moment(name, from)?, moment(name, to)?)
}

fn moment(name: &'static str, text: &str) -> Result<u64, Failure> {
    when::parse(text).ok_or_else(|| wrong(name, &format!("was \"{}\": {MOMENTS}", cut(text))))
}

fn between(
    (from_name, to_name): (&'static str, &'static str),
    from: u64,
    to: u64,
) -> Result<Range<u64>, Failure> {
    if from >= to {
        return Err(wrong(to_name, "must be later than where it begins"));
    }
    if to - from > LONGEST_S {
        return Err(wrong(from_name, "lies too far back: two years are kept"));
    }
    Ok(from..to)
}

/// A pattern with its method, or the path alone where one route has it.
fn known_route(text: &str, site: &Site) -> Result<String, Failure> {
    let patterns = || site.routes.iter().map(|route| route.pattern.as_str());
    let path = |pattern: &str| pattern.split_once(' ').map(|(_, path)| path.to_owned());
    if let Some(own) = patterns().find(|pattern| *pattern == text) {
        return Ok(own.to_owned());
    }
    let mut alike = patterns().filter(|pattern| path(pattern).as_deref() == Some(text));
    match (alike.next(), alike.next()) {
        (Some(own), None) => Ok(own.to_owned()),
        (Some(_), Some(_)) => {
            let methods: Vec<&str> = patterns()
                .filter(|pattern| path(pattern).as_deref() == Some(text))
                .collect();
            let reason = format!("is several routes: write {}", methods.join(" or "));
            Err(wrong("route", &reason))
        }
        (None, _) => {
            let known: Vec<&str> = patterns().take(ROUTES_TOLD_MAX).collect();
            let reason = format!("was \"{}\": the routes are {}", cut(text), known.join(", "));
            Err(wrong("route", &reason))
        }
    }
}

const ROUTES_TOLD_MAX: usize = 50;

/// What was given may be of any length.
fn cut(text: &str) -> String {
    text.chars().take(64).collect()
}

#[cfg(test)]
mod tests;
