//! Whether a query runs on a database itself, the primary, or on its replica, which lags behind.

use super::query::{Query, Repeat};
use serde::{Deserialize, Serialize};

/// What a query's header says: `-- read from: …`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReadFrom {
    /// Nothing: the replica, where that is safe.
    #[default]
    Either,
    Primary,
    /// The replica also when the query is not repeatable, as long as it reads.
    Replica,
}

/// How new the rows must be that a query reads; whoever asks knows, since it depends on what was
/// purged and on what the client has written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Freshest {
    /// A replica that lags by no more than its configuration says will do.
    ReplicaWillDo,
    /// Everything that was committed before the question.
    Primary,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    Primary,
    Replica,
}

/// `repeat`: reads of a safe method may be repeated, and nothing else may.
pub fn place(query: &Query, repeat: Repeat, freshest: Freshest) -> Place {
    if query.effect.is_write() || freshest == Freshest::Primary {
        return Place::Primary;
    }
    match (query.read_from, repeat) {
        (ReadFrom::Replica, _) | (ReadFrom::Either, Repeat::Allowed) => Place::Replica,
        (ReadFrom::Primary, _) | (ReadFrom::Either, Repeat::Never) => Place::Primary,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::query::{Effect, Returns};

    fn query(effect: Effect, read_from: ReadFrom) -> Query {
        Query {
            name: "q".into(),
            text: String::new(),
            params: vec![],
            returns: Returns::One,
            effect,
            database: "main".into(),
            tables: vec![],
            rows: vec![],
            read_from,
            batch: None,
        }
    }

    #[test]
    fn only_reads_go_to_the_replica_and_only_while_it_may_do() {
        use Effect::{Acts, Reads, Volatile, Writes};
        use Freshest::{Primary, ReplicaWillDo as May};
        use ReadFrom as From;
        use Repeat::{Allowed, Never};
        for (effect, read_from, repeat, freshest, expected) in [
            (Reads, From::Either, Allowed, May, Place::Replica),
            (Reads, From::Either, Allowed, Primary, Place::Primary),
            (Reads, From::Either, Never, May, Place::Primary),
            (Volatile, From::Either, Never, May, Place::Primary),
            (Reads, From::Primary, Allowed, May, Place::Primary),
            (Reads, From::Replica, Never, May, Place::Replica),
            (Volatile, From::Replica, Never, May, Place::Replica),
            // Whoever must see their own write sees it, whatever the query says.
            (Reads, From::Replica, Allowed, Primary, Place::Primary),
            (Writes, From::Replica, Never, May, Place::Primary),
            (Acts, From::Either, Never, May, Place::Primary),
        ] {
            let got = place(&query(effect, read_from), repeat, freshest);
            let case = (effect, read_from, repeat, freshest);
            assert_eq!(got, expected, "{case:?}");
        }
    }
}
