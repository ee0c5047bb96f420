//! In what payloads of App Events differed from what is expected: noted where they were taken, counted where
//! they were refused.

use super::integrations::raise_project_revision;
use super::row::{Columns, each, json_text};
use crate::{StorageError, Store};
use portico_domain::schema::{Difference, SchemaCheck};
use portico_domain::{EventId, ProjectId, Timestamp};
use serde_json::Value;
use uuid::Uuid;

/// How many differences are kept per event that nobody has said to be fine.
pub const MOST_DRIFTS: i64 = 100;

/// A difference, told once.
#[derive(Clone, Debug, PartialEq)]
pub struct EventDrift {
    /// The App Event's id.
    pub app_event: Uuid,
    /// A hash of the difference.
    pub key: String,
    /// In what payloads differ.
    pub difference: Difference,
    /// The first event that differed so.
    pub event: EventId,
    /// When it came in.
    pub first_at: Timestamp,
}

fn event_drift(row: &Columns<'_>) -> Result<EventDrift, StorageError> {
    Ok(EventDrift {
        app_event: row.parsed("app_event_id")?,
        key: row.text("key")?,
        difference: row.json("difference")?,
        event: row.parsed("event_id")?,
        first_at: row.at("first_at")?,
    })
}

/// What an event's schema has refused.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRefusals {
    /// The App Event's id.
    pub app_event: Uuid,
    /// How many payloads.
    pub count: u64,
    /// When the first of them came.
    pub first_at: Timestamp,
    /// When the last one did.
    pub last_at: Timestamp,
    /// Why that was refused.
    pub differences: Vec<Difference>,
}

fn refusals(row: &Columns<'_>) -> Result<EventRefusals, StorageError> {
    Ok(EventRefusals {
        app_event: row.parsed("app_event_id")?,
        count: row.count("count")?,
        first_at: row.at("first_at")?,
        last_at: row.at("last_at")?,
        differences: row.json("differences")?,
    })
}

impl Store {
    /// Says what an event's payloads are held to; what differed before is forgotten. `false`: there is no such event.
    ///
    /// # Errors
    /// The database failed.
    pub async fn set_event_schema(
        &self,
        project: ProjectId,
        name: &str,
        (schema, check): (Option<Value>, SchemaCheck),
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        let name = name.to_owned();
        let schema = schema.as_ref().map(json_text).transpose()?;
        self.write(move |tx| {
            Box::pin(async move {
                let done = sqlx::query(
                    "UPDATE app_events SET schema = $3, schema_check = $4, updated_at = $5 \
                     WHERE project_id = $1 AND name = $2",
                )
                .bind(project.to_string())
                .bind(name.clone())
                .bind(schema)
                .bind(check.name())
                .bind(now.millis())
                .execute(&mut *tx)
                .await?;
                forget_drifts(tx, project, &name).await?;
                raise_project_revision(tx, project).await?;
                Ok(done.rows_affected() == 1)
            })
        })
        .await
    }

