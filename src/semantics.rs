//! What the HTTP RFCs say, as functions of values.

pub mod accept_encoding;
pub mod age;
pub mod cache_control;
pub mod conditional;
pub mod dates;
pub mod delta_seconds;
pub mod directive;
pub mod entity_tag;
pub mod fields;
pub mod forwarding;
pub mod http_date;
pub mod method;
pub mod request;
pub mod status;
pub mod targeted;
