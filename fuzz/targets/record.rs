//! Records: no bytes panic, neither any at all nor those with a right frame about a head that is none;
//! and what is decoded is encoded to a record of the same response.

#![no_main]

use forebay::cache::record::{decode, encode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (Option<(u8, u16)>, &[u8])| {
    let (frame, data) = input;
    let bytes = match frame {
        Some((version, head_len)) => framed(version, usize::from(head_len), data),
        None => data.to_vec(),
    };
    let Ok((head, body)) = decode(&bytes, None) else {
        return;
    };
    let body = &bytes[body];
    let Ok(again) = encode(&head, body) else {
        return;
    };
    let (head_again, body_again) = decode(&again, Some(&head.key)).expect("we wrote it");
    assert_eq!(head_again, head);
    assert_eq!(&again[body_again], body);
});

/// A checksum of four bytes would keep a fuzzer out of everything behind it.
fn framed(version: u8, head_len: usize, content: &[u8]) -> Vec<u8> {
    let head_len = head_len.min(content.len());
    let lengths = [head_len, content.len() - head_len];
    let mut covered: Vec<u8> = Vec::new();
    for length in lengths {
        covered.extend((length as u32).to_le_bytes());
    }
    covered.extend(content);
    let mut bytes = b"FBR".to_vec();
    bytes.push(version % 3);
    bytes.extend(crc32fast::hash(&covered).to_le_bytes());
    bytes.extend(covered);
    bytes
}
