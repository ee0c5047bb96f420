//! Trying a project out: an admin as a test user.

use super::portal::NewSession;
use crate::Services;
use crate::access::{administrate, storage, too_deep};
use crate::usecase::events::EventInput;
use portico_domain::actor::Via;
use portico_domain::view::PortalOptions;
use portico_domain::{Actor, ConnectedUserId, EventId, ProjectId, Refusal, json};
use serde_json::Value;

impl Services {
    /// The portal of a test user, framed by the dashboard itself. Answers its address, good once.
    ///
    /// # Errors
    /// The integration is unknown or not activated; the user's id is empty or too long.
    pub async fn try_portal(
        &self,
        actor: &Actor,
        project: ProjectId,
        user: &str,
        integration: &str,
    ) -> Result<String, Refusal> {
        let user = self.test_user(actor, project, user).await?;
        let integration = self.active_integration(project, integration).await?;
        let session = NewSession {
            project,
            user,
            integration: integration.id,
            signing_key: None,
            origin: self.settings().origin(),
            shape: None,
        };
        Ok(self.new_portal_session(session, &PortalOptions::default()).await?.url)
    }

    /// An event of a test user: its name, and its payload as JSON. Answers its id.
    ///
    /// # Errors
    /// The payload is no JSON object; otherwise as [`Services::trigger_event`].
    pub async fn try_event(
        &self,
        actor: &Actor,
        project: ProjectId,
        user: &str,
        (name, payload): (&str, &str),
    ) -> Result<EventId, Refusal> {
        let user = self.test_user(actor, project, user).await?;
        let payload = match json::read(payload.as_bytes()) {
            Ok(Value::Object(payload)) => payload,
            Ok(_) => return Err(Refusal::field("payload", "The payload is no JSON object.")),
            Err(json::Unread::Malformed(error)) => {
                let words = format!("The payload is no JSON object: {error}.");
                return Err(Refusal::field("payload", words));
            }
            Err(json::Unread::TooDeep) => return Err(too_deep("payload")),
        };
        let input = EventInput {
            name: name.to_owned(),
            payload,
            key: None,
            credential: None,
            configuration: None,
        };
        // From here on it is the user who acts, as its token would.
        let user = Actor::ConnectedUser { project, user, via: Via::UserToken };
        Ok(self.trigger_event(&user, input).await?.id)
    }

    pub(crate) async fn test_user(
        &self,
        actor: &Actor,
        project: ProjectId,
        user: &str,
    ) -> Result<ConnectedUserId, Refusal> {
        administrate(actor)?;
        let user = user.trim();
        if user.is_empty() || user.chars().count() > 255 {
            return Err(Refusal::field("user", "Write a user id of 1 to 255 characters."));
        }
        let fresh = self.ports().id(ConnectedUserId::from_parts);
        let now = self.ports().now();
        let user = self.store().upsert_user(fresh, project, user, now).await.map_err(storage)?;
        Ok(user.id)
    }
}
