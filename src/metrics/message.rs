//! What is said to the metrics object and what it answers, and their bytes.

use super::frame::Frame;
use super::scope::RouteScope;
use super::slots::{Length, Slot, Window};
use crate::time::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// What an isolate measured since it last told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Batch {
    /// Random, drawn once by the isolate.
    pub isolate: String,
    /// One more with each batch of the isolate. One that was taken already is not taken again.
    pub number: u64,
    /// The site's hash, by which deployments are told apart.
    pub release: String,
    /// By the isolate's clock. Each frame is of a slot of ten seconds.
    pub frames: Vec<(Slot, Frame)>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum MetricsAsk {
    Take(Batch),
    Read(Question),
    /// What was measured since the object began, for counters that never go back.
    Running,
    /// Make coarser slots of finer ones.
    RollUp,
    /// Forget what is past its retention.
    CleanUp,
    /// One of the documents that the first object keeps, and the number of its last change.
    Document(String),
    /// Write a document if its last change still has this number (0: there is none yet).
    Replace {
        name: String,
        known: u64,
        body: Vec<u8>,
    },
    /// How often anything has changed.
    Version,
}

/// What is to be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The first moment, and the first after the last one; slots that begin within are read.
    pub from: Timestamp,
    pub to: Timestamp,
    pub length: Length,
    /// Whole points, each of this many slots.
    pub slots_per_point: u32,
    /// Only of this route, and of what it asks.
    pub route: Option<RouteScope>,
}

impl Question {
    pub fn of(window: Window, route: Option<RouteScope>) -> Self {
        let at = |seconds: u64| Timestamp::from_millis(seconds.saturating_mul(1000));
        Self {
            from: at(window.from_s),
            to: at(window.to_s),
            length: window.length,
            slots_per_point: window.slots_per_point,
            route,
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum MetricsReply {
    Taken,
    Frames(Frames),
    Running(Frame),
    RolledUp {
        /// Slots that were written.
        slots: u64,
    },
    Cleaned {
        rows: u64,
    },
    Document {
        /// The number of its last change; 0: there is none.
        number: u64,
        body: Vec<u8>,
    },
    /// It was written, and this is its number.
    Replaced(u64),
    /// Somebody else has written it since.
    Overtaken,
    /// The question could not be understood or done; the words are for the log lines.
    Refused(String),
    /// Another one than before: something was taken in, or a document was written. It need not be larger.
    Version(u64),
}

/// What was measured in a span.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Frames {
    /// All of it.
    pub whole: Frame,
    /// When each point begins, in seconds since the epoch, and its frame, without what only the whole span
    /// is asked for ([`Frame::for_a_point`]). Points without anything measured are missing.
    pub points: Vec<(u64, Frame)>,
}

/// Bytes that are no message of this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a message of the metrics object cannot be read")]
pub struct Garbled;

/// Changes with every change of these types.
const VERSION: u8 = 2;

/// # Errors
/// Never for the types of this file.
pub fn encode(message: &impl Serialize) -> Result<Vec<u8>, Garbled> {
    postcard::to_extend(message, vec![VERSION]).map_err(|_| Garbled)
}

/// # Errors
/// When the bytes are not of this version's making.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Garbled> {
    match bytes.split_first() {
        Some((&VERSION, rest)) => postcard::from_bytes(rest).map_err(|_| Garbled),
        Some(_) | None => Err(Garbled),
    }
}
