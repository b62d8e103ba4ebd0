//! Routes to HTTP origins, against a scripted one.

mod operated;
mod reported;
mod reuse;
mod unsafely;
mod variants;

use super::world::*;
use crate::cache::refreshing::Refreshing;
use crate::cache::stored::Coding;
use crate::config::site::{Auth, OriginId, Site, Source};
use crate::failure::{Failure, Kind};
use crate::outcome::{CacheVerdict, Finding, ShieldReport};
use crate::pipeline::answer::{AnswerOf, Content as Sent};
use crate::pipeline::memory_lane::Kept;
use crate::pipeline::origin::quick::{self, Quick};
use crate::pipeline::sight::Sight;
use crate::policy::{HonorOrigin, Layers, Tier};
use crate::ports::Ports;
use crate::ports::origin::{Arrival, ArrivalOf, Content, Incoming, NoArrival, OriginPorts};
use crate::purge::seq::PurgeSeq;
use crate::route::pattern::MethodPattern;
use crate::route::table::RouteTable;
use crate::semantics::fields::Fields;
use crate::semantics::request::RequestHead;
use crate::shield::message::FetchAsk;
use crate::source::fetch::{Exchanged, Fetch};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::time::Duration;

/// What the origin says when it is asked the next time.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Status, fields and body. `Incoming::Whole`.
    Says(u16, Vec<(String, String)>, Vec<u8>),
    /// The same, as a stream; `Err`: it breaks off.
    Streams(u16, Vec<(String, String)>, Result<Vec<u8>, ()>),
    Fails(Kind),
}

/// The origin, and how requests reach it.
#[derive(Default)]
pub struct Scripted {
    pub replies: RefCell<VecDeque<Reply>>,
    pub contacts: RefCell<Vec<Fetch>>,
    /// Of the client's request.
    pub fields: RefCell<Fields>,
    /// How many contacts went through the shield.
    pub through_shield: Cell<usize>,
    breaks: Cell<bool>,
}

impl OriginPorts for World {
    fn request_fields(&self) -> Fields {
        self.0.origin.fields.borrow().clone()
    }

    async fn fetch(&self, _shard: u16, ask: FetchAsk) -> Result<ArrivalOf<Self>, Box<NoArrival>> {
        let origin = &self.0.origin;
        origin.through_shield.set(origin.through_shield.get() + 1);
        let seq = self.0.log.borrow().head();
        let shield = Some(self.0.report.get());
        let arrival = self.contact(&ask.fetch, shield, seq);
        arrival.map_err(|failure| Box::new(NoArrival { shield, failure }))
    }

    async fn forward(
        &self,
        _origin: &crate::config::site::Origin,
        fetch: &Fetch,
        _content: Content,
    ) -> Result<ArrivalOf<Self>, Failure> {
        if !self.0.takes.get().is_zero() {
            self.sleep(self.now().plus(self.0.takes.get())).await;
        }
        self.contact(fetch, None, PurgeSeq::ZERO)
    }

    fn keep(
        &self,
        stream: Vec<u8>,
        declared: Option<u64>,
        bytes_max: u64,
    ) -> (Vec<u8>, impl Future<Output = Option<TestBody>> + 'static) {
        let bytes = stream.clone();
        let length = bytes.len() as u64;
        let is_whole = !self.0.origin.breaks.get()
            && length <= bytes_max
            && declared.is_none_or(|declared| declared == length);
        let body = is_whole.then(|| TestBody::new(Coding::Identity, bytes));
        (stream, async move { body })
    }

    fn body_of(&self, bytes: Vec<u8>) -> TestBody {
        TestBody::new(Coding::Identity, bytes)
    }
}

impl World {
    fn contact(
        &self,
        fetch: &Fetch,
        shield: Option<ShieldReport>,
        seq: PurgeSeq,
    ) -> Result<ArrivalOf<Self>, Failure> {
        let origin = &self.0.origin;
        origin.contacts.borrow_mut().push(fetch.clone());
        let reply = origin.replies.borrow_mut().pop_front();
        let (status, fields, body) = match reply.expect("nobody should have asked") {
            Reply::Fails(kind) => return Err(Failure::new(kind, "").because("the inside")),
            Reply::Says(status, fields, body) => (status, fields, Incoming::Whole(body)),
            Reply::Streams(status, fields, body) => {
                origin.breaks.set(body.is_err());
                (status, fields, Incoming::Coming(body.unwrap_or_default()))
            }
        };
        let body = match body {
            _ if fetch.method == "HEAD" => Incoming::None,
            Incoming::None => Incoming::None,
            Incoming::Whole(bytes) => Incoming::Whole(TestBody::new(Coding::Identity, bytes)),
            Incoming::Coming(stream) => Incoming::Coming(stream),
        };
        Ok(Arrival {
            shield,
            exchanged: Exchanged {
                status,
                fields: fields.into_iter().collect(),
                requested: self.now(),
                received: self.now(),
            },
            seq,
            body,
        })
    }

    /// The origin will answer so; `lines` are `Name: value`.
    pub fn says(&self, status: u16, lines: &[&str], body: &str) {
        let reply = Reply::Says(status, pairs(lines), body.as_bytes().to_vec());
        self.0.origin.replies.borrow_mut().push_back(reply);
    }

