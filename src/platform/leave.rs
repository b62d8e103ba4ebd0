//! A breaker's leave to ask, settled however the asking ends.

use super::clock;
use crate::source::breaker::{Admission, Breaker, Ticket, Verdict};
use crate::time::Timestamp;
use std::cell::RefCell;
use std::time::Duration;

/// Dropped before it is settled, the caller has gone.
#[derive(Debug)]
pub(super) struct Leave<'b> {
    breaker: &'b RefCell<Breaker>,
    ticket: Option<Ticket>,
    began: Timestamp,
}

impl<'b> Leave<'b> {
    /// # Errors
    /// How long to wait: the breaker is open.
    pub(super) fn ask(breaker: &'b RefCell<Breaker>) -> Result<Self, Duration> {
        let began = clock::now();
        match breaker.borrow_mut().admit(began) {
            Admission::Pass(ticket) => Ok(Self {
                breaker,
                ticket: Some(ticket),
                began,
            }),
            Admission::Refuse(wait) => Err(wait),
        }
    }

    pub(super) fn settle(mut self, verdict: impl FnOnce(Duration) -> Verdict) {
        self.end(verdict);
    }

    fn end(&mut self, verdict: impl FnOnce(Duration) -> Verdict) {
        if let Some(ticket) = self.ticket.take() {
            let now = clock::now();
            let verdict = verdict(now.since(self.began));
            self.breaker.borrow_mut().settle(ticket, verdict, now);
        }
    }
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.end(Verdict::Left);
    }
}
