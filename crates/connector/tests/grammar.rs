//! Nouns of the grammar, each in a small definition of its own.

use portico_connector::{Assets, Connection, Definition, Delivery, HttpRequest, HttpResponse};
use portico_domain::{Failure, FailureClass};
use serde_json::{Map, Value, json};

const HEAD: &str = r##"
type = "shop"
name = "Shop"
description = "A shop."
brand_color = "#123456"
abilities = []
"##;

const OAUTH: &str = r#"
[auth]
kind = "oauth_code"
authorize = "/authorize"
token = "/token"
scopes = []

[[auth.account_types]]
id = "default"
title = "Account"
login_host = "login.shop.test"
"#;

const CONNECTION: &str = r#"
[connection]
base = "https://api.shop.test"
hosts = ["api.shop.test", "*.store.shop.test"]
"#;

fn parse(parts: &[&str]) -> Result<Definition, Vec<String>> {
    let text = [&[HEAD], parts].concat().join("\n");
    Definition::parse("shop.toml", &text, Assets::default())
        .map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

fn with_action(action: &str) -> Result<Definition, Vec<String>> {
    parse(&[OAUTH, CONNECTION, action])
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().expect("an object").clone()
}

fn answered(body: &Value) -> Delivery {
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    let body = body.to_string().into_bytes();
    Delivery::Answered(HttpResponse { status: 200, headers, body })
}

/// Carries an action out against what is answered to each request.
fn carry_out(
    definition: &Definition,
    (action, inputs): (&str, Value),
    mut answer: impl FnMut(&HttpRequest) -> Value,
) -> Result<(Value, Option<u32>), Failure> {
    let facts = Map::new();
    let inputs = object(inputs);
    let mut reading = definition.action(action).expect("an action").begin(&inputs)?;
    loop {
        let connection = Connection { facts: &facts, access_token: "t" };
        let request = reading.request(&connection)?;
        if let Some(output) = reading.take(&answered(&answer(&request)))? {
            return Ok((output, reading.pages()));
        }
    }
}

fn header<'r>(request: &'r HttpRequest, name: &str) -> Option<&'r str> {
    let found = request.headers.iter().find(|(own, _)| own == name);
    found.map(|(_, value)| value.as_str())
}

const PAY: &str = r#"
[[actions]]
id = "pay"
title = "Pay"
idempotent = false
inputs = [
  { key = "amount", title = "Amount", type = "number" },
  { key = "tags", title = "Tags", type = "json" },
  { key = "note", title = "Note", type = "text" },
  { key = "key", title = "Key", type = "text" },
]

[actions.request]
method = "POST"
path = "/pay"
headers = { Idempotency-Key = "{key}", X-Of = "shop" }
form = { amount = "{amount}", "tags[]" = "{tags}", note = "{note}" }
"#;

#[test]
fn a_form_says_lists_one_by_one_and_leaves_out_what_is_missing() {
    let shop = with_action(PAY).expect("a definition");
    let inputs = json!({ "amount": 7, "tags": ["a&b", "c"], "key": "k-1" });
    let sent = |request: &HttpRequest| {
        assert_eq!(request.body, b"amount=7&tags%5B%5D=a%26b&tags%5B%5D=c");
        let kind = header(request, "content-type");
        assert_eq!(kind, Some("application/x-www-form-urlencoded"));
        assert_eq!(header(request, "idempotency-key"), Some("k-1"));
        assert_eq!(header(request, "x-of"), Some("shop"));
        json!({ "ok": true })
    };
    let (output, pages) = carry_out(&shop, ("pay", inputs), sent).expect("an output");
    assert_eq!((output, pages), (json!({ "ok": true }), None));
    let sent = |request: &HttpRequest| {
        assert_eq!(header(request, "idempotency-key"), None);
        json!({})
    };
    carry_out(&shop, ("pay", json!({})), sent).expect("an output");
}

#[test]
fn a_header_cannot_begin_another() {
    let shop = with_action(PAY).expect("a definition");
    let inputs = json!({ "key": "a\r\nX-Evil: 1" });
    let refused = carry_out(&shop, ("pay", inputs), |_| panic!("it was sent"));
    let failure = refused.expect_err("a failure");
    assert_eq!((failure.class, failure.code.as_str()), (FailureClass::Invalid, "header"));
}

#[test]
fn what_a_request_cannot_say_is_a_mistake_of_the_file() {
    for (right, wrong, says) in [
        ("form = {", "body = {}\nform = {", "not both"),
        ("X-Of = ", "Authorization = ", "authorization"),
        ("\"{key}\"", "\"{kye}\"", "key"),
        ("\"{note}\"", "\"{note\"", "{ without }"),
    ] {
        let problems = with_action(&PAY.replacen(right, wrong, 1)).err().expect(wrong);
        assert!(problems.iter().any(|problem| problem.contains(says)), "{wrong}: {problems:?}");
    }
}

const LIST: &str = r#"
[[actions]]
id = "orders"
title = "Orders"
idempotent = true
inputs = [{ key = "of", title = "Of", type = "text", required = true }]

