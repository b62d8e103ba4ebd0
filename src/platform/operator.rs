//! Performs what operators ask for: reads by `admin`, does by `pipeline::operate`, answers by `admin`.

use super::alerts;
use super::edge::Edge;
use super::isolate::EdgeFacts;
use super::{cron, doorway, live, numbers, operations};
use crate::admin::endpoint::{self, Endpoint};
use crate::admin::explain::{self, Format};
use crate::admin::{dashboard, inspect, purge, receipt, text, warm};
use crate::config::site::Site;
use crate::failure::{Failure, Kind};
use crate::outcome::Outcome;
use crate::pipeline::answer::{Answer, AnswerOf, Content};
use crate::pipeline::operate;
use crate::pipeline::operate::explain::Question;
use crate::ports::Ports;
use crate::purge::bookmark;
use crate::respond::ResponseHead;
use crate::respond::cache_control::NO_STORE;
use crate::semantics::request::RequestHead;
use futures_util::StreamExt;
use serde::Serialize;
use std::rc::Rc;
use worker::Response;

pub(super) type Body = Content<super::body::JsBody, super::stream::JsStream>;

/// An endpoint's answer.
pub(super) type Done = Result<(ResponseHead, Body), Failure>;

pub(super) async fn answer(
    edge: &Edge,
    site: &Rc<Site>,
    facts: &EdgeFacts,
    request: &RequestHead<'_>,
    id: &str,
) -> AnswerOf<Edge> {
    let outcome = Outcome::bypass(None);
    let done = match dashboard::place(request.path) {
        Some(place) => doorway::answer(edge, place, &facts.secrets, request).await,
        None => perform(edge, site, facts, request).await,
    };
    match done {
        Ok((head, content)) => Answer {
            head,
            content,
            outcome,
            internal: None,
        },
        Err(failure) => Answer::failed(&failure, outcome, id, request.method),
    }
}

async fn perform(
    edge: &Edge,
    site: &Rc<Site>,
    facts: &EdgeFacts,
    request: &RequestHead<'_>,
) -> Done {
    let secrets = &facts.secrets;
    let access = doorway::access(edge, request, secrets)?;
    let endpoint = endpoint::find(request.method, request.path, access)?;
    match endpoint {
        Endpoint::Purge => {
            let order = purge::parse(body(edge, endpoint).await?.as_deref())?;
            let done = operate::purge::perform(edge, site, &order).await?;
            operations::note_purge(edge, site, &order, &done);
            let (mut head, content) = json(&receipt::make(site, &order, &done))?;
            head.push(bookmark::FIELD, done.seq.to_string());
            Ok((head, content))
        }
        Endpoint::Inspect => {
            let urls = inspect::parse(body(edge, endpoint).await?.as_deref())?;
            json(&inspect::Report {
                keys: operate::inspect::look(edge, site, &urls).await,
            })
        }
        Endpoint::Warm => {
            let order = warm::parse(body(edge, endpoint).await?.as_deref())?;
            let planned = operate::warm::plan(edge, site, &order).await?;
            let at_once = order.concurrency;
            let (ports, secrets) = (edge.clone(), secrets.clone());
            let warmed = operate::warm::run(ports, site.clone(), secrets, planned, at_once);
            let ports = edge.clone();
            streamed(
                "application/x-ndjson",
                warm::lines(warmed, move || ports.now()),
            )
        }
        Endpoint::Explain => explained(edge, site, request).await,
        Endpoint::Shield => json(&operate::shields::states(edge, site).await),
        Endpoint::Live => streamed("text/event-stream", live::stream(edge.clone(), site)?),
        Endpoint::Database => json(&operations::databases(edge, site, facts, request).await?),
        Endpoint::Runs => json(&cron::runs(edge).await?),
        Endpoint::Events => json(&operations::events(edge, request).await?),
        Endpoint::Alerts => json(&alerts::report(edge, site).await?),
        Endpoint::Silence => {
            json(&alerts::silence(edge, site, body(edge, endpoint).await?.as_deref()).await?)
        }
        Endpoint::Unsilence => {
            json(&alerts::unsilence(edge, body(edge, endpoint).await?.as_deref()).await?)
        }
        Endpoint::AlertTest => {
            json(&alerts::test(edge, site, body(edge, endpoint).await?.as_deref()).await?)
        }
        Endpoint::Performance => json(&numbers::summary(edge, site, facts, request).await?),
        Endpoint::Prometheus => {
            let text = numbers::exposed(edge, site, facts).await?;
            Ok((
                head("text/plain; version=0.0.4; charset=utf-8"),
                Content::Text(text),
            ))
        }
        Endpoint::Report => json(&numbers::report(edge, site, facts, request).await?),
        Endpoint::Compare => json(&numbers::compared(edge, site, facts, request).await?),
    }
}

async fn body(edge: &Edge, endpoint: Endpoint) -> Result<Option<Vec<u8>>, Failure> {
    edge.request_body(endpoint.body_bytes_max()).await
}

async fn explained(edge: &Edge, site: &Site, request: &RequestHead<'_>) -> Done {
    let asked = explain::parse(request.search)?;
    let (path, _) = RequestHead::split_url(&asked.url);
    let question = Question {
        url: &asked.url,
        fields: asked.fields,
        own: endpoint::own(path),
    };
    let found = operate::explain::explain(edge, site, question).await;
    let as_text = match asked.format {
        Some(Format::Text) => true,
        Some(Format::Json) => false,
        None => edge.accepts_text(),
    };
    if !as_text {
        return json(&found);
    }
    let document = serde_json::to_value(&found).map_err(unwritten)?;
    let head = head("text/plain; charset=utf-8");
    Ok((head, Content::Text(text::render(&document))))
}

fn head(content_type: &'static str) -> ResponseHead {
    let mut head = ResponseHead::new(200);
    head.push("Content-Type", content_type);
    head.push("Cache-Control", NO_STORE);
    head
}

fn unwritten(why: serde_json::Error) -> Failure {
    Failure::new(Kind::Internal, "").because(why)
}

fn json(document: &impl Serialize) -> Done {
    let text = serde_json::to_string(document).map_err(unwritten)?;
    Ok((head("application/json"), Content::Text(text + "\n")))
}

/// Lines as they come. The client that leaves ends the work: nobody pulls any more.
fn streamed(
    content_type: &'static str,
    lines: impl futures_util::Stream<Item = String> + 'static,
) -> Done {
    let failed = |why: &dyn std::fmt::Display| Failure::new(Kind::Internal, "").because(why);
    let chunks = lines.map(|line| Ok::<_, worker::Error>(line.into_bytes()));
    let response: web_sys::Response = Response::from_stream(chunks)
        .map_err(|why| failed(&why))?
        .into();
    let stream = response
        .body()
        .ok_or_else(|| failed(&"a stream without a body"))?;
    Ok((head(content_type), Content::Stream(stream.into())))
}
