//! The KV namespace `METRICS`: numbers for whoever has no way to the metrics objects. Whoever reads them
//! gets what was published; nothing here is counted on.

use crate::failure::{Failure, Kind};
use serde::Serialize;
use std::time::Duration;
use worker::{Env, kv::KvStore};

const BINDING: &str = "METRICS";

/// The shortest that KV takes.
const KEPT_MIN: Duration = Duration::from_secs(60);

/// Names in one step of cleaning up.
const NAMES_MAX: u64 = 500;

fn store(env: &Env) -> Result<KvStore, Failure> {
    env.kv(BINDING).map_err(|why| {
        Failure::new(Kind::Misconfigured, "").because(format!("binding {BINDING}: {why}"))
    })
}

fn failed(why: impl std::fmt::Display) -> Failure {
    Failure::new(Kind::Unavailable, "").because(format!("KV {BINDING}: {why}"))
}

pub(super) async fn put(
    env: &Env,
    name: &str,
    value: &impl Serialize,
    kept: Duration,
) -> Result<(), Failure> {
    let text = serde_json::to_string(value)
        .map_err(|why| Failure::new(Kind::Internal, "").because(why))?;
    let put = store(env)?.put(name, text).map_err(failed)?;
    let put = put.expiration_ttl(kept.max(KEPT_MIN).as_secs());
    put.execute().await.map_err(failed)
}

/// What was published under a name.
pub(super) async fn get(env: &Env, name: &str) -> Result<Option<String>, Failure> {
    store(env)?.get(name).text().await.map_err(failed)
}

/// Some of the names that begin so, behind `cursor`, and where to go on; `None` at the end.
pub(super) async fn names(
    env: &Env,
    prefix: &str,
    cursor: Option<String>,
) -> Result<(Vec<String>, Option<String>), Failure> {
    let mut list = store(env)?
        .list()
        .prefix(prefix.to_owned())
        .limit(NAMES_MAX);
    if let Some(cursor) = cursor {
        list = list.cursor(cursor);
    }
    let listed = list.execute().await.map_err(failed)?;
    let names = listed.keys.into_iter().map(|key| key.name).collect();
    let cursor = listed.cursor.filter(|_| !listed.list_complete);
    Ok((names, cursor))
}

pub(super) async fn delete(env: &Env, name: &str) -> Result<(), Failure> {
    store(env)?.delete(name).await.map_err(failed)
}

/// Whether it answers at all; the name is never written.
pub(super) async fn answers(env: &Env) -> bool {
    get(env, "health").await.is_ok()
}
