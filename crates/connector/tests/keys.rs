//! Accounts that are connected with a key, or with a name and a password.

use portico_connector::{
    Assets, Auth, Authorization, Connection, Definition, HttpRequest, KeyCheck, exchanges,
};
use serde_json::{Map, Value, json};

const SHOP: &str = r##"
type = "shop"
name = "Shop"
description = "A shop."
brand_color = "#123456"
abilities = []

[auth]
kind = "api_key"
facts = { org = "/org/name" }
fields = [
  { key = "api_key", title = "API key", secret = true },
  { key = "site", title = "Site", host_suffix = ".shop.test" },
]

[auth.place]
headers = { Authorization = "Token {api_key}" }

[auth.test]
method = "GET"
path = "/me"

[auth.account]
provider_id = "{site}"
label = "{org} at {site}"

[connection]
base = "https://{site}"
hosts = ["*.shop.test"]

[http.errors]
code = "/error"
message = "/error"

[[actions]]
id = "order"
title = "Order"
idempotent = true
request = { method = "GET", path = "/orders", query = { page = "1" } }
"##;

fn parse(text: &str) -> Result<Definition, Vec<String>> {
    Definition::parse("shop.toml", text, Assets::default())
        .map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().expect("an object").clone()
}

/// What is sent by an action with what was entered.
fn sent(text: &str, inputs: Value, entered: Value) -> HttpRequest {
    let shop = parse(text).unwrap_or_else(|problems| panic!("{problems:?}"));
    let (facts, entered, inputs) =
        (object(json!({ "site": "acme.shop.test" })), object(entered), object(inputs));
    let connection = Connection { facts: &facts, authorization: Authorization::Entered(&entered) };
    let id = if inputs.is_empty() { "order" } else { "request" };
    let mut reading = shop.action(id).expect("an action").begin(&inputs).expect("a start");
    reading.request(&connection).expect("a request")
}

fn header<'r>(request: &'r HttpRequest, name: &str) -> Option<&'r str> {
    let mut found = request.headers.iter().filter(|(own, _)| own == name);
    let first = found.next().map(|(_, value)| value.as_str());
    assert!(found.next().is_none(), "{name} is said once");
    first
}

#[test]
fn a_key_stands_in_the_header_that_the_file_says() {
    let request = sent(SHOP, json!({}), json!({ "api_key": "k1" }));
    assert_eq!(request.url.as_str(), "https://acme.shop.test/orders?page=1");
    assert_eq!(header(&request, "authorization"), Some("Token k1"));
    let own = SHOP.replace("Authorization = \"Token {api_key}\"", "X-Api-Key = \"{api_key}\"");
    let request = sent(&own, json!({}), json!({ "api_key": "k1" }));
    assert_eq!(header(&request, "x-api-key"), Some("k1"));
    assert_eq!(header(&request, "authorization"), None);
}

#[test]
fn a_key_in_the_query_is_never_shown() {
    let query = SHOP.replace(
        "headers = { Authorization = \"Token {api_key}\" }",
        "query = { key = \"{api_key}\" }",
    );
    let request = sent(&query, json!({}), json!({ "api_key": "k 1" }));
    assert_eq!(request.url.query(), Some("page=1&key=k+1"));
    assert_eq!(request.line(), "GET https://acme.shop.test/orders");
    assert_eq!(format!("{request:?}"), "HttpRequest(GET https://acme.shop.test/orders)");
    let inputs = json!({ "method": "GET", "path": "/x?key=old&a=b" });
    let request = sent(&query, inputs, json!({ "api_key": "k1" }));
    assert_eq!(request.url.query(), Some("a=b&key=k1"), "the account's own counts");
}

#[test]
fn a_step_cannot_say_what_the_account_says() {
    for (place, inputs) in [
        ("headers = { X-Api-Key = \"{api_key}\" }", json!({ "headers": { "x-api-key": "mine" } })),
        ("query = { key = \"{api_key}\" }", json!({ "query": { "key": "mine" } })),
    ] {
        let text = SHOP.replace("headers = { Authorization = \"Token {api_key}\" }", place);
        let shop = parse(&text).unwrap_or_else(|problems| panic!("{problems:?}"));
        let mut inputs = object(inputs);
        inputs.extend(object(json!({ "method": "GET", "path": "/" })));
        let (facts, entered) =
            (object(json!({ "site": "acme.shop.test" })), object(json!({ "api_key": "k" })));
        let connection =
            Connection { facts: &facts, authorization: Authorization::Entered(&entered) };
        let mut reading = shop.action("request").expect("it").begin(&inputs).expect("a start");
        assert!(reading.request(&connection).is_err(), "{place}");
    }
}

