//! Which release this is, noticed by cron.

use super::edge::Edge;
use crate::config::site::Site;
use crate::failure::Failure;
use crate::pipeline::metering::events;

/// The site by its hash, and the program by its version.
pub(super) async fn notice(edge: &Edge, site: &Site) -> Result<(), Failure> {
    let release = format!("{} of Forebay {}", site.hash, env!("CARGO_PKG_VERSION"));
    events::notice_release(edge, &release).await
}
