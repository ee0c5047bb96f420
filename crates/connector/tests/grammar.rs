//! Nouns of the grammar, each in a small definition of its own.

use portico_connector::{
    Assets, Authorization, Connection, Definition, Delivery, HttpRequest, HttpResponse,
};
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

const APP: Authorization<'_> = Authorization::Tokens { app: Some("t"), user: None };

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
        let connection = Connection { facts: &facts, authorization: APP };
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
    let connection = Connection { facts: &facts, authorization: APP };
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

const FAILURES: &str = r#"
[http]
headers = { accept = "application/json" }

[http.errors]
code = "/error"

[[failures]]
when = [{ pointer = "/error", is = "slow down" }]
class = "rate_limited"
"#;

fn shop() -> Definition {
    parse(&["actions = []", OAUTH, CONNECTION, FAILURES]).expect("a definition")
}

#[test]
fn every_integration_can_be_asked_for_anything() {
    let shop = shop();
    let shape = shop.action("request").expect("an action").shape();
    assert!(shape.inputs.iter().all(|input| !input.help.is_empty()), "each says what to write");
    let inputs = json!({
        "method": "post", "path": "/v2/orders?draft=1", "query": { "tag": ["a", "b c"], "n": 1, "gone": null },
        "headers": { "X-Trace": "7" }, "body": { "amount": 3 },
    });
    let (output, pages) = carry_out(&shop, ("request", inputs.clone()), |request| {
        assert_eq!(request.line(), "POST https://api.shop.test/v2/orders");
        assert_eq!(request.url.query(), Some("draft=1&tag=a&tag=b+c&n=1"));
        assert_eq!(header(request, "x-trace"), Some("7"));
        assert_eq!(header(request, "accept"), Some("application/json"));
        assert_eq!(header(request, "authorization"), Some("Bearer t"));
        assert_eq!(header(request, "content-type"), Some("application/json"));
        assert_eq!(request.body, br#"{"amount":3}"#);
        json!({ "id": 9 })
    })
    .expect("an output");
    let headers = json!({ "content-type": "application/json" });
    assert_eq!(output, json!({ "status": 200, "headers": headers, "body": { "id": 9 } }));
    assert_eq!(pages, None);
    let action = shop.action("request").expect("an action");
    assert!(!action.is_idempotent(&object(inputs)), "only reading is repeated");
    assert!(action.is_idempotent(&object(json!({ "method": "GET", "path": "/" }))));
}

#[test]
fn any_request_goes_to_the_provider_alone_and_with_its_account() {
    let shop = shop();
    for (inputs, says) in [
        (json!({ "method": "GET", "path": "https://evil.test/x" }), "evil.test"),
        (json!({ "method": "GET", "path": "http://api.shop.test/x" }), "https"),
        (json!({ "method": "GET", "path": "https://a@api.shop.test/x" }), "api.shop.test"),
        (json!({ "method": "GET", "path": "orders" }), "begins with /"),
        (json!({ "method": "FETCH", "path": "/" }), "PATCH"),
        (
            json!({ "method": "GET", "path": "/", "headers": { "Authorization": "x" } }),
            "authorization",
        ),
        (json!({ "method": "GET", "path": "/", "headers": { "Host": "x" } }), "host"),
        (json!({ "method": "GET", "path": "/", "headers": { "Cookie": "x" } }), "cookie"),
        (json!({ "method": "GET", "path": "/", "headers": { "X-A": "a\nb: c" } }), "one line"),
        (json!({ "method": "GET", "path": "/", "headers": { "x a": "b" } }), "x a"),
        (json!({ "method": "GET", "path": "/", "query": [1] }), "query"),
        (json!({ "method": "GET", "path": "/", "cursor": "/after" }), "Cursor goes to"),
        (json!({ "method": "POST", "path": "/", "next": "/next" }), "GET"),
    ] {
        let refused = carry_out(&shop, ("request", inputs), |request| panic!("{request:?}"));
        let failure = refused.expect_err(says);
        assert_eq!(failure.class, FailureClass::Invalid, "{failure}");
        assert!(failure.message.contains(says), "{says}: {failure}");
    }
    let whole = json!({ "method": "GET", "path": "https://eu.store.shop.test/x" });
    carry_out(&shop, ("request", whole), |_| json!(1)).expect("a host of the provider's");
    // Where a page is to be followed to is the provider's to say, but not where its account goes.
    let next = json!({ "method": "GET", "path": "/x", "items": "/list", "next": "/next" });
    let lured = |_: &HttpRequest| json!({ "list": [], "next": "https://evil.test/" });
    let failure = carry_out(&shop, ("request", next), lured).expect_err("a failure");
    assert!(failure.message.contains("evil.test"), "{failure}");
}

#[test]
fn any_request_is_judged_by_the_file_and_read_page_by_page() {
    let shop = shop();
    let get = json!({ "method": "GET", "path": "/x" });
    let failed = carry_out(&shop, ("request", get), |_| json!({ "error": "slow down" }));
    assert_eq!(failed.expect_err("a failure").class, FailureClass::RateLimited);
    let pages = json!({
        "method": "GET", "path": "/x", "query": { "limit": 1 },
        "items": "/list", "cursor": "/after", "cursor_parameter": "after",
    });
    let (output, read) =
        carry_out(&shop, ("request", pages), |request| match request.url.query() {
            Some("limit=1") => json!({ "list": [1], "after": "p2" }),
            Some("limit=1&after=p2") => json!({ "list": [2] }),
            other => panic!("{other:?}"),
        })
        .expect("an output");
    assert_eq!((&output["body"], read), (&json!({ "list": [1, 2] }), Some(2)));
    let text = HttpResponse { status: 200, headers: Vec::new(), body: b"plain".to_vec() };
    let inputs = object(json!({ "method": "GET", "path": "/x" }));
    let action = shop.action("request").expect("an action");
    let mut reading = action.begin(&inputs).expect("a start");
    let output = reading.take(&Delivery::Answered(text)).expect("an output").expect("the end");
    assert_eq!(output["body"], "plain");
}

#[test]
fn no_file_takes_the_place_of_any_request() {
    let problems = with_action(&PAY.replace("\"pay\"", "\"request\"")).err().expect("a problem");
    assert!(problems.iter().any(|problem| problem.contains("another id")), "{problems:?}");
}

const ASKED: &str = r#"
actions = []
[auth]
kind = "oauth_code"
authorize = "/authorize"
token = "/token"
scopes = []

[auth.tokens]
user = { access_token = "/person/token" }

[[auth.account_types]]
id = "own"
title = "Own domain"

[auth.account_types.input]
key = "domain"
title = "Domain"
host_suffixes = [".store.shop.test"]
"#;

#[test]
fn a_login_host_of_the_users_own_is_within_the_hosts() {
    let shop = parse(&[ASKED, CONNECTION]).expect("a definition");
    assert_eq!(shop.account_types()[0].input.as_ref().expect("a question").key, "domain");
    let portico_connector::Auth::OAuthCode(oauth) = shop.auth() else { panic!("no OAuth") };
    let host = |kind: &str, text: &str, before: Option<&str>| {
        oauth.login_host(kind, &object(json!({ "domain": text })), before)
    };
    let own = Ok("a.b.store.shop.test".to_owned());
    assert_eq!(host("own", " https://A.b.store.shop.test/x ", None), own);
    assert_eq!(host("own", "", Some("a.b.store.shop.test")), own, "connected again");
    for wrong in
        ["", "..", "-.store.shop.test", ".store.shop.test", "a..store.shop.test", "evil.test"]
    {
        let problem = host("own", wrong, None).expect_err(wrong);
        assert_eq!(problem.field, "domain", "{problem:?}");
    }
    assert_eq!(host("other", "a", None).expect_err("no type").field, "accountType");
    for (right, wrong, says) in [
        (".store.shop.test\"", ".evil.test\"", "not within"),
        ("host_suffixes = [\".store.shop.test\"]", "host_suffixes = []", "host_suffixes"),
        ("title = \"Own domain\"", "title = \"O\"\nlogin_host = \"x\"", "login_host"),
    ] {
        let problems = parse(&[&ASKED.replacen(right, wrong, 1), CONNECTION]).err().expect(wrong);
        assert!(problems.iter().any(|problem| problem.contains(says)), "{wrong}: {problems:?}");
    }
}

const POST: &str = r#"
[[actions]]
id = "post"
title = "Post"
idempotent = true
token = "{role}"
inputs = [{ key = "role", title = "As", type = "text" }]
request = { method = "GET", path = "/" }
"#;

#[test]
fn an_action_takes_the_token_that_it_names() {
    let shop = |token: &str| {
        let text = ASKED.replace("actions = []", "");
        parse(&[&text, CONNECTION, &POST.replace("{role}", token)]).expect("a definition")
    };
    let (app, user) = (Some("a"), Some("u"));
    for (token, inputs, held, taken) in [
        ("{role}", json!({ "role": "user" }), (app, user), Ok("Bearer u")),
        ("{role}", json!({ "role": "bot" }), (app, user), Ok("Bearer a")),
        ("{role}", json!({}), (app, user), Ok("Bearer a")),
        ("{role}", json!({ "role": "user" }), (app, None), Err(FailureClass::Forbidden)),
        ("{role}", json!({ "role": "bot" }), (None, user), Err(FailureClass::Forbidden)),
        ("{role}", json!({ "role": "boss" }), (app, user), Err(FailureClass::Invalid)),
        ("user", json!({}), (app, user), Ok("Bearer u")),
        ("bot", json!({}), (app, user), Ok("Bearer a")),
    ] {
        let shop = shop(token);
        let (facts, inputs) = (Map::new(), object(inputs));
        let authorization = Authorization::Tokens { app: held.0, user: held.1 };
        let connection = Connection { facts: &facts, authorization };
        let action = shop.action("post").expect("an action");
        let sent = action.begin(&inputs).expect("a start").request(&connection);
        let sent = sent.map_err(|failure| failure.class);
        let sent = sent.as_ref().map(|sent| header(sent, "authorization").expect("a token"));
        assert_eq!(sent, taken.as_ref().map(|taken| *taken), "{token} {inputs:?}");
    }
    let any = POST.replace("token = \"{role}\"\n", "");
    let shop =
        parse(&[&ASKED.replace("actions = []", ""), CONNECTION, &any]).expect("a definition");
    let (facts, inputs) = (Map::new(), Map::new());
    let authorization = Authorization::Tokens { app: None, user };
    let connection = Connection { facts: &facts, authorization };
    let mut reading = shop.action("post").expect("it").begin(&inputs).expect("a start");
    let sent = reading.request(&connection).expect("a request");
    assert_eq!(header(&sent, "authorization"), Some("Bearer u"), "whoever there is");
    let problems = with_action(POST).err().expect("there is no second token");
    assert!(problems.iter().any(|problem| problem.contains("[auth.tokens]")), "{problems:?}");
}

#[test]
fn client_credentials_are_sent_as_a_form_and_tried_with_a_request() {
    let file = r##"
type = "books"
name = "Books"
description = "Books."
brand_color = "#123456"
abilities = []

[auth]
kind = "client_credentials"
fields = [{ key = "client_id", title = "Client id" }, { key = "client_secret", title = "Secret", secret = true }]

[auth.token]
method = "POST"
url = "https://api.books.test/token"
form = { grant_type = "client_credentials", client_id = "{client_id}", client_secret = "{client_secret}" }

[auth.test]
method = "GET"
path = "/me"

[auth.account]
label = "{client_id}"

[connection]
base = "https://api.books.test"
hosts = ["api.books.test"]
"##;
    let definition = portico_connector::Definition::parse("books", file, Default::default());
    let definition = definition.unwrap_or_else(|problems| panic!("{problems:?}"));
    let portico_connector::Auth::ClientCredentials(grant) = definition.auth() else {
        panic!("another way to connect");
    };
    let kept = serde_json::json!({ "client_id": "me", "client_secret": "a&b" });
    let sent = grant.request(kept.as_object().expect("fields")).expect("a request");
    assert_eq!(sent.url.as_str(), "https://api.books.test/token");
    let body = String::from_utf8(sent.body).expect("text");
    assert_eq!(body, "client_id=me&client_secret=a%26b&grant_type=client_credentials");
    assert!(matches!(grant.check(), portico_connector::KeyCheck::Test(_)));
    let untried = file.replace("[auth.test]\nmethod = \"GET\"\npath = \"/me\"\n", "");
    let problems = portico_connector::Definition::parse("books", &untried, Default::default());
    let problems = problems.err().expect("what is entered must be tried");
    assert!(problems[0].message.contains("[auth.test]"), "{problems:?}");
}

const FEW: &str = r#"
[[actions]]
id = "say"
title = "Say"
idempotent = true
inputs = [
  { key = "how", title = "How", type = "text", choices = [{ value = "loud", label = "Loudly" }, { value = "low", label = "Quietly" }] },
  { key = "often", title = "How often", type = "number", choices = [{ value = 1, label = "Once" }] },
  { key = "to", title = "To", type = "text", source = "people" },
]
request = { method = "POST", path = "/say", body = { how = "{how}", often = "{often}", to = [{ "..." = "{to}" }] } }

[[options]]
id = "people"
title = "People"
items = "/people"
value = "/id"
label = "/name"
always = [{ value = "all", label = "All" }]
optional = true
request = { method = "GET", path = "/people" }
"#;

#[test]
fn few_values_are_named_with_an_input_or_are_a_mistake_of_the_file() {
    let shop = with_action(FEW).expect("a definition");
    let shape = shop.action("say").expect("an action").shape();
    let choices = shape.inputs.iter().flat_map(|input| &input.choices);
    let choices: Vec<_> = choices.map(|own| (own.label.as_str(), own.value.clone())).collect();
    assert_eq!(choices, [("Loudly", json!("loud")), ("Quietly", json!("low")), ("Once", json!(1))]);
    for (right, wrong, says) in [
        ("value = \"loud\"", "value = \"low\"", "the same value"),
        ("value = \"loud\"", "value = 7", "each value is one"),
        ("value = \"loud\"", "value = \"\"", "each value is one"),
        ("value = 1", "value = \"1\"", "each value is one"),
        ("type = \"number\"", "type = \"json\"", "each value is one"),
        ("key = \"to\"", "choices = [{ value = \"x\", label = \"X\" }], key = \"to\"", "not both"),
        ("label = \"Loudly\"", "lable = \"Loudly\"", "Did you mean \"label\"?"),
        ("label = \"All\"", "lable = \"All\"", "Did you mean \"label\"?"),
        ("always = [{ value = \"all\", label = \"All\" }]\n", "", "`always`"),
    ] {
        let problems = with_action(&FEW.replacen(right, wrong, 1)).err().expect(wrong);
        assert!(problems.iter().any(|problem| problem.contains(says)), "{wrong}: {problems:?}");
    }
}

#[test]
fn a_list_takes_the_items_of_a_list_or_one_value_by_itself() {
    let shop = with_action(FEW).expect("a definition");
    for (to, sent) in [
        (json!("7"), json!({ "to": ["7"] })),
        (json!(["7", 8]), json!({ "to": ["7", 8] })),
        (json!({ "id": 7 }), json!({ "to": [{ "id": 7 }] })),
        (json!([]), json!({ "to": [] })),
        (json!(""), json!({ "to": [] })),
        (json!(null), json!({ "to": [] })),
    ] {
        let body = |request: &HttpRequest| {
            let body: Value = serde_json::from_slice(&request.body).expect("JSON");
            assert_eq!(body, sent, "{to}");
            json!({})
        };
        carry_out(&shop, ("say", json!({ "to": to })), body).expect("an output");
    }
}

#[test]
fn who_may_not_ask_has_what_every_account_has() {
    let shop = with_action(FEW).expect("a definition");
    let people = shop.source("people").expect("a source");
    let asked = portico_connector::Asked::default();
    let judged = |status: u16| {
        let answer = HttpResponse { status, headers: Vec::new(), body: b"{}".to_vec() };
        people.judge(&asked, &Delivery::Answered(answer))
    };
    let page = judged(403).expect("choices");
    assert_eq!((page.choices[0].label.as_str(), page.choices.len(), page.next), ("All", 1, None));
    for status in [401, 404, 429, 500] {
        judged(status).expect_err("a failure, not an empty list");
    }
}

#[test]
fn an_account_is_called_by_a_text_of_its_facts() {
    let named = |label: &str| {
        let identity = format!(
            "\n[auth.identity]\nurl = \"https://api.shop.test/me\"\nprovider_id = \"/id\"\n\
             label = \"{label}\"\nfacts = {{ user = \"/user\", shop = \"/shop\" }}\n"
        );
        parse(&["actions = []", OAUTH, &identity, CONNECTION])
    };
    let account = |label: &str, body: Value| {
        let shop = named(label).unwrap_or_else(|problems| panic!("{problems:?}"));
        let portico_connector::Auth::OAuthCode(oauth) = shop.auth() else { panic!("no OAuth") };
        oauth.account(&answered(&body)).expect("an account").label
    };
    let body = json!({ "id": 7, "user": "ada", "shop": "Tea" });
    for (label, called) in [
        ("{user} of {shop} ({provider_id})", "ada of Tea (7)"),
        ("/user", "ada"),
        ("Shop {shop}", "Shop Tea"),
    ] {
        assert_eq!(account(label, body.clone()).as_deref(), Some(called));
    }
    let nameless = account("{user} of {shop}", json!({ "id": 7, "user": "ada" }));
    assert_eq!(nameless.as_deref(), Some("7"), "half a name says the wrong thing");
    let problems = named("{usr}").err().expect("a problem");
    assert!(problems.iter().any(|own| own.contains("Did you mean \"user\"?")), "{problems:?}");
}

#[test]
fn an_error_of_a_redirect_has_words_of_its_own() {
    use portico_connector::RedirectError::{Denied, Failed};
    let with = |code: &str| {
        let own = format!("\n[auth.redirect_errors]\n{code} = \"Ask your admin.\"\n");
        parse(&["actions = []", OAUTH, &own, CONNECTION])
    };
    let shop = with("BLOCKED").unwrap_or_else(|problems| panic!("{problems:?}"));
    let portico_connector::Auth::OAuthCode(oauth) = shop.auth() else { panic!("no OAuth") };
    let told = |error: &str| oauth.redirect_error(error, Some("blocked\u{7} here."));
    assert_eq!(told("BLOCKED"), Failed("Ask your admin.".to_owned()));
    assert_eq!(told("OTHER"), Failed("The provider refused: blocked here.".to_owned()));
    assert!(matches!(told("access_denied"), Denied(_)));
    let problems = with("access_denied").err().expect("a problem");
    assert!(problems.iter().any(|own| own.contains("has words already")), "{problems:?}");
}

#[test]
fn two_owners_of_one_type_wait_for_their_own_calls() {
    let limits = "[http]\nlimits = [\"calls\"]\n[[limits]]\nid = \"calls\"\ncalls = 1\nper_s = 1\n";
    let text = [HEAD, "actions = []", OAUTH, CONNECTION, limits].join("\n");
    let key = |owner: &str| {
        let shop = Definition::parse_of(owner, "shop.toml", &text, Assets::default());
        let shop = shop.unwrap_or_else(|problems| panic!("{problems:?}"));
        let lanes = shop.action("request").expect("it").lanes("7", &Map::new());
        lanes.rates[0].key.clone()
    };
    assert_eq!(key("one"), key("one"));
    assert_ne!(key("one"), key("two"));
    assert_ne!(key("one"), key(""));
}
