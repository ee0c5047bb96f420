//! A request to any address on the web, made of a step's inputs: no integration, no account.
//!
//! The inputs are those of the domain's built-in request. What is answered is judged by the floor that
//! lies under every definition file.

use crate::failures::{Repeat, floor, retry_after, shortened};
use crate::http::{Delivery, HttpRequest, HttpResponse, Method};
use crate::raw::{method, object, plain, text, whole};
use crate::request::{checked_header, invalid, is_reserved};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use portico_domain::{Failure, FailureClass};
use serde_json::{Map, Value};
use url::Url;
use url::form_urlencoded::Serializer;

/// Said of what cannot be repeated and has no clear answer.
const MAY_BE_DONE: &str = " It may have been carried out; look there before doing it again.";

/// Whether sending it twice is as good as once: only reading is.
pub fn is_repeatable(inputs: &Map<String, Value>) -> bool {
    matches!(method(inputs), Ok(Method::Get))
}

/// The request that filled inputs ask for.
///
/// # Errors
/// `invalid`, with the input that does not fit.
pub fn request(inputs: &Map<String, Value>) -> Result<HttpRequest, Failure> {
    let method = method(inputs)?;
    let mut url = address(text(inputs, "url"))?;
    for (key, value) in object(inputs, "query")? {
        for value in each(value) {
            url.query_pairs_mut().append_pair(key, &value);
        }
    }
    let mut headers = headers(inputs)?;
    let (kind, body) = body(inputs)?;
    if let Some(kind) = kind
        && !headers.iter().any(|(name, _)| name == "content-type")
    {
        headers.push(("content-type".to_owned(), kind.to_owned()));
    }
    authenticate(inputs, &mut url, &mut headers)?;
    Ok(HttpRequest { method, url, headers, body })
}

/// What came of it: `status`, `headers` and `body` of an answer that is a success, or a verdict.
///
/// # Errors
/// The verdict.
pub fn judge(inputs: &Map<String, Value>, delivery: &Delivery) -> Result<Value, Failure> {
    let repeat = if is_repeatable(inputs) { Repeat::Safe } else { Repeat::Unsafe };
    let response = match delivery {
        Delivery::Answered(response) => response,
        undelivered => return Err(lost(undelivered, repeat)),
    };
    match response.status {
        200..300 => Ok(whole(response)),
        300..400 => Err(redirected(response)),
        status => {
            let class = floor(status, repeat);
            let mut message = match said(response) {
                Some(words) => format!("The address answered with status {status}: {words}"),
                None => format!("The address answered with status {status}."),
            };
            if class == FailureClass::Unknown {
                message.push_str(MAY_BE_DONE);
            }
            Err(Failure {
                retry_after_ms: retry_after(response),
                status: Some(status),
                ..Failure::new(class, format!("http_{status}"), message)
            })
        }
    }
}

