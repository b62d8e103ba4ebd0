//! How single responses, statements and contacts with origins come into a frame.

use super::room::{Keyed, Room, place};
use super::{Failures, Flow, FlowKey, Frame, Gauge, Place, PlaceKey, StatementKey, Work};
use crate::failure::Kind;
use crate::outcome::{CacheVerdict, Layer};

/// Two letters or digits, in upper case. The network tells `XX` where it does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

impl Country {
    pub const UNKNOWN: Self = Self(*b"XX");

    /// The value of `cf-ipcountry`. Anything else than a country's code is not known: whoever can send the
    /// field himself is not to fill the frames.
    pub fn of(field: &str) -> Self {
        match *field.as_bytes() {
            [a, b] if a.is_ascii_alphanumeric() && b.is_ascii_alphanumeric() => {
                Self([a.to_ascii_uppercase(), b.to_ascii_uppercase()])
            }
            _ => Self::UNKNOWN,
        }
    }

    pub fn bytes(self) -> [u8; 2] {
        self.0
    }
}

impl std::fmt::Display for Country {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self([a, b]) = *self;
        write!(out, "{}{}", char::from(a), char::from(b))
    }
}

/// One response, as far as it is counted.
#[derive(Clone, Copy, Debug)]
pub struct Measured<'a> {
    pub route: Option<&'a str>,
    pub verdict: CacheVerdict,
    /// The layer that answered.
    pub layer: Option<Layer>,
    pub status: u16,
    pub total_ms: f64,
    /// `None`: no source was asked.
    pub source_ms: Option<f64>,
    /// Another request's fill answered.
    pub collapsed: bool,
    /// What failed, also when something stale stood in.
    pub failure: Option<Kind>,
    /// The data centre's code.
    pub colo: &'a str,
    pub country: Country,
}

/// How a statement or an exchange ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With an answer, if only that the question was wrong.
    Answered,
    Failed(Why),
}

/// Why a source gave no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// No connection came about. Of an exchange with an origin, that it was lost later is not told apart.
    Unreached,
    /// There was none within its time.
    Late,
    /// It broke off, or said that it could not give one.
    Unable,
    /// Whoever had asked has left, or did not wait any longer.
    Dropped,
}

/// What a source did once.
#[derive(Clone, Copy, Debug)]
pub struct Worked {
    pub millis: f64,
    pub ended: Ended,
    /// 0 for origins.
    pub rows: u64,
    /// As many as the batch asked for; 1 without one.
    pub keys: u64,
}

impl Frame {
    pub fn response(&mut self, measured: &Measured<'_>) {
        self.responses_alike(measured, 1);
    }

    /// So many responses that differ in nothing.
    pub fn responses_alike(&mut self, measured: &Measured<'_>, times: u64) {
        if times == 0 {
            return;
        }
        let flow = place(
            Room::Bounded,
            &mut self.flows,
            measured.flow_key(),
            |flow| {
                flow.take(measured, times);
            },
        );
        let spot = place(
            Room::Bounded,
            &mut self.places,
            measured.place_key(),
            |place| {
                place.take(measured, times);
            },
        );
        if flow == Keyed::Crowded || spot == Keyed::Crowded {
            self.losses.crowded = self.losses.crowded.saturating_add(times);
        }
        if let Some(kind) = measured.failure {
            let key = (measured.route.map(str::to_owned), kind);
            place(Room::Bounded, &mut self.failures, key, |count| {
                *count = count.saturating_add(times);
            });
        }
    }

    /// One run of a query's statement.
    pub fn statement(&mut self, database: &str, query: &str, worked: Worked) {
        let key = StatementKey {
            database: database.to_owned(),
            query: query.to_owned(),
        };
        place(Room::Bounded, &mut self.statements, key, |work| {
            work.take(worked)
        });
    }

    /// One exchange with an HTTP origin.
    pub fn contact(&mut self, origin: &str, worked: Worked) {
        place(
            Room::Bounded,
            &mut self.contacts,
            origin.to_owned(),
            |work| {
                work.take(worked);
            },
        );
    }

    pub fn gauge(&mut self, gauge: Gauge, value: f64) {
        if value.is_finite() {
            place(Room::Bounded, &mut self.gauges, gauge, |level| {
                level.observe(value)
            });
        }
    }
}

impl Measured<'_> {
    fn flow_key(&self) -> FlowKey {
        FlowKey {
            route: self.route.map(str::to_owned),
            verdict: self.verdict,
            layer: self.layer,
            status_class: u8::try_from(self.status / 100).unwrap_or_default(),
        }
    }

    fn place_key(&self) -> PlaceKey {
        PlaceKey {
            route: self.route.map(str::to_owned),
            colo: self.colo.to_owned(),
            country: self.country.to_string(),
        }
    }
}

impl Flow {
    fn take(&mut self, measured: &Measured<'_>, times: u64) {
        self.count = self.count.saturating_add(times);
        self.duration.record_times(measured.total_ms, times);
        if let Some(millis) = measured.source_ms {
            self.source.record_times(millis, times);
        }
        if measured.collapsed {
            self.collapsed = self.collapsed.saturating_add(times);
        }
    }
}

impl Place {
    fn take(&mut self, measured: &Measured<'_>, times: u64) {
        self.count = self.count.saturating_add(times);
        self.duration.record_times(measured.total_ms, times);
        if from_store(measured.verdict) {
            self.hits = self.hits.saturating_add(times);
        }
        if measured.status >= 500 {
            self.errors = self.errors.saturating_add(times);
        }
    }
}

impl Work {
    fn take(&mut self, worked: Worked) {
        self.calls = self.calls.saturating_add(1);
        match worked.ended {
            Ended::Answered => {}
            Ended::Failed(why) => self.failures.count(why),
        }
        self.rows = self.rows.saturating_add(worked.rows);
        self.keys = self.keys.saturating_add(worked.keys);
        self.duration.record(worked.millis);
    }
}

impl Failures {
    pub fn count(&mut self, why: Why) {
        let count = match why {
            Why::Unreached => &mut self.unreached,
            Why::Late => &mut self.late,
            Why::Unable => &mut self.unable,
            Why::Dropped => &mut self.dropped,
        };
        *count = count.saturating_add(1);
    }

    /// By the word for why.
    pub fn each(self) -> [(&'static str, u64); 4] {
        [
            ("unreached", self.unreached),
            ("late", self.late),
            ("unable", self.unable),
            ("dropped", self.dropped),
        ]
    }

    pub fn sum(self) -> u64 {
        let counts = self.each().into_iter().map(|(_, count)| count);
        counts.fold(0, u64::saturating_add)
    }

    pub fn add(&mut self, other: Self) {
        for (sum, more) in [
            (&mut self.unreached, other.unreached),
            (&mut self.late, other.late),
            (&mut self.unable, other.unable),
            (&mut self.dropped, other.dropped),
        ] {
            *sum = sum.saturating_add(more);
        }
    }
}

/// Whether a stored response answered.
fn from_store(verdict: CacheVerdict) -> bool {
    match verdict {
        CacheVerdict::Hit | CacheVerdict::Stale | CacheVerdict::Revalidated => true,
        CacheVerdict::Miss | CacheVerdict::Bypass | CacheVerdict::Expired => false,
    }
}
