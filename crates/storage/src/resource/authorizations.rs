//! Authorizations: OAuth attempts, each step of which happens once.

use super::row::{Columns, one};
use crate::{StorageError, Store};
use portico_domain::{
    AuthorizationId, ConnectedUserId, CredentialId, IntegrationId, PortalSessionId, ProjectId,
    Timestamp,
};

/// One OAuth attempt.
#[derive(Clone)]
pub struct Authorization {
    /// Its id.
    pub id: AuthorizationId,
    /// Whose it is.
    pub project: ProjectId,
    /// What is connected.
    pub integration: IntegrationId,
    /// Who connects.
    pub user: ConnectedUserId,
    /// The portal it was begun in.
    pub portal_session: Option<PortalSessionId>,
    /// The account that is reconnected.
    pub credential: Option<CredentialId>,
    /// The kind of account.
    pub account_type: String,
    /// The host that is asked, and that refreshes later.
    pub login_host: String,
    /// Repeated byte for byte in the token request.
    pub redirect_uri: String,
    /// Where it stands.
    pub status: AuthorizationState,
    /// The PKCE verifier, sealed.
    pub verifier: Option<Vec<u8>>,
    /// How it ended, in words.
    pub message: Option<String>,
    /// The account it made.
    pub result_credential: Option<CredentialId>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

/// Where an authorization stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthorizationState {
    /// Nothing came back yet.
    Pending,
    /// Tokens are being asked for.
    Exchanging,
    /// An account was connected.
    Connected,
    /// The person said no.
    Denied,
    /// It went wrong.
    Failed,
    /// Nothing came back in time.
    Expired,
}

impl AuthorizationState {
    const ALL: [Self; 6] = [
        Self::Pending,
        Self::Exchanging,
        Self::Connected,
        Self::Denied,
        Self::Failed,
        Self::Expired,
    ];

    /// Its name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Exchanging => "exchanging",
            Self::Connected => "connected",
            Self::Denied => "denied",
            Self::Failed => "failed",
            Self::Expired => "expired",
        }
    }
}

impl std::str::FromStr for AuthorizationState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|state| state.name() == text)
            .ok_or_else(|| format!("{text:?} is not an authorization state"))
    }
}

/// What binds a started flow to its browser.
#[derive(Clone, Debug)]
pub struct StartedFlow {
    /// SHA-256 of the state.
    pub state_hash: String,
    /// SHA-256 of the cookie.
    pub cookie_hash: String,
    /// The PKCE verifier, sealed.
    pub verifier: Option<Vec<u8>>,
}

fn authorization(row: &Columns<'_>) -> Result<Authorization, StorageError> {
    Ok(Authorization {
        id: row.parsed("id")?,
        project: row.parsed("project_id")?,
        integration: row.parsed("integration_id")?,
        user: row.parsed("user_id")?,
        portal_session: row.maybe_parsed("portal_session_id")?,
        credential: row.maybe_parsed("credential_id")?,
        account_type: row.text("account_type")?,
        login_host: row.text("login_host")?,
        redirect_uri: row.text("redirect_uri")?,
        status: row.parsed("status")?,
        verifier: row.maybe_bytes("verifier")?,
        message: row.maybe_text("message")?,
        result_credential: row.maybe_parsed("result_credential_id")?,
        created_at: row.at("created_at")?,
        expires_at: row.at("expires_at")?,
    })
}

