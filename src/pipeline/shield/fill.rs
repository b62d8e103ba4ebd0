//! One question to a source, sealed for storing; and, after a write, what it purges.

use super::waited::Waited;
use super::{Apart, Filled, Parcel, Room, Settled, asked, own_key};
use crate::cache::record::{self, RecordProblem};
use crate::cache::seal::{Draft, Seal, seal};
use crate::cache::stored::{Head, Stored};
use crate::cache::tags;
use crate::config::site::{Route, Site};
use crate::failure::{Done, Failure, Kind};
use crate::outcome::Purged;
use crate::pipeline::tell::{self, ATTEMPT_MAX};
use crate::policy::terms_for;
use crate::ports::shield::{Errand, Freshest, ShieldPorts};
use crate::purge::index::Verdict;
use crate::purge::message::{Drain, DrainReport, LogAsk};
use crate::purge::seq::PurgeSeq;
use crate::purge::target::{Mode, Target};
use crate::shield::message::{APART_RECORD_BYTES_MAX, Ask};
use crate::source::purge_list;
use crate::source::query::{Method, Query};
use std::rc::Rc;
use std::time::Duration;

/// INVARIANT: `seq` was known before this is called.
pub(super) async fn fill<P: ShieldPorts>(
    room: &Rc<Room<P>>,
    site: &Rc<Site>,
    ask: &Ask,
    seq: PurgeSeq,
    waited: &Waited,
) -> Filled {
    let (route, query) = asked(site, ask)?;
    let tags = answer_tags(route, query, ask);
    let errand = Errand {
        site,
        route,
        query,
        values: &ask.values,
        repeat: query.repeat(Method::of(&route.pattern, ask.key.as_deref())),
        freshest: freshest(room, site, query, ask, &tags),
        trace: ask.trace,
    };
    waited.begin(room.ports.now());
    let answered = room.ports.run(errand).await;
    waited.end(&answered, room.ports.now());
    let purged = if query.effect.is_write() {
        tell_purges(room, site, route, query, ask, &answered).await
    } else {
        Purged::Nothing
    };
    let draft = answered?;
    let plain_bytes = draft.body.len() as u64;
    let large = plain_bytes > site.limits.stored_body_bytes_max;
    let gzip = if draft.is_compressible() && !large {
        room.ports.gzip(&draft.body).await
    } else {
        None
    };
    let key = own_key(ask);
    let tier = route.tier.as_ref();
    let terms = tier.and_then(|tier| terms_for(tier, draft.status));
    let sealing = Seal {
        key: &key,
        terms: terms.unwrap_or_default(),
        tags,
        seq,
        now: room.ports.now(),
    };
    let (head, body) = seal(draft, gzip, sealing);
    let parcel = if large {
        apart(&head, body)
    } else {
        whole(&head, &body)
    };
    Ok(Rc::new(Settled {
        stored: Stored::new(head, ()),
        parcel: parcel.map_err(|why| Failure::new(Kind::Internal, "").because(why))?,
        plain_bytes,
        purged,
    }))
}

fn whole(head: &Head, body: &[u8]) -> Result<Parcel, RecordProblem> {
    record::encode(head, body).map(Parcel::Whole)
}

/// A head that is too long for a field of the response goes with its body after all.
fn apart(head: &Head, body: Vec<u8>) -> Result<Parcel, RecordProblem> {
    let record = record::encode(head, &[])?;
    if record.len() > APART_RECORD_BYTES_MAX {
        return whole(head, &body);
    }
    Ok(Parcel::Apart(Rc::new(Apart { record, body })))
}

/// How far the log's clock, which dates the purges, and ours may differ.
const SKEW_MAX: Duration = Duration::from_secs(1);

/// Who must be shown a purge is answered from where it is known to be; and so is everyone for as long as
/// a replica may not have heard of what was purged: its old rows would be stored as new ones.
fn freshest<P: ShieldPorts>(
    room: &Room<P>,
    site: &Site,
    query: &Query,
    ask: &Ask,
    tags: &[String],
) -> Freshest {
    if ask.after > PurgeSeq::ZERO {
        return Freshest::Primary;
    }
    let replica = site.replica_of(&query.database);
    let Some(replica) = replica.and_then(|database| database.replica.as_ref()) else {
        return Freshest::ReplicaWillDo;
    };
    let caught_up = room.ports.now().before(replica.lag_max + SKEW_MAX);
    let caught_up = PurgeSeq::first_at(caught_up);
    let key = ask.key.as_deref().unwrap_or_default();
    let view = room.view.borrow();
    match view.verdict(caught_up, key, tags) {
        Verdict::Valid => Freshest::ReplicaWillDo,
        Verdict::Soft { .. } | Verdict::Hard { .. } => Freshest::Primary,
    }
}

fn answer_tags(route: &Route, query: &Query, ask: &Ask) -> Vec<String> {
    let names = query.params.iter().map(|param| param.name.as_str());
    let values = ask.values.iter();
    let values = values.map(|value| value.as_deref().unwrap_or_default());
    let values: Vec<(&str, &str)> = names.zip(values).collect();
    tags::fill(&route.tags, &values)
}

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
    let targets: Vec<Target> =
        purge_list::fill(&route.purge, &values, body, &[tags::segment, tags::rest]);
    if targets.is_empty() && !site.purge.outbox.contains(&query.database) {
        return Purged::Nothing;
    }
    let purges = targets.into_iter().map(|target| (target, Mode::Hard));
    let append = LogAsk::Append {
        purges: purges.collect(),
        before: Drain::First,
    };
    let ports = &room.ports;
    let told = tell::appended(|| ports.within(ATTEMPT_MAX, ports.ask_log(&append))).await;
    let Some(receipt) = told else {
        return Purged::Untold;
    };
    room.learn_later();
    // A number that the outbox is not behind of would promise its holder what nobody knows yet.
    if has_heard(receipt.drained.as_ref(), &query.database) {
        Purged::At(receipt.seq.0)
    } else {
        Purged::Untold
    }
}

/// Whether the outbox of the database that was written was drained; those of others know nothing of it.
fn has_heard(drained: Option<&DrainReport>, database: &str) -> bool {
    drained.is_none_or(|drained| drained.failed.iter().all(|(failed, _)| failed != database))
}

/// A connection that broke may have broken after the commit. To purge for what was never sent would take
/// from a site whose database is down what could stand in.
fn may_have_committed(failure: &Failure) -> bool {
    matches!(failure.kind, Kind::Unavailable | Kind::Timeout) && failure.done == Done::Maybe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_that_was_never_sent_purges_nothing() {
        let broke = Failure::new(Kind::Unavailable, "");
        assert!(may_have_committed(&broke));
        assert!(may_have_committed(&Failure::new(Kind::Timeout, "")));
        assert!(!may_have_committed(&broke.undone()));
        assert!(!may_have_committed(&Failure::new(Kind::Conflict, "")));
    }

    #[test]
    fn anothers_outbox_that_cannot_be_drained_takes_no_bookmark_from_a_write() {
        let report = |failed: &[&str]| DrainReport {
            rows: 0,
            failed: failed
                .iter()
                .map(|name| ((*name).to_owned(), String::new()))
                .collect(),
        };
        for (failed, expected) in [
            (vec![], true),
            (vec!["other"], true),
            (vec!["other", "main"], false),
        ] {
            assert_eq!(
                has_heard(Some(&report(&failed)), "main"),
                expected,
                "{failed:?}"
            );
        }
        assert!(has_heard(None, "main"));
    }
}
