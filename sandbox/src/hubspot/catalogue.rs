//! What an account is made of: properties, custom objects, the account itself.

use super::envelope::{Asked, Scope, call};
use super::failure::Error;
use super::seed::FOUNDED;
use super::types::{KINDS, Kind, kind};
use crate::state::Sandbox;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

/// The properties of an object, all at once ("Properties"). None of them is archived.
pub(super) async fn properties(
    State(sandbox): State<Sandbox>,
    Path((_, object)): Path<(String, String)>,
    asked: Asked,
) -> Response {
    call(&sandbox, &asked, |api| {
        let kind = kind(&object)?;
        api.needs(kind.describe())?;
        let shown = if asked.archived() { Vec::new() } else { described(kind) };
        Ok((StatusCode::OK, json!({ "results": shown })))
    })
}

fn described(kind: &Kind) -> Vec<Value> {
    kind.properties.iter().enumerate().map(|(order, own)| own.shown(order)).collect()
}

/// One property.
pub(super) async fn property(
    State(sandbox): State<Sandbox>,
    Path((_, object, name)): Path<(String, String, String)>,
    asked: Asked,
) -> Response {
    call(&sandbox, &asked, |api| {
        let kind = kind(&object)?;
        api.needs(kind.describe())?;
        let found = kind.properties.iter().enumerate().find(|(_, own)| own.name == name);
        let (order, own) = found.ok_or_else(Error::missing)?;
        Ok((StatusCode::OK, own.shown(order)))
    })
}

/// The custom objects ("Custom objects"); a portal whose edition has none answers none.
pub(super) async fn schemas(
    State(sandbox): State<Sandbox>,
    Path(_): Path<String>,
    asked: Asked,
) -> Response {
    call(&sandbox, &asked, |api| {
        api.needs(Scope::Any(&["crm.schemas.custom.read", "crm.objects.custom.read"]))?;
        let custom = KINDS.iter().filter(|kind| kind.is_custom());
        let shown = custom.map(|kind| {
            let name = kind.plural;
            json!({
                "id": "123", "objectTypeId": kind.id, "name": name, "archived": false,
                "fullyQualifiedName": format!("p{}_{name}", api.portal.id),
                "labels": { "singular": "Car", "plural": "Cars" }, "primaryDisplayProperty": "name",
                "secondaryDisplayProperties": ["vin"], "requiredProperties": kind.required,
                "searchableProperties": kind.searched, "allowsSensitiveProperties": false,
                "properties": described(kind), "associations": [],
                "createdAt": FOUNDED, "updatedAt": FOUNDED,
            })
        });
        Ok((StatusCode::OK, json!({ "results": shown.collect::<Vec<_>>() })))
    })
}

/// Which account it is ("Account information").
pub(super) async fn account(
    State(sandbox): State<Sandbox>,
    Path(_): Path<String>,
    asked: Asked,
) -> Response {
    call(&sandbox, &asked, |api| {
        api.needs(Scope::Any(&["oauth"]))?;
        let portal = api.portal;
        let hours = portal.ahead_ms / 3_600_000;
        let sign = if hours < 0 { '-' } else { '+' };
        let body = json!({
            "portalId": portal.id, "accountType": "STANDARD", "timeZone": portal.zone,
            "companyCurrency": portal.currency, "additionalCurrencies": [],
            "utcOffset": format!("{sign}{:02}:00", hours.abs()),
            "utcOffsetMilliseconds": portal.ahead_ms, "uiDomain": "app.hubspot.com",
            "dataHostingLocation": "na1",
        });
        Ok((StatusCode::OK, body))
    })
}
