//! Asking for choices, page by page.

use super::calls::{self, Failed};
use super::popup::pause;
use crate::portal::picker::Picking;
use leptos::prelude::*;
use leptos::task::spawn_local;
use portico_domain::view::ChoicesView;
use serde_json::json;
use wasm_bindgen::JsCast;

/// How long typing must rest before a provider is asked, in milliseconds.
const REST: i32 = 250;

/// Loads the first page, or the next one.
pub(in crate::portal) fn load_choices(picking: Picking, fresh: bool) {
    let more = picking.next.with_untracked(Option::is_some);
    if !fresh && (picking.busy.get_untracked() || !more) {
        return;
    }
    picking.round.update(|round| *round += 1);
    picking.busy.set(true);
    picking.problem.set(None);
    let round = picking.round.get_untracked();
    let search = picking.query.with_untracked(|query| query.trim().to_owned());
    let body = json!({
        "configurationId": picking.configuration,
        "workflowId": picking.workflow,
        "setting": picking.setting.get_value(),
        "cursor": if fresh { None } else { picking.next.get_untracked() },
        "search": (picking.provider_searches.get_untracked() && !search.is_empty()).then_some(search),
    });
    spawn_local(async move {
        let answered = calls::post::<ChoicesView>("/choices", &body).await;
        if picking.round.try_get_untracked() != Some(round) {
            return;
        }
        picking.busy.set(false);
        match answered {
            Ok(page) => take(picking, page, fresh),
            Err(Failed::Expired) => super::failed(picking.shown, Failed::Expired),
            Err(failure) => picking.problem.set(Some(failure.words())),
        }
    });
}

fn take(picking: Picking, page: ChoicesView, fresh: bool) {
    picking.provider_searches.set(page.provider_searches);
    picking.next.set(page.next);
    picking.choices.update(|all| {
        if fresh {
            all.clear();
        }
        all.extend(page.choices);
    });
    go_on(picking);
}

/// A page can be empty and not the last; and to search here, everything must be here.
fn go_on(picking: Picking) {
    let searches_here = !picking.provider_searches.get_untracked()
        && picking.query.with_untracked(|query| !query.trim().is_empty());
    if searches_here || picking.choices.with_untracked(Vec::is_empty) {
        load_choices(picking, false);
    }
}

/// The query has changed.
pub(in crate::portal) fn search_choices(picking: Picking) {
    if !picking.provider_searches.get_untracked() {
        return go_on(picking);
    }
    picking.round.update(|round| *round += 1);
    let round = picking.round.get_untracked();
    picking.busy.set(true);
    spawn_local(async move {
        pause(REST).await;
        if picking.round.try_get_untracked() == Some(round) {
            load_choices(picking, true);
        }
    });
}

/// Whether a list is scrolled near its end.
pub(in crate::portal) fn is_near_end(event: &leptos::ev::Event) -> bool {
    let list = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    list.is_some_and(|list| list.scroll_top() + list.client_height() + 120 >= list.scroll_height())
}

pub(in crate::portal) fn scroll_into_view(id: &str) {
    if let Some(row) = document().get_element_by_id(id)
        && let Ok(Some(list)) = row.closest("[role=listbox]")
    {
        let (Ok(row), Ok(list)) =
            (row.dyn_into::<web_sys::HtmlElement>(), list.dyn_into::<web_sys::HtmlElement>())
        else {
            return;
        };
        let (top, bottom) = (row.offset_top(), row.offset_top() + row.offset_height());
        if top < list.scroll_top() {
            list.set_scroll_top(top);
        } else if bottom > list.scroll_top() + list.client_height() {
            list.set_scroll_top(bottom - list.client_height());
        }
    }
}
