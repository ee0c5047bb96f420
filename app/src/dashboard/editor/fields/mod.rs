//! Fields of the panel: what an input is filled in with, made from its shape.

mod choice;
mod choices;
mod filter;
mod fixed;
mod json;
mod menu;
mod pairs;
mod rules;
mod template;

pub(super) use choice::ChoiceField;
pub(super) use fixed::{Check, Line, Options};
pub(super) use pairs::Rows;
pub(super) use rules::RulesField;
pub(super) use template::TemplateField;

use super::draft::Draft;
use leptos::prelude::*;
use portico_domain::{InputShape, InputType};
use portico_engine::variables::Place;
use serde_json::{Map, Value};

/// Where something is written: it decides which variables can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Where {
    Step(String),
    Trigger,
    Filter,
    Permissions,
    Setting,
}

impl Where {
    pub(super) fn place(&self) -> Place<'_> {
        match self {
            Self::Step(id) => Place::Step(id),
            Self::Trigger => Place::Trigger,
            Self::Filter => Place::Filter,
            Self::Permissions => Place::Permissions,
            Self::Setting => Place::Setting,
        }
    }
}

/// Inputs that are filled in: of a step, of a trigger. Cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Inputs {
    pub(super) draft: Draft,
    pub(super) place: StoredValue<Where>,
    /// The integration whose choices there are.
    pub(super) integration: StoredValue<Option<String>>,
    /// What is filled in.
    pub(super) values: Signal<Map<String, Value>>,
    /// An input says something else.
    pub(super) set: Callback<(String, Option<Value>)>,
    /// Where the inputs stand in the document.
    pub(super) pointer: Signal<String>,
    /// What comes before the ids of the fields.
    pub(super) prefix: StoredValue<String>,
}

impl Inputs {
    /// An input as it is filled in.
    pub(super) fn value(self, key: String) -> Signal<Option<Value>> {
        Memo::new(move |_| self.values.with(|values| values.get(&key).cloned())).into()
    }

    /// What is wrong with an input.
    pub(super) fn problem(self, key: String) -> Signal<Option<String>> {
        Memo::new(move |_| self.draft.problem_at(&format!("{}/{key}", self.pointer.get()))).into()
    }

    pub(super) fn field_id(self, key: &str) -> String {
        format!("{}-{key}", self.prefix.get_value())
    }
}

/// One field for each input.
#[component]
pub(super) fn Form(inputs: Inputs, shapes: Vec<InputShape>) -> impl IntoView {
    shapes.into_iter().map(|shape| view! { <Input inputs shape /> }).collect::<Vec<_>>()
}

/// What an input is called, what it is for, and how it is filled in.
#[component]
fn Input(inputs: Inputs, shape: InputShape) -> impl IntoView {
    let id = inputs.field_id(&shape.key);
    let problem = inputs.problem(shape.key.clone());
    let help = (!shape.help.is_empty()).then(|| {
        view! { <p class="hint" id=format!("{id}-help")>{shape.help.clone()}</p> }
    });
    let labelled = format!("{id}-label");
    let named = labelled.clone();
    let field = field(inputs, &shape, &id);
    // One control is named by its label alone.
    let of_many =
        matches!(shape.kind, InputType::Fields | InputType::Filter) || shape.source.is_some();
    view! {
        <div class="field ed-field" role=of_many.then_some("group") aria-labelledby=of_many.then_some(named)>
            <label for=id.clone() id=labelled>
                {shape.title.clone()}
                {shape.required.then(|| view! { <span class="ed-required" title="Required">"*"</span> })}
            </label>
            {field}
            {help}
            <p class="field-problem" id=format!("{id}-problem")>{move || problem.get()}</p>
        </div>
    }
}

fn field(inputs: Inputs, shape: &InputShape, id: &str) -> AnyView {
    let (key, id) = (shape.key.clone(), id.to_owned());
    if !shape.choices.is_empty() {
        let choices: Vec<_> =
            shape.choices.iter().map(|own| (own.value.clone(), own.label.clone())).collect();
        return view! { <Options inputs key id choices required=shape.required /> }.into_any();
    }
    match shape.kind {
        InputType::Boolean => {
            let choices =
                vec![(Value::Bool(true), "Yes".to_owned()), (Value::Bool(false), "No".to_owned())];
            view! { <Options inputs key id choices required=shape.required /> }.into_any()
        }
        InputType::Fields => {
            view! { <pairs::Pairs inputs key id source=shape.source.clone() /> }.into_any()
        }
        InputType::Filter => {
            view! { <filter::FilterField inputs key id source=shape.source.clone() /> }.into_any()
        }
        InputType::Json => view! { <json::JsonField inputs key id /> }.into_any(),
        InputType::Text | InputType::Number => {
            let is_number = shape.kind == InputType::Number;
            let value = inputs.value(key.clone());
            let text =
                Signal::derive(move || value.get().map(|own| as_text(&own)).unwrap_or_default());
            let problem = inputs.problem(key.clone());
            let place = inputs.place.get_value();
            let on_input = Callback::new({
                let key = key.clone();
                move |text: String| inputs.set.run((key.clone(), from_text(&text, is_number)))
            });
            let source = shape.source.clone().map(|source| {
                view! { <ChoiceField inputs key=key.clone() source /> }
            });
            view! {
                <div class="ed-with-choice">
                    <TemplateField draft=inputs.draft place id value=text on_input lines=!is_number invalid=Signal::derive(move || problem.get().is_some()) />
                    {source}
                </div>
            }
            .into_any()
        }
    }
}

/// A value as it is written into a field.
pub(super) fn as_text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// What is written into a field, as it is kept; nothing: it is left out.
pub(super) fn from_text(text: &str, is_number: bool) -> Option<Value> {
    if text.is_empty() {
        return None;
    }
    if is_number && let Ok(Value::Number(number)) = serde_json::from_str(text.trim()) {
        return Some(Value::Number(number));
    }
    Some(Value::from(text))
}
