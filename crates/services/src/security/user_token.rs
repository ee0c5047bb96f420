//! User tokens: JWTs that the host app's backend signs for its users (RFC 7519, RFC 8725).
//!
//! RS256 and nothing else; the key is chosen by `kid` where there is one. The instant is given. Any
//! problem is told to admins only; the caller always sees the same 401.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::crypto::verify as verify_signature;
use jsonwebtoken::{Algorithm, DecodingKey};
use portico_domain::{ProjectId, SigningKeyId, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value};

/// A token longer than this is refused unread.
const MAX_LENGTH: usize = 8 * 1024;
/// How far the clocks of two machines may differ, in seconds.
const LEEWAY: i64 = 60;

/// A public key of the project.
pub(crate) struct VerifyingKey {
    pub(crate) id: SigningKeyId,
    pub(crate) kid: String,
    pub(crate) key: DecodingKey,
}

/// What a token must fit.
pub(crate) struct Expectation<'a> {
    pub(crate) project: ProjectId,
    pub(crate) public_url: &'a str,
    /// The longest life of a token, in seconds.
    pub(crate) max_seconds: i64,
    pub(crate) now: Timestamp,
}

/// What an accepted token says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Accepted {
    /// The host app's own id of the user.
    pub(crate) user: String,
    /// The key that signed it.
    pub(crate) key: SigningKeyId,
    /// When it ends.
    pub(crate) ends: Timestamp,
}

/// Why a token was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenProblem {
    /// There is no token.
    #[error("No token was sent; send it as `Authorization: Bearer …`.")]
    Missing,
    /// It is not a JWT.
    #[error("It is not a JWT: {0}.")]
    Malformed(&'static str),
    /// It is not signed with RS256.
    #[error("It says alg {0:?}; user tokens are signed with RS256.")]
    Algorithm(String),
    /// It asks for something that is not understood.
    #[error("Its header has {0}, which is not accepted.")]
    Header(&'static str),
    /// No active key fits.
    #[error("No active signing key of the project fits it.")]
    UnknownKey,
    /// The signature is wrong.
    #[error("Its signature does not fit the project's signing keys.")]
    Signature,
    /// A claim is missing or of the wrong type.
    #[error("Its claim {0} is missing or not what it must be.")]
    Claim(&'static str),
    /// It has ended.
    #[error("It ended {0} seconds ago; sign a new one.")]
    Expired(i64),
    /// It is not valid yet.
    #[error("It becomes valid in {0} seconds; is a clock wrong?")]
    NotYet(i64),
    /// It lives too long.
    #[error("It lives {life} seconds; the project allows {most}.")]
    TooLong {
        /// Its life, in seconds.
        life: i64,
        /// The most that is allowed.
        most: i64,
    },
    /// It is for somebody else.
    #[error("Its aud is for another project or service.")]
    Audience,
    /// The user has been disabled.
    #[error("Its user has been disabled.")]
    UserDisabled,
    /// There is no such project.
    #[error("There is no such project.")]
    UnknownProject,
}

impl TokenProblem {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Malformed(_) => "malformed",
            Self::Algorithm(_) => "wrong_algorithm",
            Self::Header(_) => "header_refused",
            Self::UnknownKey => "unknown_key",
            Self::Signature => "wrong_signature",
            Self::Claim(_) => "claim_refused",
            Self::Expired(_) => "expired",
            Self::NotYet(_) => "not_yet_valid",
            Self::TooLong { .. } => "lives_too_long",
            Self::Audience => "wrong_audience",
            Self::UserDisabled => "user_disabled",
            Self::UnknownProject => "unknown_project",
        }
    }
}

/// The claims that are read. A repeated claim is an error of the reader.
#[derive(Deserialize)]
struct Claims {
    sub: Option<Value>,
    /// Paragon's SDK accepts it where `sub` is missing.
    id: Option<Value>,
    iat: Option<Value>,
    exp: Option<Value>,
    nbf: Option<Value>,
    aud: Option<Value>,
}

/// Verifies a token by algorithm, key, time and audience.
pub(crate) fn verify(
    token: &str,
    keys: &[VerifyingKey],
    expectation: &Expectation<'_>,
) -> Result<Accepted, TokenProblem> {
    if token.len() > MAX_LENGTH {
        return Err(TokenProblem::Malformed("it is longer than 8 kB"));
    }
    let mut parts = token.split('.');
    let (Some(header), Some(body), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(TokenProblem::Malformed("it does not have three parts"));
    };
    let kid = key_id(header)?;
    let signed = &token[..header.len() + 1 + body.len()];
    let key = signer(keys, kid.as_deref(), signed, signature)?;
    let body = URL_SAFE_NO_PAD
        .decode(body)
        .map_err(|_| TokenProblem::Malformed("its body is not base64url"))?;
    let claims: Claims = serde_json::from_slice(&body)
        .map_err(|_| TokenProblem::Malformed("its body is not a JSON object of claims"))?;
    let (user, ends) = check(&claims, expectation)?;
    Ok(Accepted { user, key, ends })
}

