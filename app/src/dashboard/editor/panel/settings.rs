//! What the workflow asks the end user: questions with their types, in their order.

use super::super::draft::Draft;
use super::super::fields::{Check, Line};
use super::setting_kinds::KindFields;
use crate::dashboard::icon::{Icon, icon};
use leptos::prelude::*;
use portico_domain::setting::{MappedField, Mapper, Setting, SettingKind, SettingOption, Source};
use portico_engine::edit::Edit;

/// Something that changes a question.
pub(super) type Change = Box<dyn FnOnce(&mut Setting) + Send>;

/// The types that ask for nothing of the provider's.
const PLAIN: [(&str, &str); 10] = [
    ("text", "Text"),
    ("area", "Long text"),
    ("number", "Number"),
    ("email", "E-mail address"),
    ("url", "Web address"),
    ("password", "Secret"),
    ("switch", "Yes or no"),
    ("enum", "One of your choices"),
    ("custom", "Choices from your app"),
    ("copy", "Something to copy"),
];

#[component]
pub(super) fn Settings(draft: Draft) -> impl IntoView {
    let settings = Memo::new(move |_| draft.document.with(|document| document.settings.clone()));
    let keys = Memo::new(move |_| {
        settings.with(|all| all.iter().map(|own| own.key.clone()).collect::<Vec<_>>())
    });
    view! {
        <section class="ed-section" aria-labelledby="settings-head">
            <h3 id="settings-head">"Settings your users answer"</h3>
            <p class="hint">"Shown under the workflow in the portal. Steps use the answers as variables."</p>
            <div class="ed-settings">
                <For each=move || keys.get() key=Clone::clone let:key>
                    <One draft settings key />
                </For>
            </div>
            <Add draft settings />
        </section>
    }
}

/// Adds a question of a type.
#[component]
fn Add(draft: Draft, settings: Memo<Vec<Setting>>) -> impl IntoView {
    let facts = draft.facts();
    let own = facts.known(&facts.integration).cloned();
    let sources = own.map(|own| (own.name.clone(), own.sources.clone())).unwrap_or_default();
    let (name, sources) = sources;
    let titles = sources.clone();
    let mapped = sources.iter().find(|own| own.needs.len() == 1).map(|own| own.id.clone());
    let objects = sources.iter().find(|own| own.needs.is_empty()).map(|own| own.id.clone());
    let chosen = RwSignal::new(String::new());
    let add = move |what: String| {
        let (title, kind) = match what.split_once(':') {
            Some(("source", id)) => {
                let found = titles.iter().find(|own| own.id == id);
                let title = found.map(|own| own.title.clone()).unwrap_or_else(|| id.to_owned());
                (
                    title,
                    SettingKind::DynamicEnum(Source { source: id.to_owned(), ..Source::default() }),
                )
            }
            Some(("mapping", fields)) => {
                let mapper = Mapper {
                    objects: objects.clone(),
                    object: None,
                    fields: fields.to_owned(),
                    labels: vec![MappedField {
                        key: "email".to_owned(),
                        label: "Email".to_owned(),
                        required: true,
                    }],
                    ..Mapper::default()
                };
                ("Field mapping".to_owned(), SettingKind::FieldMapper(mapper))
            }
            _ => plain(&what),
        };
        let mut all = settings.get_untracked();
        let key = free_key(&all, &facts.shared, &title);
        all.push(Setting {
            key,
            title,
            kind,
            required: true,
            tooltip: None,
            placeholder: None,
            default: None,
        });
        draft.edit(Edit::SetSettings(all));
        draft.said.set("The setting was added.".to_owned());
    };
    let options: Vec<_> = sources
        .iter()
        .filter(|own| own.needs.is_empty())
        .map(
            |own| view! { <option value=format!("source:{}", own.id)>{own.title.clone()}</option> },
        )
        .collect();
    view! {
        <div class="field ed-field">
            <label for="add-setting">"Add a setting"</label>
            <div class="ed-pair-add">
            <select
                class="input"
                id="add-setting"
                prop:value=move || chosen.get()
                on:change=move |event| chosen.set(event_target_value(&event))
            >
                <option value="">"Choose what to ask for…"</option>
                <optgroup label=format!("From {name}")>
                    {options}
                    {mapped.map(|fields| view! { <option value=format!("mapping:{fields}")>"Field mapping"</option> })}
                </optgroup>
                <optgroup label="Anything">
                    {PLAIN.map(|(value, words)| view! { <option value=value>{words}</option> })}
                </optgroup>
            </select>
            // Whoever chooses with the keys passes by others: choosing alone adds nothing.
            <button
                type="button"
                class="button"
                disabled=move || chosen.with(String::is_empty)
                on:click=move |_| {
                    add(chosen.get_untracked());
                    chosen.set(String::new());
                }
            >
                {icon(Icon::Plus)}
                "Add"
            </button>
            </div>
        </div>
    }
}

