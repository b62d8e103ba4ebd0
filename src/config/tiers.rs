//! `[tier]`: the cache policies that routes name.

mod honoring;

use super::fields::{Fields, Named};
use super::names::{Names, hint};
use super::reader::{At, Reader};
use super::site::Shield;
use super::units::show_duration;
use crate::outcome::Layer;
use crate::policy::{Eager, GLOBAL_TTL_MIN, Layers, Tier};
use std::time::Duration;

const SIE: Duration = Duration::from_secs(3600);
const NEGATIVE: Duration = Duration::from_secs(10);

pub fn read(root: &mut Fields<'_>, shield: &Shield, reader: &mut Reader<'_>) -> Names<Tier> {
    let mut names = Names::new("tier");
    for Named { name, line, fields } in root.tables("tier", reader) {
        let tier = fields.and_then(|fields| read_tier(name, fields, shield, reader));
        names.add(name, reader.file(), line, tier);
    }
    names
}

fn read_tier(
    name: &str,
    mut fields: Fields<'_>,
    shield: &Shield,
    reader: &mut Reader<'_>,
) -> Option<Tier> {
    let terms = honoring::read_terms(&mut fields, reader);
    honoring::know_others(terms, &mut fields);
    match terms {
        honoring::Terms::Own => {}
        honoring::Terms::OfOrigin => return Some(honoring::read_tier(name, fields, reader)),
    }
    let ttl = read_ttl(&mut fields, reader);
    let swr = fields.duration("swr", reader);
    let sie = fields.duration("sie", reader);
    let negative = fields.duration("negative", reader);
    let private = fields
        .flag("private", reader)
        .is_some_and(|flag| flag.value);
    let listed = read_layers(&mut fields, reader);
    let eager = read_eager(&mut fields, ttl.as_ref(), reader);
    let soft_timeout = read_soft_timeout(&mut fields, shield, reader);
    if let Some(ttl) = &ttl {
        check_windows(fields.of(), ttl, swr.as_ref(), sie.as_ref(), reader);
        check_negative(fields.of(), ttl, negative.as_ref(), reader);
        check_layers(
            fields.of(),
            Some(ttl.value),
            private,
            listed.as_ref(),
            reader,
        );
    }
    let of = fields.of().to_owned();
    fields.finish(reader);
    let ttl = ttl?.value;
    let default_layers = if private { Layers::MEMORY } else { Layers::ALL };
    let tier = Tier {
        name: name.to_owned(),
        ttl,
        swr: swr.map_or(Duration::ZERO, |swr| swr.value),
        // Nothing fresh is stored on a zero TTL, so there is nothing to fall back on either.
        sie: sie.map_or(if ttl.is_zero() { Duration::ZERO } else { SIE }, |sie| {
            sie.value
        }),
        negative_ttl: negative
            .map_or(NEGATIVE, |negative| negative.value)
            .min(ttl),
        layers: listed.map_or(default_layers, |listed| listed.value),
        private,
        eager,
        soft_timeout: soft_timeout.as_ref().map(|soft| soft.value),
        honor_origin: None,
    };
    warn_no_stand_in(&of, &tier, soft_timeout.as_ref(), reader);
    Some(tier)
}

fn read_eager(
    fields: &mut Fields<'_>,
    ttl: Option<&At<Duration>>,
    reader: &mut Reader<'_>,
) -> Option<Eager> {
    const MEND: &str = "write a part of ttl from 0.5 to 0.999, such as eager = 0.8, or remove it";
    let thousandths = fields.thousandths("eager", MEND, reader)?;
    let of = fields.of().to_owned();
    if ttl.is_some_and(|ttl| ttl.value.is_zero()) {
        let what =
            format!("{of} has eager with ttl = \"0s\": no answer is fresh long enough to age");
        reader.error(thousandths.line, what, "give it a ttl, or remove eager");
    }
    let eager = Eager::from_thousandths(thousandths.value);
    if eager.is_none() {
        reader.error(
            thousandths.line,
            format!("eager of {of} is out of range"),
            MEND,
        );
    }
    eager
}

/// Past the hard limit there is nothing more to wait for, so the soft one must be under it.
fn read_soft_timeout(
    fields: &mut Fields<'_>,
    shield: &Shield,
    reader: &mut Reader<'_>,
) -> Option<At<Duration>> {
    let soft = fields.duration("soft_timeout", reader)?;
    let of = fields.of();
    let hard = show_duration(shield.fill_timeout);
    if soft.value.is_zero() {
        let what = format!("soft_timeout of {of} is zero: the source could never answer in time");
        reader.error(
            soft.line,
            what,
            "raise it, or raise swr, which waits for nothing",
        );
        return None;
    }
    if soft.value >= shield.fill_timeout {
        let long = show_duration(soft.value);
        reader.error(
            soft.line,
            format!("soft_timeout = \"{long}\" of {of} is not under fill_timeout, \"{hard}\""),
            "lower it, or raise fill_timeout of [shield]",
        );
        return None;
    }
    Some(soft)
}

