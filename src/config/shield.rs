//! `[shield]`: how many objects share the fills, where they live, and the bounds of a fill in time and
//! number.

use super::fields::Fields;
use super::names::hint;
use super::reader::{At, Reader};
use super::site::Shield;
use super::units::show_duration;
use std::time::Duration;

/// The location hints that Cloudflare's Durable Objects take.
const LOCATIONS: [&str; 9] = [
    "wnam", "enam", "sam", "weur", "eeur", "apac", "oc", "afr", "me",
];

const SHARDS: u16 = 8;
const FILL_TIMEOUT: Duration = Duration::from_secs(15);
const FILLS_MAX: u16 = 1024;
const WAITERS_MAX: u16 = 10_000;

pub fn read(root: &mut Fields<'_>, reader: &mut Reader<'_>) -> Shield {
    let Some(mut fields) = root.table("shield", "[shield]", reader) else {
        return Shield {
            shards: SHARDS,
            location_hint: None,
            fill_timeout: FILL_TIMEOUT,
            wait_timeout: FILL_TIMEOUT,
            lease: FILL_TIMEOUT,
            fills_max: FILLS_MAX,
            waiters_max: WAITERS_MAX,
        };
    };
    let location = fields.text("location_hint", reader);
    let fill_timeout = fields.timeout("fill_timeout", FILL_TIMEOUT, reader);
    let shield = Shield {
        shards: fields.number("shards", SHARDS, 1..=256, reader),
        location_hint: location.and_then(|location| known_location(&location, reader)),
        fill_timeout,
        wait_timeout: fields.timeout("wait_timeout", fill_timeout, reader),
        lease: fields.timeout("lease", fill_timeout, reader),
        fills_max: fields.number("fills_max", FILLS_MAX, 1..=FILLS_MOST, reader),
        waiters_max: fields.number("waiters_max", WAITERS_MAX, 1..=u16::MAX, reader),
    };
    warn_never_acts(
        "wait_timeout",
        shield.wait_timeout,
        &shield,
        &fields,
        reader,
    );
    warn_never_acts("lease", shield.lease, &shield, &fields, reader);
    fields.finish(reader);
    shield
}

/// Each live fill holds what its source has answered so far, in the object's 128 MiB.
const FILLS_MOST: u16 = 16_384;

/// A fill ends with `fill_timeout`, so a longer limit on it is never reached.
fn warn_never_acts(
    name: &'static str,
    limit: Duration,
    shield: &Shield,
    fields: &Fields<'_>,
    reader: &mut Reader<'_>,
) {
    if limit <= shield.fill_timeout {
        return;
    }
    let (long, short) = (show_duration(limit), show_duration(shield.fill_timeout));
    reader.warning(
        fields.line_of(name, reader),
        format!("{name} = \"{long}\" of [shield] never acts: every fill ends after \"{short}\""),
        "lower it, raise fill_timeout, or remove it",
    );
}

fn known_location(location: &At<&str>, reader: &mut Reader<'_>) -> Option<String> {
    if LOCATIONS.contains(&location.value) {
        return Some(location.value.to_owned());
    }
    let what = format!("unknown location_hint \"{}\"", location.value);
    reader.error(
        location.line,
        what,
        hint(location.value, LOCATIONS.into_iter()).unwrap_or_default(),
    );
    None
}
