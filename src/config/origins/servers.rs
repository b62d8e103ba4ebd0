//! `url` or `servers` of an origin, and `health`: when one of the servers is passed over.

use super::authority;
use crate::config::fields::Fields;
use crate::config::reader::Reader;
use crate::source::upstream::{Settings, Upstream};

const SERVERS_MAX: usize = 16;

const EXAMPLE: &str = "write url = \"https://app.example.com\", or servers = [{ url = \"…\" }, …]";

/// `None` when something is wrong with them, which is reported.
pub fn read(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Option<Vec<Upstream>> {
    let (of, line) = (fields.of().to_owned(), fields.line());
    match (fields.has("url"), fields.has("servers")) {
        (_, false) => {
            fields.know("servers");
            let url = fields.required_text("url", "\"https://app.example.com\"", reader)?;
            let url = authority(&url, reader)?;
            Some(vec![Upstream { url, weight: 1 }])
        }
        (true, true) => {
            fields.know("url");
            let _ = read_servers(fields, reader);
            reader.error(line, format!("{of} has both url and servers"), EXAMPLE);
            None
        }
        (false, true) => {
            fields.know("url");
            read_servers(fields, reader)
        }
    }
}

fn read_servers(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Option<Vec<Upstream>> {
    let line = fields.line_of("servers", reader);
    let of = fields.of().to_owned();
    let one = format!("a server of {of}");
    let elements = fields.elements("servers", &one, "[[origin.NAME.servers]]", reader);
    let count = elements.len();
    if count == 0 || count > SERVERS_MAX {
        let what = format!("{of} has {count} servers");
        let mend = format!("list 1 to {SERVERS_MAX}: servers = [{{ url = \"…\", weight = 2 }}, …]");
        reader.error(line, what, mend);
        return None;
    }
    let mut servers: Vec<Upstream> = Vec::new();
    for element in elements {
        let line = element.line();
        let Some(server) = read_server(element, reader) else {
            continue;
        };
        if servers.iter().any(|other| other.url == server.url) {
            let what = format!("{of} lists \"{}\" twice", server.url);
            reader.error(line, what, "list it once, and give it more weight");
        } else {
            servers.push(server);
        }
    }
    (servers.len() == count).then_some(servers)
}

fn read_server(mut fields: Fields<'_>, reader: &mut Reader<'_>) -> Option<Upstream> {
    let url = fields.required_text("url", "\"https://app.example.com\"", reader);
    let url = url.and_then(|url| authority(&url, reader));
    let weight = fields.number("weight", 1, 1..=1000, reader);
    fields.finish(reader);
    Some(Upstream { url: url?, weight })
}

pub fn read_health(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Settings {
    let default = Settings::default();
    let of = format!("health of {}", fields.of());
    let Some(mut fields) = fields.table("health", of, reader) else {
        return default;
    };
    let health = Settings {
        failures: fields.number("failures", default.failures, 1..=1000, reader),
        aside: fields.period("aside", default.aside, reader),
    };
    fields.finish(reader);
    health
}
