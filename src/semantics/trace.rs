//! W3C Trace Context: a request's place in a trace, read from `traceparent` and `tracestate` as they came,
//! and told to whoever is asked on its behalf.
//!
//! Forebay is a span of its own: what is behind it gets the same trace with Forebay's span as its parent.

use super::fields::Fields;
use super::forwarding::{Fate, Reach};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::num::{NonZeroU64, NonZeroU128};

pub const PARENT: &str = "traceparent";
pub const STATE: &str = "tracestate";

/// What is sent as `traceparent`. Ids of zeros are no ids (§3.2.2.3, §3.2.2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TraceParent {
    pub trace: NonZeroU128,
    pub span: NonZeroU64,
    pub sampled: Sampled,
}

/// The one flag of version 00 (§3.2.2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Sampled {
    Yes,
    No,
}

/// One request's own place in a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// With our own span.
    pub own: TraceParent,
    /// As it came; what others wrote there is theirs.
    state: Option<String>,
}

/// Random numbers for what a trace may lack.
#[derive(Clone, Copy, Debug)]
pub struct Seed {
    pub trace: u128,
    pub span: u64,
}

/// A longer `tracestate` is left out, which §3.3.1.5 allows beyond 512 characters.
const STATE_BYTES_MAX: usize = 4096;

impl Trace {
    /// Continues what the client sent, or begins anew: `tracestate` means nothing without a `traceparent`
    /// that can be read (§4.3).
    pub fn continued(parent: Option<&str>, state: Option<&str>, seed: Seed) -> Self {
        let span = NonZeroU64::new(seed.span).unwrap_or(NonZeroU64::MIN);
        let Some(parent) = parent.and_then(TraceParent::parse) else {
            let own = TraceParent {
                trace: NonZeroU128::new(seed.trace).unwrap_or(NonZeroU128::MIN),
                span,
                // Not to keep those behind us from recording what they would have recorded by themselves.
                sampled: Sampled::Yes,
            };
            return Self { own, state: None };
        };
        let state = state.filter(|state| !state.is_empty() && state.len() <= STATE_BYTES_MAX);
        Self {
            own: TraceParent { span, ..parent },
            state: state.map(str::to_owned),
        }
    }

    /// The fields of a request to an origin, as far as fields of these names reach it.
    #[must_use]
    pub fn told(&self, mut fields: Fields, reach: &Reach) -> Fields {
        fields.remove(PARENT);
        fields.remove(STATE);
        if reach.fate(PARENT) == Fate::Pass {
            fields.push(PARENT, self.own.to_string());
            if let Some(state) = self
                .state
                .as_ref()
                .filter(|_| reach.fate(STATE) == Fate::Pass)
            {
                fields.push(STATE, state.clone());
            }
        }
        fields
    }
}

impl TraceParent {
    /// `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`, strictly: any other form is none at all.
    /// Of a later version what this one knows is read (§4.3).
    pub fn parse(value: &str) -> Option<Self> {
        let mut parts = value.split('-');
        let version = hex(parts.next()?, 2)?;
        let trace = hex(parts.next()?, 32)?;
        let span = hex(parts.next()?, 16)?;
        let flags = hex(parts.next()?, 2)?;
        let is_whole = parts.next().is_none();
        // 255 is forbidden (§3.2.1).
        if version == 0xff || (version == 0 && !is_whole) {
            return None;
        }
        Some(Self {
            trace: NonZeroU128::new(trace)?,
            span: NonZeroU64::new(u64::try_from(span).ok()?)?,
            sampled: if flags & 1 == 1 {
                Sampled::Yes
            } else {
                Sampled::No
            },
        })
    }

    pub fn trace_id(self) -> String {
        format!("{:032x}", self.trace)
    }

    pub fn span_id(self) -> String {
        format!("{:016x}", self.span)
    }
}

/// Exactly so many digits, in lower case (§3.2.2).
fn hex(digits: &str, count: usize) -> Option<u128> {
    let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if digits.len() != count || !digits.bytes().all(is_hex) {
        return None;
    }
    u128::from_str_radix(digits, 16).ok()
}

