//! Picklists as a record type has them ("User Interface API: Get Values for All Picklist Fields of a
//! Record Type").

use super::envelope::{Api, Done};
use super::failure::Error;
use super::field::{Field, Presence, Type};
use super::ids;
use super::objects::{MASTER, Object, RecordType};
use axum::http::StatusCode;
use serde_json::{Map, Value, json};

/// Changes with what is told; here nothing changes.
const TAG: &str = "2b9d3c8a41f0e6d7a5b4c3d2e1f00918";

/// The record type with an id. `None` within: the master, which leaves all values.
fn record_type(object: &'static Object, id: &str) -> Result<Option<&'static RecordType>, Error> {
    let id = ids::normal(id).unwrap_or_default();
    let own = object.record_types.iter().find(|own| own.id == id);
    if own.is_some() || id == MASTER { Ok(own) } else { Err(Error::missing()) }
}

fn values(api: &Api<'_>, object: &Object, field: &Field, own: Option<&RecordType>) -> Value {
    let left = own.and_then(|own| own.values.iter().find(|(name, _)| *name == field.name));
    let all = left.map_or(field.values().unwrap_or_default(), |(_, values)| *values);
    let value =
        |own: &&str| json!({ "attributes": null, "label": own, "validFor": [], "value": own });
    let usual = all.iter().find(|own| field.presence == Presence::Usually(own));
    let id = own.map_or(MASTER, |own| own.id);
    json!({
        "controllerValues": {}, "defaultValue": usual.map(value), "eTag": TAG,
        "url": format!(
            "/services/data/{}/ui-api/object-info/{}/picklist-values/{id}/{}",
            api.version, object.name, field.name
        ),
        "values": all.iter().map(value).collect::<Vec<_>>(),
    })
}

/// All picklists of a record type.
pub(super) fn picklists(api: &Api<'_>, object: &'static Object, id: &str) -> Done {
    let own = record_type(object, id)?;
    let fields = object.fields.iter().filter(|own| own.values().is_some());
    let all: Map<String, Value> =
        fields.map(|field| (field.name.to_owned(), values(api, object, field, own))).collect();
    Ok((StatusCode::OK, json!({ "eTag": TAG, "picklistFieldValues": all })))
}

/// One of them.
pub(super) fn picklist(api: &Api<'_>, object: &'static Object, id: &str, name: &str) -> Done {
    let own = record_type(object, id)?;
    let field =
        object.field(name).filter(|own| own.values().is_some()).ok_or_else(Error::missing)?;
    Ok((StatusCode::OK, values(api, object, field, own)))
}

/// An object, with its record types and the fields that people see.
pub(super) fn object_info(_: &Api<'_>, object: &'static Object) -> Done {
    let own = object.record_types.iter().map(|own| (own.id, own.name));
    let types: Map<String, Value> = own
        .chain([(MASTER, "Master")])
        .map(|(id, name)| {
            let is_master = id == MASTER;
            let shown = json!({
                "available": true, "defaultRecordTypeMapping": is_master == object.record_types.is_empty(),
                "master": is_master, "name": name, "recordTypeId": id,
            });
            (id.to_owned(), shown)
        })
        .collect();
    let fields: Map<String, Value> = object
        .fields()
        .map(|field| {
            let write = object.writable && field.writable();
            let targets: &[&str] = if let Type::Reference(own) = field.type_ { own } else { &[] };
            let shown = json!({
                "apiName": field.name, "createable": write, "custom": field.custom(),
                "dataType": kind(field), "label": field.label(), "length": field.length,
                "nameField": field.name == object.name_field(), "reference": !targets.is_empty(),
                "referenceToInfos": targets.iter().map(|own| json!({ "apiName": own, "nameFields": ["Name"] })).collect::<Vec<_>>(),
                "required": field.presence == Presence::Required, "updateable": write,
            });
            (field.name.to_owned(), shown)
        })
        .collect();
    let usual = object.record_types.first().map_or(MASTER, |own| own.id);
    let body = json!({
        "apiName": object.name, "createable": object.writable, "custom": object.custom(),
        "defaultRecordTypeId": usual, "deletable": object.writable, "eTag": TAG, "fields": fields,
        "keyPrefix": object.prefix, "label": object.label, "labelPlural": object.plural,
        "nameFields": [object.name_field()], "queryable": true, "recordTypeInfos": types,
        "updateable": object.writable,
    });
    Ok((StatusCode::OK, body))
}

/// The words of the user interface for a type.
fn kind(field: &Field) -> &'static str {
    match field.type_ {
        Type::Text | Type::Id => "String",
        Type::Area => "TextArea",
        Type::Email => "Email",
        Type::Phone => "Phone",
        Type::Url => "Url",
        Type::Picklist(_) => "Picklist",
        Type::Several(_) => "MultiPicklist",
        Type::Boolean => "Boolean",
        Type::Int => "Int",
        Type::Double => "Double",
        Type::Currency => "Currency",
        Type::Percent => "Percent",
        Type::Date => "Date",
        Type::DateTime => "DateTime",
        Type::Reference(_) => "Reference",
    }
}
