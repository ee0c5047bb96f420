//! How many calls were made today ("Get daily usage"): Marketo tells it nowhere else.

use super::ask::Ask;
use super::envelope::call;
use super::seed;
use super::time::quota_date;
use crate::state::Sandbox;
use axum::extract::State;
use axum::response::Response;
use serde_json::json;

/// The calls of the day, this one among them.
pub(super) async fn usage(State(sandbox): State<Sandbox>, ask: Ask) -> Response {
    let user = ask.instance.map(seed::api_user).unwrap_or_default();
    call(&sandbox, &ask, |desk| {
        let (_, calls) = desk.own.today;
        Ok(json!({ "result": [{
            "date": quota_date(desk.now), "total": calls,
            "users": [{ "userId": user, "count": calls }],
        }] }))
    })
}
