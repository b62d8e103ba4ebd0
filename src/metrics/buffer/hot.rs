//! Counters of hits in memory: a small sorted table, that is folded into a frame when its slot is over or
//! it is full.

use crate::metrics::frame::{Country, Measured};
use crate::metrics::slots::Slot;
use crate::outcome::{CacheVerdict, Layer};

/// What hits in memory are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HotKey {
    /// Its place among the routes of the [`super::Identity`].
    pub route: u16,
    pub status: HotStatus,
    pub country: Country,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HotStatus {
    /// 200, or whatever 2xx is stored.
    Ok,
    /// 304: the client has it.
    NotModified,
    /// A stored 404, 410 and the like.
    Refused,
    /// A stored redirect.
    Redirect,
}

impl HotStatus {
    /// `None`: such answers are not counted here.
    pub fn of(status: u16) -> Option<Self> {
        match status {
            200..=299 => Some(Self::Ok),
            304 => Some(Self::NotModified),
            300..=399 => Some(Self::Redirect),
            400..=499 => Some(Self::Refused),
            _ => None,
        }
    }

    fn code(self) -> u16 {
        match self {
            Self::Ok => 200,
            Self::NotModified => 304,
            Self::Redirect => 301,
            Self::Refused => 404,
        }
    }
}

impl HotKey {
    pub(super) fn measured<'a>(self, route: Option<&'a str>, colo: &'a str) -> Measured<'a> {
        Measured {
            route,
            verdict: CacheVerdict::Hit,
            layer: Some(Layer::Memory),
            status: self.status.code(),
            total_ms: 0.0,
            source_ms: None,
            collapsed: false,
            failure: None,
            colo,
            country: self.country,
        }
    }
}

/// Keys that are counted at once.
const KEYS_MAX: usize = 256;

/// The hits of one slot, in order of their keys.
#[derive(Debug, Default)]
pub(super) struct HotHits {
    slot: Option<Slot>,
    counts: Vec<(HotKey, u64)>,
}

/// What was counted has to be folded first: it is of another slot, or there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FoldFirst;

impl HotHits {
    pub(super) fn count(&mut self, slot: Slot, key: HotKey) -> Result<(), FoldFirst> {
        if *self.slot.get_or_insert(slot) != slot {
            return Err(FoldFirst);
        }
        match self.counts.binary_search_by_key(&key, |(key, _)| *key) {
            Ok(at) => {
                if let Some((_, count)) = self.counts.get_mut(at) {
                    *count = count.saturating_add(1);
                }
            }
            Err(_) if self.counts.len() >= KEYS_MAX => return Err(FoldFirst),
            Err(at) => self.counts.insert(at, (key, 1)),
        }
        Ok(())
    }

    pub(super) fn take(&mut self) -> Option<(Slot, Vec<(HotKey, u64)>)> {
        let slot = self.slot.take()?;
        Some((slot, std::mem::take(&mut self.counts)))
    }

    /// Gives the memory of what was taken back.
    pub(super) fn recycle(&mut self, mut counts: Vec<(HotKey, u64)>) {
        counts.clear();
        self.counts = counts;
    }
}