fn address(written: &str) -> Result<Url, Failure> {
    let wrong = |why: &str| invalid("url", format!("The URL {why}."));
    let url = Url::parse(written)
        .map_err(|_| wrong("is not a whole address; it begins with https://"))?;
    if url.scheme() != "https" {
        return Err(wrong("begins with https://; nothing else is called"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong(
            "cannot hold a name and a password: everybody would see them; use the step's \
             authentication",
        ));
    }
    Ok(url)
}

fn headers(inputs: &Map<String, Value>) -> Result<Vec<(String, String)>, Failure> {
    let mut headers: Vec<(String, String)> = Vec::new();
    for (name, value) in object(inputs, "headers")? {
        let Some(value) = plain(value) else { continue };
        let said = header(name, value)?;
        headers.retain(|(own, _)| *own != said.0);
        headers.push(said);
    }
    Ok(headers)
}

/// A header that a step can say; its name in lower case.
fn header(name: &str, value: String) -> Result<(String, String), Failure> {
    let name = name.trim().to_lowercase();
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    // Without an account, nothing of ours stands in these two.
    let free = matches!(name.as_str(), "authorization" | "cookie");
    if (is_reserved(&name) && !free) || name.is_empty() || !name.chars().all(token) {
        return Err(invalid("header", format!("The header {name:?} is not a step's to say.")));
    }
    checked_header(&name, value)
}

/// The body, and what it is.
fn body(inputs: &Map<String, Value>) -> Result<(Option<&'static str>, Vec<u8>), Failure> {
    let body = match inputs.get("body") {
        None | Some(Value::Null) => return Ok((None, Vec::new())),
        Some(body) => body,
    };
    match text(inputs, "body_type") {
        "none" => Ok((None, Vec::new())),
        "" | "json" => Ok((Some("application/json"), body.to_string().into_bytes())),
        "text" => {
            let text = plain(body).unwrap_or_default();
            Ok((Some("text/plain; charset=utf-8"), text.into_bytes()))
        }
        "form" => {
            let mut form = Serializer::new(String::new());
            for (key, value) in object(inputs, "body")? {
                form.extend_pairs(each(value).iter().map(|value| (key, value)));
            }
            let kind = "application/x-www-form-urlencoded";
            Ok((Some(kind), form.finish().into_bytes()))
        }
        other => {
            let words = format!("{other:?} is no body type; json, form, text and none are.");
            Err(invalid("body_type", words))
        }
    }
}

fn authenticate(
    inputs: &Map<String, Value>,
    url: &mut Url,
    headers: &mut Vec<(String, String)>,
) -> Result<(), Failure> {
    let (name, secret) = (text(inputs, "auth_name"), text(inputs, "auth_secret"));
    let named = || {
        let words = "The authentication needs a name: of the user, the header or the parameter.";
        if name.is_empty() { Err(invalid("auth_name", words)) } else { Ok(name) }
    };
    let kind = text(inputs, "auth");
    if !matches!(kind, "" | "none") && secret.is_empty() {
        return Err(invalid("auth_secret", "The authentication needs a secret."));
    }
    let shown = match kind {
        "" | "none" => return Ok(()),
        "bearer" => header("authorization", format!("Bearer {secret}"))?,
        "basic" => {
            let both = STANDARD.encode(format!("{}:{secret}", named()?));
            header("authorization", format!("Basic {both}"))?
        }
        "header" => header(named()?, secret.to_owned())?,
        "query" => {
            url.query_pairs_mut().append_pair(named()?, secret);
            return Ok(());
        }
        other => {
            let words = format!(
                "{other:?} is no authentication; none, bearer, basic, header and query are."
            );
            return Err(invalid("auth", words));
        }
    };
    headers.retain(|(own, _)| *own != shown.0);
    headers.push(shown);
    Ok(())
}

/// The values of a name: a list is said one by one, what is not there not at all.
fn each(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().filter_map(plain).collect(),
        value => Vec::from_iter(plain(value)),
    }
}

fn lost(delivery: &Delivery, repeat: Repeat) -> Failure {
    let (code, words, safe) = match delivery {
        Delivery::Refused { why } => {
            let words = format!("The request was not sent: {why}.");
            return Failure::new(FailureClass::Forbidden, "address_refused", words);
        }
        Delivery::NotSent { why } => {
            let words = format!("The address could not be reached: {why}.");
            return Failure::new(FailureClass::Transient, "not_sent", words);
        }
        Delivery::Lost { why } => {
            ("answer_lost", format!("The answer was lost: {why}."), FailureClass::Transient)
        }
        Delivery::TooLarge { limit } => (
            "answer_too_large",
            format!("The answer has more than {limit} bytes."),
            FailureClass::Invalid,
        ),
        Delivery::Answered(_) => ("no_answer", String::new(), FailureClass::Invalid),
    };
    match repeat {
        Repeat::Safe => Failure::new(safe, code, words),
        Repeat::Unsafe => Failure::new(FailureClass::Unknown, code, words + MAY_BE_DONE),
    }
}

