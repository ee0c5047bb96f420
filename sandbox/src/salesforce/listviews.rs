//! List views ("List Views", "List View Describe", "List View Results").

use super::envelope::{Api, Call, Done};
use super::failure::Error;
use super::field::Field;
use super::ids;
use super::objects::{OBJECTS, Object};
use super::soql;
use axum::http::StatusCode;
use serde_json::{Value, json};

/// A list view of an object.
struct View {
    id: String,
    developer_name: String,
    label: String,
    scope: Option<&'static str>,
    filter: Option<&'static str>,
}

/// Every object has three.
fn views(object: &Object) -> [View; 3] {
    let place = OBJECTS.iter().position(|own| own.name == object.name).unwrap_or_default() as u64;
    let (plural, joined) = (object.plural, object.plural.replace(' ', "_"));
    let view = |index: u64, developer_name: String, label: String| View {
        id: ids::whole(&format!("00B00000000{:02}{:02}", place, index)),
        developer_name,
        label,
        scope: None,
        filter: None,
    };
    [
        view(1, format!("All{joined}"), format!("All {plural}")),
        View { scope: Some("mine"), ..view(2, format!("My{joined}"), format!("My {plural}")) },
        View {
            filter: Some("CreatedDate = LAST_N_DAYS:7"),
            ..view(3, "NewThisWeek".to_owned(), "New This Week".to_owned())
        },
    ]
}

fn found(object: &Object, id: &str) -> Result<View, Error> {
    let id = ids::normal(id).unwrap_or_default();
    views(object).into_iter().find(|own| own.id == id).ok_or_else(Error::missing)
}

fn base(api: &Api<'_>, object: &Object) -> String {
    format!("/services/data/{}/sobjects/{}/listviews", api.version, object.name)
}

fn shown(base: &str, view: &View) -> Value {
    let at = format!("{base}/{}", view.id);
    json!({
        "describeUrl": format!("{at}/describe"), "developerName": view.developer_name,
        "id": view.id, "label": view.label, "resultsUrl": format!("{at}/results"),
        "soqlCompatible": true, "url": at,
    })
}

pub(super) fn all(api: &Api<'_>, object: &Object) -> Done {
    let base = base(api, object);
    let list: Vec<Value> = views(object).iter().map(|own| shown(&base, own)).collect();
    let body = json!({
        "done": true, "listviews": list, "nextRecordsUrl": null, "size": list.len(),
        "sobjectType": object.name,
    });
    Ok((StatusCode::OK, body))
}

pub(super) fn one(api: &Api<'_>, object: &Object, id: &str) -> Done {
    Ok((StatusCode::OK, shown(&base(api, object), &found(object, id)?)))
}

/// The first fields that people write, and the ones that say which record it is.
fn columns(object: &'static Object) -> Vec<&'static Field> {
    let own = object.fields.iter().take(4);
    let system =
        object.fields().filter(|own| matches!(own.name, "Id" | "CreatedDate" | "SystemModstamp"));
    own.chain(system).collect()
}

fn column(field: &Field) -> Value {
    let named = field.name == "Name";
    json!({
        "ascendingLabel": "Z-A", "descendingLabel": "A-Z", "fieldNameOrPath": field.name,
        "hidden": matches!(field.name, "Id" | "CreatedDate" | "SystemModstamp"),
        "label": field.label(), "selectListItem": field.name,
        "sortDirection": if named { json!("ascending") } else { Value::Null },
        "sortIndex": if named { json!(0) } else { Value::Null },
        "sortable": true, "type": field.type_names().0,
    })
}

fn query(view: &View, object: &'static Object, user: &str) -> String {
    let names: Vec<&str> = columns(object).iter().map(|own| own.name).collect();
    let mine = view.scope.filter(|_| object.field("OwnerId").is_some());
    let filter = match (mine, view.filter) {
        (Some(_), _) => format!(" WHERE OwnerId = '{user}'"),
        (None, Some(filter)) => format!(" WHERE {filter}"),
        (None, None) => String::new(),
    };
    let order = object.name_field();
    format!(
        "SELECT {} FROM {}{filter} ORDER BY {order} ASC NULLS FIRST, Id ASC NULLS FIRST",
        names.join(", "),
        object.name
    )
}

pub(super) fn described(api: &Api<'_>, object: &'static Object, id: &str) -> Done {
    let view = found(object, id)?;
    let columns: Vec<Value> = columns(object).into_iter().map(column).collect();
    let order = |name: &str| json!({ "fieldNameOrPath": name, "nullsPosition": "first", "sortDirection": "ascending" });
    let body = json!({
        "columns": columns, "id": view.id, "orderBy": [order(object.name_field()), order("Id")],
        "query": query(&view, object, api.user.id), "relatedEntityId": null,
        "scope": view.scope.unwrap_or("everything"), "scopeEntityId": null,
        "sobjectType": object.name, "whereCondition": null,
    });
    Ok((StatusCode::OK, body))
}

pub(super) fn results(api: &mut Api<'_>, call: &Call, object: &'static Object, id: &str) -> Done {
    let view = found(object, id)?;
    let number = |key: &str, usual: usize, most: usize| match call.query(key) {
        None => Ok(usual),
        Some(text) => text.parse().map(|own: usize| own.min(most)).map_err(|_| {
            Error::bad("INVALID_QUERY_VALUE", format!("{key} is not a number: {text}"))
        }),
    };
    let (limit, offset) = (number("limit", 25, 2000)?, number("offset", 0, 2000)?);
    let query = soql::read(&query(&view, object, api.user.id), api.now)?;
    let table = api.table(object);
    let ids = query.ids(table, false);
    let columns = columns(object);
    let rows: Vec<Value> = ids
        .iter()
        .skip(offset)
        .take(limit)
        .filter_map(|id| table.get(id))
        .map(|own| {
            let cells: Vec<Value> = columns
                .iter()
                .map(|field| {
                    // Everything is text here.
                    let value = match own.value(field) {
                        Value::Null => Value::Null,
                        Value::String(text) => json!(text),
                        other => json!(other.to_string()),
                    };
                    json!({ "fieldNameOrPath": field.name, "value": value })
                })
                .collect();
            json!({ "columns": cells })
        })
        .collect();
    let body = json!({
        "columns": columns.into_iter().map(column).collect::<Vec<_>>(),
        "developerName": view.developer_name, "done": offset + rows.len() >= ids.len(),
        "id": view.id, "label": view.label, "size": rows.len(), "records": rows,
    });
    Ok((StatusCode::OK, body))
}
