//! Runs the tasks of all machines in one thread, in an order that the seed gives, in virtual time: when
//! nobody can go on, the clock jumps to the next timer.

use super::clock::{Chance, EPOCH_MS};
use futures_channel::oneshot;
use futures_util::future::{Either, LocalBoxFuture, pending, select};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

/// Which machine a task runs on; it dies with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Clients, faults, and the network: they do not crash.
    World,
    Isolate(usize),
    Shield(usize),
    Log,
}

type Ready = Arc<Mutex<Vec<usize>>>;

struct Bell {
    task: usize,
    ready: Ready,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        let mut ready = self.ready.lock().unwrap();
        if !ready.contains(&self.task) {
            ready.push(self.task);
        }
    }
}

struct Task {
    owner: Owner,
    /// `None` while it is polled, and once it has ended.
    future: Option<LocalBoxFuture<'static, ()>>,
    waker: Waker,
}

#[derive(Default)]
struct Timers {
    waiting: BTreeMap<(u64, u64), Waker>,
    next: u64,
}

/// See the module.
#[derive(Clone)]
pub struct Executor(Rc<Inner>);

struct Inner {
    tasks: RefCell<Vec<Task>>,
    ready: Ready,
    timers: RefCell<Timers>,
    now: Cell<u64>,
    chance: Rc<Chance>,
}

impl Executor {
    pub fn new(chance: Rc<Chance>) -> Self {
        Self(Rc::new(Inner {
            tasks: RefCell::default(),
            ready: Arc::default(),
            timers: RefCell::default(),
            now: Cell::new(EPOCH_MS),
            chance,
        }))
    }

    /// True time, in milliseconds.
    pub fn now(&self) -> u64 {
        self.0.now.get()
    }

    pub fn spawn(&self, owner: Owner, work: impl Future<Output = ()> + 'static) {
        let mut tasks = self.0.tasks.borrow_mut();
        let bell = Bell {
            task: tasks.len(),
            ready: self.0.ready.clone(),
        };
        let waker = Waker::from(Arc::new(bell));
        waker.wake_by_ref();
        tasks.push(Task {
            owner,
            future: Some(Box::pin(work)),
            waker,
        });
    }

    /// Work that goes on by itself, and its outcome. Whoever waits holds nothing of the work: an object
    /// that crashes may leave futures behind that wait for each other, which nobody can drop.
    pub fn call<T: 'static>(
        &self,
        owner: Owner,
        work: impl Future<Output = T> + 'static,
    ) -> LocalBoxFuture<'static, T> {
        let (tell, told) = oneshot::channel();
        self.spawn(owner, async move {
            let _ = tell.send(work.await);
        });
        Box::pin(async move {
            match told.await {
                Ok(outcome) => outcome,
                // Its machine has crashed, and with it whoever waits.
                Err(oneshot::Canceled) => pending().await,
            }
        })
    }

    /// Ends every task of a machine where it stands; says how many that were.
    pub fn kill(&self, owner: Owner) -> usize {
        let mut dead = Vec::new();
        for task in self.0.tasks.borrow_mut().iter_mut() {
            if task.owner == owner {
                dead.extend(task.future.take());
            }
        }
        // Dropped only now: what is dropped may spawn or wake.
        dead.len()
    }

    /// Ends everything.
    pub fn clear(&self) {
        let tasks = std::mem::take(&mut *self.0.tasks.borrow_mut());
        drop(tasks);
    }

    /// Runs until this moment of true time, or until `stop` says so.
    pub fn run_until(&self, end: u64, stop: impl Fn() -> bool) {
        while !stop() {
            if let Some(task) = self.take_ready() {
                self.poll(task);
                continue;
            }
            let next = self.0.timers.borrow().waiting.keys().next().copied();
            match next {
                Some((at, _)) if at <= end => self.fire(at),
                Some(_) | None => {
                    self.0.now.set(end.max(self.now()));
                    return;
                }
            }
        }
    }

    fn take_ready(&self) -> Option<usize> {
        let mut ready = self.0.ready.lock().unwrap();
        if ready.is_empty() {
            return None;
        }
        let index = self.0.chance.index(ready.len());
        Some(ready.swap_remove(index))
    }

    fn poll(&self, index: usize) {
        let (mut future, waker) = {
            let mut tasks = self.0.tasks.borrow_mut();
            let Some(task) = tasks.get_mut(index) else {
                return;
            };
            let Some(future) = task.future.take() else {
                return;
            };
            (future, task.waker.clone())
        };
        let poll = future.as_mut().poll(&mut Context::from_waker(&waker));
        if poll.is_pending()
            && let Some(task) = self.0.tasks.borrow_mut().get_mut(index)
        {
            task.future = Some(future);
        }
    }

    fn fire(&self, at: u64) {
        self.0.now.set(at.max(self.now()));
        let mut timers = self.0.timers.borrow_mut();
        while let Some(entry) = timers.waiting.first_entry()
            && entry.key().0 <= at
        {
            entry.remove().wake();
        }
    }

    pub fn sleep(&self, ms: u64) -> Sleep {
        Sleep {
            executor: self.clone(),
            at: self.now() + ms,
            timer: None,
        }
    }

    pub async fn within<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Option<T> {
        let limit = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX / 2);
        match select(pin!(work), pin!(self.sleep(limit))).await {
            Either::Left((value, _)) => Some(value),
            Either::Right(((), _)) => None,
        }
    }
}

/// A virtual timer.
pub struct Sleep {
    executor: Executor,
    at: u64,
    timer: Option<(u64, u64)>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.executor.now() >= self.at {
            return Poll::Ready(());
        }
        let timer = match self.timer {
            Some(timer) => timer,
            None => {
                let mut timers = self.executor.0.timers.borrow_mut();
                timers.next += 1;
                (self.at, timers.next)
            }
        };
        let waker = context.waker().clone();
        let mut timers = self.executor.0.timers.borrow_mut();
        timers.waiting.insert(timer, waker);
        drop(timers);
        self.timer = Some(timer);
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(timer) = self.timer {
            self.executor.0.timers.borrow_mut().waiting.remove(&timer);
        }
    }
}
