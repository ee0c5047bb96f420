//! Long lists: read once, read again when asked, and what becomes of a choice that is no more.

use crate::harness::{World, on_each_database};
use axum::http::StatusCode;
use serde_json::{Value, json};

/// A portal with an account of Marketo whose workflow asks for a list.
struct Lists<'w> {
    world: &'w World,
    token: String,
    configuration: Value,
    workflow: Value,
}

impl<'w> Lists<'w> {
    async fn open(world: &'w World) -> Self {
        let sent = json!({ "integration": "marketo" });
        let made = world.sdk("ada", "POST", "/portal-sessions", sent).await.json();
        let ticket = made["url"].as_str().expect("a URL").rsplit('/').next().expect("a ticket");
        let opened = world.services.open_portal(ticket).await.expect("an answer");
        let token = opened.expect("a portal").session_token;
        let fields = json!({ "integration": "marketo", "fields": {
            "client_id": "portico-demo", "client_secret": "portico-demo-secret",
            "endpoint": "https://123-ABC-456.mktorest.com/rest", "identity": "123-ABC-456",
        }});
        let connected = world.portal(&token, "POST", "/accounts", fields).await;
        assert_eq!(connected.status, StatusCode::CREATED, "{}", connected.text);
        let view = world.portal(&token, "GET", "/view", Value::Null).await.json();
        let account = &view["accounts"][0];
        let (configuration, workflow) =
            (account["configuration_id"].clone(), account["workflows"][0]["id"].clone());
        Self { world, token, configuration, workflow }
    }

    async fn page(&self, cursor: &Value, refresh: bool) -> Value {
        let body = json!({
            "configurationId": self.configuration, "workflowId": self.workflow, "setting": "list",
            "cursor": cursor, "refresh": refresh,
        });
        loop {
            let page = self.world.portal(&self.token, "POST", "/choices", body.clone()).await;
            if page.status == StatusCode::OK {
                return page.json();
            }
            // Whoever reads a lot is slowed down, and told for how long.
            let wait = page.json()["meta"]["retryAfter"].as_u64().expect("a wait");
            self.world.clock.advance(i64::try_from(wait).expect("seconds"));
            let passed = json!({ "advance_s": wait });
            let done = self.world.sandbox("POST", "/_sandbox/clock", passed).await;
            assert!(done.status.is_success(), "{}", done.text);
        }
    }

    /// Every page, from the first on.
    async fn all(&self, refresh: bool) -> Vec<Value> {
        let mut page = self.page(&Value::Null, refresh).await;
        let mut all = Vec::new();
        loop {
            all.extend(page["choices"].as_array().expect("choices").clone());
            if page["next"].is_null() {
                return all;
            }
            page = self.page(&page["next"], false).await;
        }
    }

    async fn lost(&self) -> Value {
        let body = json!({ "configurationId": self.configuration });
        self.world.portal(&self.token, "POST", "/choices/lost", body).await.json()
    }

    async fn choose(&self, choice: &Value) {
        let body = json!({
            "configurationId": self.configuration, "workflowId": self.workflow,
            "settings": { "list": choice["value"] }, "labels": { "list": choice["label"] },
        });
        let saved = self.world.portal(&self.token, "POST", "/settings", body).await;
        assert_eq!(saved.status, StatusCode::OK, "{}", saved.text);
    }

    async fn seed(&self, lists: usize) {
        let path = "/marketo/123-abc-456/_sandbox/seed";
        let done = self.world.sandbox("POST", path, json!({ "lists": lists })).await;
        assert!(done.status.is_success(), "{}", done.text);
    }
}

#[tokio::test]
async fn a_list_is_read_once_and_again_when_that_is_asked() {
    on_each_database(async |world: World| {
        let lists = Lists::open(&world).await;
        assert_eq!(lists.all(false).await.len(), 320);
        lists.seed(40).await;
        assert_eq!(lists.all(false).await.len(), 320, "it was read a moment ago");
        assert_eq!(lists.all(true).await.len(), 40, "Refresh asks the provider");
        lists.seed(30).await;
        assert_eq!(lists.all(false).await.len(), 40);
        world.clock.advance(301);
        assert_eq!(lists.all(false).await.len(), 30, "nothing is remembered for long");
    })
    .await;
}

#[tokio::test]
async fn fifty_thousand_lists_are_read_to_the_last() {
    on_each_database(async |world: World| {
        let lists = Lists::open(&world).await;
        lists.seed(50_000).await;
        let first = lists.page(&Value::Null, true).await;
        assert_eq!(first["choices"].as_array().expect("choices").len(), 300, "shown at once");
        assert_eq!(first["providerSearches"], false);
        assert_eq!(lists.all(false).await.len(), 50_000);
    })
    .await;
}

#[tokio::test]
async fn a_choice_that_is_no_more_is_told_before_the_next_run_fails() {
    on_each_database(async |world: World| {
        let lists = Lists::open(&world).await;
        assert_eq!(lists.lost().await, json!([]), "nothing was chosen");
        let all = lists.all(false).await;
        let last = all.last().expect("a list");
        lists.choose(last).await;
        assert_eq!(lists.lost().await, json!([]), "it is there");
        lists.seed(40).await;
        world.clock.advance(301);
        let lost = lists.lost().await;
        assert_eq!(lost[0]["setting"], "list", "{lost}");
        assert_eq!(lost[0]["workflowId"], lists.workflow);
        let words = lost[0]["message"].as_str().expect("words");
        let name = last["label"].as_str().expect("a name");
        assert_eq!(words, format!("{name:?} no longer exists in Marketo; choose another one."));
        lists.choose(&all[0]).await;
        assert_eq!(lists.lost().await, json!([]));
        // However far down the list it stands: one is looked up, not read for.
        lists.seed(4000).await;
        world.clock.advance(301);
        lists.choose(&json!({ "value": 999_999, "label": "Far away" })).await;
        assert_eq!(lists.lost().await[0]["setting"], "list");
        let far = lists.all(true).await.pop().expect("a list");
        lists.choose(&far).await;
        assert_eq!(lists.lost().await, json!([]));
    })
    .await;
}
