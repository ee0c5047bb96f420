//! What providers sign with: HMAC with SHA-256 (RFC 2104), and how each puts a request into it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// HMAC-SHA256.
pub(crate) fn hmac(secret: &str, text: &[u8]) -> Vec<u8> {
    // A key of any length fits: RFC 2104 hashes what is longer than a block.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return Vec::new() };
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// HubSpot, v1: the secret and the body.
pub(crate) fn hubspot_v1(secret: &str, body: &str) -> String {
    hex(&Sha256::digest(format!("{secret}{body}")))
}

/// HubSpot, v2: the secret, the method, the address and the body.
pub(crate) fn hubspot_v2(secret: &str, method: &str, url: &str, body: &str) -> String {
    hex(&Sha256::digest(format!("{secret}{method}{url}{body}")))
}

/// HubSpot, v3: the method, the address, the body and when it was sent.
pub(crate) fn hubspot_v3(secret: &str, request: (&str, &str, &str), timestamp_ms: i64) -> String {
    let (method, url, body) = request;
    let signed = format!("{method}{}{body}{timestamp_ms}", readable(url));
    STANDARD.encode(hmac(secret, signed.as_bytes()))
}

/// The escapes that HubSpot undoes before it signs an address.
fn readable(url: &str) -> String {
    const UNDONE: [(&str, &str); 12] = [
        ("%3A", ":"),
        ("%2F", "/"),
        ("%3F", "?"),
        ("%40", "@"),
        ("%21", "!"),
        ("%24", "$"),
        ("%27", "'"),
        ("%28", "("),
        ("%29", ")"),
        ("%2A", "*"),
        ("%2C", ","),
        ("%3B", ";"),
    ];
    UNDONE.iter().fold(url.to_owned(), |url, (escaped, plain)| url.replace(escaped, plain))
}

/// Slack, v0: when it was sent, and the body.
pub(crate) fn slack_v0(secret: &str, timestamp_s: i64, body: &str) -> String {
    format!("v0={}", hex(&hmac(secret, format!("v0:{timestamp_s}:{body}").as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::{hubspot_v1, hubspot_v2, hubspot_v3, slack_v0};

    const SECRET: &str = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy";
    const URL: &str = "https://www.example.com/webhook_uri";
    const BODY: &str = r#"{"example_field":"example_value"}"#;

    #[test]
    fn hubspots_signatures_are_those_of_its_documentation() {
        let events = r#"[{"eventId":1,"subscriptionId":12345,"portalId":62515,"occurredAt":1564113600000,"subscriptionType":"contact.creation","attemptNumber":0,"objectId":123,"changeSource":"CRM","changeFlag":"NEW","appId":54321}]"#;
        let v1 = "232db2615f3d666fe21a8ec971ac7b5402d33b9a925784df3ca654d05f4817de";
        assert_eq!(hubspot_v1(SECRET, events), v1);
        let get = "eee2dddcc73c94d699f5e395f4b9d454a069a6855fbfa152e91e88823087200e";
        assert_eq!(hubspot_v2(SECRET, "GET", URL, ""), get);
        let post = "9569219f8ba981ffa6f6f16aa0f48637d35d728c7e4d93d0d52efaa512af7900";
        assert_eq!(hubspot_v2(SECRET, "POST", URL, BODY), post);
        let v3 = "RAZoaHrYlgY+Deomb6zg4FZotu17gdGK7aHN8HmDiGs=";
        assert_eq!(hubspot_v3(SECRET, ("POST", URL, BODY), 1_672_531_200_000), v3);
    }

    #[test]
    fn slacks_signature_is_that_of_its_documentation() {
        let body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
        let signed = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
        assert_eq!(slack_v0("8f742231b10e8888abcd99yyyzzz85a5", 1_531_420_618, body), signed);
    }
}
