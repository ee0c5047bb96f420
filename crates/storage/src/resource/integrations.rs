//! Integrations as activated in a project.

use super::row::{Columns, each, json_text, one};
use crate::{StorageError, Store};
use portico_domain::setting::Setting;
use portico_domain::{IntegrationId, ProjectId, Timestamp};
use serde::Deserialize;
use serde_json::Value;
use sqlx::AnyConnection;

/// A provider as activated in a project.
#[derive(Clone, PartialEq)]
pub struct Integration {
    /// Its id.
    pub id: IntegrationId,
    /// Whose it is.
    pub project: ProjectId,
    /// Its type: `salesforce`.
    pub kind: String,
    /// Whether users can connect.
    pub active: bool,
    /// The OAuth client's id.
    pub client_id: Option<String>,
    /// The OAuth client's secret, sealed.
    pub client_secret: Option<Vec<u8>>,
    /// What deliveries are signed with, where it is not the client's secret; sealed.
    pub signing_secret: Option<Vec<u8>>,
    /// What is asked of users; `None`: the definition's own.
    pub scopes: Option<Vec<String>>,
    /// How it appears in the portal.
    pub portal: Value,
    /// When it was first activated.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Integration {
    /// The settings that its workflows share.
    ///
    /// # Errors
    /// What is stored cannot be read.
    pub fn settings(&self) -> Result<Vec<Setting>, StorageError> {
        serde_json::from_value::<Portal>(self.portal.clone())
            .map(|portal| portal.settings)
            .map_err(|why| StorageError::corrupt("portal", why))
    }
}

/// What of [`Integration::portal`] is read here.
#[derive(Deserialize)]
pub(super) struct Portal {
    #[serde(default)]
    pub(super) settings: Vec<Setting>,
}

pub(super) fn integration(row: &Columns<'_>) -> Result<Integration, StorageError> {
    Ok(Integration {
        id: row.parsed("id")?,
        project: row.parsed("project_id")?,
        kind: row.text("type")?,
        active: row.flag("active")?,
        client_id: row.maybe_text("client_id")?,
        client_secret: row.maybe_bytes("client_secret")?,
        signing_secret: row.maybe_bytes("signing_secret")?,
        scopes: row.maybe_json("scopes")?,
        portal: row.json("portal")?,
        created_at: row.at("created_at")?,
        updated_at: row.at("updated_at")?,
    })
}

/// Whatever was planned for events of this project is planned again.
pub(super) async fn raise_project_revision(
    tx: &mut AnyConnection,
    project: ProjectId,
) -> Result<(), StorageError> {
    sqlx::query("UPDATE projects SET routing_revision = routing_revision + 1 WHERE id = $1")
        .bind(project.to_string())
        .execute(tx)
        .await?;
    Ok(())
}

impl Store {
    /// Adds an integration, or changes the one of that type.
    ///
    /// # Errors
    /// The database failed.
    pub async fn upsert_integration(&self, new: &Integration) -> Result<(), StorageError> {
        let new = new.clone();
        let scopes = new.scopes.as_ref().map(json_text).transpose()?;
        let portal = json_text(&new.portal)?;
        self.write(move |tx| {
            Box::pin(async move {
                sqlx::query(
                    "INSERT INTO integrations (id, project_id, type, active, client_id, \
                     client_secret, scopes, portal, created_at, updated_at, signing_secret) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
                     ON CONFLICT (project_id, type) DO UPDATE SET active = excluded.active, \
                     client_id = excluded.client_id, client_secret = excluded.client_secret, \
                     signing_secret = excluded.signing_secret, \
                     scopes = excluded.scopes, portal = excluded.portal, \
                     updated_at = excluded.updated_at",
                )
                .bind(new.id.to_string())
                .bind(new.project.to_string())
                .bind(new.kind)
                .bind(i64::from(new.active))
                .bind(new.client_id)
                .bind(new.client_secret)
                .bind(scopes)
                .bind(portal)
                .bind(new.created_at.millis())
                .bind(new.updated_at.millis())
                .bind(new.signing_secret)
                .execute(&mut *tx)
                .await?;
                raise_project_revision(tx, new.project).await
            })
        })
        .await
    }

