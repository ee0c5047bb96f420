//! App Events as defined, and names that came in without being defined.

use super::event_drifts::forget_drifts;
use super::integrations::raise_project_revision;
use super::row::{Columns, each, json_text, one};
use crate::{StorageError, Store};
use portico_domain::schema::SchemaCheck;
use portico_domain::view::UnknownEventView;
use portico_domain::{ProjectId, Timestamp};
use serde_json::Value;
use uuid::Uuid;

/// An event that a project defines.
#[derive(Clone, Debug, PartialEq)]
pub struct AppEvent {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub project: ProjectId,
    /// Its name, unique in the project.
    pub name: String,
    /// An example payload.
    pub example: Value,
    /// Its JSON Schema, set apart.
    pub schema: Option<Value>,
    /// What happens with payloads that do not fit it.
    pub check: SchemaCheck,
    /// When it was defined.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// How many undefined names are remembered per project.
const UNKNOWN_KEPT: i64 = 100;

fn app_event(row: &Columns<'_>) -> Result<AppEvent, StorageError> {
    Ok(AppEvent {
        id: row.parsed("id")?,
        project: row.parsed("project_id")?,
        name: row.text("name")?,
        example: row.json("example")?,
        schema: row.maybe_json("schema")?,
        check: row.parsed("schema_check")?,
        created_at: row.at("created_at")?,
        updated_at: row.at("updated_at")?,
    })
}

impl Store {
    /// Defines an event, or changes the example of the one of that name; its schema stays.
    ///
    /// # Errors
    /// The database failed.
    pub async fn upsert_app_event(&self, event: &AppEvent) -> Result<(), StorageError> {
        let event = event.clone();
        let example = json_text(&event.example)?;
        self.write(move |tx| {
            Box::pin(async move {
                sqlx::query(
                    "INSERT INTO app_events (id, project_id, name, example, created_at, updated_at) \
                     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (project_id, name) \
                     DO UPDATE SET example = excluded.example, updated_at = excluded.updated_at",
                )
                .bind(event.id.to_string())
                .bind(event.project.to_string())
                .bind(event.name.clone())
                .bind(example)
                .bind(event.created_at.millis())
                .bind(event.updated_at.millis())
                .execute(&mut *tx)
                .await?;
                forget_drifts(tx, event.project, &event.name).await?;
                raise_project_revision(tx, event.project).await
            })
        })
        .await
    }

    /// The events of a project, by name.
    ///
    /// # Errors
    /// The database failed.
    pub async fn app_events(&self, project: ProjectId) -> Result<Vec<AppEvent>, StorageError> {
        let rows = sqlx::query("SELECT * FROM app_events WHERE project_id = $1 ORDER BY name")
            .bind(project.to_string())
            .fetch_all(self.reads())
            .await?;
        each(&rows, app_event)
    }

    /// The names of a project's events.
    ///
    /// # Errors
    /// The database failed.
    pub async fn app_event_names(&self, project: ProjectId) -> Result<Vec<String>, StorageError> {
        let rows = sqlx::query("SELECT name FROM app_events WHERE project_id = $1 ORDER BY name")
            .bind(project.to_string())
            .fetch_all(self.reads())
            .await?;
        each(&rows, |row| row.text("name"))
    }

    /// An event by name.
    ///
    /// # Errors
    /// The database failed.
    pub async fn app_event(
        &self,
        project: ProjectId,
        name: &str,
    ) -> Result<Option<AppEvent>, StorageError> {
        let row = sqlx::query("SELECT * FROM app_events WHERE project_id = $1 AND name = $2")
            .bind(project.to_string())
            .bind(name.to_owned())
            .fetch_optional(self.reads())
            .await?;
        one(row, app_event)
    }

    /// Removes an event. `false`: there was none.
    ///
    /// # Errors
    /// The database failed.
    pub async fn delete_app_event(
        &self,
        project: ProjectId,
        name: &str,
    ) -> Result<bool, StorageError> {
        let name = name.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                let done =
                    sqlx::query("DELETE FROM app_events WHERE project_id = $1 AND name = $2")
                        .bind(project.to_string())
                        .bind(name)
                        .execute(&mut *tx)
                        .await?;
                raise_project_revision(tx, project).await?;
                Ok(done.rows_affected() == 1)
            })
        })
        .await
    }

    /// Counts an event whose name is not defined; a hundred names per project are remembered.
    ///
    /// # Errors
    /// The database failed.
    pub async fn count_unknown_event(
        &self,
        project: ProjectId,
        name: &str,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let name = name.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                sqlx::query(
                    "INSERT INTO unknown_events (project_id, name, count, last_at) \
                     SELECT $1, $2, 1, CAST($3 AS BIGINT) WHERE \
                     (SELECT COUNT(*) FROM unknown_events WHERE project_id = $1) < $4 \
                     OR EXISTS (SELECT 1 FROM unknown_events WHERE project_id = $1 AND name = $2) \
                     ON CONFLICT (project_id, name) DO UPDATE SET \
                     count = unknown_events.count + 1, last_at = excluded.last_at",
                )
                .bind(project.to_string())
                .bind(name)
                .bind(now.millis())
                .bind(UNKNOWN_KEPT)
                .execute(tx)
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// Undefined names that came in, newest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn unknown_events(
        &self,
        project: ProjectId,
    ) -> Result<Vec<UnknownEventView>, StorageError> {
        let rows =
            sqlx::query("SELECT * FROM unknown_events WHERE project_id = $1 ORDER BY last_at DESC")
                .bind(project.to_string())
                .fetch_all(self.reads())
                .await?;
        each(&rows, |row| {
            Ok(UnknownEventView {
                name: row.text("name")?,
                count: row.number("count")?,
                last_at: row.at("last_at")?,
            })
        })
    }

    /// Forgets an undefined name: it is defined now.
    ///
    /// # Errors
    /// The database failed.
    pub async fn forget_unknown_event(
        &self,
        project: ProjectId,
        name: &str,
    ) -> Result<(), StorageError> {
        let name = name.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                sqlx::query("DELETE FROM unknown_events WHERE project_id = $1 AND name = $2")
                    .bind(project.to_string())
                    .bind(name)
                    .execute(tx)
                    .await?;
                Ok(())
            })
        })
        .await
    }
}
