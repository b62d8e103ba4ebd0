//! The same for a route to an origin: what would be asked for, under which key its answer would be kept,
//! and what is told of its terms before the origin has spoken.

use super::{Page, cache, explain_failure};
use crate::config::site::{Origin, Site};
use crate::config::units::show_duration;
use crate::outcome::Layer;
use crate::pipeline::operate::described;
use crate::pipeline::origin::wanted::Wanted;
use crate::pipeline::plan::Located;
use crate::policy::{HonorOrigin, Tier};
use crate::semantics::fields::Fields;
use crate::semantics::forwarding::Fate;
use crate::semantics::request::RequestHead;

pub fn explain(
    site: &Site,
    located: &Located<'_, '_>,
    request: &RequestHead<'_>,
    fields: Fields,
    page: &mut Page,
) {
    if request.base.is_empty() {
        let why = "none: an origin's answers are kept by their whole URL";
        page.line("key", why);
        page.line("", "give it with its host: https://www.example.com/…");
        return;
    }
    let wanted = match Wanted::read(site, located, request, fields) {
        Ok(wanted) => wanted,
        Err(failure) => return explain_failure(&failure, page),
    };
    for name in described::ignored_by_origin(&wanted, located.route, request.search) {
        page.line("ignored", format!("{name}: neither in the key nor sent on"));
    }
    page.line("uri", wanted.uri.to_string());
    if let Some(origin) = site.origin(wanted.origin) {
        explain_fields(&wanted, origin, page);
    }
    match &located.route.tier {
        None => page.line(
            "cached",
            "no: the route has no tier, so its origin is asked every time",
        ),
        Some(_) if !wanted.is_read() => {
            let method = request.method;
            page.line(
                "cached",
                format!("no: only GET and HEAD are, and this is {method}"),
            );
            page.line("purges", "what is stored of the URL, if the origin does it");
        }
        Some(_) if wanted.asks_for_websocket() => {
            page.line(
                "cached",
                "no: it is a WebSocket's beginning and goes straight",
            );
        }
        Some(tier) => explain_kept(site, &wanted, tier, page),
    }
}

/// What becomes of the fields that were given.
fn explain_fields(wanted: &Wanted, origin: &Origin, page: &mut Page) {
    for (name, _) in wanted.fields.iter() {
        let fate = origin.reach.fate(name);
        let text = match fate {
            Fate::Pass if wanted.forwarded.contains(name) => "sent on".to_owned(),
            Fate::Pass => "not sent on: it is meant for Forebay".to_owned(),
            Fate::HopByHop | Fate::Misleading | Fate::Unlisted => {
                format!("not sent on: {}", fate.as_str())
            }
        };
        page.line("fields", format!("{name}: {text}"));
    }
}

fn explain_kept(site: &Site, wanted: &Wanted, tier: &Tier, page: &mut Page) {
    page.line("cached", "if the origin's answer allows it (RFC 9111)");
    match &tier.honor_origin {
        Some(honor) => explain_honored(tier, honor, page),
        None => cache::explain_fixed(tier, page),
    }
    for layer in Layer::ALL
        .into_iter()
        .filter(|layer| tier.layers.has(*layer))
    {
        page.line("layers", cache::place(layer));
    }
    cache::explain_key(site, &wanted.key, page);
    for (name, value) in described::parts_of_origin(wanted) {
        let value = value.map_or_else(|| "none".to_owned(), |value| format!("{value:?}"));
        page.line("parts", format!("{name}: {value}"));
    }
    page.line(
        "parts",
        "and the request fields that the answer's Vary names",
    );
    for tag in described::tags_of_origin(wanted) {
        page.line("tags", tag);
    }
    page.line(
        "tags",
        "and those of the answer: Surrogate-Key, Cache-Tag, Cache-Groups",
    );
}

fn explain_honored(tier: &Tier, honor: &HonorOrigin, page: &mut Page) {
    let name = &tier.name;
    page.line("tier", format!("{name}: fresh for what the origin says"));
    let guessed = show_duration(honor.heuristic_max);
    page.line(
        "tier",
        format!("or for a tenth of its age, {guessed} at most, where it says nothing"),
    );
    let stale = show_duration(honor.stale_max);
    page.line(
        "tier",
        format!("then stale for {stale} if the origin cannot be reached, or as it says"),
    );
}
