//! The two lanes' entrances: [`serve_hit`], synchronous, for fresh answers in memory; [`fetch`] for
//! everything else.

use super::edge::Edge;
use super::hot::{Hit, JsContext, hot_key};
use super::isolate::{self, EdgeFacts};
use super::random::seed;
use super::request::{OwnedHead, client_accept_encoding, parse_joined, request_fields};
use super::response::{Prepared, PreparedKey, make};
use super::{clock, health, log, operator};
use crate::admin::endpoint::{is_operators, own};
use crate::admin::health::PATHS as HEALTH;
use crate::cache::stored::Coding;
use crate::config::site::{LogRequests, Site, SiteError};
use crate::failure::{Failure, Kind};
use crate::metrics::buffer::HotKey;
use crate::outcome::Outcome;
use crate::pipeline::answer::{Answer, AnswerOf, Content, memory_hit};
use crate::pipeline::memory_lane::{Found, look};
use crate::pipeline::metering::measure::{Answered, measured};
use crate::pipeline::origin::quick;
use crate::pipeline::serve::serve;
use crate::ports::Ports;
use crate::respond::ResponseHead;
use crate::respond::finish::{Edge as EdgeFields, finish};
use crate::respond::request_id;
use crate::semantics::request::RequestHead;
use crate::semantics::trace::{self, Trace, TraceParent};
use js_sys::JsString;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::{Context, Env, Request, event};

#[event(start)]
fn start() {
    console_error_panic_hook::set_once();
}

/// Answers from memory, without a promise, or with `undefined`: then `fetch` is to be called.
/// `joined`: see `request::parse_joined`; `raw`: the request that it was joined from.
#[wasm_bindgen]
pub fn serve_hit(
    joined: &str,
    raw: &web_sys::Request,
    env: &Env,
    context: &JsContext,
) -> Option<web_sys::Response> {
    let (response, hit) = answer_at_once(joined, raw)?;
    if let Some(hit) = hit {
        hit.count(env, context);
    }
    Some(response)
}

/// The answer, and what is to be counted of it.
fn answer_at_once(
    joined: &str,
    raw: &web_sys::Request,
) -> Option<(web_sys::Response, Option<Hit>)> {
    let facts = isolate::known_facts()?;
    let site = isolate::site().ok()?;
    let mut request = parse_joined(joined)?;
    if HEALTH.contains(&request.path) || is_operators(request.path) {
        return None;
    }
    let now = clock::now();
    let look = |request: &_| {
        isolate::with_kept(&site, |kept| {
            look(&site, request, &facts.secrets, kept, now)
        })
    };
    let Some(mut found) = look(&request) else {
        let (response, key) = hit_of_origin(&site, &facts, &request, raw)?;
        return Some((response, Hit::of(&facts, &site, key, now)));
    };
    let client;
    if found.shape.coding() == Coding::Gzip {
        // To ask what the client accepts costs something, so it is asked only where it matters.
        client = client_accept_encoding(raw);
        if client.is_some() {
            request.accept_encoding = client.as_deref();
            found = look(&request)?;
        }
    }
    let response = hit(&site, &facts, (&request, raw), &found).ok().flatten()?;
    let key = hot_key(found.id, found.shape, found.stored.head.status, &request);
    Some((response, Hit::of(&facts, &site, key, now)))
}

/// `None` for a remembered absence: its document is written on the other lane.
fn hit(
    site: &Site,
    facts: &EdgeFacts,
    (request, raw): (&RequestHead<'_>, &web_sys::Request),
    found: &Found<'_, super::body::JsBody>,
) -> Result<Option<web_sys::Response>, JsValue> {
    if found.stored.head.status != 200 {
        return Ok(None);
    }
    let key = PreparedKey {
        head: found.stored.head.clone(),
        shape: found.shape,
        age_s: found.standing.age_s,
        ttl_s: found.standing.ttl_s,
        origin: shown_origin(site, request),
    };
    let made = || {
        let answer = Answer::<_, ()>::stored(found, memory_hit(found), request, "")?;
        Some((answer.head, answer.outcome))
    };
    let at = (site, facts, request, raw);
    send(at, &found.stored.body, key, made, || memory_hit(found))
}

/// The same for a fresh answer of an origin.
fn hit_of_origin(
    site: &Rc<Site>,
    facts: &EdgeFacts,
    request: &RequestHead<'_>,
    raw: &web_sys::Request,
) -> Option<(web_sys::Response, Option<HotKey>)> {
    let now = clock::now();
    let fields = || request_fields(raw);
    let found = isolate::with_kept(site, |kept| {
        quick::look(site, request, &facts.secrets, kept, fields, now)
    })?;
    let key = PreparedKey {
        head: found.stored().head.clone(),
        shape: found.shape,
        age_s: found.age_s(),
        ttl_s: found.ttl_s(),
        origin: shown_origin(site, request),
    };
    let made = || Some((found.head(), found.outcome()));
    let at = (site.as_ref(), facts, request, raw);
    let sent = send(at, &found.stored().body, key, made, || found.outcome());
    let status = found.stored().head.status;
    let hot = hot_key(found.id, found.shape, status, request);
    sent.ok().flatten().map(|response| (response, hot))
}

fn shown_origin(site: &Site, request: &RequestHead<'_>) -> Option<String> {
    let origin = request.origin.filter(|_| site.cors.is_some());
    origin.map(str::to_owned)
}

/// A request on the memory lane, and whose it is.
type At<'a> = (
    &'a Site,
    &'a EdgeFacts,
    &'a RequestHead<'a>,
    &'a web_sys::Request,
);

