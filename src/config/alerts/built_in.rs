//! The alerts of a site that says nothing: from the targets that its answers are to meet.

use super::threshold::Draft;
use crate::alert::rule::{Bound, Metric};
use std::time::Duration;

const SPAN: Duration = Duration::from_secs(300);
const MINUTE: Duration = Duration::from_secs(60);

pub fn every() -> Vec<Draft> {
    let ms = |ms| Some(Bound::from_duration(Duration::from_millis(ms)));
    let percent = |percent: u64| Some(Bound::from_millionths(percent * 10_000));
    vec![
        draft("slow-responses", Metric::P95, ms(100), ms(500)),
        draft("low-hit-rate", Metric::HitRate, percent(70), percent(40)),
        draft("errors", Metric::ErrorRate, percent(1), percent(5)),
        draft("slow-database", Metric::Database, ms(50), ms(250)),
        // What is little traffic, the site alone can say.
        draft("low-throughput", Metric::Throughput, None, None),
        Draft {
            over: MINUTE,
            holds: Duration::ZERO,
            ..draft(
                "breaker-open",
                Metric::BreakerOpen,
                None,
                Some(Bound::from_millionths(0)),
            )
        },
    ]
}

fn draft(name: &str, metric: Metric, warning: Option<Bound>, critical: Option<Bound>) -> Draft {
    Draft {
        name: name.to_owned(),
        metric,
        route: None,
        over: SPAN,
        warning,
        critical,
        holds: SPAN,
        samples_min: u32::from(super::SAMPLES_MIN),
        on_fire: None,
    }
}
