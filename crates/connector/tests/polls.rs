//! Polls: whatever the pages, the repeats and the failures, what happened is told once.

use portico_connector::{
    Assets, Authorization, Connection, Definition, Delivery, HttpResponse, Poll, PollState, Polled,
};
use portico_domain::Timestamp;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::time::Duration;

const OVERLAP_S: i64 = 60;

fn definition() -> Definition {
    let text = r#"
type = "acme"
name = "Acme"
description = "Records."
brand_color = "black"
abilities = []

[auth]
kind = "oauth_code"
authorize = "/authorize"
token = "/token"
scopes = []
account_types = [{ id = "default", title = "Account", login_host = "acme.example" }]

[connection]
base = "https://acme.example"
hosts = ["acme.example"]

[[actions]]
id = "read"
title = "Read"
idempotent = true
request = { method = "GET", path = "/records" }

[[triggers]]
id = "changed"
title = "Record changed"

[triggers.poll]
items = "/records"
dedupe = ["/id"]
cursor = { kind = "greatest", of = { pointer = "/at" }, overlap_s = 60 }
next = { address = "/next", expired = [{ status = [410] }] }
request = { method = "GET", path = "/records", query = { since = "{since}" } }

[[triggers]]
id = "done"
title = "Something done"

[triggers.poll]
items = "/done"
dedupe = ["/id"]
request = { method = "GET", path = "/done", query = { token = "{cursor}" } }

[triggers.poll.cursor]
kind = "token"
token = "/token"
more = "/more"
first = { method = "GET", path = "/token", query = { since = "{since}" } }
"#;
    Definition::parse("integration.toml", text, Assets::default()).unwrap_or_else(|problems| {
        panic!("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    })
}

fn poll<'d>(definition: &'d Definition, id: &str) -> &'d Poll {
    definition.trigger(id).and_then(|trigger| trigger.poll()).expect("a poll")
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(1_764_489_600_000 + second * 1000)
}

fn answered(status: u16, json: &Value) -> Delivery {
    let body = json.to_string().into_bytes();
    Delivery::Answered(HttpResponse { status, headers: Vec::new(), body })
}

/// The path, and what is asked there.
fn asked(poll: &Poll, state: &PollState) -> (String, Option<String>) {
    let facts = Map::new();
    let connection = Connection {
        facts: &facts,
        authorization: Authorization::Tokens { app: Some("token"), user: None },
    };
    let request = poll.request(state, &Map::new(), &connection).expect("a request");
    let value = request.url.query_pairs().next().map(|(_, value)| value.into_owned());
    (request.url.path().to_owned(), value)
}

/// As it is kept between two requests.
fn kept(state: &PollState) -> PollState {
    serde_json::from_str(&serde_json::to_string(state).expect("a text")).expect("a state")
}

/// Something that happened, and when it can be seen: a long transaction shows late what it wrote.
#[derive(Clone, Debug)]
struct Happened {
    id: usize,
    second: i64,
    visible: i64,
}

/// A provider that lists what it has in the order of time, in pages of a snapshot.
struct Provider {
    all: Vec<Happened>,
    page_size: usize,
    snapshot: Vec<Happened>,
}

impl Provider {
    fn answer(&mut self, (path, since): (String, Option<String>), now: i64) -> Delivery {
        let begin = match path.strip_prefix("/pages/") {
            Some(begin) => begin.parse().expect("a number"),
            None => {
                let since = since.expect("a moment");
                let shown =
                    |one: &&Happened| one.visible <= now && at(one.second).rfc3339() >= since;
                self.snapshot = self.all.iter().filter(shown).cloned().collect();
                self.snapshot.sort_by_key(|one| (one.second, one.id));
                0
            }
        };
        let end = (begin + self.page_size).min(self.snapshot.len());
        let records = self.snapshot[begin..end].iter();
        let records: Vec<_> =
            records.map(|one| json!({ "id": one.id, "at": at(one.second).rfc3339() })).collect();
        let next = (end < self.snapshot.len()).then(|| format!("/pages/{end}"));
        answered(200, &json!({ "records": records, "next": next }))
    }
}

/// What befalls a request.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Answered,
    Lost,
    PageGone,
}

fn happenings() -> impl Strategy<Value = Vec<Happened>> {
    let one = (0..400_i64, 0..=OVERLAP_S);
    prop::collection::vec(one, 0..40).prop_map(|all| {
        let each = all.into_iter().enumerate();
        each.map(|(id, (second, late))| Happened { id, second, visible: second + late }).collect()
    })
}

fn fates() -> impl Strategy<Value = Vec<Fate>> {
    let one =
        prop_oneof![4 => Just(Fate::Answered), 1 => Just(Fate::Lost), 1 => Just(Fate::PageGone)];
    prop::collection::vec(one, 0..60)
}

fn ids(polled: &Polled) -> impl Iterator<Item = usize> {
    polled.items.iter().map(|one| {
        let id = one.item["id"].as_u64().expect("an id");
        usize::try_from(id).expect("an id")
    })
}

