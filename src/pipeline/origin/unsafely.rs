//! Requests that may change something: written through, and what they change is no longer answered from
//! the store (RFC 9111 §4.4).

use super::{Answered, Errand};
use crate::cache::receipt::{path_tag, uri_tag};
use crate::failure::Failure;
use crate::outcome::{ForwardWhy, Purged};
use crate::pipeline::tell::{self, ATTEMPT_MAX};
use crate::pipeline::uncached::tell_bookmark;
use crate::ports::origin::OriginPorts;
use crate::purge::message::{Drain, LogAsk};
use crate::purge::target::{Mode, Target};
use crate::respond::origin::led_here;
use crate::semantics::fields::Fields;
use crate::semantics::invalidation::{self, Invalidation, Reach};

impl<P: OriginPorts> Errand<P> {
    /// INVARIANT: the answer is sent after the log has taken the invalidation, so that whoever asks after
    /// it, here or with the bookmark that it brings, is not shown the old.
    pub(super) async fn unsafely(&self) -> Answered<P> {
        let wanted = &self.wanted;
        let why = match self.route()?.tier {
            Some(_) => ForwardWhy::Method,
            None => ForwardWhy::Bypass,
        };
        let (arrival, outcome) = self.forwarded(why).await?;
        let exchanged = &arrival.exchanged;
        let found = invalidation::of(
            &wanted.method,
            &wanted.uri,
            exchanged.status,
            &self.as_seen_here(&exchanged.fields)?,
        );
        if found.is_empty() {
            return Ok(self.pass_on(arrival, outcome)?);
        }
        let purged = self.invalidate(&found).await;
        let mut answer = self.pass_on(arrival, outcome)?;
        tell_bookmark(&self.ports, &self.site, purged, &mut answer).await;
        Ok(answer)
    }

    /// An origin may name its URIs by its own address.
    fn as_seen_here(&self, fields: &Fields) -> Result<Fields, Failure> {
        let (origin, here) = (self.origin()?, self.wanted.uri.origin.to_string());
        let seen = fields.iter().map(|(name, value)| {
            let own = led_here(value, origin, &here);
            (name.to_owned(), own.unwrap_or_else(|| value.to_owned()))
        });
        Ok(seen.collect())
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
        let ports = &self.ports;
        match tell::appended(|| ports.within(ATTEMPT_MAX, ports.ask_log(&append))).await {
            Some(receipt) => Purged::At(receipt.seq.0),
            None => Purged::Untold,
        }
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
