//! `[origin.NAME]`: HTTP servers that routes pass requests on to.

mod fallback;
mod reach;
mod servers;

use super::fields::{Fields, Named};
use super::names::Names;
use super::protection::{CallLimit, read_breaker, read_retry};
use super::reader::{At, Reader};
use super::site::Origin;
use std::time::Duration;
use url::Url;

pub fn read(root: &mut Fields<'_>, reader: &mut Reader<'_>) -> Names<Origin> {
    let mut names = Names::new("origin");
    let mut fallbacks = Vec::new();
    for Named { name, line, fields } in root.tables("origin", reader) {
        let origin = fields.and_then(|mut fields| {
            fallbacks.extend(fallback::read(name, &mut fields, reader));
            read_origin(name, fields, reader)
        });
        names.add(name, reader.file(), line, origin);
    }
    fallback::settle(&fallbacks, &mut names, reader);
    names
}

fn read_origin(name: &str, mut fields: Fields<'_>, reader: &mut Reader<'_>) -> Option<Origin> {
    let upstreams = servers::read(&mut fields, reader);
    let health = servers::read_health(&mut fields, reader);
    let timeout = fields.timeout("timeout", Duration::from_secs(10), reader);
    let body_timeout = fields.timeout("body_timeout", Duration::from_secs(30), reader);
    let call = CallLimit {
        name: "timeout",
        limit: timeout,
    };
    let breaker = read_breaker(&mut fields, call, reader);
    let retry = read_retry(&mut fields, reader);
    let reach = reach::read(&mut fields, reader);
    let tag_fields = reach::read_tag_fields(&mut fields, reader);
    fields.finish(reader);
    Some(Origin {
        name: name.to_owned(),
        upstreams: upstreams?,
        health,
        timeout,
        body_timeout,
        breaker,
        retry,
        fallback: None,
        reach,
        tag_fields,
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
