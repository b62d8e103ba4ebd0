//! The purge log's tables in its object's SQLite.
//!
//! Many rows travel as one JSON text: a call across the border for each would cost more than the work.

use super::transaction::whole;
use crate::failure::{Failure, Kind};
use crate::ports::purge_log::{Change, Kept};
use crate::purge::index::Marks;
use crate::purge::seq::PurgeSeq;
use crate::purge::target::{Target, TargetKind};
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;
use worker::{SqlStorage, SqlStorageValue, State};

const SCHEMA: &str = "
    create table if not exists head (
        one integer primary key check (one = 1),
        head integer not null, hard_floor integer not null, soft_floor integer not null
    );
    create table if not exists marks (
        kind text not null, target text not null,
        hard integer not null, soft integer not null,
        soft_before integer not null, soft_first integer not null,
        latest integer not null,
        primary key (kind, target)
    ) without rowid;
    create index if not exists marks_latest on marks (latest);
    create table if not exists taken (
        database text not null, id integer not null, primary key (database, id)
    ) without rowid;
";

/// Rows in one JSON text: well below the two megabytes that a value may have.
const ROWS_MAX: usize = 2000;

/// What a mark's row takes in JSON beside its target.
const ROW_OVERHEAD_BYTES: usize = 128;
const TEXT_BYTES_MAX: usize = 512 * 1024;

/// Marks that are read at once: with targets of the longest kind, still below two megabytes.
const READ_ROWS_MAX: usize = 200;

pub(super) struct Storage {
    sql: SqlStorage,
    raw: JsValue,
}

type MarkRow = (String, String, u64, u64, u64, u64);

#[derive(Deserialize)]
struct HeadRow {
    head: u64,
    hard_floor: u64,
    soft_floor: u64,
}

#[derive(Deserialize)]
struct TextRow {
    rows: String,
}

#[derive(Serialize)]
struct NewMark<'a>(&'a str, &'a str, u64, u64, u64, u64);

impl Storage {
    pub(super) fn new(state: &State) -> Self {
        let storage = state.storage();
        Self {
            sql: storage.sql(),
            raw: JsValue::from(storage.as_raw()),
        }
    }

    fn exec(&self, sql: &str, values: Vec<SqlStorageValue>) -> Result<worker::SqlCursor, Failure> {
        self.sql.exec(sql, values).map_err(refused)
    }

    pub(super) fn load(&self) -> Result<Option<Kept>, Failure> {
        self.exec(SCHEMA, vec![])?;
        let select = "select head, hard_floor, soft_floor from head";
        let heads: Vec<HeadRow> = self.exec(select, vec![])?.to_array().map_err(refused)?;
        let Some(head) = heads.first() else {
            return Ok(None);
        };
        Ok(Some(Kept {
            head: PurgeSeq(head.head),
            hard_floor: PurgeSeq(head.hard_floor),
            soft_floor: PurgeSeq(head.soft_floor),
            marks: self.load_marks()?,
            taken: self.load_taken()?,
        }))
    }

