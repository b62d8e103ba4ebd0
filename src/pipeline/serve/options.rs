//! Answers `OPTIONS` where no route does.

use super::Errand;
use crate::failure::Kind;
use crate::outcome::Outcome;
use crate::pipeline::answer::{Answer, AnswerOf, Content};
use crate::pipeline::plan::locate;
use crate::ports::origin::OriginPorts;
use crate::respond::cors;

impl<P: OriginPorts> Errand<'_, P> {
    /// `OPTIONS` is answered here unless a route takes it; a preflight always, where CORS is set up.
    pub(super) fn options(&self) -> Option<AnswerOf<P>> {
        if self.request.method != "OPTIONS" {
            return None;
        }
        let cors = self.site.cors.as_ref();
        let preflight = self.request.preflight_method.filter(|_| cors.is_some());
        let allow = match (locate(self.site, self.request), preflight) {
            (Ok(_), None) => return None,
            (Ok(_), Some(method)) => vec![method.to_owned()],
            (Err(failure), _) if failure.kind == Kind::MethodNotAllowed => failure.allow,
            (Err(_), _) => return None,
        };
        // `finish` adds the CORS fields themselves.
        let head = cors::options(cors, self.request.origin, preflight, &allow);
        let outcome = Outcome::bypass(None);
        Some(Answer {
            head,
            content: Content::Empty,
            outcome,
            internal: None,
        })
    }
}
