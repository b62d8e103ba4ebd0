//! `honor_origin`: tiers whose terms an HTTP origin sets by its own fields.

use super::{check_layers, read_layers};
use crate::config::fields::Fields;
use crate::config::reader::{At, Reader};
use crate::policy::{HonorOrigin, Layers, Tier};
use crate::semantics::targeted::TargetList;
use std::time::Duration;

/// What a tier says that sets its terms itself.
const OWN_TERMS: [&str; 6] = ["ttl", "swr", "sie", "negative", "eager", "soft_timeout"];

/// What only a tier says that leaves its terms to the origin.
const HONORING: [&str; 3] = ["targets", "heuristic_max", "stale_max"];

/// Whether a tier leaves its terms to the origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terms {
    Own,
    OfOrigin,
}

/// Reads `honor_origin`, and reports what does not go with it.
pub fn read_terms(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Terms {
    let honors = fields.flag("honor_origin", reader);
    let of = fields.of().to_owned();
    if honors.is_some_and(|flag| flag.value) {
        for name in OWN_TERMS.into_iter().filter(|name| fields.has(name)) {
            let line = fields.line_of(name, reader);
            let what = format!("{of} has {name} beside honor_origin: the origin sets the terms");
            let mend = format!("remove {name}, or remove honor_origin to set the terms here");
            reader.error(line, what, mend);
        }
        return Terms::OfOrigin;
    }
    for name in HONORING.into_iter().filter(|name| fields.has(name)) {
        let line = fields.line_of(name, reader);
        let what = format!("{of} has {name} without honor_origin");
        reader.error(line, what, "add honor_origin = true, or remove it");
    }
    Terms::Own
}

/// The names that a tier of other terms knows too, so that none is told as unknown besides.
pub fn know_others(terms: Terms, fields: &mut Fields<'_>) {
    let others: &[&'static str] = match terms {
        Terms::Own => &HONORING,
        Terms::OfOrigin => &OWN_TERMS,
    };
    others.iter().for_each(|name| fields.know(name));
}

pub fn read_tier(name: &str, mut fields: Fields<'_>, reader: &mut Reader<'_>) -> Tier {
    let default = HonorOrigin::default();
    let private = fields.flag("private", reader);
    let private = private.is_some_and(|flag| flag.value);
    let listed = read_layers(&mut fields, reader);
    check_layers(fields.of(), None, private, listed.as_ref(), reader);
    let targets = read_targets(&mut fields, reader).unwrap_or(default.targets);
    let heuristic_max = fields.duration("heuristic_max", reader);
    let stale_max = fields.duration("stale_max", reader);
    let honor = HonorOrigin {
        targets,
        heuristic_max: heuristic_max.map_or(default.heuristic_max, |max| max.value),
        stale_max: stale_max.map_or(default.stale_max, |max| max.value),
    };
    fields.finish(reader);
    let default_layers = if private { Layers::MEMORY } else { Layers::ALL };
    Tier {
        name: name.to_owned(),
        ttl: Duration::ZERO,
        swr: Duration::ZERO,
        sie: Duration::ZERO,
        negative_ttl: Duration::ZERO,
        layers: listed.map_or(default_layers, |listed| listed.value),
        private,
        eager: None,
        soft_timeout: None,
        honor_origin: Some(honor),
    }
}

/// None at all is a choice too: then `Cache-Control` alone is heard.
fn read_targets(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Option<TargetList> {
    let names = fields.texts("targets", reader)?;
    for At { value, line } in &names {
        if let Err(problem) = TargetList::new([(*value).to_owned()]) {
            let what = format!("bad targets of {}: {problem}", fields.of());
            reader.error(*line, what, "write names such as \"CDN-Cache-Control\"");
        }
    }
    TargetList::new(names.iter().map(|name| name.value.to_owned())).ok()
}
