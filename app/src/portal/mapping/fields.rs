//! The fields of a mapping beside those of its setting: which are there, and what is done to them.

use super::{CREATED, DYNAMIC, INTEGRATION};
use crate::portal::questions::plain;
use serde_json::{Map, Value, json};

/// What the host app says of an object of its own.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::portal) struct AppFields {
    /// Their keys in what the app sends, and what people read.
    pub(super) fields: Vec<(String, String)>,
    /// The keys of those that are there from the start; absent: all.
    from_start: Option<Vec<String>>,
    may_remove: bool,
    pub(super) may_create: bool,
}

impl AppFields {
    /// Where there is no object of the app's: nothing, and nothing that the app forbids.
    pub(super) fn of_nobody() -> Self {
        Self { may_create: true, ..Self::default() }
    }

    /// Reads each of Paragon's shapes: a list, a list with what users may do, or that beside loaders.
    #[cfg_attr(not(any(feature = "mount", test)), expect(dead_code, reason = "only a page asks"))]
    pub(in crate::portal) fn read(said: &Value) -> Option<Self> {
        let own = said.get("applicationFields").unwrap_or(said);
        let list = own.as_array().or_else(|| own["fields"].as_array());
        if list.is_none() && !own.is_object() {
            return None;
        }
        let each = list.into_iter().flatten();
        let fields = each.map(|field| (plain(&field["value"]), plain(&field["label"])));
        let from_start = own["defaultFields"].as_array();
        Some(Self {
            fields: fields.collect(),
            from_start: from_start.map(|keys| keys.iter().map(plain).collect()),
            may_remove: own["userCanRemoveMappings"] == true,
            may_create: own["userCanCreateFields"] != false,
        })
    }

    fn starts_with(&self, key: &String) -> bool {
        self.from_start.as_ref().is_none_or(|all| all.contains(key))
    }
}

/// A field beside those of the setting.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    pub(super) key: String,
    pub(super) label: String,
    pub(super) removable: bool,
}

/// What is done to the fields beside those of the setting.
pub(super) enum Edit {
    /// It is there, and mapped onto this, or onto nothing.
    Put(String, Value),
    /// The end user makes it up.
    Create(String),
    Remove(String),
}

/// The fields that are there: the app's in its order, then those that only the answer has.
pub(super) fn rows(app: Option<&AppFields>, answer: &Value, labels: &[String]) -> Vec<Row> {
    let mapped = answer[DYNAMIC].as_object();
    let is_there = |key: &str| mapped.is_some_and(|all| all.contains_key(key));
    let mut rows = Vec::new();
    for (key, label) in app.into_iter().flat_map(|app| &app.fields) {
        let (starts, may) = app.map_or((false, true), |app| (app.starts_with(key), app.may_remove));
        // What was taken out stays out.
        if is_there(key) || (starts && (mapped.is_none() || !may)) {
            rows.push(Row { key: key.clone(), label: label.clone(), removable: may || !starts });
        }
    }
    let created = answer[CREATED].as_array().into_iter().flatten().map(plain);
    for key in created.chain(mapped.into_iter().flat_map(|all| all.keys().cloned())) {
        if !rows.iter().any(|row| row.key == key) {
            rows.push(Row { label: key.clone(), key, removable: true });
        }
    }
    rows.retain(|row| !labels.contains(&row.key));
    rows
}

/// The answer after an edit: all fields that are there are in it.
pub(super) fn edited(mut value: Value, rows: &[Row], edit: Edit) -> Value {
    let entry =
        |key: &str, field| (key.to_owned(), json!({ "applicationField": key, INTEGRATION: field }));
    let each =
        rows.iter().map(|row| entry(&row.key, value[DYNAMIC][&row.key][INTEGRATION].clone()));
    let mut mapped: Map<_, _> = each.collect();
    let mut created = value[CREATED].as_array().cloned().unwrap_or_default();
    match edit {
        Edit::Put(key, field) => mapped.extend([entry(&key, field)]),
        Edit::Create(key) => {
            mapped.extend([entry(&key, Value::Null)]);
            created.push(Value::from(key));
        }
        Edit::Remove(key) => {
            mapped.shift_remove(&key);
            created.retain(|own| *own != key);
        }
    }
    value[DYNAMIC] = Value::Object(mapped);
    value[CREATED] = Value::Array(created);
    value
}

/// What adding a field does that is called so; or why not.
pub(super) fn to_add(
    typed: &str,
    shown: &[Row],
    offered: &[(String, String)],
    may_create: bool,
) -> Result<Edit, &'static str> {
    let typed = typed.trim();
    let is_typed = |key: &str, label: &str| key == typed || label == typed;
    if typed.is_empty() {
        return Err("Write the name of the field.");
    }
    if shown.iter().any(|row| is_typed(&row.key, &row.label)) {
        return Err("This field is there already.");
    }
    match offered.iter().find(|(key, label)| is_typed(key, label)) {
        Some((key, _)) => Ok(Edit::Put(key.clone(), Value::Null)),
        None if may_create => Ok(Edit::Create(typed.to_owned())),
        None => Err("Choose one of the fields that are offered."),
    }
}

#[cfg(test)]
mod tests {
    use super::{AppFields, Edit, edited, rows, to_add};
    use serde_json::{Value, json};

