//! The tags of a stored response, by which purges name it: the route's own, filled in; the tables that
//! its query reads; and its path. A purge of a prefix is a prefix over these, so `/api/pitches/*` and
//! `pitch:*` are the same thing.

use crate::route::pattern::Segment;
use crate::source::query::RowKey;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use serde::{Deserialize, Serialize};

/// What any change of a table purges: every answer that may depend on any of its rows.
pub const TABLE: &str = "table:";

/// What a change of a table purges that does not tell its rows one by one: answers that depend on
/// rows which a tag of the route names.
pub const ROWS: &str = "rows:";

/// How a route's answers are tagged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tagging {
    /// As the site file has them: `pitch:{id}`.
    pub templates: Vec<String>,
    /// `table:schema.table`, or `rows:schema.table` where a template names the rows.
    pub tables: Vec<String>,
    /// The path of the route's pattern.
    pub path: Vec<Segment>,
}

/// A template that names the rows of a table on which an answer depends: it is `before`, the value of
/// `column`, `after`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowTag<'a> {
    pub table: &'a str,
    pub before: &'a str,
    pub column: &'a str,
    pub after: &'a str,
}

/// The tags of a query's answer, by the values of its parameters: canonical (`7` for `007`), an absent
/// one empty.
pub fn fill(tagging: &Tagging, values: &[(&str, &str)]) -> Vec<String> {
    let mut tags = fill_own(tagging, values);
    tags.push(fill_path(&tagging.path, values));
    tags
}

/// The tags of an answer whose source reads the path by itself: an asset, or an origin's.
pub fn fill_at(tagging: &Tagging, values: &[(&str, &str)], raw_path: &str) -> Vec<String> {
    let mut tags = fill_own(tagging, values);
    tags.push(path_tag(raw_path));
    tags
}

/// A path as a tag: each segment with the same escapes, whoever wrote it. The start of a path is made
/// the start of a tag.
pub fn path_tag(raw_path: &str) -> String {
    let segments = raw_path.split('/').map(|segment| {
        let bytes: Vec<u8> = percent_decode_str(segment).collect();
        encode(&bytes)
    });
    segments.collect::<Vec<_>>().join("/")
}

/// A value as one segment of a path that is a tag.
pub fn segment(value: &str) -> String {
    encode(value.as_bytes())
}

/// A value as the rest of a path that is a tag: its slashes are the path's.
pub fn rest(value: &str) -> String {
    let parts: Vec<_> = value.split('/').map(segment).collect();
    parts.join("/")
}

/// What an operator who purges `tag` means: of a table also the answers that follow its rows one by
/// one, which the database would name by their own tags.
pub fn expand(tag: &str) -> Vec<String> {
    let rows = tag
        .strip_prefix(TABLE)
        .map(|table| format!("{ROWS}{table}"));
    std::iter::once(tag.to_owned()).chain(rows).collect()
}

/// For each table that `templates` name row by row, the first template that does.
pub fn row_tags<'a>(templates: &'a [String], rows: &'a [RowKey]) -> Vec<RowTag<'a>> {
    let mut found: Vec<RowTag<'a>> = Vec::new();
    for template in templates {
        let Some((before, name, after)) = single_placeholder(template) else {
            continue;
        };
        for row in rows.iter().filter(|row| row.param == name) {
            if !found.iter().any(|tag| tag.table == row.table) {
                found.push(RowTag {
                    table: &row.table,
                    before,
                    column: &row.column,
                    after,
                });
            }
        }
    }
    found
}

/// The tags of the tables that an answer depends on.
pub fn table_tags(templates: &[String], tables: &[String], rows: &[RowKey]) -> Vec<String> {
    let by_row = row_tags(templates, rows);
    let tags = tables.iter().map(|table| {
        let is_by_row = by_row.iter().any(|tag| tag.table == table);
        format!("{}{table}", if is_by_row { ROWS } else { TABLE })
    });
    tags.collect()
}

/// `pitch:{id}` as `("pitch:", "id", "")`; `None` for none or two placeholders.
fn single_placeholder(template: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = template.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    (!after.contains('{')).then_some((before, name, after))
}

fn fill_own(tagging: &Tagging, values: &[(&str, &str)]) -> Vec<String> {
    let templates = tagging.templates.iter();
    let filled = templates.map(|template| fill_one(template, values));
    filled.chain(tagging.tables.iter().cloned()).collect()
}

/// One pass, so that braces inside a value are not taken for a name.
fn fill_one(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, behind)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        out.push_str(value_of(name, values).unwrap_or_default());
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// The path of an answer, with canonical values. It ends before a parameter that has no value here.
fn fill_path(path: &[Segment], values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(32);
    for segment in path {
        out.push('/');
        match segment {
            Segment::Literal(text) => out.push_str(&encode(text.as_bytes())),
            Segment::Param(name) => match value_of(name, values) {
                Some(value) => out.push_str(&encode(value.as_bytes())),
                None => return out,
            },
            Segment::Rest(name) => match value_of(name, values) {
                Some(value) => out.push_str(&rest(value)),
                None => return out,
            },
        }
    }
    out
}

fn value_of<'v>(name: &str, values: &[(&str, &'v str)]) -> Option<&'v str> {
    let found = values.iter().find(|(known, _)| *known == name);
    found.map(|(_, value)| *value)
}

/// One segment of a path, with only those escapes that it needs (RFC 3986 §3.3, `pchar`).
fn encode(segment: &[u8]) -> String {
    percent_encode(segment, ESCAPED).to_string()
}

const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@');

#[cfg(test)]
mod tests;
