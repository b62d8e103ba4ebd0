//! The meter of a shield's object: it tells by itself, as its work belongs to no request.

use super::meter::{Gauges, Meter};
use crate::config::site::Site;
use crate::metrics::buffer::Due;
use crate::metrics::frame::Worked;
use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use worker::Env;

/// Without a meter, where the site measures nothing, it does nothing.
pub(super) struct ObjectMeter {
    meter: Option<Rc<Meter>>,
    env: Env,
    gauges: RefCell<Rc<dyn Fn() -> Gauges>>,
}

impl std::fmt::Debug for ObjectMeter {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("ObjectMeter").finish_non_exhaustive()
    }
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

    /// A breaker lets nobody through but probes.
    pub(super) fn breaker_opened(&self) {
        self.note(|meter| meter.breaker_opened());
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
        let due = note(meter);
        if due == Due::Nothing {
            return;
        }
        let at = At {
            meter: meter.clone(),
            env: self.env.clone(),
            gauges: self.gauges.borrow().clone(),
        };
        if let Some(work) = at.work(due) {
            spawn_local(async move {
                work.await;
                // As long as a breaker is open, its object tells so, also when nobody asks it anything.
                while let Some(work) = at.work(at.meter.due()) {
                    work.await;
                }
            });
        }
    }
}

/// What telling takes.
struct At {
    meter: Rc<Meter>,
    env: Env,
    gauges: Rc<dyn Fn() -> Gauges>,
}

impl At {
    fn work(&self, due: Due) -> Option<impl Future<Output = ()> + 'static> {
        let gauges = self.gauges.clone();
        self.meter.work(due, &self.env, move || gauges())
    }
}
