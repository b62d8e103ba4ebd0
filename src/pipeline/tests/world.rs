//! A world in virtual time: layers that can be broken, a source that is scripted, and background work
//! that runs when the test says so.

use crate::alert::rule::Alerting;
use crate::cache::memory::Memory;
use crate::cache::record;
use crate::cache::refreshing::Refreshing;
use crate::cache::seal::{Draft, Seal, seal};
use crate::cache::stored::{Coding, Stored};
use crate::config::site::*;
use crate::failure::{Failure, Kind};
use crate::key::CacheKey;
use crate::outcome::{Layer, ShieldReport};
use crate::pipeline::answer::AnswerOf;
use crate::pipeline::memory_lane::{Found, Kept, look};
use crate::pipeline::serve::serve;
use crate::pipeline::sight;
use crate::policy::{Layers, Terms, Tier};
use crate::ports::{Asked, Body, Delivery, Passing, Ports, Read, Secrets};
use crate::purge::index::{Delta, Index};
use crate::purge::message::{DrainReport, LogAsk, LogReply, LogStatus, Page, Receipt};
use crate::purge::relief::Relief;
use crate::purge::seq::PurgeSeq;
use crate::purge::target::{Mode, Target};
use crate::purge::watch::Watch;
use crate::route::pattern::MethodPattern;
use crate::route::table::RouteTable;
use crate::semantics::forwarding::Reach;
use crate::semantics::request::RequestHead;
use crate::semantics::trace::{Seed, Trace};
use crate::shield::message::Ask;
use crate::source::param::ParamType;
use crate::source::query::{Effect, Param, Query, Returns};
use crate::source::upstream::{self, Upstream};
use crate::source::{breaker, retry};
use crate::time::Timestamp;
use futures_util::future::{Either, LocalBoxFuture, select};
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// A body that pretends that gzip is reversal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestBody {
    pub identity: Option<Vec<u8>>,
    pub gzip: Option<Vec<u8>>,
}

impl TestBody {
    pub fn new(coding: Coding, bytes: Vec<u8>) -> Self {
        match coding {
            Coding::Identity => Self {
                identity: Some(bytes),
                gzip: None,
            },
            Coding::Gzip => Self {
                identity: None,
                gzip: Some(bytes),
            },
        }
    }

    pub fn get(&self, coding: Coding) -> Option<&Vec<u8>> {
        match coding {
            Coding::Identity => self.identity.as_ref(),
            Coding::Gzip => self.gzip.as_ref(),
        }
    }
}

impl Body for TestBody {
    fn has(&self, coding: Coding) -> bool {
        self.get(coding).is_some()
    }

    fn len(&self, coding: Coding) -> Option<u64> {
        self.get(coding).map(|bytes| bytes.len() as u64)
    }

    fn bytes(&self, coding: Coding) -> Option<Vec<u8>> {
        self.get(coding).cloned()
    }

    fn weight(&self) -> u64 {
        [&self.identity, &self.gzip]
            .into_iter()
            .flatten()
            .map(|bytes| bytes.len() as u64)
            .sum()
    }
}

/// What the source does when it is asked.
#[derive(Clone, Debug)]
pub enum Script {
    Answer(Vec<u8>),
    NotFound,
    Fail(Kind),
}

pub struct Inner {
    pub site: Rc<Site>,
    pub now: Cell<u64>,
    memory: RefCell<Memory<Stored<TestBody>>>,
    pub far: RefCell<HashMap<(Layer, String), Vec<u8>>>,
    pub broken: RefCell<HashSet<Layer>>,
    pub script: RefCell<Script>,
    pub asks: RefCell<Vec<Ask>>,
    /// What the shield says of its part.
    pub report: Cell<ShieldReport>,
    /// Writes to the far layers.
    pub writes: RefCell<Vec<Layer>>,
    refreshing: RefCell<Refreshing>,
    /// How long the source takes.
    pub takes: Cell<Duration>,
    /// Whoever sleeps, until then.
    timers: RefCell<Vec<Timestamp>>,
    /// Streams that were given up unread.
    pub discarded: Cell<usize>,
    background: RefCell<Vec<LocalBoxFuture<'static, ()>>>,
    pub body: RefCell<Option<Vec<u8>>>,
    watch: RefCell<Watch>,
    /// The log that all isolates share.
    pub log: Rc<RefCell<Index>>,
    pub log_broken: Cell<bool>,
    /// What the log says of sources that suffer.
    pub relief: Cell<Option<Relief>>,
    pub log_asked: Cell<usize>,
    /// What the shield says to have known before it asked the source; the log's head if `None`.
    pub fill_seq: Cell<Option<PurgeSeq>>,
    /// Tags of what the source answers.
    pub tags: RefCell<Vec<String>>,
    pub origin: super::origin::Scripted,
}

