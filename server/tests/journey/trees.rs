//! Workflows that are trees: conditions, fan-outs, functions, requests, delays.

use crate::harness::{World, on_each_database_with};
use crate::orders::{SECRET, Shop, deploy, items, place};
use axum::http::StatusCode;
use serde_json::{Value, json};

const FULFIL: &str = r#"
[[workflows.definition.steps]]
id = "weigh"
title = "Weigh"
kind = "function"
code = """
function run({ items }) {
  console.log(items.length, "items");
  return { total: items.reduce((sum, item) => sum + item.quantity, 0) };
}
"""
inputs = { items = "{{ trigger.items }}" }

[[workflows.definition.steps]]
id = "heavy"
title = "Heavy?"
kind = "condition"
rules = [[{ left = "{{ steps.weigh.result.total }}", operator = "greater_than", right = 10 }]]

[[workflows.definition.steps.then]]
id = "wait"
title = "Wait for the truck"
kind = "delay"
inputs = { amount = 2, unit = "days" }

[[workflows.definition.steps]]
id = "each"
title = "Each item"
kind = "fan_out"
inputs = { items = "{{ trigger.items }}" }

[[workflows.definition.steps.body]]
id = "price"
title = "Price"
kind = "request"

[workflows.definition.steps.body.inputs]
method = "GET"
url = "https://api.shop.test/prices"
query = { sku = "{{ item.sku }}" }
auth = "bearer"
auth_secret = "{{ secrets.shop_key }}"

[[workflows.definition.steps.body]]
id = "order"
title = "Order"
kind = "request"

[workflows.definition.steps.body.inputs]
method = "POST"
url = "https://api.shop.test/orders"
body = { sku = "{{ item.sku }}", cents = "{{ steps.price.body.cents }}", place = "{{ index }}" }

[[workflows.definition.steps]]
id = "report"
title = "Report"
kind = "request"

[workflows.definition.steps.inputs]
method = "POST"
url = "https://api.shop.test/reports"

[workflows.definition.steps.inputs.body]
first = "{{ steps.each.items[0].price.body.cents }}"
rounds = "{{ steps.each.items | length }}"
waited = "{{ steps.heavy.holds }}"
"#;

fn order(skus: &[(&str, u64)]) -> Value {
    let item = |(sku, quantity): &(&str, u64)| json!({ "sku": sku, "quantity": quantity });
    json!({ "items": skus.iter().map(item).collect::<Vec<_>>() })
}

#[tokio::test]
async fn an_order_goes_down_its_tree_and_every_round_is_done_once() {
    let shop = Shop::default();
    on_each_database_with(
        || shop.own(),
        async |world: World| {
            deploy(&world, FULFIL).await;
            let placed = place(&world, order(&[("tea", 2), ("honey", 1), ("jam", 3)])).await;
            world.work().await;
            let execution = world.execution(&placed).await;
            assert_eq!(execution["summary"]["status"], "succeeded", "{execution}");
            let sent = |sku: &str, cents: u64, place: u64| {
                json!({ "sku": sku, "cents": cents, "place": place })
            };
            assert_eq!(
                shop.was_sent("/orders"),
                [sent("tea", 300, 0), sent("honey", 500, 1), sent("jam", 300, 2)]
            );
            let report = json!({ "first": 300, "rounds": 3, "waited": false });
            assert_eq!(shop.was_sent("/reports"), [report]);
            let history = execution["history"].as_array().expect("a history");
            let of = |path: &str, fact: &str| {
                let own = |entry: &&Value| entry["path"] == path && entry["fact"] == fact;
                history.iter().find(own).unwrap_or_else(|| panic!("no {fact} of {path}")).clone()
            };
            let weighed = json!({ "result": { "total": 6 }, "logs": ["3 items"] });
            assert_eq!(of("weigh", "step_succeeded")["output"], weighed);
            let priced = of("each.1/price", "step_succeeded");
            assert_eq!(priced["output"]["body"], json!({ "cents": 500, "for": "•••" }));
            assert_eq!(priced["call"]["request"], "GET https://api.shop.test/prices");
            assert_eq!(of("each.1/price", "step_started")["input"]["json"]["auth_secret"], "•••");
            assert!(!execution.to_string().contains(SECRET), "{execution}");
        },
    )
    .await;
}

#[tokio::test]
async fn a_heavy_order_waits_two_days_and_goes_on() {
    let shop = Shop::default();
    on_each_database_with(
        || shop.own(),
        async |world: World| {
            deploy(&world, FULFIL).await;
            let placed = place(&world, order(&[("tea", 11)])).await;
            world.work().await;
            world.clock.advance(2 * 86_400 - 60);
            assert_eq!(world.work().await, 0, "it is not due");
            let waiting = world.execution(&placed).await;
            assert_eq!(waiting["summary"]["status"], "running", "{waiting}");
            assert_eq!(shop.was_sent("/orders"), Vec::<Value>::new());
            world.clock.advance(120);
            world.work().await;
            let ended = world.execution(&placed).await;
            assert_eq!(ended["summary"]["status"], "succeeded", "{ended}");
            assert_eq!(shop.was_sent("/orders").len(), 1);
            assert_eq!(shop.was_sent("/reports")[0]["waited"], true);
        },
    )
    .await;
}

