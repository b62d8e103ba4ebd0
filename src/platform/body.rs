//! A stored body in the JavaScript heap, where responses can be made of it without a copy through
//! WASM's memory.

use super::response::Prepared;
use crate::cache::stored::Coding;
use crate::ports::Body;
use js_sys::Uint8Array;
use std::cell::RefCell;
use std::rc::Rc;

/// One or both codings of a body. Cloning shares the bytes.
#[derive(Clone, Debug)]
pub(super) struct JsBody(Rc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    identity: Option<Uint8Array>,
    gzip: Option<Uint8Array>,
    /// The head that the memory lane made last, for the next request of the same second.
    prepared: RefCell<Option<Rc<Prepared>>>,
}

impl JsBody {
    pub(super) fn new(coding: Coding, bytes: &[u8]) -> Self {
        Self(Rc::new(Inner::default())).with(coding, Uint8Array::from(bytes))
    }

    /// Bytes that are in the JavaScript heap already, as they came.
    pub(super) fn of(bytes: Uint8Array) -> Self {
        Self(Rc::new(Inner::default())).with(Coding::Identity, bytes)
    }

    /// The same body with one coding more.
    pub(super) fn with(&self, coding: Coding, bytes: Uint8Array) -> Self {
        let (mut identity, mut gzip) = (self.0.identity.clone(), self.0.gzip.clone());
        match coding {
            Coding::Identity => identity = Some(bytes),
            Coding::Gzip => gzip = Some(bytes),
        }
        Self(Rc::new(Inner {
            identity,
            gzip,
            prepared: RefCell::default(),
        }))
    }

    pub(super) fn get(&self, coding: Coding) -> Option<&Uint8Array> {
        match coding {
            Coding::Identity => self.0.identity.as_ref(),
            Coding::Gzip => self.0.gzip.as_ref(),
        }
    }

    pub(super) fn prepared(&self) -> Option<Rc<Prepared>> {
        self.0.prepared.borrow().clone()
    }

    pub(super) fn prepare(&self, prepared: Rc<Prepared>) {
        *self.0.prepared.borrow_mut() = Some(prepared);
    }
}

impl Body for JsBody {
    fn has(&self, coding: Coding) -> bool {
        self.get(coding).is_some()
    }

    fn len(&self, coding: Coding) -> Option<u64> {
        self.get(coding).map(|bytes| u64::from(bytes.length()))
    }

    fn bytes(&self, coding: Coding) -> Option<Vec<u8>> {
        self.get(coding).map(Uint8Array::to_vec)
    }

    fn weight(&self) -> u64 {
        let codings = [Coding::Identity, Coding::Gzip];
        codings
            .into_iter()
            .filter_map(|coding| self.len(coding))
            .sum()
    }
}
