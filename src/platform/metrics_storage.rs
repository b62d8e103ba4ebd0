//! The tables of a metrics object in its SQLite.
//!
//! A value may have two megabytes there, so that what is larger lies in several rows, its parts.

use super::transaction::whole;
use crate::failure::{Failure, Kind};
use crate::metrics::message::MetricsReply;
use wasm_bindgen::JsValue;
use worker::{SqlStorage, SqlStorageValue, State};

const SCHEMA: &str = "
    create table if not exists documents (
        name text not null, part integer not null, number integer not null, body blob not null,
        primary key (name, part)
    );
";

/// Bytes of one part.
const PART_BYTES: usize = 1024 * 1024;

/// Of one document; those that keep documents keep them far below.
const DOCUMENT_BYTES_MAX: usize = 8 * 1024 * 1024;

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
        whole(&self.raw, || {
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

    fn rows(
        &self,
        sql: &str,
        values: Vec<SqlStorageValue>,
    ) -> Result<Vec<Vec<SqlStorageValue>>, Failure> {
        let cursor = self.sql.exec(sql, values).map_err(refused)?;
        cursor.raw().collect::<Result<_, _>>().map_err(refused)
    }
}

/// One part at least, so that what is empty is there too.
fn parts(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let empty: &[u8] = &[];
    let none = bytes.is_empty().then_some(empty);
    none.into_iter().chain(bytes.chunks(PART_BYTES))
}

/// Below what a JavaScript number holds, as long as it counts.
fn integer(number: u64) -> SqlStorageValue {
    SqlStorageValue::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

fn refused(why: impl std::fmt::Display) -> Failure {
    Failure::new(Kind::Internal, "").because(format!("the object's storage: {why}"))
}
