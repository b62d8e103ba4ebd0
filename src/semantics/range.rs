//! `Range` (RFC 9110 §14): which bytes a request asks for, and which of them a representation of a
//! known length gives it. Everything here reckons with positions, never with bytes.
//!
//! A field that the grammar refuses is ignored as a whole (§14.2 allows it), and so are units that we do
//! not know (§14.2 demands it) and lists of more than [`SPECS_MAX`] members (§17.15 warns of them).
//! Ranges that touch or overlap are sent once (§15.3.7.2), so no request is answered with more bytes
//! than the representation has.

pub mod content_range;
pub mod multipart;
pub mod partial;

use super::fields::{is_token, trim_ows};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Range;

/// How many ranges one request may ask for.
pub const SPECS_MAX: usize = 32;

/// The longest representation whose positions and lengths all fit.
const LAST_MAX: u64 = u64::MAX - 1;

/// Positions `first` to `last`, both included: at least one byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ByteRange {
    first: u64,
    last: u64,
}

impl ByteRange {
    /// `None` when `last` lies before `first`, or so far off that a length would not fit.
    pub fn new(first: u64, last: u64) -> Option<Self> {
        (first <= last && last <= LAST_MAX).then_some(Self { first, last })
    }

    /// The whole of a representation; `None` for an empty one.
    pub fn whole(length: u64) -> Option<Self> {
        Self::new(0, length.checked_sub(1)?)
    }

    /// `len` bytes from `first` on; `None` for none, or when they end beyond what a number holds.
    pub fn from_len(first: u64, len: u64) -> Option<Self> {
        Self::new(first, first.checked_add(len.checked_sub(1)?)?)
    }

    pub fn first(self) -> u64 {
        self.first
    }

    pub fn last(self) -> u64 {
        self.last
    }

    #[expect(clippy::len_without_is_empty, reason = "a range is never empty")]
    pub fn len(self) -> u64 {
        // INVARIANT: `last` is at most `u64::MAX - 1`.
        self.last - self.first + 1
    }

    /// The position after the last byte.
    pub fn end(self) -> u64 {
        self.last + 1
    }

    /// As Rust has it, the end excluded.
    pub fn offsets(self) -> Range<u64> {
        self.first..self.end()
    }

    pub fn contains(self, other: Self) -> bool {
        self.first <= other.first && other.last <= self.last
    }

    /// They overlap, or one begins where the other ends.
    pub fn touches(self, other: Self) -> bool {
        self.first <= other.end() && other.first <= self.end()
    }

    pub fn overlaps(self, other: Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }

    /// From the first byte of either to the last of either.
    #[must_use]
    pub fn hull(self, other: Self) -> Self {
        Self {
            first: self.first.min(other.first),
            last: self.last.max(other.last),
        }
    }
}

/// One member of a `bytes` range set (§14.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RangeSpec {
    /// `2-5`
    Closed(ByteRange),
    /// `2-`
    Open { first: u64 },
    /// `-5`
    Suffix { len: u64 },
}

impl RangeSpec {
    /// The bytes of a representation of `length`; `None` when it has none of them.
    pub fn resolve(self, length: u64) -> Option<ByteRange> {
        let last = length.checked_sub(1)?;
        match self {
            Self::Closed(range) => ByteRange::new(range.first, range.last.min(last)),
            Self::Open { first } => ByteRange::new(first, last),
            Self::Suffix { len: 0 } => None,
            Self::Suffix { len } => ByteRange::new(length.saturating_sub(len), last),
        }
    }
}

impl fmt::Display for RangeSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed(range) => write!(f, "{}-{}", range.first, range.last),
            Self::Open { first } => write!(f, "{first}-"),
            Self::Suffix { len } => write!(f, "-{len}"),
        }
    }
}

/// A valid `bytes` range set: one member at least.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RangeSet(Vec<RangeSpec>);

/// Why a `Range` field counts as absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ignored {
    /// A unit that is not `bytes`.
    OtherUnit,
    Malformed,
    /// More than [`SPECS_MAX`] ranges.
    TooMany,
}

impl Ignored {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OtherUnit => "range-unit",
            Self::Malformed => "range-malformed",
            Self::TooMany => "range-too-many",
        }
    }
}

/// What a range set gets from a representation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Nothing to cut: 200. Only an empty representation, of which a 206 could say nothing
    /// (`Content-Range` has no form for no bytes), though a suffix of it is satisfiable.
    Whole,
    Single(ByteRange),
    /// Two at least, disjoint, in the order of the request.
    Several(Vec<ByteRange>),
    /// 416 (§15.5.17).
    Unsatisfiable,
}

