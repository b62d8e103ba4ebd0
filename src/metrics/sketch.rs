//! Durations as a `DDSketch` (Masson, Rim, Lee 2019): quantiles within 1 % of the value, and merging loses
//! nothing. The mapping of values to bins is the kept crate's; the bins are our own, because its store is
//! dense (a KiB and more for each of a frame's hundreds of sketches) and its decoder trusts its input.
//!
//! INVARIANT: bins are in order of their keys, without empty ones, and all keys are within [`KEYS`]: so
//! a sketch never has to let bins collapse, whatever is recorded.

use serde::{Deserialize, Serialize};
use sketches_ddsketch::Config;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

/// Relative error of a quantile.
pub const ERROR: f64 = 0.01;

/// Nothing is told apart below this, in ms: it counts as 0.
const LEAST_MS: f64 = 0.1;

/// A day. What takes longer counts as this.
const LONGEST_MS: f64 = 86_400_000.0;

/// The keys of all values from the least to the longest.
const KEYS: RangeInclusive<i16> = -116..=913;

static MAPPING: LazyLock<Config> = LazyLock::new(|| Config::new(ERROR, 2048, LEAST_MS));

/// Durations in milliseconds.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Packed", into = "Packed")]
pub struct Sketch {
    /// How many were 0, or too short to tell from it.
    zeros: u64,
    /// Of all bins together.
    binned: u64,
    bins: Vec<(i16, u64)>,
    sum: f64,
    min: f64,
    max: f64,
}

impl Sketch {
    /// Takes a duration in. What is no duration (negative, not a number) counts as 0.
    pub fn record(&mut self, millis: f64) {
        self.record_times(millis, 1);
    }

    /// The same, so many times.
    pub fn record_times(&mut self, millis: f64, times: u64) {
        if times == 0 {
            return;
        }
        let millis = if millis > 0.0 {
            millis.min(LONGEST_MS)
        } else {
            0.0
        };
        self.widen(millis, millis);
        self.sum += millis * float(times);
        match key(millis) {
            Some(key) => self.add(key, times),
            None => self.zeros = self.zeros.saturating_add(times),
        }
    }

    pub fn merge(&mut self, other: &Self) {
        if other.is_empty() {
            return;
        }
        self.widen(other.min, other.max);
        self.sum += other.sum;
        self.zeros = self.zeros.saturating_add(other.zeros);
        self.binned = self.binned.saturating_add(other.binned);
        self.bins = merged(&self.bins, &other.bins);
    }

    /// Its count, sum and bounds alone, which take no room; all of its values count as 0 to quantiles.
    #[must_use]
    pub fn counted(&self) -> Self {
        Self {
            zeros: self.count(),
            binned: 0,
            bins: Vec::new(),
            ..*self
        }
    }

    /// The value that the share `q` of all values lies at or below: 0.5 is the median. `None` when there
    /// are no values.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        if self.is_empty() {
            return None;
        }
        let rank = rank(q, self.count());
        if rank < self.zeros {
            return Some(0.0);
        }
        let mut below = self.zeros;
        let key = self.bins.iter().find_map(|&(key, count)| {
            below = below.saturating_add(count);
            (below > rank).then_some(key)
        });
        // The middle of the outermost bins may lie outside of what was seen.
        Some(key.map_or(self.max, |key| {
            MAPPING.value(key.into()).max(self.min).min(self.max)
        }))
    }

    pub fn count(&self) -> u64 {
        self.zeros.saturating_add(self.binned)
    }

    pub fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// Of all values, in ms.
    pub fn sum(&self) -> f64 {
        self.sum
    }

    pub fn average(&self) -> Option<f64> {
        (!self.is_empty()).then(|| self.sum / float(self.count()))
    }

    /// The least value, exactly.
    pub fn min(&self) -> Option<f64> {
        (!self.is_empty()).then_some(self.min)
    }

    /// The greatest value, exactly.
    pub fn max(&self) -> Option<f64> {
        (!self.is_empty()).then_some(self.max)
    }

    /// Before the count changes: an empty sketch has no bounds yet.
    fn widen(&mut self, min: f64, max: f64) {
        if self.is_empty() {
            (self.min, self.max) = (min, max);
        } else {
            (self.min, self.max) = (self.min.min(min), self.max.max(max));
        }
    }

    fn add(&mut self, key: i16, times: u64) {
        self.binned = self.binned.saturating_add(times);
        match self.bins.binary_search_by_key(&key, |&(key, _)| key) {
            Ok(at) => {
                if let Some((_, count)) = self.bins.get_mut(at) {
                    *count = count.saturating_add(times);
                }
            }
            Err(at) => self.bins.insert(at, (key, times)),
        }
    }
}

