//! A field for a template. It is a plain text area, so that everything a browser and a screen reader can do with
//! text works; under its letters the same text is drawn once more, with every variable on a chip. The drawn one
//! gives the field its height.

use super::Where;
use super::menu::{Menu, takes};
use crate::dashboard::editor::draft::Draft;
use crate::dashboard::icon::{Icon, icon};
use leptos::html;
use leptos::prelude::*;
use portico_engine::preview::{Piece, pieces};
use serde_json::Value;

/// The most of a preview that is shown.
const SHOWN: usize = 160;

/// A field in which `{{` opens the variables.
#[component]
pub(in super::super) fn TemplateField(
    draft: Draft,
    place: Where,
    id: String,
    #[prop(into)] value: Signal<String>,
    on_input: Callback<String>,
    /// Whether Enter makes a new line.
    lines: bool,
    #[prop(optional, into)] invalid: Signal<bool>,
    #[prop(optional, into)] label: Option<String>,
    #[prop(optional, into)] placeholder: String,
) -> impl IntoView {
    let area = NodeRef::<html::Textarea>::new();
    let opened = RwSignal::new(None::<Opened>);
    let place = StoredValue::new(place);
    let said = preview(draft, place, value);
    let put = move |text: String, caret: usize| {
        on_input.run(text.clone());
        if let Some(area) = area.get_untracked() {
            area.set_value(&text);
            let at = utf16(&text, caret);
            let _ = area.set_selection_range(at, at);
            let _ = area.focus();
        }
    };
    let choose = Callback::new(move |path: String| {
        let Some(now) = opened.get_untracked() else { return };
        let text = value.get_untracked();
        let (from, to) = (now.from.min(text.len()), now.to.min(text.len()));
        let (Some(before), Some(mut after)) = (text.get(..from), text.get(to..)) else { return };
        // Typing `{{` in front of a `}}` that is there already.
        if let Some(rest) = after.trim_start().strip_prefix("}}").filter(|_| now.typed) {
            after = rest;
        }
        let written = format!("{before}{{{{ {path} }}}}");
        let caret = written.len();
        opened.set(None);
        put(format!("{written}{after}"), caret);
    });
    let look = move || {
        let Some(area) = area.get_untracked() else { return };
        let text = area.value();
        let caret = bytes(&text, area.selection_start().ok().flatten().unwrap_or(0));
        opened.set(Opened::at(&text, caret));
    };
    let (field_id, menu_id) = (id.clone(), format!("{id}-menu"));
    let controls = menu_id.clone();
    view! {
        <div class="ed-template" class:ed-invalid=move || invalid.get()>
            <div class="ed-template-box">
                <div class="ed-drawn" aria-hidden="true">
                    {move || drawn(&value.get())}
                    // A last line that is empty has its height too.
                    "\u{200b}"
                </div>
                <textarea
                    node_ref=area
                    id=field_id
                    class="ed-area"
                    rows="1"
                    spellcheck="false"
                    autocomplete="off"
                    role="combobox"
                    aria-autocomplete="list"
                    aria-expanded=move || if opened.with(Option::is_some) { "true" } else { "false" }
                    aria-controls=controls.clone()
                    aria-activedescendant=move || opened.with(Option::is_some).then(|| format!("{menu_id}-active"))
                    aria-invalid=move || invalid.get().then_some("true")
                    aria-describedby=format!("{id}-help {id}-problem")
                    aria-label=label
                    placeholder=placeholder
                    prop:value=move || value.get()
                    on:input=move |event| {
                        on_input.run(event_target_value(&event));
                        look();
                    }
                    on:click=move |_| {
                        if opened.with_untracked(Option::is_some) {
                            look();
                        }
                    }
                    on:blur=move |_| {
                        // The menu is pressed with the mouse without taking the focus.
                        opened.set(None);
                    }
                    on:keydown=move |event| {
                        if opened.with_untracked(Option::is_some) && takes(&event.key()) {
                            event.prevent_default();
                            opened.update(|now| {
                                if let Some(now) = now {
                                    now.key = Some(event.key());
                                }
                            });
                            if event.key() == "Escape" {
                                event.stop_propagation();
                                opened.set(None);
                            }
                            return;
                        }
                        match event.key().as_str() {
                            "Enter" if !lines => event.prevent_default(),
                            "Backspace" => {
                                let Some(area) = area.get_untracked() else { return };
                                let text = area.value();
                                let start = area.selection_start().ok().flatten().unwrap_or(0);
                                let end = area.selection_end().ok().flatten().unwrap_or(0);
                                let caret = bytes(&text, start);
                                if start == end
                                    && let Some(from) = chip_before(&text, caret)
                                {
                                    event.prevent_default();
                                    put(format!("{}{}", &text[..from], &text[caret..]), from);
                                }
                            }
                            _ => {}
                        }
                    }
                ></textarea>
                <button
                    type="button"
                    class="ed-braces"
                    tabindex="-1"
                    title="Choose a variable"
                    aria-label="Choose a variable"
                    on:mousedown=move |event| event.prevent_default()
                    on:click=move |_| {
                        let Some(area) = area.get_untracked() else { return };
                        let text = area.value();
                        let caret = match area.selection_start().ok().flatten() {
                            Some(at) if document().active_element().is_some_and(|own| own == **area) => bytes(&text, at),
                            _ => text.len(),
                        };
                        let _ = area.focus();
                        opened.set(Some(Opened { from: caret, to: caret, query: String::new(), typed: false, key: None }));
                    }
                >
                    {icon(Icon::Braces)}
                </button>
            </div>
            {move || {
                opened
                    .with(Option::is_some)
                    .then(|| view! { <Menu draft place=place.get_value() opened id=format!("{id}-menu") on_choose=choose /> })
            }}
            {move || match said.get() {
                Said::Nothing => ().into_any(),
                Said::Value(text) => view! { <p class="ed-preview"><span aria-hidden="true">"→ "</span><span class="visually-hidden">"Preview: "</span>{text}</p> }.into_any(),
                Said::Empty => view! { <p class="ed-preview muted">"→ empty with the sample at hand"</p> }.into_any(),
                Said::Problem(why) => view! { <p class="ed-preview status-warning">{why}</p> }.into_any(),
            }}
        </div>
    }
}