/// Its place in a trace. It is read only where it is logged: a hit asks nobody who could be told.
fn span(raw: &web_sys::Request) -> TraceParent {
    let parent = raw.headers().get(trace::PARENT).ok().flatten();
    Trace::continued(parent.as_deref(), None, seed()).own
}

/// Sends a body under a head that was made for another request of the same second, or is made now.
fn send(
    (site, facts, request, raw): At<'_>,
    body: &super::body::JsBody,
    key: PreparedKey,
    made: impl FnOnce() -> Option<(ResponseHead, Outcome)>,
    outcome: impl FnOnce() -> Outcome,
) -> Result<Option<web_sys::Response>, JsValue> {
    let prepared = match body.prepared().filter(|prepared| prepared.key == key) {
        Some(prepared) => prepared,
        None => {
            let Some((mut head, outcome)) = made() else {
                return Ok(None);
            };
            finish(&mut head, &outcome, 0, edge_fields(site, facts, request));
            let prepared = Rc::new(Prepared::new(key, &head)?);
            body.prepare(prepared.clone());
            prepared
        }
    };
    let given = request_id::accept(request.request_id);
    let own = facts.next_id();
    let js_id = given.map_or_else(|| facts.id_js(own), JsString::from);
    let response = prepared.respond(body, &js_id)?;
    if facts.log.requests == LogRequests::All {
        let id = &given.map_or_else(|| facts.id_text(own), str::to_owned);
        let outcome = outcome();
        let status = response.status();
        let (internal, began) = (None, clock::now());
        let entry = log::Entry {
            request,
            request_id: id,
            status,
            outcome: &outcome,
            internal,
            began,
            trace: Some(span(raw)),
        };
        log::write(facts, entry);
    }
    Ok(Some(response))
}

fn edge_fields<'a>(
    site: &'a Site,
    facts: &'a EdgeFacts,
    request: &'a RequestHead<'_>,
) -> EdgeFields<'a> {
    EdgeFields {
        location: &facts.location,
        cors: site.cors.as_ref(),
        origin: request.origin,
    }
}

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<web_sys::Response> {
    let began = clock::now();
    let owned = OwnedHead::read(&request);
    let head = owned.head();
    let given = request_id::accept(head.request_id);
    let site = match isolate::site() {
        Ok(site) => site,
        Err(why) => {
            let id = given.map_or_else(isolate::id_without_facts, str::to_owned);
            return broken_site(why, &id);
        }
    };
    let facts = isolate::facts(&env, &site, || request.cf().map(|cf| cf.colo()));
    let id = &given.map_or_else(|| facts.id_text(facts.next_id()), str::to_owned);
    let edge = Edge::new(env, context, site.clone(), request);
    let mut answer = answer(&edge, &site, &facts, &head, id).await;
    let fields = edge_fields(&site, &facts, &head);
    let total_ms = clock::elapsed_ms(began);
    finish(&mut answer.head, &answer.outcome, total_ms, fields);
    let entry = log::Entry {
        request: &head,
        request_id: id,
        status: answer.head.status,
        outcome: &answer.outcome,
        internal: answer.internal.as_deref(),
        began,
        trace: Some(edge.span()),
    };
    log::write(&facts, entry);
    count(&edge, &site, &facts, &head, (&answer, total_ms));
    // Not as a `worker::Response`, which forgets that a body is encoded already.
    Ok(make(&answer.head, &answer.content, id)?)
}

/// Counts a response, but none of Forebay's own endpoints: whoever looks at the numbers shall not change
/// them.
fn count(
    edge: &Edge,
    site: &Rc<Site>,
    facts: &EdgeFacts,
    request: &RequestHead<'_>,
    (answer, total_ms): (&AnswerOf<Edge>, u32),
) {
    let meter = facts.meter.as_ref();
    let Some(meter) = meter.filter(|_| own(request.path).is_none()) else {
        return;
    };
    let answered = Answered {
        status: answer.head.status,
        total_ms,
        colo: &facts.location,
    };
    let due = meter.response(&measured(&answer.outcome, request, answered));
    let site = site.clone();
    if let Some(work) = meter.work(due, edge.env(), move || isolate::gauges(&site)) {
        edge.background(work);
    }
}

async fn answer(
    edge: &Edge,
    site: &Rc<Site>,
    facts: &EdgeFacts,
    head: &RequestHead<'_>,
    id: &str,
) -> AnswerOf<Edge> {
    if HEALTH.contains(&head.path) {
        return health(edge, site, head, id).await;
    }
    if is_operators(head.path) {
        return operator::answer(edge, site, facts, head, id).await;
    }
    serve(edge, site, &facts.secrets, head, id).await
}

async fn health(edge: &Edge, site: &Site, request: &RequestHead<'_>, id: &str) -> AnswerOf<Edge> {
    let outcome = Outcome::bypass(None);
    if !request.is_read() {
        let mut failure = Failure::new(Kind::MethodNotAllowed, "");
        failure.allow = ["GET", "HEAD"].map(str::to_owned).to_vec();
        return Answer::failed(&failure, outcome, id, request.method);
    }
    let (head, body) = match health::check(edge, site).await {
        Ok(report) => report,
        Err(failure) => return Answer::failed(&failure, outcome, id, request.method),
    };
    let content = if request.method == "HEAD" {
        Content::Empty
    } else {
        Content::Text(body)
    };
    Answer {
        head,
        content,
        outcome,
        internal: None,
    }
}

fn broken_site(why: SiteError, id: &str) -> worker::Result<web_sys::Response> {
    worker::console_error!("forebay: {why}");
    let failure = Failure::new(Kind::Misconfigured, "");
    let answer: Answer<super::body::JsBody, super::stream::JsStream> =
        Answer::failed(&failure, Outcome::bypass(None), id, "GET");
    Ok(make(&answer.head, &answer.content, id)?)
}
