//! From a source's answer to a stored response: entity-tag, coding and terms are settled here, once.

use super::stored::{Coding, Head};
use crate::key::{CacheKey, hex};
use crate::policy::Terms;
use crate::purge::seq::PurgeSeq;
use crate::time::Timestamp;
use sha2::{Digest, Sha256};

/// What a source answered, before it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Draft {
    pub fn json(body: Vec<u8>) -> Self {
        let content_type = (
            String::from("Content-Type"),
            String::from("application/json"),
        );
        Self {
            status: 200,
            headers: vec![content_type],
            body,
        }
    }

    /// "No such thing": remembered without a body; the problem is written for each request anew.
    pub fn not_found() -> Self {
        Self {
            status: 404,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    fn content_type(&self) -> &str {
        let found = self
            .headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        found.map_or("", |(_, value)| value.as_str())
    }

    /// Whether compressing is worth trying: text of more than 1 KiB.
    pub fn is_compressible(&self) -> bool {
        self.body.len() > COMPRESSION_BYTES_MIN && is_text(self.content_type())
    }
}

const COMPRESSION_BYTES_MIN: usize = 1024;

/// Media types that gzip makes smaller.
fn is_text(content_type: &str) -> bool {
    let essence = content_type
        .split(';')
        .next()
        .unwrap_or("")
        .trim()
        .to_ascii_lowercase();
    essence.starts_with("text/")
        || essence.ends_with("+json")
        || essence.ends_with("+xml")
        || matches!(
            essence.as_str(),
            "application/json" | "application/javascript" | "application/xml" | "application/wasm"
        )
}

/// Under which name and on which terms a draft is sealed.
#[derive(Clone, Debug)]
pub struct Seal<'a> {
    pub key: &'a CacheKey,
    pub terms: Terms,
    pub tags: Vec<String>,
    /// The purge sequence known before the source was asked.
    pub seq: PurgeSeq,
    pub now: Timestamp,
}

/// The stored response. `gzip`: the body compressed, if that was tried; it is kept only if smaller.
pub fn seal(draft: Draft, gzip: Option<Vec<u8>>, seal: Seal<'_>) -> (Head, Vec<u8>) {
    let digest = Sha256::digest(&draft.body);
    let etag = hex(digest.get(..16).unwrap_or_default());
    let (coding, body) = match gzip {
        Some(gzip) if gzip.len() < draft.body.len() => (Coding::Gzip, gzip),
        Some(_) | None => (Coding::Identity, draft.body),
    };
    let head = Head {
        key: seal.key.as_str().to_owned(),
        status: draft.status,
        headers: draft.headers,
        coding,
        created: seal.now,
        initial_age_s: 0,
        terms: seal.terms,
        etag,
        last_modified: seal.now,
        tags: seal.tags,
        seq: seal.seq,
        http: None,
    };
    (head, body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(body: &[u8], gzip: Option<Vec<u8>>) -> (Head, Vec<u8>) {
        let key = CacheKey::new("f", "public", []);
        let now = Timestamp::from_millis(1000);
        let terms = Terms::default();
        seal(
            Draft::json(body.to_vec()),
            gzip,
            Seal {
                key: &key,
                terms,
                tags: vec![],
                seq: PurgeSeq(7),
                now,
            },
        )
    }

    #[test]
    fn gzip_is_kept_only_when_smaller_and_the_tag_is_of_the_plain_bytes() {
        let (plain, body) = sealed(b"aaaaaaaa", None);
        assert_eq!(
            (plain.coding, body.as_slice()),
            (Coding::Identity, b"aaaaaaaa".as_slice())
        );
        let (small, body) = sealed(b"aaaaaaaa", Some(b"gz".to_vec()));
        assert_eq!(
            (small.coding, body.as_slice()),
            (Coding::Gzip, b"gz".as_slice())
        );
        assert_eq!(
            sealed(b"aaaaaaaa", Some(vec![0; 8])).0.coding,
            Coding::Identity
        );
        assert_eq!(plain.etag, small.etag);
        assert_eq!(plain.etag.len(), 32);
        assert_ne!(plain.etag, sealed(b"b", None).0.etag);
        assert_eq!(small.seq, PurgeSeq(7));
    }

    #[test]
    fn only_text_over_a_kibibyte_is_compressed() {
        let check = |content_type: &str, bytes: usize| {
            let headers = vec![("content-type".to_owned(), content_type.to_owned())];
            Draft {
                status: 200,
                headers,
                body: vec![b'a'; bytes],
            }
            .is_compressible()
        };
        assert!(check("application/json", 1025));
        assert!(!check("application/json", 1024));
        for text in [
            "text/html; charset=utf-8",
            "Application/JSON",
            "image/svg+xml",
        ] {
            assert!(check(text, 2000), "{text}");
        }
        for binary in ["image/png", "application/octet-stream", ""] {
            assert!(!check(binary, 2000), "{binary}");
        }
    }
}
