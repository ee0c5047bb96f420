//! A schedule that starts the workflow, and when it comes round.

use super::super::draft::Draft;
use super::super::fields::Line;
use crate::server_fns::editor::upcoming;
use crate::server_fns::words;
use js_sys::{Array, Function, JsString, Reflect};
use leptos::prelude::*;
use leptos::task::spawn_local;
use portico_domain::workflow::Trigger;
use portico_engine::edit::Edit;
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};

/// What a new schedule begins with.
pub(super) const DAILY: &str = "0 0 9 * * *";
/// How long nothing is typed before the server is asked.
const PAUSE: Duration = Duration::from_millis(400);
/// The element that lists the names of zones.
const ZONES: &str = "schedule-zones";

/// Schedules that many people want.
const PRESETS: [(&str, &str); 6] = [
    ("0 */15 * * * *", "Every 15 minutes"),
    ("0 0 * * * *", "Every hour"),
    (DAILY, "Every day at 9:00"),
    ("0 0 9 * * Mon-Fri", "On weekdays at 9:00"),
    ("0 0 9 * * Mon", "On Mondays at 9:00"),
    ("0 0 9 1 * *", "On the first of the month at 9:00"),
];

#[component]
pub(super) fn Scheduler(draft: Draft) -> impl IntoView {
    let own = Memo::new(move |_| {
        draft.document.with(|document| match &document.trigger {
            Trigger::Scheduler { cron, time_zone } => (cron.clone(), time_zone.clone()),
            _ => Default::default(),
        })
    });
    let set = move |cron: String, time_zone: String| {
        draft.type_on(Edit::SetTrigger(Trigger::Scheduler { cron, time_zone }))
    };
    let wrong = Memo::new(move |_| draft.problem_at("/trigger/cron"));
    let wrong_zone = Memo::new(move |_| draft.problem_at("/trigger/time_zone"));
    let outlook = outlook(own);
    // What is wrong with the expression is known here.
    let refused = move || outlook.get().and_then(Result::err).filter(|_| wrong.get().is_none());
    view! {
        <div class="field ed-field">
            <label for="schedule-preset">"When"</label>
            <select
                class="input"
                id="schedule-preset"
                on:change=move |event| {
                    let chosen = event_target_value(&event);
                    if !chosen.is_empty() {
                        set(chosen, own.get_untracked().1);
                    }
                }
            >
                {PRESETS.map(|(cron, words)| view! { <option value=cron selected=move || own.with(|own| own.0 == cron)>{words}</option> })}
                <option value="" selected=move || own.with(|own| !PRESETS.iter().any(|(cron, _)| *cron == own.0))>"As written below"</option>
            </select>
        </div>
        <Line
            id="schedule-cron"
            label="Cron expression"
            hint="Second, minute, hour, day of the month, month, day of the week: 0 0 9 * * Mon."
            value=Signal::derive(move || own.get().0)
            problem=Signal::derive(move || wrong.get())
            on_input=Callback::new(move |text| set(text, own.get_untracked().1))
        />
        <Line
            id="schedule-zone"
            label="Time zone"
            hint="An IANA name: Europe/Vienna."
            list=ZONES
            value=Signal::derive(move || own.get().1)
            problem=Signal::derive(move || wrong_zone.get().or_else(refused))
            on_input=Callback::new(move |text| set(own.get_untracked().0, text))
        />
        <datalist id=ZONES>{zones().into_iter().map(|name| view! { <option value=name></option> }).collect::<Vec<_>>()}</datalist>
        {move || {
            let next = outlook.get()?.ok().filter(|next| !next.is_empty())?;
            Some(view! {
                <div class="stack ed-inset">
                    <h3>"Next"</h3>
                    <ul class="plain">{next.into_iter().map(|at| view! { <li>{at}</li> }).collect::<Vec<_>>()}</ul>
                </div>
            })
        }}
        <p class="hint">"It runs for everybody who has it on."</p>
    }
}

/// The next occurrences, or what is wrong; nothing as long as nobody knows. The zones are the server's.
fn outlook(own: Memo<(String, String)>) -> RwSignal<Option<Result<Vec<String>, String>>> {
    let known = RwSignal::new(None);
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    let ask = move || {
        let asked = own.get_untracked();
        spawn_local(async move {
            let answer = upcoming(asked.0.clone(), asked.1.clone()).await;
            // Somebody who has gone on typing, or closed the panel, has no use for it.
            if own.try_get_untracked().as_ref() == Some(&asked) {
                known.set(Some(answer.map_err(|error| words(&error))));
            }
        });
    };
    Effect::new(move |first: Option<()>| {
        own.track();
        if first.is_none() {
            return ask();
        }
        known.set(None);
        if let Some(earlier) = waiting.get_value() {
            earlier.clear();
        }
        waiting.set_value(set_timeout_with_handle(ask, PAUSE).ok());
    });
    known
}

/// The time zone of whoever sits here.
pub(super) fn own_zone() -> String {
    let options = js_sys::Intl::DateTimeFormat::default().resolved_options();
    let zone = Reflect::get(&options, &JsValue::from_str("timeZone"));
    zone.ok().and_then(|own| own.as_string()).unwrap_or_else(|| "UTC".to_owned())
}

/// The zones that this browser knows: suggestions. An older browser knows none.
fn zones() -> Vec<String> {
    let list = || {
        let intl = Reflect::get(&js_sys::global(), &JsValue::from_str("Intl")).ok()?;
        let list = Reflect::get(&intl, &JsValue::from_str("supportedValuesOf")).ok()?;
        let names = list.dyn_into::<Function>().ok()?.call1(&intl, &JsString::from("timeZone"));
        names.ok()?.dyn_into::<Array>().ok()
    };
    list().map(|names| names.iter().filter_map(|own| own.as_string()).collect()).unwrap_or_default()
}
