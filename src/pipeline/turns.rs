//! Work that many ask for and that is done once for all who asked before it began.
//!
//! One run at a time and one more behind it: whoever asks while a run is under way cannot know what that
//! run has seen, so the next run, which begins after the question, answers. Only inside an object, whose
//! requests share one context.

use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, Shared};
use std::cell::RefCell;
use std::rc::Rc;

/// A run that can be waited for by many.
pub type Turn<T> = Shared<LocalBoxFuture<'static, T>>;

pub struct Turns<T: Clone> {
    state: Rc<RefCell<State<T>>>,
}

struct State<T: Clone> {
    running: Option<Turn<T>>,
    next: Option<Turn<T>>,
}

impl<T: Clone> std::fmt::Debug for Turns<T> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Turns").finish_non_exhaustive()
    }
}

impl<T: Clone + 'static> Default for Turns<T> {
    fn default() -> Self {
        let state = State {
            running: None,
            next: None,
        };
        Self {
            state: Rc::new(RefCell::new(state)),
        }
    }
}

impl<T: Clone + 'static> Turns<T> {
    /// The first run that begins from now on. `work` makes it; `spawn` keeps it going when everybody who
    /// waits for it leaves.
    pub fn join(
        &self,
        work: impl FnOnce() -> LocalBoxFuture<'static, T> + 'static,
        spawn: impl FnOnce(Turn<T>),
    ) -> Turn<T> {
        let mut state = self.state.borrow_mut();
        if let Some(next) = &state.next {
            return next.clone();
        }
        let own = self.state.clone();
        let turn = match state.running.clone() {
            None => {
                let turn = ended(own, work()).boxed_local().shared();
                state.running = Some(turn.clone());
                turn
            }
            Some(running) => {
                let turn = async move {
                    running.await;
                    {
                        let mut state = own.borrow_mut();
                        state.running = state.next.take();
                    }
                    ended(own, work()).await
                };
                let turn = turn.boxed_local().shared();
                state.next = Some(turn.clone());
                turn
            }
        };
        drop(state);
        spawn(turn.clone());
        turn
    }

    /// The run that is under way, whatever it has seen.
    pub fn running(&self) -> Option<Turn<T>> {
        self.state.borrow().running.clone()
    }
}

/// Runs `work`, and then makes place for the next run, unless one waits: that one takes the place itself.
async fn ended<T: Clone>(state: Rc<RefCell<State<T>>>, work: LocalBoxFuture<'static, T>) -> T {
    let outcome = work.await;
    let mut state = state.borrow_mut();
    if state.next.is_none() {
        state.running = None;
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_channel::oneshot;
    use futures_executor::LocalPool;
    use futures_util::task::LocalSpawnExt;
    use std::cell::Cell;

    #[test]
    fn whoever_asks_during_a_run_is_answered_by_the_next_and_all_such_by_one() {
        let mut pool = LocalPool::new();
        let spawner = pool.spawner();
        let turns: Turns<u32> = Turns::default();
        let count = Rc::new(Cell::new(0));
        let mut gates = Vec::new();
        let mut join = || {
            let (open, gate) = oneshot::channel::<()>();
            gates.push(open);
            let count = count.clone();
            let work = move || {
                count.set(count.get() + 1);
                let number = count.get();
                gate.map(move |_| number).boxed_local()
            };
            turns.join(work, |turn| {
                spawner.spawn_local(turn.map(drop)).unwrap();
            })
        };
        let first = join();
        pool.run_until_stalled();
        let (second, third) = (join(), join());
        pool.run_until_stalled();
        assert_eq!(count.get(), 1);
        for gate in gates.drain(..) {
            let _ = gate.send(());
        }
        assert_eq!(pool.run_until(first), 1);
        assert_eq!((pool.run_until(second), pool.run_until(third)), (2, 2));
        assert!(turns.running().is_none());
        pool.run_until_stalled();
        assert_eq!(count.get(), 2);
    }
}
