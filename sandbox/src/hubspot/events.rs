//! What the app hears of ("Webhooks": events in the payload).

use super::World;
use super::envelope::Api;
use super::types::Kind;
use super::values::Fields;
use serde_json::{Map, Value, json};

/// The app, and its subscription.
const APP_ID: u64 = 54_321;
const SUBSCRIPTION_ID: u64 = 12_345;

impl World {
    /// What has happened since this was last asked.
    pub(crate) fn take_events(&mut self) -> Vec<Value> {
        std::mem::take(&mut self.events)
    }
}

impl World {
    /// Keeps that a person made a record, in HubSpot's own pages.
    pub(super) fn made_by_a_person(&mut self, portal: u64, kind: &Kind, (id, now): (u64, i64)) {
        self.events_made += 1;
        self.events.push(json!({
            "eventId": self.events_made, "subscriptionId": SUBSCRIPTION_ID, "portalId": portal,
            "appId": APP_ID, "occurredAt": now, "subscriptionType": "object.creation",
            "attemptNumber": 0, "objectId": id, "objectTypeId": kind.id, "kind": kind.singular,
            "changeSource": "CRM_UI", "sourceId": "userId:1", "changeFlag": "CREATED",
        }));
    }
}

impl Api<'_> {
    /// Keeps what happened to a record; `more` is what only this kind of event tells.
    pub(super) fn happened(&mut self, kind: &Kind, id: u64, (what, more): (&str, Value)) {
        self.world.events_made += 1;
        let mut event = json!({
            "eventId": self.world.events_made, "subscriptionId": SUBSCRIPTION_ID,
            "portalId": self.portal.id, "appId": APP_ID, "occurredAt": self.now,
            "subscriptionType": format!("object.{what}"), "attemptNumber": 0, "objectId": id,
            "objectTypeId": kind.id, "kind": kind.singular, "changeSource": "INTEGRATION",
            "sourceId": APP_ID.to_string(),
        });
        if let (Value::Object(event), Value::Object(more)) = (&mut event, more) {
            event.extend(more);
        }
        self.world.events.push(event);
    }

    pub(super) fn created_event(&mut self, kind: &Kind, id: u64) {
        self.happened(kind, id, ("creation", json!({ "changeFlag": "CREATED" })));
    }

    pub(super) fn deleted_event(&mut self, kind: &Kind, id: u64) {
        self.happened(kind, id, ("deletion", json!({ "changeFlag": "DELETED" })));
    }

    /// One event for each property that has another value now.
    pub(super) fn changed_events(
        &mut self,
        kind: &Kind,
        id: u64,
        (before, after): (&Fields, &Fields),
    ) {
        let names: Map<String, Value> =
            before.iter().chain(after).map(|(name, _)| (name.clone(), Value::Null)).collect();
        for name in names.keys() {
            let value = after.get(name);
            if before.get(name) != value {
                let value = value.cloned().unwrap_or_else(|| json!(""));
                let more = json!({ "propertyName": name, "propertyValue": value });
                self.happened(kind, id, ("propertyChange", more));
            }
        }
    }
}
