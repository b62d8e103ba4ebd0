//! A shield object: the only place that talks to a database. All of its requests share one context,
//! so that they may share a fill, its future and the connections.

use super::pool::Pool;
use super::timeout::within;
use super::{clock, compression, isolate, postgres, shield_client::own_key};
use crate::cache::freshness::{Freshness, judge};
use crate::cache::memory::Memory;
use crate::cache::record;
use crate::cache::seal::{Draft, Seal, seal};
use crate::cache::stored::Stored;
use crate::cache::tags;
use crate::config::site::{Route, Site, Source};
use crate::failure::{Failure, Kind};
use crate::key::CacheKey;
use crate::outcome::ShieldReport;
use crate::policy::terms_for;
use crate::shield::fills::{FillId, Fills, Join};
use crate::shield::message::{Ask, Ping, Reply};
use crate::source::query::{Method, Query};
use crate::time::Timestamp;
use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, Shared};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen_futures::spawn_local;
use worker::{DurableObject, Env, Request, Response, State, durable_object};

/// Live fills in one object, and requests behind one of them.
const FILLS_MAX: usize = 1024;
const WAITERS_MAX: usize = 10_000;

/// What ended fills are remembered in: enough for requests that missed everywhere just before the
/// fill ended, and come just after it.
const SETTLED_BYTES_MAX: u64 = 8 * 1024 * 1024;

#[durable_object(fetch)]
pub struct Shield {
    room: Rc<Room>,
}

impl std::fmt::Debug for Shield {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Shield").finish_non_exhaustive()
    }
}

type Filled = Result<Rc<Settled>, Failure>;

/// A fill's record, and what it took.
#[derive(Debug)]
struct Settled {
    stored: Stored<()>,
    record: Vec<u8>,
    source_ms: u32,
}

type SharedPing = Shared<LocalBoxFuture<'static, Ping>>;

struct Room {
    env: Env,
    fills: RefCell<Fills>,
    running: RefCell<HashMap<FillId, Shared<LocalBoxFuture<'static, Filled>>>>,
    settled: RefCell<Memory<Rc<Settled>>>,
    pools: RefCell<HashMap<String, Rc<Pool>>>,
    /// The last ping of each database, and when it began.
    pings: RefCell<HashMap<String, (SharedPing, Timestamp)>>,
}

impl DurableObject for Shield {
    fn new(_state: State, env: Env) -> Self {
        let room = Room {
            env,
            fills: RefCell::new(Fills::new(FILLS_MAX, WAITERS_MAX)),
            running: RefCell::default(),
            settled: RefCell::new(Memory::new(SETTLED_BYTES_MAX)),
            pools: RefCell::default(),
            pings: RefCell::default(),
        };
        Self {
            room: Rc::new(room),
        }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let body = request.bytes().await?;
        match request.path().as_str() {
            "/ask" => answer_ask(&self.room, &body).await,
            "/stream" => answer_stream(&self.room, &body).await,
            "/ping" => answer_ping(&self.room, &body).await,
            _ => Response::error("no such message", 404),
        }
    }
}

async fn answer_ask(room: &Rc<Room>, body: &[u8]) -> worker::Result<Response> {
    let (report, filled) = match understood(body) {
        Ok((site, ask)) => ask_room(room, &site, ask).await,
        Err(failure) => (ShieldReport::default(), Err(failure)),
    };
    let (result, record) = match &filled {
        Ok(settled) => (Ok(()), settled.record.as_slice()),
        Err(failure) => (Err(failure.clone()), [].as_slice()),
    };
    let bytes = Reply { report, result }
        .encode(record)
        .map_err(|why| why.to_string())?;
    Response::from_bytes(bytes)
}

fn understood(body: &[u8]) -> Result<(Rc<Site>, Ask), Failure> {
    let skewed = |why: &dyn std::fmt::Display| {
        // During a deploy the edge and the object may run different versions for a moment.
        Failure::new(Kind::Unavailable, "").because(format!("shield: {why}"))
    };
    let site = isolate::site().map_err(|why| skewed(&why))?;
    let ask = Ask::decode(body).map_err(|why| skewed(&why))?;
    Ok((site, ask))
}