impl Store {
    /// Begins an authorization with its first ticket.
    ///
    /// # Errors
    /// The database failed.
    pub async fn insert_authorization(
        &self,
        new: &Authorization,
        ticket_hash: &str,
        ticket_expires_at: Timestamp,
    ) -> Result<(), StorageError> {
        let (new, ticket_hash) = (new.clone(), ticket_hash.to_owned());
        self.write(move |tx| {
            Box::pin(async move {
                sqlx::query(
                    "INSERT INTO authorizations (id, project_id, integration_id, user_id, \
                     portal_session_id, credential_id, account_type, login_host, redirect_uri, \
                     status, ticket_hash, ticket_expires_at, created_at, expires_at) VALUES \
                     ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
                )
                .bind(new.id.to_string())
                .bind(new.project.to_string())
                .bind(new.integration.to_string())
                .bind(new.user.to_string())
                .bind(new.portal_session.map(|id| id.to_string()))
                .bind(new.credential.map(|id| id.to_string()))
                .bind(new.account_type)
                .bind(new.login_host)
                .bind(new.redirect_uri)
                .bind(new.status.name())
                .bind(ticket_hash)
                .bind(ticket_expires_at.millis())
                .bind(new.created_at.millis())
                .bind(new.expires_at.millis())
                .execute(tx)
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// A fresh ticket for a pending authorization; the old one no longer works, nor does a state
    /// that was sent to the provider with it. `false`: it is not pending.
    ///
    /// # Errors
    /// The database failed.
    pub async fn renew_ticket(
        &self,
        project: ProjectId,
        id: AuthorizationId,
        ticket_hash: &str,
        expires_at: Timestamp,
    ) -> Result<bool, StorageError> {
        let ticket_hash = ticket_hash.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                let done = sqlx::query(
                    "UPDATE authorizations SET ticket_hash = $3, ticket_expires_at = $4, \
                     state_hash = NULL, cookie_hash = NULL, verifier = NULL \
                     WHERE project_id = $1 AND id = $2 AND status = 'pending'",
                )
                .bind(project.to_string())
                .bind(id.to_string())
                .bind(ticket_hash)
                .bind(expires_at.millis())
                .execute(tx)
                .await?;
                Ok(done.rows_affected() == 1)
            })
        })
        .await
    }

    /// The pending authorization of a ticket that can still be used.
    ///
    /// # Errors
    /// The database failed.
    pub async fn ticket(
        &self,
        ticket_hash: &str,
        now: Timestamp,
    ) -> Result<Option<Authorization>, StorageError> {
        let row = sqlx::query(
            "SELECT * FROM authorizations WHERE ticket_hash = $1 AND ticket_expires_at > $2 \
             AND status = 'pending' AND expires_at > $2",
        )
        .bind(ticket_hash.to_owned())
        .bind(now.millis())
        .fetch_optional(self.reads())
        .await?;
        one(row, authorization)
    }

    /// Burns a ticket and binds the flow to a browser. `false`: somebody was first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn start_authorization(
        &self,
        id: AuthorizationId,
        ticket_hash: &str,
        flow: StartedFlow,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        let ticket_hash = ticket_hash.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                let done = sqlx::query(
                    "UPDATE authorizations SET ticket_hash = NULL, ticket_expires_at = NULL, \
                     state_hash = $3, cookie_hash = $4, verifier = $5 \
                     WHERE id = $1 AND ticket_hash = $2 AND ticket_expires_at > $6 \
                     AND status = 'pending'",
                )
                .bind(id.to_string())
                .bind(ticket_hash)
                .bind(flow.state_hash)
                .bind(flow.cookie_hash)
                .bind(flow.verifier)
                .bind(now.millis())
                .execute(tx)
                .await?;
                Ok(done.rows_affected() == 1)
            })
        })
        .await
    }

    /// The authorization of a state, with the SHA-256 of the cookie it is bound to.
    ///
    /// # Errors
    /// The database failed.
    pub async fn by_state(
        &self,
        state_hash: &str,
    ) -> Result<Option<(Authorization, Option<String>)>, StorageError> {
        let row = sqlx::query("SELECT * FROM authorizations WHERE state_hash = $1")
            .bind(state_hash.to_owned())
            .fetch_optional(self.reads())
            .await?;
        one(row, |row| Ok((authorization(row)?, row.maybe_text("cookie_hash")?)))
    }

    /// From pending to exchanging, once. `false`: somebody was first, or it has ended.
    ///
    /// # Errors
    /// The database failed.
    pub async fn begin_exchange(
        &self,
        id: AuthorizationId,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        self.write(move |tx| {
            Box::pin(async move {
                let done = sqlx::query(
                    "UPDATE authorizations SET status = 'exchanging' \
                     WHERE id = $1 AND status = 'pending' AND expires_at > $2",
                )
                .bind(id.to_string())
                .bind(now.millis())
                .execute(tx)
                .await?;
                Ok(done.rows_affected() == 1)
            })
        })
        .await
    }

    /// Ends an authorization; its verifier and state are forgotten. `false`: it was not exchanging.
    ///
    /// # Errors
    /// The database failed.
    pub async fn finish_authorization(
        &self,
        id: AuthorizationId,
        state: AuthorizationState,
        message: Option<String>,
        credential: Option<CredentialId>,
    ) -> Result<bool, StorageError> {
        self.write(move |tx| {
            Box::pin(async move {
                let done = sqlx::query(
                    "UPDATE authorizations SET status = $2, message = $3, \
                     result_credential_id = $4, verifier = NULL, cookie_hash = NULL \
                     WHERE id = $1 AND status = 'exchanging'",
                )
                .bind(id.to_string())
                .bind(state.name())
                .bind(message)
                .bind(credential.map(|id| id.to_string()))
                .execute(tx)
                .await?;
                Ok(done.rows_affected() == 1)
            })
        })
        .await
    }

    /// An authorization by id.
    ///
    /// # Errors
    /// The database failed.
    pub async fn authorization(
        &self,
        project: ProjectId,
        id: AuthorizationId,
    ) -> Result<Option<Authorization>, StorageError> {
        let row = sqlx::query("SELECT * FROM authorizations WHERE project_id = $1 AND id = $2")
            .bind(project.to_string())
            .bind(id.to_string())
            .fetch_optional(self.reads())
            .await?;
        one(row, authorization)
    }
}
