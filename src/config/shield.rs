//! `[shield]`: how many objects share the fills, where they live, and how long a fill may take.

use super::fields::Fields;
use super::names::hint;
use super::reader::{At, Reader};
use super::site::Shield;
use std::time::Duration;

/// The location hints that Cloudflare's Durable Objects take.
const LOCATIONS: [&str; 9] = [
    "wnam", "enam", "sam", "weur", "eeur", "apac", "oc", "afr", "me",
];

const SHARDS: u16 = 8;
const FILL_TIMEOUT: Duration = Duration::from_secs(15);

pub fn read(root: &mut Fields<'_>, reader: &mut Reader<'_>) -> Shield {
    let Some(mut fields) = root.table("shield", "[shield]", reader) else {
        return Shield {
            shards: SHARDS,
            location_hint: None,
            fill_timeout: FILL_TIMEOUT,
        };
    };
    let location = fields.text("location_hint", reader);
    let shield = Shield {
        shards: fields.number("shards", SHARDS, 1..=256, reader),
        location_hint: location.and_then(|location| known_location(&location, reader)),
        fill_timeout: fields.timeout("fill_timeout", FILL_TIMEOUT, reader),
    };
    fields.finish(reader);
    shield
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
