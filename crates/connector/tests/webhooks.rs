//! Deliveries: nothing is believed that the provider has not signed, just now, byte for byte.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use portico_connector::{Assets, Definition, Disbelief, InboundRequest, Received};
use portico_domain::Timestamp;
use proptest::prelude::*;
use sha2::Sha256;
use std::fs;
use std::path::Path;

fn integration(kind: &str) -> Definition {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../integrations").join(kind);
    let text = fs::read_to_string(folder.join("integration.toml")).expect("a text");
    parse(&text).expect("a definition")
}

fn parse(text: &str) -> Result<Definition, String> {
    Definition::parse("integration.toml", text, Assets::default())
        .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

/// An integration whose webhook is given.
fn with(webhook: &str) -> Result<Definition, String> {
    parse(&format!(
        r#"
type = "acme"
name = "Acme"
description = "Records."
brand_color = "black"
abilities = []
actions = []

[auth]
kind = "oauth_code"
authorize = "/authorize"
token = "/token"
scopes = []
facts = {{ account = "/account" }}
account_types = [{{ id = "default", title = "Account", login_host = "acme.example" }}]

[connection]
base = "https://acme.example"
hosts = ["acme.example"]
{webhook}
"#
    ))
}

struct Sent<'a> {
    method: &'a str,
    uri: &'a str,
    headers: Vec<(String, String)>,
    body: &'a [u8],
}

impl Sent<'_> {
    /// Why it is not believed; what is believed and says nothing is believed.
    fn disbelief(&self, definition: &Definition, secret: &str, now_ms: i64) -> Option<Disbelief> {
        let request = InboundRequest {
            method: self.method,
            uri: self.uri,
            headers: &self.headers,
            body: self.body,
        };
        match definition.receive(&request, &[secret], Timestamp::from_millis(now_ms))? {
            Received::Refused(Disbelief::Unreadable) => None,
            Received::Refused(why) => Some(why),
            Received::Challenge(_) | Received::Deliveries { .. } => None,
        }
    }
}

