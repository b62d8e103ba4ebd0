//! An isolate's ports, over the simulated colo, KV, shields and log.

use super::executor::Owner;
use super::faults::{Caller, Fault, Mutation};
use super::log_host;
use super::shield_host;
use super::stats::Event;
use super::world::{Bytes, COLOS, Link, Sim};
use crate::cache::memory::Memory;
use crate::cache::record;
use crate::cache::refreshing::Refreshing;
use crate::cache::stored::{Coding, Stored};
use crate::config::site::Origin;
use crate::failure::{Failure, Kind};
use crate::key::CacheKey;
use crate::outcome::{Layer, ShieldReport};
use crate::ports::origin::{ArrivalOf, Content, NoArrival, OriginPorts};
use crate::ports::{Asked, Delivery, Ports, Read};
use crate::purge::message::{self, LogAsk, LogReply, Page};
use crate::purge::seq::PurgeSeq;
use crate::purge::watch::Watch;
use crate::semantics::fields::Fields;
use crate::semantics::trace::Trace;
use crate::shield::message::{Ask, FetchAsk};
use crate::source::fetch::Fetch;
use crate::time::Timestamp;
use std::future::Future;
use std::time::Duration;

/// One request's view of the world from its isolate.
#[derive(Clone)]
pub struct EdgePorts {
    pub link: Link,
    pub isolate: usize,
}

impl EdgePorts {
    fn world(&self) -> Sim {
        self.link.world()
    }

    fn colo(&self) -> usize {
        self.world().isolates[self.isolate].colo
    }
}

/// A record's bytes as a stored response.
pub fn unpack(bytes: &[u8], key: &str) -> Read<Bytes> {
    match record::decode(bytes, Some(key)) {
        Ok((head, at)) => Read::Found(Stored::new(head, Bytes(bytes[at].into()))),
        Err(unusable) => Read::Unusable(unusable.as_str()),
    }
}

fn pack(world: &Sim, stored: &Stored<Bytes>) -> Vec<u8> {
    let mut head = (*stored.head).clone();
    if world.weather.lies(Mutation::FarRaisesSeq) {
        head.seq = PurgeSeq(head.seq.0 + 5_000_000);
    }
    let mut bytes = record::encode(&head, &stored.body.0).unwrap();
    if world.weather.strikes(Fault::Garbage, &world.chance, 10) {
        world.count(Event::Garbage);
        let at = world.chance.index(bytes.len());
        bytes[at] ^= 1 << world.chance.below(8);
    }
    bytes
}

/// What the far layers give back, rejuvenated if they lie.
fn rejuvenated(world: &Sim, isolate: usize, read: Read<Bytes>) -> Read<Bytes> {
    let lies = world.weather.lies(Mutation::FarRejuvenates);
    match read {
        Read::Found(stored) if lies => {
            let mut head = (*stored.head).clone();
            head.created = world.isolate_time(isolate);
            Read::Found(Stored::new(head, stored.body))
        }
        Read::Found(_) | Read::Absent | Read::Unusable(_) | Read::Failed => read,
    }
}

impl Ports for EdgePorts {
    type Body = Bytes;
    type Stream = ();

    fn now(&self) -> Timestamp {
        self.world().isolate_time(self.isolate)
    }

    fn trace(&self) -> Option<Trace> {
        None
    }

    fn with_memory<R>(&self, act: impl FnOnce(&mut Memory<Stored<Bytes>>) -> R) -> R {
        act(&mut self.world().isolates[self.isolate].memory.borrow_mut())
    }

    fn with_watch<R>(&self, act: impl FnOnce(&mut Watch) -> R) -> R {
        act(&mut self.world().isolates[self.isolate].watch.borrow_mut())
    }

    async fn shared_page(&self) -> Option<Page> {
        let world = self.world();
        world.pause(0, 15).await;
        let bytes = world.colos[self.colo()].page.borrow().clone()?;
        let mut page: Page = message::decode(&bytes).ok()?;
        world.count(Event::PageUsed);
        if world.weather.lies(Mutation::PageOfNow) {
            page.asked = self.now();
        }
        Some(page)
    }

    async fn share_page(&self, page: &Page) {
        let world = self.world();
        world.pause(0, 40).await;
        let bytes = message::encode(page).unwrap();
        *world.colos[self.colo()].page.borrow_mut() = Some(bytes);
    }

    async fn ask_log(&self, ask: &LogAsk) -> Result<LogReply, Failure> {
        log_host::ask(&self.world(), Caller::Colo(self.colo()), ask).await
    }

