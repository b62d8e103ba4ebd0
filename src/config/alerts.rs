//! `[alerts]`, `[[alert]]`, `[[objective]]` and `[protection]`: who is called when, and what a site does for
//! itself meanwhile.

mod built_in;
mod objective;
mod threshold;

use super::fields::Fields;
use super::names::hint;
use super::reader::{At, Reader};
use super::site::Route;
use crate::alert::rule::{Alerting, Form, Grouping, Protection};
use std::time::Duration;

const SAMPLES_MIN: u16 = 20;

/// A spell of less than a minute is seen by one evaluation at the most.
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 3600);

const NAME_BYTES_MAX: usize = 64;

/// So many are evaluated each minute without coming late.
const RULES_MAX: usize = 200;

pub fn read(root: &mut Fields<'_>, routes: &[Route], reader: &mut Reader<'_>) -> Alerting {
    let mut alerting = read_table(root, reader);
    read_protection(root, &mut alerting, reader);
    let mut taken: Vec<String> = Vec::new();
    let mut drafts = built_in::every();
    for mut fields in root.list("alert", reader) {
        let Some(name) = read_name(&mut fields, &mut taken, reader) else {
            continue;
        };
        let at = drafts.iter().position(|draft| draft.name == name);
        let draft = at.map(|at| drafts.remove(at));
        drafts.extend(threshold::read(name, draft, fields, routes, reader));
    }
    alerting.rules = drafts.into_iter().filter_map(threshold::finish).collect();
    for mut fields in root.list("objective", reader) {
        if let Some(name) = read_name(&mut fields, &mut taken, reader) {
            let line = fields.line();
            alerting
                .rules
                .extend(objective::read(name.clone(), fields, routes, reader));
            if built_in::every().iter().any(|draft| draft.name == name) {
                let what = format!("objective \"{name}\" has the name of a built-in alert");
                reader.error(line, what, "choose another name");
            }
        }
    }
    if alerting.rules.len() > RULES_MAX {
        let what = format!("the site has more than {RULES_MAX} alerts and objectives");
        reader.error(1, what, "watch what people would be called for");
    }
    alerting
}

fn read_table(root: &mut Fields<'_>, reader: &mut Reader<'_>) -> Alerting {
    let mut alerting = Alerting::default();
    let Some(mut fields) = root.table("alerts", "[alerts]", reader) else {
        return alerting;
    };
    if let Some(form) = fields.text("webhook", reader) {
        let known = Form::parse(form.value);
        alerting.form = known.unwrap_or(alerting.form);
        if known.is_none() {
            let is_url = form.value.contains("://");
            let mend = if is_url {
                "write the form of what is sent, \"generic\" or \"slack\": the URL is the secret \
                 ALERT_WEBHOOK_URL"
                    .to_owned()
            } else {
                hint(form.value, Form::WORDS.into_iter()).unwrap_or_default()
            };
            unknown(&form, "webhook of [alerts]", mend, reader);
        }
    }
    if let Some(group) = fields.text("group", reader) {
        let known = Grouping::parse(group.value);
        alerting.grouping = known.unwrap_or(alerting.grouping);
        if known.is_none() {
            let mend = hint(group.value, Grouping::WORDS.into_iter()).unwrap_or_default();
            unknown(&group, "group of [alerts]", mend, reader);
        }
    }
    let line = fields.line_of("repeat", reader);
    alerting.repeat = fields.period("repeat", alerting.repeat, reader);
    if alerting.repeat < MINUTE {
        let what = "repeat of [alerts] is less than a minute, and alerts are evaluated each minute";
        reader.error(line, what, "write \"1m\" at least, such as \"4h\"");
    }
    fields.finish(reader);
    alerting
}

fn read_protection(root: &mut Fields<'_>, alerting: &mut Alerting, reader: &mut Reader<'_>) {
    if let Some(mut fields) = root.table("protection", "[protection]", reader) {
        alerting.stretch_max = fields.period("stretch_max", alerting.stretch_max, reader);
        fields.finish(reader);
    }
}

