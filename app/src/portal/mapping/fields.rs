//! The fields of a mapping beside those of its setting: which are there, and what is done to them.
//!
//! Plain loops over types that the portal has anyway: every further one costs bytes in the browser.

use super::{CREATED, DYNAMIC, INTEGRATION};
use crate::portal::questions::plain;
use portico_domain::Choice;
use serde_json::{Map, Value, json};

/// What the host app says of an object of its own.
#[derive(Debug, Default, PartialEq)]
pub(super) struct AppFields {
    /// Their keys in what the app sends, and what people read.
    pub(super) fields: Vec<Choice>,
    /// The keys of those that are there from the start; absent: all.
    from_start: Option<Vec<Value>>,
    may_remove: bool,
    pub(super) may_create: bool,
}

impl AppFields {
    /// Reads an answer in each of Paragon's shapes: a list, a list with what users may do, or that beside
    /// loaders. Nothing: the app has not said any.
    pub(super) fn read(answer: &Map<String, Value>) -> Option<Self> {
        let said = answer.get("options")?;
        let own = said.get("applicationFields").unwrap_or(said);
        if own.is_null() {
            return None;
        }
        let list = own.as_array().or_else(|| own["fields"].as_array());
        Some(Self {
            fields: choices(list),
            from_start: own["defaultFields"].as_array().cloned(),
            may_remove: own["userCanRemoveMappings"] == true,
            may_create: own["userCanCreateFields"] != false,
        })
    }

    fn starts_with(&self, key: &Value) -> bool {
        self.from_start.as_ref().is_none_or(|all| all.contains(key))
    }

    /// Whether a field must be there.
    pub(super) fn keeps(&self, key: &Value) -> bool {
        !self.may_remove && self.starts_with(key) && holds(&self.fields, key)
    }

    /// The fields that could be added.
    pub(super) fn offered(&self, shown: &[Choice]) -> Vec<Choice> {
        let mut all = self.fields.clone();
        all.retain(|field| !holds(shown, &field.value));
        all
    }
}

/// What the host app lists.
pub(in crate::portal) fn choices(list: Option<&Vec<Value>>) -> Vec<Choice> {
    let mut all = Vec::new();
    for own in list.into_iter().flatten() {
        let detail = own["detail"].as_str().map(str::to_owned);
        all.push(Choice { value: own["value"].clone(), label: plain(&own["label"]), detail });
    }
    all
}

fn holds(all: &[Choice], key: &Value) -> bool {
    all.iter().any(|own| own.value == *key)
}

/// What is done to the fields beside those of the setting.
pub(super) enum Edit {
    /// It is there, and mapped onto this, or onto nothing.
    Put(String, Value),
    /// The end user makes it up.
    Create(String),
    Remove(String),
}

/// The fields that are there: the setting's own, the app's in its order, then those that only the answer
/// has.
pub(super) fn rows(own: &[Choice], app: Option<&AppFields>, answer: &Value) -> Vec<Choice> {
    let mapped = &answer[DYNAMIC];
    let mut rows = own.to_vec();
    if let Some(app) = app {
        for field in &app.fields {
            let is_there = !mapped[&plain(&field.value)].is_null();
            // What was taken out stays out.
            let starts = app.starts_with(&field.value);
            let shows = is_there || (starts && (mapped.is_null() || !app.may_remove));
            if shows && !holds(own, &field.value) {
                rows.push(field.clone());
            }
        }
    }
    let mut add = |key: &str| {
        let value = Value::from(key);
        if !holds(&rows, &value) {
            rows.push(Choice { value, label: key.to_owned(), detail: None });
        }
    };
    for key in answer[CREATED].as_array().into_iter().flatten() {
        add(&plain(key));
    }
    for (key, _) in mapped.as_object().into_iter().flatten() {
        add(key);
    }
    rows
}

/// The answer after an edit: all fields that are there are in it.
pub(super) fn edited(mut value: Value, rows: &[Choice], edit: Edit) -> Value {
    let before = value[DYNAMIC].take();
    value[DYNAMIC] = json!({});
    if !value[CREATED].is_array() {
        value[CREATED] = json!([]);
    }
    let mut put = |key: &str, field: Value| {
        value[DYNAMIC][key] = json!({ "applicationField": key, INTEGRATION: field });
    };
    for row in rows {
        let key = plain(&row.value);
        if !matches!(&edit, Edit::Remove(gone) if *gone == key) {
            put(&key, before[&key][INTEGRATION].clone());
        }
    }
    if let Edit::Put(key, field) = &edit {
        put(key, field.clone());
    } else if let Edit::Create(key) = &edit {
        put(key, Value::Null);
    }
    if let Some(created) = value[CREATED].as_array_mut() {
        match edit {
            Edit::Put(..) => {}
            Edit::Create(key) => created.push(Value::from(key)),
            Edit::Remove(key) => created.retain(|own| *own != key),
        }
    }
    value
}

/// What adding a field does that is called so; or why not.
pub(super) fn to_add(
    typed: &str,
    shown: &[Choice],
    app: &AppFields,
    may_create: bool,
) -> Result<Edit, &'static str> {
    let typed = typed.trim();
    let is_typed = |own: &&Choice| own.value == typed || own.label == typed;
    if typed.is_empty() {
        return Err("Write the name of the field.");
    }
    if shown.iter().any(|own| is_typed(&own)) {
        return Err("This field is there already.");
    }
    match app.fields.iter().find(is_typed) {
        Some(own) => Ok(Edit::Put(plain(&own.value), Value::Null)),
        None if may_create && app.may_create => Ok(Edit::Create(typed.to_owned())),
        None => Err("Choose one of the fields that are offered."),
    }
}

