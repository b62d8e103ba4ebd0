//! Response heads: what Forebay says about an answer, derived from the answer and its [`Outcome`].
//!
//! [`Outcome`]: crate::outcome::Outcome

pub mod cache_control;
pub mod cache_status;
pub mod cors;
pub mod fallback;
pub mod finish;
pub mod log_line;
pub mod origin;
pub mod problem;
pub mod request_id;
pub mod stored;

use std::borrow::Cow;

/// A response's status and fields, in order, repeated fields kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseHead {
    pub status: u16,
    pub author: Author,
    pub fields: Vec<(Cow<'static, str>, String)>,
}

/// Whose words the fields of a response are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    Site,
    /// An HTTP origin's, which go on as they came: only what a cache has to say is added.
    Origin,
}

impl ResponseHead {
    pub fn new(status: u16) -> Self {
        Self {
            status,
            author: Author::Site,
            fields: Vec::with_capacity(16),
        }
    }

    pub fn of_origin(status: u16) -> Self {
        Self {
            author: Author::Origin,
            ..Self::new(status)
        }
    }

    pub fn push(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) {
        self.fields.push((name.into(), value.into()));
    }

    /// The first field of this name, compared without case.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self
            .fields
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Adds members to a list-valued field such as `Vary`, which then stands once.
    pub fn append(&mut self, name: &'static str, member: &str) {
        match self
            .fields
            .iter_mut()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
        {
            Some((_, value)) => {
                value.push_str(", ");
                value.push_str(member);
            }
            None => self.push(name, member),
        }
    }
}
