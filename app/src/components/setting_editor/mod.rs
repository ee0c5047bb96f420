//! Questions to end users, of every type, as documents that are checked when they are saved.

mod parts;

use super::ordered::{Mover, moved};
use super::{Button, ButtonKind};
use leptos::prelude::*;
use parts::{Form, PARTS, Part, TYPES, fresh, read, written};
use portico_domain::setting::KINDS;
use portico_domain::view::SourceShape;
use serde_json::{Map, Value, json};

/// Questions that are edited.
#[derive(Clone, Copy)]
pub struct EditedSettings {
    list: RwSignal<Vec<Question>>,
    next: RwSignal<u32>,
}

/// A question: its document, and a number that stays while its key changes.
#[derive(Clone, Debug, PartialEq)]
struct Question {
    number: u32,
    document: Map<String, Value>,
}

impl EditedSettings {
    /// Begins with what is stored: an array of questions.
    pub fn new(stored: &Value) -> Self {
        let documents = stored.as_array().into_iter().flatten().filter_map(Value::as_object);
        let list: Vec<_> = (0..)
            .zip(documents)
            .map(|(number, document)| Question { number, document: document.clone() })
            .collect();
        let next = u32::try_from(list.len()).unwrap_or(u32::MAX);
        Self { list: RwSignal::new(list), next: RwSignal::new(next) }
    }

    /// The questions as they are kept.
    pub fn written(self) -> Value {
        self.list.with(|list| list.iter().map(|own| own.document.clone()).collect())
    }

    fn add(self, code: &str, sources: &[SourceShape]) {
        let number = self.next.get_untracked();
        self.next.set(number + 1);
        let mut document = Map::new();
        document.insert("key".to_owned(), json!(self.free_key()));
        document.insert("title".to_owned(), json!(words(code)));
        document.insert("type".to_owned(), json!(code));
        document.extend(fresh(code, offered(sources)));
        self.list.update(|list| list.push(Question { number, document }));
    }

    fn free_key(self) -> String {
        let taken = |key: &str| {
            self.list.with_untracked(|list| list.iter().any(|own| own.document["key"] == key))
        };
        let mut keys = (1..).map(|n: u32| format!("setting_{n}"));
        keys.find(|key| !taken(key)).unwrap_or_default()
    }

    /// Writes or leaves out a key of a question.
    fn set(self, number: u32, key: &'static str, value: Option<Value>) {
        self.list.update(|list| {
            let Some(own) = list.iter_mut().find(|own| own.number == number) else { return };
            match value {
                Some(value) => own.document.insert(key.to_owned(), value),
                None => own.document.shift_remove(key),
            };
        });
    }

    fn get(self, number: u32, key: &'static str) -> Option<Value> {
        self.list.with(|list| value_of(list, number, key))
    }

    /// The same, once.
    fn begun(self, number: u32, key: &'static str) -> Option<Value> {
        self.list.with_untracked(|list| value_of(list, number, key))
    }

    /// Another type: what the old one had and the new one has not is left out.
    fn retype(self, number: u32, code: &str, sources: &[SourceShape]) {
        self.list.update(|list| {
            let Some(own) = list.iter_mut().find(|own| own.number == number) else { return };
            own.document.retain(|key, _| {
                PARTS.iter().all(|part| part.key != key) || keys_of(code).contains(&key.as_str())
            });
            own.document.shift_remove("default");
            for (key, value) in fresh(code, offered(sources)) {
                own.document.entry(key).or_insert(value);
            }
            own.document.insert("type".to_owned(), json!(code));
        });
    }
}

fn value_of(list: &[Question], number: u32, key: &str) -> Option<Value> {
    list.iter().find(|own| own.number == number)?.document.get(key).cloned()
}

fn keys_of(code: &str) -> &'static [&'static str] {
    KINDS.iter().find(|kind| kind.0 == code).map_or(&[], |kind| kind.1)
}

fn words(code: &str) -> &'static str {
    KINDS.iter().position(|kind| kind.0 == code).map_or("Text", |at| TYPES[at])
}

/// A source that asks for nothing, and one that asks for one thing.
fn offered(sources: &[SourceShape]) -> (&str, &str) {
    let with = |needs: usize| {
        let own = sources.iter().find(|own| own.needs.len() == needs);
        own.map_or("", |own| own.id.as_str())
    };
    (with(0), with(1))
}

