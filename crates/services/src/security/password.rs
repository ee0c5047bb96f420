//! Passwords of admins: argon2id with the library's current defaults, in PHC strings.

use crate::ports::Ports;
use argon2::password_hash::{PasswordHash, SaltString};
use argon2::{Argon2, PasswordHasher, PasswordVerifier};

/// The shortest password accepted, in characters.
pub(crate) const MIN_LENGTH: usize = 12;

/// A hash of nothing that anybody knows, which takes as long to be compared with as one of ours: whether an
/// address is known shows in no time.
pub(crate) const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Hashes a password. Takes tens of milliseconds: call it off the async threads.
pub(crate) fn hash(password: &str, ports: &Ports) -> Result<String, argon2::password_hash::Error> {
    let salt = SaltString::encode_b64(&ports.random::<16>())?;
    Ok(Argon2::default().hash_password(password.as_bytes(), &salt)?.to_string())
}

/// Whether a password is the one that was hashed.
pub(crate) fn verify(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}
