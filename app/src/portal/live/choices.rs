//! Asking for choices, page by page; and whether those that were made are still there.

use super::calls::{self, Failed};
use super::host;
use super::popup::pause;
use crate::components::long_list::{Load, fits};
use crate::portal::answers::Answers;
use crate::portal::list::List;
use crate::portal::picker::Picking;
use leptos::prelude::*;
use leptos::task::spawn_local;
use portico_domain::view::{ChoicesView, LostChoice};
use serde_json::json;

/// How long typing must rest before a provider is asked, in milliseconds.
const REST: i32 = 250;

/// How often a provider that slows us down is waited for before its words are shown, and for how many
/// seconds at most.
const MOST_WAITS: usize = 5;
const LONGEST_WAIT: u32 = 60;

/// Loads a page.
pub(in crate::portal) fn load_choices(picking: Picking, load: Load) {
    load_page(picking, load, false);
}

/// A list is opened: what is loaded of it is good, unless it was searched elsewhere or other choices
/// were made before it.
pub(in crate::portal) fn open_choices(picking: Picking) {
    let under = match picking.list.get_value() {
        List::Account { inputs, .. } => Some(inputs.get_untracked()),
        List::Host { .. } => None,
    };
    let same = under.is_some() && picking.under.get_value() == under;
    picking.under.set_value(under);
    let loaded = !picking.choices.with_untracked(Vec::is_empty);
    let good = loaded && !picking.provider_searches.get_untracked();
    if same && good && picking.problem.with_untracked(Option::is_none) {
        return sift(picking, 0);
    }
    clear(picking);
    load_choices(picking, Load::First);
}

fn clear(picking: Picking) {
    picking.choices.update(Vec::clear);
    picking.found.update(Vec::clear);
}

/// Loads every page, one after the other.
pub(in crate::portal) fn load_all_choices(picking: Picking) {
    load_page(picking, Load::First, true);
}

fn load_page(picking: Picking, load: Load, to_the_end: bool) {
    let more = picking.next.with_untracked(Option::is_some);
    if load == Load::Next && (picking.busy.get_untracked() || !more) {
        return;
    }
    picking.round.update(|round| *round += u32::from(load != Load::Next));
    picking.busy.set(true);
    picking.problem.set(None);
    let round = picking.round.get_untracked();
    spawn_local(async move {
        let mut answered = ask(picking, load).await;
        for _ in 0..MOST_WAITS {
            // Whoever reads a long list is slowed down now and then.
            let Err(Failed::Wait(seconds, _)) = &answered else { break };
            let (seconds, mine) = (*seconds, picking.round.try_get_untracked() == Some(round));
            if !mine || seconds > LONGEST_WAIT {
                break;
            }
            picking.waiting.set(Some(seconds));
            pause(i32::try_from(seconds * 1000).unwrap_or(i32::MAX)).await;
            if picking.round.try_get_untracked() != Some(round) {
                return;
            }
            picking.waiting.set(None);
            answered = ask(picking, load).await;
        }
        if picking.round.try_get_untracked() != Some(round) {
            return;
        }
        picking.busy.set(false);
        match answered {
            Ok(page) => {
                let before =
                    if load == Load::Next { picking.choices.with_untracked(Vec::len) } else { 0 };
                // Typed before anybody knew who searches: this page is not about it.
                let beside = page.provider_searches && searches_here(picking);
                picking.provider_searches.set(page.provider_searches);
                if beside {
                    return load_page(picking, Load::First, to_the_end);
                }
                picking.next.set(page.next);
                picking.choices.update(|all| {
                    all.truncate(before);
                    all.extend(page.choices);
                });
                sift(picking, before);
                // A page can be empty and not the last; and to search here, everything must be here.
                let none = picking.found.with_untracked(Vec::is_empty);
                if to_the_end || none || searches_here(picking) {
                    load_page(picking, Load::Next, to_the_end);
                }
            }
            Err(Failed::Expired) => super::failed(picking.asked.answers.shown, Failed::Expired),
            Err(failure) => picking.problem.set(Some(failure.words())),
        }
    });
}

async fn ask(picking: Picking, load: Load) -> Result<ChoicesView, Failed> {
    let search = picking.query.with_untracked(|query| query.trim().to_owned());
    let search =
        (picking.provider_searches.get_untracked() && !search.is_empty()).then_some(search);
    let cursor = picking.next.get_untracked().filter(|_| load == Load::Next);
    let answers = picking.asked.answers;
    match picking.list.get_value() {
        List::Host { question } => host::options(question.get_untracked(), cursor, search).await,
        List::Account { part, inputs } => {
            let body = json!({
                "configurationId": answers.configuration,
                "workflowId": answers.workflow,
                "setting": picking.asked.key(),
                "part": part,
                "inputs": inputs.get_untracked(),
                "cursor": cursor,
                "search": search,
                "refresh": load == Load::Again,
            });
            calls::post("/choices", &body).await
        }
    }
}

/// Whether what is loaded is searched here.
fn searches_here(picking: Picking) -> bool {
    !picking.provider_searches.get_untracked()
        && picking.query.with_untracked(|query| !query.trim().is_empty())
}

/// Looks through what is loaded, from a place on.
fn sift(picking: Picking, from: usize) {
    let query = picking.query.with_untracked(|query| query.trim().to_lowercase());
    let all = !searches_here(picking);
    picking.found.update(|found| {
        if from == 0 {
            found.clear();
        }
        picking.choices.with_untracked(|choices| {
            let rest = choices.iter().enumerate().skip(from);
            found.extend(rest.filter(|(_, own)| all || fits(own, &query)).map(|(at, _)| at));
        });
    });
}

/// The query has changed.
pub(in crate::portal) fn search_choices(picking: Picking) {
    if !picking.provider_searches.get_untracked() {
        sift(picking, 0);
        if searches_here(picking) {
            load_choices(picking, Load::Next);
        }
        return;
    }
    // What was found for the query of before can be chosen no more.
    clear(picking);
    picking.round.update(|round| *round += 1);
    let round = picking.round.get_untracked();
    picking.busy.set(true);
    spawn_local(async move {
        pause(REST).await;
        if picking.round.try_get_untracked() == Some(round) {
            load_choices(picking, Load::First);
        }
    });
}

/// Looks whether what was chosen under a configuration is still there.
pub(in crate::portal) fn look_for_lost(all: Vec<Answers>) {
    let Some(first) = all.first() else { return };
    // Not only what was chosen here: a default has no label.
    if all.iter().all(|own| own.values.with_untracked(|values| values.is_empty())) {
        return;
    }
    let body = json!({ "configurationId": first.configuration });
    spawn_local(async move {
        // Who cannot be asked has lost nothing.
        let lost = calls::post::<Vec<LostChoice>>("/choices/lost", &body).await.unwrap_or_default();
        for LostChoice { workflow_id, setting, message } in lost {
            if let Some(own) = all.iter().find(|own| own.workflow == workflow_id) {
                own.lost.try_update(|lost| lost.insert(setting, json!(message)));
            }
        }
    });
}