fn unknown(found: &At<&str>, of: &str, mend: String, reader: &mut Reader<'_>) {
    let what = format!("unknown value \"{}\" for {of}", found.value);
    reader.error(found.line, what, mend);
}

/// The name of an alert or objective: in URLs, messages and silences.
fn read_name(
    fields: &mut Fields<'_>,
    taken: &mut Vec<String>,
    reader: &mut Reader<'_>,
) -> Option<String> {
    let name = fields.required_text("name", "\"slow-search\"", reader)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if name.value.len() > NAME_BYTES_MAX || !name.value.chars().all(plain) {
        let what = format!("bad name \"{}\" of {}", name.value, fields.of());
        reader.error(name.line, what, "write 1 to 64 letters, digits, - and _");
        return None;
    }
    if taken.iter().any(|taken| taken == name.value) {
        let what = format!("there are two alerts of the name \"{}\"", name.value);
        let mend = "silences and messages name an alert: give each its own name";
        reader.error(name.line, what, mend);
        return None;
    }
    taken.push(name.value.to_owned());
    Some(name.value.to_owned())
}

/// A route as it is written, or without its method if that is enough.
fn read_route(
    fields: &mut Fields<'_>,
    routes: &[Route],
    reader: &mut Reader<'_>,
) -> Option<String> {
    let given = fields.text("route", reader)?;
    let path = |pattern: &'_ str| pattern.split_once(' ').map(|(_, path)| path.to_owned());
    let whole = routes.iter().find(|route| route.pattern == given.value);
    let mut by_path = routes
        .iter()
        .filter(|route| path(&route.pattern).as_deref() == Some(given.value));
    if let Some(found) = whole {
        return Some(found.pattern.clone());
    }
    match (by_path.next(), by_path.next()) {
        (Some(only), None) => Some(only.pattern.clone()),
        (Some(_), Some(_)) => {
            let what = format!("several routes have the path \"{}\"", given.value);
            reader.error(given.line, what, "write the method too: \"GET /…\"");
            None
        }
        (None, _) => {
            let known = routes.iter().map(|route| route.pattern.as_str());
            let mend = hint(given.value, known).unwrap_or_else(|| "leave it out".to_owned());
            let what = format!(
                "{} watches an unknown route \"{}\"",
                fields.of(),
                given.value
            );
            reader.error(given.line, what, mend);
            None
        }
    }
}

/// Where a rule stops being asked about how things are and does something itself.
fn read_on_fire(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Option<Protection> {
    let word = fields.text("on_fire", reader)?;
    let known = Protection::parse(word.value);
    if known.is_none() {
        let mend = hint(word.value, Protection::WORDS.into_iter()).unwrap_or_default();
        let of = format!("on_fire of {}", fields.of());
        unknown(&word, &of, mend, reader);
    }
    known
}

/// How far back is looked: whole slots of what is measured, and what is kept.
fn read_span(
    fields: &mut Fields<'_>,
    name: &'static str,
    default: Duration,
    reader: &mut Reader<'_>,
) -> Duration {
    let Some(given) = fields.duration(name, reader) else {
        return default;
    };
    if given.value < MINUTE || given.value > DAY.saturating_mul(30) {
        let what = format!(
            "{name} of {} is no span that can be looked back over",
            fields.of()
        );
        reader.error(given.line, what, "write \"1m\" to \"30d\", such as \"5m\"");
        return default;
    }
    given.value
}

/// `for`: zero says that one reading is enough.
fn read_holds(fields: &mut Fields<'_>, default: Duration, reader: &mut Reader<'_>) -> Duration {
    let Some(given) = fields.duration("for", reader) else {
        return default;
    };
    if given.value > DAY {
        let what = format!("for of {} is longer than a day", fields.of());
        reader.error(given.line, what, "write \"1d\" at most, such as \"5m\"");
        return default;
    }
    given.value
}

/// What a rule is without: the tables that `Rule` is made of at the end.
fn read_samples(fields: &mut Fields<'_>, default: u16, reader: &mut Reader<'_>) -> u32 {
    u32::from(fields.number("min_samples", default, 1..=u16::MAX, reader))
}

#[cfg(test)]
mod tests;
