//! The Workers runtime, for wasm32 alone: conversions and calls. What is decided is decided below.

mod assets;
mod body;
mod clock;
mod colo;
mod compression;
mod connection;
mod edge;
mod entry;
mod global;
mod health;
mod isolate;
mod log;
mod origin;
mod outbox;
mod pool;
mod postgres;
mod purge_client;
mod purge_log_object;
mod purge_storage;
mod request;
mod response;
mod shield_client;
mod shield_object;
mod socket;
mod timeout;
