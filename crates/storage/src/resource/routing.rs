//! Everything that decides what an event of a user starts, in one consistent snapshot.

use super::configurations::{self, Configuration, configuration};
use super::credentials::{Credential, credential};
use super::deployments::{self, DeployedWorkflow, deployed_workflow};
use super::row::{Columns, each, one};
use super::users::{ConnectedUser, user};
use crate::{Dialect, StorageError, Store};
use portico_domain::{ConnectedUserId, ProjectId};
use sqlx::Connection;

/// The revisions a plan was made from: `accept` refuses a plan whose revisions have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revisions {
    /// Of the project: deploy, undeploy, integrations.
    pub project: i64,
    /// Of the user: accounts, settings, switches.
    pub user: i64,
}

/// What an event of a user can start.
#[derive(Clone)]
pub struct RoutingSnapshot {
    /// When it was made.
    pub revisions: Revisions,
    /// The user.
    pub user: ConnectedUser,
    /// Its connected accounts, without their secrets.
    pub credentials: Vec<Credential>,
    /// Their configurations.
    pub configurations: Vec<Configuration>,
    /// The deployed workflows of the project.
    pub workflows: Vec<DeployedWorkflow>,
}

impl Store {
    /// The routing of an active user. `None`: there is no such user, or its calls are refused.
    ///
    /// # Errors
    /// The database failed.
    pub async fn routing(
        &self,
        project: ProjectId,
        id: ConnectedUserId,
    ) -> Result<Option<RoutingSnapshot>, StorageError> {
        let mut connection = self.reads().acquire().await?;
        let mut tx = match self.dialect() {
            Dialect::Sqlite => connection.begin().await?,
            // READ COMMITTED would see a different state in each statement.
            Dialect::Postgres => {
                connection.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ").await?
            }
        };
        let row = sqlx::query(
            "SELECT connected_users.*, projects.routing_revision AS project_revision \
             FROM connected_users JOIN projects ON projects.id = connected_users.project_id \
             WHERE connected_users.project_id = $1 AND connected_users.id = $2 \
             AND connected_users.active = 1",
        )
        .bind(project.to_string())
        .bind(id.to_string())
        .fetch_optional(&mut *tx)
        .await?;
        let found = one(row, |row| Ok((user(row)?, row.number("project_revision")?)))?;
        let Some((user, project_revision)) = found else { return Ok(None) };
        let rows = sqlx::query(
            "SELECT * FROM credentials WHERE user_id = $1 AND disconnected_at IS NULL ORDER BY id",
        )
        .bind(id.to_string())
        .fetch_all(&mut *tx)
        .await?;
        let credentials = each(&rows, |row: &Columns<'_>| {
            let mut credential = credential(row)?;
            credential.secret = None;
            Ok(credential)
        })?;
        let rows =
            sqlx::query(configurations::OF_USER).bind(id.to_string()).fetch_all(&mut *tx).await?;
        let configurations = each(&rows, configuration)?;
        let rows = sqlx::query(deployments::DEPLOYED)
            .bind(project.to_string())
            .fetch_all(&mut *tx)
            .await?;
        let workflows = each(&rows, deployed_workflow)?;
        tx.commit().await?;
        let revisions = Revisions { project: project_revision, user: user.routing_revision };
        Ok(Some(RoutingSnapshot { revisions, user, credentials, configurations, workflows }))
    }
}
