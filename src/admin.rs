//! The operator's side: health for everyone; purges, warming and looking inside for those with the
//! token. Here requests are read and answers written; `pipeline::operate` does the work.

pub mod access;
pub mod alerts;
pub mod attempts;
pub mod dashboard;
pub mod database;
pub mod endpoint;
pub mod explain;
mod form;
pub mod health;
pub mod inspect;
pub mod live;
pub mod purge;
pub mod receipt;
mod search;
pub mod session;
pub mod text;
pub mod warm;
pub mod when;
pub mod window;
