//! What the edge asks of a shield object and what it answers, and their bytes.
//!
//! A route is named by its fingerprint, never by its index: during a deploy the two sides may run
//! different sites, and an index would then run another query.

use crate::failure::Failure;
use crate::outcome::ShieldReport;
use crate::purge::seq::PurgeSeq;
use crate::semantics::trace::TraceParent;
use crate::source::examination::Examination;
use crate::source::fetch::{Exchanged, Fetch};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Run a query and answer with a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// The route's fingerprint.
    pub route: String,
    /// Of the query's parameters, in their order.
    pub values: Vec<Option<String>>,
    /// The cache key's text. `None`: this request shares its answer with nobody.
    pub key: Option<String>,
    /// The answer must show everything that was purged up to here.
    pub after: PurgeSeq,
    /// The asker's, for the log of the database. Whoever only waits for the answer has another.
    pub trace: Option<TraceParent>,
}

/// Ask an origin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchAsk {
    /// The route's fingerprint.
    pub route: String,
    /// The text of the URI's key.
    pub key: String,
    pub share: Share,
    /// The answer must show everything that was purged up to here.
    pub after: PurgeSeq,
    pub fetch: Fetch,
}

/// Whether another's answer will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Share {
    /// Of a request that asks the same, and selects the same, at the same time.
    Join,
    /// Only the origin's own answer to this one.
    Alone,
}

/// The first part of a shield's answer to a [`FetchAsk`]: in [`APART_FIELD`], in hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchReply {
    pub report: ShieldReport,
    pub result: Result<Fetched, Failure>,
}

/// An origin's answer; the body, if there is one, is the response's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetched {
    pub exchanged: Exchanged,
    /// What was known of purges before the origin was asked.
    pub seq: PurgeSeq,
    pub body: FetchedBody,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FetchedBody {
    None,
    /// So many bytes, all of which are there.
    Whole {
        bytes: u64,
    },
    /// As it comes in. It may break off.
    Coming,
}

/// The first part of a shield's answer; a record's bytes follow an `Ok`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    pub report: ShieldReport,
    pub result: Result<Sent, Failure>,
}

/// A shield's answer to an [`Ask`] for a stream, in [`APART_FIELD`], in hexadecimal digits. The rows, if there
/// are any, are the response's body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamReply {
    pub report: ShieldReport,
    pub result: Result<(), Failure>,
}

/// How an answer is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sent {
    /// The record is all there is.
    Whole,
    /// Too large to be stored: the record is without its body. Both go in a field of the response, and
    /// the body, so many plain bytes, is the response's.
    Apart { bytes: u64 },
}

/// The response's field in which the head of an answer goes whose body is the response's.
pub const APART_FIELD: &str = "Forebay-Reply";

/// A record that goes in a field is no longer: the runtime bounds a response's fields.
pub const APART_RECORD_BYTES_MAX: usize = 8 * 1024;

/// How a database was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reach {
    Answered,
    /// All connections are in use, so it was not asked.
    Busy,
}

/// A health check's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ping {
    pub result: Result<Reach, Failure>,
    pub took_ms: u32,
}

/// The origins of which a shield's object, or an isolate, has last heard nothing good: the breaker is not
/// closed, or a server is aside. By name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Impaired {
    pub origins: Vec<String>,
}

/// What a database's server knows of how it is used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Examined {
    pub result: Result<Examination, Failure>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a message between edge and shield cannot be read")]
pub struct Garbled;

/// Changes with every change of these types, and of what they are made of.
const VERSION: u8 = 2;

fn bytes(message: &impl Serialize) -> Result<Vec<u8>, Garbled> {
    postcard::to_extend(message, vec![VERSION]).map_err(|_| Garbled)
}

/// A message, and what follows it.
fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<(T, &[u8]), Garbled> {
    match bytes.split_first() {
        Some((&VERSION, rest)) => postcard::take_from_bytes(rest).map_err(|_| Garbled),
        Some(_) | None => Err(Garbled),
    }
}

impl Reply {
    /// The reply, with a record's bytes behind it.
    ///
    /// # Errors
    /// Never for values of this type.
    pub fn encode(&self, record: &[u8]) -> Result<Vec<u8>, Garbled> {
        let mut bytes = bytes(self)?;
        bytes.extend_from_slice(record);
        Ok(bytes)
    }

    /// The reply and the record behind it.
    ///
    /// # Errors
    /// When the bytes are not of this version's making.
    pub fn decode(bytes: &[u8]) -> Result<(Self, &[u8]), Garbled> {
        read(bytes)
    }
}

/// A message that nothing follows.
pub trait Message: Serialize + DeserializeOwned {
    /// # Errors
    /// Never for the types of this file; the codec's signature asks for it.
    fn encode(&self) -> Result<Vec<u8>, Garbled> {
        bytes(self)
    }

    /// # Errors
    /// When the bytes are not of this version's making.
    fn decode(bytes: &[u8]) -> Result<Self, Garbled> {
        read(bytes).map(|(message, _)| message)
    }
}

impl Message for Ask {}
impl Message for FetchAsk {}
impl Message for FetchReply {}
impl Message for StreamReply {}
impl Message for Examined {}
impl Message for Ping {}
impl Message for Impaired {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Kind;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn arbitrary_bytes_are_garbled_never_a_panic(bytes: Vec<u8>) {
            let of_this_version = [[VERSION].as_slice(), &bytes].concat();
            for bytes in [bytes, of_this_version] {
                let _ = Ask::decode(&bytes);
                let _ = Reply::decode(&bytes);
                let _ = FetchReply::decode(&bytes);
                let _ = StreamReply::decode(&bytes);
                let _ = Ping::decode(&bytes);
                let _ = Examined::decode(&bytes);
            }
        }

        #[test]
        fn an_ask_round_trips(route: String, values: Vec<Option<String>>, key: Option<String>) {
            let after = PurgeSeq(9);
            let trace = TraceParent::parse("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
            let ask = Ask { route, values, key, after, trace };
            prop_assert_eq!(Ask::decode(&ask.encode()?)?, ask);
        }
    }

    #[test]
    fn a_reply_carries_its_record_behind_it() {
        let report = ShieldReport {
            collapsed: true,
            settled: false,
            source_ms: Some(7),
            purged: crate::outcome::Purged::At(9),
        };
        for result in [
            Ok(Sent::Whole),
            Ok(Sent::Apart { bytes: u64::MAX }),
            Err(Failure::new(Kind::Timeout, "late").because("why")),
        ] {
            let reply = Reply { report, result };
            let bytes = reply.encode(b"record").unwrap();
            assert_eq!(
                Reply::decode(&bytes).unwrap(),
                (reply, b"record".as_slice())
            );
        }
    }

    #[test]
    fn what_another_version_has_written_is_garbled_and_never_read_as_this_ones() {
        let report = ShieldReport::default();
        let bytes = Reply {
            report,
            result: Ok(Sent::Whole),
        }
        .encode(b"record")
        .unwrap();
        let older = [&[VERSION - 1], &bytes[1..]].concat();
        assert_eq!(Reply::decode(&older), Err(Garbled));
        // The first versions had no number before them.
        assert_eq!(Reply::decode(&bytes[1..]), Err(Garbled));
    }
}