/// Reads the header: RS256 only, no extensions, no key but our own (`jwk`, `jku`, `x5u` and `x5c`
/// are never followed).
fn key_id(header: &str) -> Result<Option<String>, TokenProblem> {
    let header = URL_SAFE_NO_PAD
        .decode(header)
        .map_err(|_| TokenProblem::Malformed("its header is not base64url"))?;
    let header: Map<String, Value> = serde_json::from_slice(&header)
        .map_err(|_| TokenProblem::Malformed("its header is not a JSON object"))?;
    match header.get("alg").and_then(Value::as_str) {
        Some("RS256") => {}
        other => return Err(TokenProblem::Algorithm(other.unwrap_or_default().to_owned())),
    }
    if header.contains_key("crit") {
        return Err(TokenProblem::Header("crit"));
    }
    match header.get("typ") {
        None => {}
        Some(Value::String(kind)) if kind.eq_ignore_ascii_case("jwt") => {}
        Some(_) => return Err(TokenProblem::Header("a typ other than JWT")),
    }
    match header.get("kid") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(kid)) => Ok(Some(kid.clone())),
        Some(_) => Err(TokenProblem::Header("a kid that is not a string")),
    }
}

fn signer(
    keys: &[VerifyingKey],
    kid: Option<&str>,
    signed: &str,
    signature: &str,
) -> Result<SigningKeyId, TokenProblem> {
    let mut candidates = keys.iter().filter(|key| kid.is_none_or(|kid| key.kid == kid)).peekable();
    if candidates.peek().is_none() {
        return Err(TokenProblem::UnknownKey);
    }
    candidates
        .find(|key| {
            verify_signature(signature, signed.as_bytes(), &key.key, Algorithm::RS256)
                .unwrap_or(false)
        })
        .map(|key| key.id)
        .ok_or(TokenProblem::Signature)
}

fn check(
    claims: &Claims,
    expectation: &Expectation<'_>,
) -> Result<(String, Timestamp), TokenProblem> {
    let now = expectation.now.seconds();
    let exp = seconds(claims.exp.as_ref()).ok_or(TokenProblem::Claim("exp"))?;
    let iat = seconds(claims.iat.as_ref()).ok_or(TokenProblem::Claim("iat"))?;
    if exp + LEEWAY <= now {
        return Err(TokenProblem::Expired(now - exp));
    }
    if iat > now + LEEWAY {
        return Err(TokenProblem::NotYet(iat - now));
    }
    if claims.nbf.is_some() {
        let nbf = seconds(claims.nbf.as_ref()).ok_or(TokenProblem::Claim("nbf"))?;
        if nbf > now + LEEWAY {
            return Err(TokenProblem::NotYet(nbf - now));
        }
    }
    if exp - iat > expectation.max_seconds {
        return Err(TokenProblem::TooLong { life: exp - iat, most: expectation.max_seconds });
    }
    if let Some(audience) = &claims.aud
        && !audience_fits(audience, expectation)
    {
        return Err(TokenProblem::Audience);
    }
    let user = match (&claims.sub, &claims.id) {
        (Some(Value::String(user)), _) | (None, Some(Value::String(user))) => user,
        _ => return Err(TokenProblem::Claim("sub")),
    };
    if user.is_empty() || user.chars().count() > 255 {
        return Err(TokenProblem::Claim("sub"));
    }
    let ends = (exp + LEEWAY).saturating_mul(1000);
    Ok((user.clone(), Timestamp::from_millis(ends)))
}

/// A NumericDate (RFC 7519 §2), whole seconds; bounded so that sums cannot overflow.
fn seconds(claim: Option<&Value>) -> Option<i64> {
    let value = claim?;
    let whole = value.as_i64().or_else(|| {
        let float = value.as_f64()?;
        #[expect(clippy::cast_possible_truncation, reason = "bounded just below")]
        (float.is_finite() && float.abs() < 1e12).then_some(float as i64)
    })?;
    (0..=1_000_000_000_000).contains(&whole).then_some(whole)
}

fn audience_fits(audience: &Value, expectation: &Expectation<'_>) -> bool {
    let paragon = format!("useparagon.com/{}", expectation.project);
    let ours = expectation.public_url.trim_end_matches('/');
    let fits = |value: &Value| {
        value.as_str().is_some_and(|text| text == paragon || text.trim_end_matches('/') == ours)
    };
    match audience {
        Value::Array(several) => several.iter().any(fits),
        one => fits(one),
    }
}
