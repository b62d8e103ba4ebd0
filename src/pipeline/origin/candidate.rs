//! A stored response that may have a part in an answer.

use crate::cache::receipt;
use crate::cache::stored::{Stored, content_type};
use crate::outcome::Layer;
use crate::policy::lifetime::OriginTerms;
use crate::policy::reuse::Held;
use crate::purge::seq::PurgeSeq;
use crate::semantics::fields::Fields;
use crate::semantics::range::partial::Holding;
use std::time::Duration;

/// A stored response of an origin, and how it stands now.
#[derive(Clone, Debug)]
pub struct Candidate<B> {
    pub stored: Stored<B>,
    /// Those that apply now: a soft purge or a changed tier may have shortened them.
    pub terms: OriginTerms,
    pub age: Duration,
    pub layer: Layer,
    /// Up to here, the purges are known to have left its body alone.
    pub seen: PurgeSeq,
}

impl<B> Candidate<B> {
    pub fn held(&self) -> Held<'_> {
        Held {
            terms: &self.terms,
            age: self.age,
        }
    }

    /// Whole seconds of freshness that are left.
    pub fn ttl_s(&self) -> i64 {
        let signed = |time: Duration| i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        signed(self.terms.lifetime).saturating_sub(signed(self.age))
    }

    pub fn fields(&self) -> Fields {
        self.stored.head.headers.iter().cloned().collect()
    }

    pub fn content_type(&self) -> Option<&str> {
        content_type(&self.stored.head.headers)
    }

    pub fn part(&self) -> Option<&Holding> {
        receipt::response(&self.stored.head)?.part.as_ref()
    }
}
