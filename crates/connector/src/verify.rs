//! Whether a delivery comes from the provider: over the raw bytes, before anything is read of them.

use crate::file::triggers::{SignatureFile, SignedFile, VerifyFile};
use crate::moment::Unit;
use crate::slip::{Slip, named};
use crate::text::Text;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use portico_domain::Timestamp;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::fmt::Write;
use std::time::Duration;
use subtle::{Choice, ConstantTimeEq};

/// A request that somebody sent us.
#[derive(Clone, Copy)]
pub struct InboundRequest<'a> {
    /// As on the wire: `POST`.
    pub method: &'a str,
    /// The whole public address with its query, byte for byte as the provider was given it. Made of
    /// the configured public address, never of the `Host` header.
    pub uri: &'a str,
    /// Names in lower case.
    pub headers: &'a [(String, String)],
    /// Untouched.
    pub body: &'a [u8],
}

/// Why a delivery is not believed. Whoever sent it is told nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disbelief {
    /// It is not signed, or there is no secret to check it with.
    Missing,
    /// The signature is another's.
    Wrong,
    /// It is well signed, but not of now: somebody sends it again.
    Old,
    /// It is well signed and not JSON.
    Unreadable,
}

/// Whose secret signs deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretSource {
    /// The client secret of the project's app at the provider.
    ClientSecret,
    /// A signing secret that the provider shows beside the client secret.
    SigningSecret,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Encoding {
    Hex,
    Base64,
}

/// How deliveries are told from anybody's.
pub(crate) struct Verify {
    digest: fn(&[u8], &[u8]) -> Vec<u8>,
    secret: SecretSource,
    signature: SignatureFile,
    timestamp: Option<SignedTime>,
    text: Text,
    uri_decodes: String,
}

struct SignedTime {
    header: String,
    unit: Unit,
    max_age: Duration,
}

impl Verify {
    pub(crate) fn read(file: VerifyFile, slips: &mut Vec<Slip>) -> Option<Self> {
        match file {
            VerifyFile::HmacSha256(file) => Self::signed(file, hmac_sha256, slips),
            VerifyFile::Sha256(file) => Self::signed(file, sha256, slips),
        }
    }

    pub(crate) fn secret(&self) -> SecretSource {
        self.secret
    }

    /// Whether it says when it was signed.
    pub(crate) fn has_time(&self) -> bool {
        self.timestamp.is_some()
    }

    /// Several secrets are those of a rotation: one that fits is enough.
    pub(crate) fn check(
        &self,
        request: &InboundRequest<'_>,
        secrets: &[&str],
        now: Timestamp,
    ) -> Result<(), Disbelief> {
        // With an empty secret anybody could sign.
        let secrets = secrets.iter().filter(|secret| !secret.is_empty());
        let secrets: Vec<&[u8]> = secrets.map(|secret| secret.as_bytes()).collect();
        if secrets.is_empty() {
            return Err(Disbelief::Missing);
        }
        self.check_signed(request, &secrets, now)
    }

    fn signed(
        file: SignedFile,
        digest: fn(&[u8], &[u8]) -> Vec<u8>,
        slips: &mut Vec<Slip>,
    ) -> Option<Self> {
        let known = ["method", "uri", "body", "timestamp"].map(str::to_owned);
        let text = named(&file.signed, &known, slips)?;
        if !text.names().any(|name| name == "body") {
            slips.push(Slip::new(&file.signed, "What is signed has {body} in it."));
        }
        if text.names().any(|name| name == "timestamp") != file.timestamp.is_some() {
            let why = "A time that is not signed says nothing: {timestamp} stands in `signed` where there is a `timestamp`.";
            slips.push(Slip::new(&file.signed, why));
        }
        if let Some(own) = &file.timestamp
            && (own.unit == Unit::DateTime || !(1..=300).contains(&own.max_age_s))
        {
            let why = "A signed time is in `s` or `ms`, and believed for five minutes at most.";
            slips.push(Slip::new(&own.header, why));
        }
        let timestamp = file.timestamp.map(|own| SignedTime {
            header: own.header.to_lowercase(),
            unit: own.unit,
            max_age: Duration::from_secs(own.max_age_s.into()),
        });
        let mut signature = file.signature;
        signature.header = signature.header.to_lowercase();
        Some(Self {
            digest,
            secret: file.secret,
            signature,
            timestamp,
            text,
            uri_decodes: file.uri_decodes,
        })
    }

    fn check_signed(
        &self,
        request: &InboundRequest<'_>,
        secrets: &[&[u8]],
        now: Timestamp,
    ) -> Result<(), Disbelief> {
        let told = request.only(&self.signature.header)?;
        let time = match &self.timestamp {
            Some(own) => request.only(&own.header)?,
            None => "",
        };
        let uri = self.decoded(request.uri);
        let signed = self.text.bytes(|name| match name {
            "method" => request.method.as_bytes(),
            "uri" => uri.as_bytes(),
            "timestamp" => time.as_bytes(),
            _ => request.body,
        });
        // Compared as they are written: what decodes to the same is not the same.
        any(secrets.iter().map(|secret| {
            let expected = self.written(&(self.digest)(secret, &signed));
            told.as_bytes().ct_eq(expected.as_bytes())
        }))?;
        let Some(own) = &self.timestamp else { return Ok(()) };
        let at = own.unit.of_digits(time).ok_or(Disbelief::Wrong)?;
        if now.since(at) > own.max_age || at.since(now) > own.max_age {
            return Err(Disbelief::Old);
        }
        Ok(())
    }

    fn written(&self, digest: &[u8]) -> String {
        let mut text = self.signature.prefix.clone();
        match self.signature.encoding {
            Encoding::Base64 => STANDARD.encode_string(digest, &mut text),
            Encoding::Hex => digest.iter().for_each(|byte| {
                let _ = write!(text, "{byte:02x}");
            }),
        }
        text
    }

    /// Some escapes of an address are decoded before it is signed.
    fn decoded<'u>(&self, uri: &'u str) -> Cow<'u, str> {
        if self.uri_decodes.is_empty() {
            return Cow::Borrowed(uri);
        }
        let mut out = String::new();
        let mut rest = uri;
        while let Some((before, after)) = rest.split_once('%') {
            out.push_str(before);
            let escaped = after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
            let escaped = escaped.map(char::from).filter(|c| self.uri_decodes.contains(*c));
            out.push(escaped.unwrap_or('%'));
            rest = if escaped.is_some() { &after[2..] } else { after };
        }
        Cow::Owned(out + rest)
    }
}

impl InboundRequest<'_> {
    /// A header that must be there once: of two, somebody else could read the other.
    fn only(&self, name: &str) -> Result<&str, Disbelief> {
        let mut values = self.headers.iter().filter(|(own, _)| own == name);
        match (values.next(), values.next()) {
            (Some((_, value)), None) if !value.is_empty() => Ok(value),
            (Some(_), None) | (None, _) => Err(Disbelief::Missing),
            (Some(_), Some(_)) => Err(Disbelief::Wrong),
        }
    }
}

/// All are compared, whichever fits.
fn any(found: impl Iterator<Item = Choice>) -> Result<(), Disbelief> {
    let any = found.fold(Choice::from(0), |any, one| any | one);
    if bool::from(any) { Ok(()) } else { Err(Disbelief::Wrong) }
}

/// RFC 2104.
fn hmac_sha256(secret: &[u8], text: &[u8]) -> Vec<u8> {
    // A key may have any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return Vec::new() };
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

fn sha256(secret: &[u8], text: &[u8]) -> Vec<u8> {
    Sha256::new().chain_update(secret).chain_update(text).finalize().to_vec()
}
