//! `Surrogate-Key` (members divided by spaces) and `Cache-Tag` (by commas): the tags that an origin gives
//! its answers, by which they are purged. No RFC has them; CDNs agree on the two forms.

use super::fields::Fields;

/// How many tags one answer has at most.
pub const TAGS_MAX: usize = 256;
/// Bytes of one tag.
pub const TAG_BYTES_MAX: usize = 1024;

/// Both are for Forebay alone: they are not sent downstream unless the site says so.
pub const FIELDS: [&str; 2] = ["surrogate-key", "cache-tag"];

/// Why an answer's tags cannot be kept. It must not be stored then: a purge by one of them would leave
/// it where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TagsProblem {
    TooMany,
    TooLong,
    /// Control characters, or characters beyond ASCII, which could not be told apart once two systems
    /// have written them.
    Character,
}

impl TagsProblem {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TooMany => "tags-too-many",
            Self::TooLong => "tag-too-long",
            Self::Character => "tag-character",
        }
    }
}

/// The tags, each once, in the order of the fields. Tags have a case.
///
/// # Errors
/// Why they cannot be kept.
pub fn read(response: &Fields) -> Result<Vec<String>, TagsProblem> {
    let spaced = response
        .lines("surrogate-key")
        .flat_map(|line| line.split([' ', '\t']));
    // No list of §5.6.1: a quote is a character like others.
    let listed = response
        .lines("cache-tag")
        .flat_map(|line| line.split(',').map(|tag| tag.trim_matches([' ', '\t'])));
    let mut tags: Vec<String> = Vec::new();
    for tag in spaced.chain(listed).filter(|tag| !tag.is_empty()) {
        check(tag)?;
        if tags.iter().any(|known| known == tag) {
            continue;
        }
        if tags.len() == TAGS_MAX {
            return Err(TagsProblem::TooMany);
        }
        tags.push(tag.to_owned());
    }
    Ok(tags)
}

fn check(tag: &str) -> Result<(), TagsProblem> {
    if tag.len() > TAG_BYTES_MAX {
        return Err(TagsProblem::TooLong);
    }
    let is_plain = tag.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if is_plain {
        Ok(())
    } else {
        Err(TagsProblem::Character)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_of(lines: &[(&str, &str)]) -> Result<Vec<String>, TagsProblem> {
        read(&lines.iter().copied().collect())
    }

    #[test]
    fn both_forms_and_several_lines() {
        let tags = read_of(&[
            ("Surrogate-Key", " a  b,c\ta"),
            ("Cache-Tag", "d e , \"f,g\",,B"),
            ("surrogate-key", "h"),
        ]);
        let expected = ["a", "b,c", "h", "d e", "\"f", "g\"", "B"];
        assert_eq!(tags.unwrap(), expected);
        assert_eq!(read_of(&[("Cache-Tag", " , ")]), Ok(Vec::new()));
        assert_eq!(read_of(&[]), Ok(Vec::new()));
    }

    #[test]
    fn what_could_not_be_purged_is_a_problem() {
        let many: Vec<String> = (0..=TAGS_MAX).map(|n| n.to_string()).collect();
        let long = "x".repeat(TAG_BYTES_MAX + 1);
        for (value, expected) in [
            (many.join(","), Err(TagsProblem::TooMany)),
            (long, Err(TagsProblem::TooLong)),
            ("a\u{7f}".to_owned(), Err(TagsProblem::Character)),
            ("caf\u{e9}".to_owned(), Err(TagsProblem::Character)),
            ("x,".repeat(TAGS_MAX * 2), Ok(vec!["x".to_owned()])),
        ] {
            assert_eq!(read_of(&[("Cache-Tag", &value)]), expected, "{value}");
        }
    }
}