    fn with_refreshing<R>(&self, act: impl FnOnce(&mut Refreshing) -> R) -> R {
        act(&mut self.world().isolates[self.isolate].refreshing.borrow_mut())
    }

    async fn read(&self, layer: Layer, key: &CacheKey) -> Read<Bytes> {
        let world = self.world();
        world
            .pause(0, if layer == Layer::Global { 80 } else { 15 })
            .await;
        if world.weather.strikes(Fault::LayersFail, &world.chance, 6) {
            world.count(Event::LayerFailed);
            world.pause(0, 900).await;
            return Read::Failed;
        }
        let (name, now) = (key.digest_hex(), world.now());
        let bytes = match layer {
            Layer::Memory => None,
            Layer::Colo => world.colos[self.colo()].get(&name, now),
            Layer::Global => {
                let (bytes, event) = world.kv.get(&name, self.colo(), now);
                event.into_iter().for_each(|event| world.count(event));
                bytes
            }
        };
        let read = bytes.map_or(Read::Absent, |bytes| unpack(&bytes, key.as_str()));
        // The answer takes its time to come.
        world.pause(0, 20).await;
        rejuvenated(&world, self.isolate, read)
    }

    async fn write(&self, layer: Layer, stored: &Stored<Bytes>, keep: Duration) {
        let world = self.world();
        world.pause(0, 60).await;
        if world.weather.strikes(Fault::LayersFail, &world.chance, 6) {
            return;
        }
        let name = CacheKey::from_text(stored.head.key.clone()).digest_hex();
        let bytes = pack(&world, stored);
        let (now, keep) = (world.now(), u64::try_from(keep.as_millis()).unwrap());
        match layer {
            Layer::Memory => {}
            Layer::Colo => world.colos[self.colo()].put(name, bytes, now + keep),
            Layer::Global => {
                let times = (now, now + keep);
                world
                    .kv
                    .put(name, bytes, self.colo(), COLOS, &world.chance, times);
            }
        }
    }

    async fn ask(&self, shard: u16, ask: Ask) -> Asked<Self> {
        let (report, stored) = shield_host::ask(&self.world(), usize::from(shard), ask).await;
        (report, stored.map(Delivery::Whole))
    }

    async fn ask_stream(
        &self,
        _shard: u16,
        _ask: Ask,
    ) -> (Option<ShieldReport>, Result<(), Failure>) {
        (None, Err(Failure::new(Kind::NotFound, "")))
    }

    async fn shield_state(&self, _shard: u16) -> Result<serde_json::Value, Failure> {
        Err(Failure::new(Kind::Unavailable, ""))
    }

    fn discard(&self, _stream: ()) {}

    async fn asset(
        &self,
        _path: &str,
        _key: &CacheKey,
        _tags: Vec<String>,
        _seq: PurgeSeq,
    ) -> Result<Stored<Bytes>, Failure> {
        Err(Failure::new(Kind::NotFound, ""))
    }

    async fn request_body(&self, _bytes_max: u64) -> Result<Option<Vec<u8>>, Failure> {
        Ok(None)
    }

    async fn recode(&self, _stored: &Stored<Bytes>, _coding: Coding) -> Option<Bytes> {
        None
    }

    async fn within<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Option<T> {
        self.world().executor.within(limit, work).await
    }

    fn background(&self, work: impl Future<Output = ()> + 'static) {
        self.world()
            .executor
            .spawn(Owner::Isolate(self.isolate), work);
    }
}

/// No site that is simulated has an origin.
impl OriginPorts for EdgePorts {
    fn request_fields(&self) -> Fields {
        Fields::new()
    }

    async fn fetch(&self, _shard: u16, _ask: FetchAsk) -> Result<ArrivalOf<Self>, Box<NoArrival>> {
        Err(Failure::new(Kind::NotFound, "").into())
    }

    async fn forward(
        &self,
        _origin: &Origin,
        _fetch: &Fetch,
        _content: Content,
    ) -> Result<ArrivalOf<Self>, Failure> {
        Err(Failure::new(Kind::NotFound, ""))
    }

    fn keep(
        &self,
        _stream: (),
        _declared: Option<u64>,
        _bytes_max: u64,
    ) -> ((), impl Future<Output = Option<Bytes>> + 'static) {
        ((), async { None })
    }

    fn body_of(&self, bytes: Vec<u8>) -> Bytes {
        Bytes(bytes.into())
    }
}
