//! A node for which the providers' time is its own, however far it waits.

use super::clock::MovedClock;
use super::{World, read};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use futures::future::BoxFuture;
use portico_connector::{Delivery, HttpRequest};
use portico_runtime::{Worker, WorkerOptions};
use portico_services::{Clock, Http, Services};
use serde_json::json;
use std::sync::Arc;
use tower::ServiceExt;
use url::Url;

struct InStep {
    inner: Arc<dyn Http>,
    clock: Arc<MovedClock>,
    sandbox: Router,
}

impl Http for InStep {
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Delivery> {
        let (inner, clock) = (Arc::clone(&self.inner), Arc::clone(&self.clock));
        let sandbox = self.sandbox.clone();
        Box::pin(async move {
            let now = json!({ "stand_at_ms": clock.now().millis() });
            let moved = Request::post("/_sandbox/clock")
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from(now.to_string()))
                .expect("a request");
            read(sandbox.oneshot(moved).await.expect("an answer")).await;
            inner.send(request).await
        })
    }

    fn for_browser(&self, url: &Url) -> Url {
        self.inner.for_browser(url)
    }
}

impl World {
    /// Another process over the same database, before each of whose requests the sandbox's clock is set.
    pub(crate) async fn node_in_step(&self) -> Services {
        let inner = Arc::clone(&self.services.ports().http);
        let (clock, sandbox) = (Arc::clone(&self.clock), self.sandbox.clone());
        self.node_with(Arc::new(InStep { inner, clock, sandbox })).await
    }

    /// Works as that node until there is nothing to come, however much later.
    pub(crate) async fn work_to_the_end(&self, node: &Services) {
        loop {
            let worker = Worker::new(node.clone(), WorkerOptions::default());
            worker.drain().await.expect("work");
            let Some(due) = node.store().next_due().await.expect("the queue") else { return };
            self.clock.sleep_until(due).await;
        }
    }
}
