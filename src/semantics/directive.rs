//! Cache directives, taken apart (RFC 9111 §5.2) but not yet understood.
//!
//! What is no directive by the grammar is not simply dropped: a `no-store` with a slip behind it was
//! still meant to keep an answer out of stores. So the name is read as far as it is one, and the slip
//! becomes [`Argument::Malformed`], by which a directive may forbid and can never permit.

use super::delta_seconds::DeltaSeconds;
use super::fields::{Fields, is_token, leaves_quote_open, list_members, trim_ows, unquote};
use std::borrow::Cow;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive<'a> {
    /// As received: names are compared without case.
    pub name: &'a str,
    pub argument: Argument<'a>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument<'a> {
    Absent,
    /// What a token or a quoted string says: recipients take either form (§5.2).
    Text(Cow<'a, str>),
    /// Something that the grammar does not have.
    Malformed,
}

impl Argument<'_> {
    /// As `delta-seconds`; `None` for anything else, and for none.
    pub fn seconds(&self) -> Option<DeltaSeconds> {
        match self {
            Self::Text(text) => DeltaSeconds::parse(text),
            Self::Absent | Self::Malformed => None,
        }
    }

    /// As `#field-name`: the names, in small letters; `None` for anything else, and for no names.
    pub fn field_names(&self) -> Option<Vec<String>> {
        let Self::Text(text) = self else {
            return None;
        };
        let names = text
            .split(',')
            .map(trim_ows)
            .filter(|name| !name.is_empty())
            .map(|name| is_token(name).then(|| name.to_ascii_lowercase()))
            .collect::<Option<Vec<String>>>()?;
        (!names.is_empty()).then_some(names)
    }

    pub fn is_absent(&self) -> bool {
        *self == Self::Absent
    }
}

/// The directives of the field `name`, over all its lines, in order.
pub fn directives<'a>(
    fields: &'a Fields,
    name: &str,
) -> impl Iterator<Item = Directive<'a>> + use<'a> {
    let lines: Vec<&str> = fields.lines(name).collect();
    lines.into_iter().flat_map(directives_of_line)
}

/// A quote that is never closed makes all that follows it in its line malformed: it may have been meant
/// as text.
fn directives_of_line(line: &str) -> impl Iterator<Item = Directive<'_>> {
    let mut after_open_quote = false;
    list_members(line).filter_map(move |member| {
        let (name, rest) = split_name(member)?;
        let mut argument = argument(rest);
        after_open_quote |= leaves_quote_open(rest);
        if after_open_quote {
            argument = Argument::Malformed;
        }
        Some(Directive { name, argument })
    })
}

/// The longest token that `member` begins with, and what follows it.
fn split_name(member: &str) -> Option<(&str, &str)> {
    let end = member
        .char_indices()
        .find(|(_, c)| !is_token(c.encode_utf8(&mut [0; 4])))
        .map_or(member.len(), |(at, _)| at);
    let (name, rest) = member.split_at_checked(end)?;
    (!name.is_empty()).then_some((name, rest))
}

/// `[ "=" ( token / quoted-string ) ]`, without white space.
fn argument(rest: &str) -> Argument<'_> {
    let Some(value) = rest.strip_prefix('=') else {
        return if rest.is_empty() {
            Argument::Absent
        } else {
            Argument::Malformed
        };
    };
    if is_token(value) {
        return Argument::Text(Cow::Borrowed(value));
    }
    unquote(value).map_or(Argument::Malformed, Argument::Text)
}

#[cfg(test)]
mod tests;