    pub fn streams(&self, lines: &[&str], body: Result<&str, ()>) {
        let body = body.map(|text| text.as_bytes().to_vec());
        let reply = Reply::Streams(200, pairs(lines), body);
        self.0.origin.replies.borrow_mut().push_back(reply);
    }

    pub fn fails(&self, kind: Kind) {
        self.0
            .origin
            .replies
            .borrow_mut()
            .push_back(Reply::Fails(kind));
    }

    /// A request to the site, with these lines, for `https://site.example`.
    pub fn ask(&self, method: &str, path: &str, lines: &[&str]) -> AnswerOf<Self> {
        let fields: Fields = pairs(lines).into_iter().collect();
        *self.0.origin.fields.borrow_mut() = fields;
        let (path, search) = RequestHead::split_url(path);
        let request = RequestHead {
            method,
            base: "https://site.example",
            path,
            search,
            ..RequestHead::default()
        };
        let quick = self.quick(&request);
        let knows = self.with_watch(|watch| {
            Sight::at_once(watch, &self.0.site, &request, self.now()).is_some()
        });
        let answer = self.request(request);
        if knows || quick.is_some() {
            agree(quick, &answer);
        }
        answer
    }

    /// What the synchronous lane would answer.
    fn quick(&self, request: &RequestHead<'_>) -> Option<Quick<'_, TestBody>> {
        let refreshing = Refreshing::default();
        self.with_watch(|watch| {
            self.with_memory(|memory| {
                let kept = Kept {
                    memory,
                    watch,
                    refreshing: &refreshing,
                };
                let fields = || self.0.origin.fields.borrow().clone();
                quick::look(&self.0.site, request, &secrets(), kept, fields, self.now())
            })
        })
    }

    pub fn contacts(&self) -> usize {
        self.0.origin.contacts.borrow().len()
    }

    /// A field of the last request that the origin got.
    pub fn was_sent(&self, name: &str) -> Option<String> {
        let contacts = self.0.origin.contacts.borrow();
        contacts
            .last()?
            .fields
            .combined(name)
            .map(|value| value.into_owned())
    }
}

/// Both lanes give the same answer; and what a memory hit answers whole or by 304, the quick one does,
/// but for the key.
#[track_caller]
fn agree(quick: Option<Quick<'_, TestBody>>, answer: &AnswerOf<World>) {
    let of_memory = answer.outcome.layers.first();
    let is_hit = answer.outcome.verdict == CacheVerdict::Hit
        && of_memory.is_some_and(|report| matches!(report.finding, Finding::Fresh { .. }));
    let is_cut = matches!(answer.head.status, 206 | 416);
    let shows_key = answer.outcome.key.is_some();
    match quick {
        Some(quick) => {
            assert_eq!(
                (quick.head(), quick.outcome()),
                (answer.head.clone(), answer.outcome.clone())
            );
        }
        None => assert!(
            !is_hit || is_cut || shows_key,
            "the quick lane missed {:?}",
            answer.head
        ),
    }
}

fn pairs(lines: &[&str]) -> Vec<(String, String)> {
    let split = |line: &&str| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.to_owned(), value.to_owned())
    };
    lines.iter().map(split).collect()
}

pub fn http_tier() -> Tier {
    Tier {
        name: "http".into(),
        ttl: Duration::ZERO,
        swr: Duration::ZERO,
        sie: Duration::ZERO,
        negative_ttl: Duration::ZERO,
        layers: Layers::ALL,
        private: false,
        eager: None,
        soft_timeout: None,
        honor_origin: Some(HonorOrigin::default()),
    }
}

/// A site that is nothing but an origin.
pub fn proxied() -> World {
    World::new(proxied_site(Some(http_tier())))
}

pub fn proxied_site(tier: Option<Tier>) -> Site {
    let mut site = site();
    let pattern = MethodPattern::parse("* /{path...}").unwrap();
    let mut route = site.routes.remove(0);
    route.pattern = pattern.to_string();
    route.params = vec!["path".into()];
    route.source = Source::Origin(OriginId(0));
    route.tier = tier;
    route.auth = Auth::None;
    route.tags = Default::default();
    site.table = RouteTable::build(&[pattern]).unwrap();
    site.routes = vec![route];
    site.origins = vec![origin("app")];
    site
}

pub fn text(answer: &AnswerOf<World>) -> String {
    let bytes = match &answer.content {
        Sent::Empty => Vec::new(),
        Sent::Stream(bytes) | Sent::Bytes(bytes) => bytes.clone(),
        Sent::Text(text) => text.clone().into_bytes(),
        Sent::Stored(body, coding) => body.get(*coding).unwrap().clone(),
        Sent::Slice(body, coding, range) => {
            let whole = body.get(*coding).unwrap();
            whole[range.start as usize..range.end as usize].to_vec()
        }
    };
    String::from_utf8(bytes).unwrap()
}

/// Status, verdict and body.
#[track_caller]
pub fn check(answer: &AnswerOf<World>, status: u16, verdict: CacheVerdict, body: &str) {
    let seen = (answer.head.status, answer.outcome.verdict, text(answer));
    assert_eq!(
        seen,
        (status, verdict, body.to_owned()),
        "{:?}",
        answer.head
    );
}
