//! One-time secrets (tickets, session tokens, states): 32 random bytes in base64url, kept only as
//! their SHA-256.

use crate::ports::Ports;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// A secret that is handed out once.
pub(crate) struct Ticket {
    /// What is handed out.
    pub(crate) secret: String,
    /// What is kept.
    pub(crate) hash: String,
}

impl Ticket {
    pub(crate) fn new(ports: &Ports) -> Self {
        let secret = URL_SAFE_NO_PAD.encode(ports.random::<32>());
        let hash = hash(&secret);
        Self { secret, hash }
    }
}

/// The kept form of a secret, or of anything that is only ever compared: lower-case hex.
pub(crate) fn hash(secret: impl AsRef<[u8]>) -> String {
    hex(&Sha256::digest(secret.as_ref()))
}

/// The PKCE challenge of a verifier, S256 (RFC 7636 §4.2).
pub(crate) fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::{challenge, hash};

    #[test]
    fn the_challenge_is_the_one_of_rfc_7636_appendix_b() {
        assert_eq!(
            challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn the_kept_form_is_sha_256_in_hex() {
        assert_eq!(hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
