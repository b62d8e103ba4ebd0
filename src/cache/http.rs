//! What is kept with the response of an HTTP origin besides its fields and its body, and what tells the
//! variants of one URI apart.
//!
//! Under a URI's own key lies a response that nothing but the URI selects, or a [`Signpost`] to those
//! that request fields select, which lie under keys of their own.

use crate::policy::lifetime::OriginTerms;
use crate::semantics::fields::Fields;
use crate::semantics::no_vary_search::Variance;
use crate::semantics::range::partial::Holding;
use crate::semantics::vary::{Candidate, Selecting, choose};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Http {
    Response(Response),
    /// No response: it answers nothing.
    Signpost(Signpost),
    /// No response either: how much the query matters to the answers of a path (`No-Vary-Search`), as the
    /// last of them has said.
    Variance(Variance),
}

/// Of a response whose fields, in `Head::headers`, are those of the origin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    pub terms: OriginTerms,
    /// RFC 9111 §4.2.3 `corrected_initial_age`, at `Head::created`.
    pub initial_age: Duration,
    pub selecting: Selecting,
    /// What the body is of its representation; `None`: the whole.
    pub part: Option<Holding>,
}

/// The variants of a URI that were seen, the most recent last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signpost {
    variants: Vec<Variant>,
}

/// More variants of one URI are not told apart: the oldest is forgotten.
pub const VARIANTS_MAX: usize = 32;

impl Signpost {
    /// Points to one more, or to a newer one that the same fields select.
    pub fn point_to(&mut self, variant: Variant) {
        self.replace(variant);
        self.forget_the_oldest();
    }

    /// Points to what another points to as well, where this one has nothing newer.
    pub fn merge(&mut self, other: &Self) {
        for variant in &other.variants {
            let own = self
                .variants
                .iter()
                .find(|known| known.selecting == variant.selecting);
            if own.is_none_or(|own| own.received < variant.received) {
                self.replace(variant.clone());
            }
        }
        self.variants.sort_by_key(|variant| variant.received);
        self.forget_the_oldest();
    }

    fn replace(&mut self, variant: Variant) {
        self.variants
            .retain(|known| known.selecting != variant.selecting);
        self.variants.push(variant);
    }

    fn forget_the_oldest(&mut self) {
        let excess = self.variants.len().saturating_sub(VARIANTS_MAX);
        self.variants.drain(..excess);
    }

    /// The variant that answers a request with these fields (RFC 9111 §4.1).
    pub fn choose(&self, request: &Fields) -> Option<&Variant> {
        let candidates: Vec<Candidate<'_>> = self
            .variants
            .iter()
            .map(|variant| Candidate {
                selecting: &variant.selecting,
                date: variant.date,
                received: variant.received,
                content_language: variant.content_language.as_deref(),
            })
            .collect();
        self.variants.get(choose(&candidates, request)?)
    }

    pub fn variants(&self) -> &[Variant] {
        &self.variants
    }
}

/// What chooses between variants (RFC 9111 §4.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    pub selecting: Selecting,
    /// Its `Date`.
    pub date: Option<Timestamp>,
    pub received: Timestamp,
    pub content_language: Option<String>,
}

#[cfg(test)]
mod tests;
