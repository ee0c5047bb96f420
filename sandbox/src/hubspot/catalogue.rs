//! What there is to choose from: properties, owners, pipelines, custom objects.

use super::envelope::call;
use super::objects::kind;
use super::seed::STAGES;
use crate::state::Sandbox;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const OWNERS: usize = 620;

/// The properties of an object, all at once.
pub(super) async fn properties(
    State(sandbox): State<Sandbox>,
    Path((_, object)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    call(&sandbox, &headers, "", |_, _, _| {
        let (_, known) = kind(&object)?;
        let shown = |(name, label, type_name, writable): &(&str, &str, &str, bool)| {
            let options: Vec<Value> = match *name {
                "lifecyclestage" => STAGES
                    .iter()
                    .map(|stage| json!({ "label": stage, "value": stage, "hidden": false }))
                    .collect(),
                _ => Vec::new(),
            };
            json!({
                "name": name, "label": label, "type": type_name, "fieldType": "text",
                "groupName": "information", "options": options, "hidden": false,
                "calculated": false, "hubspotDefined": true,
                "modificationMetadata": { "readOnlyValue": !writable, "readOnlyDefinition": true, "archivable": false },
            })
        };
        Ok((StatusCode::OK, json!({ "results": known.iter().map(shown).collect::<Vec<_>>() })))
    })
}

/// Who owns records, page by page.
pub(super) async fn owners(
    State(sandbox): State<Sandbox>,
    Path(_): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    call(&sandbox, &headers, "crm.objects.owners.read", |_, portal, _| {
        let number = |key: &str| query.get(key).and_then(|text| text.parse::<usize>().ok());
        let (start, limit) =
            (number("after").unwrap_or(0), number("limit").unwrap_or(100).min(500));
        let owner = |index: usize| {
            let email = if index == 0 {
                portal.user.to_owned()
            } else {
                format!("owner{index:03}@{}", portal.domain)
            };
            json!({ "id": (index + 1).to_string(), "email": email, "firstName": "Owner", "lastName": index.to_string(), "userId": index, "archived": false })
        };
        let end = (start + limit).min(OWNERS);
        let mut body = json!({ "results": (start..end).map(owner).collect::<Vec<_>>() });
        if end < OWNERS {
            body["paging"] = json!({ "next": { "after": end.to_string() } });
        }
        Ok((StatusCode::OK, body))
    })
}

/// The pipelines of deals and tickets, with their stages.
pub(super) async fn pipelines(
    State(sandbox): State<Sandbox>,
    Path((_, object)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    call(&sandbox, &headers, "", |_, _, _| {
        kind(&object)?;
        let stage = |id: &str, label: &str| json!({ "id": id, "label": label, "metadata": { "isClosed": "false" } });
        let pipeline = |id: &str, label: &str| {
            let stages = [
                stage("appointmentscheduled", "Appointment scheduled"),
                stage("closedwon", "Closed won"),
            ];
            json!({ "id": id, "label": label, "displayOrder": 0, "stages": stages })
        };
        let all = [pipeline("default", "Sales pipeline"), pipeline("renewals", "Renewals")];
        Ok((StatusCode::OK, json!({ "results": all })))
    })
}

/// The custom objects.
pub(super) async fn schemas(
    State(sandbox): State<Sandbox>,
    Path(_): Path<String>,
    headers: HeaderMap,
) -> Response {
    call(&sandbox, &headers, "", |_, portal, _| {
        let car = json!({
            "objectTypeId": "2-123", "fullyQualifiedName": format!("p{}_cars", portal.id),
            "labels": { "singular": "Car", "plural": "Cars" }, "requiredProperties": ["name"],
            "primaryDisplayProperty": "name",
        });
        Ok((StatusCode::OK, json!({ "results": [car] })))
    })
}

/// Which account it is.
pub(super) async fn account(
    State(sandbox): State<Sandbox>,
    Path(_): Path<String>,
    headers: HeaderMap,
) -> Response {
    call(&sandbox, &headers, "", |_, portal, _| {
        let body = json!({
            "portalId": portal.id, "accountType": "STANDARD", "timeZone": "Europe/Berlin",
            "companyCurrency": "EUR", "uiDomain": "app.hubspot.com",
        });
        Ok((StatusCode::OK, body))
    })
}
