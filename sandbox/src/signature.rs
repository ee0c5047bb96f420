//! What providers sign with: HMAC with SHA-256 (RFC 2104).

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// HMAC-SHA256.
pub(crate) fn hmac(secret: &str, text: &[u8]) -> Vec<u8> {
    // A key of any length fits: RFC 2104 hashes what is longer than a block.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return Vec::new() };
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}
