//! `forebay explain METHOD URL`: what the Worker would do with a request, and why.

mod cache;
mod origin;

use super::compile::compiled;
use super::terminal::{complain, say};
use super::{Failed, SiteFile};
use crate::admin::explain::field;
use crate::admin::health;
use crate::config::site::{Auth, Route, Site, Source};
use crate::failure::{Failure, Kind};
use crate::pipeline::operate::described;
use crate::pipeline::plan::{Located, Target, locate, target};
use crate::semantics::fields::Fields;
use crate::semantics::request::RequestHead;

#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    site: SiteFile,
    /// The request's method, such as GET
    method: String,
    /// The request's path or URL, such as "/api/pitches?limit=5"
    url: String,
    /// A field of the request, such as "Accept-Language: de": for routes to origins; repeatable
    #[arg(long = "header", value_name = "FIELD")]
    headers: Vec<String>,
    /// The request's JSON body, for methods that have one
    #[arg(long, value_name = "JSON")]
    body: Option<String>,
}

pub fn run(options: &Options) -> Result<(), Failed> {
    let url = &options.url;
    // A path alone may hold a URL in its query, so it must not be searched for a scheme.
    if !url.starts_with('/') && !url.contains("://") {
        complain("error: the URL is neither a path (/api/items) nor has it a scheme (https://…)");
        return Err(Failed::Usage);
    }
    let fields = fields(&options.headers)?;
    // Warnings are `check`'s business: here they would hide the answer.
    let site = compiled(&options.site.config)?.site;
    let (path, search) = RequestHead::split_url(url);
    let request = RequestHead {
        method: &options.method,
        base: RequestHead::base_of(url),
        path,
        search,
        ..RequestHead::default()
    };
    let mut page = Page::default();
    page.line(
        "request",
        format!("{} {}", options.method, target_of(path, search)),
    );
    let given = Given {
        body: options.body.as_deref(),
        fields,
    };
    explain(&site, &request, given, &mut page);
    say(page.text());
    Ok(())
}

/// What the command line says of the request besides its method and URL.
#[derive(Debug)]
struct Given<'a> {
    body: Option<&'a str>,
    fields: Fields,
}

fn fields(lines: &[String]) -> Result<Fields, Failed> {
    let read = lines.iter().map(|line| {
        field(line).map_err(|why| {
            complain(format!("error: --header {line:?} {why}"));
            Failed::Usage
        })
    });
    read.collect()
}

/// Labels and texts, aligned.
#[derive(Debug, Default)]
struct Page(Vec<(&'static str, String)>);

impl Page {
    fn line(&mut self, label: &'static str, text: impl Into<String>) {
        self.0.push((label, text.into()));
    }

    /// A label is written once for the lines that follow under it.
    fn text(&self) -> String {
        let mut last = "";
        let lines = self.0.iter().map(|(label, text)| {
            let shown = if *label == last { "" } else { label };
            last = label;
            format!("{shown:<11} {text}")
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

fn explain(site: &Site, request: &RequestHead<'_>, given: Given<'_>, page: &mut Page) {
    let Given { body, fields } = given;
    if health::PATHS.contains(&request.path) {
        page.line("answer", "health, by Forebay itself; no route is asked");
        return;
    }
    let located = match locate(site, request) {
        Ok(located) => located,
        Err(failure) if request.method == "OPTIONS" && failure.kind == Kind::MethodNotAllowed => {
            page.line(
                "answer",
                "204, by Forebay itself: what the path allows, and [cors]",
            );
            page.line("allow", failure.allow.join(", "));
            return;
        }
        Err(failure) => {
            explain_failure(&failure, page);
            explain_neighbours(site, &failure, page);
            return;
        }
    };
    explain_route(site, located.route, page);
    if let Source::Origin(_) = located.route.source {
        origin::explain(site, &located, request, fields, page);
        return;
    }
    explain_ignored(located.route, request, page);
    let target = match target(site, &located, request, body.map(str::as_bytes)) {
        Ok(target) => target,
        Err(failure) => {
            explain_failure(&failure, page);
            if body.is_none() && !request.is_read() {
                page.line("", "give the fields of the body with --body '{…}'");
            }
            return;
        }
    };
    let absent = if body.is_none() && !request.is_read() {
        "taken from the JSON body (none given: see --body)"
    } else {
        "not given (null)"
    };
    explain_values(site, &located, &target, absent, page);
    cache::explain(site, &located, request, &target, page);
}

fn explain_route(site: &Site, route: &Route, page: &mut Page) {
    page.line("route", &route.pattern);
    page.line("source", described::source(site, route));
    page.line(
        "auth",
        match route.auth {
            Auth::None => "none: anyone may ask",
            Auth::Token => "token: 401 without Authorization: Bearer and the secret API_TOKEN",
        },
    );
}

/// What of the query string reaches neither key nor source.
fn explain_ignored(route: &Route, request: &RequestHead<'_>, page: &mut Page) {
    for name in described::ignored(route, request) {
        let why = "not in the route's query = […], so neither in the key nor in the query";
        page.line("ignored", format!("{name}: {why}"));
    }
}

fn explain_values(
    site: &Site,
    located: &Located<'_, '_>,
    target: &Target,
    absent: &str,
    page: &mut Page,
) {
    let route = located.route;
    let values: Vec<(&str, Option<&str>)> = match route.source {
        Source::Query(id) => {
            let params = site
                .query(id)
                .map(|query| query.params.as_slice())
                .unwrap_or_default();
            let values = target.values.iter().map(Option::as_deref);
            params
                .iter()
                .map(|param| param.name.as_str())
                .zip(values)
                .collect()
        }
        Source::Origin(_) | Source::Assets => {
            let values = located.values.iter().map(|value| Some(value.as_ref()));
            route
                .params
                .iter()
                .map(String::as_str)
                .zip(values)
                .collect()
        }
    };
    if values.is_empty() {
        page.line("parameters", "none");
    }
    for (name, value) in values {
        let text = value.map_or_else(|| absent.to_owned(), |value| format!("{value:?}"));
        page.line("parameters", format!("{name}: {text}"));
    }
}

fn explain_failure(failure: &Failure, page: &mut Page) {
    let (status, title) = (failure.kind.status(), failure.kind.title());
    let detail = match failure.public.as_str() {
        "" => String::new(),
        public => format!(": {public}"),
    };
    page.line("answer", format!("{status} {title}{detail}"));
    for fault in &failure.faults {
        page.line("why", format!("\"{}\" {}", fault.name, fault.reason));
    }
    if !failure.allow.is_empty() {
        page.line("allow", failure.allow.join(", "));
    }
    page.line("cached", "no: the request ends here, no source is asked");
}

/// For a path that no route has: the routes there are.
fn explain_neighbours(site: &Site, failure: &Failure, page: &mut Page) {
    const SHOWN: usize = 20;
    if failure.kind != Kind::NoRoute {
        return;
    }
    for route in site.routes.iter().take(SHOWN) {
        page.line("routes", &route.pattern);
    }
    if let Some(more) = site.routes.len().checked_sub(SHOWN + 1) {
        page.line("routes", format!("and {} more", more + 1));
    }
}

/// The target as a client sends it.
fn target_of(path: &str, search: &str) -> String {
    match search {
        "" => path.to_owned(),
        search => format!("{path}?{search}"),
    }
}
