//! What Workers Analytics Engine is told, where a site has it: the flows of one flush, the largest by
//! themselves and the rest as one.

use super::frame::{Flow, FlowKey, Frame, OTHER};
use super::sketch::float;
use std::cmp::Reverse;

/// One invocation of a Worker may write so many.
pub const POINTS_MAX: usize = 25;

/// An index is cut to so many bytes.
const INDEX_BYTES_MAX: usize = 96;

/// One data point. The order of its texts and numbers is what queries name: `blob1`, `double1`.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// The route, by which Analytics Engine samples.
    pub index: String,
    /// Colo, route, verdict, layer, class of the status.
    pub texts: [String; 5],
    /// Responses, collapsed ones, sum of the durations in ms, their p50, their p95, sum of the sources' times.
    pub numbers: [f64; 6],
}

/// At most `max` points; none where there is no room or nothing was answered.
pub fn points(frame: &Frame, colo: &str, max: usize) -> Vec<Point> {
    let mut flows: Vec<(&FlowKey, &Flow)> = frame.flows.iter().collect();
    flows.sort_by_key(|(_, flow)| Reverse(flow.count));
    let singly = if flows.len() <= max {
        max
    } else {
        max.saturating_sub(1)
    };
    let (largest, rest) = flows.split_at(singly.min(flows.len()));
    let mut points: Vec<Point> = largest
        .iter()
        .map(|(key, flow)| {
            let layer = key.layer.map_or("", |layer| layer.as_str());
            let class = format!("{}xx", key.status_class);
            let words = [key.verdict.as_str(), layer, &class];
            point(colo, key.route.as_deref().unwrap_or_default(), words, flow)
        })
        .collect();
    if !rest.is_empty() && points.len() < max {
        let mut sum = Flow::default();
        rest.iter().for_each(|(_, flow)| sum.add(flow));
        points.push(point(colo, OTHER, [OTHER, "", ""], &sum));
    }
    points
}

fn point(colo: &str, route: &str, [verdict, layer, class]: [&str; 3], flow: &Flow) -> Point {
    let quantile = |q| flow.duration.quantile(q).unwrap_or(0.0);
    Point {
        index: cut(route).to_owned(),
        texts: [colo, route, verdict, layer, class].map(str::to_owned),
        numbers: [
            float(flow.count),
            float(flow.collapsed),
            flow.duration.sum(),
            quantile(0.5),
            quantile(0.95),
            flow.source.sum(),
        ],
    }
}

fn cut(text: &str) -> &str {
    let mut ends = (0..=INDEX_BYTES_MAX.min(text.len())).rev();
    let end = ends.find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or_default()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::{CacheVerdict, Layer};

    /// A flow for each count, each of a route of its own.
    fn frame(counts: &[u64]) -> Frame {
        let mut frame = Frame::default();
        for (number, count) in counts.iter().enumerate() {
            let key = FlowKey {
                route: Some(format!("GET /{number}")),
                verdict: CacheVerdict::Hit,
                layer: Some(Layer::Memory),
                status_class: 2,
            };
            let mut flow = Flow {
                count: *count,
                ..Flow::default()
            };
            flow.duration.record_times(10.0, *count);
            frame.flows.insert(key, flow);
        }
        frame
    }

    fn counted(points: &[Point]) -> f64 {
        points.iter().map(|point| point.numbers[0]).sum()
    }

    #[test]
    fn no_response_is_lost_and_no_more_points_are_made_than_there_is_room() {
        for (counts, max, expected) in [
            (vec![], 25, 0),
            (vec![5], 25, 1),
            (vec![1; 25], 25, 25),
            (vec![1; 26], 25, 25),
            (vec![3; 400], 25, 25),
            (vec![3; 400], 1, 1),
        ] {
            let points = points(&frame(&counts), "AMS", max);
            assert_eq!(points.len(), expected, "{counts:?}");
            let all: u64 = counts.iter().sum();
            assert!((counted(&points) - float(all)).abs() < 0.5, "{counts:?}");
        }
        assert!(points(&frame(&[1, 2]), "AMS", 0).is_empty());
    }

    #[test]
    fn the_largest_come_by_themselves_and_the_rest_as_other() {
        let points = points(&frame(&[1, 50, 2, 40]), "AMS", 3);
        let routes: Vec<&str> = points.iter().map(|point| point.index.as_str()).collect();
        assert_eq!(routes, ["GET /1", "GET /3", OTHER]);
        assert_eq!(points[0].texts, ["AMS", "GET /1", "HIT", "memory", "2xx"]);
        let [count, collapsed, sum, p50, _, source] = points[0].numbers;
        assert_eq!((count, collapsed, source), (50.0, 0.0, 0.0));
        assert!((sum - 500.0).abs() < 5.0 && (p50 - 10.0).abs() < 0.1);
        assert!((points[2].numbers[0] - 3.0).abs() < 0.1);
    }

    #[test]
    fn an_index_is_cut_at_a_character() {
        for (text, bytes) in [
            ("a".repeat(200), 96),
            ("ü".repeat(60), 96),
            ("äa".repeat(60), 96),
            ("a".into(), 1),
        ] {
            assert_eq!(cut(&text).len(), bytes);
            assert!(text.starts_with(cut(&text)));
        }
    }
}
