//! The tables of a metrics object in its SQLite.
//!
//! A value may have two megabytes there, so that what is larger lies in several rows, its parts.

use super::transaction::whole;
use crate::failure::{Failure, Kind};
use crate::metrics::frame::Frame;
use crate::metrics::keeper::{Seen, SlotStore};
use crate::metrics::message::{MetricsReply, decode, encode};
use crate::metrics::slots::{Length, Slot};
use crate::time::Timestamp;
use wasm_bindgen::JsValue;
use worker::{SqlStorage, SqlStorageValue, State};

const SCHEMA: &str = "
    create table if not exists documents (
        name text not null, part integer not null, number integer not null, body blob not null,
        primary key (name, part)
    );
    create table if not exists frames (
        length integer not null, start integer not null, part integer not null, body blob not null,
        primary key (length, start, part)
    );
    create table if not exists isolates (
        isolate text primary key, last integer not null, before text not null, at integer not null
    ) without rowid;
    create table if not exists marks (
        length integer not null, start integer not null, primary key (length, start)
    ) without rowid;
";

/// In the place of a slot's length: the sum of all that was ever taken.
const RUNNING: (u64, u64) = (0, 0);

/// Bytes of one part.
const PART_BYTES: usize = 1024 * 1024;

/// Of one document; those that keep documents keep them far below.
const DOCUMENT_BYTES_MAX: usize = 8 * 1024 * 1024;

#[derive(Clone)]
pub(super) struct Storage {
    sql: SqlStorage,
    raw: JsValue,
}

impl Storage {
    pub(super) fn open(state: &State) -> Result<Self, Failure> {
        let storage = state.storage();
        let opened = Self {
            sql: storage.sql(),
            raw: JsValue::from(storage.as_raw()),
        };
        opened.rows(SCHEMA, vec![])?;
        Ok(opened)
    }

    /// The number of its last change and its bytes; 0 and none before the first.
    pub(super) fn document(&self, name: &str) -> Result<(u64, Vec<u8>), Failure> {
        let select = "select number, body from documents where name = ? order by part";
        let (mut number, mut body) = (0, Vec::new());
        for row in self.rows(select, vec![name.into()])? {
            if let [SqlStorageValue::Integer(own), SqlStorageValue::Blob(part)] = row.as_slice() {
                number = u64::try_from(*own).unwrap_or_default();
                body.extend_from_slice(part);
            }
        }
        Ok((number, body))
    }

    pub(super) fn replace(
        &self,
        name: &str,
        known: u64,
        body: &[u8],
    ) -> Result<MetricsReply, Failure> {
        if body.len() > DOCUMENT_BYTES_MAX {
            let why = format!("the document {name} has {} bytes", body.len());
            return Ok(MetricsReply::Refused(why));
        }
        if self.document(name)?.0 != known {
            return Ok(MetricsReply::Overtaken);
        }
        let number = known + 1;
        self.whole(|| {
            self.rows("delete from documents where name = ?", vec![name.into()])?;
            for (part, bytes) in (0_i64..).zip(parts(body)) {
                let values = vec![
                    name.into(),
                    part.into(),
                    integer(number),
                    bytes.to_vec().into(),
                ];
                let insert = "insert into documents (name, part, number, body) values (?, ?, ?, ?)";
                self.rows(insert, values)?;
            }
            Ok(())
        })?;
        Ok(MetricsReply::Replaced(number))
    }

    /// What `work` writes happens wholly or not at all.
    pub(super) fn whole<T>(&self, work: impl FnMut() -> Result<T, Failure>) -> Result<T, Failure> {
        whole(&self.raw, work)
    }

    fn frame_at(&self, (length, start): (u64, u64)) -> Result<Option<Frame>, Failure> {
        let select = "select body from frames where length = ? and start = ? order by part";
        let mut bytes = Vec::new();
        for row in self.rows(select, vec![integer(length), integer(start)])? {
            if let [SqlStorageValue::Blob(part)] = row.as_slice() {
                bytes.extend_from_slice(part);
            }
        }
        // What another version has written cannot be added to; it is as if it were not there.
        Ok(decode(&bytes).ok())
    }

    fn put_at(&self, (length, start): (u64, u64), frame: &Frame) -> Result<(), Failure> {
        self.remove_at((length, start))?;
        let bytes = encode(frame).map_err(refused)?;
        for (part, bytes) in (0..).zip(parts(&bytes)) {
            let insert = "insert into frames (length, start, part, body) values (?, ?, ?, ?)";
            let key = [length, start, part].map(integer).to_vec();
            self.rows(insert, [key, vec![bytes.to_vec().into()]].concat())?;
        }
        Ok(())
    }

    fn remove_at(&self, (length, start): (u64, u64)) -> Result<(), Failure> {
        let delete = "delete from frames where length = ? and start = ?";
        self.rows(delete, vec![integer(length), integer(start)])?;
        Ok(())
    }

    /// The slots of a length that these rows begin with.
    fn starts(
        &self,
        length: Length,
        sql: &str,
        values: Vec<SqlStorageValue>,
    ) -> Result<Vec<Slot>, Failure> {
        let rows = self.rows(sql, values)?;
        let starts = rows.iter().filter_map(|row| natural(row.first()?));
        Ok(starts.map(|start_s| Slot { length, start_s }).collect())
    }

