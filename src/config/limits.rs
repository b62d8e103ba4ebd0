//! `[limits]`: how much of anything is taken or kept.

use super::fields::Fields;
use super::reader::Reader;
use super::site::Limits;

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;

/// KV takes values of 25 MiB; the record around a body needs a little of that.
const STORED_BODY_MAX: u64 = 24 * MIB;

pub fn read(root: &mut Fields<'_>, reader: &mut Reader<'_>) -> Limits {
    let mut limits = Limits {
        memory_bytes_max: 32 * MIB,
        stored_body_bytes_max: 8 * MIB,
        request_body_bytes_max: MIB,
        param_bytes_max: 1024,
    };
    let Some(mut fields) = root.table("limits", "[limits]", reader) else {
        return limits;
    };
    // An isolate has 128 MiB in all, and the code, the bodies in flight and the copies share it.
    limits.memory_bytes_max = fields.size(
        "memory",
        limits.memory_bytes_max,
        64 * KIB..=96 * MIB,
        reader,
    );
    limits.stored_body_bytes_max = fields.size(
        "stored_body",
        limits.stored_body_bytes_max,
        KIB..=STORED_BODY_MAX,
        reader,
    );
    limits.request_body_bytes_max = fields.size(
        "request_body",
        limits.request_body_bytes_max,
        1..=64 * MIB,
        reader,
    );
    let param = fields.size(
        "param",
        u64::from(limits.param_bytes_max),
        16..=64 * KIB,
        reader,
    );
    limits.param_bytes_max = u32::try_from(param).unwrap_or(limits.param_bytes_max);
    fields.finish(reader);
    limits
}
