//! Signing keys: public keys by which the host app's user tokens are verified. The private ones
//! are made in the browser or by the host app and never come here.

use crate::Services;
use crate::access::{administrate, storage};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portico_domain::view::SigningKeyView;
use portico_domain::{Actor, ProjectId, Refusal, RefusalCode, SigningKeyId};
use portico_storage::SigningKey;
use rsa::pkcs1::DecodeRsaPublicKey;
use rsa::pkcs8::{DecodePublicKey, EncodePublicKey, LineEnding};
use rsa::traits::PublicKeyParts;
use rsa::{BigUint, RsaPublicKey};
use sha2::{Digest, Sha256};

/// More active keys than this would make an unsigned guess expensive to refuse.
const MOST_KEYS: usize = 10;

impl Services {
    /// Adds a public key: PEM (`PUBLIC KEY` or `RSA PUBLIC KEY`) or JWK.
    ///
    /// # Errors
    /// It is no RSA public key of 2048 to 8192 bits; it is known already; there are ten.
    pub async fn add_signing_key(
        &self,
        actor: &Actor,
        project: ProjectId,
        name: &str,
        text: &str,
    ) -> Result<SigningKeyView, Refusal> {
        administrate(actor)?;
        self.known_project(project).await?;
        let name = name.trim();
        if name.is_empty() || name.chars().count() > 100 {
            return Err(Refusal::field("name", "Write a name of 1 to 100 characters."));
        }
        let public = read_public_key(text)?;
        let public_pem = public
            .to_public_key_pem(LineEnding::LF)
            .map_err(|_| wrong_key("It cannot be written as a PEM file."))?;
        let active = self.store().active_signing_keys(project).await.map_err(storage)?;
        if active.len() >= MOST_KEYS {
            return Err(Refusal::field("key", "There are ten active keys; revoke one first."));
        }
        let key = SigningKey {
            id: self.ports().id(SigningKeyId::from_parts),
            project,
            name: name.to_owned(),
            kid: thumbprint(&public),
            public_pem,
            created_at: self.ports().now(),
            last_used_at: None,
            revoked_at: None,
        };
        if !self.store().insert_signing_key(&key).await.map_err(storage)? {
            return Err(Refusal::field(
                "key",
                "This key is known already; a revoked key cannot come back. Make a new one.",
            ));
        }
        self.inner.tokens.forget_project(project);
        Ok(as_view(key))
    }

    /// Revokes a key: its tokens are refused from now on, its portal sessions end.
    ///
    /// # Errors
    /// There is no such active key.
    pub async fn revoke_signing_key(
        &self,
        actor: &Actor,
        project: ProjectId,
        key: SigningKeyId,
    ) -> Result<(), Refusal> {
        administrate(actor)?;
        let now = self.ports().now();
        let revoked = self.store().revoke_signing_key(project, key, now).await.map_err(storage)?;
        self.inner.tokens.forget_project(project);
        if revoked {
            Ok(())
        } else {
            Err(Refusal::new(RefusalCode::NotFound, "There is no such active key."))
        }
    }
}

pub(crate) fn as_view(key: SigningKey) -> SigningKeyView {
    SigningKeyView {
        id: key.id,
        name: key.name,
        kid: key.kid,
        created_at: key.created_at,
        last_used_at: key.last_used_at,
        revoked_at: key.revoked_at,
    }
}

fn wrong_key(why: &str) -> Refusal {
    Refusal::field(
        "key",
        format!("{why} Paste an RSA public key as PEM (BEGIN PUBLIC KEY) or as JWK."),
    )
}

fn read_public_key(text: &str) -> Result<RsaPublicKey, Refusal> {
    let text = text.trim();
    if text.contains("PRIVATE KEY") {
        return Err(wrong_key("This is a private key: keep it on your own server."));
    }
    let key = if text.starts_with('{') {
        read_jwk(text)?
    } else {
        RsaPublicKey::from_public_key_pem(text)
            .or_else(|_| RsaPublicKey::from_pkcs1_pem(text))
            .map_err(|_| wrong_key("This is no RSA public key."))?
    };
    match key.n().bits() {
        2048..=8192 => Ok(key),
        bits => Err(wrong_key(&format!("It has {bits} bits; 2048 to 8192 are accepted."))),
    }
}

fn read_jwk(text: &str) -> Result<RsaPublicKey, Refusal> {
    #[derive(serde::Deserialize)]
    struct Jwk {
        kty: String,
        #[serde(default)]
        n: String,
        #[serde(default)]
        e: String,
        d: Option<String>,
    }
    let jwk: Jwk = serde_json::from_str(text).map_err(|_| wrong_key("This is no JWK."))?;
    if jwk.d.is_some() {
        return Err(wrong_key("This JWK holds a private key: keep it on your own server."));
    }
    if jwk.kty != "RSA" {
        return Err(wrong_key("This JWK is not of type RSA."));
    }
    let number =
        |text: &str| URL_SAFE_NO_PAD.decode(text).map(|bytes| BigUint::from_bytes_be(&bytes)).ok();
    let (Some(n), Some(e)) = (number(&jwk.n), number(&jwk.e)) else {
        return Err(wrong_key("Its n or e is not base64url."));
    };
    RsaPublicKey::new_with_max_size(n, e, 8192).map_err(|_| wrong_key("Its numbers make no key."))
}

/// The key's name in token headers: its RFC 7638 thumbprint.
fn thumbprint(key: &RsaPublicKey) -> String {
    let number = |n: &BigUint| URL_SAFE_NO_PAD.encode(n.to_bytes_be());
    let canonical =
        format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, number(key.e()), number(key.n()));
    URL_SAFE_NO_PAD.encode(Sha256::digest(canonical.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::{read_public_key, thumbprint};

    /// RFC 7638 §3.1.
    const EXAMPLE: &str = r#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#;

    #[test]
    fn the_thumbprint_is_the_one_of_rfc_7638() {
        let key = read_public_key(EXAMPLE).expect("the RFC's key");
        assert_eq!(thumbprint(&key), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn what_is_no_public_key_is_refused_in_words() {
        for (text, says) in [
            ("", "no RSA public key"),
            ("-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----", "private key"),
            (r#"{"kty":"RSA","n":"AQAB","e":"AQAB","d":"AQAB"}"#, "private key"),
            (r#"{"kty":"EC"}"#, "not of type RSA"),
            (r#"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#, ""),
        ] {
            let refusal = read_public_key(text).expect_err(text);
            assert!(refusal.message.contains(says), "{text}: {refusal}");
        }
    }
}