#[tokio::test]
async fn who_disconnects_waits_for_nothing_any_more() {
    let shop = Shop::default();
    on_each_database_with(
        || shop.own(),
        async |world: World| {
            deploy(&world, FULFIL).await;
            let placed = place(&world, order(&[("tea", 11)])).await;
            world.work().await;
            let list = world.sdk("ada", "GET", "/integrations", Value::Null).await.json();
            let own = list.as_array().expect("a list").iter().find(|own| own["type"] == "shop");
            let id = own.expect("the shop")["id"].as_str().expect("an id");
            let gone =
                world.sdk("ada", "DELETE", &format!("/integrations/{id}"), Value::Null).await;
            assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.text);
            world.clock.advance(3 * 86_400);
            assert_eq!(world.work().await, 0);
            let ended = world.execution(&placed).await;
            assert_eq!(ended["summary"]["status"], "cancelled", "{ended}");
            assert_eq!(shop.was_sent("/orders"), Vec::<Value>::new());
        },
    )
    .await;
}

#[tokio::test]
async fn a_round_that_fails_fails_the_whole_once_the_others_are_done() {
    let shop = Shop::default();
    on_each_database_with(
        || shop.own(),
        async |world: World| {
            deploy(&world, FULFIL).await;
            let placed = place(&world, order(&[("tea", 1), ("gone", 1), ("jam", 1)])).await;
            world.work().await;
            let ended = world.execution(&placed).await;
            assert_eq!(ended["summary"]["status"], "failed", "{ended}");
            let failure = &ended["summary"]["failure"];
            assert_eq!(failure["class"], "not_found", "{failure}");
            let words = failure["message"].as_str().expect("words");
            assert!(words.starts_with("1 of 3 rounds failed; of item 1:"), "{words}");
            assert!(words.contains("404: ••• knows nothing"), "{words}");
            assert_eq!(shop.was_sent("/orders").len(), 2, "what had begun came to its end");
            assert_eq!(shop.was_sent("/reports"), Vec::<Value>::new());
        },
    )
    .await;
}

#[tokio::test]
async fn a_long_list_is_gone_through_to_its_end() {
    const ROUNDS: usize = 300;
    let shop = Shop::default();
    on_each_database_with(
        || shop.own(),
        async |world: World| {
            deploy(&world, FULFIL).await;
            let items = items(ROUNDS);
            let mut payload = json!({ "items": items });
            // Light, so that nothing waits.
            for item in payload["items"].as_array_mut().expect("a list") {
                item["quantity"] = json!(0);
            }
            let placed = place(&world, payload).await;
            // As many jobs as there are steps: none is done twice.
            assert_eq!(world.work().await, 1 + 2 * ROUNDS + 1);
            let ended = world.execution(&placed).await;
            assert_eq!(ended["summary"]["status"], "succeeded", "{}", ended["summary"]);
            let places: Vec<_> =
                shop.was_sent("/orders").iter().filter_map(|own| own["place"].as_u64()).collect();
            assert_eq!(places, (0..ROUNDS as u64).collect::<Vec<_>>());
            assert_eq!(shop.was_sent("/reports")[0]["rounds"], ROUNDS);
        },
    )
    .await;
}

const ASK: &str = r#"
[[workflows.definition.steps]]
id = "ask"
title = "Ask"
kind = "request"
retry = []
inputs = { method = "GET", url = "{{ trigger.url }}" }
"#;

#[tokio::test]
async fn a_request_reaches_public_addresses_alone() {
    let shop = Shop::default();
    on_each_database_with(
        || shop.own(),
        async |world: World| {
            deploy(&world, ASK).await;
            for (url, code) in [
                ("https://127.0.0.1/", "address_refused"),
                ("https://[::1]:8443/", "address_refused"),
                ("https://169.254.169.254/latest/meta-data", "address_refused"),
                ("https://10.0.0.7/", "address_refused"),
                ("https://localhost/", "address_refused"),
                ("http://api.shop.test/me", "url"),
                ("file:///etc/passwd", "url"),
                ("https://api.shop.test/elsewhere", "redirected"),
            ] {
                let placed = place(&world, json!({ "url": url })).await;
                world.work().await;
                let ended = world.execution(&placed).await;
                assert_eq!(ended["summary"]["failure"]["code"], code, "{url}: {ended}");
            }
            let placed = place(&world, json!({ "url": "https://api.shop.test/me?x=1" })).await;
            world.work().await;
            let ended = world.execution(&placed).await;
            assert_eq!(ended["summary"]["status"], "succeeded", "{ended}");
        },
    )
    .await;
}