/// The route that the edge means, and its query.
fn asked<'s>(site: &'s Site, ask: &Ask) -> Result<(&'s Route, &'s Query), Failure> {
    let unknown = || Failure::new(Kind::Unavailable, "").because("shield: no route of this name");
    let route = site
        .routes
        .iter()
        .find(|route| route.fingerprint == ask.route);
    let route = route.ok_or_else(unknown)?;
    let Source::Query(id) = route.source else {
        return Err(unknown());
    };
    let query = site.query(id).ok_or_else(unknown)?;
    if query.params.len() != ask.values.len() {
        return Err(unknown());
    }
    Ok((route, query))
}

async fn ask_room(room: &Rc<Room>, site: &Rc<Site>, ask: Ask) -> (ShieldReport, Filled) {
    let Some(key) = ask.key.clone() else {
        let filled = fill(room.clone(), site.clone(), ask).await;
        return (own_report(&filled), filled);
    };
    if let Some(settled) = recent(room, site, &ask, &key) {
        return (
            ShieldReport {
                settled: true,
                ..ShieldReport::default()
            },
            Ok(settled),
        );
    }
    let join = room.fills.borrow_mut().join(&key);
    match join {
        Join::Lead(id) => {
            let filled = lead(room, site, ask, key, id).await;
            (own_report(&filled), filled)
        }
        Join::Wait(id) => {
            let running = room.running.borrow().get(&id).cloned();
            let filled = match running {
                Some(running) => running.await,
                None => Err(Failure::new(Kind::Internal, "").because("a fill without a future")),
            };
            room.fills.borrow_mut().leave(&key, id);
            (
                ShieldReport {
                    collapsed: true,
                    ..own_report(&filled)
                },
                filled,
            )
        }
        Join::Refuse(full) => {
            let failure = Failure::new(Kind::Unavailable, "").because(full.as_str());
            (ShieldReport::default(), Err(failure))
        }
    }
}

fn own_report(filled: &Filled) -> ShieldReport {
    let source_ms = filled.as_ref().map_or(0, |settled| settled.source_ms);
    ShieldReport {
        source_ms,
        ..ShieldReport::default()
    }
}

/// A fill that ended a moment ago and is still fresh.
fn recent(room: &Room, site: &Site, ask: &Ask, key: &str) -> Option<Rc<Settled>> {
    let mut memory = room.settled.borrow_mut();
    let settled = memory.get(key)?;
    let (route, _) = asked(site, ask).ok()?;
    let terms = terms_for(route.tier.as_ref()?, settled.stored.head.status)?;
    let standing = judge(
        &settled.stored.head,
        terms,
        settled.stored.jitter,
        clock::now(),
    );
    (standing.freshness == Freshness::Fresh).then(|| settled.clone())
}

/// Starts the fill and waits for it like everyone else. The fill belongs to the object: a client that
/// leaves, the first one too, cancels nobody.
async fn lead(room: &Rc<Room>, site: &Rc<Site>, ask: Ask, key: String, id: FillId) -> Filled {
    let limit = site.shield.fill_timeout;
    let work = fill(room.clone(), site.clone(), ask);
    let bounded = async move {
        within(limit, work).await.unwrap_or_else(|_| {
            Err(Failure::new(Kind::Timeout, "").because("shield: the fill's time limit"))
        })
    };
    let (room_then, key_then) = (room.clone(), key);
    let whole = async move {
        let filled = bounded.await;
        settle(&room_then, &key_then, id, &filled);
        filled
    };
    let shared = whole.boxed_local().shared();
    room.running.borrow_mut().insert(id, shared.clone());
    spawn_local(shared.clone().map(drop));
    shared.await
}

/// The fill has ended: the next request for the key asks anew, unless this answer is fresh.
fn settle(room: &Room, key: &str, id: FillId, filled: &Filled) {
    room.fills.borrow_mut().end(key, id);
    room.running.borrow_mut().remove(&id);
    if let Ok(settled) = filled {
        let bytes = settled.record.len() as u64;
        room.settled
            .borrow_mut()
            .insert(key, settled.clone(), bytes);
    }
}

