//! What may start a workflow, as far as it is known before anything did.

use portico_domain::view::AppEventView;
use portico_domain::workflow::{RequestField, RequestPlace, RequestType, Trigger};
use serde_json::{Map, Value, json};

/// An example of what a trigger brings: its event's, or one made of what is declared. Nothing is known of a provider's.
pub fn trigger_example(trigger: &Trigger, events: &[AppEventView]) -> Option<Value> {
    match trigger {
        Trigger::AppEvent { event } => {
            events.iter().find(|own| own.name == *event).map(|own| own.example.clone())
        }
        Trigger::Request { fields } | Trigger::Webhook { fields } => {
            let of = |place| {
                let own = fields.iter().filter(move |field| field.place == place);
                let named = own.map(|field| (field.name.clone(), value(field)));
                Value::Object(named.collect())
            };
            Some(json!({
                "body": of(RequestPlace::Body),
                "query": of(RequestPlace::Query),
                "headers": of(RequestPlace::Header),
            }))
        }
        Trigger::Scheduler { .. } => Some(json!({ "scheduled_at": "2026-01-01T09:00:00Z" })),
        Trigger::Integration { .. } | Trigger::IntegrationEnabled {} => None,
    }
}

/// What a field may carry.
fn value(field: &RequestField) -> Value {
    if let Some(text) = &field.equals {
        return Value::String(text.clone());
    }
    match field.kind {
        RequestType::Any => Value::Null,
        RequestType::Text => Value::String(format!("some {}", field.name)),
        RequestType::Number => json!(1),
        RequestType::Boolean => json!(true),
        RequestType::Object => Value::Object(Map::new()),
        RequestType::Array => json!([]),
    }
}
