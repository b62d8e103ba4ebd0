//! Ranges: nothing panics, no request gets a byte that is not there or gets one twice, and what
//! `Content-Range` says is said again.

#![no_main]

use forebay::semantics::range::content_range::ContentRange;
use forebay::semantics::range::{RangeSet, Selection};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u64, &str)| {
    let (length, text) = input;
    if let Some(part) = ContentRange::parse(text) {
        assert_eq!(ContentRange::parse(&part.to_string()), Some(part));
    }
    let Ok(set) = RangeSet::parse(text) else {
        return;
    };
    let ranges = match set.select(length) {
        Selection::Whole | Selection::Unsatisfiable => Vec::new(),
        Selection::Single(range) => vec![range],
        Selection::Several(ranges) => ranges,
    };
    for (at, range) in ranges.iter().enumerate() {
        assert!(range.last() < length);
        assert!(
            ranges
                .iter()
                .skip(at + 1)
                .all(|other| !other.overlaps(*range))
        );
    }
});
