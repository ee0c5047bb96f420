//! Counts over time, for charts: one statement each, over the ids of the time that is shown.

use super::retention::first_id;
use super::row::Columns;
use crate::{StorageError, Store};
use portico_domain::view::ChartSpan;
use portico_domain::{ProjectId, Timestamp};
use sqlx::any::AnyRow;

const EVENTS: &str = "SELECT (received_at - $3) / $4 AS span, COUNT(*) AS events FROM events \
     WHERE project_id = $1 AND id >= $2 AND received_at >= $3 GROUP BY (received_at - $3) / $4";

const EXECUTIONS: &str = "SELECT (started_at - $3) / $4 AS span, COUNT(*) AS executions, \
     SUM(CASE WHEN status = 'succeeded' THEN 1 ELSE 0 END) AS succeeded, \
     SUM(CASE WHEN status = 'failed' THEN 1 ELSE 0 END) AS failed FROM executions \
     WHERE project_id = $1 AND id >= $2 AND started_at >= $3 GROUP BY (started_at - $3) / $4";

/// The time that 95 of 100 stay below: of those of a span, in order, the first one behind 95 %.
const DURATIONS: &str = "SELECT span, MIN(took) AS p95 FROM (SELECT span, took, \
     ROW_NUMBER() OVER (PARTITION BY span ORDER BY took) AS place, \
     COUNT(*) OVER (PARTITION BY span) AS many \
     FROM (SELECT (started_at - $3) / $4 AS span, ended_at - started_at AS took FROM executions \
     WHERE project_id = $1 AND id >= $2 AND started_at >= $3 AND ended_at IS NOT NULL) AS ended) \
     AS placed WHERE place * 100 >= many * 95 GROUP BY span";

impl Store {
    /// What happened in each of `count` spans of `width_ms` from a moment on.
    ///
    /// # Errors
    /// The database failed.
    pub async fn chart(
        &self,
        project: ProjectId,
        since: Timestamp,
        (count, width_ms): (usize, i64),
    ) -> Result<Vec<ChartSpan>, StorageError> {
        let mut spans = vec![ChartSpan::default(); count];
        let place = |row: &Columns<'_>| -> Result<usize, StorageError> {
            let span = usize::try_from(row.number("span")?).unwrap_or(0);
            Ok(span.min(count.saturating_sub(1)))
        };
        for row in &self.chart_rows(EVENTS, project, since, width_ms).await? {
            let row = Columns(row);
            spans[place(&row)?].events += row.count("events")?;
        }
        for row in &self.chart_rows(EXECUTIONS, project, since, width_ms).await? {
            let row = Columns(row);
            let span = &mut spans[place(&row)?];
            span.executions += row.count("executions")?;
            span.succeeded += row.count("succeeded")?;
            span.failed += row.count("failed")?;
        }
        for row in &self.chart_rows(DURATIONS, project, since, width_ms).await? {
            let row = Columns(row);
            spans[place(&row)?].p95_ms = Some(row.count("p95")?);
        }
        Ok(spans)
    }

    async fn chart_rows(
        &self,
        statement: &'static str,
        project: ProjectId,
        since: Timestamp,
        width_ms: i64,
    ) -> Result<Vec<AnyRow>, StorageError> {
        Ok(sqlx::query(statement)
            .bind(project.to_string())
            .bind(first_id(since))
            .bind(since.millis())
            .bind(width_ms.max(1))
            .fetch_all(self.reads())
            .await?)
    }
}
