//! From an origin's answer to a stored response, and from a validation to a newer one (RFC 9111 §3, §4.3.4,
//! §4.3.5): everything that is decided when an answer has come, before anybody has its body.

mod selecting;
mod tagging;

use tagging::tags;
pub use tagging::{path_tag, uri_tag};

use super::http::{Http, Response, Variant};
use super::stored::{Coding, Head};
use crate::key::CacheKey;
use crate::policy::lifetime::{self, Arrival, Basis, OriginTerms, Unvalidated};
use crate::policy::storable::{self, Authorization, ContentLocation, Form, Storability};
use crate::policy::{HonorOrigin, Terms, Tier};
use crate::purge::seq::PurgeSeq;
use crate::semantics::age::{self, Exchange};
use crate::semantics::cache_control::{RequestDirectives, ResponseDirectives};
use crate::semantics::fields::Fields;
use crate::semantics::method::Method;
use crate::semantics::range::content_range::ContentRange;
use crate::semantics::range::partial::Holding;
use crate::semantics::targeted::{GovernedBy, Governing, governing};
use crate::semantics::uri::HttpUri;
use crate::semantics::vary::Selecting;
use crate::semantics::{connection, dates, freshen};
use crate::source::fetch::Exchanged;
use crate::time::Timestamp;
use std::time::Duration;

/// What is to be known of a request to judge what came of it.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    pub method: Method,
    pub directives: &'a RequestDirectives,
    /// Whether credentials of the client's went to the origin.
    pub authorization: Authorization,
    /// As they went to the origin: only those can have selected the answer.
    pub fields: &'a Fields,
    pub target: &'a HttpUri,
}

/// Where and how an answer would be kept.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Of the URI.
    pub key: &'a CacheKey,
    pub tier: &'a Tier,
    /// The route's own.
    pub tags: &'a [String],
    /// What was known of purges before the origin was asked.
    pub seq: PurgeSeq,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// Under `Head::key`, which is the URI's own, or that of a variant.
    Store(Box<Head>),
    /// Why not, in a word.
    Refuse(&'static str),
}

/// Judges an answer that is not a 304.
pub fn receive(request: Request<'_>, place: Place<'_>, exchanged: &Exchanged) -> Received {
    let governed = governed(place.tier, &exchanged.fields);
    let arrival = Arrival {
        status: exchanged.status,
        response: &exchanged.fields,
        governing: &governed,
        received: exchanged.received,
    };
    let Some(terms) = terms(place.tier, &arrival) else {
        return Received::Refuse("status");
    };
    let storability = storable::decide(&storable::Candidate {
        method: request.method,
        request: request.directives,
        authorization: request.authorization,
        status: exchanged.status,
        response: &exchanged.fields,
        directives: &governed.directives,
        terms: &terms,
        content_location: ContentLocation::Absent,
    });
    let (form, omitted) = match storability {
        Storability::Store { form, omitted } => (form, omitted),
        Storability::Refuse(why) => return Received::Refuse(why.as_str()),
    };
    let selecting = match selecting::selecting(request, place.tier, exchanged, &terms, &governed) {
        Ok(selecting) => selecting,
        Err(why) => return Received::Refuse(why),
    };
    let tags = match tags(request.target, place.tags, &exchanged.fields) {
        Ok(tags) => tags,
        Err(why) => return Received::Refuse(why.as_str()),
    };
    let part = match form {
        Form::Whole => None,
        Form::Partial => match part_of(exchanged) {
            Some(part) => Some(part),
            None => return Received::Refuse("partial-undescribed"),
        },
    };
    let mut fields = connection::storable(&exchanged.fields, &omitted);
    if part.is_some() {
        // The range is kept apart from the fields of the whole (RFC 9111 §3.4).
        fields.remove("content-range");
        fields.remove("content-length");
    }
    let status = if part.is_some() {
        200
    } else {
        exchanged.status
    };
    let response = Response {
        terms,
        initial_age: initial_age(exchanged),
        selecting,
        part,
    };
    Received::Store(Box::new(head(
        place, status, fields, tags, response, exchanged,
    )))
}

