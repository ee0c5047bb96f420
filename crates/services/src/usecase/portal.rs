//! Portal sessions: opened by a one-time ticket, pinned to one origin, held in memory by the page.

use super::permissions::not_for_this_user;
use super::portal_editor::look_of;
use crate::Services;
use crate::access::{as_user, storage};
use crate::security::ticket::{self, Ticket};
use crate::usecase::answers::{Answers, Questions};
use crate::usecase::settings::{Asker, changed, checked_labels};
use crate::usecase::user_tokens::TokenUser;
use portico_domain::actor::Via;
use portico_domain::look::PortalLook;
use portico_domain::view::{PortalOptions, PortalView};
use portico_domain::{
    Actor, ConfigurationId, ConnectedUserId, IntegrationId, PortalSessionId, ProjectId, Refusal,
    RefusalCode, SigningKeyId, Timestamp, WorkflowId,
};
use portico_storage::{
    Configuration, DeployedWorkflow, Integration, PortalSession, WorkflowSwitch,
};
use serde_json::{Value, json};
use std::time::Duration;

const TICKET_LIFE: Duration = Duration::from_secs(60);
const IDLE_LIFE: Duration = Duration::from_secs(30 * 60);
const LONGEST_LIFE: Duration = Duration::from_secs(8 * 3600);
/// "Last seen" is written at most this often.
const TOUCH_EVERY: Duration = Duration::from_secs(60);

/// The longest option of a session, in bytes.
const LONGEST_OPTION: usize = 64;

/// Where a session's options keep a shape that is not saved; no option of a host app has this name.
const SHAPE: &str = "shape";

/// A portal session that waits to be opened.
#[derive(Clone, Debug)]
pub struct PortalSessionCreated {
    /// Its id.
    pub id: PortalSessionId,
    /// Where the iframe goes, once.
    pub url: String,
    /// Until when.
    pub expires_at: Timestamp,
}

/// A portal that has just been opened.
#[derive(Clone, Debug)]
pub struct OpenedPortal {
    /// The secret that its requests carry, handed out once.
    pub session_token: String,
    /// What it shows.
    pub view: PortalView,
    /// How it looks.
    pub look: PortalLook,
}

/// Whom a portal is for, and who may frame it.
pub(crate) struct NewSession {
    pub(crate) project: ProjectId,
    pub(crate) user: ConnectedUserId,
    pub(crate) integration: IntegrationId,
    /// The key that verified the user; none where an admin tries the portal.
    pub(crate) signing_key: Option<SigningKeyId>,
    pub(crate) origin: String,
    /// What an admin looks at before it is saved, in the place of [`Integration::portal`].
    pub(crate) shape: Option<Value>,
}

impl Services {
    /// Makes a portal session for the user of a token, to be framed by `origin` only.
    ///
    /// # Errors
    /// The integration is unknown or not activated; the origin is missing or not allowed.
    pub async fn create_portal_session(
        &self,
        token: &TokenUser,
        origin: Option<&str>,
        integration: &str,
        options: &PortalOptions,
    ) -> Result<PortalSessionCreated, Refusal> {
        let (project, user) = as_user(&token.actor)?;
        self.inner.rates.connecting(user, self.ports().now())?;
        checked_options(options)?;
        let integration = self.active_integration(project, integration).await?;
        let origin = origin.unwrap_or_default();
        if !self.allows_origin(project, origin).await? {
            return Err(Refusal::new(
                RefusalCode::OriginNotAllowed,
                format!(
                    "Pages of {origin:?} may not open the Connect Portal of this project. An admin \
                     allows origins under Settings in the dashboard."
                ),
            ));
        }
        let session = NewSession {
            project,
            user,
            integration: integration.id,
            signing_key: Some(token.signing_key),
            origin: origin.to_owned(),
            shape: None,
        };
        self.new_portal_session(session, options).await
    }