    fn load_marks(&self) -> Result<Vec<(Target, Marks)>, Failure> {
        const SELECT: &str = "select json_group_array(json_array(
                kind, target, hard, soft, soft_before, soft_first)) as rows
            from (select * from marks where latest > ? order by latest limit ?)";
        let mut marks = Vec::new();
        let mut after = PurgeSeq::ZERO;
        loop {
            let values = vec![integer(after.0), integer(READ_ROWS_MAX as u64)];
            let rows: Vec<MarkRow> = self.json(SELECT, values)?;
            let count = rows.len();
            for (kind, target, hard, soft, before, first) in rows {
                let Some(kind) = TargetKind::parse(&kind) else {
                    continue;
                };
                let own = Marks {
                    hard: PurgeSeq(hard),
                    soft: PurgeSeq(soft),
                    soft_before: PurgeSeq(before),
                    soft_first: PurgeSeq(first),
                };
                after = after.max(own.hard).max(own.soft);
                marks.push((kind.target(target), own));
            }
            if count < READ_ROWS_MAX {
                return Ok(marks);
            }
        }
    }

    fn load_taken(&self) -> Result<Vec<(String, i64)>, Failure> {
        // A drain takes a thousand rows and forgets them before it takes more.
        self.json(
            "select json_group_array(json_array(database, id)) as rows from taken",
            vec![],
        )
    }

    fn json<T: for<'de> Deserialize<'de>>(
        &self,
        sql: &str,
        values: Vec<SqlStorageValue>,
    ) -> Result<Vec<T>, Failure> {
        let rows: Vec<TextRow> = self.exec(sql, values)?.to_array().map_err(refused)?;
        let text = rows.first().map_or("[]", |row| row.rows.as_str());
        serde_json::from_str(text).map_err(refused)
    }

    pub(super) fn keep(&self, change: &Change) -> Result<(), Failure> {
        whole(&self.raw, || self.write(change))
    }

    fn write(&self, change: &Change) -> Result<(), Failure> {
        for rows in by_weight(&change.marks) {
            let rows: Vec<NewMark<'_>> = rows.iter().map(new_mark).collect();
            self.exec(
                "insert or replace into marks
                     (kind, target, hard, soft, soft_before, soft_first, latest)
                 select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
                     max(value ->> 2, value ->> 3)
                 from json_each(?)",
                vec![json_text(&rows)?],
            )?;
        }
        for rows in change.taken.chunks(ROWS_MAX) {
            self.exec(
                "insert or ignore into taken (database, id)
                 select value ->> 0, value ->> 1 from json_each(?)",
                vec![json_text(&rows)?],
            )?;
        }
        self.exec(
            "delete from marks where latest < ?",
            vec![integer(change.oldest.0)],
        )?;
        self.exec(
            "insert or replace into head (one, head, hard_floor, soft_floor) values (1, ?, ?, ?)",
            vec![
                integer(change.head.0),
                integer(change.hard_floor.0),
                integer(change.soft_floor.0),
            ],
        )?;
        Ok(())
    }

    pub(super) fn forget_taken(&self, database: &str, ids: &[i64]) -> Result<(), Failure> {
        for ids in ids.chunks(ROWS_MAX) {
            self.exec(
                "delete from taken where database = ? and id in (select value from json_each(?))",
                vec![SqlStorageValue::from(database), json_text(&ids)?],
            )?;
        }
        Ok(())
    }
}

/// Parts of no more rows and bytes than one JSON text may hold. A single target is far smaller.
fn by_weight(marks: &[(Target, Marks)]) -> Vec<&[(Target, Marks)]> {
    let mut parts = Vec::new();
    let (mut begin, mut bytes) = (0, 0);
    for (at, (target, _)) in marks.iter().enumerate() {
        let weight = target.text().len() + ROW_OVERHEAD_BYTES;
        if at - begin >= ROWS_MAX || bytes + weight > TEXT_BYTES_MAX && at > begin {
            parts.extend(marks.get(begin..at));
            (begin, bytes) = (at, 0);
        }
        bytes += weight;
    }
    parts.extend(marks.get(begin..).filter(|rest| !rest.is_empty()));
    parts
}

fn new_mark((target, marks): &(Target, Marks)) -> NewMark<'_> {
    NewMark(
        target.kind().as_str(),
        target.text(),
        marks.hard.0,
        marks.soft.0,
        marks.soft_before.0,
        marks.soft_first.0,
    )
}

/// A purge number: never above what a JavaScript number holds.
fn integer(number: u64) -> SqlStorageValue {
    SqlStorageValue::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

fn json_text(rows: &impl Serialize) -> Result<SqlStorageValue, Failure> {
    serde_json::to_string(rows)
        .map(SqlStorageValue::String)
        .map_err(refused)
}

fn refused(why: impl std::fmt::Display) -> Failure {
    Failure::new(Kind::Internal, "").because(format!("the log's storage: {why}"))
}
