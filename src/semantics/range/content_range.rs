//! `Content-Range` (RFC 9110 §14.4): which bytes a 206 carries, or how long the representation is that
//! a 416 had nothing of.

use super::{ByteRange, Position};
use crate::semantics::fields::trim_ows;
use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ContentRange {
    /// `bytes 2-5/10`, or `bytes 2-5/*` when nobody knows how long the whole is.
    Part {
        range: ByteRange,
        complete: Option<u64>,
    },
    /// `bytes */10`
    Unsatisfied { complete: u64 },
}

impl ContentRange {
    /// `None` for what the grammar refuses, other units, ends before beginnings, lengths that do not hold
    /// their range, and numbers that do not fit: none of these may be put together with anything.
    pub fn parse(field: &str) -> Option<Self> {
        let (unit, rest) = trim_ows(field).split_once(' ')?;
        if !unit.eq_ignore_ascii_case("bytes") {
            return None;
        }
        let (range, complete) = rest.split_once('/')?;
        let complete = match complete {
            "*" => None,
            digits => Some(number(digits)?),
        };
        if range == "*" {
            return complete.map(|complete| Self::Unsatisfied { complete });
        }
        let (first, last) = range.split_once('-')?;
        let range = ByteRange::new(number(first)?, number(last)?)?;
        let holds = complete.is_none_or(|complete| range.last() < complete);
        holds.then_some(Self::Part { range, complete })
    }
}

impl fmt::Display for ContentRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Part { range, complete } => {
                write!(f, "bytes {}-{}/", range.first(), range.last())?;
                match complete {
                    Some(complete) => write!(f, "{complete}"),
                    None => f.write_str("*"),
                }
            }
            Self::Unsatisfied { complete } => write!(f, "bytes */{complete}"),
        }
    }
}

fn number(digits: &str) -> Option<u64> {
    Position::parse(digits)?.exact()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn part(first: u64, last: u64, complete: Option<u64>) -> Option<ContentRange> {
        let range = ByteRange::new(first, last).unwrap();
        Some(ContentRange::Part { range, complete })
    }

    #[test]
    fn rfc_9110_14_4_valid_fields() {
        for (field, expected) in [
            ("bytes 0-4/10", part(0, 4, Some(10))),
            ("bytes 42-1233/1234", part(42, 1233, Some(1234))),
            ("bytes 42-1233/*", part(42, 1233, None)),
            (" Bytes 00-09/0010 ", part(0, 9, Some(10))),
            (
                "bytes */1234",
                Some(ContentRange::Unsatisfied { complete: 1234 }),
            ),
            ("bytes */0", Some(ContentRange::Unsatisfied { complete: 0 })),
        ] {
            assert_eq!(ContentRange::parse(field), expected, "{field}");
        }
    }

    #[test]
    fn rfc_9110_14_4_invalid_fields_describe_nothing() {
        for field in [
            "",
            "bytes",
            "bytes 0-4",
            "bytes=0-4/10",
            "bytes  0-4/10",
            "bytes 0 -4/10",
            "bytes 0-4 /10",
            "bytes 4-3/10",
            "bytes 0-10/10",
            "bytes 0-4/4",
            "bytes */*",
            "bytes -4/10",
            "bytes 0-/10",
            "bytes +0-4/10",
            "bytes 0-4/10, bytes 5-9/10",
            "bytes 0-4/18446744073709551616",
            "bytes 0-18446744073709551615/*",
            "items 0-4/10",
        ] {
            assert_eq!(ContentRange::parse(field), None, "{field}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(first in any::<u32>(), len in 1..u64::from(u32::MAX), rest in any::<Option<u32>>()) {
            let range = ByteRange::from_len(u64::from(first), len).unwrap();
            let complete = rest.map(|rest| range.end() + u64::from(rest));
            let written = ContentRange::Part { range, complete };
            prop_assert_eq!(ContentRange::parse(&written.to_string()), Some(written));
        }

        #[test]
        fn what_is_read_stands_there(field in "bytes [0-9*/ -]{0,9}|[ -~]{0,16}") {
            if let Some(read) = ContentRange::parse(&field) {
                // But for leading zeros, white space around it, and the case of the unit.
                prop_assert_eq!(ContentRange::parse(&read.to_string()), Some(read));
                prop_assert!(field.trim_matches([' ', '\t']).to_ascii_lowercase().starts_with("bytes "));
            }
        }
    }
}
