//! When accounts were last seen to work, and when to look again.

use super::row::{each, one};
use super::users::raise_user_revision;
use crate::{StorageError, Store};
use portico_domain::{ConnectedUserId, CredentialId, ProjectId, Timestamp};

/// An account that is to be looked at again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueProbe {
    /// Whose it is.
    pub project: ProjectId,
    /// The account.
    pub credential: CredentialId,
    /// Since when it is due: whoever probes it names this.
    pub probe_at: Timestamp,
}

impl Store {
    /// The accounts that are due for a probe, longest waiting first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn due_probes(
        &self,
        now: Timestamp,
        most: i64,
    ) -> Result<Vec<DueProbe>, StorageError> {
        let rows = sqlx::query(
            "SELECT project_id, id, probe_at FROM credentials WHERE probe_at <= $1 \
             AND status = 'VALID' AND disconnected_at IS NULL ORDER BY probe_at, id LIMIT $2",
        )
        .bind(now.millis())
        .bind(most)
        .fetch_all(self.reads())
        .await?;
        each(&rows, |row| {
            Ok(DueProbe {
                project: row.parsed("project_id")?,
                credential: row.parsed("id")?,
                probe_at: row.at("probe_at")?,
            })
        })
    }

    /// Takes a probe upon us by setting when the next one is due. `false`: another node has.
    ///
    /// # Errors
    /// The database failed.
    pub async fn claim_probe(&self, due: DueProbe, next: Timestamp) -> Result<bool, StorageError> {
        self.write(move |tx| {
            Box::pin(async move {
                let done = sqlx::query(
                    "UPDATE credentials SET probe_at = $4 WHERE project_id = $1 AND id = $2 \
                     AND probe_at = $3 AND disconnected_at IS NULL",
                )
                .bind(due.project.to_string())
                .bind(due.credential.to_string())
                .bind(due.probe_at.millis())
                .bind(next.millis())
                .execute(tx)
                .await?;
                Ok(done.rows_affected() == 1)
            })
        })
        .await
    }

    /// Notes that the provider accepts an account, with the token of `version`. Answers the user
    /// whose routing changed: an account that was not accepted before can be used again.
    ///
    /// # Errors
    /// The database failed.
    pub async fn mark_checked(
        &self,
        (project, id): (ProjectId, CredentialId),
        version: i64,
        now: Timestamp,
        next: Timestamp,
    ) -> Result<Option<ConnectedUserId>, StorageError> {
        self.write(move |tx| {
            Box::pin(async move {
                let row = sqlx::query(
                    "SELECT user_id, status FROM credentials WHERE project_id = $1 AND id = $2 \
                     AND token_version = $3 AND disconnected_at IS NULL",
                )
                .bind(project.to_string())
                .bind(id.to_string())
                .bind(version)
                .fetch_optional(&mut *tx)
                .await?;
                let found = one(row, |row| {
                    Ok((row.parsed::<ConnectedUserId>("user_id")?, row.text("status")?))
                })?;
                let Some((user, status)) = found else { return Ok(None) };
                sqlx::query(
                    "UPDATE credentials SET status = 'VALID', failure = NULL, checked_at = $3, \
                     probe_at = $4 WHERE project_id = $1 AND id = $2",
                )
                .bind(project.to_string())
                .bind(id.to_string())
                .bind(now.millis())
                .bind(next.millis())
                .execute(&mut *tx)
                .await?;
                if status == "VALID" {
                    return Ok(None);
                }
                raise_user_revision(tx, user).await?;
                Ok(Some(user))
            })
        })
        .await
    }
}
