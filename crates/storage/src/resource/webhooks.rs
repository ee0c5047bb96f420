//! What providers send: whom it is for, and what is noted of it.

use super::credentials::{Credential, credential};
use super::integrations::{Integration, integration};
use super::row::each;
use crate::{StorageError, Store};
use portico_domain::{IntegrationId, Timestamp};

/// Accounts that something may be for.
#[derive(Clone, Debug)]
pub struct Recipients {
    /// Of which integration.
    pub integration: IntegrationId,
    /// What one of their facts says.
    pub value: String,
}

/// What is noted of deliveries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebhookRecord {
    /// How many requests were believed.
    pub deliveries: u64,
    /// When the last of them came.
    pub delivered_at: Option<Timestamp>,
    /// How many items were nobody's who is connected here.
    pub strangers: u64,
    /// How many requests were not believed.
    pub refused: u64,
    /// When the last of them came.
    pub refused_at: Option<Timestamp>,
    /// Why.
    pub refused_why: Option<String>,
}

/// What is added to the record of an integration.
#[derive(Clone, Debug)]
pub struct WebhookCounts {
    /// Which.
    pub integration: IntegrationId,
    /// How much.
    pub added: WebhookRecord,
}

impl Store {
    /// The activated integrations of a type, in every project.
    ///
    /// # Errors
    /// The database failed.
    pub async fn integrations_of_type(&self, kind: &str) -> Result<Vec<Integration>, StorageError> {
        let rows = sqlx::query("SELECT * FROM integrations WHERE type = $1 ORDER BY id")
            .bind(kind.to_owned())
            .fetch_all(self.reads())
            .await?;
        each(&rows, integration)
    }

    /// The connected accounts of which some fact may say this; the caller looks which. Without their
    /// secrets.
    ///
    /// # Errors
    /// The database failed.
    pub async fn recipients(&self, whose: &Recipients) -> Result<Vec<Credential>, StorageError> {
        let escaped = whose.value.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        let rows = sqlx::query(
            "SELECT * FROM credentials WHERE integration_id = $1 AND disconnected_at IS NULL \
             AND (connection LIKE $2 ESCAPE '\\' OR provider_data LIKE $2 ESCAPE '\\') ORDER BY id",
        )
        .bind(whose.integration.to_string())
        .bind(format!("%{escaped}%"))
        .fetch_all(self.reads())
        .await?;
        each(&rows, |row| {
            let mut found = credential(row)?;
            found.secret = None;
            Ok(found)
        })
    }

    /// Adds to what is noted of deliveries.
    ///
    /// # Errors
    /// The database failed.
    pub async fn note_webhooks(&self, counts: Vec<WebhookCounts>) -> Result<(), StorageError> {
        self.write(move |tx| {
            Box::pin(async move {
                let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
                for WebhookCounts { integration, added } in counts {
                    sqlx::query(
                        "INSERT INTO webhooks (integration_id, deliveries, delivered_at, strangers, \
                         refused, refused_at, refused_why) \
                         SELECT id, $2, CAST($3 AS BIGINT), $4, $5, CAST($6 AS BIGINT), \
                         CAST($7 AS TEXT) FROM integrations WHERE id = $1 \
                         ON CONFLICT (integration_id) DO UPDATE SET \
                         deliveries = webhooks.deliveries + excluded.deliveries, \
                         delivered_at = COALESCE(excluded.delivered_at, webhooks.delivered_at), \
                         strangers = webhooks.strangers + excluded.strangers, \
                         refused = webhooks.refused + excluded.refused, \
                         refused_at = COALESCE(excluded.refused_at, webhooks.refused_at), \
                         refused_why = COALESCE(excluded.refused_why, webhooks.refused_why)",
                    )
                    .bind(integration.to_string())
                    .bind(number(added.deliveries))
                    .bind(added.delivered_at.map(Timestamp::millis))
                    .bind(number(added.strangers))
                    .bind(number(added.refused))
                    .bind(added.refused_at.map(Timestamp::millis))
                    .bind(added.refused_why)
                    .execute(&mut *tx)
                    .await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// What is noted of an integration's deliveries.
    ///
    /// # Errors
    /// The database failed.
    pub async fn webhook_record(
        &self,
        integration: IntegrationId,
    ) -> Result<WebhookRecord, StorageError> {
        let rows = sqlx::query("SELECT * FROM webhooks WHERE integration_id = $1")
            .bind(integration.to_string())
            .fetch_all(self.reads())
            .await?;
        let found = each(&rows, |row| {
            Ok(WebhookRecord {
                deliveries: row.count("deliveries")?,
                delivered_at: row.maybe_at("delivered_at")?,
                strangers: row.count("strangers")?,
                refused: row.count("refused")?,
                refused_at: row.maybe_at("refused_at")?,
                refused_why: row.maybe_text("refused_why")?,
            })
        })?;
        Ok(found.into_iter().next().unwrap_or_default())
    }
}
