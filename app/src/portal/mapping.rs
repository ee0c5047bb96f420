//! Which of the provider's fields stands for each of the app's: for those of the setting, for those that
//! the host app says when it opens the portal, and for those that the end user adds.

mod fields;

pub(super) use fields::AppFields;

use super::answers::{Given, Note};
use super::choosing::{ChosenPart, Part, is_nothing};
use super::list::List;
use super::live;
use super::picker::{Chosen, Picker};
use super::questions::Asked;
use fields::{Edit, Row, edited, rows, to_add};
use leptos::prelude::*;
use portico_domain::Choice;
use portico_domain::setting::{MappedField, Mapper, UserFields};
use serde_json::{Map, Value, json};

const OBJECT: &str = "objectMapping";
const FIELDS: &str = "fieldMappings";
const DYNAMIC: &str = "dynamicMappings";
const CREATED: &str = "userCreatedFields";
const INTEGRATION: &str = "integrationField";

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
    let said = RwSignal::new(app_object.is_none().then(|| Ok(AppFields::of_nobody())));
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
