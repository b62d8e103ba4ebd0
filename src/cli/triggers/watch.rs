//! What of a database must be watched: the tables that cached queries read, and the tags that name
//! their rows.

use crate::cache::tags::row_tags;
use crate::config::compile::{DescribedFile, Sources};
use crate::config::described::{Described, Found, Record};
use crate::config::diagnostic::{Diagnostic, Severity};
use crate::config::queries;
use crate::config::site::{Route, Site, Source};
use crate::source::query::Query;
use std::collections::{BTreeMap, BTreeSet};

/// By name, `schema.table`.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Watched {
    pub tables: BTreeMap<String, BTreeSet<Tag>>,
    /// What cannot have triggers, and what it is.
    pub others: BTreeMap<String, String>,
}

/// A tag that names a row: `before`, the value of `column`, `after`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag {
    pub before: String,
    pub column: String,
    pub after: String,
}

/// # Errors
/// A cached query whose tables are not known, or were those of another text.
pub fn watched(site: &Site, sources: &Sources, database: &str) -> Result<Watched, Vec<Diagnostic>> {
    let described = described(sources).map_err(|problem| vec![problem])?;
    let (statements, _) = queries::compile(sources.queries.as_deref().unwrap_or_default());
    let (mut watched, mut problems) = (Watched::default(), Vec::new());
    for (route, query) in cached(site, database) {
        let statement = statements
            .iter()
            .find(|statement| statement.compiled.query.name == query.name);
        let found = statement.map_or(Found::Missing, |statement| described.find(statement));
        match found {
            Found::Current(record) => watched.add(route, query, record),
            Found::Stale(_) => problems.push(unknown(sources, query, "has changed since")),
            Found::Missing => problems.push(unknown(sources, query, "came after")),
        }
    }
    problems.extend(watched.check_names(sources));
    if problems.is_empty() {
        return Ok(watched);
    }
    crate::config::diagnostic::sort(&mut problems);
    Err(problems)
}

/// The routes whose answers are stored, and their queries.
fn cached<'s>(site: &'s Site, database: &str) -> impl Iterator<Item = (&'s Route, &'s Query)> {
    let routes = site.routes.iter().filter(|route| route.tier.is_some());
    routes.filter_map(move |route| match route.source {
        Source::Query(id) => site
            .query(id)
            .filter(|query| query.database == database)
            .map(|query| (route, query)),
        Source::Origin(_) | Source::Assets => None,
    })
}

impl Watched {
    fn add(&mut self, route: &Route, query: &Query, record: &Record) {
        for table in &query.tables {
            match record.kinds.get(table) {
                Some(kind) => {
                    self.others.insert(table.clone(), kind.clone());
                }
                None => {
                    self.tables.entry(table.clone()).or_default();
                }
            }
        }
        for tag in row_tags(&route.tags.templates, &query.rows) {
            if let Some(tags) = self.tables.get_mut(tag.table) {
                tags.insert(Tag {
                    before: tag.before.to_owned(),
                    column: tag.column.to_owned(),
                    after: tag.after.to_owned(),
                });
            }
        }
    }

    /// A line break in a name would end a comment of the migration.
    fn check_names(&self, sources: &Sources) -> Vec<Diagnostic> {
        let tables = self.tables.keys().chain(self.others.keys());
        let odd = tables.filter(|table| table.contains(char::is_control));
        odd.map(|table| {
            let what = format!("the name of the table {table:?} holds a control character");
            let file = described_path(sources);
            Diagnostic::new(Severity::Error, file, None, what, "rename the table")
        })
        .collect()
    }

    /// What no trigger will tell of.
    pub fn warnings(&self, sources: &Sources) -> Vec<Diagnostic> {
        let others = self.others.iter().map(|(name, kind)| {
            let what = format!("{name} is a {kind}, so no trigger can tell of its changes");
            let mend = format!(
                "where it is changed: insert into forebay_outbox (target) values ('table:{name}')"
            );
            Diagnostic::new(Severity::Warning, described_path(sources), None, what, mend)
        });
        others.collect()
    }
}

const MEND: &str = "run `forebay check --database URL` and commit queries/described.json";

fn described(sources: &Sources) -> Result<Described, Diagnostic> {
    let refused =
        |what: &str| Diagnostic::new(Severity::Error, described_path(sources), None, what, MEND);
    match &sources.described {
        DescribedFile::Text(file) => Described::from_json(&file.text)
            .map_err(|error| refused(&format!("the file is damaged: {error}"))),
        DescribedFile::Absent | DescribedFile::Underway => Err(refused(
            "there is no such file, so which tables the queries read is not known",
        )),
    }
}

fn described_path(sources: &Sources) -> String {
    format!("{}/described.json", sources.queries_dir)
}

fn unknown(sources: &Sources, query: &Query, how: &str) -> Diagnostic {
    let what = format!(
        "which tables query \"{}\" reads is not known: it {how} the last check against a database",
        query.name
    );
    let file = format!("{}/{}.sql", sources.queries_dir, query.name);
    Diagnostic::new(Severity::Error, file, Some(1), what, MEND)
}

#[cfg(test)]
mod tests;
