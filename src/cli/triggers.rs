//! `forebay triggers`: the migration by which a database tells of its own changes, for exactly the
//! tables that cached queries read.

mod migration;
mod quote;
mod watch;

use super::compile::write_whole;
use super::terminal::{complain, complain_of, say};
use super::{Failed, SiteFile, sources};
use crate::config::compile::{Compiled, compile};
use crate::config::diagnostic::{Diagnostic, Severity};
use crate::config::site::Site;
use migration::Plan;
use std::io::Write;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    site: SiteFile,
    /// Write the migration to this file instead of standard output
    #[arg(long, value_name = "FILE", conflicts_with = "check")]
    out: Option<PathBuf>,
    /// Write nothing; fail if this migration is not the one that the site asks for now
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,
    /// A statement that changes more rows than this purges all of them by one name
    #[arg(long, value_name = "N", default_value_t = 100)]
    #[arg(value_parser = clap::value_parser!(u32).range(0..=10_000))]
    rows_max: u32,
    /// The [database.NAME] whose queries count
    #[arg(long, value_name = "NAME", default_value = "main")]
    database_name: String,
    /// The schema of the outbox; it must exist, and the Worker's role must have it in its search path
    #[arg(long, value_name = "NAME", default_value = "public")]
    schema: String,
}

pub fn run(options: &Options) -> Result<(), Failed> {
    let sources = sources::read(&options.site.config).map_err(|found| fail(&found))?;
    let Compiled { site, .. } = compile(&sources).map_err(|found| fail(&found))?;
    check_database(&site, &options.database_name)?;
    let watched =
        watch::watched(&site, &sources, &options.database_name).map_err(|found| fail(&found))?;
    complain_of(&watched.warnings(&sources));
    let text = Plan {
        watched: &watched,
        rows_max: options.rows_max,
        schema: &options.schema,
    }
    .text();
    match (&options.check, &options.out) {
        (Some(file), _) => check(file, &text),
        (None, Some(file)) => write(file, &text),
        (None, None) => {
            // A reader that has gone is no failure.
            let _ = std::io::stdout().write_all(text.as_bytes());
            Ok(())
        }
    }
}

fn check_database(site: &Site, name: &str) -> Result<(), Failed> {
    if site.database(name).is_some() {
        return Ok(());
    }
    let known: Vec<&str> = site
        .databases
        .iter()
        .map(|database| database.name.as_str())
        .collect();
    complain(format_args!(
        "error: the site has no [database.{name}], only: {}",
        known.join(", ")
    ));
    Err(Failed::Usage)
}

fn check(file: &Path, text: &str) -> Result<(), Failed> {
    let path = file.display().to_string();
    let problem = |what: String, mend: &str| {
        fail(&[Diagnostic::new(Severity::Error, &path, None, what, mend)])
    };
    let old = std::fs::read_to_string(file).map_err(|error| {
        problem(
            format!("it cannot be read: {error}"),
            "make it with `forebay triggers --out FILE`",
        )
    })?;
    if old == text {
        say(format_args!("{path}: it is what the site asks for"));
        return Ok(());
    }
    Err(problem(
        "the site asks for other triggers by now".to_owned(),
        "run `forebay triggers --out FILE`, with a new number if this one was applied anywhere",
    ))
}

fn write(file: &Path, text: &str) -> Result<(), Failed> {
    write_whole(file, text.as_bytes()).map_err(|error| {
        let what = format!("it cannot be written: {error}");
        let mend = "see to the directory's permissions, or choose another with --out FILE";
        let path = file.display().to_string();
        fail(&[Diagnostic::new(Severity::Error, path, None, what, mend)])
    })?;
    say(format_args!("{}: written", file.display()));
    Ok(())
}

fn fail(found: &[Diagnostic]) -> Failed {
    complain_of(found);
    Failed::Problems
}
