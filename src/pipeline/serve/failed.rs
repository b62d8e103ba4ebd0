//! Failures as answers, and what asks the source without a cache: its failures know how long that took.

use super::Errand;
use crate::config::site::Route;
use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::pipeline::answer::{Answer, AnswerOf, Unanswered};
use crate::pipeline::plan::Located;
use crate::pipeline::uncached;
use crate::ports::origin::OriginPorts;

impl<P: OriginPorts> Errand<'_, P> {
    pub(super) async fn uncached(&self, located: &Located<'_, '_>) -> AnswerOf<P> {
        let served = uncached::serve(self.ports, self.site, located, self.request).await;
        served.unwrap_or_else(|unanswered| self.unanswered(located.route, *unanswered))
    }

    pub(super) fn failed_on(
        &self,
        route: &Route,
        failure: &Failure,
        outcome: Outcome,
    ) -> AnswerOf<P> {
        Answer::failed_on(route, failure, outcome, self.request, self.request_id)
    }

    pub(super) fn unanswered(&self, route: &Route, unanswered: Unanswered) -> AnswerOf<P> {
        let outcome = Outcome {
            route: Some(route.pattern.clone()),
            ..unanswered.outcome
        };
        self.failed_on(route, &unanswered.failure, outcome)
    }

    pub(super) fn failed(&self, failure: &Failure, outcome: Outcome) -> AnswerOf<P> {
        Answer::failed(failure, outcome, self.request_id, self.request.method)
    }
}
