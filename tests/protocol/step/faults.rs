//! What goes wrong, and what is left of the state then.

use super::super::action::Fault;
use super::super::model::Protocol;
use super::super::setup::{By, KEYS, Mutation, Source};
use super::super::state::{
    Asker, Attempt, Bookmark, Isolate, Outcome, Sharing, Shield, Stage, State, Writer,
};
use super::shield::{begin_fill, wait};

impl Protocol {
    pub(super) fn suffer(&self, state: &mut State, fault: Fault) {
        match fault {
            Fault::IsolateCrashes(on) => crash_isolate(state, on),
            Fault::ShieldCrashes => self.crash_shield(state),
            Fault::LogCrashes => crash_log(state),
            Fault::DrainFails => self.fail_drain(state),
            Fault::SourceFails(fill) => self.fail_fill(state, fill),
            Fault::BeginsUnverified { client, on } => self.begin_unverified(state, client, on),
            Fault::ArrivesUnverified(client) => self.arrive_unverified(state, client),
        }
    }

    /// Who waited asks again; a write that had no answer yet has none now.
    fn crash_shield(&self, state: &mut State) {
        state.shield = Shield {
            view: self.nothing(),
            fills: Vec::new(),
            settled: [None; KEYS],
        };
        for stage in &mut state.clients {
            if let Stage::Waiting(asker, _) = stage
                && !self.has(Mutation::WaitersForgottenInCrash)
            {
                *stage = Stage::Asking(asker.clone());
            }
        }
        for (writer, write) in state.writers.iter_mut().zip(&self.setup.writes) {
            if write.by != By::Stranger {
                lose(writer, Loses::AfterCommit);
            }
        }
    }

    /// Who asked for it gets no bookmark: what was committed may be without a number.
    fn fail_drain(&self, state: &mut State) {
        if self.has(Mutation::BookmarkDespiteFailedDrain) {
            self.answer_all_who_asked(state);
        }
        crash_log(state);
    }

    fn answer_all_who_asked(&self, state: &mut State) {
        let seq = state.log.head();
        for (writer, write) in state.writers.iter_mut().zip(&self.setup.writes) {
            if let Writer::Asked(version) | Writer::Selected(version) = *writer {
                let wrote = Some((write.key, version));
                *writer = Writer::Answered(Bookmark { seq, wrote });
            }
        }
    }

    fn fail_fill(&self, state: &mut State, id: usize) {
        for client in state.waiters(id) {
            if let Some(asker) = state.clients[client].asker() {
                let outcome = self.stand_in(state, client, asker);
                state.clients[client] = Stage::Done(outcome);
            }
        }
        state.shield.fills.retain(|fill| fill.id != id);
    }

    /// Nothing that is stored can be vouched for: the shield is asked at once.
    fn begin_unverified(&self, state: &mut State, client: usize, on: usize) {
        let view = state.isolates[on].view.clone();
        state.clients[client] = Stage::Asking(Asker {
            on,
            sight: view.unwrap_or_else(|| self.nothing()),
            after: self.bookmark_seq(state, client),
            attempt: Attempt::First,
        });
    }

    /// A fill of its own, from the primary, which nobody may share: its number is too low for that.
    fn arrive_unverified(&self, state: &mut State, client: usize) {
        let key = self.setup.requests[client].key;
        let fill = begin_fill(state, key, Sharing::Closed, Source::Primary);
        wait(state, client, fill);
    }
}

fn crash_isolate(state: &mut State, on: usize) {
    state.isolates[on] = Isolate {
        view: None,
        memory: [None; KEYS],
    };
    for stage in &mut state.clients {
        if stage.asker().is_some_and(|asker| asker.on == on) {
            *stage = Stage::Done(Outcome::Gone);
        }
    }
}

/// What it stored is still there; what it was about to do is not.
fn crash_log(state: &mut State) {
    state.log.drain = None;
    for writer in &mut state.writers {
        lose(writer, Loses::AfterAsking);
    }
}

/// From where on a write loses its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loses {
    AfterCommit,
    AfterAsking,
}

fn lose(writer: &mut Writer, loses: Loses) {
    match (*writer, loses) {
        (Writer::Idle | Writer::Answered(_) | Writer::Lost, _)
        | (Writer::Committed(_), Loses::AfterAsking) => {}
        (Writer::Committed(_), Loses::AfterCommit)
        | (Writer::Asked(_) | Writer::Selected(_) | Writer::Drained(_), _) => {
            *writer = Writer::Lost
        }
    }
}
