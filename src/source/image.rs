//! Images that the platform resizes and recodes on their way from the origin. What a client gets is
//! named by the outcome of the negotiation, never by the field that it was negotiated by.

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
