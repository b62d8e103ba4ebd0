//! One database as a shield object uses it: its pool behind its breaker, what breaks tried again.
//! What is decided is decided by [`Breaker`], [`Retries`] and the pool's shelf.

use super::clock;
use super::leave::Leave;
use super::object_meter::ObjectMeter;
use super::pool::{Age, Lease, Pool, Turn, Usage};
use super::postgres::{self, Broken};
use super::random::random;
use super::statement::{Asks, Statement};
use crate::config::site::Database;
use crate::failure::{Done, Failure, Kind};
use crate::pipeline::shield::state::DatabaseState;
use crate::shield::message::Reach;
use crate::source::breaker::{Breaker, Verdict};
use crate::source::query::Repeat;
use crate::source::retry::{Break, Next, Retries};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen_futures::spawn_local;
use worker::{Delay, Env};

#[derive(Debug)]
pub(super) struct Guarded {
    pool: Rc<Pool>,
    breaker: RefCell<Breaker>,
    retries: RefCell<Retries>,
    warming: Cell<bool>,
    /// Hears of statements, and of a breaker that is not closed.
    meter: Option<Rc<ObjectMeter>>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) struct Unanswered {
    pub failure: Failure,
    /// Whether another database with the same data could answer.
    pub elsewhere: Elsewhere,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Elsewhere {
    MayAnswer,
    Wont,
}

impl Unanswered {
    /// The same after an earlier try, or one at another place, which left no more than this behind.
    pub(super) fn after(mut self, before: Done) -> Self {
        self.failure.done = self.failure.done.and(before);
        self
    }
}

/// How one try ended.
enum Ended {
    Broke(Break, Failure),
    For(Unanswered),
}

impl Ended {
    fn with(failure: Failure, elsewhere: Elsewhere) -> Self {
        Self::For(Unanswered { failure, elsewhere })
    }
}

impl Guarded {
    pub(super) fn new(env: Env, database: &Database, meter: Option<Rc<ObjectMeter>>) -> Self {
        Self {
            meter,
            pool: Rc::new(Pool::new(env, database.clone())),
            breaker: RefCell::new(Breaker::new(database.breaker.clone(), clock::now())),
            retries: RefCell::new(Retries::new(database.retry.clone())),
            warming: Cell::new(false),
        }
    }

    pub(super) fn state(&self) -> DatabaseState {
        DatabaseState {
            pool: self.pool.state(),
            breaker: self.breaker.borrow_mut().report(clock::now()),
            retry: self.retries.borrow().report(),
        }
    }

    /// Does `work` on a connection, and again where that is safe and of use.
    pub(super) async fn attempt<T>(
        self: &Rc<Self>,
        asks: Asks<'_>,
        usage: Usage,
        repeat: Repeat,
        work: &impl AsyncFn(Lease, Statement) -> Result<T, Broken>,
    ) -> Result<T, Unanswered> {
        let mut tries = self.retries.borrow_mut().begin(repeat);
        let mut age = Age::Any;
        let mut before = Done::Unasked;
        loop {
            let tried = self.once(asks, usage, age, repeat, work).await;
            self.tell_if_open();
            let (broke, failure) = match tried {
                Ok(answer) => return Ok(answer),
                Err(Ended::For(unanswered)) => return Err(unanswered.after(before)),
                Err(Ended::Broke(broke, failure)) => (broke, failure),
            };
            before = before.and(failure.done);
            let next = self.retries.borrow_mut().next(&mut tries, broke, random());
            age = match broke {
                Break::Connecting => Age::Any,
                Break::Reused | Break::New => Age::Fresh,
            };
            match next {
                Next::Fresh => {}
                Next::After(pause) => Delay::from(pause).await,
                Next::GiveUp(_) => {
                    // What may have run, and may not be repeated, may not be repeated elsewhere.
                    let elsewhere = match (broke, repeat) {
                        (Break::Connecting, _) | (_, Repeat::Allowed) => Elsewhere::MayAnswer,
                        (Break::Reused | Break::New, Repeat::Never) => Elsewhere::Wont,
                    };
                    return Err(Unanswered { failure, elsewhere });
                }
            }
        }
    }

    async fn once<T>(
        self: &Rc<Self>,
        asks: Asks<'_>,
        usage: Usage,
        age: Age,
        repeat: Repeat,
        work: &impl AsyncFn(Lease, Statement) -> Result<T, Broken>,
    ) -> Result<T, Ended> {
        // Before the queue, so that nobody waits in vain; and after it, since it may have opened.
        self.peek()?;
        let turn = self.pool.turn(usage).await;
        // Our own queue is full: that says nothing of the source.
        let turn = turn.map_err(|failure| Ended::with(failure, Elsewhere::Wont))?;
        let leave = self.admit()?;
        self.warm();
        let name = &self.pool.database.name;
        let mut statement = Statement::begin(asks, name, self.meter.as_ref());
        let lease = match turn.lease(age, repeat).await {
            Ok(lease) => lease,
            Err(failure) => {
                statement.unreached();
                if failure.kind == Kind::Misconfigured {
                    leave.settle(|_| Verdict::Unknown);
                    return Err(Ended::with(failure, Elsewhere::Wont));
                }
                leave.settle(|_| Verdict::Failed);
                return Err(Ended::Broke(Break::Connecting, failure));
            }
        };
        statement.sent();
        let reused = lease.reused;
        match work(lease, statement).await {
            Ok(answer) => {
                leave.settle(Verdict::Answered);
                Ok(answer)
            }
            Err(Broken::Query(failure)) => {
                leave.settle(Verdict::Answered);
                let elsewhere = if failure.kind == Kind::Unavailable {
                    Elsewhere::MayAnswer
                } else {
                    Elsewhere::Wont
                };
                Err(Ended::with(failure, elsewhere))
            }
            Err(Broken::Source(failure)) => {
                leave.settle(|_| Verdict::Failed);
                Err(Ended::with(failure, Elsewhere::Wont))
            }
            Err(Broken::Connection(failure)) if reused => {
                leave.settle(|_| Verdict::Unknown);
                Err(Ended::Broke(Break::Reused, failure))
            }
            Err(Broken::Connection(failure)) => {
                leave.settle(|_| Verdict::Failed);
                Err(Ended::Broke(Break::New, failure))
            }
        }
    }

    /// One round trip that asks nothing of the data. It goes through the breaker like every other
    /// request, so it may be the probe: a site that nobody asks for anything but its health must
    /// become healthy again.
    pub(super) async fn ping(self: &Rc<Self>) -> Result<Reach, Failure> {
        let open = self.breaker.borrow_mut().peek(clock::now());
        open.map_err(|wait| self.refusal(wait))?;
        if self.pool.is_busy() {
            return Ok(Reach::Busy);
        }
        let ping = async |lease, _| postgres::ping(lease).await;
        let asked = self.attempt(Asks::Server, Usage::Whole, Repeat::Allowed, &ping);
        asked.await.map_err(|unanswered| unanswered.failure)?;
        Ok(Reach::Answered)
    }

    fn peek(&self) -> Result<(), Ended> {
        let open = self.breaker.borrow_mut().peek(clock::now());
        open.map_err(|wait| Ended::with(self.refusal(wait).unasked(), Elsewhere::MayAnswer))
    }

    /// Nobody else would tell of a breaker that a question of health has opened, or that stays open while
    /// nobody asks anything.
    fn tell_if_open(&self) {
        if let Some(meter) = self.meter.as_ref().filter(|_| !self.is_closed()) {
            meter.breaker_opened();
        }
    }

    fn admit(&self) -> Result<Leave<'_>, Ended> {
        Leave::ask(&self.breaker)
            .map_err(|wait| Ended::with(self.refusal(wait), Elsewhere::MayAnswer))
    }

    fn refusal(&self, wait: Duration) -> Failure {
        let why = format!("database {}: the breaker is open", self.pool.database.name);
        Failure::new(Kind::Unavailable, "")
            .because(why)
            .after(wait)
            .undone()
    }

    /// Opens, behind the request, the connections that the pool wants ahead. Not while the breaker
    /// is anything but closed: then only probes may go.
    fn warm(self: &Rc<Self>) {
        if self.warming.get() || !self.is_closed() {
            return;
        }
        let Some(first) = self.pool.turn_to_warm() else {
            return;
        };
        self.warming.set(true);
        let guarded = self.clone();
        spawn_local(async move {
            let mut next = Some(first);
            while let Some(turn) = next {
                let opened = guarded.warm_one(turn).await;
                let again = opened && guarded.is_closed();
                next = again.then(|| guarded.pool.turn_to_warm()).flatten();
            }
            guarded.warming.set(false);
        });
    }

    /// Whether it came about.
    async fn warm_one(&self, turn: Turn) -> bool {
        let Ok(leave) = self.admit() else {
            return false;
        };
        let warmed = turn.warm().await;
        leave.settle(|took| match &warmed {
            Ok(()) => Verdict::Answered(took),
            Err(failure) if failure.kind == Kind::Misconfigured => Verdict::Unknown,
            Err(_) => Verdict::Failed,
        });
        self.tell_if_open();
        warmed.is_ok()
    }

    fn is_closed(&self) -> bool {
        self.breaker.borrow().is_closed()
    }
}
