//! Carries out a purge that an operator orders.

use super::keys::{Named, resolve};
use crate::cache::receipt::{self, uri_tag};
use crate::cache::tag_match::{Extent, may_be};
use crate::cache::tags::{expand, path_tag};
use crate::config::site::{Route, RouteId, Site, Source};
use crate::failure::{Failure, Kind};
use crate::pipeline::sight;
use crate::ports::Ports;
use crate::ports::operator::{PurgeDone, PurgeOrder, Scope, Unmatched};
use crate::purge::message::{Drain, LogAsk, LogReply};
use crate::purge::seq::PurgeSeq;
use crate::purge::target::{Mode, Target};
use std::collections::BTreeSet;
use std::time::Duration;

/// Ten thousand targets take the log a while to write down.
const LOG_MAX: Duration = Duration::from_secs(10);

/// Has the log number everything that the order names. A URL that nothing is stored under is told, and
/// does not keep the rest from being purged.
///
/// # Errors
/// `Unavailable` when the log does not confirm.
pub async fn perform<P: Ports>(
    ports: &P,
    site: &Site,
    order: &PurgeOrder,
) -> Result<PurgeDone, Failure> {
    let (found, unmatched) = find_keys(site, order);
    let targets = targets(order, &found);
    let routes = concerned(site, order, &found);
    let seq = append(ports, targets, order.mode).await?;
    // This isolate shows it at once; the others within the time that the receipt tells.
    let _ = sight::renew(ports, sight::Source::Log).await;
    Ok(PurgeDone {
        seq,
        unmatched,
        routes,
    })
}

/// What purges the stored answers that a URL names.
type Found = (RouteId, Target);

fn find_keys(site: &Site, order: &PurgeOrder) -> (Vec<Found>, Vec<Unmatched>) {
    let (mut found, mut unmatched) = (Vec::new(), Vec::new());
    for url in &order.keys {
        match resolve(site, url) {
            Ok(named) => {
                let targets = targets_of(&named).into_iter();
                found.extend(targets.map(|target| (named.id, target)));
            }
            Err(why) => unmatched.push(why),
        }
    }
    (found, unmatched)
}

/// The variants of an origin's URI have keys of their own, and one tag; answers to which the query does not
/// matter have that of the path.
fn targets_of(named: &Named<'_>) -> Vec<Target> {
    match &named.wanted {
        Some(wanted) => [uri_tag(&wanted.uri)]
            .into_iter()
            .chain(receipt::path_tag(&wanted.uri))
            .map(Target::tagged)
            .collect(),
        None => vec![Target::Key(named.key.as_str().to_owned())],
    }
}

fn targets(order: &PurgeOrder, found: &[Found]) -> Vec<(Target, Mode)> {
    let each = match order.scope {
        // Whatever else is named is among it.
        Scope::Everything => BTreeSet::from([Target::All]),
        Scope::Listed => listed(order, found),
    };
    let each = each.into_iter();
    each.map(|target| (target, order.mode)).collect()
}

fn listed(order: &PurgeOrder, found: &[Found]) -> BTreeSet<Target> {
    let tags = order.tags.iter().flat_map(|tag| expand(&canonical(tag)));
    let prefixes = order.prefixes.iter().map(|prefix| canonical(prefix));
    let keys = found.iter().map(|(_, target)| target.clone());
    let tags = tags.map(Target::Tag);
    let prefixes = prefixes.map(Target::Prefix);
    tags.chain(prefixes).chain(keys).collect()
}

/// A path is tagged with the same escapes, whoever wrote it.
fn canonical(tag: &str) -> String {
    match tag.starts_with('/') {
        true => path_tag(tag),
        false => tag.to_owned(),
    }
}

async fn append<P: Ports>(
    ports: &P,
    purges: Vec<(Target, Mode)>,
    mode: Mode,
) -> Result<PurgeSeq, Failure> {
    let unconfirmed = |why: &dyn std::fmt::Display| {
        let public = "The purge log did not confirm: take it that nothing was purged. \
                      To send the request again is safe";
        let why = format!("a {} purge: {why}", mode.as_str());
        Failure::new(Kind::Unavailable, public).because(why)
    };
    let ask = LogAsk::Append {
        purges,
        before: Drain::Later,
    };
    match ports.within(LOG_MAX, ports.ask_log(&ask)).await {
        Some(Ok(LogReply::Appended(receipt))) => Ok(receipt.seq),
        Some(Ok(LogReply::Refused(why))) => Err(unconfirmed(&why)),
        Some(Ok(other)) => Err(unconfirmed(&format!("the log answered {other:?}"))),
        Some(Err(failure)) => Err(unconfirmed(&failure.internal)),
        None => Err(unconfirmed(&"the log took too long")),
    }
}

/// Whether answers bring tags of their own, which can be any.
fn tags_itself(route: &Route) -> bool {
    match route.source {
        Source::Origin(_) => true,
        Source::Query(_) | Source::Assets => false,
    }
}

/// The cached routes whose answers may be among what is purged. An answer's tags are those of its
/// route now: a route whose tags have changed has another fingerprint, and meets no answer of before.
fn concerned(site: &Site, order: &PurgeOrder, found: &[Found]) -> Vec<RouteId> {
    let expanded = order.tags.iter().flat_map(|tag| expand(&canonical(tag)));
    let tags: Vec<String> = expanded.collect();
    let prefixes: Vec<String> = order
        .prefixes
        .iter()
        .map(|prefix| canonical(prefix))
        .collect();
    let meant = |id: RouteId, route: &Route| {
        let path = route.pattern.split_once(' ').map_or("", |(_, path)| path);
        let templates = || {
            let own = route.tags.templates.iter().chain(&route.tags.tables);
            own.map(String::as_str).chain([path])
        };
        order.scope == Scope::Everything
            || found.iter().any(|(other, _)| *other == id)
            || (tags_itself(route) && !(tags.is_empty() && prefixes.is_empty()))
            || templates().any(|template| {
                tags.iter().any(|tag| may_be(template, tag, Extent::Whole))
                    || prefixes
                        .iter()
                        .any(|prefix| may_be(template, prefix, Extent::Beginning))
            })
    };
    let routes = (0..).map(RouteId).zip(&site.routes);
    let cached = routes.filter(|(_, route)| route.tier.is_some());
    let concerned = cached.filter(|(id, route)| meant(*id, route));
    concerned.map(|(id, _)| id).collect()
}
