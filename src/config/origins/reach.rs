//! `headers`, `headers_only` and `tag_headers`: which fields an origin gets, and which of its own are
//! kept from clients.

use crate::config::fields::Fields;
use crate::config::names::hint;
use crate::config::reader::Reader;
use crate::config::site::TagFields;
use crate::semantics::connection::is_hop_by_hop;
use crate::semantics::fields::is_token;
use crate::semantics::forwarding::Reach;

pub fn read(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Reach {
    let of = fields.of().to_owned();
    let mut allow = Vec::new();
    for name in fields.texts("headers", reader).unwrap_or_default() {
        match never_passes(name.value) {
            None => allow.push(name.value.to_owned()),
            Some((why, mend)) => {
                let what = format!("bad header \"{}\" in headers of {of}: {why}", name.value);
                reader.error(name.line, what, mend);
            }
        }
    }
    let only = fields.flag("headers_only", reader);
    match only.is_some_and(|only| only.value) {
        true => Reach::Only { allow },
        false => Reach::AllBut { allow },
    }
}

/// Why a field reaches no origin, whatever is written, and what to write instead.
fn never_passes(name: &str) -> Option<(&'static str, &'static str)> {
    if !is_token(name) {
        Some((
            "no header has this name",
            "write a name such as \"X-Tenant\"",
        ))
    } else if name.eq_ignore_ascii_case("host") {
        Some((
            "the origin's own url says its host",
            "remove it: an origin reads the client's host from X-Forwarded-Host",
        ))
    } else if is_hop_by_hop(name) {
        Some(("it is about the client's connection", "remove it"))
    } else {
        None
    }
}

pub fn read_tag_fields(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> TagFields {
    let Some(text) = fields.text("tag_headers", reader) else {
        return TagFields::default();
    };
    match text.value {
        "strip" => TagFields::Stripped,
        "pass" => TagFields::Passed,
        other => {
            let what = format!("unknown tag_headers \"{other}\" of {}", fields.of());
            let mend = hint(other, ["strip", "pass"].into_iter()).unwrap_or_default();
            reader.error(text.line, what, mend);
            TagFields::default()
        }
    }
}
