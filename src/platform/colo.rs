//! The colo layer: the Cache API. It forgets when it likes, and its freshness is not ours: entries are
//! whole records under a synthetic GET, kept for as long as they may be of use.

use super::body::JsBody;
use crate::cache::record;
use crate::cache::stored::Stored;
use crate::key::CacheKey;
use crate::ports::Read;
use std::time::Duration;
use worker::{Cache, Headers, Response};

/// A key's name in the cache. The host is nobody's: the request never leaves.
fn url(site: &str, key: &CacheKey) -> String {
    format!("https://colo.forebay.internal/{site}/{}", key.digest_hex())
}

pub(super) async fn read(site: &str, key: &CacheKey) -> Read<JsBody> {
    let found = Cache::default().get(url(site, key), false).await;
    let bytes = match found {
        Ok(Some(mut response)) => response.bytes().await,
        Ok(None) => return Read::Absent,
        Err(_) => return Read::Failed,
    };
    bytes.map_or(Read::Failed, |bytes| unpack(&bytes, key))
}

/// A record's bytes as a stored response; anything else is unusable, and says why.
pub(super) fn unpack(bytes: &[u8], key: &CacheKey) -> Read<JsBody> {
    match record::decode(bytes, Some(key.as_str())) {
        Ok((head, at)) => {
            let body = JsBody::new(head.coding, bytes.get(at).unwrap_or_default());
            Read::Found(Stored::new(head, body))
        }
        Err(unusable) => Read::Unusable(unusable.as_str()),
    }
}

/// A stored response's record.
pub(super) fn pack(stored: &Stored<JsBody>) -> Option<Vec<u8>> {
    let body = stored.body.get(stored.head.coding)?;
    record::encode(&stored.head, &body.to_vec()).ok()
}

pub(super) async fn write(site: &str, stored: &Stored<JsBody>, keep: Duration) -> Option<()> {
    let key = CacheKey::from_text(stored.head.key.clone());
    let headers = Headers::new();
    headers
        .set(
            "Cache-Control",
            &format!("public, max-age={}", keep.as_secs()),
        )
        .ok()?;
    headers
        .set("Content-Type", "application/octet-stream")
        .ok()?;
    let response = Response::from_bytes(pack(stored)?)
        .ok()?
        .with_headers(headers);
    Cache::default().put(url(site, &key), response).await.ok()
}
