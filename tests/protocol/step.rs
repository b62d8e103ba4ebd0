//! What an action does to the state.

mod edge;
mod faults;
mod log;
mod shield;

use super::action::{Action, Place};
use super::model::Protocol;
use super::state::{State, Version};

impl Protocol {
    pub fn apply(&self, state: &mut State, action: Action) {
        match action {
            Action::Commit(writer) => self.commit(state, writer),
            Action::AskLog(writer) => self.ask_log(state, writer),
            Action::AnswerWrite(writer) => self.answer_write(state, writer),
            Action::Purge(operator) => self.purge(state, operator),
            Action::SelectRows => self.select_rows(state),
            Action::ContinueDrain => self.continue_drain(state),
            Action::Poll(place, until) => self.poll(state, place, until),
            Action::Begin { client, on, stale } => self.begin(state, client, on, stale),
            Action::ReadFar {
                client,
                found,
                stale,
            } => self.read_far(state, client, found, stale),
            Action::Arrive(client) => self.arrive(state, client),
            Action::ArriveLate(client, settled) => self.arrive_late(state, client, settled),
            Action::ReadSource { fill, says } => read_source(state, fill, says),
            Action::LagPasses(until) => state.log.settled = until,
            Action::Complete(fill) => self.complete(state, fill),
            Action::Receive(client) => self.receive(state, client),
            Action::Fault(fault) => {
                state.faults_left -= 1;
                self.suffer(state, fault);
            }
        }
    }

    fn poll(&self, state: &mut State, place: Place, until: usize) {
        let log = &state.log.history[until];
        match place {
            Place::Isolate(on) => {
                let view = &mut state.isolates[on].view;
                let before = view.take().unwrap_or_else(|| self.nothing());
                *view = Some(before.and_all_of(log, self.mutation));
            }
            Place::Shield => {
                state.shield.view = state.shield.view.and_all_of(log, self.mutation);
            }
        }
    }
}

fn read_source(state: &mut State, id: usize, says: Version) {
    if let Some(fill) = state.shield.fills.iter_mut().find(|fill| fill.id == id) {
        fill.read = Some(says);
    }
}
