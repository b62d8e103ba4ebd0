//! `[metrics]`: whether anything is measured, how often it is told, and how many objects keep it.

use super::fields::Fields;
use super::names::hint;
use super::reader::{At, Reader};
use super::site::{Metering, Record};
use super::units::show_duration;
use std::time::Duration;

const FLUSH: Duration = Duration::from_secs(10);
const FLUSH_MIN: Duration = Duration::from_secs(1);

/// The platform lets work go on behind a response for half a minute, sending included.
const FLUSH_MAX: Duration = Duration::from_secs(20);

pub fn read(root: &mut Fields<'_>, reader: &mut Reader<'_>) -> Metering {
    let mut metering = Metering {
        record: Record::All,
        flush: FLUSH,
        objects: 1,
    };
    let Some(mut fields) = root.table("metrics", "[metrics]", reader) else {
        return metering;
    };
    if let Some(record) = fields.text("record", reader) {
        metering.record = read_record(&record, reader).unwrap_or(metering.record);
    }
    if let Some(flush) = fields.duration("flush", reader) {
        metering.flush = flush.value;
        if !(FLUSH_MIN..=FLUSH_MAX).contains(&flush.value) {
            let text = show_duration(flush.value);
            let what = format!("flush = \"{text}\" of [metrics] is out of bounds");
            reader.error(flush.line, what, "write \"1s\" to \"20s\"");
        }
    }
    metering.objects = fields.number("objects", 1, 1..=64, reader);
    fields.finish(reader);
    metering
}

fn read_record(record: &At<&str>, reader: &mut Reader<'_>) -> Option<Record> {
    let known = Record::parse(record.value);
    if known.is_none() {
        let other = record.value;
        let mend = hint(other, Record::WORDS.into_iter())
            .unwrap_or_else(|| "write \"all\" or \"nothing\"".to_owned());
        let what = format!("unknown value \"{other}\" for record of [metrics]");
        reader.error(record.line, what, mend);
    }
    known
}
