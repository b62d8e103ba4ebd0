//! What can happen next. Every choice that chance, the network or a scheduler has is an action, so that
//! the checker tries them all.

use super::model::Protocol;
use super::setup::{By, Key, Source, Who};
use super::state::{Bookmark, Fill, Stage, State, Stored, Version, Writer};
use forebay::purge::seq::PurgeSeq;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A transaction commits: the data and its outbox row at once.
    Commit(usize),
    /// The write route asks the log to drain, and to append.
    AskLog(usize),
    /// The log appends the route's own purge, and the route answers with a bookmark.
    AnswerWrite(usize),
    /// An operator's purge: appended and answered.
    Purge(usize),
    /// The log begins a drain: by its alarm, or because it was asked to.
    SelectRows,
    /// The next step of the drain.
    ContinueDrain,
    /// A view takes in what the log knew after this many of its transactions.
    Poll(Place, usize),
    /// A request begins, and looks into the memory in the same moment.
    Begin {
        client: usize,
        on: usize,
        stale: Stale,
    },
    /// The far layer answers.
    ReadFar {
        client: usize,
        found: Option<Stored>,
        stale: Stale,
    },
    /// A question reaches the shield.
    Arrive(usize),
    /// A question reaches the shield just after a fill whose answer it may share.
    ArriveLate(usize, Stored),
    /// The source is read for this fill.
    ReadSource { fill: usize, says: Version },
    /// Purges up to this number are older than the replica's lag now.
    LagPasses(PurgeSeq),
    /// A fill is over: its answer leaves for the waiters and for the far layer.
    Complete(usize),
    /// The shield's answer reaches the edge.
    Receive(usize),
    /// What may go wrong.
    Fault(Fault),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    IsolateCrashes(usize),
    ShieldCrashes,
    LogCrashes,
    /// The database cannot be asked for the rows of its outbox, or not be told to delete them.
    DrainFails,
    SourceFails(usize),
    /// A request begins on an isolate that cannot reach the log.
    BeginsUnverified {
        client: usize,
        on: usize,
    },
    /// A question reaches a shield that cannot reach the log.
    ArrivesUnverified(usize),
}

/// Who has a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Isolate(usize),
    Shield,
}

/// Whether something stale is still within its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stale {
    Within,
    Past,
}

impl Protocol {
    /// What happens when nothing goes wrong.
    pub fn regular_actions(&self, state: &State, actions: &mut Vec<Action>) {
        self.writers_may(state, actions);
        self.operators_may(state, actions);
        log_may(state, actions);
        views_may(state, actions);
        for client in 0..state.clients.len() {
            self.client_may(state, client, actions);
        }
        for fill in &state.shield.fills {
            self.fill_may(state, fill, actions);
        }
        if self.setup.source == Source::Replica {
            let later = state.log.up_to(state.log.head()).map(|(seq, _)| seq);
            let unsettled = later.filter(|seq| *seq > state.log.settled);
            actions.extend(unsettled.map(Action::LagPasses));
        }
    }

    fn fill_may(&self, state: &State, fill: &Fill, actions: &mut Vec<Action>) {
        match fill.read {
            None => {
                let fill_id = fill.id;
                let readable = self.readable(state, fill).into_iter();
                actions.extend(readable.map(|says| Action::ReadSource {
                    fill: fill_id,
                    says,
                }));
            }
            Some(_) => actions.push(Action::Complete(fill.id)),
        }
    }

    fn writers_may(&self, state: &State, actions: &mut Vec<Action>) {
        for (writer, (stage, write)) in state.writers.iter().zip(&self.setup.writes).enumerate() {
            match stage {
                Writer::Idle => actions.push(Action::Commit(writer)),
                Writer::Committed(_) if write.by == By::Stranger => {}
                Writer::Committed(_) => actions.push(Action::AskLog(writer)),
                Writer::Drained(_) => actions.push(Action::AnswerWrite(writer)),
                Writer::Asked(_) | Writer::Selected(_) | Writer::Answered(_) | Writer::Lost => {}
            }
        }
    }

    fn operators_may(&self, state: &State, actions: &mut Vec<Action>) {
        let waiting =
            (0..state.operators.len()).filter(|operator| state.operators[*operator].is_none());
        actions.extend(waiting.map(Action::Purge));
    }

    fn client_may(&self, state: &State, client: usize, actions: &mut Vec<Action>) {
        match &state.clients[client] {
            Stage::Idle if self.may_begin(state, client) => {
                for on in 0..state.isolates.len() {
                    self.begin_on(state, client, on, actions);
                }
            }
            Stage::Looking(_) => self.far_may_answer(state, client, actions),
            Stage::Asking(asker) if self.may_arrive(state, client, asker.after) => {
                actions.push(Action::Arrive(client));
                let settled = self.settled(state, client, asker.after);
                actions.extend(settled.map(|answer| Action::ArriveLate(client, answer)));
            }
            Stage::Replied(..) => actions.push(Action::Receive(client)),
            Stage::Idle | Stage::Asking(_) | Stage::Waiting(..) | Stage::Done(_) => {}
        }
    }