impl RangeSet {
    /// `field`: the value of `Range`. A request with several lines of it is malformed, which joining
    /// them by commas shows.
    ///
    /// # Errors
    /// Why the field has to be ignored.
    pub fn parse(field: &str) -> Result<Self, Ignored> {
        let field = trim_ows(field);
        let (unit, set) = field.split_once('=').ok_or(Ignored::Malformed)?;
        if !is_token(unit) {
            return Err(Ignored::Malformed);
        }
        if !unit.eq_ignore_ascii_case("bytes") {
            return Err(Ignored::OtherUnit);
        }
        // The list grammar has white space around its commas, and none before its first member.
        if set.starts_with([' ', '\t']) && !trim_ows(set).starts_with(',') {
            return Err(Ignored::Malformed);
        }
        let mut specs = Vec::new();
        for member in set.split(',').map(trim_ows) {
            if member.is_empty() {
                continue;
            }
            if specs.len() == SPECS_MAX {
                return Err(Ignored::TooMany);
            }
            specs.push(parse_spec(member).ok_or(Ignored::Malformed)?);
        }
        if specs.is_empty() {
            return Err(Ignored::Malformed);
        }
        Ok(Self(specs))
    }

    /// The set that asks for exactly these; `None` for none of them.
    pub fn of(specs: Vec<RangeSpec>) -> Option<Self> {
        (!specs.is_empty()).then_some(Self(specs))
    }

    pub fn specs(&self) -> &[RangeSpec] {
        &self.0
    }

    /// What a representation of `length` bytes gives.
    pub fn select(&self, length: u64) -> Selection {
        if length == 0 && self.0.iter().any(|spec| is_some_suffix(*spec)) {
            return Selection::Whole;
        }
        let found = self.0.iter().filter_map(|spec| spec.resolve(length));
        let ranges = coalesce(found);
        match ranges.as_slice() {
            [] => Selection::Unsatisfiable,
            [range] => Selection::Single(*range),
            _ => Selection::Several(ranges),
        }
    }
}

impl fmt::Display for RangeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes=")?;
        for (at, spec) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{spec}")?;
        }
        Ok(())
    }
}

fn is_some_suffix(spec: RangeSpec) -> bool {
    matches!(spec, RangeSpec::Suffix { len } if len > 0)
}

/// Ranges that touch become one, which stands where the first of them stood (§15.3.7.2).
fn coalesce(ranges: impl Iterator<Item = ByteRange>) -> Vec<ByteRange> {
    let mut kept: Vec<ByteRange> = Vec::new();
    for mut range in ranges {
        let mut place = kept.len();
        // One that joins two others may make them touch a third: again until nothing is left to join.
        while let Some(at) = kept.iter().position(|other| other.touches(range)) {
            range = range.hull(kept.remove(at));
            place = place.min(at);
        }
        kept.insert(place.min(kept.len()), range);
    }
    kept
}

/// `int-range` or `suffix-range`. An `int-range` whose end lies before its beginning is invalid.
fn parse_spec(member: &str) -> Option<RangeSpec> {
    let (first, last) = member.split_once('-')?;
    match (first, last) {
        ("", len) => Some(RangeSpec::Suffix {
            len: Position::parse(len)?.saturated(),
        }),
        (first, "") => Some(RangeSpec::Open {
            first: Position::parse(first)?.saturated(),
        }),
        (first, last) => {
            let (first, last) = (Position::parse(first)?, Position::parse(last)?);
            if last < first {
                return None;
            }
            // A beginning beyond every representation is valid, and never satisfied.
            match ByteRange::new(first.saturated(), last.saturated().min(LAST_MAX)) {
                Some(range) => Some(RangeSpec::Closed(range)),
                None => Some(RangeSpec::Open { first: u64::MAX }),
            }
        }
    }
}

/// A number of any length, without its leading zeros: ordered by length, then digit by digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Position<'a> {
    digits: usize,
    text: &'a str,
}

impl<'a> Position<'a> {
    /// `1*DIGIT`
    fn parse(text: &'a str) -> Option<Self> {
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let text = text.trim_start_matches('0');
        Some(Self {
            digits: text.len(),
            text,
        })
    }

    fn saturated(self) -> u64 {
        if self.text.is_empty() {
            return 0;
        }
        self.text.parse().unwrap_or(u64::MAX)
    }

    fn exact(self) -> Option<u64> {
        if self.text.is_empty() {
            return Some(0);
        }
        self.text.parse().ok()
    }
}

#[cfg(test)]
mod tests;
