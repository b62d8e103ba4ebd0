//! What is measured in one place, an isolate or a shield's object, and how it gets to the metrics objects.
//! What waits, and when it is told, is decided by [`Buffer`].

use super::analytics::Sink;
use super::{clock, isolate, metrics_client};
use crate::config::site::{FlushWhen, Record, Site};
use crate::failure::Failure;
use crate::metrics::buffer::{Buffer, Due, HotKey, Identity, Pace};
use crate::metrics::frame::{Gauge, Measured, Worked};
use crate::metrics::message::{Batch, MetricsAsk, MetricsReply};
use crate::pipeline::metering::documents::unexpected;
use crate::pipeline::metering::read::object_of;
use crate::time::Timestamp;
use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;
use worker::{Delay, Env};

#[derive(Debug)]
pub(super) struct Meter {
    buffer: RefCell<Buffer>,
    /// The data centre, or the object's name.
    place: String,
    /// The one that is told.
    object: u16,
    pub when: FlushWhen,
}

/// Levels that are looked at when something is told.
pub(super) type Gauges = Vec<(Gauge, f64)>;

impl Meter {
    /// `None` where the site measures nothing. `place` is the data centre, or the name of an object.
    pub(super) fn new(env: &Env, site: &Site, place: &str) -> Option<Rc<Self>> {
        match site.metrics.record {
            Record::All => {}
            Record::Nothing => return None,
        }
        let variable = env.var("FOREBAY_FLUSH").ok().map(|value| value.to_string());
        let when = FlushWhen::parse(variable.as_deref().unwrap_or_default());
        let routes = site.routes.iter().map(|route| route.pattern.clone());
        let identity = Identity {
            isolate: isolate::random_prefix(),
            release: site.hash.clone(),
            colo: place.to_owned(),
            routes: routes.collect(),
        };
        let pace = match when {
            FlushWhen::Timed => Pace::After(site.metrics.flush),
            FlushWhen::Held => Pace::Held,
        };
        Some(Rc::new(Self {
            buffer: RefCell::new(Buffer::new(identity, pace)),
            place: place.to_owned(),
            object: object_of(place, site.metrics.objects),
            when,
        }))
    }

    pub(super) fn hit(&self, now: Timestamp, key: HotKey) -> Due {
        let mut buffer = self.buffer.borrow_mut();
        buffer.hit(now, key);
        buffer.due(now)
    }

    pub(super) fn response(&self, measured: &Measured<'_>) -> Due {
        let now = clock::now();
        let mut buffer = self.buffer.borrow_mut();
        buffer.response(now, measured);
        buffer.due(now)
    }

    pub(super) fn statement(&self, database: &str, query: &str, worked: Worked) -> Due {
        let now = clock::now();
        let mut buffer = self.buffer.borrow_mut();
        buffer.statement(now, database, query, worked);
        buffer.due(now)
    }

    /// Whoever has it told asks by [`Self::due`], as far as he can start what that asks for.
    pub(super) fn contact(&self, origin: &str, worked: Worked) {
        let now = clock::now();
        self.buffer.borrow_mut().contact(now, origin, worked);
    }

    pub(super) fn breaker_opened(&self) -> Due {
        let mut buffer = self.buffer.borrow_mut();
        buffer.breaker_opened();
        buffer.due(clock::now())
    }

    pub(super) fn due(&self) -> Due {
        self.buffer.borrow_mut().due(clock::now())
    }

    /// The work that something due asks for; it may go on behind a response. `None`: there is none.
    pub(super) fn work(
        self: &Rc<Self>,
        due: Due,
        env: &Env,
        gauges: impl Fn() -> Gauges + 'static,
    ) -> Option<impl Future<Output = ()> + 'static> {
        let pause = match due {
            Due::Nothing => return None,
            Due::Start(pause) => pause,
            Due::Flush => Duration::ZERO,
        };
        let (meter, env) = (self.clone(), env.clone());
        Some(async move {
            if !pause.is_zero() && !meter.is_due_after(pause).await {
                return;
            }
            meter.flush(&env, gauges()).await;
            // What could not be told is told once more.
            let again = meter.due();
            if let Due::Start(pause) = again
                && meter.is_due_after(pause).await
            {
                meter.flush(&env, gauges()).await;
            }
        })
    }

    async fn is_due_after(&self, pause: Duration) -> bool {
        Delay::from(pause).await;
        match self.due() {
            Due::Nothing => false,
            // What came in since the timer was forgotten has none: nobody else would tell it.
            Due::Start(_) | Due::Flush => true,
        }
    }

    /// Tells all that waits.
    pub(super) async fn flush(&self, env: &Env, gauges: Gauges) {
        self.buffer.borrow_mut().levels(clock::now(), gauges);
        let mut sink = Sink::of(env);
        while let Some(batch) = self.next_batch() {
            let (number, ask) = (batch.number, MetricsAsk::Take(batch));
            let told = told(env, self.object, &ask).await;
            let mut buffer = self.buffer.borrow_mut();
            match told {
                Ok(()) => {
                    buffer.arrived(number);
                    if let MetricsAsk::Take(batch) = &ask {
                        sink.write(batch, &self.place);
                    }
                }
                Err(failure) => {
                    worker::console_warn!("forebay: {}", failure.internal);
                    if let MetricsAsk::Take(batch) = ask {
                        buffer.failed(batch, clock::now());
                    }
                }
            }
        }
    }

    fn next_batch(&self) -> Option<Batch> {
        self.buffer.borrow_mut().take(clock::now())
    }
}

async fn told(env: &Env, object: u16, ask: &MetricsAsk) -> Result<(), Failure> {
    let reply = metrics_client::ask(env, object, ask).await?;
    if let MetricsReply::Taken = reply {
        return Ok(());
    }
    Err(unexpected(&reply))
}
