//! What stories of triggers need: workflows of their own, a second node, and the looks of a worker.

use super::{Got, World, read, serve};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use portico_domain::Actor;
use portico_services::{Bundle, EventQuery, Http, MasterKey, Places, Ports, Services};
use portico_storage::Store;
use serde_json::{Value, json};
use std::sync::Arc;
use tower::ServiceExt;

/// Polls all that is due, as a worker does; answers how many.
pub(crate) async fn polled(services: &Services) -> usize {
    let (mut places, mut all) = (Places::new(32), 0);
    loop {
        all += services.begin_polls(&mut places).await.expect("polled");
        if !places.ended().await {
            return all;
        }
    }
}

impl World {
    /// Another process over the same database.
    pub(crate) async fn second_node(&self) -> Services {
        self.node_with(Arc::clone(&self.services.ports().http)).await
    }

    /// The same, with a way out of its own.
    pub(crate) async fn node_with(&self, http: Arc<dyn Http>) -> Services {
        let store = Store::open(&self.address).await.expect("the database");
        let own = &self.services;
        let (master, _) = MasterKey::from_bytes([7; 32]);
        let ports = Ports { http, ..own.ports().clone() };
        let settings = own.settings().clone();
        let catalogue = own.shared_catalogue().clone();
        Services::start(store, ports, settings, catalogue, master).await.expect("services")
    }

    /// Adds workflows to the project, deployed, or deploys them anew.
    pub(crate) async fn deploy(&self, workflows: &str) {
        let bundle = format!("format = 1\n[project]\nname = \"Acme CRM\"\n{workflows}");
        let bundle = Bundle::parse(&bundle).unwrap_or_else(|why| panic!("{why}"));
        let done = self.services.import(&Actor::Operator, &bundle, None).await;
        done.unwrap_or_else(|why| panic!("{why}"));
    }

    /// The id of a workflow by its name.
    pub(crate) async fn workflow_id(&self, name: &str) -> String {
        let project = self.project.parse().expect("an id");
        let list = self.services.workflow_list(&Actor::Operator, project).await.expect("a list");
        list.iter().find(|own| own.name == name).expect(name).id.to_string()
    }

    /// Switches a workflow on (`POST`) or off (`DELETE`) for a user, by its name.
    pub(crate) async fn switch(&self, user: &str, method: &str, name: &str) {
        let path = format!("/workflows/{}", self.workflow_id(name).await);
        let switched = self.sdk(user, method, &path, Value::Null).await;
        assert_eq!(switched.status, StatusCode::NO_CONTENT, "{}", switched.text);
    }

    /// Looks after triggers as a worker does, once.
    pub(crate) async fn watch(&self) {
        self.services.follow_routing().await.expect("followed");
        self.services.fire_due(100).await.expect("fired");
        polled(&self.services).await;
    }

    /// What happened, newest first: name, source, and what was decided.
    pub(crate) async fn happened(&self) -> Vec<Value> {
        let project = self.project.parse().expect("an id");
        let query = EventQuery::default();
        let list = self.services.event_list(&Actor::Operator, project, query).await;
        let mut all = Vec::new();
        for own in list.expect("a list").rows {
            let found = self.services.event_detail(&Actor::Operator, project, own.id).await;
            all.push(json!(found.expect("an event")));
        }
        all
    }

    /// Serves on a port of its own, for providers that deliver; answers the port.
    pub(crate) async fn listen(&self) -> u16 {
        serve(self.app.clone()).await
    }

    /// A request to a provider in the sandbox, with somebody's token.
    pub(crate) async fn sandbox_as(
        &self,
        token: &str,
        method: &str,
        path: &str,
        body: Value,
    ) -> Got {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .expect("a request");
        read(self.sandbox.clone().oneshot(request).await.expect("an answer")).await
    }
}
