//! A workflow's own address, and an account's for a workflow: a request in, the workflow's answer out.

use super::answer::{Answer, Refused, json, text};
use super::sdk::{CONFIGURATION, CREDENTIAL, user};
use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use portico_domain::{ExecutionStatus, Refusal, RefusalCode};
use portico_services::{CallTaken, Requested, Services, WebhookCall, WorkflowRequest};
use serde_json::{Map, Value, json as value};

/// What workflows do not see of a request: who signs in, and what the way here added.
const HIDDEN: [&str; 6] =
    ["authorization", "cookie", "proxy-authorization", "host", "connection", "content-length"];
/// What an answer of a workflow may not say: it is about the connection, our origin or its cookies.
const OURS: [&str; 12] = [
    "connection",
    "content-length",
    "keep-alive",
    "proxy-authenticate",
    "set-cookie",
    "strict-transport-security",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "vary",
    "www-authenticate",
];
/// More headers than this are left out.
const MOST_HEADERS: usize = 50;

pub(super) async fn trigger(
    State(services): State<Services>,
    Path((project, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Answer<Response> {
    let user = user(&services, &project, &headers).await?;
    let workflow = id.parse().map_err(|_| {
        Refused(Refusal::new(RefusalCode::WorkflowUnknown, "There is no such deployed workflow."))
    })?;
    let request = WorkflowRequest {
        workflow,
        body: sent(&headers, body, services.settings().max_event_bytes).await?,
        query: parameters(query.as_deref().unwrap_or_default()),
        headers: seen(&headers),
        key: text(&headers, "idempotency-key"),
        credential: text(&headers, CREDENTIAL),
        configuration: text(&headers, CONFIGURATION),
    };
    let requested = services.request_workflow(&user.actor, request).await?;
    Ok(match requested {
        Requested::Running { execution } => {
            (StatusCode::ACCEPTED, Json(value!({ "executionId": execution }))).into_response()
        }
        Requested::Answer { output, .. } => answered(&output),
        Requested::Ended { execution, status: ExecutionStatus::Failed, failure } => {
            let words = failure.as_ref().map(|failure| failure.message.as_str());
            let mut refusal = Refusal::new(
                RefusalCode::ExecutionFailed,
                words.unwrap_or("The workflow failed before it answered."),
            );
            refusal.meta = Some(value!({ "executionId": execution, "failure": failure }));
            Refused(refusal).into_response()
        }
        Requested::Ended { execution, status, .. } => {
            Json(value!({ "executionId": execution, "status": status })).into_response()
        }
        Requested::Late { execution, received_at } => {
            let refusal = Refusal::new(
                RefusalCode::ResponseLate,
                "The workflow has not answered within 55 seconds; it goes on.",
            );
            let mut body = refusal.body();
            body["dateSubmitted"] = value!(received_at.rfc3339());
            body["projectId"] = value!(project);
            body["workflowId"] = value!(workflow);
            body["executionId"] = value!(execution);
            let status = StatusCode::from_u16(refusal.code.status());
            (status.unwrap_or(StatusCode::GATEWAY_TIMEOUT), Json(body)).into_response()
        }
    })
}

/// To an account's address, which says whose it is: nobody signs in.
pub(super) async fn webhook(
    State(services): State<Services>,
    Path(token): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Answer<Response> {
    let call = WebhookCall {
        body: received(&headers, body, services.settings().max_event_bytes).await?,
        query: parameters(query.as_deref().unwrap_or_default()),
        headers: seen(&headers),
        key: text(&headers, "webhook-id").or_else(|| text(&headers, "idempotency-key")),
    };
    let accepted = |body: Value| (StatusCode::ACCEPTED, Json(body)).into_response();
    Ok(match services.receive_call(&token, call).await? {
        CallTaken::Started { execution } => accepted(value!({ "executionId": execution })),
        CallTaken::Kept { event } => accepted(value!({ "eventId": event })),
        CallTaken::Answered { output } => answered(&output),
    })
}

async fn whole(body: Body, most: usize) -> Answer<Bytes> {
    to_bytes(body, most).await.map_err(|_| {
        Refused(Refusal::new(
            RefusalCode::PayloadTooLarge,
            format!("The body is larger than {most} bytes."),
        ))
    })
}

/// What somebody sends who has never read our documentation: JSON, a form, or a text.
async fn received(headers: &HeaderMap, body: Body, most: usize) -> Answer<Value> {
    let bytes = whole(body, most).await?;
    if bytes.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    let kind = text(headers, header::CONTENT_TYPE.as_str()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let Ok(written) = std::str::from_utf8(&bytes) else {
        return Err(Refused(Refusal::new(
            RefusalCode::UnsupportedMediaType,
            "Send JSON, a form or a text, in UTF-8.",
        )));
    };
    if kind == "application/x-www-form-urlencoded" {
        return Ok(Value::Object(parameters(written)));
    }
    match super::answer::value(&bytes) {
        Err(_) if !kind.ends_with("json") => Ok(Value::String(written.to_owned())),
        read => read,
    }
}

/// Any JSON; nothing is an empty object.
async fn sent(headers: &HeaderMap, body: Body, most: usize) -> Answer<Value> {
    let bytes = whole(body, most).await?;
    if bytes.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    json(headers, Body::from(bytes), most).await
}

/// Of a parameter that comes twice, the last counts.
fn parameters(query: &str) -> Map<String, Value> {
    url::form_urlencoded::parse(query.as_bytes())
        .map(|(name, text)| (name.into_owned(), Value::String(text.into_owned())))
        .collect()
}

fn seen(headers: &HeaderMap) -> Map<String, Value> {
    headers
        .iter()
        .filter(|(name, _)| !HIDDEN.contains(&name.as_str()))
        .filter_map(|(name, text)| {
            let text = text.to_str().ok()?;
            Some((name.as_str().to_owned(), Value::String(text.to_owned())))
        })
        .collect()
}

/// The answer of a *Response* step: text as it is, everything else as JSON. It is never a page of our
/// origin: a browser that is sent here downloads it.
fn answered(output: &Value) -> Response {
    let status = output["status"].as_u64().and_then(|status| u16::try_from(status).ok());
    let status = status.filter(|status| (200..=599).contains(status));
    let status = status.and_then(|status| StatusCode::from_u16(status).ok());
    let (body, kind) = match &output["body"] {
        Value::Null => (String::new(), None),
        Value::String(text) => (text.clone(), Some("text/plain; charset=utf-8")),
        other => (other.to_string(), Some("application/json")),
    };
    let mut response = (status.unwrap_or(StatusCode::OK), body).into_response();
    let own = response.headers_mut();
    own.remove(header::CONTENT_TYPE);
    if let Some(kind) = kind {
        own.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    for (name, value) in output["headers"].as_object().into_iter().flatten().take(MOST_HEADERS) {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let name = name.to_ascii_lowercase();
        let is_ours = OURS.contains(&name.as_str())
            || ["access-control-", "sec-", "proxy-"].iter().any(|own| name.starts_with(own));
        let (Ok(name), Ok(text)) =
            (HeaderName::try_from(name.as_str()), HeaderValue::try_from(text.as_str()))
        else {
            continue;
        };
        if !is_ours {
            own.insert(name, text);
        }
    }
    own.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    own.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

#[cfg(test)]
mod tests {
    use super::answered;
    use axum::http::StatusCode;
    use serde_json::json;

    #[test]
    fn an_answer_says_what_a_workflow_may_say() {
        let response = answered(&json!({
            "status": 201,
            "headers": {
                "X-Kind": "lead", "Set-Cookie": "a=b", "Access-Control-Allow-Origin": "*",
                "bad name": "x", "x-lines": "a\r\nb: c", "Content-Type": "text/csv",
            },
            "body": "a,b",
        }));
        assert_eq!(response.status(), StatusCode::CREATED);
        let headers = response.headers();
        assert_eq!(headers["x-kind"], "lead");
        assert_eq!(headers["content-type"], "text/csv");
        for name in ["set-cookie", "access-control-allow-origin", "x-lines"] {
            assert!(!headers.contains_key(name), "{name}");
        }
        assert_eq!(headers["x-content-type-options"], "nosniff");
        for status in [json!(99), json!(100), json!(700), json!("200"), json!(null)] {
            assert_eq!(answered(&json!({ "status": status })).status(), StatusCode::OK, "{status}");
        }
    }
}
