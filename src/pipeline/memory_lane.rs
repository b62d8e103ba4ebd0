//! The question both lanes ask first: is there a fresh answer in this isolate's memory?
//!
//! The synchronous lane answers what [`look`] finds and passes on everything else; the asynchronous
//! lane asks the same function before it does anything else. So they cannot disagree.

use super::plan::{Located, Target, authorize, locate, target};
use super::sight::{Sight, Stand};
use crate::cache::freshness::{Freshness, Standing};
use crate::cache::memory::Memory;
use crate::cache::refreshing::Refreshing;
use crate::cache::stored::Stored;
use crate::config::site::{Route, RouteId, Site, Source};
use crate::policy::Terms;
use crate::ports::{Body, Secrets};
use crate::purge::view::View;
use crate::purge::watch::Watch;
use crate::respond::stored::{Shape, shape};
use crate::semantics::request::RequestHead;
use crate::time::Timestamp;

/// A stored response that may answer a request, and how.
#[derive(Clone, Debug)]
pub struct Found<'s, B> {
    pub id: RouteId,
    pub route: &'s Route,
    pub stored: Stored<B>,
    pub standing: Standing,
    pub terms: Terms,
    pub shape: Shape,
}

/// What an isolate keeps that the lane looks into.
#[derive(Debug)]
pub struct Kept<'m, B> {
    pub memory: &'m mut Memory<Stored<B>>,
    pub watch: &'m Watch,
    pub refreshing: &'m Refreshing,
}

/// A fresh answer from memory that needs no further work, or `None`. One that is to be refreshed ahead
/// needs that, unless somebody does it already.
pub fn look<'s, B: Body>(
    site: &'s Site,
    request: &RequestHead<'_>,
    secrets: &Secrets,
    kept: Kept<'_, B>,
    now: Timestamp,
) -> Option<Found<'s, B>> {
    if !request.is_read() {
        return None;
    }
    let located = locate(site, request).ok()?;
    match located.route.source {
        // Its answers lie under keys of their own: see `origin::quick`.
        Source::Origin(_) => return None,
        Source::Query(_) | Source::Assets => {}
    }
    authorize(located.route, request, secrets).ok()?;
    let target = target(site, &located, request, None).ok()?;
    let sight = Sight::at_once(kept.watch, site, request, now)?;
    let seen = Seen {
        sight: &sight,
        view: &kept.watch.view,
    };
    let found = fresh(&located, &target, request, kept.memory, seen, now)?;
    match found.standing.freshness {
        Freshness::Fresh => Some(found),
        Freshness::Aging => {
            let key = target.key.as_ref()?.as_str();
            kept.refreshing.running_for(key, now).map(|_| found)
        }
        Freshness::StaleWhileRevalidate | Freshness::StaleIfError | Freshness::Dead => None,
    }
}

/// What a request may take for valid, and by which purges.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'v> {
    pub sight: &'v Sight,
    pub view: &'v View,
}

/// The same, for a request whose target is known, and with those that are to be refreshed ahead.
pub fn fresh<'s, B: Body>(
    located: &Located<'s, '_>,
    target: &Target,
    request: &RequestHead<'_>,
    memory: &mut Memory<Stored<B>>,
    seen: Seen<'_>,
    now: Timestamp,
) -> Option<Found<'s, B>> {
    let key = target.key.as_ref()?;
    let stored = memory.get(key.as_str())?.clone();
    let stand = seen.sight.stand(located.route, &stored, seen.view, now);
    let Stand::Usable(terms, standing) = stand else {
        return None;
    };
    let shape = shape(&stored.head, request);
    let ready = match shape {
        Shape::Full(coding) | Shape::HeadOnly(coding) => stored.body.has(coding),
        Shape::NotModified(_) => true,
    };
    let usable = ready && standing.freshness.is_fresh();
    usable.then_some(Found {
        id: located.id,
        route: located.route,
        stored,
        standing,
        terms,
        shape,
    })
}
