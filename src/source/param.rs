//! The type of a parameter, from its cast, and which texts it takes.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ParamType {
    Int2,
    Int4,
    Int8,
    Float,
    Numeric,
    Bool,
    Text,
    Uuid,
    Date,
    Timestamp,
    Timestamptz,
    Json,
    Array(Box<ParamType>),
    /// A type that only Postgres can judge.
    Other,
}
