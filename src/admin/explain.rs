//! Reads `GET /debug/explain?url=…`.

use super::search::{read, wrong};
use crate::failure::Failure;
use crate::semantics::fields::{Fields, is_token};

/// How the answer is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Text,
    Json,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub url: String,
    /// Of the request that is to be explained.
    pub fields: Fields,
    /// `None`: as the client accepts it.
    pub format: Option<Format>,
}

/// More fields than any request has that is worth an explanation.
const FIELDS_MAX: usize = 64;

const FIELD: &str = "header";

/// # Errors
/// `BadParameters`: the first thing that is wrong.
pub fn parse(search: &str) -> Result<Asked, Failure> {
    let pairs = search.split('&').filter(|pair| !pair.is_empty());
    // It alone may be repeated.
    let (given, others): (Vec<&str>, Vec<&str>) =
        pairs.partition(|pair| pair.split('=').next() == Some(FIELD));
    if given.len() > FIELDS_MAX {
        return Err(wrong(
            FIELD,
            &format!("is given more than {FIELDS_MAX} times"),
        ));
    }
    let fields = given.into_iter().map(read_pair);
    let fields = fields.collect::<Result<Fields, Failure>>()?;
    let values = read(&others.join("&"), ["url", "format"])?;
    let [url, format] = values;
    let url = url.filter(|url| !url.is_empty());
    let url = url.ok_or_else(|| wrong("url", "is required: ?url=/api/pitches/7"))?;
    let format = match format.as_deref() {
        None => None,
        Some("text") => Some(Format::Text),
        Some("json") => Some(Format::Json),
        Some(_) => return Err(wrong("format", "must be text or json")),
    };
    Ok(Asked {
        url,
        fields,
        format,
    })
}

fn read_pair(pair: &str) -> Result<(String, String), Failure> {
    let [text] = read(pair, [FIELD])?;
    field(&text.unwrap_or_default()).map_err(|why| wrong(FIELD, why))
}

/// `Name: value`, as it stands in a request.
///
/// # Errors
/// What is wrong with it.
pub fn field(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) = text
        .split_once(':')
        .ok_or("must be a request field, such as Accept-Language: de")?;
    let value = value.trim_matches([' ', '\t']);
    if !is_token(name) {
        return Err("has no field name before its colon");
    }
    if value.chars().any(|c| c.is_control() && c != '\t') {
        return Err("has a control character in its value");
    }
    Ok((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Kind;

    #[test]
    fn url_format_and_fields_are_read() {
        let search = "url=https://h/a%3Fb&header=Accept-Language:%20de&format=text&header=X:1:2";
        let asked = parse(search).unwrap();
        assert_eq!(
            (asked.url.as_str(), asked.format),
            ("https://h/a?b", Some(Format::Text))
        );
        let fields: Vec<_> = asked.fields.iter().collect();
        assert_eq!(fields, [("Accept-Language", "de"), ("X", "1:2")]);
        assert_eq!(parse("url=/a").unwrap().format, None);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let many = ["header=A:b"; FIELDS_MAX + 1].join("&") + "&url=/a";
        for (search, name) in [
            ("", "url"),
            ("url=", "url"),
            ("url=/a&url=/b", "url"),
            ("url=/a&format=xml", "format"),
            ("url=/a&header=x", "header"),
            ("url=/a&header=", "header"),
            ("url=/a&header=:x", "header"),
            ("url=/a&header=a%20b:x", "header"),
            ("url=/a&header=a:x%0Ay", "header"),
            (&many, "header"),
        ] {
            let failure = parse(search).unwrap_err();
            assert_eq!(failure.kind, Kind::BadParameters, "{search}");
            assert_eq!(failure.faults[0].name, name, "{search}");
        }
    }
}
