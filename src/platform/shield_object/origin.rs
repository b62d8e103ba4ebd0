//! A shield object's part in HTTP origins: its ports, and its answers to `/fetch`.

use super::Object;
use crate::config::site::{Origin, Site};
use crate::failure::{Failure, Kind};
use crate::key::hex;
use crate::outcome::ShieldReport;
use crate::pipeline::shield::origin::{Handed, HandedBody, OriginRoom};
use crate::platform::isolate;
use crate::platform::keeping::{Bounds, Ended, read};
use crate::platform::stream::{Flow, JsStream};
use crate::ports::origin::{Kept, Landing, OriginShieldPorts};
use crate::shield::message::{APART_FIELD, FetchAsk, FetchReply, Fetched, FetchedBody, Message};
use crate::source::fetch::Fetch;
use std::future::Future;
use std::rc::Rc;
use worker::{Response, ResponseBody};

impl OriginShieldPorts for Object {
    type Stream = Flow;

    async fn fetch(
        &self,
        site: &Rc<Site>,
        origin: &Origin,
        fetch: &Fetch,
    ) -> Result<Landing<Flow>, Failure> {
        let landing = self.0.origins.fetch(site, origin, fetch, None).await?;
        let body = match landing.body {
            None => None,
            Some(JsStream::Bytes(flow)) => Some(flow),
            Some(socket @ JsStream::Socket(_)) => {
                drop(socket.end());
                let failure = Failure::new(Kind::BadGateway, "");
                return Err(failure.because("an upgrade came through the shield"));
            }
        };
        let exchanged = landing.exchanged;
        Ok(Landing { exchanged, body })
    }

    fn keep(
        &self,
        stream: Flow,
        declared: Option<u64>,
        bytes_max: u64,
    ) -> (Flow, impl Future<Output = Kept> + 'static) {
        let bounds = Bounds {
            declared,
            bytes_max,
        };
        let (stream, kept) = if bounds.are_exceeded() {
            (stream, Err(Kept::TooLarge))
        } else {
            match stream.tee() {
                Ok((edge, kept)) => (edge, Ok(kept)),
                Err(_) => (stream, Err(Kept::Broken)),
            }
        };
        (stream, async move {
            match kept {
                Ok(kept) => collect(kept, bounds).await,
                Err(known) => known,
            }
        })
    }

    async fn read(&self, stream: Flow, declared: Option<u64>, bytes_max: u64) -> Kept {
        let bounds = Bounds {
            declared,
            bytes_max,
        };
        collect(stream, bounds).await
    }
}

/// In WASM's memory, where all who wait share the bytes.
async fn collect(flow: Flow, bounds: Bounds) -> Kept {
    let mut bytes = Vec::new();
    match read(flow, bounds, |chunk| bytes.extend(chunk.to_vec())).await {
        Ended::Whole => Kept::Whole(Rc::new(bytes)),
        Ended::TooLarge => Kept::TooLarge,
        Ended::Broken => Kept::Broken,
    }
}

/// In hexadecimal digits. An origin's fields are bounded by less, so this is reached only by a
/// target that is just as long.
const FIELD_BYTES_MAX: usize = 64 * 1024;

pub(super) async fn answer_fetch(
    room: &Rc<OriginRoom<Object>>,
    body: &[u8],
) -> worker::Result<Response> {
    let (report, result) = match understood(body) {
        Ok((site, ask)) => room.fetch(&site, ask).await,
        Err(failure) => (ShieldReport::default(), Err(failure)),
    };
    match result {
        Ok(handed) => hand(report, handed),
        Err(failure) => failed(report, failure),
    }
}

fn hand(report: ShieldReport, handed: Handed<Flow>) -> worker::Result<Response> {
    let body = match &handed.body {
        HandedBody::None => FetchedBody::None,
        HandedBody::Whole(bytes) => FetchedBody::Whole {
            bytes: bytes.len() as u64,
        },
        HandedBody::Coming(_) => FetchedBody::Coming,
    };
    let result = Ok(Fetched {
        exchanged: handed.exchanged,
        seq: handed.seq,
        body,
    });
    let field = field(&FetchReply { report, result })?;
    if field.len() > FIELD_BYTES_MAX {
        if let HandedBody::Coming(flow) = handed.body {
            flow.break_off();
        }
        let failure = Failure::new(Kind::BadGateway, "");
        return failed(
            report,
            failure.because("the fields of the answer are too long"),
        );
    }
    let response = match handed.body {
        HandedBody::None => Response::empty()?,
        HandedBody::Whole(bytes) => Response::from_bytes(bytes.to_vec())?,
        HandedBody::Coming(flow) => Response::from_body(ResponseBody::Stream(flow.readable))?,
    };
    with_field(response, &field)
}

fn failed(report: ShieldReport, failure: Failure) -> worker::Result<Response> {
    let result = Err(failure);
    let field = field(&FetchReply { report, result })?;
    with_field(Response::empty()?, &field)
}

fn field(reply: &FetchReply) -> worker::Result<String> {
    let bytes = reply.encode().map_err(|why| why.to_string())?;
    Ok(hex(&bytes))
}

fn with_field(mut response: Response, field: &str) -> worker::Result<Response> {
    response.headers_mut().set(APART_FIELD, field)?;
    Ok(response)
}

fn understood(body: &[u8]) -> Result<(Rc<Site>, FetchAsk), Failure> {
    let site = isolate::site().map_err(|why| super::skewed(&why))?;
    let ask = FetchAsk::decode(body).map_err(|why| super::skewed(&why))?;
    Ok((site, ask))
}
