//! What is held of a representation that did not come whole (RFC 9111 §3.3, §3.4; RFC 9110 §15.3.7.3):
//! which requests it answers, how two of them are put together, and what is missing.
//!
//! The bytes of the held ranges lie one after the other; everything is said in offsets into them.

use super::content_range::ContentRange;
use super::{ByteRange, RangeSet, RangeSpec, Selection};
use crate::semantics::validators::Validators;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// The ranges that are held of one representation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    complete: Option<u64>,
    /// INVARIANT: ascending, no two of them touch, all inside `complete`; one at least.
    ranges: Vec<ByteRange>,
}

/// Why a 206 cannot be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NotKept {
    /// Several parts, or a `Content-Range` that is absent, malformed, or says that there is nothing.
    NoRange,
    /// The body is not as long as its range.
    LengthDiffers,
}

impl NotKept {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoRange => "no-range",
            Self::LengthDiffers => "length-differs",
        }
    }
}

/// Why two holdings stay apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Apart {
    /// They do not share a strong validator.
    Validator,
    /// They differ on how long the whole is.
    Length,
}

impl Apart {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Validator => "validator",
            Self::Length => "length",
        }
    }
}

/// How a request is answered from what is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FromPart {
    Single(ByteRange),
    Several(Vec<ByteRange>),
    /// RFC 9111 §3.3: not everything that was asked for is here, so nothing may be sent.
    Missing,
}

/// Whose bytes a stretch of the joined body comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    Stored,
    Received,
}

/// Consecutive bytes of one side's body, by their offsets there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    pub side: Side,
    pub offsets: Range<u64>,
}

/// Two holdings as one, and where its bytes come from, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    pub holding: Holding,
    pub stretches: Vec<Stretch>,
}

impl Holding {
    /// Of a single-part 206. Without a strong validator it answers by itself, and is joined to nothing.
    ///
    /// # Errors
    /// Why it cannot be kept.
    pub fn of_part(described: Option<ContentRange>, body_len: u64) -> Result<Self, NotKept> {
        let Some(ContentRange::Part { range, complete }) = described else {
            return Err(NotKept::NoRange);
        };
        if range.len() != body_len {
            return Err(NotKept::LengthDiffers);
        }
        Ok(Self {
            complete,
            ranges: vec![range],
        })
    }

    /// How long the whole is, when that is known.
    pub fn complete(&self) -> Option<u64> {
        self.complete
    }

    pub fn ranges(&self) -> &[ByteRange] {
        &self.ranges
    }

    /// Nothing is missing: it is a 200 (RFC 9110 §15.3.7.3).
    pub fn is_whole(&self) -> bool {
        let whole = self.complete.and_then(ByteRange::whole);
        whole.is_some_and(|whole| self.holds(whole))
    }

    pub fn holds(&self, wanted: ByteRange) -> bool {
        self.ranges.iter().any(|range| range.contains(wanted))
    }

    /// RFC 9111 §3.3: only what lies wholly inside may be sent. That a range cannot be satisfied is
    /// left to the origin to say.
    pub fn answer(&self, wanted: &RangeSet) -> FromPart {
        let selection = match self.complete {
            Some(complete) => wanted.select(complete),
            None => select_blindly(wanted),
        };
        match selection {
            Selection::Single(range) if self.holds(range) => FromPart::Single(range),
            Selection::Several(ranges) if ranges.iter().all(|range| self.holds(*range)) => {
                FromPart::Several(ranges)
            }
            Selection::Whole
            | Selection::Single(_)
            | Selection::Several(_)
            | Selection::Unsatisfiable => FromPart::Missing,
        }
    }

    /// Where the bytes of a range lie in the held body.
    pub fn offsets(&self, wanted: ByteRange) -> Option<Range<u64>> {
        let mut before = 0_u64;
        for range in &self.ranges {
            if range.contains(wanted) {
                let start = before + (wanted.first() - range.first());
                return Some(start..start + wanted.len());
            }
            before += range.len();
        }
        None
    }

    /// The one range that holds everything which is missing, and perhaps more: one range, because the
    /// answer to several would have to be taken apart. `None` when it is whole.
    pub fn missing(&self) -> Option<RangeSpec> {
        let held_first = self.ranges.first()?;
        let first = if held_first.first() > 0 {
            0
        } else {
            held_first.end()
        };
        let held_last = self.ranges.last()?;
        let reaches_end = self
            .complete
            .is_some_and(|complete| held_last.end() >= complete);
        if !reaches_end {
            return Some(RangeSpec::Open { first });
        }
        let last = held_last.first().checked_sub(1)?;
        ByteRange::new(first, last).map(RangeSpec::Closed)
    }

    /// # Errors
    /// Why the two must not be put together.
    pub fn join(
        &self,
        own: &Validators<'_>,
        received: &Holding,
        its: &Validators<'_>,
    ) -> Result<Joined, Apart> {
        if !own.same_strong(its) {
            return Err(Apart::Validator);
        }
        let complete = match (self.complete, received.complete) {
            (Some(one), Some(other)) if one != other => return Err(Apart::Length),
            (one, other) => one.or(other),
        };
        let ends = [&self.ranges, &received.ranges].map(|ranges| ranges.last());
        for end in ends.into_iter().flatten() {
            if complete.is_some_and(|complete| end.end() > complete) {
                return Err(Apart::Length);
            }
        }
        let holding = Holding {
            complete,
            ranges: union(&self.ranges, &received.ranges),
        };
        let stretches = self.stretches(received);
        Ok(Joined { holding, stretches })
    }

    /// The union in order: everything that is stored, and between it what was received.
    fn stretches(&self, received: &Holding) -> Vec<Stretch> {
        let mut placed: Vec<(u64, Stretch)> = Vec::new();
        let mut push = |side: Side, holding: &Holding, range: ByteRange| {
            if let Some(offsets) = holding.offsets(range) {
                placed.push((range.first(), Stretch { side, offsets }));
            }
        };
        for range in &self.ranges {
            push(Side::Stored, self, *range);
        }
        for range in &received.ranges {
            for new in subtract(*range, &self.ranges) {
                push(Side::Received, received, new);
            }
        }
        placed.sort_by_key(|(first, _)| *first);
        placed.into_iter().map(|(_, stretch)| stretch).collect()
    }
}

/// Without a known length, only ranges with both ends can be found.
fn select_blindly(wanted: &RangeSet) -> Selection {
    let closed = |spec: &RangeSpec| matches!(spec, RangeSpec::Closed(_));
    if wanted.specs().iter().all(closed) {
        wanted.select(u64::MAX)
    } else {
        Selection::Unsatisfiable
    }
}

fn union(one: &[ByteRange], other: &[ByteRange]) -> Vec<ByteRange> {
    let mut all: Vec<ByteRange> = one.iter().chain(other).copied().collect();
    all.sort_unstable();
    let mut merged: Vec<ByteRange> = Vec::with_capacity(all.len());
    for range in all {
        match merged.last_mut() {
            Some(last) if last.touches(range) => *last = last.hull(range),
            Some(_) | None => merged.push(range),
        }
    }
    merged
}

/// What of `range` lies in none of `taken`, which ascend and do not overlap.
fn subtract(range: ByteRange, taken: &[ByteRange]) -> Vec<ByteRange> {
    let mut left = Vec::new();
    let mut first = range.first();
    for other in taken.iter().filter(|other| other.overlaps(range)) {
        let before = other.first().checked_sub(1);
        left.extend(before.and_then(|last| ByteRange::new(first, last)));
        first = other.end();
    }
    left.extend(ByteRange::new(first, range.last()));
    left
}

#[cfg(test)]
mod tests;
