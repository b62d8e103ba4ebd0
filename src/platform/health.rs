//! Performs the health checks, all at once.

use super::edge::Edge;
use super::{clock, colo, global, shield_client};
use crate::admin::health::{Check, Status, report};
use crate::config::site::Site;
use crate::key::CacheKey;
use crate::ports::Read;
use crate::respond::ResponseHead;
use futures_util::future::join_all;
use futures_util::join;
use std::future::Future;

pub(super) async fn check(edge: &Edge, site: &Site) -> (ResponseHead, String) {
    let databases = site.databases.iter().map(|database| async move {
        let name = format!("database:{}", database.name);
        let reach = shield_client::ping(edge.env(), &site.shield, &database.name);
        timed(name, Status::Down, async { reach.await.is_ok() }).await
    });
    let (mut checks, global, colo) = join!(
        join_all(databases),
        timed("kv".into(), Status::Degraded, global::answers(edge.env())),
        timed("cache".into(), Status::Degraded, cache_answers(site)),
    );
    checks.extend([global, colo]);
    report(&site.name, &site.hash, &checks)
}

async fn timed(name: String, otherwise: Status, works: impl Future<Output = bool>) -> Check {
    let began = clock::now();
    let status = if works.await { Status::Ok } else { otherwise };
    Check {
        name,
        status,
        took_ms: clock::elapsed_ms(began),
    }
}

async fn cache_answers(site: &Site) -> bool {
    let key = CacheKey::new("health", "public", []);
    match colo::read(&site.name, &key).await {
        Read::Found(_) | Read::Absent | Read::Unusable(_) => true,
        Read::Failed => false,
    }
}