    pub(crate) async fn new_portal_session(
        &self,
        new: NewSession,
        options: &PortalOptions,
    ) -> Result<PortalSessionCreated, Refusal> {
        let ticket = Ticket::new(self.ports());
        let now = self.ports().now();
        let id = self.ports().id(PortalSessionId::from_parts);
        let mut options = json!(options);
        if let Some(shape) = new.shape {
            options[SHAPE] = shape;
        }
        let session = PortalSession {
            id,
            project: new.project,
            user: new.user,
            integration: new.integration,
            signing_key: new.signing_key,
            origin: new.origin,
            options,
            created_at: now,
            seen_at: now,
            expires_at: now + LONGEST_LIFE,
        };
        let expires_at = now + TICKET_LIFE;
        self.store()
            .insert_portal_session(&session, &ticket.hash, expires_at)
            .await
            .map_err(storage)?;
        let url = format!("{}/portal/{}", self.settings().base(), ticket.secret);
        Ok(PortalSessionCreated { id, url, expires_at })
    }

    /// The integration of a session, in the shape in which the session shows it.
    pub(crate) async fn integration_shown(
        &self,
        session: &PortalSession,
    ) -> Result<Integration, Refusal> {
        let own = self.store().integration(session.project, session.integration).await;
        let mut own = own.map_err(storage)?.ok_or_else(session_ended)?;
        if let Some(shape) = session.options.get(SHAPE) {
            own.portal = shape.clone();
        }
        Ok(own)
    }

    /// Burns a ticket and opens its portal. `None`: it was burned before, or has ended.
    ///
    /// # Errors
    /// The database failed.
    pub async fn open_portal(&self, ticket: &str) -> Result<Option<OpenedPortal>, Refusal> {
        let token = Ticket::new(self.ports());
        let now = self.ports().now();
        let session = self
            .store()
            .burn_portal_ticket(&ticket::hash(ticket), &token.hash, now)
            .await
            .map_err(storage)?;
        let Some(session) = session else { return Ok(None) };
        let view = self.view_of(&session).await?;
        let look = look_of(&self.integration_shown(&session).await?);
        Ok(Some(OpenedPortal { session_token: token.secret, view, look }))
    }

    /// Who a portal's session token speaks for.
    ///
    /// # Errors
    /// [`RefusalCode::PortalSessionExpired`].
    pub async fn resolve_portal_session(&self, token: &str) -> Result<Actor, Refusal> {
        let now = self.ports().now();
        let idle = i64::try_from(IDLE_LIFE.as_millis()).unwrap_or(i64::MAX);
        let session = self
            .store()
            .portal_session(&ticket::hash(token), now, idle)
            .await
            .map_err(storage)?
            .ok_or_else(session_ended)?;
        if self.inner.touches.due(&session.id.to_string(), now, TOUCH_EVERY) {
            self.store().touch_portal_session(session.id, now).await.map_err(storage)?;
        }
        Ok(Actor::ConnectedUser {
            project: session.project,
            user: session.user,
            via: Via::PortalSession(session.id),
        })
    }

    /// What the acting portal shows now.
    ///
    /// # Errors
    /// The actor is no portal.
    pub async fn portal_view(&self, actor: &Actor) -> Result<PortalView, Refusal> {
        let Actor::ConnectedUser { via: Via::PortalSession(id), .. } = actor else {
            return Err(session_ended());
        };
        let session = self
            .store()
            .portal_session_by_id(*id)
            .await
            .map_err(storage)?
            .ok_or_else(session_ended)?;
        self.view_of(&session).await
    }