    /// Notes differences. One that is known, or one too many, changes nothing.
    ///
    /// # Errors
    /// The database failed.
    pub async fn note_drifts(&self, drifts: Vec<EventDrift>) -> Result<(), StorageError> {
        self.write(move |tx| {
            Box::pin(async move {
                for drift in drifts {
                    sqlx::query(
                        "INSERT INTO event_drifts (app_event_id, key, difference, event_id, first_at) \
                         SELECT $1, $2, $3, $4, CAST($5 AS BIGINT) \
                         WHERE EXISTS (SELECT 1 FROM app_events WHERE id = $1) \
                         AND (SELECT COUNT(*) FROM event_drifts \
                         WHERE app_event_id = $1 AND dismissed_at IS NULL) < $6 \
                         ON CONFLICT (app_event_id, key) DO NOTHING",
                    )
                    .bind(drift.app_event.to_string())
                    .bind(drift.key)
                    .bind(json_text(&drift.difference)?)
                    .bind(drift.event.to_string())
                    .bind(drift.first_at.millis())
                    .bind(MOST_DRIFTS)
                    .execute(&mut *tx)
                    .await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// Adds to what events' schemas have refused.
    ///
    /// # Errors
    /// The database failed.
    pub async fn note_event_refusals(&self, added: Vec<EventRefusals>) -> Result<(), StorageError> {
        self.write(move |tx| {
            Box::pin(async move {
                for own in added {
                    sqlx::query(
                        "INSERT INTO event_refusals (app_event_id, count, first_at, last_at, differences) \
                         SELECT id, CAST($2 AS BIGINT), CAST($3 AS BIGINT), CAST($4 AS BIGINT), \
                         CAST($5 AS TEXT) FROM app_events WHERE id = $1 \
                         ON CONFLICT (app_event_id) DO UPDATE SET \
                         count = event_refusals.count + excluded.count, \
                         last_at = excluded.last_at, differences = excluded.differences",
                    )
                    .bind(own.app_event.to_string())
                    .bind(i64::try_from(own.count).unwrap_or(i64::MAX))
                    .bind(own.first_at.millis())
                    .bind(own.last_at.millis())
                    .bind(json_text(&own.differences)?)
                    .execute(&mut *tx)
                    .await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// What the schemas of a project's events have refused since they were written.
    ///
    /// # Errors
    /// The database failed.
    pub async fn event_refusals(
        &self,
        project: ProjectId,
    ) -> Result<Vec<EventRefusals>, StorageError> {
        let rows = sqlx::query(
            "SELECT event_refusals.* FROM event_refusals \
             JOIN app_events ON app_events.id = event_refusals.app_event_id \
             WHERE app_events.project_id = $1 ORDER BY event_refusals.app_event_id",
        )
        .bind(project.to_string())
        .fetch_all(self.reads())
        .await?;
        each(&rows, refusals)
    }

    /// In what payloads of a project's events differed and nobody has said that it is fine, newest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn event_drifts(&self, project: ProjectId) -> Result<Vec<EventDrift>, StorageError> {
        let rows = sqlx::query(
            "SELECT event_drifts.* FROM event_drifts \
             JOIN app_events ON app_events.id = event_drifts.app_event_id \
             WHERE app_events.project_id = $1 AND event_drifts.dismissed_at IS NULL \
             ORDER BY event_drifts.first_at DESC, event_drifts.key",
        )
        .bind(project.to_string())
        .fetch_all(self.reads())
        .await?;
        each(&rows, event_drift)
    }

    /// Says that a difference is fine: it is not told again. `false`: there is none.
    ///
    /// # Errors
    /// The database failed.
    pub async fn dismiss_drift(
        &self,
        project: ProjectId,
        (name, key): (&str, &str),
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        let (name, key) = (name.to_owned(), key.to_owned());
        self.write(move |tx| {
            Box::pin(async move {
                let done = sqlx::query(
                    "UPDATE event_drifts SET dismissed_at = $4 WHERE key = $3 AND app_event_id IN \
                     (SELECT id FROM app_events WHERE project_id = $1 AND name = $2)",
                )
                .bind(project.to_string())
                .bind(name)
                .bind(key)
                .bind(now.millis())
                .execute(tx)
                .await?;
                Ok(done.rows_affected() == 1)
            })
        })
        .await
    }
}

/// What differed from an expectation that has changed says nothing.
pub(super) async fn forget_drifts(
    tx: &mut sqlx::AnyConnection,
    project: ProjectId,
    name: &str,
) -> Result<(), StorageError> {
    for forget in [
        "DELETE FROM event_drifts WHERE app_event_id IN \
         (SELECT id FROM app_events WHERE project_id = $1 AND name = $2)",
        "DELETE FROM event_refusals WHERE app_event_id IN \
         (SELECT id FROM app_events WHERE project_id = $1 AND name = $2)",
    ] {
        sqlx::query(forget)
            .bind(project.to_string())
            .bind(name.to_owned())
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}
