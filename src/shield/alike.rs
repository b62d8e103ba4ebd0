//! Which requests to an origin ask for the same (RFC 9111 §4, collapsed requests): those of one URI, one
//! method, the same conditions and ranges, and the same fields that select.

use super::message::FetchAsk;
use crate::key::CacheKey;
use crate::semantics::vary::Selecting;

/// Fields that change what is answered without any `Vary`: conditions and ranges (RFC 9110 §13 and §14).
/// Credentials are among them for safety: who has some asks alone.
const ALWAYS: [&str; 7] = [
    "authorization",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "range",
];

/// The name of what `ask` may share: a digest, for what clients send may be long. `names`: the fields that
/// are known to select, as [`Selecting::of`] takes them.
pub fn name(ask: &FetchAsk, names: &[String]) -> String {
    let fields = &ask.fetch.fields;
    let always = Selecting::of(&ALWAYS.map(str::to_owned), fields);
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
