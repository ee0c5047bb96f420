//! Pipelines and their stages ("Pipelines").

use super::envelope::{Asked, call};
use super::failure::Error;
use super::seed::FOUNDED;
use super::types::{Kind, kind};
use crate::state::Sandbox;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

/// A pipeline of deals or of tickets.
pub(super) struct Pipeline {
    kind: &'static str,
    pub(super) id: &'static str,
    label: &'static str,
    pub(super) stages: &'static [Stage],
}

/// A stage: its id, what a person reads, and how likely a deal in it is won. A ticket's is open or
/// closed.
pub(super) type Stage = (&'static str, &'static str, &'static str);

/// The first of a kind is used for records that name none.
const PIPELINES: [Pipeline; 3] = [
    Pipeline {
        kind: "deals",
        id: "default",
        label: "Sales Pipeline",
        stages: &[
            ("appointmentscheduled", "Appointment Scheduled", "0.2"),
            ("qualifiedtobuy", "Qualified To Buy", "0.4"),
            ("presentationscheduled", "Presentation Scheduled", "0.6"),
            ("decisionmakerboughtin", "Decision Maker Bought-In", "0.8"),
            ("contractsent", "Contract Sent", "0.9"),
            ("closedwon", "Closed Won", "1.0"),
            ("closedlost", "Closed Lost", "0.0"),
        ],
    },
    Pipeline {
        kind: "deals",
        id: "7001",
        label: "Renewals",
        stages: &[
            ("7011", "Due", "0.5"),
            ("7012", "In negotiation", "0.7"),
            ("7013", "Renewed", "1.0"),
            ("7014", "Lost", "0.0"),
        ],
    },
    Pipeline {
        kind: "tickets",
        id: "0",
        label: "Support Pipeline",
        stages: &[
            ("1", "New", "OPEN"),
            ("2", "Waiting on contact", "OPEN"),
            ("3", "Waiting on us", "OPEN"),
            ("4", "Closed", "CLOSED"),
        ],
    },
];

/// The pipelines of a type.
pub(super) fn of(kind: &Kind) -> impl Iterator<Item = &'static Pipeline> {
    let plural = kind.plural;
    PIPELINES.iter().filter(move |own| own.kind == plural)
}

impl Pipeline {
    fn shown(&self, order: usize) -> Value {
        let stage = |(order, (id, label, how)): (usize, &Stage)| {
            let metadata = if self.kind == "tickets" {
                json!({ "ticketState": how, "isClosed": (*how == "CLOSED").to_string() })
            } else {
                json!({ "probability": how, "isClosed": matches!(*how, "1.0" | "0.0").to_string() })
            };
            json!({
                "id": id, "label": label, "displayOrder": order, "metadata": metadata,
                "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT", "archived": false,
                "createdAt": FOUNDED, "updatedAt": FOUNDED,
            })
        };
        let stages: Vec<_> = self.stages.iter().enumerate().map(stage).collect();
        json!({
            "id": self.id, "label": self.label, "displayOrder": order, "stages": stages,
            "archived": false, "createdAt": FOUNDED, "updatedAt": FOUNDED,
        })
    }
}

/// The pipelines of a type, all at once.
pub(super) async fn all(
    State(sandbox): State<Sandbox>,
    Path((_, object)): Path<(String, String)>,
    asked: Asked,
) -> Response {
    call(&sandbox, &asked, |api| {
        let kind = kind(&object)?;
        api.needs(kind.describe())?;
        let results: Vec<_> = of(kind).enumerate().map(|(order, own)| own.shown(order)).collect();
        Ok((StatusCode::OK, json!({ "results": results })))
    })
}

/// One pipeline.
pub(super) async fn one(
    State(sandbox): State<Sandbox>,
    Path((_, object, id)): Path<(String, String, String)>,
    asked: Asked,
) -> Response {
    call(&sandbox, &asked, |api| {
        let kind = kind(&object)?;
        api.needs(kind.describe())?;
        let (order, own) =
            of(kind).enumerate().find(|(_, own)| own.id == id).ok_or_else(Error::missing)?;
        Ok((StatusCode::OK, own.shown(order)))
    })
}
