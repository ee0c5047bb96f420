//! Watches: what a clock looks after, one row per workflow that is on under a configuration. They follow
//! the routing by its revision, so that whoever changes the routing need not know of them.

use super::row::{Columns, each, json_text};
use crate::{StorageError, Store};
use portico_domain::workflow::Trigger;
use portico_domain::{
    ConfigurationId, ConnectedUserId, CredentialId, Failure, ProjectId, Timestamp, WatchId,
    WorkflowId,
};
use serde_json::Value;

/// Something that a clock looks after.
#[derive(Clone, Debug, PartialEq)]
pub struct Watch {
    /// Its id.
    pub id: WatchId,
    /// Whose project.
    pub project: ProjectId,
    /// Which user.
    pub user: ConnectedUserId,
    /// With which account.
    pub credential: CredentialId,
    /// Under which configuration.
    pub configuration: ConfigurationId,
    /// The workflow that it starts.
    pub workflow: WorkflowId,
    /// The trigger as deployed.
    pub trigger: Trigger,
    /// A poll's cursor and what it remembers.
    pub state: Option<Value>,
    /// When it fires or is polled.
    pub due_at: Option<Timestamp>,
    /// Raised by every step.
    pub revision: i64,
    /// How many polls in a row came to nothing.
    pub failures: u32,
    /// Why the last one did.
    pub failure: Option<Failure>,
    /// When it fired for the only time.
    pub done_at: Option<Timestamp>,
}

/// A watch that begins.
#[derive(Clone, Debug)]
pub struct NewWatch {
    /// Its id.
    pub id: WatchId,
    /// With which account.
    pub credential: CredentialId,
    /// Under which configuration.
    pub configuration: ConfigurationId,
    /// The workflow that it starts.
    pub workflow: WorkflowId,
    /// The trigger as deployed.
    pub trigger: Trigger,
    /// What a poll begins with.
    pub state: Option<Value>,
    /// When it is due first.
    pub due_at: Option<Timestamp>,
}

/// What changes about a user's watches.
#[derive(Clone, Debug)]
pub struct WatchChanges {
    /// Whose project.
    pub project: ProjectId,
    /// Whose watches.
    pub user: ConnectedUserId,
    /// The user's routing revision that they follow from now on.
    pub revision: i64,
    /// What ends.
    pub ended: Vec<WatchId>,
    /// What begins, unless it has.
    pub begun: Vec<NewWatch>,
    /// What goes on or waits: when it is due.
    pub due: Vec<(WatchId, Option<Timestamp>)>,
    /// Now.
    pub now: Timestamp,
}

fn watch(row: &Columns<'_>) -> Result<Watch, StorageError> {
    Ok(Watch {
        id: row.parsed("id")?,
        project: row.parsed("project_id")?,
        user: row.parsed("user_id")?,
        credential: row.parsed("credential_id")?,
        configuration: row.parsed("configuration_id")?,
        workflow: row.parsed("workflow_id")?,
        trigger: row.json("spec")?,
        state: row.maybe_json("state")?,
        due_at: row.maybe_at("due_at")?,
        revision: row.number("revision")?,
        failures: u32::try_from(row.number("failures")?).unwrap_or(u32::MAX),
        failure: row.maybe_json("failure")?,
        done_at: row.maybe_at("done_at")?,
    })
}

impl Store {
    /// Users whose routing changed since their watches were made.
    ///
    /// # Errors
    /// The database failed.
    pub async fn users_to_watch(
        &self,
        most: i64,
    ) -> Result<Vec<(ProjectId, ConnectedUserId)>, StorageError> {
        let rows = sqlx::query(
            "SELECT project_id, id FROM connected_users \
             WHERE watched_revision < routing_revision ORDER BY id LIMIT $1",
        )
        .bind(most)
        .fetch_all(self.reads())
        .await?;
        each(&rows, |row| Ok((row.parsed("project_id")?, row.parsed("id")?)))
    }

    /// Projects whose routing changed since, with its revision.
    ///
    /// # Errors
    /// The database failed.
    pub async fn projects_to_watch(&self) -> Result<Vec<(ProjectId, i64)>, StorageError> {
        let rows = sqlx::query(
            "SELECT id, routing_revision FROM projects WHERE watched_revision < routing_revision \
             ORDER BY id LIMIT 100",
        )
        .fetch_all(self.reads())
        .await?;
        each(&rows, |row| Ok((row.parsed("id")?, row.number("routing_revision")?)))
    }

