//! Workers Analytics Engine, where the binding is there: a second place that numbers go to.

use crate::metrics::frame::Frame;
use crate::metrics::message::Batch;
use crate::metrics::sink::{POINTS_MAX, Point, points};
use worker::{AnalyticsEngineDataPointBuilder, AnalyticsEngineDataset, Env};

const BINDING: &str = "ANALYTICS";

/// What one flush may still write.
pub(super) struct Sink {
    dataset: Option<AnalyticsEngineDataset>,
    room: usize,
}

impl Sink {
    pub(super) fn of(env: &Env) -> Self {
        Self {
            dataset: env.analytics_engine(BINDING).ok(),
            room: POINTS_MAX,
        }
    }

    /// Tells a batch that has arrived where it is kept. What is lost here is lost here alone.
    pub(super) fn write(&mut self, batch: &Batch, colo: &str) {
        let Some(dataset) = &self.dataset else {
            return;
        };
        let mut sum = Frame::default();
        batch.frames.iter().for_each(|(_, frame)| sum.merge(frame));
        for point in points(&sum, colo, self.room) {
            self.room -= 1;
            if let Err(why) = write(dataset, &point) {
                worker::console_warn!("forebay: analytics: {why}");
            }
        }
    }
}

fn write(dataset: &AnalyticsEngineDataset, point: &Point) -> worker::Result<()> {
    let mut built = AnalyticsEngineDataPointBuilder::new().indexes([point.index.as_str()]);
    for text in &point.texts {
        built = built.add_blob(text.as_str());
    }
    for number in point.numbers {
        built = built.add_double(number);
    }
    built.write_to(dataset)
}
