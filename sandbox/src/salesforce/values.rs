//! What may be written to a field, and what Salesforce says to the rest.

use super::envelope::Api;
use super::failure::Error;
use super::field::{Field, Presence, Type};
use super::ids;
use super::objects::{MASTER, OBJECTS, Object};
use super::store::Fields;
use crate::clock::{day_parsed, parsed, salesforce_time};
use serde_json::{Value, json};

/// Whether what is not written is missing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    /// A new record.
    Whole,
    /// A change.
    Part,
}

/// The largest number that fits into a currency field of 16 digits and 2 behind the point.
const MOST: f64 = 9_999_999_999_999_999.0;

impl Api<'_> {
    /// The fields under their own names and their values in Salesforce's form, or the first error.
    pub(super) fn checked(
        &mut self,
        object: &'static Object,
        given: &Fields,
        check: Check,
    ) -> Result<Fields, Error> {
        let mut fields = Fields::new();
        let mut closed = Vec::new();
        for (name, value) in given.iter().filter(|(name, _)| *name != "attributes") {
            let field = object.field(name).ok_or_else(|| {
                Error::bad(
                    "INVALID_FIELD",
                    format!("No such column '{name}' on sobject of type {}", object.name),
                )
            })?;
            if field.writable() {
                fields.insert(field.name.to_owned(), read(field, value)?);
            } else {
                closed.push(field.name);
            }
        }
        if !closed.is_empty() {
            let words = format!(
                "Unable to create/update fields: {}. Please check the security settings of this field and verify that it is read/write for your profile or permission set.",
                closed.join(", ")
            );
            let error = Error::bad("INVALID_FIELD_FOR_INSERT_UPDATE", words);
            return Err(closed.iter().fold(error, |error, own| error.on(own)));
        }
        required(object, &fields, check)?;
        for (name, value) in &mut fields {
            if let (Some(field), Value::String(id)) = (object.field(name), &mut *value)
                && let Type::Reference(targets) = field.type_
            {
                *id = self.referred(object, field, targets, id)?;
            }
        }
        valid(object, &fields)?;
        Ok(fields)
    }

    /// The record that an id refers to is there.
    fn referred(
        &mut self,
        object: &Object,
        field: &Field,
        targets: &[&str],
        id: &str,
    ) -> Result<String, Error> {
        let whole = ids::normal(id);
        let target = whole.as_deref().and_then(|whole| {
            OBJECTS.iter().find(|own| targets.contains(&own.name) && whole.starts_with(own.prefix))
        });
        let (Some(whole), Some(target)) = (whole, target) else {
            let words = format!("{}: id value of incorrect type: {id}", field.label());
            return Err(Error::bad("MALFORMED_ID", words).on(field.name));
        };
        if target.name == "RecordType" {
            let known = whole == MASTER || object.record_types.iter().any(|own| own.id == whole);
            let words = format!("Record Type ID: this ID value isn't valid for the user: {id}");
            return if known {
                Ok(whole)
            } else {
                Err(Error::bad("INVALID_CROSS_REFERENCE_KEY", words).on(field.name))
            };
        }
        match self.find(target, &whole) {
            Ok(_) => Ok(whole),
            Err(error) if error.code == "ENTITY_IS_DELETED" => {
                Err(Error::bad("ENTITY_IS_DELETED", "entity is deleted").on(field.name))
            }
            Err(_) => Err(Error::bad("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
                .on(field.name)),
        }
    }
}

fn required(object: &Object, fields: &Fields, check: Check) -> Result<(), Error> {
    let empty = |field: &&&Field| {
        let must = matches!(field.presence, Presence::Required);
        let shut = matches!(field.presence, Presence::OfUser) || field.type_ == Type::Boolean;
        match fields.get(field.name) {
            None => must && check == Check::Whole,
            Some(Value::Null) => must || shut,
            Some(_) => false,
        }
    };
    let missing: Vec<&str> =
        object.fields.iter().collect::<Vec<_>>().iter().filter(empty).map(|own| own.name).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let words = format!("Required fields are missing: [{}]", missing.join(", "));
    let error = Error::bad("REQUIRED_FIELD_MISSING", words);
    Err(missing.iter().fold(error, |error, own| error.on(own)))
}

/// The org's own validation rules.
fn valid(object: &Object, fields: &Fields) -> Result<(), Error> {
    let number = |name: &str| fields.get(name).and_then(Value::as_f64);
    if object.name == "Invoice__c" && number("Discount__c").is_some_and(|own| own > 50.0) {
        let words = "A discount of more than 50% needs an approval.";
        return Err(Error::bad("FIELD_CUSTOM_VALIDATION_EXCEPTION", words).on("Discount__c"));
    }
    Ok(())
}

