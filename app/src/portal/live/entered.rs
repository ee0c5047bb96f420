//! Connecting with what was entered.

use super::calls::{self, Failed};
use crate::portal::entered::Form;
use crate::portal::panel::{Phase, Shown};
use leptos::prelude::*;
use leptos::task::spawn_local;
use portico_domain::CredentialId;
use serde::Deserialize;
use serde_json::{Map, json};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Connected {
    credential_id: CredentialId,
}

/// Sends the form; what is wrong with a field is told beside it.
pub(in crate::portal) fn connect_entered(
    shown: Shown,
    form: Form,
    credential: Option<CredentialId>,
) {
    if shown.phase.get_untracked() != Phase::Idle {
        return;
    }
    let body = json!({
        "integration": shown.view.with_untracked(|view| view.integration.kind.clone()),
        "credentialId": credential,
        "fields": form.values.get_untracked(),
    });
    shown.phase.set(Phase::Saving);
    shown.problem.set(None);
    form.problems.set(Map::new());
    spawn_local(async move {
        match calls::post::<Connected>("/accounts", &body).await {
            Ok(done) => super::connected(shown, Some(done.credential_id), None).await,
            Err(Failed::Fields(fields)) => {
                shown.phase.set(Phase::Idle);
                if let Some(words) = fields.get("").and_then(|words| words.as_str()) {
                    shown.problem.set(Some(words.to_owned()));
                }
                form.problems.set(fields);
            }
            Err(failure) => super::failed(shown, failure),
        }
    });
}
