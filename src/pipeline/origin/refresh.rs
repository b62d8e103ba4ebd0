//! Validates a stored response behind the answer that it gave (RFC 5861 §3): one contact in this isolate,
//! with the fields that selected the response.

use super::Errand;
use super::ask::Asking;
use super::candidate::Candidate;
use crate::outcome::ForwardWhy;
use crate::pipeline::answer::Content;
use crate::policy::reuse::{OnFailure, StaleForbidden};
use crate::ports::origin::OriginPorts;
use crate::semantics::cache_control::RequestDirectives;
use crate::semantics::preconditions;
use std::rc::Rc;

impl<P: OriginPorts> Errand<P> {
    pub(super) fn refresh_behind(&self, candidate: &Candidate<P::Body>, asking: &Asking<P::Body>) {
        let name = candidate.stored.head.key.clone();
        let now = self.ports.now();
        let claim = self
            .ports
            .with_refreshing(|refreshing| refreshing.begin(&name, now));
        let Some(claim) = claim else { return };
        let errand = self.as_plain_get();
        let asking = Asking {
            why: ForwardWhy::Stale,
            candidate: Some(candidate.clone()),
            // Nobody waits for an answer, so nothing has to stand in.
            on_failure: Some(OnFailure::Fail(StaleForbidden::RequestLimits)),
            ..asking.clone()
        };
        self.ports.background(async move {
            // A failure leaves what is stored as it is: the next request tries again.
            if let Ok(answer) = errand.ask(asking).await
                && let Content::Stream(stream) = answer.content
            {
                errand.ports.discard(stream);
            }
            errand
                .ports
                .with_refreshing(|refreshing| refreshing.end(&name, &claim));
        });
    }

    /// The same request, less what the client wanted of its own answer.
    fn as_plain_get(&self) -> Self {
        let mut wanted = (*self.wanted).clone();
        wanted.method = "GET".to_owned();
        wanted.directives = RequestDirectives::default();
        for name in preconditions::names().chain(["cache-control"]) {
            wanted.fields.remove(name);
            wanted.forwarded.remove(name);
        }
        Self {
            wanted: Rc::new(wanted),
            contacts: Rc::default(),
            ..self.clone()
        }
    }
}
