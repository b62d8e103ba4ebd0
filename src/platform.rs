//! The Workers runtime, for wasm32 alone: conversions and calls. What is decided is decided below.

mod assets;
mod body;
mod clock;
mod colo;
mod compression;
mod connection;
mod database;
mod edge;
mod entry;
mod global;
mod guarded;
mod health;
mod isolate;
mod log;
mod origin;
mod pool;
mod postgres;
mod request;
mod response;
mod shield_client;
mod shield_object;
mod socket;
mod timeout;
