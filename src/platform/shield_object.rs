//! The Durable Object in which a shield's room lives: the only place that talks to a database for
//! requests. All of its requests share one context, so that they may share futures and connections.

mod origin;

use super::database::{Asked, Databases, gauges as database_gauges};
use super::meter::Gauges;
use super::object_meter::ObjectMeter;
use super::origins::{self, Origins};
use super::postgres::Chunks;
use super::timeout::within;
use super::{clock, compression, isolate, purge_client};
use crate::cache::seal::Draft;
use crate::config::site::Site;
use crate::failure::{Failure, Kind};
use crate::key::hex;
use crate::metrics::frame::Gauge;
use crate::outcome::ShieldReport;
use crate::pipeline::shield::origin::OriginRoom;
use crate::pipeline::shield::state::ShieldState;
use crate::pipeline::shield::{Apart, Parcel, Room, asked};
use crate::ports::shield::{Errand, Freshest, ShieldPorts};
use crate::purge::message::{LogAsk, LogReply};
use crate::purge::seq::PurgeSeq;
use crate::shield::message::{APART_FIELD, Ask, Examined, Message, Ping, Reply, Sent, StreamReply};
use crate::source::query::Method;
use crate::time::Timestamp;
use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, Shared};
use futures_util::stream::{self, Stream};
use origin::answer_fetch;
use std::cell::RefCell;
use std::collections::HashMap;
use std::future::Future;
use std::rc::{Rc, Weak};
use std::time::Duration;
use wasm_bindgen_futures::spawn_local;
use worker::{DurableObject, Env, Request, Response, State, durable_object};

#[durable_object(fetch)]
pub struct Shield {
    object: Object,
    room: Rc<Room<Object>>,
    origins: Rc<OriginRoom<Object>>,
}

impl std::fmt::Debug for Shield {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Shield").finish_non_exhaustive()
    }
}

type SharedPing = Shared<LocalBoxFuture<'static, Ping>>;

/// What the room needs of the world, and what it does not share with the room.
#[derive(Clone)]
struct Object(Rc<Inner>);

struct Inner {
    env: Env,
    databases: Rc<Databases>,
    origins: Origins,
    meter: Rc<ObjectMeter>,
    /// The last ping of each database, and when it began.
    pings: RefCell<HashMap<String, (SharedPing, Timestamp)>>,
}

impl DurableObject for Shield {
    fn new(state: State, env: Env) -> Self {
        let (site, id) = (isolate::site().ok(), state.id().to_string());
        let meter = Rc::new(ObjectMeter::new(env.clone(), site.as_deref(), &id));
        let contacts = meter.clone();
        let object = Object(Rc::new(Inner {
            databases: Rc::new(Databases::new(env.clone(), meter.clone())),
            env,
            origins: Origins::new(move |origin, worked| contacts.contact(origin, worked)),
            meter,
            pings: RefCell::default(),
        }));
        let room = Rc::new(Room::new(object.clone()));
        let levels = (Rc::downgrade(&room), Rc::downgrade(&object.0));
        object.0.meter.look_at(move || gauges(&levels));
        Self {
            origins: Rc::new(OriginRoom::new(room.clone(), object.clone())),
            room,
            object,
        }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let body = request.bytes().await?;
        match request.path().as_str() {
            "/ask" => answer_ask(&self.room, &body).await,
            "/fetch" => answer_fetch(&self.origins, &body).await,
            "/stream" => answer_stream(&self.object, &body).await,
            "/state" => Response::from_json(&ShieldState {
                room: self.room.state(),
                databases: self.object.0.databases.state(),
                contacts: self.origins.state(),
                origins: self.object.0.origins.state(),
            }),
            "/flush" => {
                self.object.0.meter.flush().await;
                Response::empty()
            }
            "/ping" => answer_ping(&self.object, &body).await,
            "/impaired" => {
                let impaired = self.object.0.origins.impaired().encode();
                Response::from_bytes(impaired.map_err(|why| why.to_string())?)
            }
            "/examine" => answer_examine(&self.object, &body).await,
            _ => Response::error("no such message", 404),
        }
    }
}

/// The levels of an object that is still there.
fn gauges((room, object): &(Weak<Room<Object>>, Weak<Inner>)) -> Gauges {
    let (Some(room), Some(object)) = (room.upgrade(), object.upgrade()) else {
        return Gauges::new();
    };
    let mut gauges = database_gauges(&object.databases.state());
    gauges.extend(origins::breakers(&object.origins.state()));
    gauges.push((Gauge::Fills, room.state().fills_live as f64));
    gauges
}

impl ShieldPorts for Object {
    fn now(&self) -> Timestamp {
        clock::now()
    }

    fn spawn(&self, work: impl Future<Output = ()> + 'static) {
        spawn_local(work);
    }

    async fn within<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Option<T> {
        within(limit, work).await.ok()
    }

    async fn run(&self, errand: Errand<'_>) -> Result<Draft, Failure> {
        let asked = Asked {
            query: errand.query,
            values: errand.values,
            repeat: errand.repeat,
            freshest: errand.freshest,
            trace: errand.trace,
        };
        self.0.databases.run(errand.site, errand.route, asked).await
    }

    async fn gzip(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        compression::gzip(bytes).await
    }

    async fn ask_log(&self, ask: &LogAsk) -> Result<LogReply, Failure> {
        let site = isolate::site().ok();
        let hint = site
            .as_ref()
            .and_then(|site| site.shield.location_hint.as_deref());
        purge_client::ask(&self.0.env, hint, ask).await
    }
}

/// A body that goes apart is sent in pieces of this size.
const SLICE_BYTES: usize = 64 * 1024;