    /// Notes that a project's change is followed: all who are connected there are looked at, and all
    /// who are watched.
    ///
    /// # Errors
    /// The database failed.
    pub async fn follow_project(
        &self,
        project: ProjectId,
        revision: i64,
    ) -> Result<(), StorageError> {
        self.write(move |tx| {
            Box::pin(async move {
                let done = sqlx::query(
                    "UPDATE projects SET watched_revision = $2 WHERE id = $1 AND watched_revision < $2",
                )
                .bind(project.to_string())
                .bind(revision)
                .execute(&mut *tx)
                .await?;
                if done.rows_affected() == 1 {
                    sqlx::query(
                        "UPDATE connected_users SET watched_revision = 0 WHERE project_id = $1 AND \
                         (id IN (SELECT user_id FROM watches WHERE project_id = $1) OR id IN \
                         (SELECT user_id FROM credentials WHERE project_id = $1 AND disconnected_at IS NULL))",
                    )
                    .bind(project.to_string())
                    .execute(&mut *tx)
                    .await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// A user's watches.
    ///
    /// # Errors
    /// The database failed.
    pub async fn watches_of(&self, user: ConnectedUserId) -> Result<Vec<Watch>, StorageError> {
        let rows = sqlx::query("SELECT * FROM watches WHERE user_id = $1 ORDER BY id")
            .bind(user.to_string())
            .fetch_all(self.reads())
            .await?;
        each(&rows, watch)
    }

    /// Changes a user's watches. `false`: the routing has changed again, nothing was done.
    ///
    /// # Errors
    /// The database failed.
    pub async fn follow_user(&self, changes: WatchChanges) -> Result<bool, StorageError> {
        self.write(move |tx| {
            Box::pin(async move {
                let done = sqlx::query(
                    "UPDATE connected_users SET watched_revision = $2 \
                     WHERE id = $1 AND routing_revision = $2",
                )
                .bind(changes.user.to_string())
                .bind(changes.revision)
                .execute(&mut *tx)
                .await?;
                if done.rows_affected() == 0 {
                    return Ok(false);
                }
                for id in &changes.ended {
                    sqlx::query("DELETE FROM watches WHERE id = $1")
                        .bind(id.to_string())
                        .execute(&mut *tx)
                        .await?;
                }
                for own in &changes.begun {
                    sqlx::query(
                        "INSERT INTO watches (id, project_id, user_id, credential_id, \
                         configuration_id, workflow_id, kind, spec, state, due_at, created_at) \
                         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
                         ON CONFLICT (configuration_id, workflow_id) DO NOTHING",
                    )
                    .bind(own.id.to_string())
                    .bind(changes.project.to_string())
                    .bind(changes.user.to_string())
                    .bind(own.credential.to_string())
                    .bind(own.configuration.to_string())
                    .bind(own.workflow.to_string())
                    .bind(own.trigger.kind())
                    .bind(json_text(&own.trigger)?)
                    .bind(own.state.as_ref().map(json_text).transpose()?)
                    .bind(own.due_at.map(Timestamp::millis))
                    .bind(changes.now.millis())
                    .execute(&mut *tx)
                    .await?;
                }
                for (id, due_at) in &changes.due {
                    sqlx::query(
                        "UPDATE watches SET due_at = $2, revision = revision + 1 \
                         WHERE id = $1 AND done_at IS NULL",
                    )
                    .bind(id.to_string())
                    .bind(due_at.map(Timestamp::millis))
                    .execute(&mut *tx)
                    .await?;
                }
                Ok(true)
            })
        })
        .await
    }

    /// Watches of a kind that are due, longest waiting first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn due_watches(
        &self,
        kind: &'static str,
        now: Timestamp,
        most: i64,
    ) -> Result<Vec<Watch>, StorageError> {
        let rows = sqlx::query(
            "SELECT * FROM watches WHERE kind = $1 AND due_at <= $2 ORDER BY due_at, id LIMIT $3",
        )
        .bind(kind)
        .bind(now.millis())
        .bind(most)
        .fetch_all(self.reads())
        .await?;
        each(&rows, watch)
    }
}