#[test]
fn a_name_and_a_password_are_said_as_rfc_7617_says() {
    let basic = SHOP
        .replace("api_key\"\nfacts", "basic\"\nfacts")
        .replace("[auth.place]\nheaders = { Authorization = \"Token {api_key}\" }\n", "")
        .replace("key = \"api_key\"", "key = \"password\"")
        .replace("fields = [", "fields = [\n  { key = \"username\", title = \"Name\" },");
    let entered = json!({ "username": "Aladdin", "password": "open sesame" });
    let request = sent(&basic, json!({}), entered);
    assert_eq!(header(&request, "authorization"), Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
    let shop = parse(&basic).unwrap_or_else(|problems| panic!("{problems:?}"));
    let form = shop.auth().form().expect("a form");
    let entered = json!({ "username": "Al:addin", "password": "a:b", "site": "acme" });
    let problems = form.entered(&object(entered)).expect_err("a problem");
    assert_eq!(problems.len(), 1, "a password can hold a colon");
    assert_eq!(problems[0].field, "username");
    // A key that stands for the name, and no password.
    let key = basic.replace("  { key = \"username\", title = \"Name\" },", "").replace(
        "[auth.test]",
        "[auth.place]\nuser = \"{password}\"\npassword = \"\"\n\n[auth.test]",
    );
    let request = sent(&key, json!({}), json!({ "password": "sk_1" }));
    assert_eq!(header(&request, "authorization"), Some("Basic c2tfMTo="));
}

#[test]
fn what_is_entered_is_tried_and_names_the_account() {
    let shop = parse(SHOP).unwrap_or_else(|problems| panic!("{problems:?}"));
    let Auth::Key(key) = shop.auth() else { panic!("no key") };
    assert!(matches!(key.check(), KeyCheck::Test(_)));
    let exchange = r#"
        [[exchange]]
        name = "who it is"
        of = "test"
        facts = { site = "acme.shop.test" }
        entered = { api_key = "k1" }
        request = { method = "GET", url = "https://acme.shop.test/me", headers = { Authorization = "Token k1" } }
        output = { provider_id = "acme.shop.test", label = "Acme at acme.shop.test", facts = { site = "acme.shop.test", org = "Acme" } }
        response = { status = 200, json = { org = { name = "Acme" } } }

        [[exchange]]
        name = "a wrong key"
        of = "test"
        facts = { site = "acme.shop.test" }
        failure = { class = "unauthorized", code = "no such key" }
        response = { status = 401, json = { error = "no such key" } }
    "#;
    let covered = exchanges::run(&shop, exchange).unwrap_or_else(|wrong| panic!("{wrong:?}"));
    assert_eq!(covered.exchanges, 2);
    let wrong = exchange.replace("Token k1", "Token k2");
    assert!(exchanges::run(&shop, &wrong).is_err(), "a header that matters is compared");
}

#[test]
fn what_a_key_cannot_be_is_a_mistake_of_the_file() {
    for (right, wrong, says) in [
        ("headers = { Authorization = \"Token {api_key}\" }", "", "query"),
        ("Token {api_key}", "Token {api_kye}", "api_key"),
        ("[auth.place]", "[auth.place]\nuser = \"{site}\"", "query"),
        ("headers = { Authorization", "headers = { Host", "host"),
        ("facts = {", "verify = \"lists\"\nfacts = {", "verify"),
        ("\"{org} at {site}\"", "\"{ogr}\"", "org"),
        ("base = \"https://{site}\"", "base = \"https://{api_key}\"", "api_key"),
        ("base = \"https://{site}\"", "base = \"https://{org}\"", "org"),
    ] {
        let changed = SHOP.replacen(right, wrong, 1);
        assert_ne!(changed, SHOP, "{right}");
        let problems = parse(&changed).err().unwrap_or_else(|| panic!("{wrong} was accepted"));
        assert!(problems.iter().any(|problem| problem.contains(says)), "{wrong}: {problems:?}");
    }
}
