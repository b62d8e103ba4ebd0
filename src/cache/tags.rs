//! Surrogate keys of a stored response: a route's templates, filled in, and the tables that its query
//! reads.

/// `templates` as `pitch:{id}`; `values` by name, canonical (`7` for `007`), an absent one empty;
/// `tables` as `schema.table`.
pub fn fill(templates: &[String], values: &[(&str, &str)], tables: &[String]) -> Vec<String> {
    let filled = templates.iter().map(|template| fill_one(template, values));
    let read = tables.iter().map(|table| format!("table:{table}"));
    filled.chain(read).collect()
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
        if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
            out.push_str(value);
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(template: &str, values: &[(&str, &str)]) -> String {
        fill(&[template.to_owned()], values, &[]).remove(0)
    }

    #[test]
    fn names_are_filled_in_and_values_are_not_read_as_templates() {
        assert_eq!(check("pitch:{id}", &[("id", "7")]), "pitch:7");
        assert_eq!(check("{a}-{b}", &[("a", "{b}"), ("b", "x")]), "{b}-x");
        assert_eq!(check("plain", &[]), "plain");
        assert_eq!(check("q:{q}", &[("q", "")]), "q:");
        assert_eq!(check("open{", &[]), "open{");
    }

    #[test]
    fn tables_read_are_tags_too() {
        let tables = ["public.pitches".to_owned()];
        assert_eq!(fill(&[], &[], &tables), ["table:public.pitches"]);
    }
}
