//! Texts in; a validated [`Site`] or everything that is wrong with them out. Reads no file.

use super::described::{self, Described};
use super::diagnostic::{self, Diagnostic, Severity};
use super::fields::Fields;
use super::names::Names;
use super::queries::{self, SourceFile, Statement};
use super::reader::Reader;
use super::routes::{self, Ground};
use super::site::{Database, Site};
use super::{
    alerts, cors, databases, limits, listings, log, metrics, origins, purge, shield, tiers, warm,
};
use crate::key::hex;
use sha2::{Digest, Sha256};
use toml::de::DeTable;

/// Everything that a site is made from.
#[derive(Clone, Debug)]
pub struct Sources {
    /// `forebay.toml`.
    pub config: SourceFile,
    /// The directory of the queries, as it is called in messages.
    pub queries_dir: String,
    /// `None` when there is no such directory.
    pub queries: Option<Vec<SourceFile>>,
    /// `queries/described.json`.
    pub described: DescribedFile,
}

#[derive(Clone, Debug)]
pub enum DescribedFile {
    Absent,
    Text(SourceFile),
    /// A database is being asked at this moment, so that nobody needs to be told to ask one.
    Underway,
}

#[derive(Debug)]
pub struct Compiled {
    pub site: Site,
    /// Sorted.
    pub warnings: Vec<Diagnostic>,
}

/// # Errors
/// All problems of all sources, warnings among them, sorted.
pub fn compile(sources: &Sources) -> Result<Compiled, Vec<Diagnostic>> {
    let mut reader = Reader::new(&sources.config.path, &sources.config.text);
    let (statements, problems) = queries::compile(query_files(sources));
    for problem in problems {
        reader.add(problem);
    }
    let site = read_root(sources, statements, &mut reader);
    let mut found = reader.into_found();
    diagnostic::sort(&mut found);
    match site {
        Some(site) if !found.iter().any(Diagnostic::is_error) => Ok(Compiled {
            site,
            warnings: found,
        }),
        Some(_) | None => Err(found),
    }
}

fn query_files(sources: &Sources) -> &[SourceFile] {
    sources.queries.as_deref().unwrap_or_default()
}

/// `None` when the text is no TOML: what could be recovered from it would only mislead.
fn read_root(
    sources: &Sources,
    mut statements: Vec<Statement>,
    reader: &mut Reader<'_>,
) -> Option<Site> {
    if let Some(diagnostic) = sources.config.too_large() {
        reader.add(diagnostic);
        return None;
    }
    let (table, errors) = DeTable::parse_recoverable(&sources.config.text);
    for error in &errors {
        let span = error.span().unwrap_or_default();
        let what = format!("this is no TOML: {}", error.message().replace('\n', ", "));
        let line = Some(reader.line(&span));
        let diagnostic = Diagnostic::new(
            Severity::Error,
            reader.file(),
            line,
            what,
            toml_mend(error.message()),
        );
        reader.add(diagnostic.at_column(reader.column(&span)));
    }
    if !errors.is_empty() {
        return None;
    }
    read_described(sources, &mut statements, reader);
    let root = Fields::new(table.get_ref(), reader.file(), 1);
    Some(read_site(root, sources, statements, reader))
}

/// What the TOML parser's most frequent complaints ask for.
fn toml_mend(message: &str) -> &'static str {
    if message.contains("must be quoted") {
        "put the value in quotes: \"…\""
    } else if message.contains("duplicate key") {
        "give the name once, and put what belongs to it together"
    } else if message.contains("missing comma") {
        "put a comma between the values, or end the table with }"
    } else if message.contains("unclosed") || message.contains("invalid basic string") {
        "close it on the same line"
    } else {
        "write name = value, with strings in quotes, lists in [ ] and tables in { }"
    }
}

