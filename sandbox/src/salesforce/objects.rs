//! What the objects look like: their fields, what is required, what is restricted.

use serde_json::{Map, Value, json};

pub(crate) struct Object {
    pub(crate) name: &'static str,
    pub(crate) prefix: &'static str,
    pub(crate) fields: &'static [Field],
}

pub(crate) struct Field {
    pub(crate) name: &'static str,
    kind: &'static str,
    length: usize,
    required: bool,
    values: &'static [&'static str],
    restricted: bool,
}

const fn text(name: &'static str, length: usize) -> Field {
    Field { name, kind: "string", length, required: false, values: &[], restricted: false }
}

const fn required(name: &'static str, length: usize) -> Field {
    Field { name, kind: "string", length, required: true, values: &[], restricted: false }
}

const fn email(name: &'static str) -> Field {
    Field { name, kind: "email", length: 80, required: false, values: &[], restricted: false }
}

const fn picklist(name: &'static str, values: &'static [&'static str]) -> Field {
    Field { name, kind: "picklist", length: 255, required: false, values, restricted: true }
}

const SOURCES: &[&str] = &["Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other"];

pub(crate) const OBJECTS: [Object; 3] = [
    Object {
        name: "Lead",
        prefix: "00Q",
        fields: &[
            text("FirstName", 40),
            required("LastName", 80),
            required("Company", 255),
            email("Email"),
            text("Phone", 40),
            text("Title", 128),
            text("Description", 32_000),
            picklist("LeadSource", SOURCES),
            picklist(
                "Status",
                &[
                    "Open - Not Contacted",
                    "Working - Contacted",
                    "Closed - Converted",
                    "Closed - Not Converted",
                ],
            ),
            text("External_Id__c", 64),
        ],
    },
    Object {
        name: "Contact",
        prefix: "003",
        fields: &[
            text("FirstName", 40),
            required("LastName", 80),
            email("Email"),
            text("Phone", 40),
            text("AccountId", 18),
            picklist("LeadSource", SOURCES),
            text("External_Id__c", 64),
        ],
    },
    Object {
        name: "Account",
        prefix: "001",
        fields: &[
            required("Name", 255),
            text("Phone", 40),
            text("Website", 255),
            picklist("Industry", &["Agriculture", "Banking", "Education", "Energy", "Technology"]),
            text("External_Id__c", 64),
        ],
    },
];

pub(crate) fn object(name: &str) -> Option<&'static Object> {
    OBJECTS.iter().find(|object| object.name.eq_ignore_ascii_case(name))
}

/// An error as Salesforce tells it.
pub(crate) fn error(code: &str, message: impl Into<String>, fields: &[&str]) -> Value {
    json!([{ "message": message.into(), "errorCode": code, "fields": fields }])
}

/// Whether a change is only checked for what it names.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Check {
    Whole,
    Part,
}

impl Object {
    pub(crate) fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name.eq_ignore_ascii_case(name))
    }

    /// The fields under their own names, or the error.
    pub(crate) fn checked(
        &self,
        given: &Map<String, Value>,
        check: Check,
    ) -> Result<Map<String, Value>, Value> {
        let mut fields = Map::new();
        for (name, value) in given.iter().filter(|(name, _)| *name != "attributes") {
            let field = self.field(name).ok_or_else(|| {
                let message = format!("No such column '{name}' on sobject of type {}", self.name);
                error("INVALID_FIELD", message, &[])
            })?;
            field.check(value)?;
            fields.insert(field.name.to_owned(), value.clone());
        }
        let empty = |name: &str| match fields.get(name) {
            None => check == Check::Whole,
            Some(Value::Null) => true,
            Some(Value::String(text)) => text.trim().is_empty(),
            Some(_) => false,
        };
        let missing: Vec<&str> = self
            .fields
            .iter()
            .filter(|field| field.required && empty(field.name))
            .map(|field| field.name)
            .collect();
        if !missing.is_empty() {
            let message = format!("Required fields are missing: [{}]", missing.join(", "));
            return Err(error("REQUIRED_FIELD_MISSING", message, &missing));
        }
        Ok(fields)
    }

    pub(crate) fn describe(&self) -> Value {
        let fields: Vec<Value> = self
            .fields
            .iter()
            .map(|field| {
                let values: Vec<Value> = field
                    .values
                    .iter()
                    .map(|value| json!({ "value": value, "label": value, "active": true, "defaultValue": false }))
                    .collect();
                json!({
                    "name": field.name, "label": field.name, "type": field.kind,
                    "length": field.length, "nillable": !field.required, "createable": true,
                    "updateable": true, "defaultedOnCreate": false,
                    "externalId": field.name == "External_Id__c", "idLookup": field.name == "External_Id__c",
                    "custom": field.name.ends_with("__c"), "restrictedPicklist": field.restricted,
                    "picklistValues": values, "filterable": true, "sortable": true,
                })
            })
            .collect();
        json!({ "name": self.name, "label": self.name, "keyPrefix": self.prefix, "createable": true, "fields": fields })
    }
}

impl Field {
    fn check(&self, value: &Value) -> Result<(), Value> {
        let text = match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => return Ok(()),
            Value::String(text) => text,
            Value::Array(_) | Value::Object(_) => {
                let message = format!("Cannot deserialize instance of string from {value}");
                return Err(error("JSON_PARSER_ERROR", message, &[]));
            }
        };
        if text.chars().count() > self.length {
            let message =
                format!("{}: data value too large: (max length={})", self.name, self.length);
            return Err(error("STRING_TOO_LONG", message, &[self.name]));
        }
        if self.kind == "email" && !text.is_empty() && !text.contains('@') {
            let message = format!("{}: invalid email address: {text}", self.name);
            return Err(error("INVALID_EMAIL_ADDRESS", message, &[self.name]));
        }
        if self.restricted && !text.is_empty() && !self.values.contains(&text.as_str()) {
            let message = format!("{}: bad value for restricted picklist field: {text}", self.name);
            return Err(error("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, &[self.name]));
        }
        Ok(())
    }
}
