//! Randomness that chooses and spreads; nothing secret is made of it.

use super::clock;
use crate::semantics::trace::Seed;

/// For a trace: its ids need to differ, and are no secrets.
pub(super) fn seed() -> Seed {
    let mut bytes = [0_u8; 24];
    if getrandom::getrandom(&mut bytes).is_err() {
        let now = u128::from(clock::now().as_millis());
        let trace = now << 32 | u128::from(random());
        return Seed {
            trace,
            span: trace as u64,
        };
    }
    let number = |part: &[u8]| {
        let digits = part.iter();
        digits.fold(0_u128, |number, byte| number << 8 | u128::from(*byte))
    };
    let (trace, span) = bytes.split_at(16);
    Seed {
        trace: number(trace),
        span: number(span) as u64,
    }
}

/// Without randomness, the clock still tells objects apart.
pub(super) fn random() -> u32 {
    let mut bytes = [0_u8; 4];
    match getrandom::getrandom(&mut bytes) {
        Ok(()) => u32::from_le_bytes(bytes),
        // The low digits are those that differ.
        Err(_) => (clock::now().as_millis() as u32).wrapping_mul(2_654_435_761),
    }
}