    /// The integrations of a project, by type.
    ///
    /// # Errors
    /// The database failed.
    pub async fn integrations(&self, project: ProjectId) -> Result<Vec<Integration>, StorageError> {
        let rows = sqlx::query("SELECT * FROM integrations WHERE project_id = $1 ORDER BY type")
            .bind(project.to_string())
            .fetch_all(self.reads())
            .await?;
        each(&rows, integration)
    }

    /// An integration by id.
    ///
    /// # Errors
    /// The database failed.
    pub async fn integration(
        &self,
        project: ProjectId,
        id: IntegrationId,
    ) -> Result<Option<Integration>, StorageError> {
        let row = sqlx::query("SELECT * FROM integrations WHERE project_id = $1 AND id = $2")
            .bind(project.to_string())
            .bind(id.to_string())
            .fetch_optional(self.reads())
            .await?;
        one(row, integration)
    }

    /// The integration of a type.
    ///
    /// # Errors
    /// The database failed.
    pub async fn integration_of(
        &self,
        project: ProjectId,
        kind: &str,
    ) -> Result<Option<Integration>, StorageError> {
        let row = sqlx::query("SELECT * FROM integrations WHERE project_id = $1 AND type = $2")
            .bind(project.to_string())
            .bind(kind.to_owned())
            .fetch_optional(self.reads())
            .await?;
        one(row, integration)
    }

    /// Switches an integration on or off. `false`: there is none.
    ///
    /// # Errors
    /// The database failed.
    pub async fn set_integration_active(
        &self,
        project: ProjectId,
        id: IntegrationId,
        active: bool,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        self.write(move |tx| {
            Box::pin(async move {
                let done = sqlx::query(
                    "UPDATE integrations SET active = $3, updated_at = $4 \
                     WHERE project_id = $1 AND id = $2",
                )
                .bind(project.to_string())
                .bind(id.to_string())
                .bind(i64::from(active))
                .bind(now.millis())
                .execute(&mut *tx)
                .await?;
                raise_project_revision(tx, project).await?;
                Ok(done.rows_affected() == 1)
            })
        })
        .await
    }

    /// Changes how an integration appears in the portal. `false`: there is none.
    ///
    /// # Errors
    /// The database failed.
    pub async fn set_integration_portal(
        &self,
        project: ProjectId,
        id: IntegrationId,
        portal: &Value,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        let portal = json_text(portal)?;
        self.write(move |tx| {
            Box::pin(async move {
                let done = sqlx::query(
                    "UPDATE integrations SET portal = $3, updated_at = $4 \
                     WHERE project_id = $1 AND id = $2",
                )
                .bind(project.to_string())
                .bind(id.to_string())
                .bind(portal)
                .bind(now.millis())
                .execute(&mut *tx)
                .await?;
                raise_project_revision(tx, project).await?;
                Ok(done.rows_affected() == 1)
            })
        })
        .await
    }

    /// Connected accounts and deployed workflows of each integration of a project.
    ///
    /// # Errors
    /// The database failed.
    pub async fn integration_counts(
        &self,
        project: ProjectId,
    ) -> Result<Vec<(IntegrationId, u64, u64)>, StorageError> {
        let rows = sqlx::query(
            "SELECT id, \
             (SELECT COUNT(*) FROM credentials WHERE credentials.integration_id = integrations.id \
              AND credentials.disconnected_at IS NULL) AS accounts, \
             (SELECT COUNT(*) FROM workflows WHERE workflows.integration_id = integrations.id \
              AND workflows.deployed_version IS NOT NULL) AS deployed \
             FROM integrations WHERE project_id = $1",
        )
        .bind(project.to_string())
        .fetch_all(self.reads())
        .await?;
        each(&rows, |row| Ok((row.parsed("id")?, row.count("accounts")?, row.count("deployed")?)))
    }
}
