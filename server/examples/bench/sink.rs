//! A provider that does nothing, quickly: tokens, an identity, records.

use anyhow::Result;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;

/// What the sink saw.
#[derive(Clone, Default)]
pub(crate) struct Sink {
    calls: Arc<AtomicU64>,
    /// How often each record came.
    names: Arc<Mutex<HashMap<String, u32>>>,
}

impl Sink {
    pub(crate) fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    pub(crate) fn names(&self) -> HashMap<String, u32> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner).clone()
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

async fn create(State(sink): State<Sink>, Json(body): Json<Value>) -> (StatusCode, Json<Value>) {
    sink.calls.fetch_add(1, Ordering::Relaxed);
    if let Some(name) = body["LastName"].as_str() {
        let mut names = sink.names.lock().unwrap_or_else(PoisonError::into_inner);
        *names.entry(name.to_owned()).or_default() += 1;
    }
    (StatusCode::CREATED, Json(json!({ "id": "00Q", "success": true, "errors": [] })))
}
