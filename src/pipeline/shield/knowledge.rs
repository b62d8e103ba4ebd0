//! What a room knows of purges, and how it comes to know what an asker knows.

use super::super::turns::Turn;
use super::Room;
use crate::config::site::Purge;
use crate::ports::shield::ShieldPorts;
use crate::purge::ANSWER_MAX;
use crate::purge::index::Merged;
use crate::purge::message::{LogAsk, LogReply};
use crate::purge::seq::PurgeSeq;
use crate::purge::view::Currency;
use futures_util::FutureExt;
use std::rc::Rc;

/// Whether a room knows all that an asker wants to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reached {
    Yes,
    /// The log has not given this number.
    NotGiven,
    /// The log does not answer.
    Unknown,
}

impl<P: ShieldPorts> Room<P> {
    /// Brings the view to `after`. An older view does no harm to a fill: what is stored with a lower number
    /// is void sooner. So only who has nothing at all, or needs more, is made to wait.
    pub(super) async fn reach(self: &Rc<Self>, purge: &Purge, after: PurgeSeq) -> Reached {
        let now = self.ports.now();
        let (head, currency) = {
            let view = self.view.borrow();
            (view.head(), view.currency(purge.lag(), now))
        };
        if after <= head && head > PurgeSeq::ZERO {
            match currency {
                Currency::Current => {}
                Currency::Aging | Currency::Outdated if self.polls.running().is_some() => {}
                Currency::Aging | Currency::Outdated => drop(self.poll()),
            }
            return Reached::Yes;
        }
        // A poll that is under way may have been answered before the asker's number was given.
        let polled = self.ports.within(ANSWER_MAX, self.poll()).await.flatten();
        let head = self.view.borrow().head();
        match polled {
            _ if after <= head => Reached::Yes,
            Some(()) => Reached::NotGiven,
            None => Reached::Unknown,
        }
    }

    /// Asks the log; one question at a time for the whole room.
    fn poll(self: &Rc<Self>) -> Turn<Option<()>> {
        let room = Rc::downgrade(self);
        let work = move || {
            let asking = async move {
                let room = room.upgrade()?;
                let asked = room.ports.now();
                let from = room.view.borrow().head();
                let ask = LogAsk::Since { from };
                let reply = room
                    .ports
                    .within(ANSWER_MAX, room.ports.ask_log(&ask))
                    .await?;
                let Ok(LogReply::Delta(delta)) = reply else {
                    return None;
                };
                let merged = room.view.borrow_mut().take(&delta, asked);
                (merged == Merged::Taken).then_some(())
            };
            asking.boxed_local()
        };
        self.polls
            .join(work, |turn| self.ports.spawn(turn.map(drop)))
    }

    /// What is known of the log after a write of this room.
    pub(super) fn learn_later(self: &Rc<Self>) {
        drop(self.poll());
    }
}