    fn said(rest: Value) -> AppFields {
        let mut said = json!({ "fields": [
            { "label": "Title", "value": "title" },
            { "label": "Due date", "value": "due" },
            { "label": "E-mail", "value": "email" },
        ]});
        for (key, value) in rest.as_object().expect("an object") {
            said[key] = value.clone();
        }
        AppFields::read(&said).expect("fields")
    }

    /// The keys of the fields that are there; a star behind those that can be removed.
    fn there(app: Option<&AppFields>, answer: &Value) -> Vec<String> {
        let all = rows(app, answer, &["email".to_owned()]).into_iter();
        all.map(|row| format!("{}{}", row.key, if row.removable { "*" } else { "" })).collect()
    }

    #[test]
    fn each_shape_of_paragons_is_read() {
        let fields =
            json!([{ "label": "Title", "value": "title" }, { "label": "Size", "value": 7 }]);
        let list = AppFields::read(&fields).expect("fields");
        let keys: Vec<_> = list.fields.iter().map(|own| own.0.as_str()).collect();
        assert_eq!((keys, list.may_remove, list.may_create), (vec!["title", "7"], false, true));
        let options = json!({ "fields": fields, "defaultFields": ["title"], "userCanRemoveMappings": true,
                              "userCanCreateFields": false });
        let plain = AppFields::read(&options).expect("fields");
        assert_eq!(plain.from_start.as_deref(), Some(&["title".to_owned()][..]));
        assert_eq!((plain.may_remove, plain.may_create), (true, false));
        let beside =
            json!({ "objectTypes": {}, "integrationFields": {}, "applicationFields": options });
        assert_eq!(AppFields::read(&beside), Some(plain));
        assert_eq!(
            AppFields::read(&json!({ "objectTypes": {} })).map(|own| own.fields.len()),
            Some(0)
        );
        assert_eq!(AppFields::read(&Value::Null), None);
    }

    #[test]
    fn the_apps_fields_are_there_from_the_start_or_once_they_are_added() {
        let all = said(json!({}));
        assert_eq!(there(Some(&all), &Value::Null), ["title", "due"], "email is the setting's own");
        let some = said(json!({ "defaultFields": ["title"] }));
        assert_eq!(there(Some(&some), &Value::Null), ["title"]);
        let added = edited(
            Value::Null,
            &rows(Some(&some), &Value::Null, &[]),
            Edit::Put("due".to_owned(), Value::Null),
        );
        assert_eq!(
            there(Some(&some), &added),
            ["title", "due*"],
            "what was added can be taken out again"
        );
        assert!(there(None, &Value::Null).is_empty(), "nobody has said anything yet");
        assert_eq!(
            there(None, &added),
            ["title*", "due*"],
            "what was kept is there without the app"
        );
    }

    #[test]
    fn what_is_taken_out_stays_out_where_the_app_lets_it() {
        let free = said(json!({ "userCanRemoveMappings": true }));
        let shown = rows(Some(&free), &Value::Null, &[]);
        let mapped = edited(Value::Null, &shown, Edit::Put("title".to_owned(), json!("Title")));
        assert_eq!(there(Some(&free), &mapped), ["title*", "due*"]);
        let removed =
            edited(mapped, &rows(Some(&free), &Value::Null, &[]), Edit::Remove("due".to_owned()));
        assert_eq!(there(Some(&free), &removed), ["title*"]);
        assert_eq!(
            there(Some(&said(json!({}))), &removed),
            ["title", "due"],
            "where it must be there it is"
        );
    }

    #[test]
    fn a_field_of_the_users_own_is_mapped_and_taken_out_with_its_name() {
        let app = said(json!({ "defaultFields": [] }));
        let now = json!({ "objectMapping": "Lead", "fieldMappings": { "email": "Email" } });
        let own = edited(now, &[], Edit::Create("Shoe size".to_owned()));
        let shown = rows(Some(&app), &own, &[]);
        let own = edited(own, &shown, Edit::Put("Shoe size".to_owned(), json!("Size__c")));
        assert_eq!(
            own,
            json!({
                "objectMapping": "Lead",
                "fieldMappings": { "email": "Email" },
                "dynamicMappings": {
                    "Shoe size": { "applicationField": "Shoe size", "integrationField": "Size__c" },
                },
                "userCreatedFields": ["Shoe size"],
            })
        );
        assert_eq!(there(Some(&app), &own), ["Shoe size*"]);
        let gone = edited(own, &shown, Edit::Remove("Shoe size".to_owned()));
        assert_eq!(
            (&gone["dynamicMappings"], &gone["userCreatedFields"]),
            (&json!({}), &json!([]))
        );
    }

    #[test]
    fn what_is_typed_is_one_of_the_apps_or_a_new_one() {
        let offered = [("due".to_owned(), "Due date".to_owned())];
        let only = said(json!({ "defaultFields": ["title"] }));
        let shown = rows(Some(&only), &Value::Null, &[]);
        let add = |typed: &str, may| match to_add(typed, &shown, &offered, may) {
            Ok(Edit::Put(key, Value::Null)) => format!("put {key}"),
            Ok(Edit::Create(key)) => format!("create {key}"),
            Ok(_) => panic!("neither"),
            Err(words) => words.to_owned(),
        };
        assert_eq!(add(" Due date ", false), "put due");
        assert_eq!(add("due", true), "put due");
        assert_eq!(add(" Shoe size ", true), "create Shoe size");
        assert!(add("Shoe size", false).starts_with("Choose"));
        assert!(add("Title", true).ends_with("there already."));
        assert!(add(" ", true).starts_with("Write"));
    }
}
