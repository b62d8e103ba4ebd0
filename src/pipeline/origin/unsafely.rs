//! Requests that may change something: written through, and what they change is no longer answered from
//! the store (RFC 9111 §4.4).

use super::Errand;
use super::ask::Asking;
use crate::cache::receipt::{self, Received, path_tag, uri_tag};
use crate::cache::stored::Stored;
use crate::failure::Failure;
use crate::outcome::{CacheVerdict, ForwardWhy, Purged};
use crate::pipeline::answer::AnswerOf;
use crate::pipeline::uncached::tell_bookmark;
use crate::ports::origin::{ArrivalOf, Content, Incoming, OriginPorts};
use crate::purge::message::{Drain, LogAsk, LogReply};
use crate::purge::seq::PurgeSeq;
use crate::purge::target::{Mode, Target};
use crate::semantics::invalidation::{self, Invalidation, Reach};
use std::time::Duration;

/// How often the log is asked to take what is invalidated, and for how long each time.
const TELL_ATTEMPTS: usize = 3;
const TELL_MAX: Duration = Duration::from_secs(2);

impl<P: OriginPorts> Errand<P> {
    /// INVARIANT: the answer is sent after the log has taken the invalidation, so that whoever asks after
    /// it, here or with the bookmark that it brings, is not shown the old.
    pub(super) async fn unsafely(&self) -> Result<AnswerOf<P>, Failure> {
        let wanted = &self.wanted;
        let fetch = wanted.fetch_as_it_came();
        let arrival = self
            .ports
            .forward(self.origin()?, &fetch, Content::OfClient)
            .await?;
        let exchanged = &arrival.exchanged;
        let found = invalidation::of(
            &wanted.method,
            &wanted.uri,
            exchanged.status,
            &exchanged.fields,
        );
        let outcome = self.outcome(
            CacheVerdict::Bypass,
            Vec::new(),
            match self.route()?.tier {
                Some(_) => ForwardWhy::Method,
                None => ForwardWhy::Bypass,
            },
            Some(exchanged.status),
        );
        if found.is_empty() {
            return self.pass_on(arrival, outcome);
        }
        let purged = self.invalidate(&found).await;
        let arrival = self.keep_of_post(arrival, purged)?;
        let mut answer = self.pass_on(arrival, outcome)?;
        tell_bookmark(&self.ports, &self.site, purged, &mut answer).await;
        Ok(answer)
    }

    /// RFC 9110 §9.3.3: the answer to a POST that says to be what a GET would get, and for how long. It
    /// carries the number of its own invalidation, which it must outlive.
    fn keep_of_post(&self, arrival: ArrivalOf<P>, purged: Purged) -> Result<ArrivalOf<P>, Failure> {
        let (Purged::At(seq), "POST") = (purged, self.wanted.method.as_str()) else {
            return Ok(arrival);
        };
        if self.route()?.tier.is_none() {
            return Ok(arrival);
        }
        let place = self.place(&arrival.exchanged, PurgeSeq(seq))?;
        let received = receipt::receive(self.wanted.receipt(), place, &arrival.exchanged);
        let ArrivalOf::<P> {
            shield,
            exchanged,
            seq: asked_at,
            body,
        } = arrival;
        let anew = |exchanged, body| ArrivalOf::<P> {
            shield,
            exchanged,
            seq: asked_at,
            body,
        };
        let (head, stream) = match (received, body) {
            (Received::Store(head), Incoming::Coming(stream)) => (head, stream),
            (Received::Store(_) | Received::Refuse(_), body) => return Ok(anew(exchanged, body)),
        };
        let declared = exchanged.declared_length();
        let max = self.site.limits.stored_body_bytes_max;
        let (stream, whole) = self.ports.keep(stream, declared, max);
        let errand = self.clone();
        self.ports.background(async move {
            if let Some(body) = whole.await {
                let stored = Stored::new(*head, body);
                errand.store(&Asking::default(), &stored, None, &mut []);
            }
        });
        Ok(anew(exchanged, Incoming::Coming(stream)))
    }

    async fn invalidate(&self, found: &Invalidation) -> Purged {
        let append = LogAsk::Append {
            purges: self
                .targets(found)
                .into_iter()
                .map(|target| (target, Mode::Hard))
                .collect(),
            before: Drain::Later,
        };
        for _ in 0..TELL_ATTEMPTS {
            let told = self
                .ports
                .within(TELL_MAX, self.ports.ask_log(&append))
                .await;
            if let Some(Ok(LogReply::Appended(receipt))) = told {
                return Purged::At(receipt.seq.0);
            }
        }
        Purged::Untold
    }

    fn targets(&self, found: &Invalidation) -> Vec<Target> {
        let uris = found.uris.iter().map(|uri| Target::tagged(uri_tag(uri)));
        let paths = found.uris.iter().filter_map(path_tag).map(Target::tagged);
        let groups = found.groups.iter().cloned().map(Target::tagged);
        let all = match found.reach {
            Reach::Listed => None,
            Reach::Origin => Some(Target::Prefix(format!("uri:{}/", self.wanted.uri.origin))),
        };
        uris.chain(paths).chain(groups).chain(all).collect()
    }
}