    fn rows(
        &self,
        sql: &str,
        values: Vec<SqlStorageValue>,
    ) -> Result<Vec<Vec<SqlStorageValue>>, Failure> {
        let cursor = self.sql.exec(sql, values).map_err(refused)?;
        cursor.raw().collect::<Result<_, _>>().map_err(refused)
    }
}

impl SlotStore for Storage {
    type Error = Failure;

    fn frame(&self, slot: Slot) -> Result<Option<Frame>, Failure> {
        self.frame_at(place(slot))
    }

    fn put(&mut self, slot: Slot, frame: &Frame) -> Result<(), Failure> {
        self.put_at(place(slot), frame)
    }

    fn remove(&mut self, slot: Slot) -> Result<(), Failure> {
        self.remove_at(place(slot))
    }

    fn slots(
        &self,
        length: Length,
        from_s: u64,
        to_s: u64,
        max: usize,
    ) -> Result<Vec<Slot>, Failure> {
        let select = "select start from frames
             where length = ? and start >= ? and start < ? and part = 0 order by start limit ?";
        let values = [length.seconds(), from_s, to_s, bound(max)];
        self.starts(length, select, values.map(integer).to_vec())
    }

    fn running(&self) -> Result<Option<Frame>, Failure> {
        self.frame_at(RUNNING)
    }

    fn put_running(&mut self, frame: &Frame) -> Result<(), Failure> {
        self.put_at(RUNNING, frame)
    }

    fn seen(&self, isolate: &str) -> Result<Option<Seen>, Failure> {
        let select = "select last, before, at from isolates where isolate = ?";
        let rows = self.rows(select, vec![isolate.into()])?;
        let Some([last, SqlStorageValue::String(before), at]) = rows.first().map(Vec::as_slice)
        else {
            return Ok(None);
        };
        let read = || {
            Some(Seen {
                last: natural(last)?,
                before: u64::from_str_radix(before, 16).ok()?,
                at: Timestamp::from_millis(natural(at)?),
            })
        };
        Ok(read())
    }

    fn put_seen(&mut self, isolate: &str, seen: Seen) -> Result<(), Failure> {
        let insert =
            "insert or replace into isolates (isolate, last, before, at) values (?, ?, ?, ?)";
        // All of its 64 bits count, more than a JavaScript number holds.
        let before = format!("{:x}", seen.before);
        let (last, at) = (integer(seen.last), integer(seen.at.as_millis()));
        self.rows(insert, vec![isolate.into(), last, before.into(), at])?;
        Ok(())
    }

    fn forget_seen(&mut self, before: Timestamp) -> Result<u64, Failure> {
        let delete = "delete from isolates where at < ? returning 1";
        let gone = self.rows(delete, vec![integer(before.as_millis())])?;
        Ok(gone.len() as u64)
    }

    fn mark(&mut self, slot: Slot) -> Result<(), Failure> {
        let (length, start) = place(slot);
        let insert = "insert or ignore into marks (length, start) values (?, ?)";
        self.rows(insert, vec![integer(length), integer(start)])?;
        Ok(())
    }

    fn unmark(&mut self, slot: Slot) -> Result<(), Failure> {
        let (length, start) = place(slot);
        let delete = "delete from marks where length = ? and start = ?";
        self.rows(delete, vec![integer(length), integer(start)])?;
        Ok(())
    }

    fn marked(&self, length: Length, max: usize) -> Result<Vec<Slot>, Failure> {
        let select = "select start from marks where length = ? order by start limit ?";
        let values = vec![integer(length.seconds()), integer(bound(max))];
        self.starts(length, select, values)
    }

    fn is_marked_within(&self, from_s: u64, to_s: u64) -> Result<bool, Failure> {
        let select = "select 1 from marks where start >= ? and start < ? limit 1";
        let rows = self.rows(select, vec![integer(from_s), integer(to_s)])?;
        Ok(!rows.is_empty())
    }
}

fn place(slot: Slot) -> (u64, u64) {
    (slot.length.seconds(), slot.start_s)
}

/// Rows that one statement gives.
fn bound(max: usize) -> u64 {
    u64::from(u32::try_from(max).unwrap_or(u32::MAX))
}

fn natural(value: &SqlStorageValue) -> Option<u64> {
    match value {
        SqlStorageValue::Integer(number) => u64::try_from(*number).ok(),
        SqlStorageValue::Null
        | SqlStorageValue::Boolean(_)
        | SqlStorageValue::Float(_)
        | SqlStorageValue::String(_)
        | SqlStorageValue::Blob(_) => None,
    }
}

/// One part at least, so that what is empty is there too.
fn parts(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let empty: &[u8] = &[];
    let none = bytes.is_empty().then_some(empty);
    none.into_iter().chain(bytes.chunks(PART_BYTES))
}

/// As far as a JavaScript number counts one by one.
fn integer(number: u64) -> SqlStorageValue {
    const LAST: u64 = (1 << 53) - 1;
    SqlStorageValue::Integer(i64::try_from(number.min(LAST)).unwrap_or_default())
}

fn refused(why: impl std::fmt::Display) -> Failure {
    Failure::new(Kind::Internal, "").because(format!("the object's storage: {why}"))
}