#[derive(Clone)]
pub struct World(pub Rc<Inner>);

pub const TOKEN: &str = "s3cret";

impl World {
    pub fn new(site: Site) -> Self {
        Self(Rc::new(Inner {
            site: Rc::new(site),
            now: Cell::new(1_000_000),
            memory: RefCell::new(Memory::new(1 << 20)),
            far: RefCell::default(),
            broken: RefCell::default(),
            script: RefCell::new(Script::Answer(b"{\"n\":1}".to_vec())),
            asks: RefCell::default(),
            report: Cell::default(),
            writes: RefCell::default(),
            refreshing: RefCell::default(),
            takes: Cell::default(),
            timers: RefCell::default(),
            discarded: Cell::default(),
            background: RefCell::default(),
            body: RefCell::default(),
            watch: RefCell::new(Watch::new(100)),
            log: Rc::new(RefCell::new(Index::new(100))),
            log_broken: Cell::new(false),
            log_asked: Cell::new(0),
            relief: Cell::new(None),
            fill_seq: Cell::new(None),
            tags: RefCell::default(),
            origin: super::origin::Scripted::default(),
        }))
    }

    /// Purges, as the log does; gives the number.
    pub fn purge(&self, target: Target, mode: Mode) -> PurgeSeq {
        let mut log = self.0.log.borrow_mut();
        let seq = log.head().next(self.now());
        log.add(seq, &target, mode);
        seq
    }

    pub fn request(&self, request: RequestHead<'_>) -> AnswerOf<Self> {
        let (site, id) = (self.0.site.clone(), "id-1");
        self.drive(serve(self, &site, &secrets(), &request, id))
    }

    pub fn get(&self, path: &str) -> AnswerOf<Self> {
        let (path, search) = RequestHead::split_url(path);
        self.request(RequestHead {
            method: "GET",
            path,
            search,
            ..RequestHead::default()
        })
    }

    /// The same world, seen from another isolate.
    pub fn elsewhere(&self) -> Self {
        let other = Self::new((*self.0.site).clone());
        other.0.now.set(self.0.now.get());
        *other.0.far.borrow_mut() = self.0.far.borrow().clone();
        let mut inner = Rc::into_inner(other.0).unwrap();
        inner.log = self.0.log.clone();
        Self(Rc::new(inner))
    }

    /// Renews the isolate's view of the log.
    pub fn renew(&self) {
        self.drive(sight::renew(self, sight::Source::Log)).unwrap();
    }

    /// What the synchronous lane finds.
    pub fn look<'s>(
        &self,
        site: &'s Site,
        request: &RequestHead<'_>,
    ) -> Option<Found<'s, TestBody>> {
        self.with_watch(|watch| {
            self.with_memory(|memory| {
                let kept = Kept {
                    memory,
                    watch,
                    refreshing: &self.0.refreshing.borrow(),
                };
                look(site, request, &secrets(), kept, self.now())
            })
        })
    }

    pub fn advance(&self, seconds: u64) {
        self.0.now.set(self.0.now.get() + seconds * 1000);
    }

    /// Runs the work to its end. Where it sleeps, the clock is moved to the next moment that somebody
    /// waits for.
    pub fn drive<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            let polled = work.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            if let Poll::Ready(done) = polled {
                return done;
            }
            let now = self.now();
            self.0.timers.borrow_mut().retain(|until| *until > now);
            let next = self.0.timers.borrow().iter().min().copied();
            self.0
                .now
                .set(next.expect("it waits for nothing").as_millis());
        }
    }

    pub async fn sleep(&self, until: Timestamp) {
        self.0.timers.borrow_mut().push(until);
        let passed = |_: &mut Context<'_>| match self.now() >= until {
            true => Poll::Ready(()),
            false => Poll::Pending,
        };
        poll_fn(passed).await;
    }

    /// Runs what was left for after the response; says how much that was.
    pub fn run_background(&self) -> usize {
        let mut ran = 0;
        loop {
            let work = std::mem::take(&mut *self.0.background.borrow_mut());
            if work.is_empty() {
                return ran;
            }
            ran += work.len();
            work.into_iter().for_each(|work| self.drive(work));
        }
    }

    pub fn asked(&self) -> usize {
        self.0.asks.borrow().len()
    }

    pub fn layers_written(&self) -> Vec<Layer> {
        let mut layers: Vec<Layer> = self
            .0
            .far
            .borrow()
            .keys()
            .map(|(layer, _)| *layer)
            .collect();
        layers.sort();
        layers
    }
}

