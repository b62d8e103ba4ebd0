//! Which requests to an origin ask for the same (RFC 9111 §4, collapsed requests): those of one URI, one
//! method, the same conditions and ranges, and the same fields that select.

use super::message::FetchAsk;
use crate::key::CacheKey;
use crate::semantics::fields::Fields;
use crate::semantics::vary::canonical::canonical;

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

/// The values of `names` in one request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values(Vec<(String, Option<String>)>);

impl Values {
    /// `names`: in lower case, in one order.
    pub fn of(names: &[String], request: &Fields) -> Self {
        let value = |name: &String| (name.clone(), canonical(name, request));
        Self(names.iter().map(value).collect())
    }

    fn parts(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_deref()))
    }
}

/// The name of what `ask` may share: a digest, for what clients send may be long. `names`: the fields that
/// are known to select.
pub fn name(ask: &FetchAsk, names: &[String]) -> String {
    let fields = &ask.fetch.fields;
    let always = ALWAYS.map(|name| (name, canonical(name, fields)));
    let image = ask.fetch.image.map(|image| format!("{image:?}"));
    let selected = Values::of(names, fields);
    let own = [("key", Some(ask.key.as_str())), ("image", image.as_deref())];
    let always = always.iter().map(|(name, value)| (*name, value.as_deref()));
    let parts = own.into_iter().chain(always).chain(selected.parts());
    CacheKey::new(&ask.route, &ask.fetch.method, parts).digest_hex()
}

#[cfg(test)]
mod tests;
