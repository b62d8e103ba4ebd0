//! `replica_of` and `lag_max`: a database that follows another.

use crate::config::fields::Fields;
use crate::config::names::Names;
use crate::config::queries::{Statement, header_line};
use crate::config::reader::{At, Reader};
use crate::config::site::{Database, Replica};
use crate::source::place::ReadFrom;
use std::time::Duration;

/// How far a replica may be behind, if nobody says otherwise.
const LAG_MAX: Duration = Duration::from_secs(2);

/// A replica as written: its own name, and its primary's.
pub struct Draft {
    name: String,
    of: At<String>,
    lag_max: Duration,
}

pub fn read(name: &str, fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Option<Draft> {
    let of = fields.text("replica_of", reader);
    let lag = fields.duration("lag_max", reader);
    if let (None, Some(lag)) = (&of, &lag)
        && !fields.has("replica_of")
    {
        let what = format!("{} has a lag_max, but is no replica", fields.of());
        reader.error(lag.line, what, "add replica_of = \"main\", or remove it");
    }
    let of = of?;
    Some(Draft {
        name: name.to_owned(),
        of: At {
            value: of.value.to_owned(),
            line: of.line,
        },
        lag_max: lag.map_or(LAG_MAX, |lag| lag.value),
    })
}

/// Joins replicas with their primaries, once all databases are known.
pub fn settle(replicas: Vec<Draft>, databases: &mut Names<Database>, reader: &mut Reader<'_>) {
    let names: Vec<String> = replicas
        .iter()
        .map(|replica| replica.name.clone())
        .collect();
    let mut primaries: Vec<&str> = Vec::new();
    for Draft { name, of, lag_max } in &replicas {
        let problem = if of.value == *name {
            Some(("it cannot follow itself".to_owned(), "name its primary"))
        } else if names.contains(&of.value) {
            let why = format!("\"{}\" is a replica itself", of.value);
            Some((why, "name the primary of both"))
        } else if primaries.contains(&of.value.as_str()) {
            let why = format!("\"{}\" has a replica already", of.value);
            Some((
                why,
                "remove one, and put the servers behind one Hyperdrive binding",
            ))
        } else {
            None
        };
        if let Some((why, mend)) = problem {
            reader.error(
                of.line,
                format!("bad replica_of of database \"{name}\": {why}"),
                mend,
            );
            continue;
        }
        primaries.push(&of.value);
        if databases.resolve(&of.value, of.line, reader).is_none() {
            continue;
        }
        // Whether it is used is whether its primary is, which is told there.
        databases.mark_used_by_name(name);
        let replica = Replica {
            of: of.value.clone(),
            lag_max: *lag_max,
        };
        if let Some(database) = databases.get_mut_by_name(name) {
            database.replica = Some(replica);
        }
    }
}

/// What a query does must be possible where it runs.
pub fn check_queries(
    queries: &Names<Statement>,
    databases: &Names<Database>,
    reader: &mut Reader<'_>,
) {
    for (name, file, _, statement) in queries.iter() {
        let query = &statement.compiled.query;
        let own = databases.iter().find(|(name, ..)| *name == query.database);
        let Some((database, _, _, own)) = own else {
            continue;
        };
        let text = &statement.file.text;
        if let (Some(replica), true) = (&own.replica, query.effect.is_write()) {
            let what = format!("query \"{name}\" writes, but \"{database}\" is a replica");
            let mend = format!("write -- database: {}", replica.of);
            reader.error_in(file, header_line(text, "database"), what, mend);
        }
        let mut replicas = databases
            .iter()
            .filter_map(|(.., database)| database.replica.as_ref());
        let has_replica = own.replica.is_some() || replicas.any(|replica| replica.of == database);
        if query.read_from == ReadFrom::Replica && !has_replica {
            let what = format!("database \"{database}\" has no replica to read from");
            let mend =
                format!("add a [database.…] with replica_of = \"{database}\", or remove the line");
            reader.error_in(file, header_line(text, "read from"), what, mend);
        }
    }
}
