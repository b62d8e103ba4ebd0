//! `[database.NAME]`: Hyperdrive bindings, how their connections are used, and what protects them.

mod cut;
mod replica;

use super::fields::{Fields, Named};
use super::names::Names;
use super::protection::{CallLimit, read_breaker, read_retry};
use super::reader::Reader;
use super::site::Database;
use crate::source::pool;
use std::time::Duration;

pub use cut::warn_of_cut_queries;
pub use replica::check_queries;

pub fn read(root: &mut Fields<'_>, reader: &mut Reader<'_>) -> Names<Database> {
    let mut names = Names::new("database");
    let mut replicas = Vec::new();
    for Named { name, line, fields } in root.tables("database", reader) {
        let database = fields.and_then(|mut fields| {
            replicas.extend(replica::read(name, &mut fields, reader));
            read_database(name, fields, reader)
        });
        names.add(name, reader.file(), line, database);
    }
    replica::settle(replicas, &mut names, reader);
    names
}

fn read_database(name: &str, mut fields: Fields<'_>, reader: &mut Reader<'_>) -> Option<Database> {
    let binding = fields.required_text("binding", "\"DB\", a Hyperdrive binding", reader);
    let binding = binding.filter(|binding| check_binding(binding.value, binding.line, reader));
    let pool = read_pool(&mut fields, reader);
    let connect_timeout = fields.timeout("connect_timeout", Duration::from_secs(5), reader);
    let query_timeout = fields.timeout("query_timeout", Duration::from_secs(10), reader);
    let pool_timeout = fields.timeout("pool_timeout", Duration::from_secs(5), reader);
    let breaker = read_breaker(
        &mut fields,
        CallLimit {
            name: "query_timeout",
            limit: query_timeout,
        },
        reader,
    );
    let retry = read_retry(&mut fields, reader);
    fields.finish(reader);
    Some(Database {
        name: name.to_owned(),
        binding: binding?.value.to_owned(),
        pool,
        connect_timeout,
        query_timeout,
        pool_timeout,
        breaker,
        retry,
        replica: None,
    })
}

fn read_pool(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> pool::Settings {
    let default = pool::Settings::default();
    let max = fields.number("pool_max", default.max, 1..=100, reader);
    let min = fields.number("pool_min", default.min, 0..=100, reader);
    if min > max {
        let what = format!("pool_min of {} is more than pool_max, {max}", fields.of());
        let line = fields.line_of("pool_min", reader);
        reader.error(
            line,
            what,
            format!("write {max} at most, or a larger pool_max"),
        );
    }
    let uses = u16::try_from(default.uses).unwrap_or(u16::MAX);
    pool::Settings {
        min,
        max,
        idle: fields.period("pool_idle", default.idle, reader),
        lifetime: fields.period("pool_lifetime", default.lifetime, reader),
        uses: fields
            .number("pool_uses", uses, 1..=u16::MAX, reader)
            .into(),
    }
}

/// A binding is a JavaScript identifier, by which the Worker finds it in its environment.
fn check_binding(binding: &str, line: u32, reader: &mut Reader<'_>) -> bool {
    let mut characters = binding.chars();
    let first = characters
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    let good = first && characters.all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !good {
        reader.error(
            line,
            format!("bad binding \"{binding}\""),
            "write the name that wrangler.toml gives it: letters, digits and _, such as \"DB\"",
        );
    }
    good
}
