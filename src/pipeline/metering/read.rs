//! Asks every metrics object for what it keeps, and puts the answers together.

use super::documents::unexpected;
use super::sources::{scope, sources};
use crate::config::site::Site;
use crate::failure::Failure;
use crate::key::CacheKey;
use crate::metrics::compare::Comparison;
use crate::metrics::frame::Frame;
use crate::metrics::message::{Frames, MetricsAsk, MetricsReply, Question};
use crate::metrics::prometheus::exposition;
use crate::metrics::report::Report;
use crate::metrics::slots::Window;
use crate::metrics::summary::{Span, Summary};
use crate::ports::metrics::MetricsPorts;
use crate::time::Timestamp;
use futures_util::future::{try_join, try_join_all};
use serde::Serialize;

/// The object that a place tells: a data centre, or a shield's object.
pub fn object_of(place: &str, objects: u16) -> u16 {
    CacheKey::new("metrics", place, []).shard(objects)
}

/// What was measured in a window, of one route or of all.
///
/// # Errors
/// When an object cannot be reached: numbers that lack a part would be wrong.
pub async fn summary(
    ports: &impl MetricsPorts,
    site: &Site,
    window: Window,
    route: Option<String>,
) -> Result<Summary, Failure> {
    let sources = sources(site);
    let asked = route.as_deref().map(|route| scope(route, &sources));
    let question = Question::of(window, asked);
    let frames = frames(ports, site.metrics.objects, &question).await?;
    Ok(Summary::of(Span::of(window, route), frames).knowing(&sources))
}

/// Two windows side by side.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Compared {
    pub baseline: Span,
    pub current: Span,
    #[serde(flatten)]
    pub comparison: Comparison,
}

/// # Errors
/// As [`summary`].
pub async fn compared(
    ports: &impl MetricsPorts,
    site: &Site,
    baseline: Window,
    current: Window,
    route: Option<String>,
) -> Result<Compared, Failure> {
    let baseline = summary(ports, site, baseline, route.clone());
    let current = summary(ports, site, current, route);
    let (baseline, current) = try_join(baseline, current).await?;
    Ok(Compared {
        comparison: Comparison::of(&baseline.total, &current.total),
        baseline: baseline.span,
        current: current.span,
    })
}

/// The report of an hour, beside the hour before.
///
/// # Errors
/// As [`summary`].
pub async fn report(
    ports: &impl MetricsPorts,
    site: &Site,
    hour: Window,
    before: Option<Window>,
) -> Result<Report, Failure> {
    let hour = summary(ports, site, hour, None).await?;
    let before = match before {
        Some(before) => Some(summary(ports, site, before, None).await?),
        None => None,
    };
    Ok(Report::of(
        &hour,
        before.as_ref().map(|before| &before.total),
        ports.now(),
    ))
}

/// What Prometheus reads: what was ever taken, and quantiles and levels of the last five minutes.
///
/// # Errors
/// As [`summary`].
pub async fn exposed(
    ports: &impl MetricsPorts,
    objects: u16,
    now: Timestamp,
) -> Result<String, Failure> {
    let recent = Question::of(Window::last(RECENT_S, now), None);
    let (running, frames) =
        try_join(running(ports, objects), frames(ports, objects, &recent)).await?;
    let mut recent = Frame::default();
    for frames in &frames {
        recent.gather(&frames.whole);
    }
    Ok(exposition(&running, &recent))
}

const RECENT_S: u64 = 300;

/// # Errors
/// As [`summary`].
pub async fn frames(
    ports: &impl MetricsPorts,
    objects: u16,
    question: &Question,
) -> Result<Vec<Frames>, Failure> {
    let ask = MetricsAsk::Read(question.clone());
    let understood = |reply| {
        if let MetricsReply::Frames(frames) = reply {
            return Ok(frames);
        }
        Err(unexpected(&reply))
    };
    each(ports, objects, &ask, understood).await
}

/// The sum of all that was ever taken.
///
/// # Errors
/// As [`summary`].
pub async fn running(ports: &impl MetricsPorts, objects: u16) -> Result<Frame, Failure> {
    let understood = |reply| {
        if let MetricsReply::Running(frame) = reply {
            return Ok(frame);
        }
        Err(unexpected(&reply))
    };
    let mut sum = Frame::default();
    for frame in each(ports, objects, &MetricsAsk::Running, understood).await? {
        sum.gather(&frame);
    }
    Ok(sum)
}

async fn each<T>(
    ports: &impl MetricsPorts,
    objects: u16,
    ask: &MetricsAsk,
    understood: impl Fn(MetricsReply) -> Result<T, Failure>,
) -> Result<Vec<T>, Failure> {
    let understood = &understood;
    let asked = (0..objects.max(1))
        .map(|object| async move { understood(ports.ask_metrics(object, ask).await?) });
    try_join_all(asked).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_tells_the_same_object_always_and_one_that_there_is() {
        for place in ["FRA", "AMS", "shield-3", ""] {
            assert_eq!(object_of(place, 1), 0);
            assert!(object_of(place, 7) < 7);
            assert_eq!(object_of(place, 7), object_of(place, 7));
        }
    }
}
