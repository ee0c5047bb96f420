//! Answers that are chosen: one of a list, two of lists that depend on each other.

use super::answers::Given;
use super::list::List;
use super::live;
use super::picker::{Chosen, Picker, Picking};
use super::questions::{Asked, plain};
use leptos::prelude::*;
use portico_domain::Choice;
use portico_domain::setting::{Pair, SettingKind};
use serde_json::{Map, Value, json};

const MAIN: &str = "mainInput";
const DEPENDENT: &str = "dependentInput";
const VARIABLES: &str = "variableInput";

/// One of a list of the account's, or of the host app's.
#[component]
pub(super) fn Chooser(asked: Asked) -> impl IntoView {
    let kind = asked.setting.with_value(|setting| setting.kind.clone());
    let (list, waits) = match kind {
        SettingKind::DynamicEnum(source) => {
            let parents: Vec<_> = source.depends_on.into_values().collect();
            let inputs = Signal::derive(move || {
                let each = parents.iter().map(|key| (key.clone(), asked.sibling(key)));
                each.collect::<Map<_, _>>()
            });
            let waits = Signal::derive(move || inputs.with(|all| all.values().any(is_nothing)));
            (List::Account { part: "main", inputs }, waits)
        }
        SettingKind::CustomDropdown { dropdown } => {
            (List::host("dropdown", &dropdown), Signal::stored(false))
        }
        _ => return ().into_any(),
    };
    let chosen = Signal::derive(move || Chosen::new(asked.value(), asked.label("")));
    let on_choose = Callback::new(move |choice: Choice| {
        let label = json!(choice.label);
        asked.give(Given { label, ..Given::plain(choice.value) });
    });
    let (id, labelled) = (asked.id(), asked.part("label"));
    view! { <Picker asked list id labelled chosen waits on_choose /> }.into_any()
}

/// Two choices, of which the second depends on the first, and perhaps fields that they bring along.
#[component]
pub(super) fn PairOfChoices(asked: Asked, pair: Pair, variables: Option<String>) -> impl IntoView {
    let main = Part { asked, at: MAIN, called: "main" };
    let dependent = Part { asked, at: DEPENDENT, called: "dependent" };
    let waits = Signal::derive(move || is_nothing(&main.value()));
    let inputs = Signal::derive(move || {
        Map::from_iter([
            ("main".to_owned(), main.value()),
            ("dependent".to_owned(), dependent.value()),
        ])
    });
    let first = List::Account { part: "main", inputs: Signal::stored(Map::new()) };
    let second = List::Account {
        part: "dependent",
        inputs: Signal::derive(move || Map::from_iter([("main".to_owned(), main.value())])),
    };
    let choose_main = Callback::new(move |choice: Choice| {
        asked.give(Given {
            label: json!({ "main": choice.label }),
            ..Given::plain(json!({ MAIN: choice.value }))
        });
    });
    let choose_dependent = Callback::new(move |choice: Choice| {
        let label = json!({ "main": asked.label_now("main"), "dependent": choice.label });
        let value = json!({ MAIN: main.now(), DEPENDENT: choice.value });
        asked.give(Given { label: without_nulls(label), ..Given::plain(value) });
    });
    let nothing = Signal::stored(false);
    view! {
        <ChosenPart part=main title=words(&pair.main) list=first waits=nothing on_choose=choose_main />
        <ChosenPart
            part=dependent
            title=words(&pair.dependent)
            list=second
            waits
            on_choose=choose_dependent
        />
        {variables.is_some().then(|| view! { <Variables asked inputs /> })}
    }
}

/// A part of an answer. Cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Part {
    pub(super) asked: Asked,
    pub(super) at: &'static str,
    pub(super) called: &'static str,
}

impl Part {
    pub(super) fn value(self) -> Value {
        self.asked.value().get(self.at).cloned().unwrap_or_default()
    }

    fn now(self) -> Value {
        self.asked.now().get(self.at).cloned().unwrap_or_default()
    }
}

/// A part that is chosen, with its label.
#[component]
pub(super) fn ChosenPart(
    part: Part,
    title: String,
    list: List,
    waits: Signal<bool>,
    on_choose: Callback<Choice>,
) -> impl IntoView {
    let Part { asked, called, .. } = part;
    let chosen = Signal::derive(move || Chosen::new(part.value(), asked.label(called)));
    let id = asked.part(called);
    view! { <Mapped asked title id list chosen waits on_choose on_remove=None /> }
}

/// A choice with its label among others, perhaps one that can be taken out.
#[component]
pub(super) fn Mapped(
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

/// The fields that two choices bring along, each filled with a text.
#[component]
fn Variables(asked: Asked, inputs: Signal<Map<String, Value>>) -> impl IntoView {
    let picking = Picking::new(asked, List::Account { part: "variables", inputs });
    Effect::new(move |_| {
        if inputs.with(|all| !all.values().any(is_nothing)) {
            live::load_all_choices(picking);
        } else {
            picking.choices.set(Vec::new());
        }
    });
    let row = move |choice: Choice| {
        let key = plain(&choice.value);
        let id = asked.part(&format!("variable-{key}"));
        let shown = key.clone();
        let text = move || plain(&asked.value()[VARIABLES][&shown]);
        view! {
            <div class="mapped">
                <label for=id.clone()>{choice.label}</label>
                <input
                    id=id
                    class="input"
                    prop:value=text
                    on:change=move |event| {
                        let mut value = asked.now();
                        value[VARIABLES][&key] = json!(event_target_value(&event));
                        asked.give(Given { label: asked.labels_now(), ..Given::plain(value) });
                    }
                />
            </div>
        }
    };
    view! {
        <p class="hint" role="status">{move || picking.busy.get().then_some("Loading…")}</p>
        <p class="field-problem" role="alert">{move || picking.problem.get()}</p>
        {move || picking.choices.get().into_iter().map(row).collect::<Vec<_>>()}
    }
}

pub(super) fn is_nothing(value: &Value) -> bool {
    value.is_null() || value == ""
}

fn without_nulls(value: Value) -> Value {
    let Value::Object(map) = value else { return value };
    map.into_iter().filter(|(_, value)| !value.is_null()).collect()
}

/// The id of a source in words: `record_types` are record types.
fn words(id: &str) -> String {
    let text = id.replace('_', " ");
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
