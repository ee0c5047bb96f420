//! Messages that wait for a destination, or went to one.

use super::row::{Columns, each};
use crate::{StorageError, Store};
use portico_domain::view::{DeliveryView, HappeningKind};
use portico_domain::{DestinationId, ProjectId, Timestamp};
use sqlx::AnyConnection;

/// What a message tells of.
pub(super) struct Happened {
    pub(super) project: ProjectId,
    pub(super) kind: HappeningKind,
    /// The id of what it happened to.
    pub(super) subject: String,
    pub(super) at: Timestamp,
}

/// A message whose turn has come; whoever has it holds it for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueDelivery {
    /// To which destination.
    pub destination: DestinationId,
    /// Whose.
    pub project: ProjectId,
    /// The message's id.
    pub message: String,
    /// What it tells of.
    pub kind: HappeningKind,
    /// The id of what it happened to.
    pub subject: String,
    /// When.
    pub happened_at: Timestamp,
    /// How often it was sent before.
    pub attempts: u32,
    /// What is sent, since the first try.
    pub body: Option<String>,
    /// What it is held with.
    pub lease: String,
}

/// How a try to deliver went.
#[derive(Clone, Debug)]
pub struct DeliveryTried {
    /// What was sent.
    pub body: Option<String>,
    /// The answer's status.
    pub status: Option<u16>,
    /// Why it failed; `None`: it arrived.
    pub problem: Option<String>,
    /// When it is tried again; `None`: never.
    pub again_at: Option<Timestamp>,
    /// Whether it failed before anything was sent: that is not the destination's fault.
    pub is_ours: bool,
    /// Why the destination is switched off by it.
    pub disable: Option<String>,
    /// Now.
    pub now: Timestamp,
}

/// How many messages of one destination are under way at once.
const MOST_HELD: i64 = 4;

fn due_delivery(row: &Columns<'_>) -> Result<DueDelivery, StorageError> {
    Ok(DueDelivery {
        destination: row.parsed("destination_id")?,
        project: row.parsed("project_id")?,
        message: row.text("message_id")?,
        kind: row.parsed("kind")?,
        subject: row.text("subject")?,
        happened_at: row.at("happened_at")?,
        attempts: u32::try_from(row.number("attempts")?).unwrap_or(u32::MAX),
        body: row.maybe_text("body")?,
        lease: row.text("lease")?,
    })
}

/// Leaves a message for every destination that hears of such things, in the transaction in which it happens.
pub(super) async fn tell_destinations(
    tx: &mut AnyConnection,
    happened: Happened,
) -> Result<(), StorageError> {
    let Happened { project, kind, subject, at } = happened;
    let message = format!("{subject}.{}.{}", kind.name(), at.millis());
    sqlx::query(
        "INSERT INTO deliveries (message_id, destination_id, project_id, kind, subject, \
         happened_at, state, due_at) \
         SELECT $1, id, project_id, $2, $3, $4, 'waiting', $4 FROM destinations \
         WHERE project_id = $5 AND active = 1 AND kinds LIKE $6 ON CONFLICT DO NOTHING",
    )
    .bind(message)
    .bind(kind.name())
    .bind(subject)
    .bind(at.millis())
    .bind(project.to_string())
    .bind(format!("%,{},%", kind.name()))
    .execute(tx)
    .await?;
    Ok(())
}