async fn answer_ask(room: &Rc<Room<Object>>, body: &[u8]) -> worker::Result<Response> {
    let (report, filled) = match understood(body) {
        Ok((site, ask)) => room.ask(&site, ask).await,
        Err(failure) => (ShieldReport::default(), Err(failure)),
    };
    let whole = |result, record: &[u8]| {
        let reply = Reply { report, result }.encode(record);
        Response::from_bytes(reply.map_err(|why| why.to_string())?)
    };
    match filled {
        Err(failure) => whole(Err(failure), &[]),
        Ok(settled) => match &settled.parcel {
            Parcel::Whole(record) => whole(Ok(Sent::Whole), record),
            Parcel::Apart(apart) => send_apart(report, apart.clone()),
        },
    }
}

/// Head and body by themselves, so that the edge passes the body on without holding it.
fn send_apart(report: ShieldReport, apart: Rc<Apart>) -> worker::Result<Response> {
    let bytes = apart.body.len() as u64;
    let result = Ok(Sent::Apart { bytes });
    let reply = Reply { report, result }
        .encode(&apart.record)
        .map_err(|why| why.to_string())?;
    let mut response = Response::from_stream(slices(apart))?;
    response.headers_mut().set(APART_FIELD, &hex(&reply))?;
    Ok(response)
}

/// The body, a piece at a time as it is taken: all that wait for one fill read the same bytes.
fn slices(apart: Rc<Apart>) -> impl Stream<Item = worker::Result<Vec<u8>>> {
    stream::unfold((apart, 0), |(apart, at)| async move {
        let slice = apart.body.get(at..)?.chunks(SLICE_BYTES).next()?.to_vec();
        let next = at + slice.len();
        Some((Ok(slice), (apart, next)))
    })
}

fn understood(body: &[u8]) -> Result<(Rc<Site>, Ask), Failure> {
    let site = isolate::site().map_err(|why| skewed(&why))?;
    let ask = Ask::decode(body).map_err(|why| skewed(&why))?;
    Ok((site, ask))
}

fn skewed(why: &dyn std::fmt::Display) -> Failure {
    // During a deploy the edge and the object may run different versions for a moment.
    let failure = Failure::new(Kind::Unavailable, "").unasked();
    failure.because(format!("shield: {why}"))
}

async fn answer_stream(object: &Object, body: &[u8]) -> worker::Result<Response> {
    let began = clock::now();
    let chunks = chunks(object, body).await;
    let waited_ms = clock::elapsed_ms(began);
    let source_ms = match &chunks {
        Ok(_) => Some(waited_ms),
        Err(failure) => failure.source_ms(waited_ms),
    };
    let (result, response) = match chunks {
        Ok(chunks) => (Ok(()), Response::from_stream(chunks)?),
        Err(failure) => (Err(failure), Response::empty()?),
    };
    let report = ShieldReport {
        source_ms,
        ..ShieldReport::default()
    };
    with_message(response, &StreamReply { report, result })
}

/// The message goes in a field, and the body is the source's.
fn with_message(mut response: Response, message: &impl Message) -> worker::Result<Response> {
    let bytes = message.encode().map_err(|why| why.to_string())?;
    response.headers_mut().set(APART_FIELD, &hex(&bytes))?;
    Ok(response)
}

async fn chunks(object: &Object, body: &[u8]) -> Result<Chunks, Failure> {
    let (site, ask) = understood(body)?;
    let (route, query) = asked(&site, &ask)?;
    let asked = Asked {
        query,
        values: &ask.values,
        repeat: query.repeat(Method::of(&route.pattern, ask.key.as_deref())),
        freshest: if ask.after > PurgeSeq::ZERO {
            Freshest::Primary
        } else {
            Freshest::ReplicaWillDo
        },
        trace: ask.trace,
    };
    object.0.databases.stream(&site, asked).await
}

/// Anyone may ask for health, so a ping is shared, and remembered for this long.
const PING_MAX: Duration = Duration::from_secs(1);

async fn answer_ping(object: &Object, body: &[u8]) -> worker::Result<Response> {
    let name = String::from_utf8_lossy(body);
    let ping = match isolate::site() {
        Ok(site) => shared_ping(object, &name, site).await,
        Err(why) => Ping {
            result: Err(Failure::new(Kind::Misconfigured, "").because(why)),
            took_ms: 0,
        },
    };
    Response::from_bytes(ping.encode().map_err(|why| why.to_string())?)
}

async fn answer_examine(object: &Object, body: &[u8]) -> worker::Result<Response> {
    let name = String::from_utf8_lossy(body);
    let result = match isolate::site() {
        Ok(site) => object.0.databases.examine(&site, &name).await,
        Err(why) => Err(Failure::new(Kind::Misconfigured, "").because(why)),
    };
    let bytes = Examined { result }.encode();
    Response::from_bytes(bytes.map_err(|why| why.to_string())?)
}

async fn shared_ping(object: &Object, name: &str, site: Rc<Site>) -> Ping {
    let now = clock::now();
    let known = object.0.pings.borrow().get(name).cloned();
    let recent =
        known.filter(|(ping, began)| ping.peek().is_none() || now.since(*began) < PING_MAX);
    if let Some((ping, _)) = recent {
        return ping.await;
    }
    let (databases, database) = (object.0.databases.clone(), name.to_owned());
    let work = async move {
        Ping {
            result: databases.ping(&site, &database).await,
            took_ms: clock::elapsed_ms(now),
        }
    };
    let ping = work.boxed_local().shared();
    let entry = (ping.clone(), now);
    object.0.pings.borrow_mut().insert(name.to_owned(), entry);
    ping.await
}
