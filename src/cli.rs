//! The `forebay` command: what an operator runs on `forebay.toml` before the Worker sees it.
//!
//! What was asked for goes to standard output, problems go to standard error. Exit code 0: all is
//! well (warnings allowed); 1: problems were found; 2: the command was not understood.

mod check;
mod compile;
mod database;
mod explain;
mod sources;
mod terminal;
mod triggers;

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Parser)]
#[command(
    name = "forebay",
    version,
    about = "Check, compile and explain a Forebay site, and make its triggers",
    after_help = "Exit codes: 0 all is well (warnings allowed), 1 problems were found, 2 usage."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Report every problem of the site at once, each with file, line and a mend
    Check(check::Options),
    /// Check the site and write the module that the Worker loads
    Compile(compile::Options),
    /// Say what the Worker would do with a request: route, parameters, key, tier, and why
    Explain(explain::Options),
    /// Print the migration by which the database tells of changes that others make
    Triggers(triggers::Options),
}

/// The site file; its queries are in `queries/` beside it.
#[derive(Debug, clap::Args)]
struct SiteFile {
    /// The site file; its queries are in queries/ beside it
    #[arg(long, value_name = "FILE", default_value = "forebay.toml")]
    config: PathBuf,
}

/// How a command ended, where it did not simply succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failed {
    /// Problems were found, and are printed.
    Problems,
    /// The command was not understood, and it is printed why.
    Usage,
}

pub fn run() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Check(options) => check::run(&options),
        Command::Compile(options) => compile::run(&options),
        Command::Explain(options) => explain::run(&options),
        Command::Triggers(options) => triggers::run(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failed::Problems) => ExitCode::from(1),
        Err(Failed::Usage) => ExitCode::from(2),
    }
}
