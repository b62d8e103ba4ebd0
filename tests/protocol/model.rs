//! The model that the checker walks: where it begins, and what follows.

use super::action::Action;
use super::known::Known;
use super::setup::{KEYS, Key, Mutation, Setup, Start, Tagging};
use super::state::{Database, Isolate, Log, Shield, Stage, State, Stored, Version, Writer};
use super::{properties, rank};
use forebay::purge::seq::PurgeSeq;
use forebay::purge::target::Mode;
use stateright::{Model, Property};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The protocol, or a broken one, at one size.
#[derive(Clone, Debug)]
pub struct Protocol {
    pub setup: Setup,
    /// `None`: as it should be.
    pub mutation: Option<Mutation>,
    /// By key: the tags of its first version, and of the later ones.
    tags: [[Vec<String>; 2]; KEYS],
}

impl Protocol {
    pub fn new(setup: Setup, mutation: Option<Mutation>) -> Self {
        let moves = setup.tagging == Tagging::FirstWriteMoves;
        let tags = [Key::A, Key::B].map(|key| {
            let first = format!("row:{}", key.text());
            let later = if moves {
                format!("moved:{}", key.text())
            } else {
                first.clone()
            };
            [vec![first], vec![later]]
        });
        Self {
            setup,
            mutation,
            tags,
        }
    }

    pub fn tags(&self, key: Key, version: Version) -> &[String] {
        &self.tags[key.0][usize::from(version.min(1))]
    }

    /// Whether it is broken in this way.
    pub fn has(&self, mutation: Mutation) -> bool {
        self.mutation == Some(mutation)
    }

    pub fn nothing(&self) -> Known {
        Known::nothing(self.setup.index_targets_max)
    }

    pub fn has_soft_purges(&self) -> bool {
        self.setup
            .purges
            .iter()
            .any(|(_, mode)| *mode == Mode::Soft)
    }

    pub fn goes_on(&self, state: &State) -> bool {
        let mut actions = Vec::new();
        self.regular_actions(state, &mut actions);
        !actions.is_empty()
    }

    /// Before the first write: every cache empty, or every cache full.
    fn cold(&self) -> State {
        let isolate = Isolate {
            view: None,
            memory: [None; KEYS],
        };
        State {
            database: Database {
                versions: [0; KEYS],
                committed: BTreeSet::new(),
                outbox: BTreeSet::new(),
            },
            log: Log {
                purges: Arc::default(),
                history: Arc::new(vec![self.nothing()]),
                noted: BTreeSet::new(),
                drain: None,
                settled: PurgeSeq::ZERO,
            },
            shield: Shield {
                view: self.nothing(),
                fills: Vec::new(),
                settled: [None; KEYS],
            },
            isolates: vec![isolate; self.setup.isolates],
            far: BTreeSet::new(),
            writers: vec![Writer::Idle; self.setup.writes.len()],
            operators: vec![None; self.setup.purges.len()],
            clients: vec![Stage::Idle; self.setup.requests.len()],
            faults_left: self.setup.faults,
        }
    }

    fn warm(&self) -> State {
        let mut state = self.cold();
        let first = Stored {
            version: 0,
            seq: PurgeSeq::ZERO,
        };
        for isolate in &mut state.isolates {
            isolate.view = Some(self.nothing());
            isolate.memory = [Some(first); KEYS];
        }
        state.far = [(Key::A, first), (Key::B, first)].into();
        state
    }
}

impl Model for Protocol {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        match self.setup.start {
            Start::Cold => vec![self.cold()],
            Start::Warm => vec![self.warm()],
            Start::Any => vec![self.cold(), self.warm()],
        }
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        self.regular_actions(state, actions);
        self.faults(state, actions);
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        self.apply(&mut state, action);
        if self.mutation.is_none() {
            let rank = |state| rank::rank(state, self.setup.faults);
            assert!(
                rank(&state) > rank(last),
                "{action:?} may run in a circle: {last:#?}"
            );
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all()
    }
}
