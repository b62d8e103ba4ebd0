//! Cache groups (RFC 9875): `Cache-Groups` puts a response into groups, `Cache-Group-Invalidation` on the
//! answer to an unsafe method invalidates all of a group. Both are Lists of Strings (RFC 9651), and a
//! group belongs to one origin. Here a group is a tag, so that purges need not know of it.

use super::fields::Fields;
use super::uri::Origin;
use sfv::visitor::{EntryVisitor, Ignored, InnerListVisitor, ItemVisitor, ListVisitor};
use sfv::{BareItemFromInput, Parser};
use std::convert::Infallible;

/// How many groups are kept of one field; §2 wants 32 at least.
pub const GROUPS_MAX: usize = 128;

/// What a tag that stands for a group begins with.
pub const PREFIX: &str = "group:";

/// The groups of a response to a request to `origin`, as tags.
///
/// What is beyond [`GROUPS_MAX`] is left out: §2 lets a cache support fewer than an origin names.
pub fn tags_of(response: &Fields, origin: &Origin) -> Vec<String> {
    read(response, "cache-groups", origin)
}

/// The groups that the answer to an unsafe method invalidates (§3), as tags. On other answers the field
/// must be ignored, which the caller sees to.
pub fn invalidated_by(response: &Fields, origin: &Origin) -> Vec<String> {
    read(response, "cache-group-invalidation", origin)
}

/// A field that is no List of Strings is ignored as a whole (RFC 9651 §4.2).
fn read(response: &Fields, name: &str, origin: &Origin) -> Vec<String> {
    let Some(value) = response.combined(name) else {
        return Vec::new();
    };
    let parsed = Parser::new(value.as_ref()).parse_list_with_visitor(Groups::default());
    let Ok(Some(groups)) = parsed else {
        return Vec::new();
    };
    let mut tags: Vec<String> = Vec::new();
    for group in groups {
        // An origin has no space in it, so what follows the first one is the group.
        let tag = format!("{PREFIX}{origin} {group}");
        if tags.len() < GROUPS_MAX && !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    tags
}

/// Collects strings; `None` once something else was among them.
struct Groups(Option<Vec<String>>);

impl Default for Groups {
    fn default() -> Self {
        Self(Some(Vec::new()))
    }
}

impl<'a> ListVisitor<'a> for Groups {
    type Out = Option<Vec<String>>;
    type Error = Infallible;

    fn entry(&mut self) -> Result<impl EntryVisitor<'a>, Infallible> {
        Ok(Member(self))
    }

    fn finish(self) -> Result<Self::Out, Infallible> {
        Ok(self.0)
    }
}

struct Member<'g>(&'g mut Groups);

impl<'a> EntryVisitor<'a> for Member<'_> {
    type Error = Infallible;

    fn item(self) -> Result<impl ItemVisitor<'a>, Infallible> {
        Ok(self)
    }

    fn inner_list(self) -> Result<impl InnerListVisitor<'a>, Infallible> {
        self.0.0 = None;
        Ok(Ignored)
    }
}

impl<'a> ItemVisitor<'a> for Member<'_> {
    type Out = ();
    type Error = Infallible;

    /// §2: parameters that nobody defined are ignored.
    fn bare_item(
        self,
        item: BareItemFromInput<'a>,
    ) -> Result<impl sfv::visitor::ParameterVisitor<'a, Out = ()>, Infallible> {
        match item.as_string() {
            Some(text) => {
                if let Some(groups) = &mut self.0.0 {
                    groups.push(text.as_str().to_owned());
                }
            }
            None => self.0.0 = None,
        }
        Ok(Ignored)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::semantics::uri::Scheme;
    use proptest::prelude::*;

    fn origin() -> Origin {
        Origin::new(Scheme::Https, "example.com").unwrap()
    }

    fn check(lines: &[&str], expected: &[&str]) {
        let response = lines.iter().map(|line| ("Cache-Groups", *line)).collect();
        let tags: Vec<String> = expected
            .iter()
            .map(|group| format!("group:https://example.com {group}"))
            .collect();
        assert_eq!(tags_of(&response, &origin()), tags, "{lines:?}");
    }

    #[test]
    fn rfc_9875_2_groups_are_strings_with_a_case() {
        check(
            &["\"eurovision-results\", \"australia\""],
            &["eurovision-results", "australia"],
        );
        check(&["\"a\"", "\"A\", \"a\""], &["a", "A"]);
        check(&["\"a\";x=1;y"], &["a"]);
        check(&["\"a \\\" b\""], &["a \" b"]);
        check(&["\"\""], &[""]);
    }

    #[test]
    fn rfc_9651_4_2_what_is_no_list_of_strings_is_ignored() {
        for line in [
            "a",
            "\"a\", b",
            "(\"a\")",
            "\"a\", 1",
            "\"a",
            "\"a\",",
            "?1",
            "\"caf\u{e9}\"",
        ] {
            check(&[line], &[]);
        }
        check(&[], &[]);
        check(&["\"a\"", "b"], &[]);
    }

    #[test]
    fn rfc_9875_2_1_a_group_belongs_to_its_origin() {
        let response: Fields = [("Cache-Group-Invalidation", "\"a\"")]
            .into_iter()
            .collect();
        let elsewhere = Origin::new(Scheme::Https, "example.com:444").unwrap();
        let (here, there) = (
            invalidated_by(&response, &origin()),
            invalidated_by(&response, &elsewhere),
        );
        assert_eq!(here, ["group:https://example.com a"]);
        assert_ne!(here, there);
    }

    #[test]
    fn groups_are_bounded() {
        let many: Vec<String> = (0..GROUPS_MAX * 2).map(|n| format!("\"{n}\"")).collect();
        let response: Fields = [("Cache-Groups", many.join(", "))].into_iter().collect();
        assert_eq!(tags_of(&response, &origin()).len(), GROUPS_MAX);
    }

    proptest! {
        #[test]
        fn any_field_is_read_or_ignored(value in any::<String>()) {
            let response: Fields = [("Cache-Groups", value.as_str())].into_iter().collect();
            for tag in tags_of(&response, &origin()) {
                prop_assert!(tag.starts_with("group:https://example.com "));
            }
        }
    }
}
