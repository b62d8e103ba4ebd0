//! What edges and shields ask of the purge log and what it answers, and their bytes.

use super::index::Delta;
use super::relief::Relief;
use super::seq::PurgeSeq;
use super::target::{Mode, Target};
use crate::time::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A question to the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LogAsk {
    /// What was purged after `from`. The answer may begin earlier, so that it can be shared.
    Since { from: PurgeSeq },
    /// Purge these, in this order.
    Append {
        purges: Vec<(Target, Mode)>,
        before: Drain,
    },
    /// Take in what the databases tell, now.
    Drain,
    /// How the log is.
    Status,
    /// From now on tell everyone so, or that there is none.
    Relieve(Option<Relief>),
}

/// Whether the outboxes of the databases are to be drained first, so that what was committed before the
/// question has its numbers when it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Drain {
    First,
    /// When it is its turn.
    Later,
}

/// The log's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LogReply {
    Delta(Delta),
    Appended(Receipt),
    Drained(DrainReport),
    Status(LogStatus),
    Relieved,
    /// The question could not be understood or done; the words are for the log lines.
    Refused(String),
}

/// The numbers of what was appended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The last number that the log has given: who knows it knows these purges, and, if that was asked
    /// for, all that the databases had told.
    pub seq: PurgeSeq,
    /// `None`: draining was not asked for.
    pub drained: Option<DrainReport>,
}

/// What draining the outboxes came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrainReport {
    /// Rows taken.
    pub rows: u64,
    /// Databases that could not be asked, and why, for the log lines.
    pub failed: Vec<(String, String)>,
}

/// How the log is, for operators.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogStatus {
    pub head: PurgeSeq,
    pub hard_floor: PurgeSeq,
    pub soft_floor: PurgeSeq,
    pub targets: u64,
    /// When the log's object began: what it remembers of its drains is of since then.
    pub began_at: Timestamp,
    /// When all outboxes were last drained without a failure.
    pub drained_at: Option<Timestamp>,
    pub last_drain: DrainReport,
}

/// A delta as it lies in a colo's cache, for all isolates there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// When the question was asked, by the clock of who asked.
    pub asked: Timestamp,
    pub delta: Delta,
}

/// Bytes that are no message of this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a message of the purge log cannot be read")]
pub struct Garbled;

/// Changes with every change of these types.
const VERSION: u8 = 3;

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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn messages_come_back_as_they_went() {
        let purges = vec![
            (Target::Tag("a".into()), Mode::Soft),
            (Target::All, Mode::Hard),
        ];
        let ask = LogAsk::Append {
            purges,
            before: Drain::First,
        };
        assert_eq!(decode::<LogAsk>(&encode(&ask).unwrap()), Ok(ask));
        let reply = LogReply::Drained(DrainReport {
            rows: 3,
            failed: vec![("main".into(), "down".into())],
        });
        assert_eq!(decode::<LogReply>(&encode(&reply).unwrap()), Ok(reply));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_garbled_never_a_panic(bytes: Vec<u8>) {
            let _ = decode::<LogAsk>(&bytes);
            let _ = decode::<LogReply>(&bytes);
            let _ = decode::<Page>(&bytes);
        }
    }
}
