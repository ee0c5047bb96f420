//! The portal as a project shapes it.

use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use portico_domain::look::PortalLook;
use portico_domain::view::{PortalEditorView, PortalOptions, PortalStored};

#[cfg(feature = "ssr")]
use super::{id, refused, signed};

/// What the portal editor of an integration needs.
#[server(name = OpenPortalEditor, prefix = "/_fn/dashboard", endpoint = "portal-editor/open", input = Json)]
pub async fn portal_editor(
    project: String,
    kind: String,
) -> Result<PortalEditorView, ServerFnError> {
    let own = signed()?;
    own.services.portal_editor(&own.actor, id(&project)?, &kind).await.map_err(refused)
}

/// Shapes an integration's portal, unless somebody else did meanwhile.
#[server(name = SavePortalEditor, prefix = "/_fn/dashboard", endpoint = "portal-editor/save", input = Json)]
pub async fn shape_portal(
    project: String,
    kind: String,
    look: PortalLook,
    settings: serde_json::Value,
    revision: String,
) -> Result<PortalStored, ServerFnError> {
    let own = signed()?;
    let (place, shape) = ((id(&project)?, kind.as_str()), (look, &settings));
    match own.services.shape_portal(&own.actor, place, &revision, shape).await {
        Ok(revision) => Ok(PortalStored::Stored { revision }),
        Err(own) if own.code == portico_domain::RefusalCode::Stale => {
            Ok(PortalStored::Conflict { message: own.message })
        }
        Err(refusal) => Err(refused(refusal)),
    }
}

/// The portal of a test user in a shape that is not saved; answers its address, good once.
#[server(name = PreviewPortal, prefix = "/_fn/dashboard", endpoint = "portal-editor/preview", input = Json)]
pub async fn preview_portal(
    project: String,
    kind: String,
    look: PortalLook,
    settings: serde_json::Value,
    options: PortalOptions,
) -> Result<String, ServerFnError> {
    let own = signed()?;
    let shape = (look, &settings);
    let shown = (portico_domain::look::PREVIEW_USER, &options);
    let place = (id(&project)?, kind.as_str());
    own.services.preview_portal(&own.actor, place, shape, shown).await.map_err(refused)
}
