//! Configurations: settings and enabled workflows under an account.

use super::row::{Columns, each, json_text, one};
use super::users::raise_user_revision;
use crate::{StorageError, Store};
use portico_domain::{
    ConfigurationId, ConnectedUserId, CredentialId, ProjectId, Timestamp, WorkflowId,
};
use serde_json::{Map, Value, json};
use sqlx::AnyConnection;

/// Settings and enabled workflows under an account.
#[derive(Clone, Debug, PartialEq)]
pub struct Configuration {
    /// Its id.
    pub id: ConfigurationId,
    /// Whose it is.
    pub project: ProjectId,
    /// Its account.
    pub credential: CredentialId,
    /// Whether it is the account's first.
    pub is_default: bool,
    /// The host app's own name for it.
    pub external_id: Option<String>,
    /// Setting key to value, for all workflows of the integration.
    pub shared_settings: Map<String, Value>,
    /// What chosen ones of these are called.
    pub shared_labels: Map<String, Value>,
    /// Workflow id to `{enabled, settings, labels}`.
    pub workflow_settings: Map<String, Value>,
    /// Workflow id to how often its webhook address was replaced, [`EVERY`] to how often all were; none: never.
    pub webhook_serials: Map<String, Value>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Configuration {
    /// How often the webhook address for a workflow was replaced, by itself or with all others.
    pub fn webhook_serial(&self, workflow: WorkflowId) -> u32 {
        let own = serial(&self.webhook_serials, &workflow.to_string());
        own.saturating_add(serial(&self.webhook_serials, EVERY))
    }
}

/// A change of one workflow under a configuration.
#[derive(Clone, Debug, Default)]
pub struct WorkflowSwitch {
    /// On or off.
    pub enabled: Option<bool>,
    /// Answers to its questions: given ones replace, `null` takes one back, others stay.
    pub settings: Option<Map<String, Value>>,
    /// What the chosen answers are called, in the same way.
    pub labels: Option<Map<String, Value>>,
}

/// Under which the replacements of all addresses at once are counted; no workflow has this id.
pub const EVERY: &str = "*";

/// What is counted under a key.
fn serial(serials: &Map<String, Value>, key: &str) -> u32 {
    let counted = serials.get(key).and_then(Value::as_u64);
    counted.and_then(|counted| u32::try_from(counted).ok()).unwrap_or(0)
}

/// Counts one more replacement under a key.
fn replace(serials: &mut Map<String, Value>, key: &str) {
    let next = serial(serials, key).saturating_add(1);
    serials.insert(key.to_owned(), json!(next));
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigurationChange {
    /// It is kept.
    Done,
    /// There is no such configuration.
    Missing,
    /// The configuration would be larger than [`LARGEST_CONFIGURATION`]: nothing was changed.
    TooLarge,
}

/// The most that all answers under one configuration take, in bytes. Each change writes them all, while every
/// other write waits.
pub const LARGEST_CONFIGURATION: usize = 2 * 1024 * 1024;

/// Where labels stand in the column of shared settings; no key of a setting begins with `$`.
const LABELS: &str = "$labels";

/// Answers for all workflows of an integration, and what chosen ones are called.
pub(super) struct Shared {
    pub(super) settings: Map<String, Value>,
    pub(super) labels: Map<String, Value>,
}

/// Both, as they stand in one column.
pub(super) fn shared(row: &Columns<'_>) -> Result<Shared, StorageError> {
    let mut settings: Map<String, Value> = row.json("shared_settings")?;
    let labels = match settings.remove(LABELS) {
        Some(Value::Object(labels)) => labels,
        _ => Map::new(),
    };
    Ok(Shared { settings, labels })
}

pub(super) fn configuration(row: &Columns<'_>) -> Result<Configuration, StorageError> {
    let shared = shared(row)?;
    Ok(Configuration {
        id: row.parsed("id")?,
        project: row.parsed("project_id")?,
        credential: row.parsed("credential_id")?,
        is_default: row.flag("is_default")?,
        external_id: row.maybe_text("external_id")?,
        shared_settings: shared.settings,
        shared_labels: shared.labels,
        workflow_settings: row.json("workflow_settings")?,
        webhook_serials: row.json("webhook_serials")?,
        created_at: row.at("created_at")?,
        updated_at: row.at("updated_at")?,
    })
}

pub(super) const OF_USER: &str = "SELECT configurations.* FROM configurations JOIN credentials \
     ON credentials.id = configurations.credential_id \
     WHERE credentials.user_id = $1 AND credentials.disconnected_at IS NULL \
     ORDER BY configurations.id";

impl Store {
    /// The configurations under a user's connected accounts, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn configurations_of(
        &self,
        user: ConnectedUserId,
    ) -> Result<Vec<Configuration>, StorageError> {
        let rows = sqlx::query(OF_USER).bind(user.to_string()).fetch_all(self.reads()).await?;
        each(&rows, configuration)
    }

    /// A configuration by id.
    ///
    /// # Errors
    /// The database failed.
    pub async fn configuration(
        &self,
        project: ProjectId,
        id: ConfigurationId,
    ) -> Result<Option<Configuration>, StorageError> {
        let row = sqlx::query("SELECT * FROM configurations WHERE project_id = $1 AND id = $2")
            .bind(project.to_string())
            .bind(id.to_string())
            .fetch_optional(self.reads())
            .await?;
        one(row, configuration)
    }

    /// Changes one workflow under a configuration; the others stay.
    ///
    /// # Errors
    /// The database failed.
    pub async fn set_workflow(
        &self,
        project: ProjectId,
        id: ConfigurationId,
        workflow: WorkflowId,
        switch: WorkflowSwitch,
        now: Timestamp,
    ) -> Result<ConfigurationChange, StorageError> {
        self.change_configuration((project, id), now, move |own| {
            let entry = own
                .workflow_settings
                .entry(workflow.to_string())
                .or_insert_with(|| json!({ "enabled": false, "settings": {} }));
            if let Some(enabled) = switch.enabled {
                entry["enabled"] = json!(enabled);
            }
            for (key, given) in [("settings", switch.settings), ("labels", switch.labels)] {
                let mut all = entry[key].as_object().cloned().unwrap_or_default();
                merge(&mut all, given.unwrap_or_default());
                entry[key] = Value::Object(all);
            }
        })
        .await
    }

    /// Answers questions that the workflows of an integration share: given answers replace, `null`
    /// takes one back, others stay.
    ///
    /// # Errors
    /// The database failed.
    pub async fn set_shared(
        &self,
        project: ProjectId,
        id: ConfigurationId,
        (settings, labels): (Map<String, Value>, Map<String, Value>),
        now: Timestamp,
    ) -> Result<ConfigurationChange, StorageError> {
        self.change_configuration((project, id), now, move |own| {
            merge(&mut own.shared_settings, settings);
            merge(&mut own.shared_labels, labels);
        })
        .await
    }

    /// Replaces the webhook address that a configuration has for a workflow.
    ///
    /// # Errors
    /// The database failed.
    pub async fn replace_webhook_address(
        &self,
        project: ProjectId,
        id: ConfigurationId,
        workflow: WorkflowId,
        now: Timestamp,
    ) -> Result<ConfigurationChange, StorageError> {
        self.change_configuration((project, id), now, move |own| {
            replace(&mut own.webhook_serials, &workflow.to_string());
        })
        .await
    }

    async fn change_configuration(
        &self,
        (project, id): (ProjectId, ConfigurationId),
        now: Timestamp,
        change: impl FnOnce(&mut Configuration) + Send + 'static,
    ) -> Result<ConfigurationChange, StorageError> {
        // Reads and writes in one transaction: on PostgreSQL the row is locked meanwhile.
        let lock = match self.dialect() {
            crate::Dialect::Sqlite => "",
            crate::Dialect::Postgres => " FOR UPDATE OF configurations",
        };
        let found = format!(
            "SELECT configurations.*, credentials.user_id FROM configurations JOIN credentials \
             ON credentials.id = configurations.credential_id \
             WHERE configurations.project_id = $1 AND configurations.id = $2{lock}"
        );
        self.write(move |tx| {
            Box::pin(async move {
                let row = sqlx::query(sqlx::AssertSqlSafe(found))
                    .bind(project.to_string())
                    .bind(id.to_string())
                    .fetch_optional(&mut *tx)
                    .await?;
                let found = one(row, |row| Ok((configuration(row)?, row.parsed("user_id")?)))?;
                let Some((mut own, user)) = found else {
                    return Ok(ConfigurationChange::Missing);
                };
                let before = size(&own)?;
                change(&mut own);
                let after = size(&own)?;
                if after > LARGEST_CONFIGURATION && after > before {
                    return Ok(ConfigurationChange::TooLarge);
                }
                if !own.shared_labels.is_empty() {
                    let labels = Value::Object(own.shared_labels);
                    own.shared_settings.insert(LABELS.to_owned(), labels);
                }
                sqlx::query(
                    "UPDATE configurations SET workflow_settings = $2, shared_settings = $3, \
                     webhook_serials = $4, updated_at = $5 WHERE id = $1",
                )
                .bind(id.to_string())
                .bind(json_text(&own.workflow_settings)?)
                .bind(json_text(&own.shared_settings)?)
                .bind(json_text(&own.webhook_serials)?)
                .bind(now.millis())
                .execute(&mut *tx)
                .await?;
                raise_user_revision(tx, user).await?;
                Ok(ConfigurationChange::Done)
            })
        })
        .await
    }
}

/// Ends every webhook address of an account: whoever connects it again is given others.
pub(super) async fn end_webhook_addresses(
    tx: &mut AnyConnection,
    credential: CredentialId,
) -> Result<(), StorageError> {
    let rows =
        sqlx::query("SELECT id, webhook_serials FROM configurations WHERE credential_id = $1")
            .bind(credential.to_string())
            .fetch_all(&mut *tx)
            .await?;
    let own = each(&rows, |row| Ok((row.text("id")?, row.json("webhook_serials")?)))?;
    for (id, mut serials) in own {
        replace(&mut serials, EVERY);
        sqlx::query("UPDATE configurations SET webhook_serials = $2 WHERE id = $1")
            .bind(id)
            .bind(json_text(&serials)?)
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}

/// How much its answers take, in bytes.
fn size(own: &Configuration) -> Result<usize, StorageError> {
    let mut size = 0;
    for column in [&own.workflow_settings, &own.shared_settings, &own.shared_labels] {
        size += json_text(column)?.len();
    }
    Ok(size)
}

fn merge(all: &mut Map<String, Value>, given: Map<String, Value>) {
    for (key, value) in given {
        if value.is_null() {
            all.remove(&key);
        } else {
            all.insert(key, value);
        }
    }
}