/// Within `swr` nobody waits at all; it is between the ends of `swr` and `sie` that the soft limit acts.
fn warn_no_stand_in(of: &str, tier: &Tier, soft: Option<&At<Duration>>, reader: &mut Reader<'_>) {
    let Some(soft) = soft.filter(|_| tier.sie <= tier.swr) else {
        return;
    };
    reader.warning(
        soft.line,
        format!("soft_timeout of {of} never acts: sie is no longer than swr"),
        "raise sie, which is how long a stale answer may stand in, or remove soft_timeout",
    );
}

fn read_ttl(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Option<At<Duration>> {
    let (of, line) = (fields.of().to_owned(), fields.line());
    if fields.has("ttl") {
        return fields.duration("ttl", reader);
    }
    let _ = fields.duration("ttl", reader);
    let what = if fields.has("swr") {
        let swr_line = fields.line_of("swr", reader);
        reader.error(
            swr_line,
            format!("{of} has swr without ttl: answers are never fresh, so never stale"),
            "add ttl, how long an answer is fresh, such as ttl = \"5m\"",
        );
        return None;
    } else {
        format!("{of} has no ttl")
    };
    reader.error(
        line,
        what,
        "add ttl, how long an answer is fresh, such as ttl = \"5m\"",
    );
    None
}

fn check_windows(
    of: &str,
    ttl: &At<Duration>,
    swr: Option<&At<Duration>>,
    sie: Option<&At<Duration>>,
    reader: &mut Reader<'_>,
) {
    if !ttl.value.is_zero() {
        return;
    }
    for (name, window) in [("swr", swr), ("sie", sie)] {
        if let Some(window) = window.filter(|window| !window.value.is_zero()) {
            reader.error(
                window.line,
                format!("{of} has {name} with ttl = \"0s\": nothing is ever stored to serve stale"),
                format!("give it a ttl, such as \"1s\", or remove {name}"),
            );
        }
    }
}

fn check_negative(
    of: &str,
    ttl: &At<Duration>,
    negative: Option<&At<Duration>>,
    reader: &mut Reader<'_>,
) {
    let Some(negative) = negative.filter(|negative| negative.value > ttl.value) else {
        return;
    };
    let (long, short) = (show_duration(negative.value), show_duration(ttl.value));
    reader.warning(
        negative.line,
        format!("negative = \"{long}\" of {of} is longer than its ttl, and is cut to \"{short}\""),
        "a 404 is kept no longer than an answer: lower negative, or raise ttl",
    );
}

/// `ttl`: `None` when each answer has its own.
fn check_layers(
    of: &str,
    ttl: Option<Duration>,
    private: bool,
    listed: Option<&At<Layers>>,
    reader: &mut Reader<'_>,
) {
    let Some(listed) = listed else {
        return;
    };
    if private && (listed.value.colo || listed.value.global) {
        reader.error(
            listed.line,
            format!("{of} is private, but lists a layer that outlives the isolate"),
            "private answers stay in memory: write layers = [\"memory\"], or remove layers",
        );
    } else if let Some(ttl) = ttl.filter(|ttl| listed.value.global && *ttl < GLOBAL_TTL_MIN) {
        let ttl = show_duration(ttl);
        reader.error(
            listed.line,
            format!(
                "{of} lists the layer \"global\" with a ttl of {ttl}: KV keeps nothing under 60s"
            ),
            "raise ttl to \"60s\" or more, or write layers = [\"memory\", \"colo\"]",
        );
    }
}

fn read_layers(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Option<At<Layers>> {
    let listed = fields.texts("layers", reader)?;
    let line = listed
        .first()
        .map_or(fields.line_of("layers", reader), |first| first.line);
    let mut layers = Layers {
        memory: false,
        colo: false,
        global: false,
    };
    if listed.is_empty() {
        reader.error(
            line,
            format!("{} lists no layer", fields.of()),
            "list one at least, or remove the tier from the routes that use it",
        );
    }
    for At { value: name, line } in listed {
        match Layer::ALL.into_iter().find(|layer| layer.as_str() == name) {
            Some(Layer::Memory) => layers.memory = true,
            Some(Layer::Colo) => layers.colo = true,
            Some(Layer::Global) => layers.global = true,
            None => {
                let known = Layer::ALL.iter().map(|layer| layer.as_str());
                let mend = hint(name, known).unwrap_or_default();
                reader.error(
                    line,
                    format!("unknown layer \"{name}\" in {}", fields.of()),
                    mend,
                );
            }
        }
    }
    Some(At {
        value: layers,
        line,
    })
}
