//! Events, the work that they make, and what became of it.

use super::{Got, World};
use axum::http::StatusCode;
use portico_domain::Actor;
use portico_runtime::{Worker, WorkerOptions};
use serde_json::{Value, json};

impl World {
    pub(crate) async fn leads(&self) -> Vec<Value> {
        let records = self.sandbox("GET", "/_sandbox/records/acme/Lead", Value::Null).await.json();
        records.as_array().expect("a list").clone()
    }

    /// Works until nothing is due.
    pub(crate) async fn work(&self) -> usize {
        let worker = Worker::new(self.services.clone(), WorkerOptions::default());
        worker.drain().await.expect("work")
    }

    /// An event of a user's, worked through: what became of the first execution.
    pub(crate) async fn run(&self, user: &str, name: &str, payload: Value) -> Value {
        let event = json!({ "name": name, "payload": payload });
        let accepted = self.sdk(user, "POST", "/events/trigger", event).await;
        assert_eq!(accepted.status, StatusCode::CREATED, "{}", accepted.text);
        assert_eq!(self.work().await, 1, "{}", accepted.text);
        self.execution(&accepted.json()).await
    }

    pub(crate) async fn lead_created(&self, user: &str, last_name: &str) -> Got {
        let payload = json!({ "first_name": "Ada", "last_name": last_name, "company": "Engines" });
        let event = json!({ "name": "Lead Created", "payload": payload });
        self.sdk(user, "POST", "/events/trigger", event).await
    }

    /// An execution by the answer to its event.
    pub(crate) async fn execution(&self, accepted: &Value) -> Value {
        let id = accepted["executions"][0]["id"].as_str().expect("an execution");
        let project = self.project.parse().expect("an id");
        let found = self
            .services
            .execution_detail(&Actor::Operator, project, id.parse().expect("an id"))
            .await
            .expect("an execution");
        json!(found)
    }
}

/// What was decided for the workflow of an integration.
pub(crate) fn outcome(accepted: &Value, integration: &str) -> String {
    let decisions = accepted["decisions"].as_array().expect("decisions");
    let own = decisions.iter().find(|own| own["integration"] == integration).expect(integration);
    own["outcome"].as_str().expect("an outcome").to_owned()
}
