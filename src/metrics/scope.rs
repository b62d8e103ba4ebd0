//! What a route's answers come from, so far as measurements tell it apart: by the names of queries,
//! databases and origins. The site knows it, and says it with the question.
//!
//! What a source does is measured by the source's own name, so a query or an origin that several routes
//! share is counted for each of them.

use super::frame::{Gauge, StatementKey};
use serde::{Deserialize, Serialize};

/// One route, as a question is about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteScope {
    /// Its pattern, `GET /api/pitches/{id}`.
    pub route: String,
    /// `None`: it is not known, and nothing that sources did is of the route.
    pub source: Option<RouteSource>,
}

/// The source that a route asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RouteSource {
    pub kind: SourceKind,
    /// The query's name, or the origin's; empty for assets.
    pub name: String,
    /// Who is asked. Of a query the databases, its own one and the replica; of an origin it and those that
    /// stand in for it, in this order.
    pub asks: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    Query,
    Origin,
    /// The Worker's static assets.
    Assets,
}

impl RouteScope {
    pub fn has_statement(&self, key: &StatementKey) -> bool {
        let query = self.source_of(SourceKind::Query);
        query.is_some_and(|own| own.name == key.query && own.asks.contains(&key.database))
    }

    pub fn has_contact(&self, origin: &str) -> bool {
        let own = self.source_of(SourceKind::Origin);
        own.is_some_and(|own| own.asks.iter().any(|asked| asked == origin))
    }

    /// Levels of an isolate's memory are of no route.
    pub fn has_gauge(&self, gauge: &Gauge) -> bool {
        match gauge {
            Gauge::MemoryBytes | Gauge::MemoryEntries | Gauge::HeapBytes | Gauge::Fills => false,
            Gauge::ConnectionsInUse(database)
            | Gauge::ConnectionsIdle(database)
            | Gauge::ConnectionsAwaited(database) => {
                let query = self.source_of(SourceKind::Query);
                query.is_some_and(|own| own.asks.contains(database))
            }
            Gauge::BreakerOpen(subject) => {
                let own = self.source.as_ref();
                own.is_some_and(|own| own.breakers().any(|breaker| breaker == *subject))
            }
        }
    }

    fn source_of(&self, kind: SourceKind) -> Option<&RouteSource> {
        self.source.as_ref().filter(|source| source.kind == kind)
    }
}

impl RouteSource {
    /// As [`Gauge::BreakerOpen`] names them.
    fn breakers(&self) -> impl Iterator<Item = String> {
        let what = match self.kind {
            SourceKind::Query => "database",
            SourceKind::Origin => "origin",
            SourceKind::Assets => "assets",
        };
        self.asks.iter().map(move |asked| format!("{what} {asked}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(kind: SourceKind, name: &str, asks: &[&str]) -> RouteScope {
        RouteScope {
            route: "GET /a".to_owned(),
            source: Some(RouteSource {
                kind,
                name: name.to_owned(),
                asks: asks.iter().map(|asked| (*asked).to_owned()).collect(),
            }),
        }
    }

    #[test]
    fn a_route_has_what_its_own_source_did_and_nothing_else() {
        let query = scope(SourceKind::Query, "search", &["main", "replica"]);
        let origin = scope(SourceKind::Origin, "app", &["app", "backup"]);
        let assets = scope(SourceKind::Assets, "", &[]);
        let unknown = RouteScope {
            source: None,
            ..assets.clone()
        };
        let all = [&query, &origin, &assets, &unknown];
        for (database, name, expected) in [
            ("main", "search", [true, false, false, false]),
            ("replica", "search", [true, false, false, false]),
            ("reports", "search", [false; 4]),
            ("main", "pitch", [false; 4]),
            ("app", "app", [false; 4]),
        ] {
            let key = StatementKey {
                database: database.to_owned(),
                query: name.to_owned(),
            };
            assert_eq!(
                all.map(|scope| scope.has_statement(&key)),
                expected,
                "{key:?}"
            );
        }
        for (name, expected) in [
            ("app", [false, true, false, false]),
            ("backup", [false, true, false, false]),
            ("main", [false; 4]),
        ] {
            assert_eq!(all.map(|scope| scope.has_contact(name)), expected, "{name}");
        }
        for (gauge, expected) in [
            (
                Gauge::ConnectionsAwaited("replica".into()),
                [true, false, false, false],
            ),
            (Gauge::ConnectionsIdle("app".into()), [false; 4]),
            (
                Gauge::BreakerOpen("database main".into()),
                [true, false, false, false],
            ),
            (
                Gauge::BreakerOpen("origin backup".into()),
                [false, true, false, false],
            ),
            (Gauge::BreakerOpen("origin main".into()), [false; 4]),
            (Gauge::Fills, [false; 4]),
        ] {
            assert_eq!(
                all.map(|scope| scope.has_gauge(&gauge)),
                expected,
                "{gauge:?}"
            );
        }
    }
}
