//! Watches: what a clock looks after, one row per workflow that is on under a configuration. They follow
//! the routing by its revision, so that whoever changes the routing need not know of them.

use super::row::{Columns, each, json_text, readable};
use crate::{Dialect, StorageError, Store};
use portico_domain::workflow::Trigger;
use portico_domain::{
    ConfigurationId, ConnectedUserId, CredentialId, Failure, ProjectId, Timestamp, WatchId,
    WorkflowId,
};
use serde_json::Value;
use sqlx::any::AnyRow;
use std::time::Duration;

/// When what cannot be read is looked at again: another version may know it.
const UNREADABLE_AGAIN: Duration = Duration::from_secs(60);

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

/// A watch whose trigger is written otherwise now, while its place in what the provider tells still counts.
#[derive(Clone, Debug)]
pub struct CarriedWatch {
    /// Which.
    pub id: WatchId,
    /// As it was read: a poll that ends meanwhile knows a later place.
    pub revision: i64,
    /// The trigger as deployed now.
    pub trigger: Trigger,
    /// From where it goes on.
    pub state: Value,
    /// When it is due.
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
    /// What goes on with another trigger.
    pub carried: Vec<CarriedWatch>,
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
    /// Users whose routing changed since their watches were made, of each project as many as of any other:
    /// one that has just been deployed to everybody is not in the way of the others.
    ///
    /// # Errors
    /// The database failed.
    pub async fn users_to_watch(
        &self,
        now: Timestamp,
        most: i64,
    ) -> Result<Vec<(ProjectId, ConnectedUserId)>, StorageError> {
        let rows = sqlx::query(
            "SELECT id FROM projects WHERE EXISTS (SELECT 1 FROM connected_users AS u \
             WHERE u.project_id = projects.id AND u.watched_revision < u.routing_revision \
             AND u.watch_at <= $1) ORDER BY id",
        )
        .bind(now.millis())
        .fetch_all(self.reads())
        .await?;
        let projects: Vec<ProjectId> = each(&rows, |row| row.parsed("id"))?;
        let share = most / i64::try_from(projects.len()).unwrap_or(i64::MAX).max(1);
        let mut users = Vec::new();
        for project in projects {
            let rows = sqlx::query(
                "SELECT id FROM connected_users WHERE project_id = $1 \
                 AND watched_revision < routing_revision AND watch_at <= $2 \
                 ORDER BY watch_at, id LIMIT $3",
            )
            .bind(project.to_string())
            .bind(now.millis())
            .bind(share.max(1))
            .fetch_all(self.reads())
            .await?;
            users.extend(each(&rows, |row| Ok((project, row.parsed("id")?)))?);
        }
        Ok(users)
    }

    /// Has a user who cannot be brought in step looked at later.
    ///
    /// # Errors
    /// The database failed.
    pub async fn watch_user_later(
        &self,
        user: ConnectedUserId,
        at: Timestamp,
    ) -> Result<(), StorageError> {
        self.write(move |tx| {
            Box::pin(async move {
                sqlx::query("UPDATE connected_users SET watch_at = $2 WHERE id = $1")
                    .bind(user.to_string())
                    .bind(at.millis())
                    .execute(tx)
                    .await?;
                Ok(())
            })
        })
        .await
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

    /// Changes a user's watches. `false`: the routing has changed again, or a watch has moved on; the user is
    /// to be looked at once more.
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
                for own in &changes.carried {
                    let done = sqlx::query(
                        "UPDATE watches SET spec = $3, state = $4, due_at = $5, failures = 0, \
                         failure = NULL, revision = revision + 1 WHERE id = $1 AND revision = $2",
                    )
                    .bind(own.id.to_string())
                    .bind(own.revision)
                    .bind(json_text(&own.trigger)?)
                    .bind(json_text(&own.state)?)
                    .bind(own.due_at.map(Timestamp::millis))
                    .execute(&mut *tx)
                    .await?;
                    if done.rows_affected() == 0 {
                        // It has moved on: from there it is to be carried over.
                        sqlx::query(
                            "UPDATE connected_users SET watched_revision = 0 WHERE id = $1",
                        )
                        .bind(changes.user.to_string())
                        .execute(&mut *tx)
                        .await?;
                        return Ok(false);
                    }
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
        self.readable_watches(&rows, now).await
    }

    /// Watches that are due for a poll, longest waiting first, without those of these projects, accounts and
    /// types of integration.
    ///
    /// # Errors
    /// The database failed.
    pub async fn due_polls(
        &self,
        without: &[String],
        now: Timestamp,
        most: i64,
    ) -> Result<Vec<Watch>, StorageError> {
        const SQLITE: &str = "SELECT w.* FROM watches AS w \
             JOIN credentials AS c ON c.id = w.credential_id \
             JOIN integrations AS i ON i.id = c.integration_id \
             WHERE w.kind = 'integration' AND w.due_at <= $1 \
             AND w.project_id NOT IN (SELECT value FROM json_each($2)) \
             AND w.credential_id NOT IN (SELECT value FROM json_each($2)) \
             AND i.type NOT IN (SELECT value FROM json_each($2)) \
             ORDER BY w.due_at, w.id LIMIT $3";
        const POSTGRES: &str = "SELECT w.* FROM watches AS w \
             JOIN credentials AS c ON c.id = w.credential_id \
             JOIN integrations AS i ON i.id = c.integration_id \
             WHERE w.kind = 'integration' AND w.due_at <= $1 \
             AND w.project_id NOT IN (SELECT jsonb_array_elements_text($2::jsonb)) \
             AND w.credential_id NOT IN (SELECT jsonb_array_elements_text($2::jsonb)) \
             AND i.type NOT IN (SELECT jsonb_array_elements_text($2::jsonb)) \
             ORDER BY w.due_at, w.id LIMIT $3";
        let sql = match self.dialect() {
            Dialect::Sqlite => SQLITE,
            Dialect::Postgres => POSTGRES,
        };
        let rows = sqlx::query(sql)
            .bind(now.millis())
            .bind(json_text(&without)?)
            .bind(most)
            .fetch_all(self.reads())
            .await?;
        self.readable_watches(&rows, now).await
    }

    /// Those that can be read; the others are put off, so that they are in nobody's way.
    async fn readable_watches(
        &self,
        rows: &[AnyRow],
        now: Timestamp,
    ) -> Result<Vec<Watch>, StorageError> {
        let (found, unreadable) = readable(rows, watch);
        let mut later = Vec::new();
        for (row, why) in unreadable {
            let id = Columns(row).text("id")?;
            tracing::error!(watch = id, %why, "a watch cannot be read");
            later.push(id);
        }
        if !later.is_empty() {
            let again = (now + UNREADABLE_AGAIN).millis();
            self.write(move |tx| {
                Box::pin(async move {
                    for id in later {
                        sqlx::query("UPDATE watches SET due_at = $2 WHERE id = $1")
                            .bind(id)
                            .bind(again)
                            .execute(&mut *tx)
                            .await?;
                    }
                    Ok(())
                })
            })
            .await?;
        }
        Ok(found)
    }
}
