//! The global layer: Workers KV. Reads may be a minute old, and misses are remembered too, so it
//! holds only records that judge themselves.

use super::body::JsBody;
use super::colo::{pack, unpack};
use crate::cache::stored::Stored;
use crate::key::CacheKey;
use crate::policy::GLOBAL_TTL_MIN;
use crate::ports::Read;
use std::time::Duration;
use worker::{Env, kv::KvStore};

const BINDING: &str = "CACHE";

/// The site's name is part of it, so that two sites may share a namespace.
fn name(site: &str, key: &CacheKey) -> String {
    format!("r:{site}:{}", key.digest_hex())
}

fn store(env: &Env) -> Option<KvStore> {
    env.kv(BINDING).ok()
}

pub(super) async fn read(env: &Env, site: &str, key: &CacheKey) -> Read<JsBody> {
    let Some(store) = store(env) else {
        return Read::Failed;
    };
    match store.get(&name(site, key)).bytes().await {
        Ok(Some(bytes)) => unpack(&bytes, key),
        Ok(None) => Read::Absent,
        Err(_) => Read::Failed,
    }
}

pub(super) async fn write(
    env: &Env,
    site: &str,
    stored: &Stored<JsBody>,
    keep: Duration,
) -> Option<()> {
    let key = CacheKey::from_text(stored.head.key.clone());
    let put = store(env)?
        .put_bytes(&name(site, &key), &pack(stored)?)
        .ok()?;
    put.expiration_ttl(keep.max(GLOBAL_TTL_MIN).as_secs())
        .execute()
        .await
        .ok()
}

/// Whether KV answers at all; the name is never written.
pub(super) async fn answers(env: &Env) -> bool {
    match store(env) {
        Some(store) => store.get("health").bytes().await.is_ok(),
        None => false,
    }
}