/// Following it would send what was meant for one place to another.
fn redirected(response: &HttpResponse) -> Failure {
    let host = response.header("location").and_then(|to| Url::parse(to).ok());
    let host = host.as_ref().and_then(Url::host_str).unwrap_or("another address");
    let words = format!(
        "The address answered with status {}, which leads to {host}. Redirects are not followed: \
         write the address that it leads to.",
        response.status
    );
    Failure {
        status: Some(response.status),
        ..Failure::new(FailureClass::Invalid, "redirected", words)
    }
}

/// What an answer says about itself, where it does so in the usual places.
fn said(response: &HttpResponse) -> Option<String> {
    match response.json() {
        Some(json) => ["/message", "/error/message", "/error_description", "/error", "/detail"]
            .into_iter()
            .find_map(|pointer| json.pointer(pointer)?.as_str().map(shortened)),
        None => {
            let is_text =
                response.header("content-type").is_some_and(|kind| kind.starts_with("text/plain"));
            let words = String::from_utf8_lossy(&response.body);
            let words = words.trim();
            (is_text && !words.is_empty()).then(|| shortened(words))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{is_repeatable, judge, request};
    use crate::http::{Delivery, HttpResponse};
    use portico_domain::FailureClass;
    use serde_json::{Map, Value, json};

    fn inputs(value: Value) -> Map<String, Value> {
        value.as_object().cloned().expect("an object")
    }

    fn sent(value: Value) -> (String, Vec<(String, String)>, String) {
        let request = request(&inputs(value)).expect("a request");
        let body = String::from_utf8(request.body).expect("text");
        (request.url.to_string(), request.headers, body)
    }

    fn header(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn every_part_stands_where_it_belongs() {
        let (url, headers, body) = sent(json!({
            "method": "POST", "url": "https://api.example.com/leads?source=web",
            "query": { "tag": ["a b", "c&d"], "gone": null }, "headers": { "X-Trace": 7 },
            "body": { "name": "Ada" },
        }));
        assert_eq!(url, "https://api.example.com/leads?source=web&tag=a+b&tag=c%26d");
        assert_eq!(headers, [header("x-trace", "7"), header("content-type", "application/json")]);
        assert_eq!(body, r#"{"name":"Ada"}"#);
    }

    #[test]
    fn a_body_is_what_it_is_said_to_be() {
        let of = |kind: &str, body: Value| {
            let (_, headers, body) = sent(json!({
                "method": "PUT", "url": "https://example.com", "body_type": kind, "body": body,
            }));
            (headers.first().map(|(_, kind)| kind.clone()).unwrap_or_default(), body)
        };
        let form = of("form", json!({ "a": "1 2", "b": [true, "x"] }));
        assert_eq!(form.0, "application/x-www-form-urlencoded");
        assert_eq!(form.1, "a=1+2&b=true&b=x");
        assert_eq!(of("text", json!("hi")).1, "hi");
        assert_eq!(of("json", json!("hi")).1, "\"hi\"");
        assert_eq!(of("none", json!("hi")), (String::new(), String::new()));
    }

    #[test]
    fn the_authentication_stands_where_its_kind_puts_it() {
        let of = |auth: &str| {
            let (url, headers, _) = sent(json!({
                "method": "GET", "url": "https://example.com/", "auth": auth,
                "auth_name": "X-Key", "auth_secret": "s3cret",
                "headers": { "Authorization": "mine" },
            }));
            (url, headers)
        };
        assert_eq!(of("bearer").1, [header("authorization", "Bearer s3cret")]);
        assert_eq!(of("basic").1, [header("authorization", "Basic WC1LZXk6czNjcmV0")]);
        let by_header = of("header").1;
        assert_eq!(by_header, [header("authorization", "mine"), header("x-key", "s3cret")]);
        assert_eq!(of("query").0, "https://example.com/?X-Key=s3cret");
        assert_eq!(of("none").1, [header("authorization", "mine")]);
    }

    #[test]
    fn what_cannot_be_sent_is_told_before_it_is() {
        let base = json!({ "method": "GET", "url": "https://example.com" });
        for (changed, words) in [
            (json!({ "url": "http://example.com" }), "begins with https://"),
            (json!({ "url": "example.com/x" }), "not a whole address"),
            (json!({ "url": "https://ada:pw@example.com" }), "authentication"),
            (json!({ "method": "FETCH" }), "no method"),
            (json!({ "headers": { "Host": "elsewhere" } }), "\"host\""),
            (json!({ "headers": { "X-A": "b\r\nX-C: d" } }), "one line"),
            (json!({ "query": "a=b" }), "\"query\""),
            (json!({ "body": [1], "body_type": "form" }), "\"body\""),
            (json!({ "auth": "bearer" }), "needs a secret"),
            (json!({ "auth": "basic", "auth_secret": "x" }), "needs a name"),
            (json!({ "auth": "digest", "auth_secret": "x" }), "\"digest\""),
        ] {
            let mut all = inputs(base.clone());
            all.extend(inputs(changed.clone()));
            let failure = request(&all).expect_err("refused");
            assert_eq!(failure.class, FailureClass::Invalid);
            assert!(failure.message.contains(words), "{changed}: {}", failure.message);
        }
    }

    fn answered(status: u16, headers: &[(&str, &str)], body: &str) -> Delivery {
        let headers = headers.iter().map(|(name, value)| header(name, value)).collect();
        Delivery::Answered(HttpResponse { status, headers, body: body.as_bytes().to_vec() })
    }

    fn verdict(method: &str, delivery: &Delivery) -> (FailureClass, String) {
        let inputs = inputs(json!({ "method": method, "url": "https://example.com" }));
        let failure = judge(&inputs, delivery).expect_err("a verdict");
        (failure.class, failure.message)
    }

    #[test]
    fn a_success_is_the_answer_as_it_is() {
        let got = json!({ "method": "GET", "url": "https://example.com" });
        let headers = [("content-type", "application/json"), ("set-cookie", "id=1")];
        let told = judge(&inputs(got), &answered(201, &headers, r#"{"id":7}"#)).expect("a success");
        assert_eq!(
            told,
            json!({ "status": 201, "headers": { "content-type": "application/json" }, "body": { "id": 7 } })
        );
    }

    #[test]
    fn what_is_no_success_has_a_class_and_words() {
        for (status, get, post) in [
            (400, FailureClass::Invalid, FailureClass::Invalid),
            (401, FailureClass::Unauthorized, FailureClass::Unauthorized),
            (403, FailureClass::Forbidden, FailureClass::Forbidden),
            (404, FailureClass::NotFound, FailureClass::NotFound),
            (409, FailureClass::Conflict, FailureClass::Conflict),
            (429, FailureClass::RateLimited, FailureClass::RateLimited),
            (302, FailureClass::Invalid, FailureClass::Invalid),
            (503, FailureClass::Transient, FailureClass::Unknown),
        ] {
            let delivery = answered(status, &[("location", "https://b.example.com/x")], "");
            assert_eq!((verdict("GET", &delivery).0, verdict("POST", &delivery).0), (get, post));
        }
        let said = answered(422, &[], r#"{"error":{"message":"No such list."}}"#);
        assert!(verdict("GET", &said).1.ends_with("status 422: No such list."));
        let led = answered(301, &[("location", "https://b.example.com/?token=x")], "");
        let words = verdict("GET", &led).1;
        assert!(words.contains("b.example.com") && !words.contains("token"), "{words}");
    }

    #[test]
    fn a_lost_answer_is_repeated_only_where_nothing_can_be_done_twice() {
        let lost = Delivery::Lost { why: "cut".to_owned() };
        assert_eq!(verdict("GET", &lost).0, FailureClass::Transient);
        assert_eq!(verdict("DELETE", &lost).0, FailureClass::Unknown);
        let private = Delivery::Refused { why: "the address is not a public one".to_owned() };
        assert_eq!(verdict("POST", &private).0, FailureClass::Forbidden);
        assert!(is_repeatable(&inputs(json!({ "method": "get" }))));
        assert!(!is_repeatable(&inputs(json!({ "method": "PUT" }))));
    }
}
