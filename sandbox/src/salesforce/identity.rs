//! Whose token it is ("Identity URLs", "UserInfo Endpoint").

use super::envelope::bearer;
use super::seed::User;
use super::tokens::identity_url;
use crate::clock::salesforce_time;
use crate::state::Sandbox;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// When the people were last changed: as long as the orgs are there.
const CHANGED: i64 = 1_767_600_000_000;

/// Refused in plain text, as these two are.
fn refused(words: &'static str) -> Response {
    (StatusCode::FORBIDDEN, words).into_response()
}

/// The person, and where their org is; with one of these scopes.
fn known(
    sandbox: &Sandbox,
    headers: &HeaderMap,
    scopes: &[&str],
) -> Result<(&'static User, String), &'static str> {
    let sent = bearer(headers);
    if sent.is_empty() {
        return Err("Missing_OAuth_Token");
    }
    let world = sandbox.world();
    let token = world.salesforce.live_access(sent, world.now());
    let token = token.ok_or("Bad_OAuth_Token")?;
    if !scopes.iter().any(|own| token.has_scope(own)) {
        return Err("Wrong_Scope");
    }
    Ok((token.user, world.salesforce.instance_url(token.user)))
}

fn urls(user: &User, instance: &str) -> Value {
    json!({
        "custom_domain": instance, "enterprise": format!("{instance}/services/Soap/c/{{version}}/{}", &user.org.id[..15]),
        "partner": format!("{instance}/services/Soap/u/{{version}}/{}", &user.org.id[..15]),
        "profile": format!("{instance}/{}", user.id), "query": format!("{instance}/services/data/v{{version}}/query/"),
        "recent": format!("{instance}/services/data/v{{version}}/recent/"),
        "rest": format!("{instance}/services/data/v{{version}}/"),
        "search": format!("{instance}/services/data/v{{version}}/search/"),
        "sobjects": format!("{instance}/services/data/v{{version}}/sobjects/"),
    })
}

/// `/services/oauth2/userinfo`
pub(super) async fn userinfo(State(sandbox): State<Sandbox>, headers: HeaderMap) -> Response {
    let (user, instance) = match known(&sandbox, &headers, &["openid"]) {
        Ok(known) => known,
        Err(words) => return refused(words),
    };
    Json(json!({
        "sub": identity_url(user), "user_id": user.id, "organization_id": user.org.id,
        "preferred_username": user.username, "nickname": user.first.to_lowercase(),
        "name": user.name(), "email": user.username, "email_verified": true,
        "given_name": user.first, "family_name": user.last, "zoneinfo": "Europe/Berlin",
        "photos": {}, "profile": format!("{instance}/{}", user.id), "urls": urls(user, &instance),
        "active": true, "user_type": "STANDARD", "language": "en_US", "locale": "en_IE",
        "utcOffset": 3_600_000, "updated_at": salesforce_time(CHANGED),
    }))
    .into_response()
}

/// `/id/{organization}/{user}`
pub(super) async fn identity(
    State(sandbox): State<Sandbox>,
    Path(at): Path<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let (user, instance) = match known(&sandbox, &headers, &["id", "openid", "profile", "api"]) {
        Ok(known) => known,
        Err(words) => return refused(words),
    };
    let asked = |key: &str| at.get(key).map(String::as_str);
    if asked("organization") != Some(user.org.id) {
        return refused("Wrong_Org");
    }
    if asked("user") != Some(user.id) {
        return refused("Bad_Id");
    }
    Json(json!({
        "id": identity_url(user), "asserted_user": true, "user_id": user.id,
        "organization_id": user.org.id, "username": user.username,
        "nick_name": user.first.to_lowercase(), "display_name": user.name(),
        "email": user.username, "email_verified": true, "first_name": user.first,
        "last_name": user.last, "timezone": "Europe/Berlin", "photos": {}, "active": true,
        "user_type": "STANDARD", "language": "en_US", "locale": "en_IE", "utcOffset": 3_600_000,
        "urls": urls(user, &instance), "last_modified_date": salesforce_time(CHANGED),
    }))
    .into_response()
}
