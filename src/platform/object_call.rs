//! How a Durable Object is asked: by the bytes of one message, answered with a response.

use crate::failure::{Failure, Kind};
use js_sys::Uint8Array;
use worker::{Env, Method, Request, RequestInit, Response, Stub};

/// The object of a namespace with this name, near a place if one is given.
///
/// # Errors
/// `Misconfigured`: the binding is missing.
pub(super) fn stub(
    env: &Env,
    binding: &str,
    name: &str,
    location: Option<&str>,
) -> Result<Stub, Failure> {
    let missing =
        |why| Failure::new(Kind::Misconfigured, "").because(format!("binding {binding}: {why}"));
    let namespace = env.durable_object(binding).map_err(missing)?;
    match location {
        Some(hint) => namespace.get_by_name_with_location_hint(name, hint),
        None => namespace.get_by_name(name),
    }
    .map_err(missing)
}

/// `whose`: what kind of object it is, for the log lines.
///
/// # Errors
/// `Unavailable`: it cannot be reached.
pub(super) async fn call(
    stub: &Stub,
    whose: &str,
    path: &str,
    body: &[u8],
) -> Result<Response, Failure> {
    let failed = |why| unreached(whose, why);
    let mut init = RequestInit::new();
    init.with_method(Method::Post)
        .with_body(Some(Uint8Array::from(body).into()));
    let host = whose.replace(' ', "-");
    let url = format!("https://{host}.forebay.internal{path}");
    let request = Request::new_with_init(&url, &init).map_err(failed)?;
    stub.fetch_with_request(request).await.map_err(failed)
}

/// The same, and the answer's bytes.
///
/// # Errors
/// `Unavailable`: it cannot be reached, or breaks off.
pub(super) async fn ask(stub: &Stub, whose: &str, body: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut response = call(stub, whose, "/", body).await?;
    response.bytes().await.map_err(|why| unreached(whose, why))
}

fn unreached(whose: &str, why: worker::Error) -> Failure {
    Failure::new(Kind::Unavailable, "").because(format!("{whose}: {why}"))
}
