//! What is known of objects and their fields ("Describe Global", "sObject Describe").

use super::envelope::{Api, Done};
use super::field::{Field, Key, Presence, Type};
use super::objects::{MASTER, OBJECTS, Object};
use axum::http::StatusCode;
use serde_json::{Value, json};

fn brief(object: &Object, version: &str) -> Value {
    let base = format!("/services/data/{version}/sobjects/{}", object.name);
    let open = object.writable;
    json!({
        "activateable": false, "associateEntityType": null, "associateParentEntity": null,
        "createable": open, "custom": object.custom(), "customSetting": false,
        "deepCloneable": false, "deletable": open, "deprecatedAndHidden": false,
        "feedEnabled": open, "hasSubtypes": false, "isInterface": false, "isSubtype": false,
        "keyPrefix": object.prefix, "label": object.label, "labelPlural": object.plural,
        "layoutable": open, "mergeable": matches!(object.name, "Account" | "Contact" | "Lead"),
        "mruEnabled": open, "name": object.name, "queryable": true, "replicateable": open,
        "retrieveable": true, "searchable": true, "triggerable": open, "undeletable": open,
        "updateable": open,
        "urls": {
            "sobject": base, "describe": format!("{base}/describe"),
            "rowTemplate": format!("{base}/{{ID}}"),
        },
    })
}

/// All objects.
pub(super) fn global(api: &Api<'_>) -> Done {
    let list: Vec<Value> = OBJECTS.iter().map(|own| brief(own, &api.version)).collect();
    Ok((StatusCode::OK, json!({ "encoding": "UTF-8", "maxBatchSize": 200, "sobjects": list })))
}

/// An object, and what was last seen of it.
pub(super) fn basic(api: &mut Api<'_>, object: &'static Object) -> Done {
    let version = api.version.clone();
    let shown = |own: &super::store::Record| {
        own.shown(object, &version, object.fields().filter(|own| matches!(own.name, "Id" | "Name")))
    };
    let recent: Vec<Value> =
        api.table(object).values().rev().filter(|own| !own.deleted).take(5).map(shown).collect();
    Ok((
        StatusCode::OK,
        json!({ "objectDescribe": brief(object, &version), "recentItems": recent }),
    ))
}

/// An object with its fields.
pub(super) fn whole(api: &Api<'_>, object: &'static Object) -> Done {
    let mut body = brief(object, &api.version);
    let master = ("Master", "Master", MASTER);
    let own = object.record_types.iter().map(|own| (own.name, own.developer_name, own.id));
    let types: Vec<Value> = own
        .chain([master])
        .map(|(name, developer, id)| {
            let is_master = id == MASTER;
            json!({
                "active": true, "available": true, "master": is_master,
                "defaultRecordTypeMapping": is_master == object.record_types.is_empty(),
                "developerName": developer, "name": name, "recordTypeId": id,
                "urls": { "layout": format!("/services/data/{}/sobjects/{}/describe/layouts/{id}", api.version, object.name) },
            })
        })
        .collect();
    body["fields"] = object.fields().map(|field| shown(object, field)).collect();
    body["recordTypeInfos"] = json!(types);
    body["childRelationships"] = json!([]);
    body["namedLayoutInfos"] = json!([]);
    body["supportedScopes"] = json!([
        { "label": format!("All {}", object.plural.to_lowercase()), "name": "everything" },
        { "label": format!("My {}", object.plural.to_lowercase()), "name": "mine" },
    ]);
    Ok((StatusCode::OK, body))
}

/// A value of a picklist.
pub(super) fn option(field: &Field, value: &str) -> Value {
    let usual = matches!(field.presence, Presence::Usually(own) if own == value);
    json!({ "active": true, "defaultValue": usual, "label": value, "validFor": null, "value": value })
}

fn shown(object: &Object, field: &Field) -> Value {
    let (type_, soap) = field.type_names();
    let targets: &[&str] = if let Type::Reference(targets) = field.type_ { targets } else { &[] };
    let options: Vec<Value> =
        field.values().into_iter().flatten().map(|own| option(field, own)).collect();
    let write = object.writable && field.writable();
    let required = field.presence == Presence::Required;
    let (precision, scale) = match field.type_ {
        Type::Currency | Type::Double => (18, 2),
        Type::Percent => (5, 2),
        _ => (0, 0),
    };
    let is_boolean = field.type_ == Type::Boolean;
    let relationship = (!targets.is_empty()).then(|| match field.name.strip_suffix("__c") {
        Some(name) => format!("{name}__r"),
        None => field.name.trim_end_matches("Id").to_owned(),
    });
    let mut body = json!({
        "aggregatable": !is_boolean, "autoNumber": object.name == "Invoice__c" && field.name == "Name",
        "byteLength": field.length * 3, "calculated": false, "calculatedFormula": null,
        "cascadeDelete": false, "caseSensitive": false, "compoundFieldName": null,
        "controllerName": null, "createable": write, "custom": field.custom(),
        "defaultValue": if is_boolean { json!(false) } else { Value::Null },
        "defaultValueFormula": null,
        "defaultedOnCreate": is_boolean || !matches!(field.presence, Presence::Required | Presence::Optional),
        "dependentPicklist": false, "deprecatedAndHidden": false,
        "digits": if field.type_ == Type::Int { 8 } else { 0 },
        "externalId": matches!(field.key, Key::External | Key::Unique),
        "extraTypeInfo": null, "filterable": field.type_ != Type::Area, "groupable": !field.is_number(),
    });
    let more = json!({
        "htmlFormatted": false, "idLookup": field.key != Key::None, "inlineHelpText": null,
        "label": field.label(), "length": field.length, "mask": null, "maskType": null,
        "name": field.name, "nameField": field.name == object.name_field(),
        "namePointing": targets.len() > 1,
        // What is filled in or has a default is never empty; a picklist with one can be.
        "nillable": !required && !is_boolean && !matches!(field.presence, Presence::OfUser)
            && !matches!(field.name, "Id" | "CreatedDate" | "CreatedById" | "LastModifiedDate" | "LastModifiedById" | "SystemModstamp" | "Name"),
        "permissionable": !required, "picklistValues": options, "polymorphicForeignKey": targets.len() > 1,
        "precision": precision, "referenceTo": targets, "relationshipName": relationship,
        "relationshipOrder": null, "restrictedDelete": false,
        "restrictedPicklist": field.values().is_some(), "scale": scale, "soapType": soap,
        "sortable": !matches!(field.type_, Type::Area | Type::Several(_)), "type": type_,
        "unique": field.key == Key::Unique, "updateable": write,
        "writeRequiresMasterRead": false,
    });
    if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
        body.extend(more);
    }
    body
}
