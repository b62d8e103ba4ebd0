//! `breaker` and `retry`: what protects a database or an origin from those who ask it, and them from it.

use super::fields::Fields;
use super::reader::Reader;
use crate::source::{breaker, retry};
use std::time::Duration;

/// The time limit of one call, and what the configuration calls it.
#[derive(Clone, Copy, Debug)]
pub struct CallLimit {
    pub name: &'static str,
    pub limit: Duration,
}

pub fn read_breaker(
    fields: &mut Fields<'_>,
    call: CallLimit,
    reader: &mut Reader<'_>,
) -> breaker::Settings {
    // A call that is given longer may take longer: what is slow follows from its limit.
    let default = breaker::Settings {
        slow: Some(call.limit / 2),
        ..breaker::Settings::default()
    };
    let of = format!("breaker of {}", fields.of());
    let Some(mut fields) = fields.table("breaker", of, reader) else {
        return default;
    };
    let slow = fields.period("slow", call.limit / 2, reader);
    if slow >= call.limit && fields.has("slow") {
        let what = format!(
            "slow is not less than {}, so that no call can be slow",
            call.name
        );
        let line = fields.line_of("slow", reader);
        reader.warning(line, what, "write a shorter time, or leave it out");
    }
    let breaker = breaker::Settings {
        failures: fields.number("failures", default.failures, 1..=u16::MAX, reader),
        window: fields.period("window", default.window, reader),
        open: fields.period("open", default.open, reader),
        slow: Some(slow),
        probes: fields.number("probes", default.probes, 1..=100, reader),
    };
    fields.finish(reader);
    breaker
}

pub fn read_retry(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> retry::Settings {
    let default = retry::Settings::default();
    let of = format!("retry of {}", fields.of());
    let Some(mut fields) = fields.table("retry", of, reader) else {
        return default;
    };
    let retry = retry::Settings {
        attempts: fields.number("attempts", default.attempts, 1..=10, reader),
        backoff: fields.period("backoff", default.backoff, reader),
        budget_permille: fields.share("budget", default.budget_permille, reader),
    };
    fields.finish(reader);
    retry
}
