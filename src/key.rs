//! The identity of a stored response.
//!
//! A key is made of the route's fingerprint, the principal class, and the canonical parameters, each
//! delimited by its length, so that no two different requests can meet in one key.

pub mod uri;

use sha2::{Digest, Sha256};

/// A cache key. Its text is readable (for `explain` and logs); its digest names it in the layers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CacheKey(String);

impl CacheKey {
    /// `fingerprint`: changes with everything that shapes the route's answers (its SQL, source and
    /// parameters), so that a deploy never meets the answers of another query. `principal`: `public`,
    /// or the class of caller that the answer is for. `parts`: names and canonical values, in the
    /// route's own order; `None` for an absent one, which differs from an empty one.
    pub fn new<'a>(
        fingerprint: &str,
        principal: &str,
        parts: impl IntoIterator<Item = (&'a str, Option<&'a str>)>,
    ) -> Self {
        let mut text = String::with_capacity(64);
        text.push_str(fingerprint);
        text.push('|');
        push_delimited(&mut text, principal);
        for (name, value) in parts {
            text.push('|');
            push_delimited(&mut text, name);
            match value {
                Some(value) => {
                    text.push('=');
                    push_delimited(&mut text, value);
                }
                None => text.push('-'),
            }
        }
        Self(text)
    }

    /// The key of one variant (RFC 9111 §4.1): this key, and the selecting fields with their canonical
    /// values, `None` for one that the request did not have.
    #[must_use]
    pub fn variant<'a>(
        &self,
        selecting: impl IntoIterator<Item = (&'a str, Option<&'a str>)>,
    ) -> Self {
        Self::new("vary", &self.0, selecting)
    }

    /// A key that was read back from a message or a record.
    pub fn from_text(text: String) -> Self {
        Self(text)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// SHA-256 of the text.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// The digest in lower-case hex: the name in KV and in the Cache API.
    pub fn digest_hex(&self) -> String {
        hex(&self.digest())
    }

    /// Which of `shards` shield objects owns this key.
    pub fn shard(&self, shards: u16) -> u16 {
        let [a, b, ..] = self.digest();
        u16::from_be_bytes([a, b]) % shards.max(1)
    }

    /// A number in `0..65536` that is the same everywhere for the same key: how far this key's
    /// refresh is brought forward, so that keys filled together do not expire together.
    pub fn jitter(&self) -> u16 {
        // FNV-1a: the memory lane pays for this on every hit, and SHA-256 would cost more than the
        // rest of the decision. Nothing depends on its strength.
        let hash = self
            .0
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
            });
        (hash >> 32) as u16
    }
}

fn push_delimited(text: &mut String, part: &str) {
    push_number(text, part.len());
    text.push(':');
    text.push_str(part);
}

/// Decimal, without the formatter: the memory lane makes a key for every hit.
fn push_number(text: &mut String, number: usize) {
    if number >= 10 {
        push_number(text, number / 10);
    }
    text.push(char::from(b'0' + (number % 10) as u8));
}

/// The bytes of what [`hex`] made; `None` for anything else.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let bytes = pairs
        .iter()
        .map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?));
    rest.is_empty().then(|| bytes.collect())?
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        for nibble in [byte >> 4, byte & 15] {
            out.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
        }
    }
    out
}

#[cfg(test)]
mod tests;