fn plain(what: &str) -> (String, SettingKind) {
    let (title, kind) = match what {
        "area" => ("Text", SettingKind::TextArea),
        "number" => ("Number", SettingKind::Number { min: None, max: None }),
        "email" => ("E-mail address", SettingKind::Email),
        "url" => ("Web address", SettingKind::Url),
        "password" => ("Secret", SettingKind::Password),
        "switch" => ("Switch", SettingKind::Switch),
        "enum" => {
            let options =
                vec![SettingOption { value: "first".to_owned(), label: "First choice".to_owned() }];
            ("Choice", SettingKind::Enum { options })
        }
        "copy" => ("To copy", SettingKind::Copyable { value: String::new() }),
        "custom" => ("Choice", SettingKind::CustomDropdown { dropdown: "choices".to_owned() }),
        _ => ("Text", SettingKind::Text),
    };
    (title.to_owned(), kind)
}

fn free_key(settings: &[Setting], shared: &[Setting], title: &str) -> String {
    let mut slug = String::new();
    for letter in title.to_lowercase().chars() {
        match letter {
            'a'..='z' | '0'..='9' => slug.push(letter),
            _ if slug.is_empty() || slug.ends_with('_') => {}
            _ => slug.push('_'),
        }
    }
    let slug = slug.trim_end_matches('_').trim_start_matches(|c: char| !c.is_ascii_lowercase());
    let slug = if slug.is_empty() { "setting" } else { slug };
    let taken = |key: &str| settings.iter().chain(shared).any(|own| own.key == key);
    let mut numbered = (2..).map(|number: u32| format!("{slug}_{number}"));
    Some(slug.to_owned())
        .filter(|own| !taken(own))
        .or_else(|| numbered.find(|own| !taken(own)))
        .unwrap_or_default()
}

/// What people read for a type.
fn type_words(kind: &SettingKind, sources: &[portico_domain::view::SourceShape]) -> String {
    let titled = |id: &str| {
        sources
            .iter()
            .find(|own| own.id == id)
            .map_or_else(|| id.to_owned(), |own| own.title.clone())
    };
    match kind {
        SettingKind::Text => "Text".to_owned(),
        SettingKind::TextArea => "Long text".to_owned(),
        SettingKind::Number { .. } => "Number".to_owned(),
        SettingKind::Email => "E-mail address".to_owned(),
        SettingKind::Url => "Web address".to_owned(),
        SettingKind::Password => "Secret".to_owned(),
        SettingKind::Switch | SettingKind::Boolean => "Yes or no".to_owned(),
        SettingKind::Enum { .. } => "One of your choices".to_owned(),
        SettingKind::DynamicEnum(source) => titled(&source.source),
        SettingKind::Combo(_) | SettingKind::DynamicCombo { .. } => {
            "Two dependent choices".to_owned()
        }
        SettingKind::FieldMapper(_) => "Field mapping".to_owned(),
        SettingKind::CustomDropdown { .. } => "Choices from your app".to_owned(),
        SettingKind::Copyable { .. } => "Something to copy".to_owned(),
        SettingKind::Permission { .. } => "Permissions".to_owned(),
        SettingKind::File { .. } => "File".to_owned(),
    }
}

