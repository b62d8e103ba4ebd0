//! The shield: which fill a request shares, and what a fill's answer carries.

use super::super::model::Protocol;
use super::super::setup::{Key, Mutation, Source};
use super::super::state::{Fill, Sharing, Stage, State, Stored, Version};
use forebay::purge::index::Verdict;
use forebay::purge::seq::PurgeSeq;

impl Protocol {
    /// The live fill that a request may share: at most one of each key is open.
    pub fn joinable(&self, state: &State, key: Key, after: PurgeSeq) -> Option<usize> {
        let open = |fill: &&Fill| fill.key == key && fill.sharing == Sharing::Joinable;
        let fill = state.shield.fills.iter().find(open)?;
        let late_enough = fill.noted >= after || self.has(Mutation::FillJoinedRegardlessOfAfter);
        late_enough.then_some(fill.id)
    }

    /// An answer that the shield kept, if its view reaches what the request must see and voids nothing.
    pub fn settled(&self, state: &State, client: usize, after: PurgeSeq) -> Option<Stored> {
        let key = self.setup.requests[client].key;
        let answer = state.shield.settled[key.0]?;
        let view = &state.shield.view;
        let verdict = view.verdict(answer.seq, key.text(), self.tags(key, answer.version));
        let usable = view.head() >= after && verdict == Verdict::Valid;
        (usable || self.has(Mutation::SettledAnswerSkipsView)).then_some(answer)
    }

    pub(super) fn arrive_late(&self, state: &mut State, client: usize, settled: Stored) {
        if let Stage::Asking(asker) = &state.clients[client] {
            state.clients[client] = Stage::Replied(asker.clone(), settled);
        }
    }

    pub(super) fn arrive(&self, state: &mut State, client: usize) {
        let Stage::Asking(asker) = state.clients[client].clone() else {
            return;
        };
        let key = self.setup.requests[client].key;
        let joined = self.joinable(state, key, asker.after);
        let fill = joined.unwrap_or_else(|| {
            let reads = if asker.after == PurgeSeq::ZERO {
                self.setup.source
            } else {
                Source::Primary
            };
            begin_fill(state, key, Sharing::Joinable, reads)
        });
        wait(state, client, fill);
    }

    /// What the source may say to this fill: the primary the latest alone, a replica anything from what
    /// its lag leaves no doubt of, unless what it says was purged within that lag.
    pub fn readable(&self, state: &State, fill: &Fill) -> Vec<Version> {
        let latest = state.database.versions[fill.key.0];
        let settled = state.log.up_to(state.log.settled);
        let replicated = settled.map(|(_, purge)| purge.covers[fill.key.0]).max();
        let may_say = |version: &Version| match fill.reads {
            Source::Replica => !self.recently_purged(state, fill, *version),
            Source::Primary => false,
        };
        let older = (replicated.unwrap_or_default()..latest).filter(may_say);
        older.chain([latest]).collect()
    }

    fn recently_purged(&self, state: &State, fill: &Fill, version: Version) -> bool {
        let known = state.log.up_to(fill.noted);
        let mut recent = known.filter(|(seq, _)| *seq > state.log.settled);
        recent.any(|(_, purge)| self.means(&purge.target, fill.key, version))
    }

    /// The answer leaves for everybody who waits, and for the far layer, where it may arrive whenever.
    pub(super) fn complete(&self, state: &mut State, id: usize) {
        let Some(fill) = state.fill(id).cloned() else {
            return;
        };
        let Some(version) = fill.read else {
            return;
        };
        let seq = if self.has(Mutation::SeqReadAfterSource) {
            state.shield.view.head()
        } else {
            fill.noted
        };
        let answer = Stored { version, seq };
        for client in state.waiters(id) {
            if let Stage::Waiting(asker, _) = &state.clients[client] {
                state.clients[client] = Stage::Replied(asker.clone(), answer);
            }
        }
        state.far.insert((fill.key, answer));
        let settled = &mut state.shield.settled[fill.key.0];
        if settled.is_none_or(|kept| kept.seq <= answer.seq) {
            *settled = Some(answer);
        }
        state.shield.fills.retain(|fill| fill.id != id);
    }
}

/// The number is noted before the source is asked. A fill that is to be shared closes the one before.
pub(super) fn begin_fill(state: &mut State, key: Key, sharing: Sharing, reads: Source) -> usize {
    let shield = &mut state.shield;
    if sharing == Sharing::Joinable {
        let same_key = shield.fills.iter_mut().filter(|fill| fill.key == key);
        same_key.for_each(|fill| fill.sharing = Sharing::Closed);
    }
    let free = |id: &usize| shield.fills.iter().all(|fill| fill.id != *id);
    let id = (0..).find(free).unwrap_or_default();
    shield.fills.push(Fill {
        id,
        key,
        noted: shield.view.head(),
        sharing,
        reads,
        read: None,
    });
    id
}

pub(super) fn wait(state: &mut State, client: usize, fill: usize) {
    if let Stage::Asking(asker) = &state.clients[client] {
        state.clients[client] = Stage::Waiting(asker.clone(), fill);
    }
}