async fn fill(room: Rc<Room>, site: Rc<Site>, ask: Ask) -> Filled {
    let (route, query) = asked(&site, &ask)?;
    let pool = pool(&room, &site, &query.database)?;
    let began = clock::now();
    let repeat = query.repeat(Method::of(&route.pattern, ask.key.as_deref()));
    let draft = postgres::run(&pool, query, &ask.values, repeat).await?;
    let source_ms = clock::elapsed_ms(began);
    let names = query.params.iter().map(|param| param.name.as_str());
    let values: Vec<(&str, &str)> = names
        .zip(
            ask.values
                .iter()
                .map(|value| value.as_deref().unwrap_or_default()),
        )
        .collect();
    let tags = tags::fill(&route.tags, &values);
    seal_draft(route, &own_key(&ask), tags, draft, source_ms).await
}

async fn seal_draft(
    route: &Route,
    key: &CacheKey,
    tags: Vec<String>,
    draft: Draft,
    source_ms: u32,
) -> Filled {
    let gzip = match route.tier {
        Some(_) if draft.is_compressible() => compression::gzip(&draft.body).await,
        Some(_) | None => None,
    };
    let terms = route
        .tier
        .as_ref()
        .and_then(|tier| terms_for(tier, draft.status));
    let sealing = Seal {
        key,
        terms: terms.unwrap_or_default(),
        tags,
        seq: 0,
        now: clock::now(),
    };
    let (head, body) = seal(draft, gzip, sealing);
    let record = record::encode(&head, &body)
        .map_err(|why| Failure::new(Kind::Internal, "").because(why))?;
    Ok(Rc::new(Settled {
        stored: Stored::new(head, ()),
        record,
        source_ms,
    }))
}

fn pool(room: &Room, site: &Site, name: &str) -> Result<Rc<Pool>, Failure> {
    let database = site.database(name).ok_or_else(|| {
        Failure::new(Kind::Misconfigured, "").because(format!("no database {name}"))
    })?;
    let mut pools = room.pools.borrow_mut();
    let pool = pools
        .entry(name.to_owned())
        .or_insert_with(|| Rc::new(Pool::new(room.env.clone(), database.clone())));
    Ok(pool.clone())
}

async fn answer_stream(room: &Rc<Room>, body: &[u8]) -> worker::Result<Response> {
    match chunks(room, body).await {
        Ok(chunks) => Response::from_stream(chunks),
        Err(failure) => {
            let reply = Reply {
                report: ShieldReport::default(),
                result: Err(failure),
            };
            let bytes = reply.encode(&[]).map_err(|why| why.to_string())?;
            Ok(Response::from_bytes(bytes)?.with_status(502))
        }
    }
}

async fn chunks(room: &Rc<Room>, body: &[u8]) -> Result<postgres::Chunks, Failure> {
    let (site, ask) = understood(body)?;
    let (route, query) = asked(&site, &ask)?;
    let pool = pool(room, &site, &query.database)?;
    let repeat = query.repeat(Method::of(&route.pattern, ask.key.as_deref()));
    postgres::stream(&pool, query, &ask.values, repeat).await
}

/// Anyone may ask for health, so a ping is shared, and remembered for this long.
const PING_MAX: Duration = Duration::from_secs(1);

async fn answer_ping(room: &Rc<Room>, body: &[u8]) -> worker::Result<Response> {
    let name = String::from_utf8_lossy(body);
    let pool = match isolate::site() {
        Ok(site) => pool(room, &site, &name),
        Err(why) => Err(Failure::new(Kind::Misconfigured, "").because(why)),
    };
    let ping = match pool {
        Ok(pool) => shared_ping(room, &name, pool).await,
        Err(failure) => Ping {
            result: Err(failure),
            took_ms: 0,
        },
    };
    Response::from_bytes(ping.encode().map_err(|why| why.to_string())?)
}

async fn shared_ping(room: &Room, name: &str, pool: Rc<Pool>) -> Ping {
    let now = clock::now();
    let known = room.pings.borrow().get(name).cloned();
    let recent =
        known.filter(|(ping, began)| ping.peek().is_none() || now.since(*began) < PING_MAX);
    if let Some((ping, _)) = recent {
        return ping.await;
    }
    let work = async move {
        Ping {
            result: postgres::ping(&pool).await,
            took_ms: clock::elapsed_ms(now),
        }
    };
    let ping = work.boxed_local().shared();
    let entry = (ping.clone(), now);
    room.pings.borrow_mut().insert(name.to_owned(), entry);
    ping.await
}