/// What a 304 makes of a stored response (RFC 9111 §4.3.4). `seq`: what was known of purges before the
/// origin was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Freshened {
    Store(Box<Head>),
    /// It answers this request, and may be kept no longer: the 304 says so.
    UseOnce(Box<Head>),
}

impl Freshened {
    pub fn head(&self) -> &Head {
        match self {
            Self::Store(head) | Self::UseOnce(head) => head,
        }
    }
}

/// `stored`: of an origin's response; `None` for anything else.
pub fn freshened(
    stored: &Head,
    request: Request<'_>,
    place: Place<'_>,
    exchanged: &Exchanged,
) -> Option<Freshened> {
    let old = response(stored)?;
    let own = governed(place.tier, &exchanged.fields);
    let omitted = match decide(request, &own, stored.status, exchanged, &old.terms) {
        Storability::Store { omitted, .. } => omitted,
        Storability::Refuse(_) => Vec::new(),
    };
    let before: Fields = stored.headers.iter().cloned().collect();
    let mut fields = freshen::update(&before, &exchanged.fields, &omitted);
    if dates::valid_date(&exchanged.fields, exchanged.received).is_none() {
        fields.set("Date", exchanged.received.http_date());
    }
    let governed = governed(place.tier, &fields);
    let arrival = Arrival {
        status: stored.status,
        response: &fields,
        governing: &governed,
        received: exchanged.received,
    };
    let terms = terms(place.tier, &arrival)?;
    let decision = decide(request, &governed, stored.status, exchanged, &terms);
    let tags = tags(request.target, place.tags, &fields).ok()?;
    let renewed = Response {
        terms,
        initial_age: initial_age(exchanged),
        ..old.clone()
    };
    let mut head = head(place, stored.status, fields, tags, renewed, exchanged);
    head.key = stored.key.clone();
    let head = Box::new(head);
    Some(match decision {
        Storability::Store { .. } => Freshened::Store(head),
        Storability::Refuse(_) => Freshened::UseOnce(head),
    })
}

fn decide(
    request: Request<'_>,
    governed: &Governing,
    status: u16,
    exchanged: &Exchanged,
    terms: &OriginTerms,
) -> Storability {
    storable::decide(&storable::Candidate {
        // What is freshened was the answer to a GET, also where a HEAD did it.
        method: Method::Get,
        request: request.directives,
        authorization: request.authorization,
        status,
        response: &exchanged.fields,
        directives: &governed.directives,
        terms: &OriginTerms {
            // Whether it could ever be used is not asked of a part of its fields.
            lifetime: terms.lifetime.max(Duration::from_secs(1)),
            basis: Basis::MaxAge,
            unvalidated: Unvalidated::WhenStaleToo,
            ..*terms
        },
        content_location: ContentLocation::Absent,
    })
}

/// The head of two parts of one representation that were put together: the fields of the newer one update
/// those of the older one (RFC 9111 §3.4).
pub fn joined(old: &Head, new: &Head, holding: Holding) -> Option<Head> {
    let response = response(new)?;
    let fields = |head: &Head| -> Fields { head.headers.iter().cloned().collect() };
    let mut fields = freshen::update(&fields(old), &fields(new), &[]);
    fields.remove("content-range");
    fields.remove("content-length");
    if let Some(complete) = holding.complete().filter(|_| holding.is_whole()) {
        fields.set("Content-Length", complete.to_string());
    }
    let part = (!holding.is_whole()).then_some(holding);
    let http = Http::Response(Response {
        part,
        ..response.clone()
    });
    Some(Head {
        headers: fields.into_iter().collect(),
        http: Some(Box::new(http)),
        ..new.clone()
    })
}

/// The head of an origin's response; `None` for a signpost, or for what our own sources made.
pub fn response(head: &Head) -> Option<&Response> {
    match head.http.as_deref()? {
        Http::Response(response) => Some(response),
        Http::Signpost(_) | Http::Variance(_) => None,
    }
}

/// What chooses a stored response among the variants of its URI.
pub fn variant(head: &Head) -> Option<Variant> {
    let fields: Fields = head.headers.iter().cloned().collect();
    Some(Variant {
        selecting: response(head)?.selecting.clone(),
        date: dates::valid_date(&fields, head.created),
        received: head.created,
        content_language: fields.sole("content-language").map(str::to_owned),
    })
}

