//! A request at the edge: both lanes, and the look at what a fill answered.

use super::super::action::Stale;
use super::super::known::Known;
use super::super::model::Protocol;
use super::super::setup::Mutation;
use super::super::state::{Asker, Attempt, Outcome, Stage, State, Stored};
use forebay::purge::index::Verdict;
use forebay::purge::seq::PurgeSeq;

/// What is to become of an answer that is at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    Serve,
    /// It may go out once more if it is within its window. The last purge that it is older than.
    Stale(PurgeSeq),
    /// It may not. The last purge that it is older than.
    Void(PurgeSeq),
}

impl Protocol {
    /// What `view` says of an answer, to the holder of a bookmark (0: nobody).
    fn usage(&self, view: &Known, answer: Stored, client: usize, bookmark: PurgeSeq) -> Use {
        let key = self.setup.requests[client].key;
        match view.verdict(answer.seq, key.text(), self.tags(key, answer.version)) {
            Verdict::Valid => Use::Serve,
            Verdict::Hard { latest } => Use::Void(latest),
            Verdict::Soft { first, latest, .. }
                if first <= bookmark && !self.has(Mutation::SoftStaysSoftForHolder) =>
            {
                Use::Void(latest)
            }
            Verdict::Soft { latest, .. } => Use::Stale(latest),
        }
    }

    pub(super) fn begin(&self, state: &mut State, client: usize, on: usize, stale: Stale) {
        let isolate = &state.isolates[on];
        let Some(sight) = isolate.view.clone() else {
            return;
        };
        let bookmark = self.bookmark_seq(state, client);
        let asker = Asker {
            on,
            after: bookmark,
            attempt: Attempt::First,
            sight,
        };
        let found = isolate.memory[self.setup.requests[client].key.0];
        let usage = found.map(|answer| {
            if self.has(Mutation::MemoryLaneSkipsView) {
                return Use::Serve;
            }
            self.usage(&asker.sight, answer, client, bookmark)
        });
        state.clients[client] = self.look(
            state,
            client,
            asker,
            found.zip(usage),
            stale,
            Stage::Looking,
        );
    }

    /// The view is the one of the moment in which the far layer answers.
    pub(super) fn read_far(
        &self,
        state: &mut State,
        client: usize,
        found: Option<Stored>,
        stale: Stale,
    ) {
        let Stage::Looking(asker) = state.clients[client].clone() else {
            return;
        };
        let isolate = &state.isolates[asker.on];
        let view = isolate.view.as_ref().unwrap_or(&asker.sight);
        let usage = found.map(|answer| {
            if self.has(Mutation::FarLaneSkipsView) {
                return Use::Serve;
            }
            self.usage(view, answer, client, self.bookmark_seq(state, client))
        });
        if usage == Some(Use::Serve) {
            self.remember(state, client, asker.on, found);
        }
        state.clients[client] =
            self.look(state, client, asker, found.zip(usage), stale, Stage::Asking);
    }

    /// Serves what was found, or goes on to `next`, where the answer is to be past what voids it.
    fn look(
        &self,
        state: &State,
        client: usize,
        asker: Asker,
        found: Option<(Stored, Use)>,
        stale: Stale,
        next: fn(Asker) -> Stage,
    ) -> Stage {
        match (found, stale) {
            (Some((answer, Use::Serve)), _) | (Some((answer, Use::Stale(_))), Stale::Within) => {
                Stage::Done(self.judge_stored(state, client, &asker, answer))
            }
            (Some((_, Use::Stale(latest) | Use::Void(latest))), _) => next(Asker {
                after: asker.after.max(latest),
                ..asker
            }),
            (None, _) => next(asker),
        }
    }

    /// The shield's answer. One that the request's own view voids is not served: the second ask is for
    /// the effects of all that this view knew, so what it brings needs no look.
    pub(super) fn receive(&self, state: &mut State, client: usize) {
        let Stage::Replied(asker, answer) = state.clients[client].clone() else {
            return;
        };
        let bookmark = self.bookmark_seq(state, client);
        let usage = match asker.attempt {
            Attempt::First if !self.has(Mutation::AnswerOfFillNotChecked) => {
                self.usage(&asker.sight, answer, client, bookmark)
            }
            Attempt::First | Attempt::Second => Use::Serve,
        };
        if let Use::Void(latest) = usage {
            state.clients[client] = Stage::Asking(self.second(asker, latest));
            return;
        }
        self.remember(state, client, asker.on, Some(answer));
        state.clients[client] = Stage::Done(self.judge(state, client, &asker, answer));
    }

    fn second(&self, asker: Asker, voided_by: PurgeSeq) -> Asker {
        let seen = if self.has(Mutation::SecondAskOnlyPastVoidingPurge) {
            voided_by
        } else {
            asker.sight.head()
        };
        Asker {
            after: asker.after.max(seen),
            attempt: Attempt::Second,
            ..asker
        }
    }

    fn remember(&self, state: &mut State, client: usize, on: usize, answer: Option<Stored>) {
        state.isolates[on].memory[self.setup.requests[client].key.0] = answer;
    }

    /// What an isolate that cannot reach the log still knows may stand in for an answer that the source
    /// did not give, unless it is void, or older than the bookmark for all that is known.
    pub(super) fn stand_in(&self, state: &State, client: usize, asker: &Asker) -> Outcome {
        let isolate = &state.isolates[asker.on];
        let found = isolate.memory[self.setup.requests[client].key.0];
        let (Some(answer), Some(view)) = (found, isolate.view.as_ref()) else {
            return Outcome::Failed;
        };
        let bookmark = self.bookmark_seq(state, client);
        let known = view.head() >= bookmark
            || answer.seq >= bookmark
            || self.has(Mutation::StandInIgnoresBookmark);
        match self.usage(view, answer, client, bookmark) {
            Use::Serve | Use::Stale(_) if known => self.judge_stored(state, client, asker, answer),
            Use::Serve | Use::Stale(_) | Use::Void(_) => Outcome::Failed,
        }
    }
}