impl fmt::Display for TraceParent {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = match self.sampled {
            Sampled::Yes => "01",
            Sampled::No => "00",
        };
        write!(out, "00-{:032x}-{:016x}-{flags}", self.trace, self.span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GIVEN: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const SEED: Seed = Seed { trace: 7, span: 9 };

    #[test]
    fn what_is_not_of_the_form_is_none_at_all() {
        let trace = "0af7651916cd43dd8448eb211c80319c";
        for value in [
            String::new(),
            String::from("00"),
            GIVEN.to_uppercase(),
            format!(" {GIVEN}"),
            format!("{GIVEN} "),
            format!("{GIVEN}-"),
            format!("{GIVEN}-00"),
            format!("{GIVEN}, {GIVEN}"),
            format!("ff-{trace}-b7ad6b7169203331-01"),
            format!("0-{trace}-b7ad6b7169203331-01"),
            format!("00-{trace}-b7ad6b7169203331-1"),
            format!("00-{trace}-b7ad6b7169203331"),
            format!("00-{trace}-b7ad6b716920333-01"),
            format!("00-{trace}-0000000000000000-01"),
            format!("00-{trace}-b7ad6b716920333g-01"),
            format!("00-{trace}-+7ad6b7169203331-01"),
            format!("00-{}-b7ad6b7169203331-01", "0".repeat(32)),
            format!("cc-{trace}-b7ad6b7169203331-01x"),
            format!("00-{trace}\u{e9}-b7ad6b7169203331-01"),
        ] {
            assert_eq!(TraceParent::parse(&value), None, "{value:?}");
        }
    }

    #[test]
    fn of_a_later_version_the_known_part_is_read_and_version_00_is_sent() {
        let known = TraceParent::parse(GIVEN).unwrap();
        assert_eq!(known.to_string(), GIVEN);
        for later in ["cc-", "fe-"] {
            let value = GIVEN.replacen("00-", later, 1);
            assert_eq!(TraceParent::parse(&value), Some(known));
            let longer = format!("{value}-what-will-be");
            assert_eq!(TraceParent::parse(&longer), Some(known));
        }
        // Flags that this version does not know are not passed on.
        let flags = GIVEN.replace("-01", "-fe");
        let read = TraceParent::parse(&flags).unwrap();
        assert_eq!(read.to_string(), GIVEN.replace("-01", "-00"));
    }

    #[test]
    fn a_trace_goes_on_under_a_span_of_our_own() {
        let trace = Trace::continued(Some(GIVEN), Some("a=1,b=2"), SEED);
        let own = "00-0af7651916cd43dd8448eb211c80319c-0000000000000009-01";
        assert_eq!(trace.own.to_string(), own);
        let fields: Fields = [
            ("Accept", "*/*"),
            ("TraceParent", GIVEN),
            ("tracestate", "x"),
        ]
        .into_iter()
        .collect();
        let told = trace.told(fields, &Reach::default());
        let expected = [("Accept", "*/*"), (PARENT, own), (STATE, "a=1,b=2")];
        assert_eq!(told.iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn without_a_parent_that_can_be_read_everything_is_new() {
        for parent in [None, Some("rubbish")] {
            let trace = Trace::continued(parent, Some("a=1"), SEED);
            assert_eq!(
                trace.own.to_string(),
                "00-00000000000000000000000000000007-0000000000000009-01"
            );
            let told = trace.told(Fields::new(), &Reach::default());
            assert_eq!(told.first(STATE), None);
        }
        let zeros = Seed { trace: 0, span: 0 };
        let own = Trace::continued(None, None, zeros).own;
        assert_eq!(TraceParent::parse(&own.to_string()), Some(own));
    }

    #[test]
    fn an_origin_of_which_nobody_knows_what_it_reflects_is_told_what_is_allowed() {
        let trace = Trace::continued(Some(GIVEN), Some("a=1"), SEED);
        let only = |allow: &[&str]| Reach::Only {
            allow: allow.iter().map(|name| (*name).to_owned()).collect(),
        };
        let told = |reach: &Reach| {
            let fields = trace.told(Fields::new(), reach);
            (fields.contains(PARENT), fields.contains(STATE))
        };
        assert_eq!(told(&only(&[])), (false, false));
        assert_eq!(told(&only(&["traceparent"])), (true, false));
        assert_eq!(told(&only(&["tracestate"])), (false, false));
        assert_eq!(told(&only(&["Traceparent", "Tracestate"])), (true, true));
    }

    #[test]
    fn a_state_without_end_is_left_out() {
        let long = "a".repeat(STATE_BYTES_MAX + 1);
        for (state, expected) in [("", None), (long.as_str(), None), ("a=1", Some("a=1"))] {
            let trace = Trace::continued(Some(GIVEN), Some(state), SEED);
            let told = trace.told(Fields::new(), &Reach::default());
            assert_eq!(told.first(STATE), expected);
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_is_read_or_refused(value: String) {
            let _ = TraceParent::parse(&value);
        }

        #[test]
        fn what_is_written_is_read_again(trace in 1_u128.., span in 1_u64.., sampled: bool) {
            let parent = TraceParent {
                trace: NonZeroU128::new(trace).unwrap(),
                span: NonZeroU64::new(span).unwrap(),
                sampled: if sampled { Sampled::Yes } else { Sampled::No },
            };
            let text = parent.to_string();
            prop_assert_eq!(text.len(), 55);
            prop_assert_eq!(TraceParent::parse(&text), Some(parent));
            prop_assert_eq!(text, format!("00-{}-{}-0{}", parent.trace_id(), parent.span_id(), u8::from(sampled)));
        }
    }
}