/// What the JSON parser says to a value of the wrong type.
fn cannot(field: &Field, value: &Value) -> Error {
    let (is, shown) = match value {
        Value::String(text) => ("VALUE_STRING", text.clone()),
        Value::Bool(true) => ("VALUE_TRUE", "true".to_owned()),
        Value::Bool(false) => ("VALUE_FALSE", "false".to_owned()),
        Value::Number(own) if own.is_f64() => ("VALUE_NUMBER_FLOAT", own.to_string()),
        Value::Number(own) => ("VALUE_NUMBER_INT", own.to_string()),
        Value::Array(_) => ("START_ARRAY", "[".to_owned()),
        _ => ("START_OBJECT", "{".to_owned()),
    };
    let type_ = match field.type_ {
        Type::Boolean | Type::Date | Type::DateTime => field.type_names().0,
        _ if field.is_number() => field.type_names().0,
        _ => "string",
    };
    let words = format!(
        "Cannot deserialize instance of {type_} from {is} value {shown} or request may be missing a required field at [line:1, column:2]"
    );
    Error::bad("JSON_PARSER_ERROR", words)
}

/// A value in Salesforce's form.
fn read(field: &Field, value: &Value) -> Result<Value, Error> {
    if value.is_null() || value == "" {
        return Ok(Value::Null);
    }
    match field.type_ {
        Type::Boolean => match value {
            Value::Bool(_) => Ok(value.clone()),
            Value::String(own) if own.eq_ignore_ascii_case("true") => Ok(json!(true)),
            Value::String(own) if own.eq_ignore_ascii_case("false") => Ok(json!(false)),
            _ => Err(cannot(field, value)),
        },
        _ if field.is_number() => number(field, value),
        _ => text(field, value.as_str().ok_or_else(|| cannot(field, value))?),
    }
}

fn number(field: &Field, value: &Value) -> Result<Value, Error> {
    let read = match value {
        Value::Number(own) => own.as_f64(),
        Value::String(own) => own.trim().parse().ok().filter(|own: &f64| own.is_finite()),
        _ => None,
    };
    let read = read.ok_or_else(|| cannot(field, value))?;
    let outside = match field.type_ {
        Type::Int if read.fract() != 0.0 => return Err(cannot(field, value)),
        Type::Int => read.abs() > 99_999_999.0,
        Type::Percent => read.abs() > 99_999.0,
        _ => read.abs() > MOST,
    };
    if outside {
        let words =
            format!("{}: value outside of valid range on numeric field: {value}", field.label());
        return Err(Error::bad("NUMBER_OUTSIDE_VALID_RANGE", words).on(field.name));
    }
    Ok(if field.type_ == Type::Int { json!(read as i64) } else { json!(read) })
}

fn text(field: &Field, text: &str) -> Result<Value, Error> {
    match field.type_ {
        Type::Date => {
            // A time is cut to its day.
            let day = text.split('T').next().unwrap_or_default();
            let fits = day_parsed(day).is_some() && (day == text || parsed(text).is_some());
            return if fits { Ok(json!(day)) } else { Err(cannot(field, &json!(text))) };
        }
        Type::DateTime => {
            let at = parsed(text).or_else(|| day_parsed(text));
            return at
                .map(|at| json!(salesforce_time(at)))
                .ok_or_else(|| cannot(field, &json!(text)));
        }
        _ => {}
    }
    let name = field.name;
    if field.length > 0
        && !matches!(field.type_, Type::Reference(_))
        && text.chars().count() > field.length
    {
        let shown: String = text.chars().take(40).collect();
        let words = format!(
            "{}: data value too large: {shown} (max length={})",
            field.label(),
            field.length
        );
        return Err(Error::bad("STRING_TOO_LONG", words).on(name));
    }
    match field.type_ {
        Type::Email if !is_address(text) => {
            let words = format!("{}: invalid email address: {text}", field.label());
            return Err(Error::bad("INVALID_EMAIL_ADDRESS", words).on(name));
        }
        Type::Picklist(values) => restricted(field, values, text)?,
        Type::Several(values) => {
            for own in text.split(';') {
                restricted(field, values, own)?;
            }
        }
        _ => {}
    }
    Ok(json!(text))
}

fn restricted(field: &Field, values: &[&str], text: &str) -> Result<(), Error> {
    if values.contains(&text) {
        return Ok(());
    }
    let words = format!("{}: bad value for restricted picklist field: {text}", field.label());
    Err(Error::bad("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", words).on(field.name))
}

fn is_address(text: &str) -> bool {
    let plain = |part: &str| !part.is_empty() && !part.contains(char::is_whitespace);
    text.split_once('@').is_some_and(|(who, host)| {
        plain(who)
            && plain(host)
            && !host.contains('@')
            && host.split('.').filter(|own| !own.is_empty()).count() > 1
    })
}
