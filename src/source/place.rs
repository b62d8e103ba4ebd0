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

/// How fresh the answer must be; whoever asks knows, since it depends on what was purged and on what
/// the client has written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Freshest {
    ReplicaMayDo,
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

    #[test]
    fn only_reads_go_to_the_replica_and_only_while_it_may_do() {
        use Effect::{Acts, Reads, Volatile, Writes};
        use Freshest::ReplicaMayDo;
        use ReadFrom::Either;
        use Repeat::{Allowed, Never};
        for (effect, read_from, repeat, freshest, expected) in [
            (Reads, Either, Allowed, ReplicaMayDo, Place::Replica),
            (Reads, Either, Allowed, Freshest::Primary, Place::Primary),
            (Reads, Either, Never, ReplicaMayDo, Place::Primary),
            (Volatile, Either, Never, ReplicaMayDo, Place::Primary),
            (
                Reads,
                ReadFrom::Primary,
                Allowed,
                ReplicaMayDo,
                Place::Primary,
            ),
            (
                Reads,
                ReadFrom::Replica,
                Never,
                ReplicaMayDo,
                Place::Replica,
            ),
            (
                Volatile,
                ReadFrom::Replica,
                Never,
                ReplicaMayDo,
                Place::Replica,
            ),
            // Whoever must see their own write sees it, whatever the query says.
            (
                Reads,
                ReadFrom::Replica,
                Allowed,
                Freshest::Primary,
                Place::Primary,
            ),
            (
                Writes,
                ReadFrom::Replica,
                Never,
                ReplicaMayDo,
                Place::Primary,
            ),
            (Acts, Either, Never, ReplicaMayDo, Place::Primary),
        ] {
            let query = Query {
                name: "q".into(),
                text: String::new(),
                params: vec![],
                returns: Returns::One,
                effect,
                database: "main".into(),
                tables: vec![],
                read_from,
                batch: None,
            };
            let got = place(&query, repeat, freshest);
            assert_eq!(
                got, expected,
                "{effect:?} {read_from:?} {repeat:?} {freshest:?}"
            );
        }
    }
}
