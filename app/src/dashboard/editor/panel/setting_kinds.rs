//! What a type of question needs beside what all have.

use super::super::draft::Draft;
use super::super::fields::{Check, Line, TemplateField, Where};
use super::settings::Change;
use leptos::prelude::*;
use portico_domain::setting::{
    MappedField, Mapper, Setting, SettingKind, SettingOption, UserFields,
};
use serde_json::Value;

/// What a type needs beside what all have.
#[component]
pub(super) fn KindFields(
    draft: Draft,
    id: String,
    own: Memo<Option<Setting>>,
    change: Callback<Change>,
) -> impl IntoView {
    let kind = own.get_untracked().map(|own| own.kind);
    match kind {
        Some(SettingKind::Enum { .. }) => {
            let text = Signal::derive(move || {
                own.with(|own| match own.as_ref().map(|own| &own.kind) {
                    Some(SettingKind::Enum { options }) => options
                        .iter()
                        .map(|own| {
                            if own.value == own.label {
                                own.label.clone()
                            } else {
                                format!("{}={}", own.value, own.label)
                            }
                        })
                        .collect::<Vec<_>>()
                        .join("\n"),
                    _ => String::new(),
                })
            });
            let write = move |text: String| {
                change.run(Box::new(move |own| {
                    let options = text
                        .lines()
                        .filter(|line| !line.trim().is_empty())
                        .map(|line| {
                            let (value, label) = line.split_once('=').unwrap_or((line, line));
                            SettingOption {
                                value: value.trim().to_owned(),
                                label: label.trim().to_owned(),
                            }
                        })
                        .collect();
                    own.kind = SettingKind::Enum { options };
                }));
            };
            view! {
                <div class="field ed-field">
                    <label for=format!("{id}-options")>"Choices, a line each"</label>
                    <textarea class="input" id=format!("{id}-options") rows="4" prop:value=move || text.get() on:change=move |event| write(event_target_value(&event))></textarea>
                    <p class="hint">"Write value=Label where what is stored differs from what is read."</p>
                </div>
            }
            .into_any()
        }
        Some(SettingKind::CustomDropdown { .. }) => {
            let name = Signal::derive(move || {
                own.with(|own| match own.as_ref().map(|own| &own.kind) {
                    Some(SettingKind::CustomDropdown { dropdown }) => dropdown.clone(),
                    _ => String::new(),
                })
            });
            view! {
                <Line
                    id=format!("{id}-dropdown")
                    label="Its name in your app"
                    hint="The key under dropdowns when your app opens the portal."
                    value=name
                    on_input=Callback::new(move |text: String| change.run(Box::new(move |own| own.kind = SettingKind::CustomDropdown { dropdown: text })))
                />
            }
            .into_any()
        }
        Some(SettingKind::FieldMapper(_)) => {
            let id = id.clone();
            view! {
                <Labels id=id.clone() own change />
                <FurtherFields id own change />
            }
            .into_any()
        }
        Some(SettingKind::Copyable { .. }) => {
            let text = Signal::derive(move || {
                own.with(|own| match own.as_ref().map(|own| &own.kind) {
                    Some(SettingKind::Copyable { value }) => value.clone(),
                    _ => String::new(),
                })
            });
            view! {
                <div class="field ed-field">
                    <label for=format!("{id}-copied")>"What they copy"</label>
                    <TemplateField
                        draft
                        place=Where::Setting
                        id=format!("{id}-copied")
                        value=text
                        lines=false
                        on_input=Callback::new(move |text: String| {
                            change.run(Box::new(move |own| own.kind = SettingKind::Copyable { value: text }));
                        })
                    />
                </div>
            }
            .into_any()
        }
        Some(SettingKind::Text | SettingKind::Email | SettingKind::Url) => {
            let text = Signal::derive(move || {
                own.with(|own| {
                    own.as_ref()
                        .and_then(|own| own.default.as_ref())
                        .and_then(Value::as_str)
                        .unwrap_or_default()
                        .to_owned()
                })
            });
            view! {
                <Line
                    id=format!("{id}-default")
                    label="The answer until they give one"
                    value=text
                    on_input=Callback::new(move |text: String| change.run(Box::new(move |own| own.default = Some(Value::from(text)).filter(|own| own != ""))))
                />
            }
            .into_any()
        }
        _ => ().into_any(),
    }
}

/// The app's own fields, to be mapped.
#[component]
fn Labels(id: String, own: Memo<Option<Setting>>, change: Callback<Change>) -> impl IntoView {
    let text = Signal::derive(move || {
        own.with(|own| match own.as_ref().map(|own| &own.kind) {
            Some(SettingKind::FieldMapper(mapper)) => {
                let line = |own: &MappedField| {
                    format!("{}={}{}", own.key, own.label, if own.required { " *" } else { "" })
                };
                mapper.labels.iter().map(line).collect::<Vec<_>>().join("\n")
            }
            _ => String::new(),
        })
    });
    let write = move |text: String| {
        change.run(Box::new(move |own| {
            if let SettingKind::FieldMapper(mapper) = &mut own.kind {
                mapper.labels = text
                    .lines()
                    .filter(|line| !line.trim().is_empty())
                    .map(|line| {
                        let required = line.trim_end().ends_with('*');
                        let line = line.trim_end().trim_end_matches('*');
                        let (key, label) = line.split_once('=').unwrap_or((line, line));
                        MappedField {
                            key: key.trim().to_owned(),
                            label: label.trim().to_owned(),
                            required,
                        }
                    })
                    .collect();
            }
        }));
    };
    view! {
        <div class="field ed-field">
            <label for=format!("{id}-labels")>"Your own fields, a line each"</label>
            <textarea class="input" id=format!("{id}-labels") rows="5" prop:value=move || text.get() on:change=move |event| write(event_target_value(&event))></textarea>
            <p class="hint">"Write key=Label; a * at the end makes it required."</p>
        </div>
    }
}

/// The fields that a mapping has beside those: what the app says, and what users add.
#[component]
fn FurtherFields(
    id: String,
    own: Memo<Option<Setting>>,
    change: Callback<Change>,
) -> impl IntoView {
    let of_app = Signal::derive(move || {
        own.with(|own| mapper(own).and_then(|own| own.app_object.clone())).unwrap_or_default()
    });
    let of_users = Signal::derive(move || {
        own.with(|own| mapper(own).is_some_and(|own| own.user_fields == UserFields::Allowed))
    });
    let edit = move |edit: Box<dyn Fn(&mut Mapper) + Send>| {
        change.run(Box::new(move |own| {
            if let SettingKind::FieldMapper(mapper) = &mut own.kind {
                edit(mapper);
            }
        }));
    };
    let name = Callback::new(move |text: String| {
        let object = Some(text).filter(|text| !text.is_empty());
        edit(Box::new(move |mapper| mapper.app_object.clone_from(&object)));
    });
    let allow = Callback::new(move |on: bool| {
        let users = if on { UserFields::Allowed } else { UserFields::None };
        edit(Box::new(move |mapper| mapper.user_fields = users));
    });
    view! {
        <Line
            id=format!("{id}-app-object")
            label="More fields from your app"
            hint="The key under mapObjectFields when your app opens the portal. Empty: none."
            value=of_app
            on_input=name
        />
        <Check label="Users may add fields of their own" value=of_users on_change=allow />
    }
}

fn mapper(own: &Option<Setting>) -> Option<&Mapper> {
    match own.as_ref().map(|own| &own.kind) {
        Some(SettingKind::FieldMapper(mapper)) => Some(mapper),
        _ => None,
    }
}
