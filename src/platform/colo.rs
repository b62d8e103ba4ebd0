//! The colo layer: the Cache API. It forgets when it likes, and its freshness is not ours: entries are
//! whole records under a synthetic GET, kept for as long as they may be of use.

use super::body::JsBody;
use crate::cache::record;
use crate::cache::stored::Stored;
use crate::key::CacheKey;
use crate::ports::Read;
use crate::purge::message::{self, Page};
use std::time::Duration;
use worker::{Cache, Headers, Response};

/// A key's name in the cache. The host is nobody's: the request never leaves.
/// `place` names the site and the purge log that its answers are checked by: two deployments of one
/// site in one zone share the zone's cache, and must not read each other's.
fn url(place: &str, key: &CacheKey) -> String {
    format!("https://colo.forebay.internal/{place}/{}", key.digest_hex())
}

pub(super) async fn read(place: &str, key: &CacheKey) -> Read<JsBody> {
    let found = Cache::default().get(url(place, key), false).await;
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

pub(super) async fn write(place: &str, stored: &Stored<JsBody>, keep: Duration) -> Option<()> {
    let key = CacheKey::from_text(stored.head.key.clone());
    put(url(place, &key), pack(stored)?, keep).await
}

async fn put(url: String, bytes: Vec<u8>, keep: Duration) -> Option<()> {
    let headers = Headers::new();
    let control = format!("public, max-age={}", keep.as_secs());
    headers.set("Cache-Control", &control).ok()?;
    headers
        .set("Content-Type", "application/octet-stream")
        .ok()?;
    let response = Response::from_bytes(bytes).ok()?.with_headers(headers);
    Cache::default().put(url, response).await.ok()
}

/// What an isolate has heard of the purge log, for the others here. No record, and so not under a key's
/// name.
fn page_url(place: &str) -> String {
    format!("https://colo.forebay.internal/{place}/purges")
}

pub(super) async fn read_page(place: &str) -> Option<Page> {
    let found = Cache::default().get(page_url(place), false).await;
    let bytes = found.ok().flatten()?.bytes().await.ok()?;
    message::decode(&bytes).ok()
}

pub(super) async fn write_page(place: &str, page: &Page) -> Option<()> {
    put(page_url(place), message::encode(page).ok()?, PAGE_KEEP).await
}

/// Its own time says how old it is; this only bounds how long it lies about.
const PAGE_KEEP: Duration = Duration::from_secs(60);
