//! Static assets, from the Worker's own assets binding.

use super::body::JsBody;
use super::{clock, compression};
use crate::cache::seal::{Draft, Seal, seal};
use crate::cache::stored::Stored;
use crate::failure::{Failure, Kind};
use crate::key::CacheKey;
use crate::policy::Terms;
use crate::purge::seq::PurgeSeq;
use worker::Env;

const BINDING: &str = "ASSETS";

/// Whether the binding answers, with whatever it has.
pub(super) async fn answers(env: &Env) -> bool {
    let Ok(assets) = env.assets(BINDING) else {
        return false;
    };
    let asked = assets.fetch("https://assets.forebay.internal/", None).await;
    asked.is_ok_and(|response| response.status_code() < 500)
}

pub(super) async fn fetch(
    env: &Env,
    path: &str,
    key: &CacheKey,
    tags: Vec<String>,
    seq: PurgeSeq,
    stored_bytes_max: u64,
) -> Result<Stored<JsBody>, Failure> {
    let failed = |why: worker::Error| Failure::new(Kind::Unavailable, "").because(why);
    let assets = env.assets(BINDING).map_err(|why| {
        Failure::new(Kind::Misconfigured, "").because(format!("binding {BINDING}: {why}"))
    })?;
    // The binding looks at the path alone.
    let url = format!("https://assets.forebay.internal{path}");
    let mut response = assets.fetch(url, None).await.map_err(failed)?;
    let draft = match response.status_code() {
        200 => {
            let content_type = response.headers().get("content-type").ok().flatten();
            let headers = content_type.map(|value| (String::from("Content-Type"), value));
            let body = response.bytes().await.map_err(failed)?;
            Draft {
                status: 200,
                headers: headers.into_iter().collect(),
                body,
            }
        }
        404 => Draft::not_found(),
        status => {
            let why = format!("assets answered {status}");
            return Err(Failure::new(Kind::Unavailable, "").because(why));
        }
    };
    // What is too large to be kept is told by its plain size, as everywhere.
    let kept = draft.body.len() as u64 <= stored_bytes_max;
    let gzip = if draft.is_compressible() && kept {
        compression::gzip(&draft.body).await
    } else {
        None
    };
    let terms = Terms::default();
    let sealing = Seal {
        key,
        terms,
        tags,
        seq,
        now: clock::now(),
    };
    let (head, body) = seal(draft, gzip, sealing);
    let body = JsBody::new(head.coding, &body);
    Ok(Stored::new(head, body))
}
