//! Streams of `GET /monitoring/live`: each asks the metrics objects itself, as nothing may be awaited that
//! belongs to another request.

use super::clock;
use super::edge::Edge;
use crate::admin::live::{EVERY, Listeners, Told};
use crate::config::site::Site;
use crate::failure::{Failure, Kind};
use crate::metrics::message::{MetricsAsk, MetricsReply};
use crate::ports::metrics::MetricsPorts;
use futures_util::future::join_all;
use futures_util::stream::{self, Stream};
use std::cell::RefCell;
use std::rc::Rc;
use worker::Delay;

thread_local! {
    static LISTENERS: RefCell<Listeners> = RefCell::default();
}

/// One of the streams of this isolate, for as long as it is kept.
struct Listener(u64);

impl Listener {
    fn new() -> Option<Self> {
        LISTENERS.with(|all| all.borrow_mut().begin(clock::now()).map(Self))
    }

    fn pulled(&self) {
        LISTENERS.with(|all| all.borrow_mut().pulled(self.0, clock::now()));
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        LISTENERS.with(|all| all.borrow_mut().end(self.0));
    }
}

pub(super) fn stream(
    edge: Edge,
    site: &Rc<Site>,
) -> Result<impl Stream<Item = String> + 'static, Failure> {
    let listener = Listener::new().ok_or_else(|| {
        Failure::new(Kind::Unavailable, "too many listen already").because("live: too many streams")
    })?;
    let objects = site.metrics.objects;
    let begun = (listener, edge, Told::default());
    Ok(stream::unfold(
        begun,
        move |(listener, edge, told)| async move {
            if told.is_over(objects) {
                return None;
            }
            if told.rounds > 0 {
                Delay::from(EVERY).await;
            }
            listener.pulled();
            let (line, told) = told.next(version(&edge, objects).await, clock::now());
            Some((line, (listener, edge, told)))
        },
    ))
}

/// Of all objects together. `None`: one of them does not answer.
async fn version(edge: &Edge, objects: u16) -> Option<u64> {
    let each = (0..objects).map(|object| edge.ask_metrics(object, &MetricsAsk::Version));
    let replies = join_all(each).await;
    let versions = replies.into_iter().map(|reply| match reply {
        Ok(MetricsReply::Version(version)) => Some(version),
        Ok(_) | Err(_) => None,
    });
    versions.sum()
}