fn text_of(value: Option<Value>) -> String {
    match value {
        Some(Value::String(text)) => text,
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

/// The editor.
#[component]
pub fn SettingEditor(
    /// What is edited.
    edited: EditedSettings,
    /// Where choices can come from.
    sources: Vec<SourceShape>,
) -> impl IntoView {
    let sources = StoredValue::new(sources);
    let dragged = RwSignal::new(None::<usize>);
    let chosen = RwSignal::new(KINDS[0].0.to_owned());
    let add = move |()| sources.with_value(|all| edited.add(&chosen.get_untracked(), all));
    let numbers =
        move || edited.list.with(|list| list.iter().map(|own| own.number).collect::<Vec<_>>());
    let types: Vec<_> =
        KINDS.iter().map(|kind| view! { <option value=kind.0>{words(kind.0)}</option> }).collect();
    view! {
        <div class="stack">
            <div>
                <For each=numbers key=|number| *number let:number>
                    <One edited number sources dragged />
                </For>
            </div>
            <div class="filters">
                <div class="field">
                    <label for="setting-add">"Ask for"</label>
                    <select id="setting-add" class="input" on:change=move |event| chosen.set(event_target_value(&event))>{types}</select>
                </div>
                <Button on_press=add>"Add question"</Button>
            </div>
        </div>
    }
}

/// One question: its row, to be moved, and what it says.
#[component]
fn One(
    edited: EditedSettings,
    number: u32,
    sources: StoredValue<Vec<SourceShape>>,
    dragged: RwSignal<Option<usize>>,
) -> impl IntoView {
    let at = Memo::new(move |_| {
        edited.list.with(|list| list.iter().position(|own| own.number == number)).unwrap_or(0)
    });
    let count = Memo::new(move |_| edited.list.with(Vec::len));
    let title = Memo::new(move |_| text_of(edited.get(number, "title")));
    let code = Memo::new(move |_| text_of(edited.get(number, "type")));
    let on_move = Callback::new(move |(from, to): (usize, usize)| {
        edited.list.update(|list| moved(list, from, to));
    });
    let drop_here = move |event: leptos::ev::DragEvent| {
        event.prevent_default();
        if let Some(from) = dragged.get_untracked() {
            dragged.set(None);
            on_move.run((from, at.get_untracked()));
        }
    };
    view! {
        <div class="item" on:dragover=|event| event.prevent_default() on:drop=drop_here>
            <div class="item-head">
                <Mover name=title at count dragged on_move />
                <strong>{move || title.get()}</strong>
                <span class="muted">{move || words(&code.get())}</span>
            </div>
            <details>
                <summary>"Edit"</summary>
                <Fields edited number sources code />
            </details>
        </div>
    }
}

#[component]
fn Fields(
    edited: EditedSettings,
    number: u32,
    sources: StoredValue<Vec<SourceShape>>,
    code: Memo<String>,
) -> impl IntoView {
    let required = move || edited.get(number, "required") != Some(json!(false));
    let options: Vec<_> = KINDS
        .iter()
        .map(|kind| {
            let chosen = code.get_untracked() == kind.0;
            view! { <option value=kind.0 selected=chosen>{words(kind.0)}</option> }
        })
        .collect();
    let type_id = format!("setting-{number}-type");
    let parts = move || {
        let code = code.get();
        let of_type = PARTS.iter().filter(|part| keys_of(&code).contains(&part.key));
        of_type.map(|part| view! { <PartField edited number part sources /> }).collect::<Vec<_>>()
    };
    view! {
        <div class="stack">
            <Line edited number key="title" label="What they read" />
            <Line edited number key="key" label="Name in templates, behind settings." />
            <div class="field">
                <label for=type_id.clone()>"Type"</label>
                <select
                    id=type_id.clone()
                    class="input"
                    on:change=move |event| sources.with_value(|all| edited.retype(number, &event_target_value(&event), all))
                >
                    {options}
                </select>
            </div>
            {parts}
            <Line edited number key="tooltip" label="A hint beside it" />
            <Line edited number key="placeholder" label="What an answer looks like" />
            {move || has_default(&code.get()).then(|| view! { <Usual edited number code /> })}
            <label class="row">
                <input
                    type="checkbox"
                    prop:checked=required
                    on:change=move |event| edited.set(number, "required", Some(json!(event_target_checked(&event))))
                />
                "Required: workflows do not run without an answer"
            </label>
            <div>
                <Button
                    kind=ButtonKind::Danger
                    on_press=move |()| edited.list.update(|list| list.retain(|own| own.number != number))
                >
                    "Remove question"
                </Button>
            </div>
        </div>
    }
}

#[component]
fn Line(
    edited: EditedSettings,
    number: u32,
    key: &'static str,
    label: &'static str,
) -> impl IntoView {
    let id = format!("setting-{number}-{key}");
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <input
                id=id.clone()
                class="input"
                value=text_of(edited.begun(number, key))
                on:input=move |event| {
                    let text = event_target_value(&event);
                    edited.set(number, key, Some(json!(text)).filter(|own| own != ""));
                }
            />
        </div>
    }
}

/// The answer until there is one.
#[component]
fn Usual(edited: EditedSettings, number: u32, code: Memo<String>) -> impl IntoView {
    let id = format!("setting-{number}-default");
    let set = move |event| {
        let text = event_target_value(&event);
        let value = match (code.get_untracked().as_str(), text.trim()) {
            (_, "") => None,
            ("NUMBER" | "SWITCH" | "BOOLEAN_INPUT", text) => {
                Some(serde_json::from_str(text).unwrap_or_else(|_| json!(text)))
            }
            (_, text) => Some(json!(text)),
        };
        edited.set(number, "default", value);
    };
    view! {
        <div class="field">
            <label for=id.clone()>"The answer until they give one"</label>
            <input id=id.clone() class="input" value=text_of(edited.begun(number, "default")) on:input=set />
        </div>
    }
}

/// Whether an answer of this type can be written down beforehand.
fn has_default(code: &str) -> bool {
    matches!(
        code,
        "TEXT_NO_VARS"
            | "TEXTAREA_NO_VARS"
            | "NUMBER"
            | "EMAIL"
            | "URL"
            | "SWITCH"
            | "BOOLEAN_INPUT"
            | "ENUM"
    )
}

#[component]
fn PartField(
    edited: EditedSettings,
    number: u32,
    part: &'static Part,
    sources: StoredValue<Vec<SourceShape>>,
) -> impl IntoView {
    let id = format!("setting-{number}-{}", part.key);
    let text = written(part.form, edited.begun(number, part.key).as_ref());
    let wrong = RwSignal::new(None::<String>);
    let keep = move |text: String| match read(part.form, &text) {
        Ok(value) => {
            wrong.set(None);
            edited.set(number, part.key, value);
        }
        Err(words) => wrong.set(Some(words)),
    };
    let control = match part.form {
        Form::Source => {
            let known = sources.with_value(|all| {
                let known = all.iter().map(|own| (own.id.clone(), own.title.clone()));
                known.collect::<Vec<_>>()
            });
            // What is written stays, known or not; saving says what is wrong with it.
            let other = (!known.iter().any(|own| own.0 == text))
                .then(|| (text.clone(), text.clone()));
            // Of a mapping the object can be fixed, and the host app can have what no source has.
            let none = matches!(part.key, "objects" | "fields")
                .then(|| (String::new(), "None".to_owned()))
                .filter(|_| !text.is_empty());
            let options: Vec<_> = other
                .into_iter()
                .chain(known)
                .chain(none)
                .map(|(id, title)| {
                    let chosen = id == text;
                    view! { <option value=id selected=chosen>{title}</option> }
                })
                .collect();
            view! {
                <select id=id.clone() class="input" on:change=move |event| keep(event_target_value(&event))>{options}</select>
            }
            .into_any()
        }
        Form::Allowed => {
            let allow = move |event| {
                keep(if event_target_checked(&event) { "allowed".to_owned() } else { String::new() });
            };
            view! { <input type="checkbox" id=id.clone() checked=text == "allowed" on:change=allow /> }
                .into_any()
        }
        Form::Line | Form::Number => view! {
            <input id=id.clone() class="input" value=text on:input=move |event| keep(event_target_value(&event)) />
        }
        .into_any(),
        _ => view! {
            <textarea id=id.clone() class="input" rows="4" spellcheck="false" on:input=move |event| keep(event_target_value(&event))>{text}</textarea>
        }
        .into_any(),
    };
    view! {
        <div class="field">
            <label for=id>{part.label}</label>
            {control}
            <p class="hint" role="status">{move || wrong.get()}</p>
        </div>
    }
}