proptest! {
    #[test]
    fn what_happened_is_told_once_however_it_is_paged_and_repeated(
        all in happenings(),
        page_size in 1..6_usize,
        mut when in prop::collection::vec(0..460_i64, 0..12),
        fates in fates(),
    ) {
        let definition = definition();
        let poll = poll(&definition, "changed");
        let mut provider = Provider { all: all.clone(), page_size, snapshot: Vec::new() };
        let mut state = poll.begin(at(0));
        let mut told = Vec::new();
        let mut fates = fates.into_iter();
        when.sort_unstable();
        // At last everything can be seen.
        when.push(461);
        for now in when {
            let mut more = true;
            while more {
                let asked = asked(poll, &state);
                let delivery = match fates.next().unwrap_or(Fate::Answered) {
                    Fate::Lost => Delivery::Lost { why: "cut".to_owned() },
                    Fate::PageGone if asked.0.starts_with("/pages/") => answered(410, &json!({})),
                    Fate::Answered | Fate::PageGone => provider.answer(asked, now),
                };
                // A request that failed is repeated.
                if let Ok(polled) = poll.judge(&state, &delivery) {
                    told.extend(ids(&polled));
                    more = polled.more;
                    state = kept(&polled.state);
                }
            }
        }
        told.sort_unstable();
        prop_assert_eq!(told, (0..all.len()).collect::<Vec<_>>());
    }

    #[test]
    fn a_stream_behind_tokens_is_told_once_with_empty_pages_and_repeats(
        pages in prop::collection::vec((0..4_usize, 0..3_usize, any::<bool>()), 1..20),
    ) {
        let definition = definition();
        let poll = poll(&definition, "done");
        let mut state = poll.begin(at(0));
        prop_assert_eq!(asked(poll, &state), ("/token".to_owned(), Some(at(0).rfc3339())));
        state = poll.judge(&state, &answered(200, &json!({ "token": "t0" }))).expect("a token").state;
        let (mut count, mut told) = (0, Vec::new());
        for (page, (fresh, repeated, more)) in pages.iter().enumerate() {
            prop_assert_eq!(asked(poll, &state), ("/done".to_owned(), Some(format!("t{page}"))));
            let begin = count - (*repeated).min(count);
            count += fresh;
            let done: Vec<_> = (begin..count).map(|id| json!({ "id": id })).collect();
            let mut answer = json!({ "token": format!("t{}", page + 1), "more": more });
            if !done.is_empty() {
                answer["done"] = Value::Array(done);
            }
            let polled = poll.judge(&state, &answered(200, &answer)).expect("a page");
            prop_assert_eq!(polled.more, *more);
            told.extend(ids(&polled));
            state = kept(&polled.state);
        }
        prop_assert_eq!(told, (0..count).collect::<Vec<_>>());
    }
}

#[test]
fn a_flood_within_the_overlap_is_told_once_and_its_state_stays_small() {
    let definition = definition();
    let poll = poll(&definition, "changed");
    // 200 in each of 50 seconds: more than is remembered.
    let all = 0..10_000_usize;
    let all: Vec<_> =
        all.map(|id| Happened { id, second: (id / 200) as i64, visible: 0 }).collect();
    let mut provider = Provider { all, page_size: 2000, snapshot: Vec::new() };
    let mut state = poll.begin(at(0));
    let mut told = Vec::new();
    for now in [100, 110, 120] {
        let mut more = true;
        while more {
            let delivery = provider.answer(asked(poll, &state), now);
            let polled = poll.judge(&state, &delivery).expect("a page");
            told.extend(ids(&polled));
            more = polled.more;
            state = polled.state;
        }
    }
    assert_eq!(told, (0..10_000).collect::<Vec<_>>());
    assert!(serde_json::to_string(&state).expect("a text").len() < 150_000);
}

#[test]
fn a_next_page_that_is_not_the_accounts_own_is_not_asked_for() {
    let definition = definition();
    let poll = poll(&definition, "changed");
    let facts = Map::new();
    let connection = Connection {
        facts: &facts,
        authorization: Authorization::Tokens { app: Some("token"), user: None },
    };
    for (next, allowed) in [
        ("/pages/2", true),
        ("https://acme.example/pages/2", true),
        ("https://evil.example/pages/2", false),
        ("//evil.example/pages/2", false),
        ("http://acme.example/pages/2", false),
        ("https://token@acme.example/pages/2", false),
        ("\\\\evil.example\\pages", false),
    ] {
        let page = answered(200, &json!({ "records": [], "next": next }));
        let state = poll.judge(&poll.begin(at(0)), &page).expect("a page").state;
        assert_eq!(poll.request(&state, &Map::new(), &connection).is_ok(), allowed, "{next}");
    }
}

#[test]
fn what_cannot_be_told_from_others_is_a_failure_and_not_left_out() {
    let definition = definition();
    let poll = poll(&definition, "changed");
    for (records, code) in [
        (json!([{ "id": 1 }]), "item_without_moment"),
        (json!([{ "at": "2025-11-30T08:00:00Z" }]), "item_without_key"),
        (json!({ "id": 1 }), "no_list"),
    ] {
        let page = answered(200, &json!({ "records": records }));
        let failure = poll.judge(&poll.begin(at(0)), &page).expect_err(code);
        assert_eq!(failure.code, code);
    }
}

#[test]
fn a_poll_that_does_not_move_ends() {
    let definition = definition();
    let poll = poll(&definition, "done");
    let first = answered(200, &json!({ "token": "t" }));
    let state = poll.judge(&poll.begin(at(0)), &first).expect("a token").state;
    let same = answered(200, &json!({ "token": "t", "more": true, "done": [] }));
    assert!(!poll.judge(&state, &same).expect("a page").more);
    // Time does not make it ask for what was before it began.
    let poll = self::poll(&definition, "changed");
    let (_, since) = asked(poll, &poll.begin(at(0) + Duration::from_millis(5)));
    assert_eq!(since, Some((at(0) + Duration::from_millis(5)).rfc3339()));
}