    /// Switches a workflow on or off, or answers its questions, for one configuration of the
    /// acting user.
    ///
    /// # Errors
    /// Configuration or workflow is unknown to the user; an answer does not fit its question; a
    /// required setting is missing.
    pub async fn switch_workflow(
        &self,
        actor: &Actor,
        configuration: Option<ConfigurationId>,
        workflow: WorkflowId,
        switch: WorkflowSwitch,
    ) -> Result<(), Refusal> {
        let (project, user) = as_user(actor)?;
        let deployed = self.own_workflow(actor, workflow).await?;
        let configuration = self.own_configuration(actor, configuration, &deployed).await?;
        let definition =
            self.parsed_version(deployed.id, deployed.version, &deployed.definition)?;
        let mut switch = switch;
        if let Some(labels) = switch.labels.take() {
            switch.labels = Some(checked_labels(&definition.settings, labels)?);
        }
        if let Some(given) = switch.settings.take() {
            let asker = Asker { configuration: &configuration, workflow: Some(workflow) };
            switch.settings = Some(self.kept(&definition.settings, &asker, given).await?);
        }
        if switch.enabled == Some(true) {
            let known = self.store().user(project, user).await.map_err(storage)?;
            if !self.is_for(&definition, &known.ok_or_else(session_ended)?) {
                return Err(not_for_this_user());
            }
            let mut then = configuration.clone();
            let entry = then
                .workflow_settings
                .entry(workflow.to_string())
                .or_insert_with(|| serde_json::json!({ "settings": {} }));
            if let Some(own) = entry["settings"].as_object_mut() {
                own.extend(switch.settings.clone().unwrap_or_default());
            }
            let questions = Questions { own: &definition.settings, shared: &deployed.shared };
            if let Some(setting) = Answers::new(questions, &then, workflow).missing {
                return Err(Refusal::new(
                    RefusalCode::SettingMissing,
                    format!("Answer {setting:?} before switching this workflow on."),
                ));
            }
        }
        let now = self.ports().now();
        let switched = self
            .store()
            .set_workflow(project, configuration.id, workflow, switch, now)
            .await
            .map_err(storage)?;
        self.inner.routes.forget(user);
        changed(switched)
    }

    /// A deployed workflow of the acting user's project.
    pub(crate) async fn own_workflow(
        &self,
        actor: &Actor,
        workflow: WorkflowId,
    ) -> Result<DeployedWorkflow, Refusal> {
        let (project, _) = as_user(actor)?;
        let deployed = self.store().deployed(project).await.map_err(storage)?;
        deployed.into_iter().find(|known| known.id == workflow).ok_or_else(|| {
            Refusal::new(RefusalCode::WorkflowUnknown, "There is no such deployed workflow.")
        })
    }

    /// The configuration that was named, or the default one of the user's first account.
    pub(crate) async fn own_configuration(
        &self,
        actor: &Actor,
        named: Option<ConfigurationId>,
        workflow: &DeployedWorkflow,
    ) -> Result<Configuration, Refusal> {
        let (_, user) = as_user(actor)?;
        let credentials = self.store().credentials_of(user).await.map_err(storage)?;
        let configurations = self.store().configurations_of(user).await.map_err(storage)?;
        let of_integration = |configuration: &Configuration| {
            credentials.iter().any(|credential| {
                credential.id == configuration.credential
                    && credential.integration == workflow.integration
            })
        };
        configurations
            .into_iter()
            .filter(of_integration)
            .find(|configuration| match named {
                Some(id) => configuration.id == id,
                None => configuration.is_default,
            })
            .ok_or_else(not_connected)
    }
}

/// Options are kept with the session: none is longer than the longest there is.
fn checked_options(options: &PortalOptions) -> Result<(), Refusal> {
    let given = [
        ("accountType", &options.account_type),
        ("theme", &options.theme),
        ("locale", &options.locale),
        ("tab", &options.tab),
    ];
    let long = |text: &Option<String>| text.as_ref().is_some_and(|own| own.len() > LONGEST_OPTION);
    match given.into_iter().find(|(_, text)| long(text)) {
        None => Ok(()),
        Some((name, _)) => {
            let words = format!("Write {LONGEST_OPTION} bytes at most.");
            Err(Refusal::field(format!("options.{name}"), words))
        }
    }
}

pub(crate) fn session_ended() -> Refusal {
    Refusal::new(
        RefusalCode::PortalSessionExpired,
        "This window has been open too long; it opens again from your app.",
    )
}

pub(crate) fn not_connected() -> Refusal {
    Refusal::new(RefusalCode::NotConnected, "Connect an account of this integration first.")
}
