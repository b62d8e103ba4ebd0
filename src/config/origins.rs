//! `[origin.NAME]`: HTTP servers that routes pass requests on to.

use super::fields::{Fields, Named};
use super::names::Names;
use super::reader::{At, Reader};
use super::site::{Origin, TagFields};
use crate::semantics::forwarding::Reach;
use crate::source::upstream::{self, Upstream};
use crate::source::{breaker, retry};
use std::time::Duration;
use url::Url;

const BODY_TIMEOUT: Duration = Duration::from_secs(30);

pub fn read(root: &mut Fields<'_>, reader: &mut Reader<'_>) -> Names<Origin> {
    let mut names = Names::new("origin");
    for Named { name, line, fields } in root.tables("origin", reader) {
        let origin = fields.and_then(|fields| read_origin(name, fields, reader));
        names.add(name, reader.file(), line, origin);
    }
    names
}

fn read_origin(name: &str, mut fields: Fields<'_>, reader: &mut Reader<'_>) -> Option<Origin> {
    let url = fields.required_text("url", "\"https://app.example.com\"", reader);
    let url = url.and_then(|url| authority(&url, reader));
    let timeout = fields.timeout("timeout", Duration::from_secs(10), reader);
    fields.finish(reader);
    Some(Origin {
        name: name.to_owned(),
        upstreams: vec![Upstream {
            url: url?,
            weight: 1,
        }],
        health: upstream::Settings::default(),
        timeout,
        body_timeout: BODY_TIMEOUT,
        breaker: breaker::Settings::default(),
        retry: retry::Settings::default(),
        fallback: None,
        reach: Reach::default(),
        tag_fields: TagFields::default(),
    })
}

/// Scheme and authority of a URL that holds nothing else.
fn authority(text: &At<&str>, reader: &mut Reader<'_>) -> Option<String> {
    let problem = match Url::parse(text.value) {
        Err(error) => Err(format!("{error}")),
        Ok(url) => just_authority(&url).map_err(str::to_owned),
    };
    match problem {
        Ok(origin) => Some(origin),
        Err(why) => {
            reader.error(
                text.line,
                format!("bad origin url \"{}\": {why}", text.value),
                "write scheme and host alone, such as \"https://app.example.com\"",
            );
            None
        }
    }
}

/// `scheme://host[:port]`, or what the URL holds besides.
pub fn just_authority(url: &Url) -> Result<String, &'static str> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err("only http and https are spoken");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it holds a user name or a password, which do not belong into this file");
    }
    if url.path() != "/" {
        return Err("it holds a path; a route passes on the request's own path");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("it holds a query or a fragment");
    }
    Ok(url.origin().ascii_serialization())
}
