//! Answers that came a moment ago, for requests that missed everywhere just before and come just after.
//!
//! Tags and soft purges are the edge's to judge by, not the room's. So the answer is used only as long as
//! nothing at all was purged since its origin was asked.

use super::contact::Answer;
use super::{Handed, HandedBody};
use crate::cache::memory::Memory;
use crate::purge::seq::PurgeSeq;
use crate::semantics::cache_control::RequestDirectives;
use crate::semantics::fields::Fields;
use crate::source::fetch::Fetch;
use crate::time::Timestamp;
use std::rc::Rc;
use std::time::Duration;

const BYTES_MAX: u64 = 8 * 1024 * 1024;

/// Longer than the way of a request from its last miss to here.
const KEPT_MAX: Duration = Duration::from_secs(2);

/// See the module.
#[derive(Debug)]
pub(super) struct Recent(Memory<Kept>);

#[derive(Debug)]
struct Kept {
    answer: Rc<Answer>,
    body: Option<Rc<Vec<u8>>>,
    until: Timestamp,
}

impl Default for Recent {
    fn default() -> Self {
        Self(Memory::new(BYTES_MAX))
    }
}

impl Recent {
    pub(super) fn bytes(&self) -> u64 {
        self.0.bytes()
    }

    /// `name`: of what the answer may be shared as. One that is never fresh is not kept.
    pub(super) fn keep(
        &mut self,
        name: &str,
        answer: Rc<Answer>,
        body: Option<Rc<Vec<u8>>>,
        now: Timestamp,
    ) {
        let stale = answer.exchanged.received.plus(answer.fresh);
        let until = now.plus(KEPT_MAX).min(stale);
        if now < until {
            let bytes = body.as_ref().map_or(0, |body| body.len() as u64) + answer.head_bytes();
            let kept = Kept {
                answer,
                body,
                until,
            };
            self.0.insert(name, kept, bytes);
        }
    }

    /// `head`: all that is known of purges.
    pub(super) fn get<S>(
        &mut self,
        name: &str,
        request: &Fetch,
        head: PurgeSeq,
        now: Timestamp,
    ) -> Option<Handed<S>> {
        let kept = self.0.get(name)?;
        if now >= kept.until || kept.answer.seq != head {
            self.0.remove(name);
            return None;
        }
        let usable = kept.answer.serves(request) && !limits_age(&request.fields);
        usable.then(|| Handed {
            exchanged: kept.answer.exchanged.clone(),
            seq: kept.answer.seq,
            body: kept
                .body
                .clone()
                .map_or(HandedBody::None, HandedBody::Whole),
        })
    }
}

/// Who speaks of a response's age has come here for one that is new.
fn limits_age(request: &Fields) -> bool {
    let directives = RequestDirectives::of(request);
    directives.no_cache.is_some() || directives.max_age.is_some() || directives.min_fresh.is_some()
}
