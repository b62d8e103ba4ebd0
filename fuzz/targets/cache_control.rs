//! Directives of any bytes: nothing panics, and nothing that a line leaves open hides what the next says.

#![no_main]

use forebay::semantics::cache_control::{RequestDirectives, ResponseDirectives};
use forebay::semantics::fields::Fields;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let lines = text.split('\n').map(|line| ("Cache-Control", line));
    let mut fields: Fields = lines.collect();
    let stated = ResponseDirectives::of(&fields);
    let _ = RequestDirectives::of(&fields);
    fields.push("cache-control", "no-store");
    let closed = ResponseDirectives::of(&fields);
    assert!(closed.no_store.is_some());
    // What was said before is still said.
    assert_eq!(stated.max_age.is_some(), closed.max_age.is_some());
    assert_eq!(stated.private.is_some(), closed.private.is_some());
});
