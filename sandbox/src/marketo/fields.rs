//! The fields of a lead, and which values they take ("Describe", "Field types").

use super::ask::Ask;
use super::envelope::{Error, call, error, invalid, unknown_field};
use super::seed::PARTITIONS;
use crate::state::Sandbox;
use axum::extract::State;
use axum::response::Response;
use serde_json::{Map, Value, json};

/// A field.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    kind: &'static str,
    writable: bool,
}

const fn field(name: &'static str, title: &'static str, kind: &'static str) -> Field {
    Field { name, title, kind, writable: true }
}

const fn fixed(name: &'static str, title: &'static str, kind: &'static str) -> Field {
    Field { name, title, kind, writable: false }
}

/// All of them.
const FIELDS: [Field; 16] = [
    fixed("id", "Id", "integer"),
    field("email", "Email Address", "email"),
    field("firstName", "First Name", "string"),
    field("lastName", "Last Name", "string"),
    field("company", "Company Name", "string"),
    field("website", "Website", "url"),
    field("industry", "Industry", "string"),
    field("title", "Job Title", "string"),
    field("phone", "Phone Number", "phone"),
    field("country", "Country", "string"),
    field("leadScore", "Person Score", "score"),
    field("unsubscribed", "Unsubscribed", "boolean"),
    field("dateOfBirth", "Date of Birth", "date"),
    field("externalCompanyId", "External Company Id", "string"),
    fixed("createdAt", "Created At", "datetime"),
    fixed("updatedAt", "Updated At", "datetime"),
];

/// "If unset will return email, updatedAt, createdAt, lastName, firstName and id."
const USUAL: [&str; 6] = ["id", "updatedAt", "lastName", "email", "createdAt", "firstName"];

/// The fields that belong to the company of a lead.
const COMPANY: [&str; 3] = ["company", "website", "industry"];

impl Field {
    /// By its REST name.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        FIELDS.iter().find(|field| field.name == name)
    }

    /// Its number, in activities.
    pub(super) fn id(&self) -> usize {
        FIELDS.iter().position(|own| own.name == self.name).map_or(0, |index| index + 1)
    }

    /// Whether leads can be found by it: "string, email, or integer types only".
    pub(super) fn searchable(&self) -> bool {
        matches!(self.kind, "string" | "email" | "integer")
    }

    /// Whether it belongs to the company.
    pub(super) fn of_company(&self) -> bool {
        COMPANY.contains(&self.name)
    }

    /// A value as it is stored; what can be read as the type is.
    fn accepted(&self, value: &Value) -> Result<Value, Error> {
        let refused = || invalid(&said(value), self.kind);
        match (self.kind, value) {
            (_, Value::Null) => Ok(Value::Null),
            (_, Value::Array(_) | Value::Object(_)) => Err(refused()),
            ("integer" | "score", value) => {
                said(value).parse::<i64>().map(Value::from).map_err(|_| refused())
            }
            ("boolean", value) => match said(value).to_ascii_lowercase().as_str() {
                "true" | "1" => Ok(json!(true)),
                "false" | "0" => Ok(json!(false)),
                _ => Err(refused()),
            },
            ("date", value) => {
                let text = said(value);
                let whole = super::time::parsed(&format!("{text}T00:00:00Z"));
                whole.map(|_| json!(text)).ok_or_else(refused)
            }
            // "Only ASCII characters are allowed in email addresses" ("Leads").
            ("email", value) => {
                let text = said(value);
                if !text.is_ascii() || !text.contains('@') {
                    let words = format!("Value '{text}' for field 'email' is not an email address");
                    return Err(error("1003", words));
                }
                Ok(json!(text))
            }
            (_, value) => Ok(json!(said(value))),
        }
    }
}

fn said(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What a caller sends of a lead, typed; the `id` is not a field that is written.
pub(super) fn accepted(sent: &Map<String, Value>) -> Result<Map<String, Value>, Error> {
    let sent = sent.iter().filter(|(key, _)| *key != "id");
    sent.map(|(key, value)| {
        let field = Field::named(key).ok_or_else(|| unknown_field(key))?;
        if !field.writable {
            return Err(error("1003", format!("Field '{key}' is read-only")));
        }
        Ok((key.clone(), field.accepted(value)?))
    })
    .collect()
}

/// The fields that a caller wants to see.
pub(super) fn wanted(ask: &Ask) -> Result<Vec<&'static Field>, Error> {
    let named = ask.many("fields");
    let names = if named.is_empty() { USUAL.to_vec() } else { named };
    names.into_iter().map(|name| Field::named(name).ok_or_else(|| unknown_field(name))).collect()
}

/// The fields; one is known to SOAP only, which is gone, and so has no `rest`.
pub(super) async fn describe(State(sandbox): State<Sandbox>, ask: Ask) -> Response {
    call(&sandbox, &ask, |_| {
        let told = |field: &Field| {
            json!({
                "id": field.id(), "displayName": field.title, "dataType": field.kind,
                "rest": { "name": field.name, "readOnly": !field.writable },
            })
        };
        let mut all: Vec<_> = FIELDS.iter().map(told).collect();
        all.push(json!({
            "id": FIELDS.len() + 1, "displayName": "Original Source Info", "dataType": "string",
            "length": 255, "soap": { "name": "OriginalSourceInfo", "readOnly": true },
        }));
        Ok(json!({ "result": all }))
    })
}

/// The same in the newer form, and what can be searched.
pub(super) async fn describe2(State(sandbox): State<Sandbox>, ask: Ask) -> Response {
    call(&sandbox, &ask, |_| {
        let told = |field: &Field| {
            json!({
                "name": field.name, "displayName": field.title, "dataType": field.kind,
                "updateable": field.writable, "crmManaged": false,
            })
        };
        let searchable = FIELDS.iter().filter(|field| field.searchable());
        // Each is a list: some objects are found by several fields together.
        let searchable: Vec<_> = searchable.map(|field| json!([field.name])).collect();
        let fields: Vec<_> = FIELDS.iter().map(told).collect();
        Ok(json!({ "result": [{
            "name": "API Lead", "searchableFields": searchable, "fields": fields,
        }] }))
    })
}

/// The partitions that the API user may use.
pub(super) async fn partitions(State(sandbox): State<Sandbox>, ask: Ask) -> Response {
    call(&sandbox, &ask, |_| {
        let open = PARTITIONS.iter().filter(|(_, _, open)| *open);
        let all: Vec<_> = open.map(|(id, name, _)| json!({ "id": id, "name": name })).collect();
        Ok(json!({ "result": all }))
    })
}
