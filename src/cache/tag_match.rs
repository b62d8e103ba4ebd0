//! Whether a template of tags, such as `pitch:{id}`, can have made a tag, or one that begins so.

/// How much of a tag a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    Whole,
    Beginning,
}

/// Parameters of one template that are told apart; a template with more may be anything.
const PARAMETERS_MAX: usize = 4;

/// Never says no to what can be; a parameter may be any text.
pub fn may_be(template: &str, text: &str, extent: Extent) -> bool {
    let literals: Vec<&str> = template
        .split('{')
        .enumerate()
        .map(|(index, part)| match (index, part.split_once('}')) {
            (0, _) | (_, None) => part,
            (_, Some((_, literal))) => literal,
        })
        .collect();
    let Some((first, rest)) = literals.split_first() else {
        return true;
    };
    rest.len() > PARAMETERS_MAX || after_literal(first, rest, text, extent)
}

fn after_literal(literal: &str, rest: &[&str], text: &str, extent: Extent) -> bool {
    if extent == Extent::Beginning && literal.starts_with(text) {
        return true;
    }
    let Some(left) = text.strip_prefix(literal) else {
        return false;
    };
    match (rest.split_first(), extent) {
        (None, _) => left.is_empty(),
        // What is left can be the beginning of the parameter.
        (Some(_), Extent::Beginning) => true,
        (Some((next, rest)), Extent::Whole) => {
            let ends = left.char_indices().map(|(at, _)| at).chain([left.len()]);
            let mut behind = ends.filter_map(|at| left.get(at..));
            behind.any(|left| after_literal(next, rest, left, extent))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_what_its_literals_allow() {
        for (template, text, whole, beginning) in [
            ("pitches", "pitches", true, true),
            ("pitches", "pitch", false, true),
            ("pitches", "pitches:", false, false),
            ("pitch:{id}", "pitch:7", true, true),
            ("pitch:{id}", "pitch:", true, true),
            ("pitch:{id}", "pit", false, true),
            ("pitch:{id}", "patient:7", false, false),
            ("a:{x}:b:{y}", "a:1:b:2", true, true),
            ("a:{x}:b", "a:1:c", false, true),
            ("a:{x}:b", "a:1:b:b", true, true),
            ("/api/pitches/{id}", "/api/", false, true),
            ("/api/pitches/{id}", "/api/pitches/3", true, true),
            ("{a}{b}{c}{d}{e}", "anything", true, true),
            ("pitch:{id}", "", false, true),
        ] {
            assert_eq!(
                may_be(template, text, Extent::Whole),
                whole,
                "{template} {text}"
            );
            let begins = may_be(template, text, Extent::Beginning);
            assert_eq!(begins, beginning, "{template} {text}*");
        }
    }
}
