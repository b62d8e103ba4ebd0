//! `image` of a route: what the platform may make of its images.

use crate::config::fields::Fields;
use crate::config::names::hint;
use crate::config::reader::Reader;
use crate::source::image::{Format, Rule};

/// The platform makes no wider ones.
const WIDTH_MAX: u32 = 12_000;

/// Each width is a variant of every image of the route.
const WIDTHS_MAX: usize = 32;

const QUALITY: u16 = 75;

/// `None` when there is none, or one in error.
pub fn read(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Option<Rule> {
    let mut fields = fields.table("image", "image", reader)?;
    let widths = read_widths(&mut fields, reader);
    let quality = fields.number("quality", QUALITY, 1..=100, reader);
    let formats = read_formats(&mut fields, reader);
    fields.finish(reader);
    Some(Rule {
        widths: widths?,
        quality: u8::try_from(quality).ok()?,
        formats,
    })
}

fn read_widths(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Option<Vec<u32>> {
    let line = fields.line_of("widths", reader);
    let is_there = fields.has("widths");
    let widths = fields.numbers("widths", 1..=WIDTH_MAX, reader);
    let mut widths = match widths {
        Some(widths) => widths,
        None if is_there => return None,
        None => Vec::new(),
    };
    widths.sort_unstable();
    widths.dedup();
    if widths.is_empty() || widths.len() > WIDTHS_MAX {
        let what = format!("image has {} widths", widths.len());
        let mend = format!("list 1 to {WIDTHS_MAX} of them, such as widths = [320, 640, 1280]");
        reader.error(line, what, mend);
        return None;
    }
    Some(widths)
}

fn read_formats(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Vec<Format> {
    let Some(names) = fields.texts("formats", reader) else {
        return Format::ALL.to_vec();
    };
    let mut formats = Vec::new();
    for name in names {
        match Format::ALL
            .into_iter()
            .find(|format| format.as_str() == name.value)
        {
            Some(format) => formats.push(format),
            None => {
                let known = Format::ALL.iter().map(|format| format.as_str());
                let mend = hint(name.value, known).unwrap_or_default();
                let what = format!("unknown format \"{}\" in image", name.value);
                reader.error(name.line, what, mend);
            }
        }
    }
    formats
}
