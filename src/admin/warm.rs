//! Reads `POST /admin/warm`, and writes its lines of progress.

use super::form::{Bounds, Form};
use crate::failure::Failure;
use crate::ports::operator::{WARM_MAX, WarmOrder, WarmResult, WarmWhat, Warmed};
use crate::time::Timestamp;
use futures_util::{Stream, StreamExt, stream};
use serde::Serialize;
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

const URLS: Bounds = Bounds {
    count_max: WARM_MAX,
    bytes_max: 8192,
};

const CONCURRENCY: u32 = 8;
const CONCURRENCY_MAX: u32 = 32;
const LIMIT: u32 = 1000;

const FORMS: &str = "give one of urls, route with query, or configured = true";

/// # Errors
/// `BadBody`, with everything that is wrong.
pub fn parse(body: Option<&[u8]>) -> Result<WarmOrder, Failure> {
    let mut form = Form::read(body, r#"{"urls":["/api/pitches/7"]}"#)?;
    let given = |form: &Form| ["urls", "route", "configured"].map(|name| form.has(name));
    let forms = given(&form).into_iter().filter(|given| *given).count();
    let urls = form.texts("urls", URLS);
    let (route, query) = (form.text("route", 1024), form.text("query", 128));
    let limit = form.number("limit", 1..=WARM_MAX as u32);
    let configured = form.switch("configured");
    let concurrency = form.number("concurrency", 1..=CONCURRENCY_MAX);
    if route.is_none() && form.has("query") || query.is_none() && form.has("route") {
        form.fault("query", "goes with a route: give both, such as \"GET /api/pitches/{id}\" and a query that lists its ids");
    }
    if limit.is_some() && !form.has("query") {
        form.fault("limit", "goes with a query: leave it out");
    }
    let what = match (route, query, configured) {
        _ if forms > 1 => Err("these are several requests in one"),
        (Some(route), Some(query), None) => Ok(WarmWhat::Rows {
            route,
            query,
            limit: limit.unwrap_or(LIMIT),
        }),
        (None, None, Some(())) => Ok(WarmWhat::Configured),
        (None, None, None) if !urls.is_empty() => Ok(WarmWhat::Urls(urls)),
        _ => Err("nothing is named"),
    };
    let concurrency = concurrency.unwrap_or(CONCURRENCY) as usize;
    match what {
        Ok(what) => {
            form.finish()?;
            Ok(WarmOrder { what, concurrency })
        }
        Err(why) => {
            if forms > 1 || form.is_faultless() {
                form.fault("urls", format!("{why}: {FORMS}"));
            }
            form.finish()?;
            // Not reached: there is a fault by now.
            Err(Failure::new(crate::failure::Kind::BadBody, FORMS))
        }
    }
}

#[derive(Default, Serialize)]
struct Line<'a> {
    url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    covered: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<&'a str>,
    ms: u64,
}

/// One URL's line, with its line feed.
pub fn line(warmed: &Warmed) -> String {
    let mut line = Line {
        url: &warmed.url,
        ms: millis(warmed.took),
        ..Line::default()
    };
    match &warmed.result {
        WarmResult::Answered(status, cache) => {
            (line.status, line.cache) = (Some(*status), Some(*cache));
        }
        WarmResult::Covered(word) => line.covered = Some(word),
        WarmResult::Skipped(why) => line.skipped = Some(why),
    }
    written(&line)
}

/// What a warming came to, for its last line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    pub urls: u64,
    /// Answered with 200 or 404, which are kept.
    pub warmed: u64,
    /// Those of them that were there already, fresh.
    pub hits: u64,
    pub failed: u64,
    pub skipped: u64,
}

/// A line for each as it is done, and the last one. `now` reads the clock.
pub fn lines(
    warmed: impl Stream<Item = Warmed>,
    now: impl Fn() -> Timestamp,
) -> impl Stream<Item = String> {
    let began = now();
    let summary = Rc::new(Cell::new(Summary::default()));
    let counted = summary.clone();
    let each = warmed.map(move |warmed| {
        counted.set(counted.get().with(&warmed));
        line(&warmed)
    });
    each.chain(stream::once(async move {
        summary.get().line(now().since(began))
    }))
}