/// What every request of this world comes with, and what its own span is made of.
pub const TRACE_PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const SEED: Seed = Seed { trace: 1, span: 2 };

pub fn secrets() -> Secrets {
    Secrets {
        api_token: Some(TOKEN.into()),
        admin_token: None,
    }
}

pub fn reversed(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().rev().copied().collect()
}

impl Ports for World {
    type Body = TestBody;
    type Stream = Vec<u8>;

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.now.get())
    }

    fn trace(&self) -> Option<Trace> {
        Some(Trace::continued(Some(TRACE_PARENT), Some("a=1"), SEED))
    }

    fn with_memory<R>(&self, act: impl FnOnce(&mut Memory<Stored<TestBody>>) -> R) -> R {
        act(&mut self.0.memory.borrow_mut())
    }

    fn with_watch<R>(&self, act: impl FnOnce(&mut Watch) -> R) -> R {
        act(&mut self.0.watch.borrow_mut())
    }

    async fn shared_page(&self) -> Option<Page> {
        None
    }

    async fn share_page(&self, _page: &Page) {}

    async fn ask_log(&self, ask: &LogAsk) -> Result<LogReply, Failure> {
        self.0.log_asked.set(self.0.log_asked.get() + 1);
        match ask {
            _ if self.0.log_broken.get() => Err(Failure::new(Kind::Unavailable, "")),
            LogAsk::Since { from } => Ok(LogReply::Delta(Delta {
                relief: self.0.relief.get(),
                ..self.0.log.borrow().since(*from)
            })),
            LogAsk::Append { purges, .. } => {
                purges.iter().for_each(|(target, mode)| {
                    self.purge(target.clone(), *mode);
                });
                let seq = self.0.log.borrow().head();
                Ok(LogReply::Appended(Receipt { seq, drained: None }))
            }
            LogAsk::Status => {
                let log = self.0.log.borrow();
                Ok(LogReply::Status(LogStatus {
                    head: log.head(),
                    hard_floor: log.floors().0,
                    soft_floor: log.floors().1,
                    targets: log.len() as u64,
                    began_at: Timestamp::from_millis(0),
                    drained_at: None,
                    last_drain: DrainReport::default(),
                }))
            }
            LogAsk::Drain | LogAsk::Relieve(_) => {
                Ok(LogReply::Refused("not asked by an edge".into()))
            }
        }
    }

    async fn within<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Option<T> {
        let end = pin!(self.sleep(self.now().plus(limit)));
        match select(pin!(work), end).await {
            Either::Left((done, _)) => Some(done),
            Either::Right(((), _)) => None,
        }
    }

    fn with_refreshing<R>(&self, act: impl FnOnce(&mut Refreshing) -> R) -> R {
        act(&mut self.0.refreshing.borrow_mut())
    }

    async fn read(&self, layer: Layer, key: &CacheKey) -> Read<TestBody> {
        if self.0.broken.borrow().contains(&layer) {
            return Read::Failed;
        }
        let far = self.0.far.borrow();
        let Some(bytes) = far.get(&(layer, key.digest_hex())) else {
            return Read::Absent;
        };
        match record::decode(bytes, Some(key.as_str())) {
            Ok((head, at)) => {
                let body = TestBody::new(head.coding, bytes[at].to_vec());
                Read::Found(Stored::new(head, body))
            }
            Err(unusable) => Read::Unusable(unusable.as_str()),
        }
    }

    async fn write(&self, layer: Layer, stored: &Stored<TestBody>, _keep: Duration) {
        if self.0.broken.borrow().contains(&layer) {
            return;
        }
        self.0.writes.borrow_mut().push(layer);
        let key = CacheKey::from_text(stored.head.key.clone());
        let body = stored.body.get(stored.head.coding).unwrap();
        let bytes = record::encode(&stored.head, body).unwrap();
        self.0
            .far
            .borrow_mut()
            .insert((layer, key.digest_hex()), bytes);
    }

    async fn ask(&self, _shard: u16, ask: Ask) -> Asked<Self> {
        let key = CacheKey::from_text(ask.key.clone().unwrap_or_default());
        self.0.asks.borrow_mut().push(ask);
        if !self.0.takes.get().is_zero() {
            self.sleep(self.now().plus(self.0.takes.get())).await;
        }
        let draft = match self.0.script.borrow().clone() {
            Script::Answer(body) => Draft::json(body),
            Script::NotFound => Draft::not_found(),
            Script::Fail(kind) => {
                let failure = Failure::new(kind, "").because("the inside");
                return (Some(self.0.report.get()), Err(failure));
            }
        };
        let large = draft.body.len() as u64 > self.0.site.limits.stored_body_bytes_max;
        let gzip = draft.is_compressible() && !large;
        let gzip = gzip.then(|| reversed(&draft.body[1..]));
        let terms = Terms {
            fresh: Duration::from_secs(3600),
            ..Terms::default()
        };
        let now = self.now();
        let (head, body) = seal(
            draft,
            gzip,
            Seal {
                key: &key,
                terms,
                tags: self.0.tags.borrow().clone(),
                seq: self
                    .0
                    .fill_seq
                    .get()
                    .unwrap_or_else(|| self.0.log.borrow().head()),
                now,
            },
        );
        let delivery = if large {
            Delivery::Passing(Passing {
                head: Rc::new(head),
                bytes: body.len() as u64,
                stream: body,
            })
        } else {
            let body = TestBody::new(head.coding, body);
            Delivery::Whole(Stored::new(head, body))
        };
        (Some(self.0.report.get()), Ok(delivery))
    }

    async fn ask_stream(
        &self,
        _shard: u16,
        ask: Ask,
    ) -> (Option<ShieldReport>, Result<Vec<u8>, Failure>) {
        self.0.asks.borrow_mut().push(ask);
        let report = Some(self.0.report.get());
        match *self.0.script.borrow() {
            Script::Fail(kind) => (report, Err(Failure::new(kind, "").because("the inside"))),
            Script::Answer(_) | Script::NotFound => (report, Ok(b"[]".to_vec())),
        }
    }

    fn discard(&self, _stream: Vec<u8>) {
        self.0.discarded.set(self.0.discarded.get() + 1);
    }

    async fn shield_state(&self, shard: u16) -> Result<serde_json::Value, Failure> {
        match shard {
            7 => Err(Failure::new(Kind::Unavailable, "").because("shard 7 is down")),
            shard => Ok(serde_json::json!({ "room": { "fills_live": shard } })),
        }
    }

    async fn asset(
        &self,
        _path: &str,
        _key: &CacheKey,
        _tags: Vec<String>,
        _seq: PurgeSeq,
    ) -> Result<Stored<TestBody>, Failure> {
        Err(Failure::new(Kind::NotFound, ""))
    }

    async fn request_body(&self, bytes_max: u64) -> Result<Option<Vec<u8>>, Failure> {
        let body = self.0.body.borrow().clone();
        match body {
            Some(body) if body.len() as u64 > bytes_max => {
                Err(Failure::new(Kind::BodyTooLarge, ""))
            }
            body => Ok(body),
        }
    }

    async fn recode(&self, stored: &Stored<TestBody>, _coding: Coding) -> Option<TestBody> {
        let mut identity = vec![b'{'];
        identity.extend(reversed(stored.body.gzip.as_ref()?));
        Some(TestBody {
            identity: Some(identity),
            ..stored.body.clone()
        })
    }

    fn background(&self, work: impl Future<Output = ()> + 'static) {
        self.0.background.borrow_mut().push(Box::pin(work));
    }
}

