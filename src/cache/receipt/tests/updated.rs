//! What is served after a validation, against RFC 9111 §3.1, §3.2 and §4.3.4, told once more by somebody who knows
//! nothing of the code: lists of lines, one field name at a time.

use super::*;
use proptest::prelude::*;

type Line = (String, String);

/// Values of `Cache-Control` that let a response with an entity-tag be stored, and what each one says
/// is not for the store.
const NAMING: [(&str, &[&str]); 4] = [
    ("max-age=60", &[]),
    ("max-age=60, private=\"a\"", &["a"]),
    ("max-age=60, no-cache=\"B, c\"", &["b", "c"]),
    (
        "max-age=60, private=\"set-cookie, b\"",
        &["set-cookie", "b"],
    ),
];
const FORBIDDING: [&str; 2] = ["no-store", "private"];

fn line() -> impl Strategy<Value = Line> {
    let name = prop::sample::select(vec![
        "A",
        "a",
        "B",
        "C",
        "Content-Type",
        "Surrogate-Key",
        "Age",
    ]);
    let plain = (name, "[1-3]");
    let fixed = prop::sample::select(vec![
        ("Connection", "close, b"),
        ("Connection", "A"),
        ("Keep-Alive", "1"),
        ("Upgrade", "x"),
        ("Content-Length", "3"),
        ("Content-Length", "4"),
        ("Content-Encoding", "br"),
        ("Content-Range", "bytes 0-1/3"),
        ("Set-Cookie", "a=b"),
    ]);
    let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    prop_oneof![
        3 => plain.prop_map(|(name, value)| (name.to_owned(), value)),
        2 => fixed.prop_map(own),
    ]
}

/// `always`: what a response has to have. `governs`: its `Cache-Control`, which stands somewhere.
fn message(
    always: Lines<'static>,
    governs: impl Strategy<Value = Option<&'static str>>,
) -> impl Strategy<Value = Vec<Line>> {
    let lines = prop::collection::vec(line(), 0..8);
    (lines, governs, any::<prop::sample::Index>()).prop_map(move |(mut lines, governs, at)| {
        if let Some(value) = governs {
            let at = at.index(lines.len() + 1);
            lines.insert(at, ("Cache-Control".to_owned(), value.to_owned()));
        }
        lines.extend(
            always
                .iter()
                .map(|(n, v)| ((*n).to_owned(), (*v).to_owned())),
        );
        lines
    })
}

fn values(lines: &[Line], name: &str) -> Vec<String> {
    let of_name = lines
        .iter()
        .filter(|(own, _)| own.eq_ignore_ascii_case(name));
    of_name.map(|(_, value)| value.clone()).collect()
}

/// Some lists here hold one member alone, so commas divide them.
fn is_listed(lines: &[Line], list: &str, name: &str) -> bool {
    let all = values(lines, list).join(",");
    all.split(',')
        .any(|member| member.trim().eq_ignore_ascii_case(name))
}

/// §3.1, and RFC 9110 §7.6.1.
fn about_the_connection(lines: &[Line], name: &str) -> bool {
    ["connection", "keep-alive", "upgrade"].contains(&name) || is_listed(lines, "connection", name)
}

fn named_by(lines: &[Line]) -> &'static [&'static str] {
    let said = values(lines, "cache-control");
    let known = NAMING
        .iter()
        .find(|(value, _)| said.iter().any(|own| own == value));
    known.map_or(&[], |(_, names)| names)
}

/// Whether a response with an entity-tag that brings these lines may be kept at all; its cookies only if
/// it is said that they are not for the store. `governs`: the response whose `Cache-Control` holds.
fn may_be_kept(lines: &[Line], governs: &[Line]) -> bool {
    let said = values(governs, "cache-control");
    let forbidden = said.iter().any(|own| FORBIDDING.contains(&own.as_str()));
    let names_cookies = named_by(governs).contains(&"set-cookie");
    !forbidden && (values(lines, "set-cookie").is_empty() || names_cookies)
}

/// §3.2: a validation that says nothing of caching changes nothing of it.
fn governing<'a>(first: &'a [Line], validation: &'a [Line]) -> &'a [Line] {
    if values(validation, "cache-control").is_empty() {
        first
    } else {
        validation
    }
}

/// What is sent in the end of the field `name`, which is in small letters.
fn expected(first: &[Line], validation: &[Line], name: &str) -> Vec<String> {
    match name {
        // Never stored, and reckoned anew.
        "set-cookie" | "age" => return Vec::new(),
        _ => {}
    }
    let governs = governing(first, validation);
    if may_be_kept(validation, governs) && named_by(governs).contains(&name) {
        return Vec::new();
    }
    // §3.2: never `Content-Length`; the coding and the range belong to the stored bytes.
    let replaces = !["content-length", "content-encoding", "content-range"].contains(&name);
    if replaces && !about_the_connection(validation, name) && !values(validation, name).is_empty() {
        return values(validation, name);
    }
    if about_the_connection(first, name) || named_by(first).contains(&name) {
        return Vec::new();
    }
    values(first, name)
}

fn borrowed(lines: &[Line]) -> Vec<(&str, &str)> {
    lines
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect()
}

fn first() -> impl Strategy<Value = Vec<Line>> {
    let governs = prop::sample::select(NAMING.to_vec()).prop_map(|(value, _)| Some(value));
    message(&[TAG, DATED], governs)
}

fn validation() -> impl Strategy<Value = Vec<Line>> {
    let naming = NAMING.iter().map(|(value, _)| Some(*value));
    let all: Vec<_> = naming.chain(FORBIDDING.map(Some)).chain([None]).collect();
    message(&[("Date", LATER_DATE)], prop::sample::select(all))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn freshened_it_has_exactly_the_fields_of_the_rfc(
        first in first(),
        validation in validation(),
    ) {
        let head = match received(&honoring(), &[], 200, &borrowed(&first)) {
            Received::Store(head) => head,
            Received::Refuse(why) => {
                prop_assert!(!may_be_kept(&first, &first), "{}", why);
                return Ok(());
            }
        };
        prop_assert!(may_be_kept(&first, &first));
        let found = after_304(&head, &[], &borrowed(&validation));
        let found = found.ok_or_else(|| TestCaseError::fail("it was not freshened"))?;
        let is_kept = matches!(found, Freshened::Store(_));
        let governs = governing(&first, &validation);
        prop_assert_eq!(is_kept, may_be_kept(&validation, governs));
        // The fields that `respond::origin` sends, but for `Age`, which it reckons.
        let sent = &found.head().headers;
        let all = first.iter().chain(&validation).chain(sent);
        for name in all.map(|(name, _)| name.to_ascii_lowercase()) {
            prop_assert_eq!(values(sent, &name), expected(&first, &validation, &name), "{}", name);
        }
    }
}
