//! The servers of one origin: which of them is asked next, by weight and by how they have answered.
//!
//! A server that fails several times in a row is put aside. When its time is over, one request at a
//! time tries it, until one of them is answered. Nobody asks a server only to learn how it is: what
//! is known comes from the requests there are.

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// One server of an origin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upstream {
    /// Scheme and authority, without a path.
    pub url: String,
    /// 1 to 1000: its part of the requests, against the sum of all.
    pub weight: u16,
}

/// When a server is passed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// So many failures in a row put it aside.
    pub failures: u16,
    /// For so long; then one request tries it.
    pub aside: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            failures: 3,
            aside: Duration::from_secs(10),
        }
    }
}

/// What came of one request to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// With whatever status.
    Answered,
    /// It could not be reached, broke off, or did not answer in time.
    Failed,
}

/// What is known of the servers.
#[derive(Clone, Debug)]
pub struct Upstreams {
    settings: Settings,
    servers: Vec<Server>,
}

#[derive(Clone, Debug)]
struct Server {
    upstream: Upstream,
    /// In a row.
    failures: u16,
    aside: Option<Aside>,
}

#[derive(Clone, Copy, Debug)]
struct Aside {
    until: Timestamp,
    /// When the last request was sent to try it, of which nothing is heard yet.
    trial: Option<Timestamp>,
}

/// What operators are shown of one server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Server"))]
pub struct Report {
    pub url: String,
    pub weight: u16,
    /// `in use`, `aside`, `due for a trial` or `on trial`.
    pub state: &'static str,
    /// In a row.
    pub failures: u16,
    /// How long it stays aside.
    pub aside_for_ms: Option<u64>,
}

impl Upstreams {
    pub fn new(settings: Settings, upstreams: &[Upstream]) -> Self {
        let servers = upstreams.iter().cloned().map(Server::new).collect();
        Self { settings, servers }
    }

    /// The server to ask: by weight among those that were not tried and are not aside. When all that
    /// were not tried are aside, the one whose time ends first: better a try than none. `None` when
    /// all were tried. Whoever picks one settles it.
    pub fn pick(&mut self, tried: &[usize], now: Timestamp, random: u32) -> Option<usize> {
        let untried = || {
            let servers = self.servers.iter().enumerate();
            servers.filter(|(index, _)| !tried.contains(index))
        };
        let ready = untried().filter(|(_, server)| server.is_ready(now, &self.settings));
        let picked = by_weight(ready, random).or_else(|| {
            let first = untried().min_by_key(|(_, server)| server.aside.map(|aside| aside.until));
            first.map(|(index, _)| index)
        })?;
        if let Some(aside) = self.server(picked).and_then(|server| server.aside.as_mut()) {
            aside.trial = Some(now);
        }
        Some(picked)
    }

    /// Tells what came of a request to a picked server.
    pub fn settle(&mut self, index: usize, verdict: Verdict, now: Timestamp) {
        let settings = self.settings.clone();
        let Some(server) = self.server(index) else {
            return;
        };
        match verdict {
            Verdict::Answered => {
                server.failures = 0;
                server.aside = None;
            }
            Verdict::Failed => {
                server.failures = server.failures.saturating_add(1);
                if server.failures >= settings.failures {
                    let until = now.plus(settings.aside);
                    server.aside = Some(Aside { until, trial: None });
                }
            }
        }
    }

    /// The servers in the order of the configuration.
    pub fn report(&self, now: Timestamp) -> Vec<Report> {
        let servers = self.servers.iter();
        servers
            .map(|server| server.report(now, &self.settings))
            .collect()
    }

    /// Whether none is aside, or has been and was not answered since.
    pub fn are_all_in_use(&self) -> bool {
        self.servers.iter().all(|server| server.aside.is_none())
    }

    fn server(&mut self, index: usize) -> Option<&mut Server> {
        self.servers.get_mut(index)
    }
}

/// The whole range of `random` is shared out in the order of the servers, each its part.
fn by_weight<'a>(
    servers: impl Iterator<Item = (usize, &'a Server)> + Clone,
    random: u32,
) -> Option<usize> {
    let total: u64 = servers.clone().map(|(_, server)| server.weight()).sum();
    let mut point = (u64::from(random) * total) >> u32::BITS;
    for (index, server) in servers {
        match point.checked_sub(server.weight()) {
            Some(rest) => point = rest,
            None => return Some(index),
        }
    }
    None
}

impl Server {
    fn new(upstream: Upstream) -> Self {
        Self {
            upstream,
            failures: 0,
            aside: None,
        }
    }

    fn weight(&self) -> u64 {
        u64::from(self.upstream.weight)
    }

    /// Not aside, or due for a trial while no other is under way. A trial of which nothing is ever
    /// heard must not hold the door: it counts for as long as a server is put aside.
    fn is_ready(&self, now: Timestamp, settings: &Settings) -> bool {
        self.aside.is_none_or(|aside| {
            now >= aside.until
                && aside
                    .trial
                    .is_none_or(|trial| now.since(trial) >= settings.aside)
        })
    }

    fn report(&self, now: Timestamp, settings: &Settings) -> Report {
        let left = self.aside.map(|aside| aside.until.since(now));
        Report {
            url: self.upstream.url.clone(),
            weight: self.upstream.weight,
            state: match self.aside {
                None => "in use",
                Some(aside) if now < aside.until => "aside",
                Some(_) if self.is_ready(now, settings) => "due for a trial",
                Some(_) => "on trial",
            },
            failures: self.failures,
            aside_for_ms: left
                .filter(|left| !left.is_zero())
                .map(|left| u64::try_from(left.as_millis()).unwrap_or(u64::MAX)),
        }
    }
}

#[cfg(test)]
mod tests;
