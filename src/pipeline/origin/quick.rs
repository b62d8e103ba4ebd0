//! The synchronous lane of origins' answers: fresh ones in this isolate's memory, whole, or 304. It asks
//! what the other lane asks, so they cannot disagree; whatever needs more goes there.

use super::candidate::Candidate;
use super::look::stand;
use super::search::known_in;
use super::send::judged;
use super::wanted::{ShownKey, Wanted};
use crate::cache::http::Http;
use crate::cache::memory::Memory;
use crate::cache::receipt;
use crate::cache::stored::{Coding, Stored};
use crate::config::site::{Origin, Route, RouteId, Site, Source};
use crate::outcome::{Layer, Outcome};
use crate::pipeline::answer::hit_in_memory;
use crate::pipeline::memory_lane::Kept;
use crate::pipeline::plan::{authorize, locate};
use crate::pipeline::sight::Sight;
use crate::policy::reuse::{Reuse, decide};
use crate::ports::{Body, Secrets};
use crate::respond::ResponseHead;
use crate::respond::cors::is_cors;
use crate::respond::origin::{self as heads, Cut};
use crate::respond::stored::Shape;
use crate::semantics::fields::Fields;
use crate::semantics::method::Method;
use crate::semantics::preconditions::Answer;
use crate::semantics::request::RequestHead;
use crate::time::Timestamp;
use std::time::Duration;

/// A fresh answer in memory.
#[derive(Clone, Debug)]
pub struct Quick<'s, B> {
    candidate: Candidate<B>,
    pub shape: Shape,
    pub id: RouteId,
    route: &'s Route,
    path: String,
    origin: &'s Origin,
    /// Scheme and authority of the URL that was asked for.
    here: String,
    cors: Cors,
}

/// Who answers `Origin`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cors {
    OfOrigin,
    OfSite,
}

/// `fields`: of the request, all of them; asked for only where they are needed.
pub fn look<'s, B: Body>(
    site: &'s Site,
    request: &RequestHead<'_>,
    secrets: &Secrets,
    kept: Kept<'_, B>,
    fields: impl FnOnce() -> Fields,
    now: Timestamp,
) -> Option<Quick<'s, B>> {
    if site.origins.is_empty() || !request.is_read() {
        return None;
    }
    let located = locate(site, request).ok()?;
    let (Source::Origin(id), Some(tier)) = (located.route.source, &located.route.tier) else {
        return None;
    };
    authorize(located.route, request, secrets).ok()?;
    let sight = Sight::at_once(kept.watch, site, request, now)?;
    let mut wanted = Wanted::read(site, &located, request, fields()).ok()?;
    let shows_key = ShownKey::asked_for(&wanted.fields, secrets) != ShownKey::Nothing;
    if wanted.asks_for_websocket() || shows_key {
        return None;
    }
    wanted.sight = sight;
    let stored = in_memory(kept.memory, &mut wanted)?;
    let of = (located.route, tier, &wanted);
    let candidate = stand(of, stored, Layer::Memory, &kept.watch.view, now).ok()?;
    let shape = shape(&wanted, &candidate, now)?;
    Some(Quick {
        candidate,
        shape,
        id: located.id,
        route: located.route,
        here: wanted.uri.origin.to_string(),
        path: wanted.uri.path,
        origin: site.origin(id)?,
        cors: match site.cors {
            Some(_) => Cors::OfSite,
            None => Cors::OfOrigin,
        },
    })
}

/// Under the URI's key, or that of the variant that the request selects.
fn in_memory<B: Body>(memory: &mut Memory<Stored<B>>, wanted: &mut Wanted) -> Option<Stored<B>> {
    if let Some(variance) = known_in(memory, wanted) {
        wanted.key_by(variance);
    }
    let stored = memory.get(wanted.key.as_str())?.clone();
    let Some(Http::Signpost(signpost)) = stored.head.http.as_deref() else {
        return Some(stored);
    };
    let variant = signpost.choose(&wanted.forwarded)?;
    let key = receipt::key_of(&wanted.key, &variant.selecting);
    memory.get(key.as_str()).cloned()
}

/// `None` for what is not fresh, a part, or to be cut.
fn shape<B: Body>(wanted: &Wanted, candidate: &Candidate<B>, now: Timestamp) -> Option<Shape> {
    let method = Method::parse(&wanted.method);
    // Nothing that is fresh has anything to do with how long the stale may stand in.
    let reuse = decide(candidate.held(), method, &wanted.directives, Duration::ZERO);
    let is_usable = reuse == Reuse::Fresh
        && wanted.directives.no_store.is_none()
        && candidate.part().is_none()
        && !matches!(candidate.stored.head.status, 204 | 205);
    if !is_usable {
        return None;
    }
    match (judged(wanted, candidate, now), method) {
        (Answer::Whole, Method::Get) => Some(Shape::Full(Coding::Identity)),
        (Answer::Whole, Method::Head) => Some(Shape::HeadOnly(Coding::Identity)),
        (Answer::NotModified, _) => Some(Shape::NotModified(Coding::Identity)),
        (Answer::Whole, Method::Post | Method::Other)
        | (Answer::Part(_) | Answer::Parts(_) | Answer::Unsatisfiable | Answer::Forward(_), _) => {
            None
        }
    }
}

impl<B: Body> Quick<'_, B> {
    pub fn stored(&self) -> &Stored<B> {
        &self.candidate.stored
    }

    pub fn age_s(&self) -> u64 {
        self.candidate.age.as_secs()
    }

    pub fn ttl_s(&self) -> i64 {
        self.candidate.ttl_s()
    }

    pub fn head(&self) -> ResponseHead {
        let cut = match self.shape {
            Shape::Full(_) | Shape::HeadOnly(_) => Cut::Whole,
            Shape::NotModified(_) => Cut::NotModified,
        };
        let Candidate { stored, age, .. } = &self.candidate;
        let mut head = heads::stored(&stored.head, *age, &cut, self.origin.tag_fields);
        heads::lead_here(&mut head, self.origin, &self.here);
        match self.cors {
            Cors::OfOrigin => {}
            Cors::OfSite => head.fields.retain(|(name, _)| !is_cors(name)),
        }
        if let Some(tier) = self.route.tier_of(self.candidate.content_type()) {
            heads::tell_terms(&mut head, tier, &self.candidate.terms, &self.path);
        }
        head
    }

    pub fn outcome(&self) -> Outcome {
        hit_in_memory(self.route, self.ttl_s())
    }
}
