//! Which requests to an origin ask for the same (RFC 9111 §4, collapsed requests): those of one URI, one
//! method, the same conditions and ranges, and the same fields that select.

use super::message::FetchAsk;
use crate::key::CacheKey;
use crate::semantics::preconditions;
use crate::semantics::vary::Selecting;

/// Not by what it selects, but for safety: who has credentials asks alone.
const ALWAYS: &str = "authorization";

/// The name of what `ask` may share: a digest, for what clients send may be long. `names`: the fields that
/// are known to select, as [`Selecting::of`] takes them.
pub fn name(ask: &FetchAsk, names: &[String]) -> String {
    let fields = &ask.fetch.fields;
    // Conditions and ranges change what is answered without any `Vary` (RFC 9110 §13 and §14).
    let always = preconditions::names().chain([ALWAYS]).map(str::to_owned);
    let always = Selecting::of(&always.collect::<Vec<_>>(), fields);
    let image = ask.fetch.image.map(|image| format!("{image:?}"));
    let selected = Selecting::of(names, fields);
    let own = [("key", Some(ask.key.as_str())), ("image", image.as_deref())];
    let parts = own
        .into_iter()
        .chain(always.parts())
        .chain(selected.parts());
    CacheKey::new(&ask.route, &ask.fetch.method, parts).digest_hex()
}

#[cfg(test)]
mod tests;
