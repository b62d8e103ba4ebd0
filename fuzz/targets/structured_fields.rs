//! Fields that are Structured Fields: nothing panics, and a canonical query stays as it is.

#![no_main]

use forebay::semantics::cache_groups;
use forebay::semantics::fields::Fields;
use forebay::semantics::no_vary_search::Variance;
use forebay::semantics::targeted::{TargetList, governing};
use forebay::semantics::uri::{Origin, Scheme};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str)| {
    let (value, query) = input;
    let names = [
        "CDN-Cache-Control",
        "Cache-Groups",
        "Cache-Group-Invalidation",
        "No-Vary-Search",
    ];
    let fields: Fields = names.into_iter().map(|name| (name, value)).collect();
    let _ = governing(&fields, &TargetList::default());
    if let Some(origin) = Origin::new(Scheme::Https, "example.com") {
        let _ = cache_groups::tags_of(&fields, &origin);
        let _ = cache_groups::invalidated_by(&fields, &origin);
    }
    let variance = Variance::of(&fields);
    let once = variance.canonical(Some(query));
    assert_eq!(variance.canonical(once.as_deref()), once);
});