/// The menu is open: what is replaced by what is chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Opened {
    pub(super) from: usize,
    pub(super) to: usize,
    /// What was typed behind `{{`.
    pub(super) query: String,
    /// Whether `{{` was typed; if not, a button was pressed.
    pub(super) typed: bool,
    /// A key that is the menu's.
    pub(super) key: Option<String>,
}

impl Opened {
    /// Whether the caret stands behind a `{{` that is not closed before it.
    fn at(text: &str, caret: usize) -> Option<Self> {
        let before = text.get(..caret)?;
        let from = before.rfind("{{")?;
        let query = &before[from + 2..];
        if query.contains("}}") || query.contains('\n') || query.len() > 60 {
            return None;
        }
        // Inside an expression that is closed further on somebody edits what is there.
        let rest = &text[caret..];
        let closes = rest.find("}}").is_some_and(|at| !rest[..at].contains("{{"));
        if closes && !query.trim().is_empty() {
            return None;
        }
        Some(Self { from, to: caret, query: query.trim().to_owned(), typed: true, key: None })
    }
}

/// Where the chip begins that ends right before the caret.
fn chip_before(text: &str, caret: usize) -> Option<usize> {
    let mut end = 0;
    for piece in pieces(text) {
        let (length, is_chip) = match &piece {
            Piece::Text(own) => (own.len(), false),
            Piece::Expression { source, path } => (source.len() + 4, path.is_some()),
        };
        end += length;
        if end == caret && is_chip {
            return Some(end - length);
        }
    }
    None
}

fn drawn(text: &str) -> Vec<AnyView> {
    pieces(text)
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(own) => own.into_any(),
            Piece::Expression { source, path } => {
                let class = if path.is_some() { "ed-chip" } else { "ed-chip ed-chip-more" };
                view! { <span class=class><span class="ed-brace">"{{"</span>{source}<span class="ed-brace">"}}"</span></span> }.into_any()
            }
        })
        .collect()
}

#[derive(Clone, Debug, PartialEq)]
enum Said {
    Nothing,
    Value(String),
    Empty,
    Problem(String),
}

/// What a template becomes with what is known.
fn preview(draft: Draft, place: StoredValue<Where>, value: Signal<String>) -> Memo<Said> {
    Memo::new(move |_| {
        let text = value.get();
        if !text.contains("{{") || text.matches("{{").count() != text.matches("}}").count() {
            return Said::Nothing;
        }
        match draft.tests.preview(draft, &place.get_value(), &Value::String(text)) {
            Ok(None) => Said::Empty,
            Ok(Some(value)) => {
                let text = super::as_text(&value);
                match text.char_indices().nth(SHOWN) {
                    Some((end, _)) => Said::Value(format!("{}…", &text[..end])),
                    None if text.is_empty() => Said::Empty,
                    None => Said::Value(text),
                }
            }
            Err(why) => Said::Problem(why),
        }
    })
}

/// The byte of a place that a browser counts in UTF-16.
fn bytes(text: &str, utf16: u32) -> usize {
    let mut left = utf16 as usize;
    for (at, letter) in text.char_indices() {
        if left == 0 {
            return at;
        }
        left = left.saturating_sub(letter.len_utf16());
    }
    text.len()
}

fn utf16(text: &str, byte: usize) -> u32 {
    let count: usize = text[..byte.min(text.len())].chars().map(char::len_utf16).sum();
    u32::try_from(count).unwrap_or(u32::MAX)
}
