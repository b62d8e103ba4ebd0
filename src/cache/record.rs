//! The bytes of a stored response: the only bytes that go to the layers outside this isolate.
//!
//! ```text
//! 0   3  magic "FBR"
//! 3   1  version
//! 4   4  CRC-32 of everything after it
//! 8   4  length of the head
//! 12  4  length of the body
//! 16     head, in postcard; then the body, which ends the record
//! ```
//!
//! Numbers are little-endian. A record that we cannot use is a miss with a reason, never an error; the
//! checksum finds damage, not malice: whoever can write to our stores can write a whole record.

use super::stored::{Coding, Head};
use crate::policy::Terms;
use crate::purge::seq::PurgeSeq;
use crate::time::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::ops::Range;

/// The version that [`encode`] writes.
const VERSION: u8 = 2;
const MAGIC: &[u8; 3] = b"FBR";
/// Bytes before the head.
const PREFIX: usize = 16;
/// A head holds a key, fields and tags; one that is larger than this is not ours.
pub const HEAD_BYTES_MAX: usize = 256 * 1024;

/// Why a stored response cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordProblem {
    #[error("the head of the stored response is larger than {HEAD_BYTES_MAX} bytes")]
    HeadTooLarge,
    #[error("the body of the stored response is larger than 4 GiB")]
    BodyTooLarge,
    #[error("the head of the stored response cannot be encoded")]
    Unencodable,
}

/// Why bytes from a layer cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unusable {
    /// Something else than a record.
    NotARecord,
    /// A record of a version that we do not know.
    Version,
    /// Shorter than it says it is.
    Truncated,
    /// Damaged.
    Checksum,
    /// Whole, but not what a record of its version holds.
    Malformed,
    /// The record of another key.
    ForeignKey,
}

impl Unusable {
    /// Stable: logs and metrics use it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotARecord => "not-a-record",
            Self::Version => "version",
            Self::Truncated => "truncated",
            Self::Checksum => "checksum",
            Self::Malformed => "malformed",
            Self::ForeignKey => "foreign-key",
        }
    }
}

/// The record of a stored response.
///
/// # Errors
/// When the head or the body is larger than a record can hold.
pub fn encode(head: &Head, body: &[u8]) -> Result<Vec<u8>, RecordProblem> {
    let head = postcard::to_stdvec(head).map_err(|_| RecordProblem::Unencodable)?;
    if head.len() > HEAD_BYTES_MAX {
        return Err(RecordProblem::HeadTooLarge);
    }
    let head_len = u32::try_from(head.len()).map_err(|_| RecordProblem::HeadTooLarge)?;
    let body_len = u32::try_from(body.len()).map_err(|_| RecordProblem::BodyTooLarge)?;
    let lengths = [head_len.to_le_bytes(), body_len.to_le_bytes()].concat();
    let checksum = crc32(&[&lengths, &head, body]);

    let mut record = Vec::with_capacity(PREFIX + head.len() + body.len());
    record.extend_from_slice(MAGIC);
    record.push(VERSION);
    record.extend_from_slice(&checksum.to_le_bytes());
    for part in [&lengths, &head, body] {
        record.extend_from_slice(part);
    }
    Ok(record)
}

/// The head of a record, and where in `bytes` its body lies. With `expected_key`, the record of
/// another key is refused.
///
/// # Errors
/// When the bytes are not a whole, sound record of a version that we know.
pub fn decode(bytes: &[u8], expected_key: Option<&str>) -> Result<(Head, Range<usize>), Unusable> {
    let rest = bytes.strip_prefix(MAGIC).ok_or_else(|| {
        // Nothing but the beginning of the magic is a record that was cut short.
        if MAGIC.starts_with(bytes) {
            Unusable::Truncated
        } else {
            Unusable::NotARecord
        }
    })?;
    let (version, rest) = rest.split_first().ok_or(Unusable::Truncated)?;
    // A version whose `Head` differs from today's gets its own arm, and its own frozen struct to
    // decode into; the golden record of each version, in the tests, keeps this honest.
    let (head, body_len) = match *version {
        1 => decode_rest::<HeadV1>(rest)?,
        2 => decode_rest::<Head>(rest)?,
        _ => return Err(Unusable::Version),
    };
    if expected_key.is_some_and(|key| key != head.key) {
        return Err(Unusable::ForeignKey);
    }
    // The body ends the record, which is checked to be as long as it says.
    Ok((head, bytes.len() - body_len..bytes.len()))
}

/// What version 1 wrote, before there were responses of origins.
#[derive(Deserialize)]
struct HeadV1 {
    key: String,
    status: u16,
    headers: Vec<(String, String)>,
    coding: Coding,
    created: Timestamp,
    initial_age_s: u32,
    terms: Terms,
    etag: String,
    last_modified: Timestamp,
    tags: Vec<String>,
    seq: PurgeSeq,
}

impl From<HeadV1> for Head {
    fn from(old: HeadV1) -> Self {
        Self {
            key: old.key,
            status: old.status,
            headers: old.headers,
            coding: old.coding,
            created: old.created,
            initial_age_s: old.initial_age_s,
            terms: old.terms,
            etag: old.etag,
            last_modified: old.last_modified,
            tags: old.tags,
            seq: old.seq,
            http: None,
        }
    }
}

/// `rest` begins at the checksum. Gives the head and the length of the body.
fn decode_rest<H: DeserializeOwned + Into<Head>>(rest: &[u8]) -> Result<(Head, usize), Unusable> {
    let (checksum, covered) = take_u32(rest)?;
    let (head_len, after) = take_u32(covered)?;
    let (body_len, content) = take_u32(after)?;
    // INVARIANT: nothing is allocated before the lengths are known to be those of `content`.
    let content_len = u64::try_from(content.len()).map_err(|_| Unusable::Malformed)?;
    let stated_len = u64::from(head_len) + u64::from(body_len);
    if stated_len > content_len {
        return Err(Unusable::Truncated);
    }
    if stated_len < content_len {
        return Err(Unusable::Malformed);
    }
    if crc32(&[covered]) != checksum {
        return Err(Unusable::Checksum);
    }
    let head_len = usize::try_from(head_len).map_err(|_| Unusable::Malformed)?;
    let (head, body) = content
        .split_at_checked(head_len)
        .filter(|(head, _)| head.len() <= HEAD_BYTES_MAX)
        .ok_or(Unusable::Malformed)?;
    match postcard::take_from_bytes::<H>(head) {
        Ok((head, [])) => Ok((head.into(), body.len())),
        Ok(_) | Err(_) => Err(Unusable::Malformed),
    }
}

fn take_u32(bytes: &[u8]) -> Result<(u32, &[u8]), Unusable> {
    let (number, rest) = bytes.split_first_chunk::<4>().ok_or(Unusable::Truncated)?;
    Ok((u32::from_le_bytes(*number), rest))
}

fn crc32(parts: &[&[u8]]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize()
}

#[cfg(test)]
mod tests;
