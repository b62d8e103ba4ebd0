//! `forebay compile`: the site as the data module that the Worker loads.

use super::terminal::{complain, complain_of, plural, say};
use super::{Failed, SiteFile, sources};
use crate::config::compile::{self as compiler, Compiled};
use crate::config::site::Site;
use std::io;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    site: SiteFile,
    /// Where to write the compiled site
    #[arg(long, value_name = "FILE", default_value = "build/site.bin")]
    out: PathBuf,
}

pub fn run(options: &Options) -> Result<(), Failed> {
    let Compiled { site, warnings } = compiled(&options.site.config)?;
    complain_of(&warnings);
    let out = options.out.display();
    let bytes = site.encode().map_err(|error| {
        complain(format_args!("{out}: error: {error}"));
        Failed::Problems
    })?;
    write_whole(&options.out, &bytes).map_err(|error| {
        complain(format_args!("{out}: error: it cannot be written: {error}"));
        complain("  mend: see to the directory's permissions, or choose another with --out FILE");
        Failed::Problems
    })?;
    say(format_args!(
        "{out}: {}, {} bytes",
        summary(&site),
        bytes.len()
    ));
    Ok(())
}

/// A site file and its queries, compiled; errors are printed.
pub fn compiled(config: &Path) -> Result<Compiled, Failed> {
    sources::read(config)
        .and_then(|sources| compiler::compile(&sources))
        .map_err(|found| {
            complain_of(&found);
            Failed::Problems
        })
}

/// `14 routes, 12 queries, hash 0123456789abcdef`
pub fn summary(site: &Site) -> String {
    let routes = plural(site.routes.len(), "route");
    let queries = plural(site.queries.len(), "query");
    format!("{routes}, {queries}, hash {}", site.hash)
}

/// Writes beside the file and renames, so that whoever watches it never sees half of it.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory)?;
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let beside = path.with_file_name(name);
    let written = std::fs::write(&beside, bytes).and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written
}
