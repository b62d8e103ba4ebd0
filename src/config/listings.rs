//! Queries that list things, as routes that no path leads to: warming asks the shield for their rows.

use super::names::Names;
use super::queries::Statement;
use super::site::{Auth, QueryId, Route, Source};
use crate::cache::tags::Tagging;
use crate::key::hex;
use crate::source::query::{Query, Returns};
use sha2::{Digest, Sha256};

/// A listing for each query that returns many rows and writes none.
pub fn of(queries: &Names<Statement>) -> Vec<Route> {
    let statements = queries.iter().map(|(_, _, _, statement)| statement);
    let queries = statements.map(|statement| &statement.compiled.query);
    let numbered = (0..).zip(queries);
    let listed = numbered.filter(|(_, query)| lists(query));
    listed
        .map(|(id, query)| listing(QueryId(id), query))
        .collect()
}

pub fn lists(query: &Query) -> bool {
    query.returns == Returns::Many && !query.effect.is_write()
}

fn listing(id: QueryId, query: &Query) -> Route {
    Route {
        // No method and path, and yet it says that it is safe to ask again.
        pattern: format!("GET query:{}", query.name),
        params: Vec::new(),
        source: Source::Query(id),
        tier: None,
        auth: Auth::None,
        query: Vec::new(),
        fingerprint: fingerprint(query),
        tags: Tagging::default(),
        batch: None,
        purge: Vec::new(),
        warm: None,
        fallback: None,
        query_rule: crate::key::uri::QueryRule::default(),
        image: None,
        type_tiers: Vec::new(),
    }
}

/// Changes with the query, so that during a deploy no shield runs another one.
fn fingerprint(query: &Query) -> String {
    let mut digest = Sha256::new();
    for part in ["listing", &query.text, &query.database] {
        digest.update(part.len().to_be_bytes());
        digest.update(part);
    }
    let mut text = hex(&digest.finalize());
    text.truncate(12);
    text
}
