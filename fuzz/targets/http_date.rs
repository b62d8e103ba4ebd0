//! Dates: nothing panics, and what is read is read again from the form that we write.

#![no_main]

use forebay::semantics::http_date::parse;
use forebay::time::Timestamp;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u32, &str)| {
    let (now_s, text) = input;
    let now = Timestamp::from_millis(u64::from(now_s) * 1000);
    if let Some(time) = parse(text, now) {
        assert_eq!(parse(&time.http_date(), now), Some(time));
    }
});
