//! Which of the provider's fields stands for each of the app's: for those of the setting, for those that
//! the host app says when it opens the portal, and for those that the end user adds.

use super::answers::{Given, Note};
use super::choosing::{ChosenPart, Part, is_nothing};
use super::live;
use super::picker::{Chosen, List, Picker};
use super::questions::{Asked, plain};
use leptos::prelude::*;
use portico_domain::Choice;
use portico_domain::setting::{MappedField, Mapper, UserFields};
use serde_json::{Map, Value, json};

const OBJECT: &str = "objectMapping";
const FIELDS: &str = "fieldMappings";
const DYNAMIC: &str = "dynamicMappings";
const CREATED: &str = "userCreatedFields";
const INTEGRATION: &str = "integrationField";

/// What the host app says of an object of its own.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct AppFields {
    /// Their keys in what the app sends, and what people read.
    fields: Vec<(String, String)>,
    /// The keys of those that are there from the start; absent: all.
    from_start: Option<Vec<String>>,
    may_remove: bool,
    may_create: bool,
}

impl AppFields {
    /// Reads each of Paragon's shapes: a list, a list with what users may do, or that beside loaders.
    #[cfg_attr(not(any(feature = "mount", test)), expect(dead_code, reason = "only a page asks"))]
    pub(super) fn read(said: &Value) -> Option<Self> {
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
struct Row {
    key: String,
    label: String,
    removable: bool,
}

/// What is done to the fields beside those of the setting.
enum Edit {
    /// It is there, and mapped onto this, or onto nothing.
    Put(String, Value),
    /// The end user makes it up.
    Create(String),
    Remove(String),
}

/// The fields that are there: the app's in its order, then those that only the answer has.
fn rows(app: Option<&AppFields>, answer: &Value, labels: &[String]) -> Vec<Row> {
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
fn edited(mut value: Value, rows: &[Row], edit: Edit) -> Value {
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
fn to_add(
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

/// The question.
#[component]
pub(super) fn Mapping(asked: Asked, mapper: Mapper) -> impl IntoView {
    let is_dynamic = mapper.is_dynamic();
    let Mapper { objects, object: fixed, fields: source, labels, app_object, user_fields } = mapper;
    let object = Part { asked, at: OBJECT, called: "main" };
    let value = {
        let fixed = fixed.clone();
        Signal::derive(move || fixed.clone().map_or_else(|| object.value(), Value::from))
    };
    let waits = Signal::derive(move || value.with(is_nothing));
    let choose_object = Callback::new(move |choice: Choice| {
        // Another object has other fields.
        let mut value = asked.now();
        value[OBJECT] = choice.value;
        value[FIELDS] = json!({});
        let mapped = value.get_mut(DYNAMIC).and_then(Value::as_object_mut);
        for own in mapped.into_iter().flat_map(Map::values_mut) {
            own[INTEGRATION] = Value::Null;
        }
        asked.give(Given { label: json!({ "main": choice.label }), ..Given::plain(value) });
    });
    let app = StoredValue::new(app_object.clone().unwrap_or_default());
    let of_app = move |list: &str| {
        let asked = [("object", app.get_value()), ("list", list.to_owned())];
        asked.map(|(key, text)| (key.to_owned(), Value::from(text)))
    };
    let objects = fixed.is_none().then(|| {
        let list = match objects {
            Some(_) => List::Account { part: "main", inputs: Signal::stored(Map::new()) },
            None => List::Host {
                question: Signal::stored(Map::from_iter(of_app("objectTypes"))),
            },
        };
        let waits = Signal::stored(false);
        view! { <ChosenPart part=object title="Object".to_owned() list waits on_choose=choose_object /> }
    });
    let under = |name: &'static str| move || (name.to_owned(), value.get());
    let list = if source.is_empty() {
        let object_type = under("objectType");
        let question =
            move || of_app("integrationFields").into_iter().chain([object_type()]).collect();
        List::Host { question: Signal::derive(question) }
    } else {
        let main = under("main");
        List::Account {
            part: "dependent",
            inputs: Signal::derive(move || Map::from_iter([main()])),
        }
    };
    let keys: Vec<_> = labels.iter().map(|own| own.key.clone()).collect();
    let fields: Vec<_> = labels
        .into_iter()
        .map(|MappedField { key, label, required }| {
            let title = format!("{label}{}", if required { " *" } else { "" });
            let id = asked.part(&format!("field-{key}"));
            let name = StoredValue::new(key);
            let chosen = Signal::derive(move || {
                let key = name.get_value();
                let field = asked.value()[FIELDS][&key].clone();
                Chosen::new(field, asked.label(&key))
            });
            let on_choose = Callback::new(move |choice: Choice| {
                let key = name.get_value();
                let mut value = asked.now();
                value[FIELDS][&key] = choice.value;
                asked.give(Given {
                    label: labelled(asked, key, choice.label),
                    ..Given::plain(value)
                });
            });
            let list = list.clone();
            view! { <Mapped asked title id list chosen waits on_choose on_remove=None /> }
        })
        .collect();
    let may_create = user_fields == UserFields::Allowed;
    view! {
        {objects}
        {fields}
        {is_dynamic.then(|| view! { <Further asked app_object may_create keys list waits /> })}
    }
}

/// The labels after one more part is called something.
fn labelled(asked: Asked, part: String, label: String) -> Value {
    let mut labels = asked.labels_now().as_object().cloned().unwrap_or_default();
    labels.insert(part, Value::from(label));
    Value::Object(labels)
}

/// One field, and what it is mapped onto.
#[component]
fn Mapped(
    asked: Asked,
    title: String,
    id: String,
    list: List,
    chosen: Signal<Chosen>,
    waits: Signal<bool>,
    on_choose: Callback<Choice>,
    on_remove: Option<Callback<()>>,
) -> impl IntoView {
    let labelled = format!("{id}-label");
    let remove = on_remove.map(|remove| {
        view! {
            <button
                type="button"
                class="button button-quiet"
                aria-label=format!("Remove {title}")
                on:click=move |_| remove.run(())
            >
                "Remove"
            </button>
        }
    });
    view! {
        <div class="mapped">
            <div class="field-head">
                <label id=labelled.clone() for=id.clone()>{title}</label>
                {remove}
            </div>
            <Picker asked list id labelled chosen waits on_choose />
        </div>
    }
}

/// The fields beside those of the setting.
#[component]
fn Further(
    asked: Asked,
    app_object: Option<String>,
    may_create: bool,
    /// The fields of the setting.
    keys: Vec<String>,
    list: List,
    waits: Signal<bool>,
) -> impl IntoView {
    // Without an object of the app's there is nothing to ask for.
    let none = AppFields { may_create: true, ..AppFields::default() };
    let said = RwSignal::new(app_object.is_none().then_some(Ok(none)));
    if let Some(object) = app_object {
        live::ask_for_fields(object, said);
    }
    let keys = StoredValue::new(keys);
    let known = move |said: &Option<Result<AppFields, String>>| match said {
        Some(Ok(app)) => Some(app.clone()),
        _ => None,
    };
    let shown = Memo::new(move |_| {
        let (app, answer) = (said.with(known), asked.value());
        keys.with_value(|keys| rows(app.as_ref(), &answer, keys))
    });
    let offered = Memo::new(move |_| {
        let all = said.with(known).unwrap_or_default().fields;
        let is_free = |(key, _): &(String, String)| {
            shown.with(|rows| !rows.iter().any(|row| row.key == *key))
                && keys.with_value(|keys| !keys.contains(key))
        };
        all.into_iter().filter(is_free).collect::<Vec<_>>()
    });
    let may_create =
        Memo::new(move |_| may_create && said.with(known).is_some_and(|app| app.may_create));
    let edit = move |edit: Edit, label: Value| {
        let value = shown.with_untracked(|rows| edited(asked.now(), rows, edit));
        asked.give(Given { label, ..Given::plain(value) });
    };
    let row = move |(at, Row { key, label, removable }): (usize, Row)| {
        // A name that somebody made up is no id.
        let id = asked.part(&format!("app-{at}"));
        let called = StoredValue::new(format!("field-{key}"));
        let key = StoredValue::new(key);
        let chosen = Signal::derive(move || {
            let field = asked.value()[DYNAMIC][key.get_value()][INTEGRATION].clone();
            Chosen::new(field, asked.label(&called.get_value()))
        });
        let on_choose = Callback::new(move |choice: Choice| {
            let label = labelled(asked, called.get_value(), choice.label);
            edit(Edit::Put(key.get_value(), choice.value), label);
        });
        let remove = Callback::new(move |()| {
            edit(Edit::Remove(key.get_value()), asked.labels_now());
            live::focus(asked.part("add"));
        });
        let on_remove = removable.then_some(remove);
        view! { <Mapped asked title=label id list=list.clone() chosen waits on_choose on_remove /> }
    };
    let typed = RwSignal::new(String::new());
    let add = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let found = shown.with_untracked(|rows| {
            offered.with_untracked(|all| {
                to_add(&typed.get_untracked(), rows, all, may_create.get_untracked())
            })
        });
        match found {
            Ok(found) => {
                typed.set(String::new());
                edit(found, asked.labels_now());
            }
            Err(words) => asked.note.set(Note::Refused(words.to_owned())),
        }
    };
    let cannot_add = move || waits.get() || (offered.with(Vec::is_empty) && !may_create.get());
    let options = asked.part("offered");
    view! {
        {move || shown.get().into_iter().enumerate().map(&row).collect::<Vec<_>>()}
        <p class="hint" role="status">{move || said.with(Option::is_none).then_some("Loading…")}</p>
        <p class="field-problem" role="alert">{move || said.with(|said| said.clone()?.err())}</p>
        <form class="copied" hidden=cannot_add on:submit=add>
            <input
                id=asked.part("add")
                class="input"
                list=options.clone()
                autocomplete="off"
                placeholder="Add a field"
                aria-label="Add a field"
                aria-describedby=asked.described()
                prop:value=move || typed.get()
                on:input=move |event| typed.set(event_target_value(&event))
            />
            <button class="button">"Add"</button>
            <datalist id=options>
                {move || {
                    let all = offered.get().into_iter();
                    all.map(|(_, label)| view! { <option value=label></option> }).collect::<Vec<_>>()
                }}
            </datalist>
        </form>
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
