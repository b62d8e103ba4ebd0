//! Entity-tags and lists of them (RFC 9110 §8.8.3): the values of `ETag` and `If-None-Match`.

use super::fields::trim_ows;
use std::fmt;

/// One entity-tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EntityTag<'a> {
    pub weak: bool,
    /// What is between the quotes.
    pub opaque: &'a str,
}

impl<'a> EntityTag<'a> {
    /// `[ "W/" ] DQUOTE *etagc DQUOTE`, and nothing around it.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (weak, quoted) = match text.strip_prefix("W/") {
            Some(quoted) => (true, quoted),
            None => (false, text),
        };
        let opaque = quoted.strip_prefix('"')?.strip_suffix('"')?;
        opaque
            .bytes()
            .all(is_etagc)
            .then_some(Self { weak, opaque })
    }

    /// RFC 9110 §8.8.3.2: strong comparison wants neither to be weak.
    pub fn matches_strongly(&self, other: &EntityTag<'_>) -> bool {
        !self.weak && !other.weak && self.opaque == other.opaque
    }

    /// RFC 9110 §8.8.3.2: weak comparison looks at the opaque parts alone.
    pub fn matches_weakly(&self, opaque: &str) -> bool {
        self.opaque == opaque
    }
}

impl fmt::Display for EntityTag<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = if self.weak { "W/" } else { "" };
        write!(f, "{prefix}\"{}\"", self.opaque)
    }
}

/// What `If-None-Match` and `If-Match` hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagList<'a> {
    /// `*`: any representation.
    Any,
    /// The valid members. A member that is no entity-tag is left out: it matches nothing, and the
    /// others still count.
    Tags(Vec<EntityTag<'a>>),
}

/// `field`: the value, its lines joined by commas. `*` is only special alone.
pub fn parse_list(field: &str) -> TagList<'_> {
    if trim_ows(field) == "*" {
        return TagList::Any;
    }
    // A comma inside quotes is part of a tag. There are no escapes: a backslash is itself.
    let mut quoted = false;
    let members = field.split(move |c| {
        quoted ^= c == '"';
        c == ',' && !quoted
    });
    TagList::Tags(
        members
            .filter_map(|member| EntityTag::parse(trim_ows(member)))
            .collect(),
    )
}

/// `etagc = %x21 / %x23-7E / obs-text`: visible ASCII but the quote, and anything beyond ASCII.
fn is_etagc(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x7e | 0x80..)
}

#[cfg(test)]
mod tests;
