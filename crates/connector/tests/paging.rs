//! Any request, read page by page as its inputs say; and allowances, which come back as the file says.

use portico_connector::{
    Assets, Authorization, Connection, Definition, Delivery, HttpRequest, HttpResponse,
};
use portico_domain::{DailyReset, Failure, FailureClass};
use serde_json::{Map, Value, json};

const FILE: &str = r##"
type = "shop"
name = "Shop"
description = "A shop."
brand_color = "#123456"
abilities = []

[auth]
kind = "oauth_code"
authorize = "/authorize"
token = "/token"
scopes = []

[[auth.account_types]]
id = "default"
title = "Shop"
login_host = "login.shop.test"

[connection]
base = "https://api.shop.test"
hosts = ["login.shop.test", "api.shop.test"]
"##;

fn parse(more: &str) -> Result<Definition, Vec<String>> {
    Definition::parse("shop.toml", &format!("{FILE}{more}"), Assets::default())
        .map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

/// A page: its headers and its body.
type Answer = (Vec<(String, String)>, Value);

/// Makes any request against what is answered to each; the output, and what was asked for.
fn read(
    inputs: Value,
    mut answer: impl FnMut(&HttpRequest) -> Answer,
) -> Result<(Value, Vec<String>), Failure> {
    let shop = parse("").expect("a definition");
    let (facts, mut asked) = (Map::new(), Vec::new());
    let inputs = inputs.as_object().cloned().expect("an object");
    let mut reading = shop.action("request").expect("an action").begin(&inputs)?;
    let authorization = Authorization::Tokens { app: Some("t"), user: None };
    loop {
        let request = reading.request(&Connection { facts: &facts, authorization })?;
        let body = String::from_utf8_lossy(&request.body).into_owned();
        asked.push(format!("{}{body}", &request.url[url::Position::BeforePath..]));
        let (headers, body) = answer(&request);
        let body = body.to_string().into_bytes();
        let response = HttpResponse { status: 200, headers, body };
        if let Some(output) = reading.take(&Delivery::Answered(response))? {
            return Ok((output, asked));
        }
    }
}

/// So many numbers from one on, at most to 5.
fn numbers(from: u64, count: u64) -> Value {
    (from..from + count).take_while(|number| *number <= 5).collect()
}

#[test]
fn a_cursor_takes_the_place_of_what_stands_where_it_goes() {
    let by_cursor = |place: &str, more: Value| {
        let mut inputs = json!({
            "method": "POST", "path": "/x?after=1&b=2", "items": "/list", "cursor": "/next/after",
            "cursor_parameter": place,
        });
        inputs.as_object_mut().expect("an object").extend(more.as_object().expect("more").clone());
        let mut pages = 0;
        let (output, asked) = read(inputs, |request| {
            pages += 1;
            if place.starts_with("header") && pages == 2 {
                let own = request.headers.iter().filter(|(name, _)| name == "x-after");
                assert_eq!(own.map(|(_, value)| value.as_str()).collect::<Vec<_>>(), ["7"]);
            }
            let next = if pages == 1 { json!(7) } else { Value::Null };
            (Vec::new(), json!({ "list": [pages], "next": { "after": next } }))
        })
        .expect("an output");
        assert_eq!(output["body"]["list"], json!([1, 2]));
        asked
    };
    assert_eq!(
        by_cursor("after", json!({ "query": { "after": "0", "c": "3" } })),
        ["/x?b=2&after=0&c=3", "/x?b=2&after=7&c=3"]
    );
    assert_eq!(
        by_cursor("/paging/after", json!({ "body": { "limit": 1 } })),
        [r#"/x?after=1&b=2{"limit":1}"#, r#"/x?after=1&b=2{"limit":1,"paging":{"after":7}}"#]
    );
    assert_eq!(by_cursor("header:X-After", json!({ "headers": { "X-AFTER": "0" } })).len(), 2);
}

#[test]
fn offsets_and_pages_are_counted_until_one_is_not_full() {
    let counted = |more: Value| {
        let mut inputs = json!({ "method": "GET", "path": "/x", "items": "/list", "page_size": 2 });
        inputs.as_object_mut().expect("an object").extend(more.as_object().expect("more").clone());
        let by_page = inputs["page_by"] == "pages";
        let (output, asked) = read(inputs, |request| {
            let query: Map<String, Value> =
                request.url.query_pairs().map(|(key, value)| (key.into(), value.into())).collect();
            let at = |key: &str| query.get(key)?.as_str()?.parse::<u64>().ok();
            let from = match by_page {
                true => at("page").expect("a page") * 2 - 1,
                false => at("offset").expect("an offset") + 1,
            };
            (Vec::new(), json!({ "list": numbers(from, 2) }))
        })
        .expect("an output");
        (output["body"]["list"].clone(), asked)
    };
    let (list, asked) = counted(json!({ "cursor_parameter": "offset", "query": { "max": 2 } }));
    assert_eq!(list, json!([1, 2, 3, 4, 5]));
    assert_eq!(asked, ["/x?max=2&offset=0", "/x?max=2&offset=2", "/x?max=2&offset=4"]);
    let (list, asked) = counted(json!({ "cursor_parameter": "page", "page_by": "pages" }));
    assert_eq!(list, json!([1, 2, 3, 4, 5]));
    assert_eq!(asked, ["/x?page=1", "/x?page=2", "/x?page=3"]);
    // Counting begins where the request does.
    let (list, asked) =
        counted(json!({ "cursor_parameter": "offset", "query": { "offset": "3" } }));
    assert_eq!((list, asked.len()), (json!([4, 5]), 2));
}

#[test]
fn links_are_followed_and_headers_are_read() {
    let inputs = json!({ "method": "GET", "path": "/x", "next": "link" });
    let (output, asked) = read(inputs, |request| {
        let link = match request.url.query() {
            None => r#"</x?page=9>; rel="last", </x?page=2>; rel="next""#,
            _ => r#"</x>; rel="prev""#,
        };
        (vec![("link".to_owned(), link.to_owned())], json!([request.url.query()]))
    })
    .expect("an output");
    assert_eq!(asked, ["/x", "/x?page=2"]);
    assert_eq!(output["body"], json!([null, "page=2"]));
    let inputs = json!({
        "method": "GET", "path": "/x", "cursor": "header:X-Next", "cursor_parameter": "from",
    });
    let (output, asked) = read(inputs, |request| {
        let headers = match request.url.query() {
            None => vec![("x-next".to_owned(), "b".to_owned())],
            _ => Vec::new(),
        };
        (headers, json!([1]))
    })
    .expect("an output");
    assert_eq!(
        (asked, &output["body"]),
        (vec!["/x".to_owned(), "/x?from=b".to_owned()], &json!([1, 1]))
    );
}

#[test]
fn it_is_enough_when_the_rule_says_so() {
    let stopped = |rule: Value| {
        let inputs = json!({
            "method": "GET", "path": "/x", "items": "/list", "cursor_parameter": "o", "page_size": 1,
            "stop_when": [[rule]],
        });
        let mut pages = 0;
        let (output, asked) = read(inputs, |_| {
            pages += 1;
            let headers = vec![("x-left".to_owned(), (5 - pages).to_string())];
            (headers, json!({ "list": [pages], "last": pages == 4 }))
        })
        .expect("an output");
        assert_eq!(output.get("truncated"), None, "nobody wants more");
        asked.len()
    };
    assert_eq!(stopped(json!({ "field": "/body/last", "operator": "equals", "value": true })), 4);
    assert_eq!(
        stopped(json!({ "field": "/headers/x-left", "operator": "less_than", "value": 4 })),
        2
    );
    assert_eq!(stopped(json!({ "field": "/status", "operator": "equals", "value": 200 })), 1);
}

#[test]
fn what_is_read_in_pages_may_be_asked_for_again() {
    let shop = parse("").expect("a definition");
    let action = shop.action("request").expect("an action");
    let is_idempotent = |inputs: Value| action.is_idempotent(inputs.as_object().expect("inputs"));
    assert!(!is_idempotent(json!({ "method": "POST", "path": "/search" })));
    assert!(is_idempotent(json!({
        "method": "POST", "path": "/search", "cursor": "/after", "cursor_parameter": "/after",
    })));
}

#[test]
fn pages_are_too_many_when_they_are_too_large() {
    let inputs = json!({
        "method": "GET", "path": "/x", "items": "/list", "cursor_parameter": "o", "page_size": 1,
    });
    let page = "x".repeat(1024 * 1024);
    let mut pages = 0;
    let failure = read(inputs, |_| {
        pages += 1;
        (Vec::new(), json!({ "list": [page] }))
    })
    .expect_err("too much");
    assert_eq!((failure.class, pages), (FailureClass::Invalid, 20));
    assert!(failure.message.contains("20 MB in its first 20 pages"), "{failure}");
}

const QUOTA: &str = r#"
[[failures]]
when = [{ status = [429] }]
class = "quota"
resets = { at = "23:30", zone = "America/Chicago" }

[[failures]]
when = [{ status = [403] }]
class = "quota"
resets = { after_s = 1800 }
"#;

#[test]
fn an_allowance_comes_back_when_the_file_or_the_provider_says() {
    let shop = parse(QUOTA).expect("a definition");
    let judged = |status: u16, headers: &[(&str, &str)]| {
        let inputs =
            Map::from_iter([("method".to_owned(), json!("GET")), ("path".to_owned(), json!("/x"))]);
        let mut reading =
            shop.action("request").expect("an action").begin(&inputs).expect("a start");
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let response = HttpResponse { status, headers: headers.collect(), body: Vec::new() };
        let failure = reading.take(&Delivery::Answered(response)).expect_err("a failure");
        (failure.retry_after_ms, failure.resets)
    };
    let daily = DailyReset { hour: 23, minute: 30, zone: "America/Chicago".to_owned() };
    assert_eq!(judged(429, &[]), (None, Some(Box::new(daily))));
    assert_eq!(judged(403, &[]), (Some(1_800_000), None));
    assert_eq!(judged(429, &[("retry-after", "60")]), (Some(60_000), None), "it knows better");
}

#[test]
fn a_mistake_about_an_allowance_says_what_to_write() {
    for (resets, says) in [
        ("{ at = \"24:00\", zone = \"UTC\" }", "a time like 00:00"),
        ("{ at = \"0:00\", zone = \"UTC\" }", "a time like 00:00"),
        ("{ at = \"00:00\", zone = \"Chicago\" }", "America/Chicago"),
        ("{ at = \"00:00\" }", "`at` and `zone`"),
        ("{ after_s = 0 }", "1 to 259200"),
        ("{ after_s = 60, at = \"00:00\", zone = \"UTC\" }", "`at` and `zone`"),
        ("{ after = 60 }", "after_s"),
    ] {
        let file = QUOTA.replace("{ at = \"23:30\", zone = \"America/Chicago\" }", resets);
        let problems = parse(&file).err().unwrap_or_else(|| panic!("{resets} is taken"));
        assert!(problems.iter().any(|own| own.contains(says)), "{resets}: {problems:?}");
    }
    let file = QUOTA.replacen("\"quota\"", "\"rate_limited\"", 1);
    let problems = parse(&file).err().expect("a problem");
    assert!(problems.iter().any(|own| own.contains("not of `rate_limited`")), "{problems:?}");
}
