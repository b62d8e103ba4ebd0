//! Images that the platform resizes and recodes on their way from the origin. What a client gets is
//! named by the outcome of the negotiation, never by the field that it was negotiated by.

use crate::semantics::fields::{list_members, trim_ows};
use crate::semantics::weight::qvalue;
use serde::{Deserialize, Serialize};

/// What a route allows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// In pixels, ascending; one at least. The parameter `w` is rounded up to one of them.
    pub widths: Vec<u32>,
    /// 1 to 100.
    pub quality: u8,
    /// What may be sent instead of the original, the favourite first.
    pub formats: Vec<Format>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Format {
    Avif,
    Webp,
}

/// The outcome: what is asked of the platform, and part of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Options {
    /// `None`: as wide as it is.
    pub width: Option<u32>,
    pub quality: u8,
    /// `None`: as the origin sends it.
    pub format: Option<Format>,
}

/// The parameter `w` is no width: 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`w` must be a width in pixels: a whole number from 1 on")]
pub struct WidthProblem;

/// What a client gets of an image. `accept`: its field `Accept`, combined; `width_param`: the value of
/// the parameter `w`, decoded.
///
/// # Errors
/// When `width_param` is no width.
pub fn negotiate(
    rule: &Rule,
    accept: Option<&str>,
    width_param: Option<&str>,
) -> Result<Options, WidthProblem> {
    let width = width_param.map(pixels).transpose()?;
    let accept = accept.unwrap_or_default();
    let mut formats = rule.formats.iter().copied();
    Ok(Options {
        width: width.and_then(|width| allowed(&rule.widths, width)),
        quality: rule.quality,
        format: formats.find(|format| accepts(accept, format.media_type())),
    })
}

/// Any number of digits: whatever is too large is more than every width.
fn pixels(text: &str) -> Result<u32, WidthProblem> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number {
        return Err(WidthProblem);
    }
    match text.parse().unwrap_or(u32::MAX) {
        0 => Err(WidthProblem),
        width => Ok(width),
    }
}

/// The least of the widths that is enough, or the largest: who asks for every number of pixels in turn
/// must not fill the store, nor keep the platform busy.
fn allowed(widths: &[u32], width: u32) -> Option<u32> {
    let enough = widths.iter().copied().filter(|own| *own >= width).min();
    enough.or_else(|| widths.iter().copied().max())
}

/// Whether `accept` names the media type itself (RFC 9110 §12.5.1). `image/*` and `*/*` do not count:
/// clients send them that have never heard of the format. Nor does a range with parameters, which is
/// about some images of the type; and every doubt is decided for the original.
fn accepts(accept: &str, media_type: &str) -> bool {
    let weights = list_members(accept).filter_map(|member| {
        let (range, parameters) = member.split_once(';').unwrap_or((member, ""));
        let names_it = trim_ows(range).eq_ignore_ascii_case(media_type);
        names_it.then(|| weight(parameters))
    });
    // Of two weights for one type, the lower.
    weights.min().unwrap_or(0) > 0
}

/// In thousandths; 0 when there are other parameters than a weight, or a malformed one.
fn weight(parameters: &str) -> u16 {
    let mut own = 1000;
    for parameter in parameters.split(';').map(trim_ows) {
        let value = match parameter.split_once('=') {
            None if parameter.is_empty() => continue,
            Some((name, value)) if name.eq_ignore_ascii_case("q") => qvalue(value),
            Some(_) | None => None,
        };
        own = own.min(value.unwrap_or(0));
    }
    own
}

impl Format {
    pub const ALL: [Self; 2] = [Self::Avif, Self::Webp];

    /// As configurations and the platform call it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Avif => "avif",
            Self::Webp => "webp",
        }
    }

    pub fn media_type(self) -> &'static str {
        match self {
            Self::Avif => "image/avif",
            Self::Webp => "image/webp",
        }
    }
}

impl Options {
    /// What they add to a cache key, in the form of its other parts.
    pub fn key_parts(&self) -> [(&'static str, Option<String>); 3] {
        let format = self.format.map(|format| format.as_str().to_owned());
        [
            ("image-width", self.width.map(|width| width.to_string())),
            ("image-quality", Some(self.quality.to_string())),
            ("image-format", format),
        ]
    }
}

#[cfg(test)]
mod tests;
