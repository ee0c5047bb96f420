//! On the server nothing is pressed: a page is rendered once, and its controls come alive in the
//! browser.

use super::entered::Form;
use super::panel::Shown;
use super::picker::Picking;
use portico_domain::view::PortalAccount;
use portico_domain::{ConfigurationId, CredentialId, WorkflowId};
use serde_json::{Map, Value};

pub(super) fn connect(_: Shown, _: Option<CredentialId>) {}
pub(super) fn reopen(_: Shown) {}
pub(super) fn cancel(_: Shown) {}
pub(super) fn close(_: Shown) {}
pub(super) fn disconnect(_: Shown, _: &PortalAccount) {}
pub(super) fn switch(_: Shown, _: ConfigurationId, _: WorkflowId, _: bool) {}
pub(super) fn check(_: Shown, _: CredentialId) {}
pub(super) fn answer(
    _: Shown,
    _: ConfigurationId,
    _: WorkflowId,
    _: Map<String, Value>,
    _: Map<String, Value>,
) {
}
pub(super) fn connect_entered(_: Shown, _: Form, _: Option<CredentialId>) {}
pub(super) fn load_choices(_: Picking, _: bool) {}
pub(super) fn search_choices(_: Picking) {}
pub(super) fn scroll_into_view(_: &str) {}
pub(super) fn is_near_end(_: &leptos::ev::Event) -> bool {
    false
}
pub(super) fn listen(_: Shown) {}
pub(super) fn focus_tab(_: &str) {}
