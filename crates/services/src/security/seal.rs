//! Envelope encryption: one data key per project seals its secrets, the master key seals the data
//! keys.
//!
//! Sealed format, from day one: `1 ‖ data key id (16) ‖ nonce (24) ‖ ciphertext and tag`,
//! XChaCha20-Poly1305. The associated data names table, column, row and project, so that a sealed
//! value opens in its own place only.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use portico_domain::{DataKeyId, ProjectId};
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const NONCE: usize = 24;
const HEADER: usize = 1 + 16 + NONCE;

/// A 32-byte key.
#[derive(Clone)]
pub(crate) struct SecretKey(Zeroizing<[u8; 32]>);

impl SecretKey {
    pub(crate) fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// HMAC-SHA256 with a key of its own for each purpose.
    pub(crate) fn proof(&self, purpose: &str, bytes: &[u8]) -> [u8; 32] {
        let own = mac(&*self.0, purpose.as_bytes());
        mac(&own, bytes)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(Key::from_slice(&*self.0))
    }
}

fn mac(key: &[u8], bytes: &[u8]) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key)
        .unwrap_or_else(|_| unreachable!("HMAC takes keys of every length"));
    mac.update(bytes);
    mac.finalize().into_bytes().into()
}

/// The key that seals the data keys.
#[derive(Clone)]
pub struct MasterKey(SecretKey);

/// A master key that cannot be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the master key must be 32 bytes in base64 (44 characters)")]
pub struct MasterKeyError;

impl MasterKey {
    /// Reads a key: 32 bytes in base64.
    ///
    /// # Errors
    /// [`MasterKeyError`] if it is anything else.
    pub fn from_base64(text: &str) -> Result<Self, MasterKeyError> {
        let bytes = Zeroizing::new(STANDARD.decode(text.trim()).map_err(|_| MasterKeyError)?);
        let bytes: [u8; 32] = bytes.as_slice().try_into().map_err(|_| MasterKeyError)?;
        Ok(Self(SecretKey::new(bytes)))
    }

    /// A key from 32 random bytes, and its base64 to be kept.
    pub fn from_bytes(bytes: [u8; 32]) -> (Self, Zeroizing<String>) {
        let text = Zeroizing::new(STANDARD.encode(bytes));
        (Self(SecretKey::new(bytes)), text)
    }

    pub(crate) fn key(&self) -> &SecretKey {
        &self.0
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

/// Where a sealed value lies. It opens nowhere else.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    pub(crate) table: &'a str,
    pub(crate) column: &'a str,
    pub(crate) row: Uuid,
    pub(crate) project: Uuid,
}

impl<'a> Place<'a> {
    pub(crate) fn new(table: &'a str, column: &'a str, row: Uuid, project: ProjectId) -> Self {
        Self { table, column, row, project: project.uuid() }
    }

    fn associated_data(&self) -> Vec<u8> {
        format!("{}\0{}\0{}\0{}", self.table, self.column, self.row, self.project).into_bytes()
    }
}

/// A sealed value that does not open.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum SealError {
    /// It was not made by this program.
    #[error("a sealed value has an unknown format")]
    Format,
    /// The wrong key, another place, or changed bytes.
    #[error("a sealed value does not open: wrong key, or it was moved or changed")]
    Refused,
}

/// Seals `plain` for its place.
pub(crate) fn seal(
    key: &SecretKey,
    key_id: DataKeyId,
    nonce: [u8; NONCE],
    place: Place<'_>,
    plain: &[u8],
) -> Vec<u8> {
    let aad = place.associated_data();
    let sealed = key
        .cipher()
        .encrypt(XNonce::from_slice(&nonce), Payload { msg: plain, aad: &aad })
        .expect("XChaCha20-Poly1305 seals anything shorter than 256 GiB");
    let mut out = Vec::with_capacity(HEADER + sealed.len());
    out.push(VERSION);
    out.extend_from_slice(key_id.uuid().as_bytes());
    out.extend_from_slice(&nonce);
    out.extend_from_slice(&sealed);
    out
}

/// The data key that sealed a value.
pub(crate) fn key_id(sealed: &[u8]) -> Result<DataKeyId, SealError> {
    match sealed {
        [VERSION, rest @ ..] if sealed.len() > HEADER => {
            Uuid::from_slice(&rest[..16]).map(DataKeyId::from).map_err(|_| SealError::Format)
        }
        _ => Err(SealError::Format),
    }
}

/// Opens what was sealed for this place.
pub(crate) fn open(
    key: &SecretKey,
    place: Place<'_>,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    key_id(sealed)?;
    let (nonce, body) = sealed[17..].split_at(NONCE);
    let aad = place.associated_data();
    key.cipher()
        .decrypt(XNonce::from_slice(nonce), Payload { msg: body, aad: &aad })
        .map(Zeroizing::new)
        .map_err(|_| SealError::Refused)
}

#[cfg(test)]
mod tests {
    use super::{MasterKey, Place, SealError, SecretKey, open, seal};
    use portico_domain::{DataKeyId, ProjectId};
    use uuid::Uuid;

    fn place(row: u128, project: u128) -> Place<'static> {
        let project = ProjectId::from(Uuid::from_u128(project));
        Place::new("credentials", "secret", Uuid::from_u128(row), project)
    }

    #[test]
    fn a_sealed_value_opens_in_its_own_place_only() {
        let key = SecretKey::new([7; 32]);
        let id = DataKeyId::from(Uuid::from_u128(1));
        let sealed = seal(&key, id, [9; 24], place(1, 2), b"token");
        assert_eq!(open(&key, place(1, 2), &sealed).expect("its place").as_slice(), b"token");
        assert_eq!(super::key_id(&sealed), Ok(id));
        for elsewhere in [
            place(2, 2),
            place(1, 3),
            Place { table: "integrations", ..place(1, 2) },
            Place { column: "client_secret", ..place(1, 2) },
        ] {
            assert_eq!(open(&key, elsewhere, &sealed).err(), Some(SealError::Refused));
        }
        assert!(open(&SecretKey::new([8; 32]), place(1, 2), &sealed).is_err());
    }

    #[test]
    fn any_changed_byte_is_noticed() {
        let key = SecretKey::new([7; 32]);
        let id = DataKeyId::from(Uuid::from_u128(1));
        let sealed = seal(&key, id, [9; 24], place(1, 2), b"token");
        for at in (0..sealed.len()).filter(|at| !(1..17).contains(at)) {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(open(&key, place(1, 2), &changed).is_err(), "byte {at}");
        }
        assert_eq!(open(&key, place(1, 2), &sealed[..41]).err(), Some(SealError::Format));
    }

    #[test]
    fn a_master_key_is_32_bytes_in_base64_and_is_never_printed() {
        let (key, text) = MasterKey::from_bytes([1; 32]);
        assert!(MasterKey::from_base64(&text).is_ok());
        assert_eq!(format!("{key:?}"), "MasterKey(…)");
        for wrong in ["", "short", "AAAA", &"A".repeat(45)] {
            assert!(MasterKey::from_base64(wrong).is_err(), "{wrong}");
        }
    }
}
