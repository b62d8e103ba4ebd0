//! Reads the files that a site is made from.

use crate::config::compile::{DescribedFile, Sources};
use crate::config::diagnostic::{Diagnostic, Severity};
use crate::config::queries::SourceFile;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The site file, and what lies in `queries/` beside it.
///
/// # Errors
/// Every file that could not be read.
pub fn read(config: &Path) -> Result<Sources, Vec<Diagnostic>> {
    let directory = queries_dir(config);
    let mut problems = Vec::new();
    let text = keep(read_file(config), &mut problems);
    let queries = keep(read_queries(&directory), &mut problems).flatten();
    let mut files = Vec::new();
    for path in queries.iter().flatten() {
        files.extend(keep(read_file(path), &mut problems));
    }
    let described = keep(
        read_optional(&directory.join("described.json")),
        &mut problems,
    );
    match text {
        Some(config) if problems.is_empty() => Ok(Sources {
            config,
            queries_dir: directory.display().to_string(),
            queries: queries.map(|_| files),
            described: described
                .flatten()
                .map_or(DescribedFile::Absent, DescribedFile::Text),
        }),
        Some(_) | None => Err(problems),
    }
}

/// Where the queries of a site file are.
pub fn queries_dir(config: &Path) -> PathBuf {
    config.parent().unwrap_or(Path::new("")).join("queries")
}

fn keep<T>(result: Result<T, Diagnostic>, problems: &mut Vec<Diagnostic>) -> Option<T> {
    result.map_err(|problem| problems.push(problem)).ok()
}

fn read_file(path: &Path) -> Result<SourceFile, Diagnostic> {
    let bytes = std::fs::read(path).map_err(|error| unreadable(path, &error))?;
    let text = String::from_utf8(bytes).map_err(|error| not_utf8(path, &error))?;
    Ok(SourceFile {
        path: path.display().to_string(),
        text,
    })
}

fn read_optional(path: &Path) -> Result<Option<SourceFile>, Diagnostic> {
    if path.exists() {
        read_file(path).map(Some)
    } else {
        Ok(None)
    }
}

/// The `.sql` files of a directory, sorted; `None` when there is no such directory.
fn read_queries(directory: &Path) -> Result<Option<Vec<PathBuf>>, Diagnostic> {
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(directory, &error)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(directory, &error))?.path();
        let hidden = path
            .file_name()
            .is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
        if path.extension().is_some_and(|extension| extension == "sql") && !hidden {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(Some(paths))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Diagnostic {
    let (what, mend) = if error.kind() == ErrorKind::NotFound {
        let mend = "run this where the site file is, or name it with --config FILE";
        ("there is no such file".to_owned(), mend)
    } else {
        (
            format!("it cannot be read: {error}"),
            "name a file that this user may read",
        )
    };
    Diagnostic::new(
        Severity::Error,
        path.display().to_string(),
        None,
        what,
        mend,
    )
}

fn not_utf8(path: &Path, error: &std::string::FromUtf8Error) -> Diagnostic {
    let valid = error.utf8_error().valid_up_to();
    let newlines = error
        .as_bytes()
        .iter()
        .take(valid)
        .filter(|byte| **byte == b'\n')
        .count();
    Diagnostic::new(
        Severity::Error,
        path.display().to_string(),
        u32::try_from(newlines + 1).ok(),
        "this is not UTF-8 text",
        "save the file as UTF-8",
    )
}