impl std::fmt::Debug for Sketch {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (p50, p99) = (self.quantile(0.5), self.quantile(0.99));
        write!(out, "Sketch of {}: {p50:?}, {p99:?}", self.count())
    }
}

/// The bin of a value from 0 to a day; `None` when it counts as 0.
fn key(millis: f64) -> Option<i16> {
    if millis < LEAST_MS {
        return None;
    }
    let key = i16::try_from(MAPPING.key(millis)).unwrap_or(*KEYS.end());
    Some(key.clamp(*KEYS.start(), *KEYS.end()))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts past 2^53 are rounded, which no quantile shows"
)]
pub(super) fn float(count: u64) -> f64 {
    count as f64
}

/// The place of the quantile `q` among so many values, from 0.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and a count"
)]
fn rank(q: f64, count: u64) -> u64 {
    (q.clamp(0.0, 1.0) * float(count - 1)) as u64
}

fn merged(a: &[(i16, u64)], b: &[(i16, u64)]) -> Vec<(i16, u64)> {
    let mut both = Vec::with_capacity(a.len() + b.len());
    let (mut a, mut b) = (a.iter().copied().peekable(), b.iter().copied().peekable());
    loop {
        let next = match (a.peek(), b.peek()) {
            (Some(x), Some(y)) if x.0 == y.0 => {
                let sum = (x.0, x.1.saturating_add(y.1));
                a.next();
                b.next();
                Some(sum)
            }
            (Some(x), Some(y)) if x.0 > y.0 => b.next(),
            (Some(_), _) => a.next(),
            (None, _) => b.next(),
        };
        match next {
            Some(bin) => both.push(bin),
            None => return both,
        }
    }
}

/// A sketch as it is sent and stored. An empty one is a single byte.
#[derive(Serialize, Deserialize)]
struct Packed(Option<Filled>);

#[derive(Serialize, Deserialize)]
struct Filled {
    zeros: u64,
    sum: f64,
    min: f64,
    max: f64,
    /// By how much each key is greater than the one before; the first, than the least key there is.
    bins: Vec<(u16, u64)>,
}

/// Bytes that no sketch has written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no sketch")]
struct NoSketch;

impl From<Sketch> for Packed {
    fn from(sketch: Sketch) -> Self {
        if sketch.is_empty() {
            return Self(None);
        }
        let mut last = *KEYS.start();
        let step = |(key, count): (i16, u64)| {
            let step = key.abs_diff(last);
            last = key;
            (step, count)
        };
        Self(Some(Filled {
            zeros: sketch.zeros,
            sum: sketch.sum,
            min: sketch.min,
            max: sketch.max,
            bins: sketch.bins.into_iter().map(step).collect(),
        }))
    }
}

impl TryFrom<Packed> for Sketch {
    type Error = NoSketch;

    fn try_from(Packed(filled): Packed) -> Result<Self, NoSketch> {
        match filled {
            Some(filled) => unpacked(&filled).ok_or(NoSketch),
            None => Ok(Self::default()),
        }
    }
}

fn unpacked(filled: &Filled) -> Option<Sketch> {
    let mut bins = Vec::with_capacity(filled.bins.len().min(KEYS.len()));
    let mut binned = 0_u64;
    let mut last = *KEYS.start();
    for (at, &(step, count)) in filled.bins.iter().enumerate() {
        let repeated = at > 0 && step == 0;
        last = last
            .checked_add_unsigned(step)
            .filter(|key| KEYS.contains(key))?;
        binned = binned.checked_add(count)?;
        if repeated || count == 0 {
            return None;
        }
        bins.push((last, count));
    }
    let count = binned.checked_add(filled.zeros)?;
    let bounds = 0.0 <= filled.min && filled.min <= filled.max && filled.max <= LONGEST_MS;
    // A sum is rounded with each value.
    let sum = 0.0 <= filled.sum && filled.sum <= filled.max * float(count) * 1.000_001;
    (count > 0 && bounds && sum).then_some(Sketch {
        zeros: filled.zeros,
        binned,
        bins,
        sum: filled.sum,
        min: filled.min,
        max: filled.max,
    })
}

#[cfg(test)]
mod tests;
