//! One question to a source, sealed for storing; and, after a write, what it purges.

use super::{Filled, Room, Settled, asked, own_key};
use crate::cache::record;
use crate::cache::seal::{Draft, Seal, seal};
use crate::cache::stored::Stored;
use crate::cache::tags;
use crate::config::site::{Route, Site};
use crate::failure::{Failure, Kind};
use crate::outcome::Purged;
use crate::policy::terms_for;
use crate::ports::shield::{Errand, Freshest, ShieldPorts};
use crate::purge::message::{Drain, LogAsk, LogReply, Receipt};
use crate::purge::seq::PurgeSeq;
use crate::purge::target::{Mode, Target};
use crate::shield::message::Ask;
use crate::source::purge_list;
use crate::source::query::{Method, Query};
use crate::time::Timestamp;
use std::rc::Rc;
use std::time::Duration;

/// INVARIANT: `seq` was known before this is called.
pub(super) async fn fill<P: ShieldPorts>(
    room: &Rc<Room<P>>,
    site: &Rc<Site>,
    ask: &Ask,
    seq: PurgeSeq,
) -> Filled {
    let (route, query) = asked(site, ask)?;
    let began = room.ports.now();
    let errand = Errand {
        site,
        route,
        query,
        values: &ask.values,
        repeat: query.repeat(Method::of(&route.pattern, ask.key.as_deref())),
        freshest: freshest(ask),
    };
    let answered = room.ports.run(errand).await;
    let source_ms = elapsed_ms(room, began);
    let purged = if query.effect.is_write() {
        tell_purges(room, site, route, query, ask, &answered).await
    } else {
        Purged::Nothing
    };
    let tags = answer_tags(route, query, ask);
    seal_draft(room, route, ask, tags, seq, answered?)
        .await
        .map(|(stored, record)| {
            Rc::new(Settled {
                stored,
                record,
                source_ms,
                purged,
            })
        })
}

/// Who must be shown a purge is answered from where it is known to be.
fn freshest(ask: &Ask) -> Freshest {
    if ask.after > PurgeSeq::ZERO {
        Freshest::Primary
    } else {
        Freshest::ReplicaWillDo
    }
}

fn elapsed_ms<P: ShieldPorts>(room: &Room<P>, began: Timestamp) -> u32 {
    u32::try_from(room.ports.now().since(began).as_millis()).unwrap_or(u32::MAX)
}

fn answer_tags(route: &Route, query: &Query, ask: &Ask) -> Vec<String> {
    let names = query.params.iter().map(|param| param.name.as_str());
    let values = ask.values.iter();
    let values = values.map(|value| value.as_deref().unwrap_or_default());
    let values: Vec<(&str, &str)> = names.zip(values).collect();
    tags::fill(&route.tags, &values, &query.tables)
}

/// How often the log is asked to take a write's purges, and for how long each time.
const TELL_ATTEMPTS: usize = 3;
const TELL_MAX: Duration = Duration::from_secs(2);

/// After the commit, before the answer: the log is told what the write voids, and takes in first what the
/// databases' own triggers have told, this transaction's among it.
async fn tell_purges<P: ShieldPorts>(
    room: &Rc<Room<P>>,
    site: &Site,
    route: &Route,
    query: &Query,
    ask: &Ask,
    answered: &Result<Draft, Failure>,
) -> Purged {
    let body = match answered {
        Ok(draft) => draft.body.as_slice(),
        Err(failure) if may_have_committed(failure) => &[],
        Err(_) => return Purged::Nothing,
    };
    let names = query.params.iter().map(|param| param.name.as_str());
    let values: Vec<(&str, Option<&str>)> =
        names.zip(ask.values.iter().map(Option::as_deref)).collect();
    let targets: Vec<Target> = purge_list::fill(&route.purge, &values, body);
    if targets.is_empty() && !site.purge.outbox.contains(&query.database) {
        return Purged::Nothing;
    }
    let purges = targets.into_iter().map(|target| (target, Mode::Hard));
    let append = LogAsk::Append {
        purges: purges.collect(),
        before: Drain::First,
    };
    for _ in 0..TELL_ATTEMPTS {
        let told = room
            .ports
            .within(TELL_MAX, room.ports.ask_log(&append))
            .await;
        let Some(Ok(LogReply::Appended(receipt))) = told else {
            continue;
        };
        room.learn_later();
        if has_drained(&receipt, &query.database) {
            return Purged::At(receipt.seq.0);
        }
    }
    Purged::Untold
}

/// Whether the receipt's number stands for what this transaction's triggers have told. Without that, a
/// bookmark would promise more than the log knows.
fn has_drained(receipt: &Receipt, database: &str) -> bool {
    let failed = receipt.drained.iter().flat_map(|report| &report.failed);
    failed.into_iter().all(|(name, _)| name != database)
}

/// A connection that broke may have broken after the commit.
fn may_have_committed(failure: &Failure) -> bool {
    matches!(failure.kind, Kind::Unavailable | Kind::Timeout)
}

async fn seal_draft<P: ShieldPorts>(
    room: &Room<P>,
    route: &Route,
    ask: &Ask,
    tags: Vec<String>,
    seq: PurgeSeq,
    draft: Draft,
) -> Result<(Stored<()>, Vec<u8>), Failure> {
    let gzip = match route.tier {
        Some(_) if draft.is_compressible() => room.ports.gzip(&draft.body).await,
        Some(_) | None => None,
    };
    let tier = route.tier.as_ref();
    let terms = tier.and_then(|tier| terms_for(tier, draft.status));
    let key = own_key(ask);
    let sealing = Seal {
        key: &key,
        terms: terms.unwrap_or_default(),
        tags,
        seq,
        now: room.ports.now(),
    };
    let (head, body) = seal(draft, gzip, sealing);
    let record = record::encode(&head, &body)
        .map_err(|why| Failure::new(Kind::Internal, "").because(why))?;
    Ok((Stored::new(head, ()), record))
}
