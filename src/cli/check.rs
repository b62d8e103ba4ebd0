//! `forebay check`: every problem of a site at once, in its files and, if asked, in its database.

use super::compile::{summary, write_whole};
use super::database::{self, Findings};
use super::terminal::{complain, complain_of, say};
use super::{Failed, SiteFile, sources};
use crate::config::compile::{DescribedFile, Sources, compile};
use crate::config::diagnostic::{self, Diagnostic, Severity};
use crate::config::queries::{self, SourceFile, Statement};
use crate::config::site::{Site, Source};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    site: SiteFile,
    /// Also ask this database about every query: types, columns and tables. Nothing is executed
    ///
    /// What is learnt is written to queries/described.json, which belongs into version control.
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Leave queries/described.json as it is
    #[arg(long, requires = "database")]
    no_record: bool,
}

pub fn run(options: &Options) -> Result<(), Failed> {
    let config = &options.site.config;
    let database = options
        .database
        .as_deref()
        .map(database::parse_url)
        .transpose();
    let database = database.map_err(|problem| {
        complain(format_args!("error: {problem}"));
        Failed::Usage
    })?;
    let mut sources = sources::read(config).map_err(|problems| fail(&problems))?;
    let Some(database) = database else {
        return report(&sources, Findings::default());
    };
    let (statements, _) = queries::compile(sources.queries.as_deref().unwrap_or_default());
    let findings = ask(&database, &statements);
    let written = if options.no_record {
        None
    } else {
        record(config, &mut sources, &findings).map_err(|problem| fail(&[problem]))?
    };
    report(&sources, findings)?;
    if let Some(path) = written {
        say(format_args!("{}: written", path.display()));
    }
    Ok(())
}

/// A database that cannot be asked is one problem among the others.
fn ask(database: &tokio_postgres::Config, statements: &[Statement]) -> Findings {
    database::describe(database, statements).unwrap_or_else(|problem| Findings {
        found: vec![problem],
        ..Findings::default()
    })
}

/// Writes what the database said, unless it found a mistake; from here on the sources hold it. Gives
/// the file's path if it has changed.
fn record(
    config: &Path,
    sources: &mut Sources,
    findings: &Findings,
) -> Result<Option<PathBuf>, Diagnostic> {
    if sources.queries.is_none() || findings.found.iter().any(Diagnostic::is_error) {
        sources.described = DescribedFile::Underway;
        return Ok(None);
    }
    let path = sources::queries_dir(config).join("described.json");
    let file = path.display().to_string();
    let problem = |what: String| {
        let mend = "see to the directory's permissions, or use --no-record";
        Diagnostic::new(Severity::Error, &file, None, what, mend)
    };
    let text = findings
        .described
        .to_json()
        .map_err(|error| problem(error.to_string()))?;
    let changed = match &sources.described {
        DescribedFile::Text(old) => old.text != text,
        DescribedFile::Absent | DescribedFile::Underway => true,
    };
    if changed {
        write_whole(&path, text.as_bytes())
            .map_err(|error| problem(format!("it cannot be written: {error}")))?;
    }
    sources.described = DescribedFile::Text(SourceFile { path: file, text });
    Ok(changed.then_some(path))
}

fn report(sources: &Sources, findings: Findings) -> Result<(), Failed> {
    let mut found = findings.found;
    let site = match compile(sources) {
        Ok(compiled) => {
            found.extend(compiled.warnings);
            found.extend(warn_volatile(sources, &compiled.site, &findings.volatile));
            Some(compiled.site)
        }
        Err(problems) => {
            found.extend(problems);
            None
        }
    };
    diagnostic::sort(&mut found);
    match site {
        Some(site) if !found.iter().any(Diagnostic::is_error) => {
            complain_of(&found);
            say(format_args!(
                "{}: ok, {}",
                sources.config.path,
                summary(&site)
            ));
            Ok(())
        }
        Some(_) | None => Err(fail(&found)),
    }
}

/// The text of a query tells only of Postgres' own functions; the database knows of all others.
fn warn_volatile(
    sources: &Sources,
    site: &Site,
    volatile: &BTreeMap<String, Vec<String>>,
) -> Vec<Diagnostic> {
    let cached = site.routes.iter().filter(|route| route.tier.is_some());
    let queries = cached.filter_map(|route| match route.source {
        Source::Query(id) => site.query(id),
        Source::Origin(_) | Source::Assets => None,
    });
    let calls = queries.filter_map(|query| {
        let functions = volatile
            .get(&query.name)
            .filter(|functions| !functions.is_empty())?;
        let what = format!(
            "a cached route runs query \"{}\", which calls {}, volatile in this database",
            query.name,
            functions.join(" and "),
        );
        let file = format!("{}/{}.sql", sources.queries_dir, query.name);
        let mend = "declare the function stable or immutable if it is, or remove the route's tier";
        Some(Diagnostic::new(
            Severity::Warning,
            file,
            Some(1),
            what,
            mend,
        ))
    });
    calls.collect()
}

fn fail(found: &[Diagnostic]) -> Failed {
    complain_of(found);
    Failed::Problems
}
