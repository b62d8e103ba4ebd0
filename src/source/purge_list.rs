//! What a write has changed: a route's `purge` templates, filled in with its parameters and with the
//! rows that came back.

use crate::purge::target::Target;
use serde_json::Value;
use std::collections::HashSet;

/// Rows of one write that are purged one by one; of more, everything that their template begins with.
const ROWS_MAX: usize = 1000;

/// `values` by name, canonical; `body`: what the query returned, a JSON object or an array of them. A
/// template of which a name has no value names nothing, and is left out. `escapes`: the ways
/// in which the path of an answer, which is one of its tags, may hold a value.
pub fn fill(
    templates: &[String],
    values: &[(&str, Option<&str>)],
    body: &[u8],
    escapes: &[Escape],
) -> Vec<Target> {
    let rows: Vec<Value> = match serde_json::from_slice(body) {
        Ok(Value::Array(rows)) => rows,
        Ok(row) => vec![row],
        Err(_) => Vec::new(),
    };
    let mut targets: Vec<Target> = Vec::new();
    for template in templates {
        // Of the template alone: a star that somebody wrote into a value is a part of the value.
        let (text, target): (&str, fn(String) -> Target) = match template.strip_suffix('*') {
            Some(beginning) => (beginning, Target::Prefix),
            None => (template, Target::tagged),
        };
        let escapes: &[Escape] = match text.starts_with('/') {
            true => escapes,
            false => &[plain],
        };
        for &escape in escapes {
            let filling = Filling { values, escape };
            match text.split_once("{row.") {
                None => targets.extend(filling.fill_one(text, None).map(target)),
                Some(_) if rows.len() <= ROWS_MAX => {
                    let filled = rows.iter();
                    let filled = filled.filter_map(|row| filling.fill_one(text, Some(row)));
                    targets.extend(filled.map(target));
                }
                Some((before, _)) => targets.extend(filling.beginning(before)),
            }
        }
    }
    let mut seen = HashSet::new();
    targets.retain(|target| seen.insert(target.clone()));
    targets
}

/// How a tag holds a value.
pub type Escape = fn(&str) -> String;

fn plain(value: &str) -> String {
    value.to_owned()
}

/// What the names of one template stand for.
struct Filling<'v> {
    values: &'v [(&'v str, Option<&'v str>)],
    escape: Escape,
}

impl Filling<'_> {
    fn beginning(&self, before: &str) -> Option<Target> {
        Some(match self.fill_one(before, None)? {
            nothing if nothing.is_empty() => Target::All,
            prefix => Target::Prefix(prefix),
        })
    }

    /// One pass, so that braces inside a value are not taken for a name.
    fn fill_one(&self, template: &str, row: Option<&Value>) -> Option<String> {
        let mut out = String::with_capacity(template.len() + 16);
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let (name, behind) = after.split_once('}')?;
            let escape = self.escape;
            out.push_str(&match name.strip_prefix("row.") {
                Some(column) => escape(&text(row?.get(column)?)?),
                None => escape(param(name, self.values)?),
            });
            rest = behind;
        }
        out.push_str(rest);
        Some(out)
    }
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
        let escapes: [Escape; 2] = [
            |value| value.replace(' ', "%20").replace('/', "%2F"),
            |value| value.replace(' ', "%20"),
        ];
        let targets = fill(&templates, values, body.as_bytes(), &escapes);
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
    fn a_star_in_a_value_is_no_beginning_and_a_path_is_escaped_as_the_tags_of_answers_are() {
        let values = [
            ("q", Some("a b*")),
            ("star", Some("*")),
            ("rest", Some("a/b")),
        ];
        for (template, expected) in [
            ("search:{q}", vec!["tag:search:a b*"]),
            ("search:{q}*", vec!["prefix:search:a b*"]),
            ("{star}", vec!["tag:*"]),
            ("{row.slug}", vec!["tag:*"]),
            ("/search/{q}", vec!["tag:/search/a%20b*"]),
            ("/search/{q}/*", vec!["prefix:/search/a%20b*/"]),
            // As the rest of a path, and as one segment of it.
            ("/f/{rest}", vec!["tag:/f/a%2Fb", "tag:/f/a/b"]),
        ] {
            let found = check(&[template], &values, "{\"slug\":\"*\"}");
            assert_eq!(found, expected, "{template}");
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