    /// An isolate whose view is behind the bookmark, or that has none, polls first.
    fn begin_on(&self, state: &State, client: usize, on: usize, actions: &mut Vec<Action>) {
        let bookmark = self.bookmark_seq(state, client);
        let view = &state.isolates[on].view;
        if view.as_ref().is_some_and(|view| view.head() >= bookmark) {
            for stale in self.stales() {
                actions.push(Action::Begin { client, on, stale });
            }
        }
    }

    fn far_may_answer(&self, state: &State, client: usize, actions: &mut Vec<Action>) {
        let key = self.setup.requests[client].key;
        let stored = state.far.iter().filter(|(of, _)| *of == key);
        for found in stored.map(|(_, stored)| Some(*stored)).chain([None]) {
            for stale in self.stales() {
                actions.push(Action::ReadFar {
                    client,
                    found,
                    stale,
                });
            }
        }
    }

    /// Nothing is stale where no purge is soft.
    fn stales(&self) -> impl Iterator<Item = Stale> + use<> {
        let all = if self.has_soft_purges() { 2 } else { 1 };
        [Stale::Past, Stale::Within].into_iter().take(all)
    }

    /// Who holds a bookmark asks after it has it.
    fn may_begin(&self, state: &State, client: usize) -> bool {
        match self.setup.requests[client].who {
            Who::Plain => true,
            Who::Writer(writer) => {
                matches!(state.writers[writer], Writer::Answered(_) | Writer::Lost)
            }
            Who::Operator(operator) => state.operators[operator].is_some(),
        }
    }

    pub fn bookmark(&self, state: &State, client: usize) -> Option<Bookmark> {
        match self.setup.requests[client].who {
            Who::Plain => None,
            Who::Writer(writer) => match state.writers[writer] {
                Writer::Answered(bookmark) => Some(bookmark),
                Writer::Idle
                | Writer::Committed(_)
                | Writer::Asked(_)
                | Writer::Selected(_)
                | Writer::Drained(_)
                | Writer::Lost => None,
            },
            Who::Operator(operator) => state.operators[operator],
        }
    }

    pub fn bookmark_seq(&self, state: &State, client: usize) -> PurgeSeq {
        let bookmark = self.bookmark(state, client);
        bookmark.map_or(PurgeSeq::ZERO, |bookmark| bookmark.seq)
    }

    /// The shield polls until its view knows what the request must see, unless a fill that can be joined
    /// knew it.
    fn may_arrive(&self, state: &State, client: usize, after: PurgeSeq) -> bool {
        let key: Key = self.setup.requests[client].key;
        state.shield.view.head() >= after || self.joinable(state, key, after).is_some()
    }

    pub fn faults(&self, state: &State, actions: &mut Vec<Action>) {
        if state.faults_left == 0 {
            return;
        }
        let mut faults = vec![Fault::ShieldCrashes];
        faults.extend(state.log.drain.is_some().then_some(Fault::LogCrashes));
        let waits = |writer: &Writer| matches!(writer, Writer::Asked(_) | Writer::Selected(_));
        faults.extend(state.writers.iter().any(waits).then_some(Fault::DrainFails));
        faults.extend((0..state.isolates.len()).map(Fault::IsolateCrashes));
        let unread = state.shield.fills.iter().filter(|fill| fill.read.is_none());
        faults.extend(unread.map(|fill| Fault::SourceFails(fill.id)));
        for client in 0..state.clients.len() {
            self.client_faults(state, client, &mut faults);
        }
        actions.extend(faults.into_iter().map(Action::Fault));
    }

    fn client_faults(&self, state: &State, client: usize, faults: &mut Vec<Fault>) {
        match &state.clients[client] {
            Stage::Idle if self.may_begin(state, client) => {
                let isolates = 0..state.isolates.len();
                faults.extend(isolates.map(|on| Fault::BeginsUnverified { client, on }));
            }
            Stage::Asking(asker) if asker.after > state.shield.view.head() => {
                faults.push(Fault::ArrivesUnverified(client));
            }
            Stage::Idle
            | Stage::Looking(_)
            | Stage::Asking(_)
            | Stage::Waiting(..)
            | Stage::Replied(..)
            | Stage::Done(_) => {}
        }
    }
}

fn log_may(state: &State, actions: &mut Vec<Action>) {
    let asked = |writer: &Writer| matches!(writer, Writer::Asked(_));
    match &state.log.drain {
        Some(_) => actions.push(Action::ContinueDrain),
        None if state.database.outbox.is_empty()
            && state.log.noted.is_empty()
            && !state.writers.iter().any(asked) => {}
        None => actions.push(Action::SelectRows),
    }
}

fn views_may(state: &State, actions: &mut Vec<Action>) {
    let mut polls = |place, known: Option<PurgeSeq>| {
        let history = state.log.history.iter().enumerate();
        let newer = history.filter(|(_, log)| known.is_none_or(|known| log.head() > known));
        actions.extend(newer.map(|(until, _)| Action::Poll(place, until)));
    };
    for (on, isolate) in state.isolates.iter().enumerate() {
        polls(
            Place::Isolate(on),
            isolate.view.as_ref().map(|view| view.head()),
        );
    }
    polls(Place::Shield, Some(state.shield.view.head()));
}
