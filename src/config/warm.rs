//! `[warm]`: how often cron fetches what routes want to have ready.

use super::fields::Fields;
use super::reader::Reader;
use super::units::show_duration;
use std::time::Duration;

const EVERY: Duration = Duration::from_secs(15 * 60);
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 3600);

pub fn read(root: &mut Fields<'_>, reader: &mut Reader<'_>) -> Duration {
    let Some(mut fields) = root.table("warm", "[warm]", reader) else {
        return EVERY;
    };
    let every = fields.duration("every", reader);
    fields.finish(reader);
    let Some(every) = every else { return EVERY };
    let whole = every.value.subsec_nanos() == 0 && every.value.as_secs().is_multiple_of(60);
    if !whole || every.value < MINUTE || every.value > DAY {
        let text = show_duration(every.value);
        let what = format!("every = \"{text}\" of [warm] is nothing that cron can keep");
        let mend = "write whole minutes, \"1m\" to \"1d\", such as \"15m\"";
        reader.error(every.line, what, mend);
        return EVERY;
    }
    every.value
}
