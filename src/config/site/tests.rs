use super::*;
use crate::config::compile::{DescribedFile, Sources, compile};
use crate::config::queries::SourceFile;
use proptest::prelude::*;

const CONFIG: &str = r#"
[site]
name = "demo"
[tier]
pitch = { ttl = "15m", swr = "1m" }
phi = { ttl = "1m", private = true }
[database.main]
binding = "DB"
[origin.app]
url = "https://app.example.com"
[shield]
location_hint = "weur"
[cors]
origins = ["https://app.example.com"]
[log]
requests = "misses"
[[route]]
match = "GET /api/pitches/{id}"
source = { query = "pitch_by_id" }
tier = "pitch"
tags = ["pitch:{id}"]
[[route]]
match = "GET /api/patients/{id}"
source = { query = "pitch_by_id" }
tier = "phi"
auth = "token"
[[route]]
match = "* /{path...}"
source = { origin = "app" }
"#;

fn site() -> Site {
    let query = SourceFile {
        path: "queries/pitch_by_id.sql".into(),
        text: "-- returns: one\nselect title from pitches where id = :id::bigint\n".into(),
    };
    let sources = Sources {
        config: SourceFile {
            path: "forebay.toml".into(),
            text: CONFIG.into(),
        },
        queries_dir: "queries".into(),
        queries: Some(vec![query]),
        described: DescribedFile::Absent,
    };
    compile(&sources).unwrap().site
}

#[test]
fn a_site_survives_its_bytes() {
    let site = site();
    let bytes = site.encode().unwrap();
    assert_eq!(Site::decode(&bytes), Ok(site));
}

#[test]
fn bytes_of_another_version_are_told_from_damaged_ones() {
    let bytes = site().encode().unwrap();
    let mut other = bytes.clone();
    other[7] += 1;
    assert_eq!(Site::decode(&other), Err(SiteError::Version));
    assert_eq!(
        Site::decode(b"[site]\nname = \"x\""),
        Err(SiteError::Version)
    );
    assert_eq!(
        Site::decode(&bytes[..bytes.len() - 1]),
        Err(SiteError::Malformed)
    );
    assert_eq!(Site::decode(&bytes[..9]), Err(SiteError::Malformed));
}

proptest! {
    #[test]
    fn any_flipped_bit_is_found(at in any::<prop::sample::Index>(), bit in 0..8_u32) {
        let mut bytes = site().encode().unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        prop_assert!(Site::decode(&bytes).is_err());
    }

    #[test]
    fn arbitrary_bytes_under_a_right_checksum_never_panic(body in prop::collection::vec(any::<u8>(), 0..512)) {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(crc32fast::hash(&body).to_le_bytes());
        bytes.extend(&body);
        if let Ok(site) = Site::decode(&bytes) {
            prop_assert!(site.encode().is_ok());
        }
    }

    #[test]
    fn arbitrary_bytes_are_no_site(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        prop_assert!(Site::decode(&bytes).is_err());
    }

    #[test]
    fn a_damaged_body_under_a_right_checksum_never_panics(
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let bytes = site().encode().unwrap();
        let mut body = bytes[MAGIC.len() + 4..].to_vec();
        let at = at.index(body.len());
        body[at] = byte;
        let mut damaged = MAGIC.to_vec();
        damaged.extend(crc32fast::hash(&body).to_le_bytes());
        damaged.extend(&body);
        let _ = Site::decode(&damaged);
    }
}
