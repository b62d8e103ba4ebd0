//! What one isolate keeps between requests: the site, the memory layer, and what never changes. Only
//! finished values; never a future or an I/O object of a request.

use super::body::JsBody;
use super::meter::{Gauges, Meter};
use super::origins::{self, Origins};
use super::{clock, purge_client};
use crate::cache::memory::Memory;
use crate::cache::refreshing::Refreshing;
use crate::cache::stored::Stored;
use crate::config::site::{Log, LogRequests, Site, SiteError};
use crate::key::hex;
use crate::metrics::frame::{Gauge, Worked};
use crate::pipeline::memory_lane::Kept;
use crate::ports::Secrets;
use crate::purge::watch::Watch;
use js_sys::{JsString, Reflect, Uint8Array};
use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;
use worker::Env;

thread_local! {
    static SITE: OnceCell<Result<Rc<Site>, SiteError>> = const { OnceCell::new() };
    static MEMORY: RefCell<Option<Memory<Stored<JsBody>>>> = const { RefCell::new(None) };
    static PLACE: OnceCell<Rc<str>> = const { OnceCell::new() };
    static WATCH: RefCell<Option<Watch>> = const { RefCell::new(None) };
    static ORIGINS: Rc<Origins> = Rc::new(Origins::new(tell_contact));
    static REFRESHING: RefCell<Refreshing> = RefCell::default();
    static EDGE: OnceCell<Rc<EdgeFacts>> = const { OnceCell::new() };
    static REQUESTS: Cell<u32> = const { Cell::new(0) };
}

/// What the first request tells about all of an isolate's requests.
#[derive(Debug)]
pub(super) struct EdgeFacts {
    pub secrets: Secrets,
    /// The data centre's code.
    pub location: String,
    /// The site's, unless the variable `FOREBAY_LOG` says otherwise.
    pub log: Log,
    /// `None`: nothing is measured.
    pub meter: Option<Rc<Meter>>,
    /// Random, drawn once: the runtime allows no randomness before the first request.
    id_prefix: String,
    /// The same in the JavaScript heap.
    js_id_prefix: JsString,
}

/// A request id of our own: unique, made of the isolate's prefix and a number.
#[derive(Clone, Copy, Debug)]
pub(super) struct OwnId(u32);

/// The site, decoded on first use. `src/entry.js` lays its bytes where a restarted instance finds them
/// again.
pub(super) fn site() -> Result<Rc<Site>, SiteError> {
    SITE.with(|site| site.get_or_init(load).clone())
}

fn load() -> Result<Rc<Site>, SiteError> {
    let bytes =
        Reflect::get(&js_sys::global(), &"forebaySite".into()).map_err(|_| SiteError::Malformed)?;
    Site::decode(&Uint8Array::new(&bytes).to_vec()).map(Rc::new)
}

/// What is known of the origins that requests go to straight.
pub(super) fn origins() -> Rc<Origins> {
    ORIGINS.with(Rc::clone)
}

/// What goes straight to an origin is counted here. The response that follows has it told: nothing here
/// could start a timer that outlasts the request.
fn tell_contact(origin: &str, worked: Worked) {
    if let Some(meter) = known_facts().and_then(|facts| facts.meter.clone()) {
        meter.contact(origin, worked);
    }
}

/// The isolate's levels at this moment.
pub(super) fn gauges(site: &Site) -> Gauges {
    let stats = with_memory(site, |memory| memory.stats());
    let mut gauges = vec![
        (Gauge::MemoryBytes, stats.bytes as f64),
        (Gauge::MemoryEntries, stats.entries as f64),
        (Gauge::HeapBytes, heap_bytes()),
    ];
    gauges.extend(origins::breakers(&origins().state()));
    gauges
}

/// Of the WASM instance, which every isolate has one of.
fn heap_bytes() -> f64 {
    const PAGE_BYTES: f64 = 65_536.0;
    core::arch::wasm32::memory_size::<0>() as f64 * PAGE_BYTES
}

/// The facts, if any request has been through the asynchronous lane yet.
pub(super) fn known_facts() -> Option<Rc<EdgeFacts>> {
    EDGE.with(|facts| facts.get().cloned())
}

