//! A provider that does nothing, quickly: tokens, an identity, records. It keeps a book of its own.

use anyhow::Result;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use portico_domain::Timestamp;
use portico_runtime::SystemClock;
use portico_services::Clock;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;

/// What the sink saw.
#[derive(Clone, Default)]
pub(crate) struct Sink {
    calls: Arc<AtomicU64>,
    /// By the names of the records.
    seen: Arc<Mutex<HashMap<String, Seen>>>,
}

/// A record as it came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// How often.
    pub(crate) times: u32,
    /// When first.
    pub(crate) first_at: Timestamp,
    /// With what, the first time.
    pub(crate) fields: Value,
}

impl Sink {
    pub(crate) fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    pub(crate) fn seen(&self) -> MutexGuard<'_, HashMap<String, Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Serves on a free port.
    pub(crate) async fn serve(&self) -> Result<u16> {
        let token = json!({
            "access_token": "t", "refresh_token": "r", "token_type": "Bearer",
            "instance_url": "https://bench.my.salesforce.com",
        });
        let app = Router::new()
            .route("/login/services/oauth2/token", post(move || async move { Json(token) }))
            .route("/bench/services/oauth2/userinfo", get(identity))
            .route("/bench/services/data/{version}/sobjects/{object}", post(create))
            .route("/floor", post(|| async { StatusCode::CREATED }))
            .with_state(self.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(port)
    }
}

async fn identity() -> Json<Value> {
    Json(json!({ "user_id": "005", "organization_id": "00D", "preferred_username": "bench" }))
}

/// The id of a record is its name, so that it can be told from all others where it comes back.
async fn create(State(sink): State<Sink>, Json(fields): Json<Value>) -> (StatusCode, Json<Value>) {
    sink.calls.fetch_add(1, Ordering::Relaxed);
    let name = fields["LastName"].as_str().unwrap_or_default().to_owned();
    let answer = json!({ "id": name, "success": true, "errors": [] });
    let mut seen = sink.seen();
    let first = || Seen { times: 0, first_at: SystemClock.now(), fields };
    seen.entry(name).or_insert_with(first).times += 1;
    (StatusCode::CREATED, Json(answer))
}
