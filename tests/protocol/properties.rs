//! What must hold in every state that can be reached. Judged by the list of all purges, never by the
//! index, so that an index that forgets too much is seen too.

use super::model::Protocol;
use super::setup::Key;
use super::state::{Asker, Bookmark, Outcome, Purge, Row, Stage, State, Stored, Version};
use forebay::purge::seq::PurgeSeq;
use forebay::purge::target::{Mode, Target};
use stateright::Property;

pub const BOOKMARK: &str = "no answer to the holder of a bookmark is older than the bookmark";
pub const KNOWN_PURGE: &str = "no answer is older than a hard purge that its view knew";
pub const VOID: &str = "nothing void is served from a layer by a view that knows";
pub const ANSWERED: &str = "every request is answered";
pub const TOLD: &str = "every commit is in the outbox or in the log";
pub const ONCE: &str = "every outbox row is appended once";
pub const DRAINED: &str = "the outbox and the noted ids become empty";

pub fn all() -> Vec<Property<Protocol>> {
    let mut properties = vec![
        Property::always(ANSWERED, |model: &Protocol, state: &State| {
            state.clients.iter().all(is_done) || model.goes_on(state)
        }),
        Property::always(TOLD, |model: &Protocol, state: &State| {
            let mut rows = state.database.committed.iter();
            rows.all(|row| is_told(model, state, row))
        }),
        Property::always(ONCE, |_, state: &State| rows_are_appended_once(state)),
        Property::always(DRAINED, |model: &Protocol, state: &State| {
            let drained = state.database.outbox.is_empty() && state.log.noted.is_empty();
            drained || model.goes_on(state)
        }),
    ];
    properties.extend([
        Property::always(BOOKMARK, |_, state: &State| {
            !any(state, Outcome::OlderThanBookmark)
        }),
        Property::always(KNOWN_PURGE, |_, state: &State| {
            !any(state, Outcome::OlderThanKnownPurge)
        }),
        Property::always(VOID, |_, state: &State| !any(state, Outcome::Void)),
    ]);
    properties
}

fn any(state: &State, outcome: Outcome) -> bool {
    state.clients.contains(&Stage::Done(outcome))
}

fn is_done(stage: &Stage) -> bool {
    matches!(stage, Stage::Done(_))
}

fn is_told(model: &Protocol, state: &State, row: &Row) -> bool {
    let appended = |target| {
        let mut purges = state.log.purges.iter();
        purges.any(|purge| purge.target == target && purge.rows.contains(row))
    };
    state.database.outbox.contains(row) || model.targets_of(row).into_iter().all(appended)
}

fn rows_are_appended_once(state: &State) -> bool {
    let purges = &state.log.purges;
    purges.iter().enumerate().all(|(place, purge)| {
        let later = purges.iter().skip(place + 1);
        let mut same = later.filter(|other| other.target == purge.target);
        same.all(|other| other.rows.is_disjoint(&purge.rows))
    })
}

/// Whether a purge means this answer.
fn matches(target: &Target, key: Key, tags: &[String]) -> bool {
    match target {
        Target::All => true,
        Target::Key(text) => text == key.text(),
        Target::Tag(tag) => tags.contains(tag),
        Target::Prefix(prefix) => tags.iter().any(|tag| tag.starts_with(prefix)),
    }
}

impl Protocol {
    /// Of an answer that a layer held.
    pub fn judge_stored(
        &self,
        state: &State,
        client: usize,
        asker: &Asker,
        answer: Stored,
    ) -> Outcome {
        let view = state.isolates[asker.on].view.as_ref();
        let head = view.map_or(PurgeSeq::ZERO, |view| view.head());
        let voided = |(seq, purge): (PurgeSeq, &Purge)| {
            seq > answer.seq && self.is_hard_for(purge, client, answer)
        };
        if state.log.up_to(head).any(voided) {
            return Outcome::Void;
        }
        self.judge(state, client, asker, answer)
    }

    /// Of any answer.
    pub fn judge(&self, state: &State, client: usize, asker: &Asker, answer: Stored) -> Outcome {
        let bookmark = self.bookmark(state, client);
        if bookmark.is_some_and(|bookmark| self.is_before(state, bookmark, client, answer)) {
            return Outcome::OlderThanBookmark;
        }
        let key = self.setup.requests[client].key;
        let older = |(_, purge): (PurgeSeq, &Purge)| {
            answer.version < purge.covers[key.0] && self.is_hard_for(purge, client, answer)
        };
        if state.log.up_to(asker.sight.head()).any(older) {
            return Outcome::OlderThanKnownPurge;
        }
        Outcome::Sound
    }

    /// A bookmark promises what its holder wrote, and what was committed when the purges up to it, hard
    /// or soft, got their numbers.
    fn is_before(&self, state: &State, bookmark: Bookmark, client: usize, answer: Stored) -> bool {
        let key = self.setup.requests[client].key;
        let wrote = bookmark.wrote;
        let own = wrote.is_some_and(|(of, version)| of == key && answer.version < version);
        let older = |(_, purge): (PurgeSeq, &Purge)| {
            answer.version < purge.covers[key.0] && self.is_meant(purge, client, answer)
        };
        own || state.log.up_to(bookmark.seq).any(older)
    }

    fn is_hard_for(&self, purge: &Purge, client: usize, answer: Stored) -> bool {
        purge.mode == Mode::Hard && self.is_meant(purge, client, answer)
    }

    /// Whether a purge means an answer of this version.
    pub fn means(&self, target: &Target, key: Key, version: Version) -> bool {
        matches(target, key, self.tags(key, version))
    }

    fn is_meant(&self, purge: &Purge, client: usize, answer: Stored) -> bool {
        let key = self.setup.requests[client].key;
        self.means(&purge.target, key, answer.version)
    }
}
