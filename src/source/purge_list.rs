//! What a write has changed: a route's `purge` templates, filled in with its parameters and with the
//! rows that came back.

use crate::purge::target::Target;
use serde_json::Value;
use std::collections::HashSet;

/// Rows of one write that are purged one by one; of more, everything that their template begins with.
const ROWS_MAX: usize = 1000;

/// `values` by name, canonical; `body`: what the query returned, a JSON object or an array of them. A
/// template of which a name has no value names nothing, and is left out.
pub fn fill(templates: &[String], values: &[(&str, Option<&str>)], body: &[u8]) -> Vec<Target> {
    let rows: Vec<Value> = match serde_json::from_slice(body) {
        Ok(Value::Array(rows)) => rows,
        Ok(row) => vec![row],
        Err(_) => Vec::new(),
    };
    let mut targets: Vec<Target> = Vec::new();
    for template in templates {
        match template.split_once("{row.") {
            None => targets.extend(fill_one(template, values, None).map(target)),
            Some(_) if rows.len() <= ROWS_MAX => {
                let filled = rows.iter();
                let filled = filled.filter_map(|row| fill_one(template, values, Some(row)));
                targets.extend(filled.map(target));
            }
            Some((before, _)) => targets.extend(beginning(before, values)),
        }
    }
    let mut seen = HashSet::new();
    targets.retain(|target| seen.insert(target.clone()));
    targets
}

fn target(text: String) -> Target {
    match text.strip_suffix('*') {
        Some(prefix) => Target::Prefix(prefix.to_owned()),
        None => Target::Tag(text),
    }
}

fn beginning(before: &str, values: &[(&str, Option<&str>)]) -> Option<Target> {
    Some(match fill_one(before, values, None)? {
        nothing if nothing.is_empty() => Target::All,
        prefix => Target::Prefix(prefix),
    })
}

/// One pass, so that braces inside a value are not taken for a name.
fn fill_one(
    template: &str,
    values: &[(&str, Option<&str>)],
    row: Option<&Value>,
) -> Option<String> {
    let mut out = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (name, behind) = after.split_once('}')?;
        match name.strip_prefix("row.") {
            Some(column) => out.push_str(&text(row?.get(column)?)?),
            None => out.push_str(param(name, values)?),
        }
        rest = behind;
    }
    out.push_str(rest);
    Some(out)
}

fn param<'v>(name: &str, values: &[(&str, Option<&'v str>)]) -> Option<&'v str> {
    let plain = name
        .strip_prefix("path.")
        .or_else(|| name.strip_prefix("body."))
        .unwrap_or(name);
    values.iter().find(|(known, _)| *known == plain)?.1
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(templates: &[&str], values: &[(&str, Option<&str>)], body: &str) -> Vec<String> {
        let templates: Vec<String> = templates.iter().map(ToString::to_string).collect();
        let targets = fill(&templates, values, body.as_bytes());
        let shown = |target: Target| format!("{}:{}", target.kind().as_str(), target.text());
        targets.into_iter().map(shown).collect()
    }

    #[test]
    fn names_are_parameters_and_columns_of_what_came_back() {
        let values = [("id", Some("7")), ("none", None), ("odd", Some("{row.id}"))];
        for (template, body, expected) in [
            ("pitches", "", vec!["tag:pitches"]),
            ("pitch:{id}", "", vec!["tag:pitch:7"]),
            ("pitch:{body.id}", "", vec!["tag:pitch:7"]),
            ("pitch:{path.id}", "", vec!["tag:pitch:7"]),
            ("pitch:{row.id}", "{\"id\":9}", vec!["tag:pitch:9"]),
            ("a:{row.a}:{id}", "{\"a\":\"x\"}", vec!["tag:a:x:7"]),
            (
                "x:{row.id}",
                "[{\"id\":1},{\"id\":2},{\"id\":1}]",
                vec!["tag:x:1", "tag:x:2"],
            ),
            ("search:*", "", vec!["prefix:search:"]),
            ("/api/pitches/{id}", "", vec!["tag:/api/pitches/7"]),
            ("x:{odd}", "{\"id\":1}", vec!["tag:x:{row.id}"]),
            ("x:{none}", "", vec![]),
            ("x:{unknown}", "", vec![]),
            ("x:{row.id}", "", vec![]),
            ("x:{row.id}", "{\"id\":null}", vec![]),
            ("x:{row.id}", "not json", vec![]),
            ("x:{open", "", vec![]),
        ] {
            assert_eq!(
                check(&[template], &values, body),
                expected,
                "{template} {body}"
            );
        }
    }

    #[test]
    fn the_same_thing_is_named_once_and_many_rows_by_their_beginning() {
        assert_eq!(check(&["a", "a"], &[], ""), ["tag:a"]);
        let rows: Vec<String> = (0..5000).map(|id| format!("{{\"id\":{id}}}")).collect();
        let body = format!("[{}]", rows.join(","));
        assert_eq!(
            check(&["x:{row.id}", "a"], &[], &body),
            ["prefix:x:", "tag:a"]
        );
        assert_eq!(check(&["{row.id}"], &[], &body), ["all:"]);
    }
}
