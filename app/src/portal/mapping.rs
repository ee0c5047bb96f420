//! Which of the provider's fields stands for each of the app's: for those of the setting, for those that
//! the host app says when it opens the portal, and for those that the end user adds.

mod fields;

#[cfg(feature = "mount")]
pub(super) use fields::choices;

use super::answers::{Given, Note};
use super::choosing::{ChosenPart, Mapped, Part, is_nothing};
use super::list::List;
use super::live;
use super::picker::Chosen;
use super::questions::{Asked, plain};
use fields::{AppFields, Edit, edited, rows, to_add};
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
    let chosen_object = Part { asked, at: OBJECT, called: "main" };
    let value = {
        let fixed = fixed.clone();
        Signal::derive(move || fixed.clone().map_or_else(|| chosen_object.value(), Value::from))
    };
    // Not whenever anything is answered: what is drawn under it would be drawn anew.
    let waits = Signal::from(Memo::new(move |_| value.with(is_nothing)));
    let choose_object = Callback::new(move |choice: Choice| {
        // Another object has other fields.
        let mut value = object(asked.now());
        value[OBJECT] = choice.value;
        value[FIELDS] = json!({});
        if let Some(mapped) = value[DYNAMIC].as_object_mut() {
            for (_, own) in mapped {
                own[INTEGRATION] = Value::Null;
            }
        }
        asked.give(Given { label: json!({ "main": choice.label }), ..Given::plain(value) });
    });
    let app = StoredValue::new(app_object.unwrap_or_default());
    // What the host app lists of an object, or all of it under what was chosen.
    let asking = move |list: &str, name: &str, chosen: Value| {
        let mut question = Map::new();
        if !list.is_empty() {
            question.insert("object".to_owned(), Value::from(app.get_value()));
            question.insert("list".to_owned(), Value::from(list));
        }
        if !chosen.is_null() {
            question.insert(name.to_owned(), chosen);
        }
        question
    };
    let objects = fixed.is_none().then(|| {
        let list = match objects {
            Some(_) => List::Account { part: "main", inputs: Signal::stored(Map::new()) },
            None => {
                let question = asking("objectTypes", "objectType", Value::Null);
                List::Host { question: Signal::stored(question) }
            }
        };
        let waits = Signal::stored(false);
        view! { <ChosenPart part=chosen_object title="Object".to_owned() list waits on_choose=choose_object /> }
    });
    let of_host = source.is_empty();
    let question = Signal::derive(move || match of_host {
        true => asking("integrationFields", "objectType", value.get()),
        false => asking("", "main", value.get()),
    });
    let list = match of_host {
        true => List::Host { question },
        false => List::Account { part: "dependent", inputs: question },
    };
    let mut labels_first = Vec::new();
    for MappedField { key, label, required } in labels {
        let detail = required.then(|| " *".to_owned());
        labels_first.push(Choice { value: Value::from(key), label, detail });
    }
    // The rows after these are those of the app and of the user.
    let count = labels_first.len();
    let labels = StoredValue::new(labels_first);
    let said = RwSignal::new(Map::new());
    if is_dynamic && app.with_value(String::is_empty) {
        // There is nobody to ask: none, and nothing that the app forbids.
        said.update(|all| {
            all.insert("options".to_owned(), json!([]));
        });
    } else if is_dynamic {
        live::ask_for_fields(asked, app.get_value(), said);
    }
    let all = move |app: Option<AppFields>, answer: &Value| {
        labels.with_value(|labels| rows(labels, app.as_ref(), answer))
    };
    let shown = RwSignal::new(all(None, &asked.now()));
    Effect::new(move |_| {
        let now = all(said.with(AppFields::read), &asked.value());
        // Those that stay the same stay where they are, and keep the focus.
        if shown.with_untracked(|before| *before != now) {
            shown.set(now);
        }
    });
    let edit = move |edit: Edit| {
        shown.with_untracked(|rows| {
            edited(object(asked.now()), rows.get(count..).unwrap_or_default(), edit)
        })
    };
    // What has the focus is drawn anew.
    let give = move |value: Value| {
        asked.give(Given { label: asked.labels_now(), ..Given::plain(value) });
        live::focus(asked.part("add"));
    };
    let row =
        move |app: Option<&AppFields>, at: usize, Choice { value: key, label, detail }: Choice| {
            let own = at < count;
            let fixed = own || app.is_some_and(|app| app.keeps(&key));
            let key = StoredValue::new(plain(&key));
            // An app's field can be called `main`, as the object's part is.
            let part = move || format!("{}{}", if own { "" } else { "field-" }, key.get_value());
            let chosen = Signal::derive(move || {
                let (answer, key) = (asked.value(), key.get_value());
                let field = match own {
                    true => &answer[FIELDS][key],
                    false => &answer[DYNAMIC][key][INTEGRATION],
                };
                Chosen::new(field.clone(), asked.label(&part()))
            });
            let on_choose = Callback::new(move |choice: Choice| {
                let mut value = object(asked.now());
                if own {
                    value[FIELDS][key.get_value()] = choice.value;
                } else {
                    value = edit(Edit::Put(key.get_value(), choice.value));
                }
                let mut label = object(asked.labels_now());
                label[part()] = Value::from(choice.label);
                asked.give(Given { label, ..Given::plain(value) });
            });
            let remove = Callback::new(move |()| give(edit(Edit::Remove(key.get_value()))));
            let on_remove = (!fixed).then_some(remove);
            let title = label + detail.as_deref().unwrap_or_default();
            // A name that somebody made up is no id.
            let id = asked.part(&format!("field-{at}"));
            view! { <Mapped asked title id list=list.clone() chosen waits on_choose on_remove /> }
                .into_any()
        };
    let users = user_fields == UserFields::Allowed;
    let typed = NodeRef::<leptos::html::Input>::new();
    let add = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let app = said.with_untracked(AppFields::read).unwrap_or_default();
        let name = typed.get_untracked().map(|input| input.value()).unwrap_or_default();
        match shown.with_untracked(|rows| to_add(&name, rows, &app, users)) {
            Ok(found) => give(edit(found)),
            Err(words) => asked.note.set(Note::Refused(words.to_owned())),
        }
    };
    let draw = move || {
        let app = said.with(AppFields::read);
        let rows = shown.get();
        let offered = app.as_ref().map(|app| app.offered(&rows)).unwrap_or_default();
        let may_create = users && app.as_ref().is_some_and(|app| app.may_create);
        let mut drawn = Vec::new();
        for (at, own) in rows.into_iter().enumerate() {
            drawn.push(row(app.as_ref(), at, own));
        }
        if !waits.get() && (may_create || !offered.is_empty()) {
            let list = asked.part("offered");
            let mut options = Vec::new();
            for own in offered {
                options.push(view! { <option value=own.label></option> }.into_any());
            }
            let form = view! {
                <form class="copied" on:submit=add>
                    <input
                        id=asked.part("add")
                        node_ref=typed
                        class="input"
                        list=list.clone()
                        autocomplete="off"
                        placeholder="Add a field"
                        aria-label="Add a field"
                        aria-describedby=asked.described()
                    />
                    <button class="button">"Add"</button>
                    <datalist id=list>{options}</datalist>
                </form>
            };
            drawn.push(form.into_any());
        }
        drawn
    };
    view! {
        {objects}
        {draw}
    }
}

/// An answer of before can be one to another question under the same key.
fn object(value: Value) -> Value {
    if value.is_object() { value } else { json!({}) }
}
