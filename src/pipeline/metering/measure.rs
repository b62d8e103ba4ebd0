//! What of an outcome is counted.

use crate::metrics::frame::{Country, Measured};
use crate::outcome::Outcome;
use crate::semantics::request::RequestHead;

/// What is known of an answered request besides its outcome.
#[derive(Clone, Copy, Debug)]
pub struct Answered<'a> {
    pub status: u16,
    pub total_ms: u32,
    /// The data centre's code.
    pub colo: &'a str,
}

pub fn measured<'a>(
    outcome: &'a Outcome,
    request: &RequestHead<'_>,
    answered: Answered<'a>,
) -> Measured<'a> {
    Measured {
        route: outcome.route.as_deref(),
        verdict: outcome.verdict,
        layer: outcome.answered_by(),
        status: answered.status,
        total_ms: f64::from(answered.total_ms),
        source_ms: outcome.source_ms.map(f64::from),
        collapsed: outcome.shield.is_some_and(|shield| shield.collapsed),
        failure: outcome.failure,
        colo: answered.colo,
        country: country(request),
    }
}

pub fn country(request: &RequestHead<'_>) -> Country {
    request.country.map_or(Country::UNKNOWN, Country::of)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Kind;
    use crate::outcome::{CacheVerdict, Finding, Layer, LayerReport, ShieldReport};

    fn report(layer: Layer, finding: Finding) -> LayerReport {
        LayerReport {
            layer,
            finding,
            stored: false,
            took_ms: 1,
        }
    }

    #[test]
    fn a_stale_answer_is_of_the_layer_that_had_it_and_tells_what_failed() {
        let outcome = Outcome {
            verdict: CacheVerdict::Stale,
            layers: vec![
                report(Layer::Memory, Finding::ServedStale { ttl_s: -5 }),
                report(Layer::Colo, Finding::Absent),
            ],
            shield: Some(ShieldReport {
                collapsed: true,
                ..ShieldReport::default()
            }),
            source_ms: Some(7),
            failure: Some(Kind::Timeout),
            ..Outcome::bypass(Some("GET /a".into()))
        };
        let request = RequestHead {
            country: Some("de"),
            ..RequestHead::default()
        };
        let answered = Answered {
            status: 200,
            total_ms: 9,
            colo: "FRA",
        };
        let measured = measured(&outcome, &request, answered);
        assert_eq!(measured.layer, Some(Layer::Memory));
        assert_eq!((measured.total_ms, measured.source_ms), (9.0, Some(7.0)));
        assert!(measured.collapsed);
        assert_eq!(measured.failure, Some(Kind::Timeout));
        assert_eq!(measured.country, Country::of("DE"));
        assert_eq!(country(&RequestHead::default()), Country::UNKNOWN);
    }
}