[actions.request]
method = "POST"
path = "/orders/{of}"
body = { after = "{cursor}" }

[actions.pages]
items = "/data/orders"
cursor = "/paging/after"
most = 5
"#;

/// Two orders a page, `of` so many.
fn orders(request: &HttpRequest, of: u64) -> Value {
    let body: Value = serde_json::from_slice(&request.body).expect("JSON");
    let from = body["after"].as_str().map_or(0, |after| after.parse().expect("a number"));
    let until = of.min(from + 2);
    let mut answer =
        json!({ "total": of, "data": { "orders": (from..until).collect::<Vec<_>>() } });
    if until < of {
        answer["paging"] = json!({ "after": until.to_string() });
    }
    answer
}

#[test]
fn pages_are_read_to_their_end() {
    let shop = with_action(LIST).expect("a definition");
    for (of, pages) in [(0, 1), (2, 1), (3, 2), (5, 3)] {
        let asked = ("orders", json!({ "of": "a" }));
        let (output, read) = carry_out(&shop, asked, |request| orders(request, of)).expect("all");
        let all: Vec<u64> = (0..of).collect();
        assert_eq!(output, json!({ "total": of, "data": { "orders": all } }));
        assert_eq!(read, Some(pages), "{of}");
    }
}

#[test]
fn a_list_that_is_too_long_says_so() {
    let shop = with_action(LIST).expect("a definition");
    for of in [6, 7, 1000] {
        let asked = ("orders", json!({ "of": "a" }));
        let (output, _) = carry_out(&shop, asked, |request| orders(request, of)).expect("some");
        assert_eq!(output["data"]["orders"], json!([0, 1, 2, 3, 4]), "{of}");
        assert_eq!(output["truncated"], true, "{of}");
    }
    let shape = shop.action("orders").expect("an action").shape();
    assert!(shape.outputs.iter().any(|output| output.key == "truncated"), "later steps can ask");
}

#[test]
fn a_page_that_fails_fails_the_whole() {
    let shop = with_action(LIST).expect("a definition");
    let inputs = object(json!({ "of": "a" }));
    let facts = Map::new();
    let connection = Connection { facts: &facts, access_token: "t" };
    let mut reading = shop.action("orders").expect("an action").begin(&inputs).expect("a start");
    let first = reading.request(&connection).expect("a request");
    assert_eq!(reading.take(&answered(&orders(&first, 9))), Ok(None));
    reading.request(&connection).expect("a request");
    let gone = HttpResponse { status: 503, headers: Vec::new(), body: Vec::new() };
    let failure = reading.take(&Delivery::Answered(gone)).expect_err("a failure");
    assert_eq!(failure.class, FailureClass::Transient, "reading again is as good");
}

#[test]
fn an_address_in_the_answer_is_followed_as_it_stands() {
    let followed = LIST
        .replace("method = \"POST\"", "method = \"GET\"")
        .replace("body = { after = \"{cursor}\" }", "query = { q = \"{of}\" }")
        .replace("cursor = \"/paging/after\"", "next = \"/next\"")
        .replace("\"/data/orders\"", "\"\"");
    let shop = with_action(&followed).err().expect("a list has no place for an address");
    assert!(shop.iter().any(|problem| problem.contains("the list itself")), "{shop:?}");
    let shop = with_action(&followed.replace("items = \"\"", "items = \"/list\"")).expect("pages");
    let mut seen = Vec::new();
    let asked = ("orders", json!({ "of": "a b" }));
    let (output, _) = carry_out(&shop, asked, |request| {
        seen.push(request.url.to_string());
        assert_eq!(header(request, "authorization"), Some("Bearer t"));
        match seen.len() {
            1 => json!({ "list": [1], "next": "/orders?page=2" }),
            2 => json!({ "list": [2], "next": "https://eu.store.shop.test/more" }),
            _ => json!({ "list": [3], "next": null }),
        }
    })
    .expect("an output");
    assert_eq!(output, json!({ "list": [1, 2, 3], "next": null }));
    let expected = [
        "https://api.shop.test/orders/a%20b?q=a+b",
        "https://api.shop.test/orders?page=2",
        "https://eu.store.shop.test/more",
    ];
    assert_eq!(seen, expected);
}

#[test]
fn what_pages_cannot_be_is_a_mistake_of_the_file() {
    for (right, wrong, says) in [
        ("idempotent = true", "idempotent = false", "idempotent"),
        ("\"{cursor}\"", "\"{of}\"", "{cursor}"),
        ("cursor = \"/paging/after\"\n", "", "one of"),
        ("most = 5", "next = \"/next\"", "one of"),
        ("idempotent = true", "idempotent = true\noutput = \"/data\"", "whole"),
    ] {
        let problems = with_action(&LIST.replacen(right, wrong, 1)).err().expect(wrong);
        assert!(problems.iter().any(|problem| problem.contains(says)), "{wrong}: {problems:?}");
    }
}