/// The facts, learnt from this request if it is the first.
pub(super) fn facts(
    env: &Env,
    site: &Site,
    colo: impl FnOnce() -> Option<String>,
) -> Rc<EdgeFacts> {
    EDGE.with(|facts| {
        facts
            .get_or_init(|| Rc::new(learn(env, site, colo())))
            .clone()
    })
}

fn learn(env: &Env, site: &Site, colo: Option<String>) -> EdgeFacts {
    let location = colo.unwrap_or_else(|| String::from("local"));
    let variable = env.var("FOREBAY_LOG").ok().map(|value| value.to_string());
    let requests = variable.as_deref().and_then(LogRequests::parse);
    let log = Log {
        requests: requests.unwrap_or(site.log.requests),
        ..site.log.clone()
    };
    let id_prefix = random_prefix();
    EdgeFacts {
        secrets: secrets(env),
        meter: Meter::new(env, site, &location),
        location,
        log,
        js_id_prefix: JsString::from(id_prefix.as_str()),
        id_prefix,
    }
}

pub(super) fn secrets(env: &Env) -> Secrets {
    let secret = |name: &str| env.secret(name).ok().map(|secret| secret.to_string());
    Secrets {
        api_token: secret("API_TOKEN"),
        admin_token: secret("ADMIN_TOKEN"),
    }
}

fn random_u16() -> u16 {
    let mut bytes = [0_u8; 2];
    // Without randomness isolates may poll at once, which costs questions and nothing else.
    let _ = getrandom::getrandom(&mut bytes);
    u16::from_be_bytes(bytes)
}

pub(super) fn random_prefix() -> String {
    let mut prefix = [0_u8; 10];
    if getrandom::getrandom(&mut prefix).is_err() {
        // Without randomness, the clock still tells isolates apart; ids need not be secret.
        prefix[..8].copy_from_slice(&clock::now().as_millis().to_be_bytes());
    }
    format!("{}-", hex(&prefix))
}

/// An id for a request of an isolate that has no site, and so learns no facts.
pub(super) fn id_without_facts() -> String {
    format!("{}0", random_prefix())
}

impl EdgeFacts {
    pub(super) fn next_id(&self) -> OwnId {
        REQUESTS.with(|count| {
            count.set(count.get().wrapping_add(1));
            OwnId(count.get())
        })
    }

    pub(super) fn id_text(&self, id: OwnId) -> String {
        format!("{}{}", self.id_prefix, id.0)
    }

    /// Put together in the JavaScript heap, so that no text crosses the border on a hit.
    pub(super) fn id_js(&self, id: OwnId) -> JsString {
        self.js_id_prefix.concat(&id.0.into())
    }
}

pub(super) fn with_memory<R>(site: &Site, act: impl FnOnce(&mut Memory<Stored<JsBody>>) -> R) -> R {
    MEMORY.with(|memory| {
        let mut memory = memory.borrow_mut();
        act(memory.get_or_insert_with(|| Memory::new(site.limits.memory_bytes_max)))
    })
}

/// What this deployment's entries in the colo's cache are named by: the site, and the purge log's own id,
/// which no other deployment has.
pub(super) fn place(env: &Env, site: &Site) -> Rc<str> {
    PLACE.with(|place| {
        if let Some(place) = place.get() {
            return place.clone();
        }
        match purge_client::id(env) {
            Some(id) => place
                .get_or_init(|| Rc::from(format!("{}/{id}", site.name)))
                .clone(),
            None => Rc::from(site.name.as_str()),
        }
    })
}

pub(super) fn with_watch<R>(site: &Site, act: impl FnOnce(&mut Watch) -> R) -> R {
    WATCH.with(|watch| {
        let mut watch = watch.borrow_mut();
        let targets_max = usize::try_from(site.purge.index_max).unwrap_or(usize::MAX);
        act(watch.get_or_insert_with(|| Watch::polling_sooner(targets_max, random_u16())))
    })
}

/// What the memory lane looks into.
pub(super) fn with_kept<R>(site: &Site, act: impl FnOnce(Kept<'_, JsBody>) -> R) -> R {
    with_watch(site, |watch| {
        with_memory(site, |memory| {
            with_refreshing(|refreshing| {
                act(Kept {
                    memory,
                    watch,
                    refreshing,
                })
            })
        })
    })
}

pub(super) fn with_refreshing<R>(act: impl FnOnce(&mut Refreshing) -> R) -> R {
    REFRESHING.with(|refreshing| act(&mut refreshing.borrow_mut()))
}
