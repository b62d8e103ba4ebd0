//! Which release this is, noticed by cron.

use super::edge::Edge;
use crate::config::site::Site;
use crate::pipeline::metering::events;

/// The site by its hash, and the program by its version.
pub(super) async fn notice(edge: &Edge, site: &Site) {
    let release = format!("{} of Forebay {}", site.hash, env!("CARGO_PKG_VERSION"));
    if let Err(why) = events::notice_release(edge, &release).await {
        worker::console_error!("forebay: cron: the release: {}", why.internal);
    }
}
