//! `[purge]`: how soon purges are known everywhere, and which databases tell of changes.

use super::fields::Fields;
use super::names::Names;
use super::reader::Reader;
use super::site::{BookmarkCookie, Database, Purge};
use super::units::show_duration;
use std::time::Duration;

const POLL: Duration = Duration::from_secs(1);
const MAX_LAG: Duration = Duration::from_secs(2);
const INDEX_MAX: u16 = 16_384;

pub fn read(
    root: &mut Fields<'_>,
    databases: &mut Names<Database>,
    reader: &mut Reader<'_>,
) -> Purge {
    let mut purge = Purge {
        poll: POLL,
        max_lag: MAX_LAG,
        index_max: u32::from(INDEX_MAX),
        outbox: Vec::new(),
        cookie: BookmarkCookie::Never,
    };
    let Some(mut fields) = root.table("purge", "[purge]", reader) else {
        return purge;
    };
    purge.poll = fields.timeout("poll", POLL, reader);
    let lag_default = MAX_LAG.max(purge.poll.saturating_mul(2));
    let lag_line = fields.line_of("max_lag", reader);
    purge.max_lag = fields.timeout("max_lag", lag_default, reader);
    if purge.max_lag < purge.poll {
        let (lag, poll) = (show_duration(purge.max_lag), show_duration(purge.poll));
        reader.error(
            lag_line,
            format!("max_lag = \"{lag}\" of [purge] is shorter than its poll, \"{poll}\""),
            "raise max_lag, twice the poll is usual, or lower poll",
        );
    }
    purge.index_max = u32::from(fields.number("index_max", INDEX_MAX, 1..=65_535, reader));
    for name in fields.texts("outbox", reader).unwrap_or_default() {
        if purge.outbox.iter().any(|known| known == name.value) {
            let what = format!("outbox of [purge] lists \"{}\" twice", name.value);
            reader.error(name.line, what, "remove one of them");
        } else if let Some(index) = databases.resolve(name.value, name.line, reader) {
            let database = databases.get(index);
            if let Some(replica) = database.and_then(|database| database.replica.as_ref()) {
                let what = format!("outbox of [purge] lists \"{}\", a replica", name.value);
                let mend = format!(
                    "list \"{}\": its outbox is emptied, which writes",
                    replica.of
                );
                reader.error(name.line, what, mend);
                continue;
            }
            purge.outbox.push(name.value.to_owned());
        }
    }
    if fields.flag("cookie", reader).is_some_and(|flag| flag.value) {
        purge.cookie = BookmarkCookie::Set;
    }
    fields.finish(reader);
    purge
}
