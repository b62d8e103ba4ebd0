//! How much the query matters to the answers of a path, as their origin says in `No-Vary-Search`.
//!
//! It is remembered in this isolate alone: one that does not know it asks once, and knows it then.

use super::Errand;
use super::wanted::Wanted;
use crate::cache::http::Http;
use crate::cache::memory::Memory;
use crate::cache::stored::{Coding, Head, Stored};
use crate::pipeline::admit;
use crate::policy::{Layers, Terms};
use crate::ports::Ports;
use crate::ports::origin::OriginPorts;
use crate::purge::seq::PurgeSeq;
use crate::semantics::no_vary_search::Variance;
use crate::source::fetch::Exchanged;
use crate::time::Timestamp;
use std::rc::Rc;

/// What the last answer of the path has said.
pub(super) fn known<P: Ports>(ports: &P, wanted: &Wanted) -> Option<Variance> {
    ports.with_memory(|memory| known_in(memory, wanted))
}

pub(super) fn known_in<B>(memory: &mut Memory<Stored<B>>, wanted: &Wanted) -> Option<Variance> {
    let kept = memory.get(wanted.path_key.as_str())?;
    match kept.head.http.as_deref()? {
        Http::Variance(variance) => Some(variance.clone()),
        Http::Response(_) | Http::Signpost(_) => None,
    }
}

impl<P: OriginPorts> Errand<P> {
    /// The same errand, under the key that an answer's own words give it.
    pub(super) fn as_told_by(&self, exchanged: &Exchanged) -> Self {
        let variance = Variance::of(&exchanged.fields);
        let is_known = known(&self.ports, &self.wanted);
        if variance.is_default() && is_known.is_none() {
            return self.clone();
        }
        if variance.is_default() {
            let path = self.wanted.path_key.as_str();
            self.ports.with_memory(|memory| memory.remove(path));
        } else if is_known.as_ref() != Some(&variance) {
            self.remember(variance.clone(), exchanged.received);
        }
        let mut wanted = (*self.wanted).clone();
        wanted.key_by(variance);
        Self {
            wanted: Rc::new(wanted),
            ..self.clone()
        }
    }

    fn remember(&self, variance: Variance, now: Timestamp) {
        let head = Head {
            key: self.wanted.path_key.as_str().to_owned(),
            status: 0,
            headers: Vec::new(),
            coding: Coding::Identity,
            created: now,
            initial_age_s: 0,
            terms: Terms::default(),
            etag: String::new(),
            last_modified: now,
            tags: Vec::new(),
            seq: PurgeSeq::ZERO,
            http: Some(Box::new(Http::Variance(variance))),
        };
        let kept = Stored::new(head, self.ports.body_of(Vec::new()));
        let keep = kept.head.terms.keep();
        admit::put(&self.ports, &kept, Layers::MEMORY, keep, &mut []);
    }
}
