//! The names of functions that a query's text seems to call.

use std::collections::BTreeSet;

/// Identifiers that an opening parenthesis follows, folded as Postgres folds them. It finds too many
/// (`values (…)`), which the lookup in `pg_proc` sorts out; strings and comments are skipped.
pub fn called(sql: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        if let Some(after) = skip_opaque(rest) {
            rest = after;
        } else if first.is_alphabetic() || first == '_' {
            let end = rest
                .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))
                .unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            if after.trim_start().starts_with('(') {
                names.insert(name.to_lowercase());
            }
            rest = after;
        } else {
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        }
    }
    names
}

/// What follows a comment or a string that `text` begins with; `None` when it begins otherwise.
fn skip_opaque(text: &str) -> Option<&str> {
    let ends = [("--", "\n"), ("/*", "*/"), ("'", "'"), ("\"", "\"")];
    let (open, close) = ends.into_iter().find(|(open, _)| text.starts_with(open))?;
    let inner = text.get(open.len()..)?;
    let after = inner.split_once(close).map_or("", |(_, after)| after);
    Some(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sql: &str, expected: &[&str]) {
        assert_eq!(
            called(sql).iter().map(String::as_str).collect::<Vec<_>>(),
            expected
        );
    }

    #[test]
    fn calls_are_found_and_strings_and_comments_are_not() {
        check("select Now(), app.tick ($1), id from t", &["now", "tick"]);
        check("select 'f(x)', \"g\"(1) -- h(2)\n, i(3) /* j(4) */", &["i"]);
        check("select 'it''s f(x)'", &[]);
        check("select 'open", &[]);
        check("", &[]);
    }
}