/// The key of a response that these fields select.
pub fn key_of(primary: &CacheKey, selecting: &Selecting) -> CacheKey {
    primary.variant(selecting.parts())
}

/// A fixed TTL overrides what the origin says of time, and only that.
fn governed(tier: &Tier, fields: &Fields) -> Governing {
    match &tier.honor_origin {
        Some(honor) => governing(fields, &honor.targets),
        None => {
            let said = governing(fields, &HonorOrigin::default().targets).directives;
            Governing {
                by: GovernedBy::Targeted,
                directives: ResponseDirectives {
                    no_store: said.no_store,
                    private: said.private,
                    ..ResponseDirectives::default()
                },
            }
        }
    }
}

/// `None`: answers of this status are not kept.
fn terms(tier: &Tier, arrival: &Arrival<'_>) -> Option<OriginTerms> {
    match &tier.honor_origin {
        Some(honor) => Some(lifetime::terms(arrival, honor.heuristic_max)),
        None => fixed_terms(tier, arrival.status),
    }
}

/// What a tier with a TTL gives an origin's answer, whatever the origin says of time.
pub fn fixed_terms(tier: &Tier, status: u16) -> Option<OriginTerms> {
    let (fresh, swr, sie) = match status {
        200 | 203 | 204 | 206 | 300 | 301 | 308 => (tier.ttl, tier.swr, tier.sie),
        404 | 410 => (tier.negative_ttl, Duration::ZERO, Duration::ZERO),
        _ => return None,
    };
    Some(OriginTerms {
        lifetime: fresh,
        basis: Basis::MaxAge,
        unvalidated: Unvalidated::WhenStaleToo,
        stale_while_revalidate: swr,
        stale_if_error: Some(sie),
        immutable: false,
    })
}

fn initial_age(exchanged: &Exchanged) -> Duration {
    let exchange = Exchange {
        requested: exchanged.requested,
        received: exchanged.received,
    };
    age::corrected_initial_age(&exchanged.fields, exchange)
}

/// The range of a 206 that says how long it is.
fn part_of(exchanged: &Exchanged) -> Option<Holding> {
    let described = exchanged.fields.sole("content-range")?;
    let described = ContentRange::parse(described)?;
    let ContentRange::Part { range, .. } = described else {
        return None;
    };
    Holding::of_part(Some(described), range.len()).ok()
}

/// How long a response is kept past its lifetime when nobody said anything of errors: it may still be
/// validated.
const KEEP_FOR_VALIDATION: Duration = Duration::from_secs(86_400);

fn head(
    place: Place<'_>,
    status: u16,
    mut fields: Fields,
    tags: Vec<String>,
    response: Response,
    exchanged: &Exchanged,
) -> Head {
    if dates::valid_date(&fields, exchanged.received).is_none() {
        fields.set("Date", exchanged.received.http_date());
    }
    let key = if response.selecting.is_empty() {
        place.key.clone()
    } else {
        key_of(place.key, &response.selecting)
    };
    let terms = kept(place.tier, &response);
    Head {
        key: key.as_str().to_owned(),
        status,
        headers: fields.into_iter().collect(),
        // The bytes are the origin's own, whatever their content coding.
        coding: Coding::Identity,
        created: exchanged.received,
        initial_age_s: 0,
        terms,
        etag: String::new(),
        last_modified: Timestamp::from_millis(0),
        tags,
        seq: place.seq,
        http: Some(Box::new(Http::Response(response))),
    }
}

/// How long the bytes are worth keeping, counted from now on.
fn kept(tier: &Tier, response: &Response) -> Terms {
    let stale_max = tier
        .honor_origin
        .as_ref()
        .map_or(KEEP_FOR_VALIDATION, |honor| {
            honor.stale_max.max(KEEP_FOR_VALIDATION)
        });
    Terms {
        fresh: response.terms.lifetime.saturating_sub(response.initial_age),
        swr: response.terms.stale_while_revalidate,
        sie: response
            .terms
            .stale_if_error
            .unwrap_or_default()
            .max(stale_max),
    }
}

#[cfg(test)]
mod tests;