impl Summary {
    #[must_use]
    pub fn with(mut self, warmed: &Warmed) -> Self {
        self.urls += 1;
        match &warmed.result {
            WarmResult::Answered(200 | 404, cache) => {
                self.warmed += 1;
                self.hits += u64::from(*cache == "HIT");
            }
            WarmResult::Answered(..) | WarmResult::Covered(_) => self.failed += 1,
            WarmResult::Skipped(_) => self.skipped += 1,
        }
        self
    }

    /// The last line, with its line feed.
    fn line(&self, took: Duration) -> String {
        #[derive(Serialize)]
        struct Last<'a> {
            done: &'a Summary,
            ms: u64,
        }
        written(&Last {
            done: self,
            ms: millis(took),
        })
    }
}

fn written(line: &impl Serialize) -> String {
    serde_json::to_string(line).unwrap_or_default() + "\n"
}

fn millis(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_executor::block_on;
    use proptest::prelude::*;

    #[test]
    fn each_form_is_read() {
        let rows = |limit| WarmWhat::Rows {
            route: "GET /a/{id}".into(),
            query: "ids".into(),
            limit,
        };
        for (body, what, concurrency) in [
            (
                r#"{"urls":["/a","/b"]}"#,
                WarmWhat::Urls(vec!["/a".into(), "/b".into()]),
                8,
            ),
            (
                r#"{"route":"GET /a/{id}","query":"ids","concurrency":32}"#,
                rows(1000),
                32,
            ),
            (
                r#"{"route":"GET /a/{id}","query":"ids","limit":5}"#,
                rows(5),
                8,
            ),
            (r#"{"configured":true}"#, WarmWhat::Configured, 8),
        ] {
            let expected = WarmOrder { what, concurrency };
            assert_eq!(parse(Some(body.as_bytes())), Ok(expected), "{body}");
        }
    }

    #[test]
    fn what_is_no_form_is_refused_with_a_mend() {
        for (body, name) in [
            ("{}", "urls"),
            (r#"{"urls":[]}"#, "urls"),
            (r#"{"configured":false}"#, "urls"),
            (r#"{"urls":["/a"],"configured":true}"#, "urls"),
            (r#"{"route":"GET /a"}"#, "query"),
            (r#"{"query":"ids"}"#, "query"),
            (r#"{"urls":["/a"],"limit":5}"#, "limit"),
            (r#"{"urls":["/a"],"concurrency":33}"#, "concurrency"),
            (r#"{"urls":["/a"],"wait":1}"#, "wait"),
        ] {
            let failure = parse(Some(body.as_bytes())).unwrap_err();
            assert_eq!(failure.faults[0].name, name, "{body}");
        }
    }

    #[test]
    fn lines_tell_what_became_of_each_url_and_the_last_one_of_all() {
        let warmed = |result| Warmed {
            url: "/a".into(),
            result,
            took: Duration::from_millis(7),
        };
        let all = [
            warmed(WarmResult::Answered(200, "MISS")),
            warmed(WarmResult::Answered(200, "HIT")),
            warmed(WarmResult::Answered(503, "MISS")),
            warmed(WarmResult::Covered("fallback")),
            warmed(WarmResult::Skipped("no tier".into())),
        ];
        let clock = Cell::new(0);
        let now = || {
            clock.set(clock.get() + 20);
            Timestamp::from_millis(clock.get())
        };
        let lines: Vec<String> = block_on(lines(stream::iter(all), now).collect());
        assert_eq!(
            lines.concat(),
            "{\"url\":\"/a\",\"status\":200,\"cache\":\"MISS\",\"ms\":7}\n\
             {\"url\":\"/a\",\"status\":200,\"cache\":\"HIT\",\"ms\":7}\n\
             {\"url\":\"/a\",\"status\":503,\"cache\":\"MISS\",\"ms\":7}\n\
             {\"url\":\"/a\",\"covered\":\"fallback\",\"ms\":7}\n\
             {\"url\":\"/a\",\"skipped\":\"no tier\",\"ms\":7}\n\
             {\"done\":{\"urls\":5,\"warmed\":2,\"hits\":1,\"failed\":2,\"skipped\":1},\"ms\":20}\n"
        );
    }

    proptest! {
        #[test]
        fn no_body_panics(body: Vec<u8>) {
            let _ = parse(Some(&body));
        }
    }
}