#[cfg(test)]
mod tests {
    use super::{AppFields, Choice, Edit, edited, to_add};
    use serde_json::{Map, Value, json};

    /// What an answer with these options says.
    fn read(options: Value) -> Option<AppFields> {
        AppFields::read(&Map::from_iter([("options".to_owned(), options)]))
    }

    fn said(rest: Value) -> AppFields {
        let mut said = json!({ "fields": [
            { "label": "Title", "value": "title" },
            { "label": "Due date", "value": "due" },
        ]});
        for (key, value) in rest.as_object().expect("an object") {
            said[key] = value.clone();
        }
        read(said).expect("fields")
    }

    fn rows(app: Option<&AppFields>, answer: &Value) -> Vec<Choice> {
        super::rows(&[], app, answer)
    }

    /// The keys of the fields that are there; a star behind those that can be removed.
    fn there(app: Option<&AppFields>, answer: &Value) -> Vec<String> {
        let star = |key: &Value| if app.is_some_and(|app| app.keeps(key)) { "" } else { "*" };
        let all = rows(app, answer).into_iter();
        all.map(|row| format!("{}{}", row.value.as_str().expect("a key"), star(&row.value)))
            .collect()
    }

    #[test]
    fn each_shape_of_paragons_is_read() {
        let fields =
            json!([{ "label": "Title", "value": "title" }, { "label": "Size", "value": "size" }]);
        let list = read(fields.clone()).expect("fields");
        let labels: Vec<_> = list.fields.iter().map(|own| own.label.as_str()).collect();
        assert_eq!(
            (labels, list.may_remove, list.may_create),
            (vec!["Title", "Size"], false, true)
        );
        let options = json!({ "fields": fields, "defaultFields": ["title"], "userCanRemoveMappings": true,
                              "userCanCreateFields": false });
        let plain = read(options.clone()).expect("fields");
        assert_eq!(plain.from_start, Some(vec![json!("title")]));
        assert_eq!((plain.may_remove, plain.may_create), (true, false));
        let beside =
            json!({ "objectTypes": {}, "integrationFields": {}, "applicationFields": options });
        assert_eq!(read(beside), Some(plain));
        assert_eq!(read(json!({ "objectTypes": {} })).map(|own| own.fields.len()), Some(0));
        assert_eq!(read(Value::Null), None);
        assert_eq!(AppFields::read(&Map::new()), None);
    }

    #[test]
    fn the_apps_fields_are_there_from_the_start_or_once_they_are_added() {
        let all = said(json!({}));
        assert_eq!(there(Some(&all), &Value::Null), ["title", "due"]);
        let some = said(json!({ "defaultFields": ["title"] }));
        assert_eq!(there(Some(&some), &Value::Null), ["title"]);
        let put = Edit::Put("due".to_owned(), Value::Null);
        let added = edited(Value::Null, &rows(Some(&some), &Value::Null), put);
        assert_eq!(
            there(Some(&some), &added),
            ["title", "due*"],
            "what was added can be taken out again"
        );
        assert!(there(None, &Value::Null).is_empty(), "nobody has said anything yet");
        let own = Choice { value: json!("title"), label: "Name".to_owned(), detail: None };
        let all = super::rows(&[own], Some(&all), &Value::Null);
        let labels: Vec<_> = all.iter().map(|row| row.label.as_str()).collect();
        assert_eq!(labels, ["Name", "Due date"], "what the setting has, it has once and first");
        assert_eq!(
            there(None, &added),
            ["title*", "due*"],
            "what was kept is there without the app"
        );
    }

    #[test]
    fn what_is_taken_out_stays_out_where_the_app_lets_it() {
        let free = said(json!({ "userCanRemoveMappings": true }));
        let shown = rows(Some(&free), &Value::Null);
        let mapped = edited(Value::Null, &shown, Edit::Put("title".to_owned(), json!("Title")));
        assert_eq!(there(Some(&free), &mapped), ["title*", "due*"]);
        let removed = edited(mapped, &shown, Edit::Remove("due".to_owned()));
        assert_eq!(there(Some(&free), &removed), ["title*"]);
        assert_eq!(free.offered(&rows(Some(&free), &removed))[0].label, "Due date");
        assert_eq!(
            there(Some(&said(json!({}))), &removed),
            ["title", "due"],
            "where it must be there it is"
        );
        let none = edited(
            removed,
            &rows(Some(&free), &Value::Null)[..1],
            Edit::Remove("title".to_owned()),
        );
        assert_eq!(there(Some(&free), &none), [""; 0], "none at all");
    }

    #[test]
    fn a_field_of_the_users_own_is_mapped_and_taken_out_with_its_name() {
        let app = said(json!({ "defaultFields": [] }));
        let now = json!({ "objectMapping": "Lead", "fieldMappings": { "email": "Email" } });
        let own = edited(now, &[], Edit::Create("Shoe size".to_owned()));
        let shown = rows(Some(&app), &own);
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
        let app = said(json!({ "defaultFields": ["title"] }));
        let shown = rows(Some(&app), &Value::Null);
        let add = |typed: &str, may| match to_add(typed, &shown, &app, may) {
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
        let strict = said(json!({ "userCanCreateFields": false }));
        assert!(to_add("Shoe size", &[], &strict, true).is_err(), "the app takes it back");
    }
}
