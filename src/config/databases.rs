//! `[database.NAME]`: Hyperdrive bindings and how their connections are used.

use super::fields::{Fields, Named};
use super::names::Names;
use super::reader::Reader;
use super::site::Database;
use std::time::Duration;

pub fn read(root: &mut Fields<'_>, reader: &mut Reader<'_>) -> Names<Database> {
    let mut names = Names::new("database");
    for Named { name, line, fields } in root.tables("database", reader) {
        let database = fields.and_then(|fields| read_database(name, fields, reader));
        names.add(name, reader.file(), line, database);
    }
    names
}

fn read_database(name: &str, mut fields: Fields<'_>, reader: &mut Reader<'_>) -> Option<Database> {
    let binding = fields.required_text("binding", "\"DB\", a Hyperdrive binding", reader);
    let binding = binding.filter(|binding| check_binding(binding.value, binding.line, reader));
    let pool_max = fields.number("pool_max", 5, 1..=100, reader);
    let connect_timeout = fields.timeout("connect_timeout", Duration::from_secs(5), reader);
    let query_timeout = fields.timeout("query_timeout", Duration::from_secs(10), reader);
    let pool_timeout = fields.timeout("pool_timeout", Duration::from_secs(5), reader);
    fields.finish(reader);
    Some(Database {
        name: name.to_owned(),
        binding: binding?.value.to_owned(),
        pool_max,
        connect_timeout,
        query_timeout,
        pool_timeout,
    })
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