fn param(name: &str, kind: ParamType) -> Param {
    Param {
        name: name.into(),
        kind,
        required: false,
    }
}

fn query(name: &str, returns: Returns, effect: Effect, params: Vec<Param>) -> Query {
    let database = "main".into();
    Query {
        name: name.into(),
        text: "…".into(),
        params,
        returns,
        effect,
        database,
        tables: vec![],
        rows: vec![],
        read_from: crate::source::place::ReadFrom::Either,
        batch: None,
    }
}

pub fn tier(name: &str, ttl: u64, swr: u64, sie: u64, private: bool) -> Tier {
    Tier {
        name: name.into(),
        ttl: Duration::from_secs(ttl),
        swr: Duration::from_secs(swr),
        sie: Duration::from_secs(sie),
        negative_ttl: Duration::from_secs(10),
        layers: if private { Layers::MEMORY } else { Layers::ALL },
        private,
        eager: None,
        soft_timeout: None,
        honor_origin: None,
    }
}

fn route(pattern: &str, params: &[&str], query: u16, tier: Option<Tier>) -> Route {
    Route {
        pattern: pattern.into(),
        params: params.iter().map(ToString::to_string).collect(),
        source: Source::Query(QueryId(query)),
        auth: if tier.as_ref().is_some_and(|tier| tier.private) {
            Auth::Token
        } else {
            Auth::None
        },
        tier,
        query: Vec::new(),
        fingerprint: format!("f{query}"),
        tags: Default::default(),
        batch: None,
        purge: Vec::new(),
        warm: None,
        fallback: None,
        query_rule: crate::key::uri::QueryRule::default(),
        image: None,
        type_tiers: Vec::new(),
    }
}

