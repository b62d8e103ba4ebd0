//! What each route of a site asks, by the names that its work is measured under.

use crate::config::site::{Origin, Route, Site, Source};
use crate::metrics::scope::{RouteScope, RouteSource, SourceKind};
use crate::source::query::Query;
use std::collections::BTreeMap;

/// By the routes' patterns.
pub fn sources(site: &Site) -> BTreeMap<String, RouteSource> {
    let known = |route: &Route| Some((route.pattern.clone(), source(site, route)?));
    site.routes.iter().filter_map(known).collect()
}

pub fn scope(route: &str, sources: &BTreeMap<String, RouteSource>) -> RouteScope {
    RouteScope {
        route: route.to_owned(),
        source: sources.get(route).cloned(),
    }
}

fn source(site: &Site, route: &Route) -> Option<RouteSource> {
    match route.source {
        Source::Query(id) => site.query(id).map(|query| of_query(site, query)),
        Source::Origin(id) => site.origin(id).map(|origin| of_origin(site, origin)),
        Source::Assets => Some(RouteSource {
            kind: SourceKind::Assets,
            name: String::new(),
            asks: Vec::new(),
        }),
    }
}

fn of_query(site: &Site, query: &Query) -> RouteSource {
    let replica = site.replica_of(&query.database);
    let replica = replica.map(|replica| replica.name.clone());
    RouteSource {
        kind: SourceKind::Query,
        name: query.name.clone(),
        asks: std::iter::once(query.database.clone())
            .chain(replica)
            .collect(),
    }
}

fn of_origin(site: &Site, origin: &Origin) -> RouteSource {
    let mut asks = vec![origin.name.clone()];
    let mut next = origin.fallback;
    // Each stands in for the one before; the compiler lets none lead back, and a site of bytes may lie.
    while let Some(other) = next.and_then(|id| site.origin(id)) {
        if asks.contains(&other.name) {
            break;
        }
        asks.push(other.name.clone());
        next = other.fallback;
    }
    RouteSource {
        kind: SourceKind::Origin,
        name: origin.name.clone(),
        asks,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::compile::{DescribedFile, Sources, compile};
    use crate::config::queries::SourceFile;

    const FILE: &str = r#"
[site]
name = "test"
[database.main]
binding = "DB"
[database.copy]
binding = "COPY"
replica_of = "main"
[origin.app]
url = "https://app.example"
fallback = "spare"
[origin.spare]
url = "https://spare.example"
[[route]]
match = "GET /api/search"
source = { query = "search" }
[[route]]
match = "GET /app/{rest...}"
source = { origin = "app" }
[[route]]
match = "GET /files/{rest...}"
source = { assets = true }
"#;

    #[test]
    fn every_route_has_its_source_with_all_that_stand_in_for_it() {
        let file = |path: &str, text: &str| SourceFile {
            path: path.into(),
            text: text.into(),
        };
        let search = "-- returns: many\nselect title from items\n";
        let sources = Sources {
            config: file("forebay.toml", FILE),
            queries_dir: "queries".into(),
            queries: Some(vec![file("queries/search.sql", search)]),
            described: DescribedFile::Absent,
        };
        let site = compile(&sources).unwrap().site;
        let told: Vec<_> = super::sources(&site)
            .into_iter()
            .map(|(route, own)| (route, own.kind, own.name, own.asks.join(" ")))
            .collect();
        let row = |route: &str, kind, name: &str, asks: &str| {
            (route.to_owned(), kind, name.to_owned(), asks.to_owned())
        };
        assert_eq!(
            told,
            [
                row("GET /api/search", SourceKind::Query, "search", "main copy"),
                row("GET /app/{rest...}", SourceKind::Origin, "app", "app spare"),
                row("GET /files/{rest...}", SourceKind::Assets, "", ""),
            ]
        );
    }
}
