//! Fetches what nobody has asked for yet, through the same stages as everybody's requests, so that every
//! layer is filled.

use super::keys::{reason, request, resolve};
use crate::cache::stored::Coding;
use crate::config::site::{Auth, QueryId, Route, Site, Warm};
use crate::failure::{Failure, Kind, ParameterFault};
use crate::pipeline::answer::Content;
use crate::pipeline::serve::{Asker, serve_to};
use crate::ports::operator::{WARM_MAX, WarmOrder, WarmResult, WarmWhat, Warmed};
use crate::ports::origin::OriginPorts;
use crate::ports::{Body, Delivery, Ports, Secrets};
use crate::purge::seq::PurgeSeq;
use crate::semantics::fields::Fields;
use crate::semantics::request::RequestHead;
use crate::shield::message::Ask;
use crate::source::bind::{Inputs, bind};
use futures_util::{Stream, StreamExt, stream};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::rc::Rc;

/// A URL to be fetched, or what stands in a row's place that gives none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Planned {
    Url(String),
    Skip { what: String, why: String },
}

/// What an order comes to, before anything is fetched: at most [`WARM_MAX`] URLs.
///
/// # Errors
/// `BadBody` when it names what is not there; or what kept the query from answering.
pub async fn plan<P: Ports>(
    ports: &P,
    site: &Site,
    order: &WarmOrder,
) -> Result<Vec<Planned>, Failure> {
    match &order.what {
        WarmWhat::Urls(urls) => Ok(urls.iter().cloned().map(Planned::Url).collect()),
        WarmWhat::Rows {
            route,
            query,
            limit,
        } => {
            let (route, id) = named(site, route, query)?;
            rows(ports, site, route, id, *limit).await
        }
        WarmWhat::Configured => Ok(configured(ports, site).await),
    }
}

/// What the routes' own `warm` says. A query that fails is told in the place of its rows, and the other
/// routes are warmed.
async fn configured<P: Ports>(ports: &P, site: &Site) -> Vec<Planned> {
    let mut planned = Vec::new();
    for route in &site.routes {
        match &route.warm {
            None => {}
            Some(Warm::Urls(urls)) => planned.extend(urls.iter().cloned().map(Planned::Url)),
            Some(Warm::Rows { query, limit }) => {
                let found = rows(ports, site, route, *query, *limit).await;
                planned.extend(found.unwrap_or_else(|failure| {
                    vec![Planned::Skip {
                        what: route.pattern.clone(),
                        why: format!("its query failed: {}", reason(&failure)),
                    }]
                }));
            }
        }
    }
    let more = planned.len().saturating_sub(WARM_MAX);
    if more > 0 {
        planned.truncate(WARM_MAX);
        planned.push(Planned::Skip {
            what: "warm".into(),
            why: format!("{more} URLs more than {WARM_MAX} are left out"),
        });
    }
    planned
}

fn named<'s>(site: &'s Site, pattern: &str, query: &str) -> Result<(&'s Route, QueryId), Failure> {
    let mut failure = Failure::new(Kind::BadBody, "");
    let mut fault = |name: &str, reason: String| {
        let name = name.to_owned();
        failure.faults.push(ParameterFault { name, reason });
    };
    let route = site.routes.iter().find(|route| route.pattern == pattern);
    if route.is_none_or(|route| route.tier.is_none()) {
        let cached = site.routes.iter().filter(|route| route.tier.is_some());
        fault(
            "route",
            format!(
                "is no cached route of the site: use one of {}",
                list(cached.map(|route| &route.pattern))
            ),
        );
    }
    let listed = |id: &QueryId| site.query(*id).is_some_and(|known| known.name == query);
    let ids = (0..).map(QueryId).take(site.queries.len());
    let listings = ids.filter(|id| site.listing(*id).is_some());
    let id = listings.clone().find(listed);
    if id.is_none() {
        let names = listings
            .filter_map(|id| site.query(id))
            .map(|query| &query.name);
        fault(
            "query",
            format!(
                "is no query of the site that returns many rows: use one of {}",
                list(names)
            ),
        );
    }
    match (route.filter(|_| failure.faults.is_empty()), id) {
        (Some(route), Some(id)) => Ok((route, id)),
        (_, _) => Err(failure),
    }
}

/// The first names, in quotes.
fn list<'a>(names: impl Iterator<Item = &'a String>) -> String {
    const SHOWN: usize = 12;
    let shown: Vec<String> = names
        .take(SHOWN)
        .map(|name| format!("\"{name}\""))
        .collect();
    if shown.is_empty() {
        "none, for there are none".into()
    } else {
        shown.join(", ")
    }
}

