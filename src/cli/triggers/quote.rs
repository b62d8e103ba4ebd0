//! Names and texts as SQL takes them, whatever they hold.

/// `"public"`
pub fn name(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// `"public"."pitches"` of `public.pitches`: of what a schema is called, only the table's part may hold
/// a point.
pub fn table(text: &str) -> String {
    match text.split_once('.') {
        Some((schema, table)) => format!("{}.{}", name(schema), name(table)),
        None => name(text),
    }
}

/// `'text'`; `E'…'` where there is a backslash, which means the same under any setting.
pub fn literal(text: &str) -> String {
    let doubled = text.replace('\'', "''");
    if text.contains('\\') {
        format!("E'{}'", doubled.replace('\\', "\\\\"))
    } else {
        format!("'{doubled}'")
    }
}

/// A delimiter for a text that holds `parts`: `$forebay$`, or a longer one.
pub fn dollars<'a>(parts: impl Iterator<Item = &'a str> + Clone) -> String {
    let mut tag = "$forebay$".to_owned();
    while parts.clone().any(|part| part.contains(&tag)) {
        tag = tag.replace("y", "yy");
    }
    tag
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_name_or_a_text_holds() {
        assert_eq!(name("a\"b"), "\"a\"\"b\"");
        assert_eq!(table("public.Weird Table"), "\"public\".\"Weird Table\"");
        assert_eq!(table("public.a.b"), "\"public\".\"a.b\"");
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal("a\\'b"), "E'a\\\\''b'");
    }

    #[test]
    fn a_delimiter_is_in_none_of_the_parts() {
        assert_eq!(dollars(["a"].into_iter()), "$forebay$");
        assert_eq!(dollars(["a$forebay$b"].into_iter()), "$forebayy$");
    }
}
