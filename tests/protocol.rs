//! Every interleaving, at small sizes, of writers, outbox, purge log, views, shield and edge.

mod protocol {
    mod action;
    mod known;
    pub mod model;
    pub mod properties;
    mod rank;
    pub mod setup;
    mod state;
    mod step;
}

#[allow(unused_imports)]
use forebay::purge::target::{Mode, Target};
use protocol::model::Protocol;
use protocol::setup::{By, Key, Mutation, Request, Setup, Tagging, Who, Write};
use stateright::{Checker, HasDiscoveries, Model};

fn base() -> Setup {
    Setup {
        isolates: 2,
        writes: vec![],
        purges: vec![],
        requests: vec![],
        tagging: Tagging::ByKey,
        faults: 0,
        drain_rows_max: 10,
        index_targets_max: 10,
    }
}

fn check(name: &str, setup: Setup, mutation: Mutation) -> Vec<&'static str> {
    let checker = Protocol::new(setup, mutation)
        .checker()
        .threads(2)
        .finish_when(HasDiscoveries::AnyFailures)
        .spawn_bfs()
        .join();
    println!(
        "{name} {mutation:?}: {} states, depth {}",
        checker.unique_state_count(),
        checker.max_depth()
    );
    for (property, path) in checker.discoveries() {
        println!("{property}: {:#?}", path.into_actions());
    }
    checker.discoveries().into_keys().collect()
}

#[test]
fn try_sizes() {
    let plain = Request {
        key: Key::A,
        who: Who::Plain,
    };
    let holder = Request {
        key: Key::A,
        who: Who::Writer(0),
    };
    let mut s = base();
    s.writes = vec![Write {
        key: Key::A,
        by: By::Route,
    }];
    s.requests = vec![holder];
    check("route+holder", s.clone(), Mutation::None);
    s.faults = 1;
    check("route+holder+fault", s.clone(), Mutation::None);
    s.faults = 0;
    s.requests = vec![plain, holder];
    check("route+plain+holder", s.clone(), Mutation::None);
}
