//! An exchange with a server of an origin, told once however it ends: with an answer, without, or given up
//! half-way, when the time is over or whoever asked has left.

use super::Tell;
use crate::metrics::frame::{Ended, Why, Worked};
use crate::platform::clock;
use crate::platform::origin::Silence;
use crate::platform::stream::JsStream;
use crate::ports::origin::Landing;
use crate::source::fetch::Standing;
use crate::time::Timestamp;

pub(super) struct Exchange<'a> {
    origin: &'a str,
    /// `None`: it has been told.
    tell: Option<&'a Tell>,
    began: Timestamp,
}

impl<'a> Exchange<'a> {
    pub(super) fn begin(origin: &'a str, tell: &'a Tell) -> Self {
        Self {
            origin,
            tell: Some(tell),
            began: clock::now(),
        }
    }

    pub(super) fn ended(mut self, sent: &Result<Landing<JsStream>, Silence>) {
        let ended = match sent {
            Ok(landing) => match landing.exchanged.standing() {
                Standing::Well => Ended::Answered,
                // What Cloudflare has written for want of an answer.
                Standing::Unreached => Ended::Failed(Why::Unreached),
                Standing::Failing => Ended::Failed(Why::Unable),
            },
            Err(Silence::Lost(_)) => Ended::Failed(Why::Unreached),
            Err(Silence::Late) => Ended::Failed(Why::Late),
            Err(Silence::Unusable(_)) => Ended::Failed(Why::Unable),
            Err(Silence::Unsendable(_)) => {
                // There was none.
                self.tell = None;
                return;
            }
        };
        self.end(ended);
    }

    fn end(&mut self, ended: Ended) {
        let Some(tell) = self.tell.take() else {
            return;
        };
        let worked = Worked {
            millis: f64::from(clock::elapsed_ms(self.began)),
            ended,
            rows: 0,
            keys: 1,
        };
        tell(self.origin, worked);
    }
}

impl Drop for Exchange<'_> {
    fn drop(&mut self) {
        self.end(Ended::Failed(Why::Dropped));
    }
}
