//! On the server nothing is pressed: a page is rendered once, and its controls come alive in the
//! browser.

use super::answers::{Answers, Change};
use super::entered::Form;
use super::panel::Shown;
use super::picker::Picking;
use super::questions::Asked;
use crate::components::long_list::Load;
use leptos::prelude::{NodeRef, RwSignal};
use portico_domain::view::PortalAccount;
use portico_domain::{ConfigurationId, CredentialId, WorkflowId};
use serde_json::{Map, Value};

/// A workflow's switch.
#[expect(dead_code, reason = "only a browser moves it")]
#[derive(Clone, Copy)]
pub(super) struct Switch {
    pub(super) configuration: ConfigurationId,
    pub(super) workflow: WorkflowId,
    pub(super) on: RwSignal<bool>,
    pub(super) problem: RwSignal<Option<String>>,
}

pub(super) fn connect(_: Shown, _: Option<CredentialId>) {}
pub(super) fn reopen(_: Shown) {}
pub(super) fn cancel(_: Shown) {}
pub(super) fn close(_: Shown) {}
pub(super) fn disconnect(_: Shown, _: &PortalAccount) {}
pub(super) fn check(_: Shown, _: CredentialId) {}
pub(super) fn switch(_: Shown, _: Switch) {}
pub(super) fn keep(_: Answers, _: Change) {}
pub(super) fn read_file(_: &leptos::ev::Event, _: Asked, _: usize) {}
pub(super) fn copy(_: String, _: RwSignal<&'static str>) {}
pub(super) fn focus(_: String) {}
pub(super) fn connect_entered(_: Shown, _: Form, _: Option<CredentialId>) {}
pub(super) fn open_choices(_: Picking) {}
pub(super) fn load_choices(_: Picking, _: Load) {}
pub(super) fn load_all_choices(_: Picking) {}
pub(super) fn ask_for_fields(_: Asked, _: String, _: RwSignal<Map<String, Value>>) {}
pub(super) fn search_choices(_: Picking) {}
pub(super) fn look_for_lost(_: Vec<Answers>) {}
pub(super) fn scroll_to(_: NodeRef<leptos::html::Ul>, _: i32) {}
pub(super) fn scrolled(_: NodeRef<leptos::html::Ul>) -> usize {
    0
}
pub(super) fn show_row(_: NodeRef<leptos::html::Ul>, _: usize, _: usize) -> usize {
    0
}
pub(super) fn has_left(_: &leptos::ev::FocusEvent, _: NodeRef<leptos::html::Div>) -> bool {
    false
}
pub(super) fn listen(_: Shown) {}
pub(super) fn focus_tab(_: &str) {}
