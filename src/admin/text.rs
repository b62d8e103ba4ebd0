//! A JSON document as lines for people.

use serde_json::Value;

/// One line a value, indented by where it stands; lists have dashes.
pub fn render(document: &Value) -> String {
    let mut out = String::new();
    match document {
        Value::Object(_) | Value::Array(_) => push_inner(&mut out, document, 0),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            out.push_str(&plain(document));
            out.push('\n');
        }
    }
    out
}

fn push_inner(out: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                indent(out, depth);
                push_named(out, &format!("{name}:"), field, depth);
            }
        }
        Value::Array(items) => {
            for item in items {
                indent(out, depth);
                match item {
                    Value::Object(_) | Value::Array(_) => push_item(out, item, depth),
                    Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                        push_named(out, "-", item, depth);
                    }
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The first field of an object stands behind the dash.
fn push_item(out: &mut String, item: &Value, depth: usize) {
    let mut inner = String::new();
    push_inner(&mut inner, item, depth + 1);
    out.push_str("- ");
    out.push_str(inner.trim_start());
    if inner.is_empty() {
        out.push('\n');
    }
}

fn push_named(out: &mut String, name: &str, value: &Value, depth: usize) {
    out.push_str(name);
    let is_nested = match value {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    };
    if is_nested {
        out.push('\n');
        push_inner(out, value, depth + 1);
    } else {
        out.push(' ');
        out.push_str(&plain(value));
        out.push('\n');
    }
}

fn indent(out: &mut String, depth: usize) {
    for _ in 0..depth {
        out.push_str("  ");
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "none".into(),
        Value::Bool(true) => "yes".into(),
        Value::Bool(false) => "no".into(),
        Value::Number(number) => number.to_string(),
        // A value of a request may hold line feeds, which would look like lines of ours.
        Value::String(text) => text.escape_debug().to_string().replace("\\\"", "\""),
        Value::Array(_) | Value::Object(_) => "none".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn documents_become_indented_lines() {
        let document = json!({
            "now": "It is a hit.",
            "route": {"pattern": "GET /a", "tier": null, "open": true},
            "layers": [{"layer": "memory", "tags": ["a", "b"]}, {"layer": "colo", "tags": []}],
            "empty": {},
        });
        let text = render(&document);
        for line in [
            "now: It is a hit.\n",
            "route:\n  open: yes\n  pattern: GET /a\n  tier: none\n",
            "layers:\n  - layer: memory\n    tags:\n      - a\n      - b\n  - layer: colo\n    tags: none\n",
            "empty: none\n",
        ] {
            assert!(text.contains(line), "{line:?} in {text}");
        }
    }

    #[test]
    fn what_a_request_says_stays_on_its_line() {
        let text = render(&json!({"a": "x\ny: z\u{7}", "b": "say \"hi\""}));
        assert_eq!(text, "a: x\\ny: z\\u{7}\nb: say \"hi\"\n");
    }
}
