//! Which requests an answer is for: those that have the same fields where it varies.

use super::Request;
use crate::policy::lifetime::OriginTerms;
use crate::policy::{Tier, sharing};
use crate::semantics::targeted::Governing;
use crate::semantics::vary::{Selecting, Vary};
use crate::source::fetch::Exchanged;

/// What selects the answer; why it is for nobody else, in a word.
pub(super) fn selecting(
    request: Request<'_>,
    tier: &Tier,
    exchanged: &Exchanged,
    terms: &OriginTerms,
    governed: &Governing,
) -> Result<Selecting, &'static str> {
    let vary = Vary::read(&exchanged.fields);
    // A TTL of the tier is the operator's word that cookies do not matter.
    if tier.honor_origin.is_some()
        && sharing::is_of_its_cookie(request.fields, exchanged.status, terms, governed, &vary)
    {
        return Err("cookie");
    }
    vary.selecting(request.fields).map_err(|why| why.as_str())
}
