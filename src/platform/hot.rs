//! Counts what the memory lane answers. It is on the way of every hit, so it is an increment and nothing
//! else until something is to be told.

use super::isolate::{self, EdgeFacts};
use super::meter::Meter;
use crate::config::site::{RouteId, Site};
use crate::metrics::buffer::{Due, HotKey, HotStatus};
use crate::pipeline::metering::measure::country;
use crate::respond::stored::Shape;
use crate::semantics::request::RequestHead;
use crate::time::Timestamp;
use js_sys::Promise;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::future_to_promise;
use worker::Env;

#[wasm_bindgen]
extern "C" {
    /// The runtime's `ctx`.
    pub type JsContext;

    #[wasm_bindgen(method, js_name = waitUntil)]
    fn wait_until(this: &JsContext, work: &Promise);
}

/// A hit that is to be counted.
pub(super) struct Hit {
    meter: Rc<Meter>,
    site: Rc<Site>,
    key: HotKey,
    now: Timestamp,
}

/// `None`: an answer of this status is not counted here, and none such is answered here.
pub(super) fn hot_key(
    route: RouteId,
    shape: Shape,
    stored: u16,
    request: &RequestHead<'_>,
) -> Option<HotKey> {
    let status = match shape {
        Shape::Full(_) | Shape::HeadOnly(_) => stored,
        Shape::NotModified(_) => 304,
    };
    Some(HotKey {
        route: route.0,
        status: HotStatus::of(status)?,
        country: country(request),
    })
}

impl Hit {
    pub(super) fn of(
        facts: &EdgeFacts,
        site: &Rc<Site>,
        key: Option<HotKey>,
        now: Timestamp,
    ) -> Option<Self> {
        Some(Self {
            meter: facts.meter.clone()?,
            site: site.clone(),
            key: key?,
            now,
        })
    }

    pub(super) fn count(self, env: &Env, context: &JsContext) {
        let due = self.meter.hit(self.now, self.key);
        if due == Due::Nothing {
            return;
        }
        let site = self.site;
        if let Some(work) = self.meter.work(due, env, move || isolate::gauges(&site)) {
            let work = async move {
                work.await;
                Ok(JsValue::UNDEFINED)
            };
            context.wait_until(&future_to_promise(work));
        }
    }
}
