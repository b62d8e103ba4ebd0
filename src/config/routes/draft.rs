//! One `[[route]]` as written: every field read, nothing looked up yet.

use super::fallback;
use super::passing::{self, Passing};
use crate::config::fields::Fields;
use crate::config::names::hint;
use crate::config::reader::{At, Reader};
use crate::config::site::{Auth, Fallback};
use crate::route::pattern::MethodPattern;
use crate::source::batch;
use std::time::Duration;

#[derive(Debug)]
pub struct Draft {
    /// `None` when it is missing or malformed, which is reported.
    pub pattern: Option<At<MethodPattern>>,
    pub source: Option<SourceName>,
    /// Where `source` stands.
    pub source_line: u32,
    pub tier: Option<At<String>>,
    pub auth: Auth,
    /// The allow-list, without what was reported as a duplicate.
    pub query: Vec<At<String>>,
    pub tags: Vec<At<String>>,
    pub batch: Option<At<batch::Settings>>,
    /// What a write purges.
    pub purge: Vec<At<String>>,
    pub warm: Option<At<WarmDraft>>,
    pub fallback: Option<At<Fallback>>,
    pub passing: Passing,
}

#[derive(Debug)]
pub enum WarmDraft {
    Rows { query: At<String>, limit: u16 },
    Urls(Vec<At<String>>),
}

#[derive(Debug)]
pub enum SourceName {
    Query(At<String>),
    Origin(At<String>),
    Assets,
}

pub fn read(mut fields: Fields<'_>, reader: &mut Reader<'_>) -> Draft {
    let pattern = fields.required_text("match", "\"GET /api/items/{id}\"", reader);
    let source_line = fields.line_of("source", reader);
    let draft = Draft {
        pattern: pattern.and_then(|text| read_pattern(&text, reader)),
        source: read_source(&mut fields, reader),
        source_line,
        tier: fields.text("tier", reader).map(owned),
        auth: read_auth(&mut fields, reader),
        query: read_allow_list(&mut fields, reader),
        tags: fields
            .texts("tags", reader)
            .unwrap_or_default()
            .into_iter()
            .map(owned)
            .collect(),
        batch: read_batch(&mut fields, reader),
        purge: fields
            .texts("purge", reader)
            .unwrap_or_default()
            .into_iter()
            .map(owned)
            .collect(),
        warm: read_warm(&mut fields, reader),
        fallback: fallback::read(&mut fields, reader),
        passing: passing::read(&mut fields, reader),
    };
    fields.finish(reader);
    draft
}

fn read_pattern(text: &At<&str>, reader: &mut Reader<'_>) -> Option<At<MethodPattern>> {
    match MethodPattern::parse(text.value) {
        Ok(value) => Some(At {
            value,
            line: text.line,
        }),
        Err(problem) => {
            let what = format!("bad match \"{}\": {problem}", text.value);
            let mend =
                "write a method and a path, such as \"GET /api/items/{id}\" or \"* /{path...}\"";
            reader.error(text.line, what, mend);
            None
        }
    }
}

fn read_source(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Option<SourceName> {
    const MEND: &str = "write source = { query = \"…\" }, { origin = \"…\" } or { assets = true }";
    if !fields.has("source") {
        let line = fields.line();
        let _ = fields.table("source", "source", reader);
        reader.error(line, "the route has no source", MEND);
        return None;
    }
    let mut source = fields.table("source", "source", reader)?;
    let query = source
        .text("query", reader)
        .map(owned)
        .map(SourceName::Query);
    let origin = source
        .text("origin", reader)
        .map(owned)
        .map(SourceName::Origin);
    let assets = source.flag("assets", reader);
    let line = source.line();
    let known = ["query", "origin", "assets"]
        .into_iter()
        .filter(|name| source.has(name))
        .count();
    source.finish(reader);
    if known != 1 {
        let what = if known == 0 {
            "the route's source names nothing"
        } else {
            "the route has more than one source"
        };
        reader.error(line, what, MEND);
        return None;
    }
    if let Some(off) = assets.as_ref().filter(|assets| !assets.value) {
        reader.error(off.line, "assets = false is no source", MEND);
        return None;
    }
    query.or(origin).or(assets.map(|_| SourceName::Assets))
}

fn read_auth(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Auth {
    match fields.text("auth", reader) {
        None => Auth::None,
        Some(text) if text.value == "token" => Auth::Token,
        Some(text) => {
            let what = format!("unknown auth \"{}\"", text.value);
            let mend = hint(text.value, ["token"].into_iter()).unwrap_or_default();
            reader.error(text.line, what, mend);
            Auth::Token
        }
    }
}

/// A longer window is surely a mistake: every first request waits for the whole of it.
const BATCH_WINDOW_MAX: Duration = Duration::from_secs(1);

fn read_batch(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Option<At<batch::Settings>> {
    let mut fields = fields.table("batch", "batch", reader)?;
    let window = fields.duration("window", reader);
    let line = fields.line();
    if let Some(long) = window
        .as_ref()
        .filter(|window| window.value > BATCH_WINDOW_MAX)
    {
        let what = "window of batch is longer than a second, which the first request waits";
        reader.error(long.line, what, "write \"10ms\", or \"1s\" at most");
    }
    let value = batch::Settings {
        window: window.map_or(Duration::from_millis(10), |window| window.value),
        max: fields.number("max", 100, 1..=1000, reader),
    };
    fields.finish(reader);
    Some(At { value, line })
}

fn read_allow_list(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Vec<At<String>> {
    let mut names: Vec<At<String>> = Vec::new();
    for name in fields.texts("query", reader).unwrap_or_default() {
        if names.iter().any(|other| other.value == name.value) {
            let what = format!("query lists \"{}\" twice", name.value);
            reader.error(name.line, what, "remove one of them");
        } else if name.value.is_empty() {
            reader.error(
                name.line,
                "query lists an empty name",
                "write a name, or remove it",
            );
        } else {
            names.push(owned(name));
        }
    }
    names
}

/// `warm = { query = "…" }` or `warm = ["/…"]`.
fn read_warm(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Option<At<WarmDraft>> {
    const ROWS: u16 = 100;
    const URLS_MAX: usize = 1000;
    const MEND: &str = "write warm = { query = \"…\", limit = 100 } or warm = [\"/api/items\"]";
    if !fields.has("warm") {
        // Asked for all the same, so that it is a known name.
        let _ = fields.texts("warm", reader);
        return None;
    }
    let line = fields.line_of("warm", reader);
    let value = if fields.is_table("warm") {
        let mut table = fields.table("warm", "warm", reader)?;
        let query = table.required_text("query", "\"popular_items\"", reader);
        let limit = table.number("limit", ROWS, 1..=10_000, reader);
        table.finish(reader);
        let query = owned(query?);
        WarmDraft::Rows { query, limit }
    } else {
        let urls = fields.texts("warm", reader)?;
        if urls.is_empty() || urls.len() > URLS_MAX {
            reader.error(line, "warm lists nothing, or more than 1000 URLs", MEND);
            return None;
        }
        WarmDraft::Urls(urls.into_iter().map(owned).collect())
    };
    Some(At { value, line })
}

fn owned(text: At<&str>) -> At<String> {
    At {
        value: text.value.to_owned(),
        line: text.line,
    }
}
