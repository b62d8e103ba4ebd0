//! What operators ask for and what came of it: the words between `admin`, which reads their requests and
//! writes the answers, and `pipeline`, which does the work.

use crate::config::site::RouteId;
use crate::purge::seq::PurgeSeq;
use crate::purge::target::Mode;
use std::time::Duration;

/// How much of the site a purge is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// What its lists name.
    Listed,
    /// Whatever is stored.
    Everything,
}

/// What is to be purged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurgeOrder {
    pub tags: Vec<String>,
    /// URLs, as clients ask for them.
    pub keys: Vec<String>,
    /// Beginnings of tags, without the star.
    pub prefixes: Vec<String>,
    pub scope: Scope,
    pub mode: Mode,
}

/// A URL that names nothing that is ever stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmatched {
    pub url: String,
    pub why: String,
}

/// What became of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurgeDone {
    /// Whoever is served from here on sees these purges.
    pub seq: PurgeSeq,
    pub unmatched: Vec<Unmatched>,
    /// The routes whose stored answers the purge may meet.
    pub routes: Vec<RouteId>,
}

/// What is to be fetched before anybody asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WarmOrder {
    pub what: WarmWhat,
    /// Requests at once.
    pub concurrency: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WarmWhat {
    Urls(Vec<String>),
    /// A route's URLs, made from the rows of a query.
    Rows {
        /// As written: `GET /api/pitches/{id}`.
        route: String,
        query: String,
        limit: u32,
    },
    /// What the routes' own `warm` says.
    Configured,
}

/// URLs in one warming.
pub const WARM_MAX: usize = 10_000;

/// One URL that was warmed, or was not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warmed {
    pub url: String,
    pub result: WarmResult,
    pub took: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WarmResult {
    /// The status, and the word of `X-Cache-Status`.
    Answered(u16, &'static str),
    /// The source did not answer, and this was served in its place: the word of `Cache-Status`.
    Covered(&'static str),
    /// It was not asked for, or cannot be kept, and why.
    Skipped(String),
}
