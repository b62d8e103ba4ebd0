//! Which of our two codings a client prefers: `Accept-Encoding` (RFC 9110 §12.5.3).
//!
//! Identity is what anybody can read, so every doubt (no field, a weight that is no number, a coding
//! both wanted and refused) is decided for it, and so is a request that refuses everything: the RFC
//! lets a server answer that without a coding.

use super::weight::qvalue;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Preference {
    Gzip,
    Identity,
}

/// `field`: the value of `Accept-Encoding`, its lines joined by commas.
pub fn prefer(field: Option<&str>) -> Preference {
    let mut stated = Stated::default();
    for member in field.unwrap_or_default().split(',') {
        stated.add(member);
    }
    let gzip = stated.gzip.or(stated.any).unwrap_or(0);
    if gzip > 0 && gzip >= stated.identity.unwrap_or(0) {
        Preference::Gzip
    } else {
        Preference::Identity
    }
}

/// The weights that were stated, in thousandths.
#[derive(Default)]
struct Stated {
    gzip: Option<u16>,
    identity: Option<u16>,
    /// `*`: every coding that is not named.
    any: Option<u16>,
}

impl Stated {
    fn add(&mut self, member: &str) {
        let (coding, parameters) = member.split_once(';').unwrap_or((member, ""));
        let coding = trim_ows(coding);
        let slot = if is_gzip(coding) {
            &mut self.gzip
        } else if coding.eq_ignore_ascii_case("identity") {
            &mut self.identity
        } else if coding == "*" {
            &mut self.any
        } else {
            return;
        };
        let weight = weight(parameters);
        // Of two weights for one coding, the lower.
        *slot = Some(slot.map_or(weight, |before| before.min(weight)));
    }
}

/// RFC 9110 §8.4.1.3: `x-gzip` is equivalent to `gzip`.
fn is_gzip(coding: &str) -> bool {
    coding.eq_ignore_ascii_case("gzip") || coding.eq_ignore_ascii_case("x-gzip")
}

/// The weight among a member's parameters: 1000 without one, 0 when it is malformed.
fn weight(parameters: &str) -> u16 {
    parameters
        .split(';')
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| trim_ows(name).eq_ignore_ascii_case("q"))
        .map_or(1000, |(_, value)| qvalue(trim_ows(value)).unwrap_or(0))
}

/// RFC 9110 §5.6.3: optional white space is spaces and tabs.
fn trim_ows(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

#[cfg(test)]
mod tests;