/// One question.
#[component]
fn One(draft: Draft, settings: Memo<Vec<Setting>>, key: String) -> impl IntoView {
    let facts = draft.facts();
    let sources =
        facts.known(&facts.integration).map(|own| own.sources.clone()).unwrap_or_default();
    let of = key.clone();
    let own =
        Memo::new(move |_| settings.with(|all| all.iter().find(|own| own.key == of).cloned()));
    let of = key.clone();
    let at = move || {
        settings.with_untracked(|all| all.iter().position(|own| own.key == of)).unwrap_or(0)
    };
    let of = key.clone();
    let change = Callback::new(move |what: Change| {
        let mut all = settings.get_untracked();
        if let Some(setting) = all.iter_mut().find(|own| own.key == of) {
            what(setting);
        }
        draft.type_on(Edit::SetSettings(all));
    });
    let shift = {
        let at = at.clone();
        move |by: isize| {
            let mut all = settings.get_untracked();
            let from = at();
            if let Some(to) = from.checked_add_signed(by).filter(|to| *to < all.len()) {
                all.swap(from, to);
                draft.edit(Edit::SetSettings(all));
            }
        }
    };
    let (up, down) = (shift.clone(), shift);
    let removed = key.clone();
    let asking = RwSignal::new(false);
    let used = {
        let key = key.clone();
        move || {
            let sought = format!("settings.{key}");
            draft.document.with_untracked(|document| {
                serde_json::to_string(&document.steps).is_ok_and(|text| text.contains(&sought))
            })
        }
    };
    let remove = move || {
        let mut all = settings.get_untracked();
        all.retain(|own| own.key != removed);
        draft.edit(Edit::SetSettings(all));
        draft.said.set("The setting was removed. Undo brings it back.".to_owned());
    };
    let remove_now = remove.clone();
    let title = Signal::derive(move || {
        own.with(|own| own.as_ref().map(|own| own.title.clone()).unwrap_or_default())
    });
    let words = move || {
        own.with(|own| own.as_ref().map(|own| type_words(&own.kind, &sources)).unwrap_or_default())
    };
    let wrong = {
        let at = at.clone();
        Memo::new(move |_| draft.problem_at(&format!("/settings/{}", at())))
    };
    let refused = RwSignal::new(None::<String>);
    let id = format!("setting-{key}");
    let shown_key = key.clone();
    let renamed = key;
    view! {
        <details class="ed-setting" id=id.clone()>
            <summary>
                <span class="ed-row-words"><span>{move || title.get()}</span><span class="hint">{words}</span></span>
            </summary>
            <div class="stack">
                <Line id=format!("{id}-title") label="What your users read" value=title on_input=Callback::new(move |text: String| change.run(Box::new(move |own| own.title = text))) />
                <Line
                    id=format!("{id}-tooltip")
                    label="A hint beside it"
                    value=Signal::derive(move || own.with(|own| own.as_ref().and_then(|own| own.tooltip.clone()).unwrap_or_default()))
                    on_input=Callback::new(move |text: String| change.run(Box::new(move |own| own.tooltip = Some(text).filter(|own| !own.is_empty()))))
                />
                <Check
                    label="Required: the workflow does not run without an answer"
                    value=Signal::derive(move || own.with(|own| own.as_ref().is_some_and(|own| own.required)))
                    on_change=Callback::new(move |to| change.run(Box::new(move |own| own.required = to)))
                />
                <KindFields draft id=id.clone() own change />
                <div class="field ed-field" data-own-undo="">
                    <label for=format!("{id}-key")>"Name in variables"</label>
                    <input
                        class="input"
                        id=format!("{id}-key")
                        value=shown_key.clone()
                        aria-describedby=format!("{id}-key-problem")
                        aria-invalid=move || refused.with(Option::is_some).then_some("true")
                        on:change=move |event| {
                            let made = draft.attempt(Edit::RenameSetting { key: renamed.clone(), to: event_target_value(&event) });
                            refused.set(made.err().map(|why| format!("{why} It is still {renamed}.")));
                        }
                    />
                    <p class="field-problem" id=format!("{id}-key-problem") role="alert">{move || refused.get()}</p>
                    <p class="hint">"Steps use it as "<code>{format!("settings.{shown_key}")}</code>". They follow when it changes."</p>
                </div>
                <p class="field-problem">{move || wrong.get()}</p>
                <div class="row">
                    <button type="button" class="ed-icon" aria-label="Move up" on:click=move |_| up(-1)>{icon(Icon::ChevronUp)}</button>
                    <button type="button" class="ed-icon" aria-label="Move down" on:click=move |_| down(1)>{icon(Icon::ChevronDown)}</button>
                    <button
                        type="button"
                        class="button"
                        on:click=move |_| if used() { asking.set(true) } else { remove_now() }
                    >
                        {icon(Icon::Trash)}
                        "Remove"
                    </button>
                </div>
                {
                    let remove = remove.clone();
                    move || {
                        let remove = remove.clone();
                        asking.get().then(|| view! {
                            <div class="callout callout-warning" role="alertdialog" aria-label="Remove the setting">
                                <p>"Steps use its answer. They will have a problem until they say something else."</p>
                                <div class="row">
                                    <button type="button" class="button button-danger" on:click=move |_| { asking.set(false); remove(); }>"Remove setting"</button>
                                    <button type="button" class="button" on:click=move |_| asking.set(false)>"Keep it"</button>
                                </div>
                            </div>
                        })
                    }
                }
            </div>
        </details>
    }
}
