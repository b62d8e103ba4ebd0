//! The tags of an origin's response: the route's own, its URI's, and those that the origin gives it.

use crate::semantics::fields::Fields;
use crate::semantics::no_vary_search::Variance;
use crate::semantics::uri::HttpUri;
use crate::semantics::{cache_groups, surrogate_keys};

/// The tag of a URI, by which the answers to unsafe requests invalidate (RFC 9111 §4.4). The one of an
/// origin is its beginning.
pub fn uri_tag(uri: &HttpUri) -> String {
    let query = uri.query.as_deref().map(|query| format!("?{query}"));
    format!(
        "uri:{}{}{}",
        uri.origin,
        uri.path,
        query.unwrap_or_default()
    )
}

/// The tag of a URI less its query, if it has one.
pub fn path_tag(uri: &HttpUri) -> Option<String> {
    uri.query.as_ref()?;
    Some(uri_tag(&HttpUri {
        query: None,
        ..uri.clone()
    }))
}

pub(super) fn tags(
    target: &HttpUri,
    own: &[String],
    fields: &Fields,
) -> Result<Vec<String>, surrogate_keys::TagsProblem> {
    let mut tags = own.to_vec();
    tags.push(uri_tag(target));
    if !Variance::of(fields).is_default() {
        // It answers for other queries too, so a write to any of them concerns it.
        tags.extend(path_tag(target));
    }
    tags.extend(surrogate_keys::read(fields)?);
    tags.extend(cache_groups::tags_of(fields, &target.origin));
    Ok(tags)
}
