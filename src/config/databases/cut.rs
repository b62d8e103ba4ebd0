//! Warns of a query's time that its fill does not have.

use crate::config::names::Names;
use crate::config::queries::Statement;
use crate::config::reader::Reader;
use crate::config::site::{Database, Route, Shield, Source};
use crate::config::units::show_duration;

/// A fill that has no more time is given up, and its query with it: who waits is told of a timeout, but the
/// database's breaker learns nothing. What is not cached, and each row of a stream, has the query's own time.
pub fn warn_of_cut_queries(
    routes: &[Route],
    queries: &Names<Statement>,
    databases: &Names<Database>,
    shield: &Shield,
    reader: &mut Reader<'_>,
) {
    let cached = routes.iter().filter(|route| route.tier.is_some());
    let cached: Vec<&str> = cached
        .filter_map(|route| match route.source {
            Source::Query(id) => queries.get(usize::from(id.0)),
            Source::Origin(_) | Source::Assets => None,
        })
        .map(|statement| statement.compiled.query.database.as_str())
        .collect();
    for (name, file, line, database) in databases.iter() {
        let primary = database.replica.as_ref().map(|replica| replica.of.as_str());
        let is_filled_from = cached.contains(&primary.unwrap_or(name));
        if !is_filled_from || database.query_timeout < shield.fill_timeout {
            continue;
        }
        let (long, short) = (
            show_duration(database.query_timeout),
            show_duration(shield.fill_timeout),
        );
        reader.warning_in(
            file,
            line,
            format!(
                "query_timeout = \"{long}\" of database \"{name}\" never acts on cached queries: \
                 every fill ends after \"{short}\", and the breaker does not hear why"
            ),
            "lower it, or raise fill_timeout of [shield]",
        );
    }
}