fn header(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn mac(secret: &str, parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

const SECRET: &str = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy";
const URI: &str = "https://www.example.com/webhook_uri";
const NOW_S: i64 = 1_764_489_600;

#[test]
fn the_vectors_of_hubspots_older_versions_hold() {
    let scheme = |signed: &str| {
        with(&format!(
            r#"
[webhook]
dedupe = ["/eventId"]
account = [{{ pointer = "/portalId", fact = "account" }}]
[webhook.verify]
scheme = "sha256"
secret = "client_secret"
signature = {{ header = "X-HubSpot-Signature", encoding = "hex" }}
signed = "{signed}"
"#
        ))
        .expect("a definition")
    };
    let first = r#"[{"eventId":1,"subscriptionId":12345,"portalId":62515,"occurredAt":1564113600000,"subscriptionType":"contact.creation","attemptNumber":0,"objectId":123,"changeSource":"CRM","changeFlag":"NEW","appId":54321}]"#;
    let example = r#"{"example_field":"example_value"}"#;
    let (one, two) = ("{body}", "{method}{uri}{body}");
    for (signed, method, body, signature) in [
        (one, "POST", first, "232db2615f3d666fe21a8ec971ac7b5402d33b9a925784df3ca654d05f4817de"),
        (two, "GET", "", "eee2dddcc73c94d699f5e395f4b9d454a069a6855fbfa152e91e88823087200e"),
        (two, "POST", example, "9569219f8ba981ffa6f6f16aa0f48637d35d728c7e4d93d0d52efaa512af7900"),
    ] {
        let definition = scheme(signed);
        let headers = vec![header("x-hubspot-signature", signature)];
        let sent = Sent { method, uri: URI, headers, body: body.as_bytes() };
        assert_eq!(sent.disbelief(&definition, SECRET, 0), None, "{method} {body}");
        assert_eq!(sent.disbelief(&definition, "another", 0), Some(Disbelief::Wrong));
        let longer = format!("{body} ");
        let sent = Sent { body: longer.as_bytes(), ..sent };
        assert_eq!(sent.disbelief(&definition, SECRET, 0), Some(Disbelief::Wrong), "{longer}");
    }
}

#[test]
fn the_vector_of_hubspots_version_3_holds() {
    let definition = integration("hubspot");
    let sent = Sent {
        method: "POST",
        uri: URI,
        headers: vec![
            header("x-hubspot-signature-v3", "RAZoaHrYlgY+Deomb6zg4FZotu17gdGK7aHN8HmDiGs="),
            header("x-hubspot-request-timestamp", "1672531200000"),
        ],
        body: br#"{"example_field":"example_value"}"#,
    };
    let at = 1_672_531_200_000;
    for (now, expected) in [
        (at, None),
        (at + 300_000, None),
        (at + 300_001, Some(Disbelief::Old)),
        (at - 300_000, None),
        (at - 300_001, Some(Disbelief::Old)),
    ] {
        assert_eq!(sent.disbelief(&definition, SECRET, now), expected, "{now}");
    }
}

#[test]
fn the_vector_of_slack_holds() {
    let definition = integration("slack");
    let body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    let signature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
    let headers = |signature: &str| {
        vec![
            header("x-slack-signature", signature),
            header("x-slack-request-timestamp", "1531420618"),
        ]
    };
    let sent = |headers| Sent { method: "POST", uri: URI, headers, body: body.as_bytes() };
    let judged = |headers| {
        sent(headers).disbelief(&definition, "8f742231b10e8888abcd99yyyzzz85a5", 1_531_420_618_000)
    };
    assert_eq!(judged(headers(signature)), None);
    let mut twice = headers(signature);
    twice.push(header("x-slack-signature", "v0=00"));
    for (wrong, why) in [
        (headers(&signature.to_uppercase()), Disbelief::Wrong),
        (headers(&signature[3..]), Disbelief::Wrong),
        (headers(&signature[..signature.len() - 1]), Disbelief::Wrong),
        (headers(""), Disbelief::Missing),
        (headers(signature)[..1].to_vec(), Disbelief::Missing),
        (headers(signature)[1..].to_vec(), Disbelief::Missing),
        (twice, Disbelief::Wrong),
    ] {
        assert_eq!(judged(wrong.clone()), Some(why), "{wrong:?}");
    }
}

/// Where one bit is turned.
#[derive(Clone, Copy, Debug)]
enum Place {
    Body,
    Timestamp,
    Signature,
}

fn turned(bytes: &mut [u8], at: usize) {
    let bits = bytes.len() * 8;
    let bit = at % bits;
    bytes[bit / 8] ^= 1 << (bit % 8);
}

/// A header's bytes stay a text where a bit below the highest is turned.
fn turned_text(text: &str, at: usize) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let bit = at % (bytes.len() * 7);
    bytes[bit / 7] ^= 1 << (bit % 7);
    String::from_utf8(bytes).expect("ASCII")
}

proptest! {
    #[test]
    fn one_bit_turned_is_refused(
        body in prop::collection::vec(any::<u8>(), 1..200),
        place in prop_oneof![Just(Place::Body), Just(Place::Timestamp), Just(Place::Signature)],
        at in any::<usize>(),
    ) {
        let (s, ms) = (NOW_S.to_string(), (NOW_S * 1000).to_string());
        let hex = mac(SECRET, &[b"v0:", s.as_bytes(), b":", &body]);
        let hex: String = hex.iter().map(|byte| format!("{byte:02x}")).collect();
        let base64 = mac(SECRET, &[b"POST", URI.as_bytes(), &body, ms.as_bytes()]);
        for (kind, signature, timestamp) in [
            ("slack", ("x-slack-signature", format!("v0={hex}")), ("x-slack-request-timestamp", s)),
            ("hubspot", ("x-hubspot-signature-v3", STANDARD.encode(base64)), ("x-hubspot-request-timestamp", ms)),
        ] {
            let definition = integration(kind);
            let sent = |body, signature: (&str, &str), timestamp: (&str, &str)| {
                let headers = vec![header(signature.0, signature.1), header(timestamp.0, timestamp.1)];
                let sent = Sent { method: "POST", uri: URI, headers, body };
                sent.disbelief(&definition, SECRET, NOW_S * 1000)
            };
            let (signature, timestamp) = ((signature.0, signature.1.as_str()), (timestamp.0, timestamp.1.as_str()));
            prop_assert_eq!(sent(&body, signature, timestamp), None);
            let refused = match place {
                Place::Body => {
                    let mut body = body.clone();
                    turned(&mut body, at);
                    sent(&body, signature, timestamp)
                }
                Place::Timestamp => sent(&body, signature, (timestamp.0, &turned_text(timestamp.1, at))),
                Place::Signature => sent(&body, (signature.0, &turned_text(signature.1, at)), timestamp),
            };
            prop_assert_eq!(refused, Some(Disbelief::Wrong));
        }
    }
}

#[test]
fn a_webhook_that_could_not_be_believed_is_a_mistake_of_the_file() {
    let right = r#"
[webhook]
dedupe = ["/id"]

[[webhook.account]]
pointer = "/account"
fact = "account"

[webhook.verify]
scheme = "hmac_sha256"
secret = "client_secret"
signature = { header = "X-Signature", encoding = "hex" }
timestamp = { header = "X-Time", unit = "s" }
signed = "{timestamp}.{body}"

[webhook.challenge]
when = [{ pointer = "/type", is = "challenge" }]
answer = "/challenge"

[[triggers]]
id = "told"
title = "Told"
matches = { object = "/object" }
inputs = [{ key = "object", title = "Object", type = "text" }]
webhook = { deliveries = [{ when = [{ pointer = "/type", is = "told" }] }] }

[[triggers]]
id = "asked"
title = "Asked"

[triggers.poll]
items = "/list"
dedupe = ["/id"]
cursor = { kind = "greatest", of = { pointer = "/at" }, overlap_s = 60 }
request = { method = "GET", path = "/list", query = { since = "{since}" } }
"#;
    assert_eq!(with(right).err(), None);
    let verify =
        &right[right.find("[webhook.verify]").unwrap()..right.find("[webhook.challenge]").unwrap()];
    let webhook = &right[right.find("[webhook]").unwrap()..right.find("[[triggers]]").unwrap()];
    for (from, to, says) in [
        (webhook, "", "needs [webhook] and [webhook.verify]"),
        (verify, "", "needs [webhook.verify]"),
        ("hmac_sha256", "none", "hmac_sha256"),
        ("secret = \"client_secret\"\n", "", "secret"),
        ("{timestamp}.{body}", "{timestamp}", "has {body} in it"),
        ("{timestamp}.{body}", "{body}", "time that is not signed"),
        ("{timestamp}.{body}", "{time}.{body}", "timestamp"),
        ("unit = \"s\" }", "unit = \"s\", max_age_s = 301 }", "five minutes"),
        ("unit = \"s\" }", "unit = \"date_time\" }", "five minutes"),
        ("fact = \"account\"", "fact = \"acount\"", "Did you mean"),
        (
            "[[webhook.account]]\npointer = \"/account\"\nfact = \"account\"\n",
            "",
            "Whose a delivery is",
        ),
        ("dedupe = [\"/id\"]\n\n[[", "dedupe = []\n\n[[", "tells an item from all others"),
        ("when = [{ pointer = \"/type\", is = \"challenge\" }]", "when = []", "needs a predicate"),
        ("{ pointer = \"/type\", is = \"told\" }", "{ status = [200] }", "has a `pointer`"),
        ("is = \"told\"", "same_as = \"/kind\", is = \"told\"", "nothing else"),
        ("matches = { object = \"/object\" }\n", "", "narrows nothing"),
        ("matches = { object", "matches = { objekt", "object"),
        ("fact = \"account\"", "fact = \"account\"\nwith = { acount = true }", "Did you mean"),
        (
            "{ object = \"/object\" }",
            "{ object = { pointer = \"/object\", ro = [] } }",
            "unknown field `ro`",
        ),
        (
            "{ object = \"/object\" }",
            "{ object = { pointer = \"/object\", or = [{ values = [], when = [{ pointer = \"/x\", is = 1 }] }] } }",
            "one at least",
        ),
        (
            "{ object = \"/object\" }",
            "{ object = { pointer = \"/object\", or = [{ values = [\"x\"], when = [] }] } }",
            "needs a predicate",
        ),
        ("{ object = \"/object\" }", "{ object = 1 }", "a JSON pointer, or a table"),
        ("webhook = { deliveries", "lifecycle = \"gone\"\nwebhook = { deliveries", "revoked"),
        (
            "webhook = { deliveries = [{ when = [{ pointer = \"/type\", is = \"told\" }] }] }",
            "",
            "one of `poll` and `webhook`",
        ),
        ("since = \"{since}\"", "since = \"now\"", "uses {since}"),
        ("kind = \"greatest\"", "kind = \"latest\"", "greatest"),
        ("dedupe = [\"/id\"]\ncursor", "dedupe = []\ncursor", "tells an item from all others"),
    ] {
        let wrong = right.replacen(from, to, 1);
        assert_ne!(wrong, right, "{from}");
        let problems =
            with(&wrong).err().unwrap_or_else(|| panic!("{to:?} for {from:?} was taken"));
        assert!(problems.contains(says), "{to:?} for {from:?}: {problems}");
    }
}
