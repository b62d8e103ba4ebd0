//! The names of functions that a query's text seems to call.

use crate::source::sql::names::{Then, names};
use std::collections::BTreeSet;

/// Names that an opening parenthesis follows. It finds too many (`values (…)`), which the lookup in
/// `pg_proc` sorts out.
pub fn called(sql: &str) -> BTreeSet<String> {
    let names = names(sql).into_iter();
    let called = names.filter(|name| name.then == Then::Parenthesis);
    called.map(|name| name.text).collect()
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
        check(
            "select 'f(x)', \"G\"(1) -- h(2)\n, i(3) /* j(4) */",
            &["G", "i"],
        );
        check("select 'it''s f(x)'", &[]);
        check("select 'open", &[]);
        check("", &[]);
    }
}
