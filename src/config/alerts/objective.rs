//! `[[objective]]`: the share of requests that is to be good, and at which rates of using up the rest
//! people are called.

use super::{SAMPLES_MIN, read_holds, read_on_fire, read_route, read_samples, read_span};
use crate::alert::Level;
use crate::alert::rule::{Bad, Burn, Objective, Rule, Watch};
use crate::config::fields::Fields;
use crate::config::names::hint;
use crate::config::reader::Reader;
use crate::config::site::Route;
use std::time::Duration;

const MINUTE: u64 = 60;
const HOUR: u64 = 3600;

const MILLION: u32 = 1_000_000;

/// At 14.4 times, a fiftieth of a month's budget is gone in an hour and all of it in two days; at 6, a
/// twentieth in six hours and all of it in five days: the windows and factors of the SRE workbook.
fn usual() -> Vec<Burn> {
    let burn = |long, short, factor_thousandths, level| Burn {
        long: Duration::from_secs(long),
        short: Duration::from_secs(short),
        factor_thousandths,
        level,
    };
    vec![
        burn(HOUR, 5 * MINUTE, 14_400, Level::Critical),
        burn(6 * HOUR, 30 * MINUTE, 6000, Level::Warning),
    ]
}

pub fn read(
    name: String,
    mut fields: Fields<'_>,
    routes: &[Route],
    reader: &mut Reader<'_>,
) -> Option<Rule> {
    let budget = read_budget(&mut fields, reader);
    let of = read_bad(&mut fields, reader);
    let windows = read_windows(&mut fields, reader);
    let rule = |objective| Rule {
        name,
        route: read_route(&mut fields, routes, reader),
        watch: Watch::Objective(objective),
        // The windows hold it back by themselves.
        holds: read_holds(&mut fields, Duration::ZERO, reader),
        samples_min: read_samples(&mut fields, SAMPLES_MIN, reader),
        on_fire: read_on_fire(&mut fields, reader),
    };
    let objective = Objective {
        of: of.unwrap_or(Bad::Errors),
        budget_ppm: budget.unwrap_or(1000),
        windows,
    };
    let rule = rule(objective);
    check(&rule, &fields, reader);
    fields.finish(reader);
    Some(rule)
}

fn read_budget(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Option<u32> {
    const WANTED: &str = "a share of the requests that is less than 1, such as 0.999";
    if !fields.has("target") {
        fields.know("target");
        let what = format!("{} has no target", fields.of());
        reader.error(fields.line(), what, "add target = 0.999");
        return None;
    }
    let line = fields.line_of("target", reader);
    let millionths = fields.millionths("target", 1, WANTED, reader)?;
    let good = u32::try_from(millionths).unwrap_or(MILLION);
    if good == 0 || good >= MILLION {
        let what = format!(
            "the target of {} leaves no request to be good, or none to be bad",
            fields.of()
        );
        reader.error(line, what, format!("write {WANTED}"));
        return None;
    }
    Some(MILLION - good)
}

fn read_bad(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Option<Bad> {
    const FORMS: &str = "write of = \"errors\" or of = { slower_than = \"100ms\" }";
    if fields.is_table("of") {
        let named = format!("of of {}", fields.of());
        let mut inner = fields.table("of", named, reader)?;
        if !inner.has("slower_than") {
            inner.know("slower_than");
            reader.error(
                inner.line(),
                format!("{} has no slower_than", inner.of()),
                FORMS,
            );
            inner.finish(reader);
            return None;
        }
        let limit = inner.period("slower_than", Duration::from_millis(100), reader);
        inner.finish(reader);
        return Some(Bad::SlowerThan(limit));
    }
    if !fields.has("of") {
        fields.know("of");
        reader.error(fields.line(), format!("{} has no of", fields.of()), FORMS);
        return None;
    }
    let word = fields.text("of", reader)?;
    if word.value != "errors" {
        let what = format!("unknown value \"{}\" for of of {}", word.value, fields.of());
        reader.error(word.line, what, FORMS);
        return None;
    }
    Some(Bad::Errors)
}

fn read_windows(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Vec<Burn> {
    if !fields.has("windows") {
        fields.know("windows");
        return usual();
    }
    let line = fields.line_of("windows", reader);
    let header = "{ long = \"1h\", short = \"5m\", factor = 14.4, level = \"critical\" }";
    let elements = fields.elements("windows", "a window", header, reader);
    if elements.is_empty() {
        let what = format!("windows of {} lists none", fields.of());
        reader.error(line, what, format!("write [{header}], or leave it out"));
    }
    elements
        .into_iter()
        .map(|window| read_burn(window, reader))
        .collect()
}

fn read_burn(mut fields: Fields<'_>, reader: &mut Reader<'_>) -> Burn {
    for needed in ["long", "short", "factor", "level"] {
        if !fields.has(needed) {
            let what = format!("{} has no {needed}", fields.of());
            let mend = "give long, short, factor and level";
            reader.error(fields.line(), what, mend);
        }
    }
    let long = read_span(&mut fields, "long", Duration::from_secs(HOUR), reader);
    let short = read_span(&mut fields, "short", Duration::from_secs(MINUTE), reader);
    let factor = fields.millionths("factor", 1000, "a number up to 1000, such as 14.4", reader);
    let factor_thousandths = u32::try_from(factor.unwrap_or(14_400_000) / 1000).unwrap_or(u32::MAX);
    let mut level = Level::Critical;
    if let Some(word) = fields.text("level", reader) {
        let known = Level::parse(word.value);
        level = known.unwrap_or(level);
        if known.is_none() {
            let what = format!(
                "unknown value \"{}\" for level of {}",
                word.value,
                fields.of()
            );
            let mend = hint(word.value, Level::WORDS.into_iter()).unwrap_or_default();
            reader.error(word.line, what, mend);
        }
    }
    if short >= long && fields.has("short") {
        let what = format!("short of {} is not shorter than its long", fields.of());
        let mend = "it tells that what long has seen goes on: a twelfth of it is usual";
        reader.error(fields.line_of("short", reader), what, mend);
    }
    fields.finish(reader);
    Burn {
        long,
        short,
        factor_thousandths,
        level,
    }
}

/// A budget cannot be used up faster than by every request.
fn check(rule: &Rule, fields: &Fields<'_>, reader: &mut Reader<'_>) {
    let Watch::Objective(objective) = &rule.watch else {
        return;
    };
    let fastest = f64::from(MILLION) / f64::from(objective.budget_ppm.max(1));
    for burn in &objective.windows {
        if burn.factor() >= fastest {
            let what = format!(
                "objective \"{}\" never fires at factor {}: if every request is bad, its budget burns {} times too fast",
                rule.name,
                burn.factor(),
                (fastest * 10.0).round() / 10.0,
            );
            let named = if fields.has("windows") {
                "windows"
            } else {
                "target"
            };
            let mend = "raise target, or lower the factor in windows";
            reader.error(fields.line_of(named, reader), what, mend);
        }
    }
}