/// A URL of the route for each of the query's rows.
async fn rows<P: Ports>(
    ports: &P,
    site: &Site,
    route: &Route,
    id: QueryId,
    limit: u32,
) -> Result<Vec<Planned>, Failure> {
    let gone = || Failure::new(Kind::Internal, "").because("a listing is not there");
    let (listing, query) = site.listing(id).zip(site.query(id)).ok_or_else(gone)?;
    let limit_text = limit.to_string();
    let inputs = Inputs {
        path: &[("limit", Cow::Borrowed(limit_text.as_str()))],
        search: "",
        allowed: &[],
        body: None,
        bytes_max: site.limits.param_bytes_max,
    };
    let values = bind(query, &inputs).map_err(|problems| {
        let first = problems
            .first()
            .map(ToString::to_string)
            .unwrap_or_default();
        Failure::new(
            Kind::BadBody,
            format!("the query takes what warming cannot give: {first}"),
        )
    })?;
    let ask = Ask {
        route: listing.fingerprint.clone(),
        values: values.0,
        key: None,
        after: PurgeSeq::ZERO,
        trace: ports.trace().map(|trace| trace.own),
    };
    let stored = match ports.ask(0, ask).await.1? {
        Delivery::Whole(stored) => stored,
        Delivery::Passing(passing) => {
            ports.discard(passing.stream);
            let public = "the rows of the query are more than `limits.stored_body` holds";
            return Err(Failure::new(Kind::BadBody, public));
        }
    };
    let body = match stored.body.bytes(Coding::Identity) {
        Some(bytes) => Some(bytes),
        None => {
            let plain = ports.recode(&stored, Coding::Identity).await;
            plain.and_then(|body| body.bytes(Coding::Identity))
        }
    };
    let unread = || Failure::new(Kind::Internal, "").because("the rows of a listing are no JSON");
    let body = body.ok_or_else(unread)?;
    let rows: Vec<Value> = serde_json::from_slice(&body).map_err(|_| unread())?;
    let rows = rows.iter().take(limit as usize);
    Ok(rows.map(|row| url_of(route, row)).collect())
}

/// A column that is no parameter of the route does not matter.
fn url_of(route: &Route, row: &Value) -> Planned {
    let empty = Map::new();
    let row = row.as_object().unwrap_or(&empty);
    let path = route.pattern.split_once(' ').map_or("/", |(_, path)| path);
    let mut url = String::new();
    for segment in path.split('/').skip(1) {
        url.push('/');
        let Some(name) = segment
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'))
        else {
            url.push_str(&encoded(segment));
            continue;
        };
        let (name, rest) = name
            .strip_suffix("...")
            .map_or((name, false), |name| (name, true));
        match row.get(name).and_then(text) {
            // The slashes of a rest are its own.
            Some(value) if rest => {
                let parts: Vec<String> = value.split('/').map(encoded).collect();
                url.push_str(&parts.join("/"));
            }
            Some(value) if !value.is_empty() => url.push_str(&encoded(&value)),
            Some(_) | None => {
                return Planned::Skip {
                    what: route.pattern.clone(),
                    why: format!("a row has no value in the column \"{name}\""),
                };
            }
        }
    }
    let searched = route
        .query
        .iter()
        .filter_map(|name| Some((name, row.get(name).and_then(text)?)));
    for (at, (name, value)) in searched.enumerate() {
        url.push(if at == 0 { '?' } else { '&' });
        url.push_str(&format!("{}={}", encoded(name), encoded(&value)));
    }
    Planned::Url(url)
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

fn encoded(text: impl AsRef<str>) -> String {
    utf8_percent_encode(text.as_ref(), UNRESERVED).to_string()
}

/// Fetches what was planned, `concurrency` at once; each as it is done. Whoever drops the stream stops it.
pub fn run<P: OriginPorts>(
    ports: P,
    site: Rc<Site>,
    secrets: Secrets,
    planned: Vec<Planned>,
    concurrency: usize,
) -> impl Stream<Item = Warmed> {
    let secrets = Rc::new(secrets);
    stream::iter(planned)
        .map(move |planned| {
            let (ports, site, secrets) = (ports.clone(), site.clone(), secrets.clone());
            async move {
                let began = ports.now();
                let (url, result) = match planned {
                    Planned::Url(url) => {
                        let result = fetch(&ports, &site, &secrets, &url).await;
                        (url, result)
                    }
                    Planned::Skip { what, why } => (what, WarmResult::Skipped(why)),
                };
                let took = ports.now().since(began);
                Warmed { url, result, took }
            }
        })
        .buffer_unordered(concurrency.max(1))
}

/// What an origin is told of a request that nobody has sent: what most clients say.
fn fields() -> Fields {
    let said = [
        ("Accept", "*/*"),
        ("Accept-Encoding", "gzip, deflate, br, zstd"),
    ];
    let said = said.map(|(name, value)| (name.to_owned(), value.to_owned()));
    said.into_iter().collect()
}

/// Only what would be kept is asked for: running an uncached query here would help nobody.
async fn fetch<P: OriginPorts>(
    ports: &P,
    site: &Rc<Site>,
    secrets: &Secrets,
    url: &str,
) -> WarmResult {
    let named = match resolve(site, url) {
        Ok(named) => named,
        Err(unmatched) => return WarmResult::Skipped(unmatched.why),
    };
    let request = match request(url) {
        Ok(request) => request,
        Err(why) => return WarmResult::Skipped(why.to_owned()),
    };
    let own = secrets
        .api_token
        .as_ref()
        .map(|token| format!("Bearer {token}"));
    let authorization = match named.route.auth {
        Auth::None => None,
        Auth::Token => own.as_deref(),
    };
    let request = RequestHead {
        authorization,
        accept_encoding: Some("gzip"),
        ..request
    };
    let asker = Asker::Ourselves(fields());
    let answer = serve_to(&asker, ports, site, secrets, &request, "warm").await;
    if let Content::Stream(stream) = answer.content {
        // Too large to be stored: nobody reads it here.
        ports.discard(stream);
        return WarmResult::Skipped("the answer is too large to be stored".into());
    }
    match answer.outcome.detail {
        Some(covered @ ("fallback" | "stale-if-error")) => WarmResult::Covered(covered),
        Some(_) | None => WarmResult::Answered(answer.head.status, answer.outcome.verdict.as_str()),
    }
}