fn read_site(
    mut root: Fields<'_>,
    sources: &Sources,
    statements: Vec<Statement>,
    reader: &mut Reader<'_>,
) -> Site {
    let name = read_name(&mut root, reader);
    let mut databases = databases::read(&mut root, reader);
    let origins = origins::read(&mut root, reader);
    let shield = shield::read(&mut root, reader);
    let tiers = tiers::read(&mut root, &shield, reader);
    let purge = purge::read(&mut root, &mut databases, reader);
    let limits = limits::read(&mut root, reader);
    let cors = cors::read(&mut root, reader);
    let log = log::read(&mut root, reader);
    let metrics = metrics::read(&mut root, reader);
    let warm_every = warm::read(&mut root, reader);
    let queries = queries::names(query_files(sources), statements);
    queries::check_databases(&queries, &mut databases, reader);
    databases::check_queries(&queries, &databases, reader);
    check_count(&queries, reader);
    let mut ground = Ground {
        tiers,
        queries,
        origins,
        queries_missing: sources
            .queries
            .is_none()
            .then(|| sources.queries_dir.clone()),
    };
    let (routes, table) = routes::read(&mut root, &mut ground, reader);
    let alerting = alerts::read(&mut root, &routes, reader);
    root.finish(reader);
    databases::warn_of_cut_queries(&routes, &ground.queries, &databases, &shield, reader);
    warn_unused(&ground, &databases, reader);
    Site {
        name,
        hash: hash(sources),
        listings: listings::of(&ground.queries),
        warm_every,
        routes,
        table,
        queries: ground
            .queries
            .into_values()
            .into_iter()
            .map(|s| s.compiled.query)
            .collect(),
        databases: databases.into_values(),
        origins: ground.origins.into_values(),
        shield,
        purge,
        limits,
        cors,
        log,
        metrics,
        alerting,
    }
}

fn warn_unused(ground: &Ground, databases: &Names<Database>, reader: &mut Reader<'_>) {
    ground
        .tiers
        .warn_unused("name it in a route, or remove it", reader);
    ground
        .queries
        .warn_unused("name it in a route's source, or remove the file", reader);
    ground
        .origins
        .warn_unused("name it in a route's source, or remove it", reader);
    databases.warn_unused(
        "name it in a query with -- database: …, or remove it",
        reader,
    );
}

fn read_name(root: &mut Fields<'_>, reader: &mut Reader<'_>) -> String {
    let Some(mut fields) = root.table("site", "[site]", reader) else {
        return "site".to_owned();
    };
    let name = fields.required_text("name", "\"demo\"", reader);
    fields.finish(reader);
    let Some(name) = name else {
        return "site".to_owned();
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if name.value.is_empty() || name.value.len() > NAME_BYTES_MAX || !name.value.chars().all(plain)
    {
        let what = format!(
            "bad name \"{}\" of [site]: it is part of cache keys",
            name.value
        );
        let mend = "write 1 to 64 letters, digits, - and _";
        reader.error(name.line, what, mend);
    }
    name.value.to_owned()
}

const NAME_BYTES_MAX: usize = 64;

fn read_described(sources: &Sources, statements: &mut [Statement], reader: &mut Reader<'_>) {
    let file = match &sources.described {
        DescribedFile::Text(file) => file,
        DescribedFile::Absent if !statements.is_empty() => {
            reader.add(Diagnostic::new(
                Severity::Warning,
                format!("{}/described.json", sources.queries_dir),
                None,
                "the queries were never checked against a database",
                "run `forebay check --database URL` and commit the file that it writes",
            ));
            return;
        }
        DescribedFile::Absent | DescribedFile::Underway => return,
    };
    match Described::from_json(&file.text) {
        Ok(described) => described::apply(&described, statements, reader),
        Err(error) => {
            let line = u32::try_from(error.line()).unwrap_or(u32::MAX).max(1);
            let mend = "remove the file, and run `forebay check --database URL` to write it again";
            reader.error_in(
                &file.path,
                line,
                format!("the file is damaged: {error}"),
                mend,
            );
        }
    }
}

/// Query ids are 16 bits wide.
fn check_count(queries: &Names<Statement>, reader: &mut Reader<'_>) {
    if u16::try_from(queries.len()).is_err() {
        let mend = "remove those that no route names";
        reader.error(1, "the site has more than 65535 queries", mend);
    }
}

/// 16 hex digits of a SHA-256 over every source, delimited by its length.
fn hash(sources: &Sources) -> String {
    let mut digest = Sha256::new();
    let mut push = |part: &str| {
        digest.update(part.len().to_be_bytes());
        digest.update(part);
    };
    push(&sources.config.text);
    let mut files: Vec<&SourceFile> = query_files(sources).iter().collect();
    files.sort_by_key(|file| file.query_name());
    for file in files {
        push(file.query_name());
        push(&file.text);
    }
    push(match &sources.described {
        DescribedFile::Text(file) => &file.text,
        DescribedFile::Absent | DescribedFile::Underway => "",
    });
    let mut text = hex(&digest.finalize());
    text.truncate(16);
    text
}

#[cfg(test)]
mod tests;
