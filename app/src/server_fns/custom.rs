//! Integrations that a project defines itself.

use leptos::prelude::*;
use portico_domain::custom::{CustomDetail, CustomFiles, CustomForm, FormSaved};
use portico_domain::view::Saved;

#[cfg(feature = "ssr")]
use super::{fields_of, id, refused, signed};

/// Adds one from the form.
#[server(prefix = "/_fn/dashboard", endpoint = "custom/add", input = leptos::server_fn::codec::Json)]
pub async fn add_custom(
    project: String,
    form: CustomForm,
    icon: Option<String>,
) -> Result<FormSaved, ServerFnError> {
    let own = signed()?;
    let added = own.services.add_custom_integration(&own.actor, id(&project)?, &form, icon).await;
    match added {
        Ok(kind) => Ok(FormSaved::Stored { kind, revision: 1 }),
        Err(refusal) => fields_of(refusal).map(|fields| FormSaved::Wrong { fields }),
    }
}

/// The page of one.
#[server(prefix = "/_fn/dashboard", endpoint = "custom/read")]
pub async fn custom(project: String, kind: String) -> Result<CustomDetail, ServerFnError> {
    let own = signed()?;
    own.services.custom_detail(&own.actor, id(&project)?, &kind).await.map_err(refused)
}

/// Changes one by its form.
#[server(prefix = "/_fn/dashboard", endpoint = "custom/change", input = leptos::server_fn::codec::Json)]
pub async fn change_custom(
    project: String,
    kind: String,
    form: CustomForm,
    icon: Option<String>,
    revision: i64,
) -> Result<FormSaved, ServerFnError> {
    let own = signed()?;
    let change = portico_services::FormChange { form, icon, revision };
    let changed = own.services.change_custom_form(&own.actor, id(&project)?, &kind, change).await;
    match changed {
        Ok(revision) => Ok(FormSaved::Stored { kind, revision }),
        Err(refusal) => fields_of(refusal).map(|fields| FormSaved::Wrong { fields }),
    }
}

/// Changes one by its files.
#[server(prefix = "/_fn/dashboard", endpoint = "custom/save", input = leptos::server_fn::codec::Json)]
pub async fn save_custom(
    project: String,
    kind: String,
    files: CustomFiles,
    revision: i64,
) -> Result<Saved, ServerFnError> {
    let own = signed()?;
    let place = (id(&project)?, kind.as_str());
    own.services.save_custom_files(&own.actor, place, revision, files).await.map_err(refused)
}

/// Deletes one, with as many accounts as the admin was told of.
#[server(prefix = "/_fn/dashboard", endpoint = "custom/delete")]
pub async fn delete_custom(
    project: String,
    kind: String,
    confirmed: u64,
) -> Result<(), ServerFnError> {
    let own = signed()?;
    let project = id(&project)?;
    own.services
        .delete_custom_integration(&own.actor, project, &kind, confirmed)
        .await
        .map_err(refused)
}
