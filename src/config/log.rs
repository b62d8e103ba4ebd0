//! `[log]`: which requests get a line, and how it begins.

use super::fields::Fields;
use super::names::hint;
use super::reader::{At, Reader};
use super::site::{Log, LogRequests};

pub fn read(root: &mut Fields<'_>, reader: &mut Reader<'_>) -> Log {
    let mut log = Log {
        requests: LogRequests::All,
        prefix: String::new(),
    };
    let Some(mut fields) = root.table("log", "[log]", reader) else {
        return log;
    };
    if let Some(requests) = fields.text("requests", reader) {
        log.requests = read_requests(&requests, reader).unwrap_or(log.requests);
    }
    if let Some(prefix) = fields.text("prefix", reader) {
        log.prefix = prefix.value.to_owned();
        if prefix.value.chars().any(char::is_control) {
            let what = "prefix of [log] holds a control character";
            reader.error(
                prefix.line,
                what,
                "write plain text, such as \"Performance: \"",
            );
        }
    }
    fields.finish(reader);
    log
}

fn read_requests(requests: &At<&str>, reader: &mut Reader<'_>) -> Option<LogRequests> {
    let known = LogRequests::parse(requests.value);
    if known.is_none() {
        let other = requests.value;
        let mend = hint(other, LogRequests::WORDS.into_iter()).unwrap_or_default();
        let what = format!("unknown value \"{other}\" for requests of [log]");
        reader.error(requests.line, what, mend);
    }
    known
}
