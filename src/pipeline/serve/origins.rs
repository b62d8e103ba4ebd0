//! Hands a request over to the stages of origins, with the fields of whoever asks.

use super::Errand;
use crate::pipeline::answer::AnswerOf;
use crate::pipeline::origin;
use crate::pipeline::plan::Located;
use crate::ports::Secrets;
use crate::ports::origin::OriginPorts;
use crate::semantics::fields::Fields;

/// Who asks.
#[derive(Clone, Debug)]
pub enum Asker {
    /// The client whose request the ports have.
    Client,
    /// The site itself, with these fields: those of the request that has it ask are none of an origin's
    /// business.
    Ourselves(Fields),
}

impl<P: OriginPorts> Errand<'_, P> {
    pub(super) async fn origins(
        &self,
        located: &Located<'_, '_>,
        secrets: &Secrets,
    ) -> AnswerOf<P> {
        let (ports, site, request) = (self.ports, self.site, self.request);
        let fields = match self.asker {
            Asker::Client => ports.request_fields(),
            Asker::Ourselves(fields) => fields.clone(),
        };
        let served = origin::serve(ports, site, secrets, located, request, fields).await;
        served.unwrap_or_else(|unanswered| self.unanswered(located.route, *unanswered))
    }
}
