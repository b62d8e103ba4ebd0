//! `fallback` of an origin: another one, that is asked when none of its servers answers.

use crate::config::fields::Fields;
use crate::config::names::Names;
use crate::config::reader::{At, Reader};
use crate::config::site::{Origin, OriginId};

/// A fallback as written: whose, and the other's name.
#[derive(Debug)]
pub struct Draft {
    name: String,
    other: At<String>,
}

pub fn read(name: &str, fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Option<Draft> {
    let other = fields.text("fallback", reader)?;
    Some(Draft {
        name: name.to_owned(),
        other: At {
            value: other.value.to_owned(),
            line: other.line,
        },
    })
}

/// Joins origins with their fallbacks, once all are known.
pub fn settle(drafts: &[Draft], origins: &mut Names<Origin>, reader: &mut Reader<'_>) {
    for draft in drafts {
        let Draft { name, other } = draft;
        if let Some(round) = leads_back(name, drafts) {
            // Of those in one circle, one is told.
            if round.iter().min() == Some(&name.as_str()) {
                let what = format!("fallback of origin \"{name}\" leads back to it");
                let path: Vec<&str> = round.into_iter().chain([name.as_str()]).collect();
                let mend = format!("break the circle {}", path.join(" → "));
                reader.error(other.line, what, mend);
            }
            continue;
        }
        let Some(index) = origins.resolve(&other.value, other.line, reader) else {
            continue;
        };
        if let Some(origin) = origins.get_mut_by_name(name) {
            origin.fallback = u16::try_from(index).ok().map(OriginId);
        }
    }
}

/// The way from `name` back to itself, without its end.
fn leads_back<'a>(name: &'a str, drafts: &'a [Draft]) -> Option<Vec<&'a str>> {
    let mut path = vec![name];
    let mut at = name;
    loop {
        let draft = drafts.iter().find(|draft| draft.name == at)?;
        at = draft.other.value.as_str();
        if at == name {
            return Some(path);
        }
        if path.contains(&at) {
            // A circle that `name` only leads into; those who are in it are told of it.
            return None;
        }
        path.push(at);
    }
}