impl Store {
    /// Leaves a message that tells of nothing, to try a destination.
    ///
    /// # Errors
    /// The database failed.
    pub async fn add_test_delivery(
        &self,
        project: ProjectId,
        id: DestinationId,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        self.write(move |tx| {
            Box::pin(async move {
                sqlx::query(
                    "INSERT INTO deliveries (message_id, destination_id, project_id, kind, \
                     subject, happened_at, state, due_at) \
                     SELECT $1, id, project_id, 'test', id, $2, 'waiting', $2 FROM destinations \
                     WHERE project_id = $3 AND id = $4 ON CONFLICT DO NOTHING",
                )
                .bind(format!("{id}.test.{}", now.millis()))
                .bind(now.millis())
                .bind(project.to_string())
                .bind(id.to_string())
                .execute(tx)
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// The newest messages of a destination.
    ///
    /// # Errors
    /// The database failed.
    pub async fn deliveries(
        &self,
        project: ProjectId,
        id: DestinationId,
        limit: i64,
    ) -> Result<Vec<DeliveryView>, StorageError> {
        let rows = sqlx::query(
            "SELECT * FROM deliveries WHERE destination_id = $1 AND project_id = $2 \
             ORDER BY happened_at DESC, message_id LIMIT $3",
        )
        .bind(id.to_string())
        .bind(project.to_string())
        .bind(limit)
        .fetch_all(self.reads())
        .await?;
        each(&rows, |row| {
            Ok(DeliveryView {
                message: row.text("message_id")?,
                kind: row.parsed("kind")?,
                happened_at: row.at("happened_at")?,
                state: row.text("state")?,
                attempts: row.count("attempts")?,
                due_at: row.maybe_at("due_at")?,
                status: row.maybe_number("status")?.and_then(|own| u16::try_from(own).ok()),
                problem: row.maybe_text("problem")?,
                body: row.maybe_text("body")?,
            })
        })
    }

    /// Takes messages that are due to active destinations, each for one taker, who holds it until `until`: a few
    /// per destination at a time, on however many nodes, so that a slow one delays nobody else.
    ///
    /// # Errors
    /// The database failed.
    pub async fn take_deliveries(
        &self,
        (now, until): (Timestamp, Timestamp),
        lease: &str,
        limit: i64,
    ) -> Result<Vec<DueDelivery>, StorageError> {
        let due = self.due_deliveries(now, limit).await?;
        if due.is_empty() {
            return Ok(Vec::new());
        }
        let lease = lease.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                let mut taken = Vec::new();
                for (destination, message) in due {
                    // Another node may have been first.
                    let row = sqlx::query(
                        "UPDATE deliveries SET lease = $1, due_at = $2 WHERE destination_id = $3 \
                         AND message_id = $4 AND due_at <= $5 RETURNING *",
                    )
                    .bind(lease.clone())
                    .bind(until.millis())
                    .bind(destination.clone())
                    .bind(message.clone())
                    .bind(now.millis())
                    .fetch_optional(&mut *tx)
                    .await?;
                    let Some(row) = row else { continue };
                    match due_delivery(&Columns(&row)) {
                        Ok(own) => taken.push(own),
                        Err(why) => {
                            tracing::error!(message, %why, "a message cannot be read");
                            sqlx::query(
                                "UPDATE deliveries SET state = 'failed', lease = NULL, due_at = NULL, \
                                 problem = 'It cannot be read.', tried_at = $3 \
                                 WHERE destination_id = $1 AND message_id = $2",
                            )
                            .bind(destination)
                            .bind(message)
                            .bind(now.millis())
                            .execute(&mut *tx)
                            .await?;
                        }
                    }
                }
                Ok(taken)
            })
        })
        .await
    }

    /// Which messages come next: every destination's first before any destination's second.
    async fn due_deliveries(
        &self,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<(String, String)>, StorageError> {
        let rows = sqlx::query(
            "SELECT t.id, t.active, (SELECT COUNT(*) FROM deliveries AS h \
             WHERE h.destination_id = t.id AND h.lease IS NOT NULL AND h.due_at > $1) AS held \
             FROM destinations AS t WHERE EXISTS (SELECT 1 FROM deliveries AS n \
             WHERE n.destination_id = t.id AND n.due_at <= $1 AND (t.active = 1 OR n.kind = 'test')) \
             AND (SELECT COUNT(*) FROM deliveries AS h \
             WHERE h.destination_id = t.id AND h.lease IS NOT NULL AND h.due_at > $1) < $2 \
             ORDER BY (SELECT MIN(n.due_at) FROM deliveries AS n WHERE n.destination_id = t.id), t.id \
             LIMIT $3",
        )
        .bind(now.millis())
        .bind(MOST_HELD)
        .bind(limit)
        .fetch_all(self.reads())
        .await?;
        let mut due = Vec::new();
        for row in &rows {
            let row = Columns(row);
            let destination = row.text("id")?;
            let found = sqlx::query(
                "SELECT message_id FROM deliveries WHERE destination_id = $1 AND due_at <= $2 \
                 AND ($3 = 1 OR kind = 'test') ORDER BY due_at, message_id LIMIT $4",
            )
            .bind(destination.clone())
            .bind(now.millis())
            .bind(row.number("active")?)
            .bind(MOST_HELD - row.number("held")?)
            .fetch_all(self.reads())
            .await?;
            for (nth, own) in found.iter().enumerate() {
                due.push((nth, destination.clone(), Columns(own).text("message_id")?));
            }
        }
        // Within a turn they stay as they came: whoever waits longest is first.
        due.sort_by_key(|(nth, ..)| *nth);
        due.truncate(usize::try_from(limit).unwrap_or(0));
        Ok(due.into_iter().map(|(_, destination, message)| (destination, message)).collect())
    }

    /// Notes how a try went, if the message is still held with its lease.
    ///
    /// # Errors
    /// The database failed.
    pub async fn note_delivery(
        &self,
        delivery: &DueDelivery,
        tried: DeliveryTried,
    ) -> Result<(), StorageError> {
        let delivery = delivery.clone();
        self.write(move |tx| {
            Box::pin(async move {
                let state = match (&tried.problem, tried.again_at) {
                    (None, _) => "delivered",
                    (Some(_), Some(_)) => "waiting",
                    (Some(_), None) => "failed",
                };
                let arrived = tried.problem.is_none();
                let done = sqlx::query(
                    "UPDATE deliveries SET state = $4, attempts = attempts + 1, due_at = $5, \
                     lease = NULL, body = $6, status = $7, problem = $8, tried_at = $9 \
                     WHERE destination_id = $1 AND message_id = $2 AND lease = $3",
                )
                .bind(delivery.destination.to_string())
                .bind(delivery.message)
                .bind(delivery.lease)
                .bind(state)
                .bind(tried.again_at.map(Timestamp::millis))
                .bind(tried.body)
                .bind(tried.status.map(i64::from))
                .bind(tried.problem)
                .bind(tried.now.millis())
                .execute(&mut *tx)
                .await?;
                if done.rows_affected() == 0 || tried.is_ours {
                    return Ok(());
                }
                sqlx::query(
                    "UPDATE destinations SET failures = CASE WHEN $2 = 1 THEN 0 ELSE failures + 1 END, \
                     active = CASE WHEN CAST($3 AS TEXT) IS NULL THEN active ELSE 0 END, \
                     reason = COALESCE($3, reason) WHERE id = $1",
                )
                .bind(delivery.destination.to_string())
                .bind(i64::from(arrived))
                .bind(tried.disable)
                .execute(tx)
                .await?;
                Ok(())
            })
        })
        .await
    }
}
