//! `[cors]`: which other origins' pages may call the site.

use super::fields::Fields;
use super::origins::just_authority;
use super::reader::{At, Reader};
use super::site::Cors;
use std::time::Duration;
use url::Url;

pub fn read(root: &mut Fields<'_>, reader: &mut Reader<'_>) -> Option<Cors> {
    let mut fields = root.table("cors", "[cors]", reader)?;
    let origins = fields.texts("origins", reader);
    if origins.as_ref().is_none_or(Vec::is_empty) && !mistyped(&fields, origins.as_ref()) {
        reader.error(
            fields.line_of("origins", reader),
            "[cors] lists no origins",
            "add origins = [\"https://app.example.com\"], or [\"*\"], or remove [cors]",
        );
    }
    let origins = origins.unwrap_or_default();
    let headers = fields.texts("headers", reader);
    let max_age = fields.duration("max_age", reader);
    let credentials = fields
        .flag("credentials", reader)
        .is_some_and(|flag| flag.value);
    fields.finish(reader);
    Some(Cors {
        origins: read_origins(&origins, credentials, reader),
        headers: read_headers(headers, reader),
        max_age: max_age.map_or(Duration::from_secs(600), |max_age| max_age.value),
        credentials,
    })
}

/// Whether `origins` is there but not a list of strings, which is reported already.
fn mistyped(fields: &Fields<'_>, origins: Option<&Vec<At<&str>>>) -> bool {
    fields.has("origins") && origins.is_none()
}

fn read_origins(origins: &[At<&str>], credentials: bool, reader: &mut Reader<'_>) -> Vec<String> {
    if let Some(star) = origins.iter().find(|origin| origin.value == "*") {
        if credentials {
            reader.error(
                star.line,
                "[cors] allows \"*\" with credentials: any page could act as the user",
                "list the origins by name, or remove credentials = true",
            );
        }
        if origins.len() > 1 {
            reader.error(
                star.line,
                "[cors] lists \"*\" among other origins",
                "write origins = [\"*\"], or only the names",
            );
        }
        return vec!["*".to_owned()];
    }
    origins
        .iter()
        .filter_map(|origin| read_origin(origin, reader))
        .collect()
}

fn read_origin(origin: &At<&str>, reader: &mut Reader<'_>) -> Option<String> {
    let parsed = Url::parse(origin.value)
        .ok()
        .and_then(|url| just_authority(&url).ok());
    // Browsers send an origin without a last slash, and it is compared as text.
    if let Some(serialized) = parsed.filter(|_| !origin.value.ends_with('/')) {
        return Some(serialized);
    }
    reader.error(
        origin.line,
        format!("bad origin \"{}\" in [cors]", origin.value),
        "write scheme://host[:port] and no path or last slash, such as \"https://app.example.com\"",
    );
    None
}

fn read_headers(headers: Option<Vec<At<&str>>>, reader: &mut Reader<'_>) -> Vec<String> {
    let Some(headers) = headers else {
        return vec!["content-type".to_owned(), "authorization".to_owned()];
    };
    let mut names = Vec::new();
    for header in headers {
        let name = header.value.to_ascii_lowercase();
        let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        if name.is_empty() || !name.chars().all(token) {
            let what = format!("bad header name \"{}\" in [cors]", header.value);
            reader.error(
                header.line,
                what,
                "write a header's name, such as \"content-type\"",
            );
        } else if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}
