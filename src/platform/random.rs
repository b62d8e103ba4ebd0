//! Randomness that chooses and spreads; nothing secret is made of it.

use super::clock;

/// Without randomness, the clock still tells objects apart.
pub(super) fn random() -> u32 {
    let mut bytes = [0_u8; 4];
    match getrandom::getrandom(&mut bytes) {
        Ok(()) => u32::from_le_bytes(bytes),
        // The low digits are those that differ.
        Err(_) => (clock::now().as_millis() as u32).wrapping_mul(2_654_435_761),
    }
}