fn queries() -> Vec<Query> {
    let id = || vec![param("id", ParamType::Int8)];
    vec![
        query("pitch", Returns::One, Effect::Reads, id()),
        query(
            "search",
            Returns::Many,
            Effect::Reads,
            vec![param("q", ParamType::Text)],
        ),
        query("live", Returns::One, Effect::Reads, vec![]),
        query("patient", Returns::One, Effect::Reads, id()),
        query(
            "create",
            Returns::One,
            Effect::Writes,
            vec![param("title", ParamType::Text)],
        ),
        query("export", Returns::Stream, Effect::Reads, vec![]),
    ]
}

fn routes() -> Vec<Route> {
    let mut routes = vec![
        route(
            "GET /pitches/{id}",
            &["id"],
            0,
            Some(tier("pitch", 100, 20, 200, false)),
        ),
        route(
            "GET /search",
            &[],
            1,
            Some(tier("search", 100, 20, 200, false)),
        ),
        route("GET /live", &[], 2, Some(tier("live", 30, 5, 60, false))),
        route(
            "GET /patients/{id}",
            &["id"],
            3,
            Some(tier("patient", 100, 0, 0, true)),
        ),
        route("POST /pitches", &[], 4, None),
        route("GET /export", &[], 5, None),
    ];
    routes[1].query = vec!["q".into()];
    routes[4].auth = Auth::Token;
    routes
}

/// `/pitches/{id}` (100 s, swr 20 s, sie 200 s), `/search?q`, `/live` (30 s), `/patients/{id}`
/// (private), `POST /pitches`, `/export`.
pub fn site() -> Site {
    let (queries, routes) = (queries(), routes());
    let patterns: Vec<MethodPattern> = routes
        .iter()
        .map(|route| MethodPattern::parse(&route.pattern).unwrap())
        .collect();
    Site {
        name: "test".into(),
        hash: "h".into(),
        table: RouteTable::build(&patterns).unwrap(),
        routes,
        queries,
        databases: Vec::new(),
        origins: Vec::new(),
        shield: Shield {
            shards: 8,
            location_hint: None,
            fill_timeout: Duration::from_secs(15),
            wait_timeout: Duration::from_secs(15),
            lease: Duration::from_secs(15),
            fills_max: 1024,
            waiters_max: 10_000,
        },
        purge: Purge {
            poll: Duration::from_secs(1),
            max_lag: Duration::from_secs(2),
            index_max: 100,
            outbox: Vec::new(),
            cookie: BookmarkCookie::Never,
        },
        limits: Limits {
            memory_bytes_max: 1 << 20,
            stored_body_bytes_max: 1 << 16,
            request_body_bytes_max: 64,
            param_bytes_max: 100,
        },
        cors: None,
        log: Log {
            requests: LogRequests::All,
            prefix: String::new(),
        },
        metrics: Metering {
            record: Record::All,
            flush: Duration::from_secs(10),
            objects: 1,
        },
        listings: Vec::new(),
        warm_every: Duration::from_secs(900),
        alerting: Alerting::default(),
    }
}

/// An origin of one server, with the settings that a site gets by default.
pub fn origin(name: &str) -> Origin {
    Origin {
        name: name.into(),
        upstreams: vec![Upstream {
            url: format!("https://{name}.example.com"),
            weight: 1,
        }],
        health: upstream::Settings::default(),
        timeout: Duration::from_secs(10),
        body_timeout: Duration::from_secs(30),
        breaker: breaker::Settings::default(),
        retry: retry::Settings::default(),
        fallback: None,
        reach: Reach::default(),
        tag_fields: TagFields::default(),
    }
}
