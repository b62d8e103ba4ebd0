//! Asks a route's source for an answer that may be stored.

use super::plan::Target;
use crate::cache::stored::Stored;
use crate::config::site::{Route, Site, Source};
use crate::failure::{Failure, Kind};
use crate::key::CacheKey;
use crate::outcome::ShieldReport;
use crate::ports::Ports;
use crate::shield::message::Ask;

/// The source's answer and the shield's part in it. Queries go through the shield object that owns
/// the key; assets are at hand at the edge.
pub async fn fill<P: Ports>(
    ports: &P,
    site: &Site,
    route: &Route,
    target: &Target,
    key: &CacheKey,
) -> (Option<ShieldReport>, Result<Stored<P::Body>, Failure>) {
    match route.source {
        Source::Query(_) => {
            let ask = Ask {
                route: route.fingerprint.clone(),
                values: target.values.clone(),
                key: Some(key.as_str().to_owned()),
            };
            ports.ask(key.shard(site.shield.shards), ask).await
        }
        Source::Assets => (None, ports.asset(&target.path, key).await),
        Source::Origin(_) => (
            None,
            Err(Failure::new(Kind::Internal, "").because("an origin route has a tier")),
        ),
    }
}
