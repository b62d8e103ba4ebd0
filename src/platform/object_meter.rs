//! The meter of a shield's object: it tells by itself, as its work belongs to no request.

use super::meter::{Gauges, Meter};
use crate::config::site::Site;
use crate::metrics::buffer::Due;
use crate::metrics::frame::Worked;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use worker::Env;

/// Without a meter, where the site measures nothing, it does nothing.
pub(super) struct ObjectMeter {
    meter: Option<Rc<Meter>>,
    env: Env,
    gauges: RefCell<Rc<dyn Fn() -> Gauges>>,
}

impl ObjectMeter {
    pub(super) fn new(env: Env, site: Option<&Site>, place: &str) -> Self {
        Self {
            meter: site.and_then(|site| Meter::new(&env, site, place)),
            env,
            gauges: RefCell::new(Rc::new(Vec::new)),
        }
    }

    /// What the object's levels are; it is asked when something is told.
    pub(super) fn look_at(&self, gauges: impl Fn() -> Gauges + 'static) {
        self.gauges.replace(Rc::new(gauges));
    }

    pub(super) fn statement(&self, database: &str, query: &str, worked: Worked) {
        self.note(|meter| meter.statement(database, query, worked));
    }

    pub(super) fn contact(&self, origin: &str, worked: Worked) {
        self.note(|meter| {
            meter.contact(origin, worked);
            meter.due()
        });
    }

    pub(super) async fn flush(&self) {
        let gauges = self.gauges.borrow().clone();
        if let Some(meter) = &self.meter {
            meter.flush(&self.env, gauges()).await;
        }
    }

    fn note(&self, note: impl FnOnce(&Meter) -> Due) {
        let Some(meter) = &self.meter else {
            return;
        };
        let gauges = self.gauges.borrow().clone();
        if let Some(work) = meter.work(note(meter), &self.env, move || gauges()) {
            spawn_local(work);
        }
    }
}
