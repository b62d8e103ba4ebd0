//! The header: the comment lines on top of a query file. `word: value` lines set something, the
//! others describe the query.

use super::{Returns, SqlProblem};
use crate::source::place::ReadFrom;

const WORDS: [&str; 6] = [
    "returns",
    "require",
    "database",
    "json",
    "batch",
    "read from",
];
const RETURNS: [Returns; 4] = [Returns::One, Returns::Many, Returns::Stream, Returns::Exec];

pub struct Header {
    /// `None`: a problem was told.
    pub returns: Option<Returns>,
    /// Names, each with its line.
    pub require: Vec<(String, usize)>,
    pub database: String,
    /// Whether the only column, named `json`, is the document.
    pub json: bool,
    /// The key's name, and the line that gives it.
    pub batch: Option<(String, usize)>,
    /// With the line that gives it; 0 when none does.
    pub read_from: (ReadFrom, usize),
    pub description: String,
    /// Where in the file the header ends, in bytes.
    pub end: usize,
}

pub fn read(text: &str, problems: &mut Vec<SqlProblem>) -> Header {
    let mut header = Header {
        returns: None,
        require: Vec::new(),
        database: "main".to_owned(),
        json: false,
        batch: None,
        read_from: (ReadFrom::Either, 0),
        description: String::new(),
        end: 0,
    };
    let mut seen: Vec<&str> = Vec::new();
    for (line, number) in text.split_inclusive('\n').zip(1..) {
        let line_text = line.trim_start_matches('\u{feff}').trim();
        let content = match line_text.strip_prefix("--") {
            Some(comment) => comment.trim(),
            None if line_text.is_empty() => "",
            None => break,
        };
        header.end += line.len();
        let Some((word, value)) = setting(content, number, problems) else {
            header.describe(content);
            continue;
        };
        if seen.contains(&word) {
            problems.push(SqlProblem::new(
                number,
                format!("the header says `{word}:` twice"),
                "keep one of them",
            ));
        }
        seen.push(word);
        header.set(word, value, number, problems);
    }
    if !seen.contains(&"returns") {
        problems.push(SqlProblem::new(
            1,
            "the header does not say what the query returns",
            "put `-- returns: one`, `many`, `stream` or `exec` on top of the file",
        ));
    }
    header
}

impl Header {
    fn describe(&mut self, content: &str) {
        if !content.is_empty() && !self.description.is_empty() {
            self.description.push(' ');
        }
        self.description.push_str(content);
    }

    fn set(&mut self, word: &str, value: &str, line: usize, problems: &mut Vec<SqlProblem>) {
        let outcome = match word {
            "returns" => self.set_returns(value),
            "require" => self.set_require(value, line),
            "database" => self.set_database(value),
            "batch" => self.set_batch(value, line),
            "read from" => self.set_read_from(value, line),
            _ => self.set_json(value),
        };
        if let Err((what, mend)) = outcome {
            problems.push(SqlProblem::new(line, what, mend));
        }
    }

    fn set_returns(&mut self, value: &str) -> Result<(), (String, String)> {
        let found = RETURNS.into_iter().find(|known| known.as_str() == value);
        self.returns = found;
        let mend = match nearest(value, &RETURNS.map(Returns::as_str)) {
            Some(near) => format!("write `-- returns: {near}`"),
            None => "write one, many, stream or exec".to_owned(),
        };
        found
            .map(|_| ())
            .ok_or_else(|| (format!("`{value}` is nothing that a query returns"), mend))
    }

    fn set_require(&mut self, value: &str, line: usize) -> Result<(), (String, String)> {
        let names: Vec<_> = value.split(',').map(str::trim).collect();
        self.require
            .extend(names.iter().map(|name| ((*name).to_owned(), line)));
        if names.iter().all(|name| is_name(name)) {
            return Ok(());
        }
        self.require.clear();
        Err((
            format!("`{value}` is no list of parameters"),
            "write their names with commas between, as in `-- require: id, title`".to_owned(),
        ))
    }

    fn set_database(&mut self, value: &str) -> Result<(), (String, String)> {
        value.clone_into(&mut self.database);
        if is_name(value) {
            return Ok(());
        }
        Err((
            format!("`{value}` is no name of a database"),
            "write the name of a `[database.…]` table of the site file".to_owned(),
        ))
    }

    fn set_batch(&mut self, value: &str, line: usize) -> Result<(), (String, String)> {
        if !is_name(value) {
            return Err((
                format!("`{value}` is no name of a key"),
                "write the name that the key has as a column and as a parameter, as in \
                 `-- batch: id`"
                    .to_owned(),
            ));
        }
        self.batch = Some((value.to_owned(), line));
        Ok(())
    }

    fn set_read_from(&mut self, value: &str, line: usize) -> Result<(), (String, String)> {
        let read_from = match value {
            "primary" => ReadFrom::Primary,
            "replica" => ReadFrom::Replica,
            _ => {
                return Err((
                    format!("`{value}` is nothing to read from"),
                    "write `-- read from: primary` or `replica`, or leave it out".to_owned(),
                ));
            }
        };
        self.read_from = (read_from, line);
        Ok(())
    }

    fn set_json(&mut self, value: &str) -> Result<(), (String, String)> {
        self.json = value == "yes";
        if matches!(value, "yes" | "no") {
            return Ok(());
        }
        Err((
            format!("`{value}` is neither yes nor no"),
            "write `-- json: yes` when the only column, named `json`, is the document".to_owned(),
        ))
    }
}

/// The word and value of a header line; `None` for prose. A word that is nearly a known one is told.
fn setting<'a>(
    content: &'a str,
    line: usize,
    problems: &mut Vec<SqlProblem>,
) -> Option<(&'a str, &'a str)> {
    let (word, value) = content.split_once(':')?;
    if WORDS.contains(&word) {
        return Some((word, without_remark(value)));
    }
    if !is_name(word) {
        return None;
    }
    if let Some(near) = nearest(word, &WORDS) {
        problems.push(SqlProblem::new(
            line,
            format!("the header has no `{word}:`"),
            format!("write `-- {near}:`"),
        ));
    }
    None
}

/// `one   (one | many)` is `one` with a remark.
fn without_remark(value: &str) -> &str {
    let value = value.trim();
    match value.split_once('(') {
        Some((before, remark)) if remark.ends_with(')') => before.trim_end(),
        _ => value,
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|first: char| first.is_ascii_digit())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The one of `known` that `word` was meant to be, if it is clear.
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let word = word.to_ascii_lowercase();
    known
        .iter()
        .map(|known| (strsim::damerau_levenshtein(&word, known), *known))
        .filter(|(distance, known)| *distance <= 1.max(known.len() / 3))
        .min()
        .map(|(_, known)| known)
}
