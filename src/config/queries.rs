//! `queries/*.sql`: each file one named query, compiled by [`crate::source::sql`].

use super::diagnostic::{Diagnostic, Severity};
use super::names::Names;
use super::reader::Reader;
use super::site::Database;
use crate::source::sql;

/// A text and where it came from, as the operator names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    pub path: String,
    pub text: String,
}

/// A compiled query and its file.
#[derive(Clone, Debug)]
pub struct Statement {
    pub file: SourceFile,
    pub compiled: sql::Compiled,
}

/// A larger file is surely not a site's or a query's.
pub const FILE_BYTES_MAX: usize = 1 << 20;

impl Statement {
    /// Whether the query makes its JSON itself (`-- json: yes`).
    pub fn is_json(&self) -> bool {
        header(&self.file.text, "json").is_some_and(|(_, value)| value == "yes")
    }
}

impl SourceFile {
    /// The file's name without its directory and `.sql`.
    pub fn query_name(&self) -> &str {
        let name = self.path.rsplit(['/', '\\']).next().unwrap_or(&self.path);
        name.strip_suffix(".sql").unwrap_or(name)
    }

    /// An error when the file is larger than [`FILE_BYTES_MAX`].
    pub fn too_large(&self) -> Option<Diagnostic> {
        (self.text.len() > FILE_BYTES_MAX).then(|| {
            let what = "the file is larger than 1MiB";
            let mend = "is it the right one? split it, or shorten it";
            Diagnostic::new(Severity::Error, &self.path, None, what, mend)
        })
    }
}

/// Every query, in the order of their names, or what is wrong with it. Needs no site file.
pub fn compile(files: &[SourceFile]) -> (Vec<Statement>, Vec<Diagnostic>) {
    let mut files: Vec<&SourceFile> = files.iter().collect();
    files.sort_by_key(|file| file.query_name());
    let (mut statements, mut found) = (Vec::new(), Vec::new());
    for file in files {
        if let Some(diagnostic) = file.too_large() {
            found.push(diagnostic);
            continue;
        }
        match sql::compile(file.query_name(), &file.text) {
            Ok(compiled) => statements.push(Statement {
                file: file.clone(),
                compiled,
            }),
            Err(problems) => found.extend(problems.into_iter().map(|problem| {
                let (line, severity) = (u32::try_from(problem.line).ok(), Severity::Error);
                Diagnostic::new(severity, &file.path, line, problem.what, problem.mend)
            })),
        }
    }
    (statements, found)
}

/// The queries by name; one that does not compile is a name without a value.
pub fn names(files: &[SourceFile], statements: Vec<Statement>) -> Names<Statement> {
    let mut names = Names::new("query");
    let mut statements = statements.into_iter().peekable();
    let mut files: Vec<&SourceFile> = files.iter().collect();
    files.sort_by_key(|file| file.query_name());
    for file in files {
        let statement = statements.next_if(|statement| statement.file.path == file.path);
        names.add(file.query_name(), &file.path, 1, statement);
    }
    names
}

/// Every query's database must be declared.
pub fn check_databases(
    queries: &Names<Statement>,
    databases: &mut Names<Database>,
    reader: &mut Reader<'_>,
) {
    if databases.len() == 0 && queries.len() > 0 {
        reader.error(
            1,
            "there are queries, but no database",
            "add [database.main] with binding = \"DB\", a Hyperdrive binding of wrangler.toml",
        );
        return;
    }
    for (query, file, _, statement) in queries.iter() {
        let database = &statement.compiled.query.database;
        if databases.mark_used_by_name(database) {
            continue;
        }
        let line = header_line(&statement.file.text, "database");
        let what = format!("unknown database \"{database}\" of query \"{query}\"");
        let mend = databases.hint(database);
        reader.error_in(file, line, what, mend);
    }
}

/// The line of `-- field: …` in a query's header; 1 when the field is not written.
pub fn header_line(text: &str, field: &str) -> u32 {
    header(text, field).map_or(1, |(line, _)| line)
}

/// A field of a query's header, with its line.
fn header<'a>(text: &'a str, field: &str) -> Option<(u32, &'a str)> {
    let comments = text
        .lines()
        .map_while(|line| line.trim_start().strip_prefix("--"));
    let fields = (1..).zip(comments).filter_map(|(line, comment)| {
        let (name, value) = comment.split_once(':')?;
        Some((line, name.trim(), value.trim()))
    });
    fields
        .into_iter()
        .find(|(_, name, _)| *name == field)
        .map(|(line, _, value)| (line, value))
}
