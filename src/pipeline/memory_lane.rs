//! The question both lanes ask first: is there a fresh answer in this isolate's memory?
//!
//! The synchronous lane answers what [`look`] finds and passes on everything else; the asynchronous
//! lane asks the same function before it does anything else. So they cannot disagree.

use super::plan::{Located, Target, authorize, locate, target};
use crate::cache::freshness::{Freshness, Standing, judge};
use crate::cache::memory::Memory;
use crate::cache::stored::Stored;
use crate::config::site::{Route, Site};
use crate::policy::{Terms, terms_for};
use crate::ports::{Body, Secrets};
use crate::respond::stored::{Shape, shape};
use crate::semantics::request::RequestHead;
use crate::time::Timestamp;

/// A stored response that may answer a request, and how.
#[derive(Clone, Debug)]
pub struct Found<'s, B> {
    pub route: &'s Route,
    pub stored: Stored<B>,
    pub standing: Standing,
    pub terms: Terms,
    pub shape: Shape,
}

/// A fresh answer from memory that needs no further work, or `None`.
pub fn look<'s, B: Body>(
    site: &'s Site,
    request: &RequestHead<'_>,
    secrets: &Secrets,
    memory: &mut Memory<Stored<B>>,
    now: Timestamp,
) -> Option<Found<'s, B>> {
    if !request.is_read() {
        return None;
    }
    let located = locate(site, request).ok()?;
    authorize(located.route, request, secrets).ok()?;
    let target = target(site, &located, request, None).ok()?;
    fresh(&located, &target, request, memory, now)
}

/// The same, for a request whose target is known.
pub fn fresh<'s, B: Body>(
    located: &Located<'s, '_>,
    target: &Target,
    request: &RequestHead<'_>,
    memory: &mut Memory<Stored<B>>,
    now: Timestamp,
) -> Option<Found<'s, B>> {
    let key = target.key.as_ref()?;
    let stored = memory.get(key.as_str())?.clone();
    let (terms, standing) = stand(located.route, &stored, now)?;
    let shape = shape(&stored.head, request);
    let ready = match shape {
        Shape::Full(coding) | Shape::HeadOnly(coding) => stored.body.has(coding),
        Shape::NotModified(_) => true,
    };
    let usable = ready && standing.freshness == Freshness::Fresh;
    usable.then_some(Found {
        route: located.route,
        stored,
        standing,
        terms,
        shape,
    })
}

/// How a stored response stands now, by the route's terms; `None` when the route would not store it.
pub fn stand<B>(route: &Route, stored: &Stored<B>, now: Timestamp) -> Option<(Terms, Standing)> {
    let terms = terms_for(route.tier.as_ref()?, stored.head.status)?;
    Some((terms, judge(&stored.head, terms, stored.jitter, now)))
}
