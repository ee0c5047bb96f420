//! Events and executions, as they are looked at.

use super::row::{Columns, each, one};
use crate::{StorageError, Store};
use portico_domain::view::{EventSummary, ExecutionSummary, ReplayLink};
use portico_domain::{
    ConfigurationId, ConnectedUserId, CredentialId, Decision, Entry, EventId, EventSource,
    ExecutionId, ExecutionStatus, Failure, IntegrationId, Outcome, ProjectId, Timestamp,
    WorkflowId,
};
use serde_json::Value;

/// An event as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredEvent {
    /// Its id.
    pub id: EventId,
    /// Where it came in.
    pub project: ProjectId,
    /// Whose it is.
    pub user: ConnectedUserId,
    /// What kind of happening it is.
    pub source: EventSource,
    /// Its name.
    pub name: String,
    /// Its payload.
    pub payload: Value,
    /// What was decided.
    pub decisions: Vec<Decision>,
    /// When it was received.
    pub received_at: Timestamp,
}

/// An execution as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredExecution {
    /// Its id.
    pub id: ExecutionId,
    /// Where it runs.
    pub project: ProjectId,
    /// For whom.
    pub user: ConnectedUserId,
    /// Of which workflow.
    pub workflow: WorkflowId,
    /// On which version.
    pub workflow_version: i64,
    /// With which account.
    pub credential: CredentialId,
    /// Under which configuration.
    pub configuration: ConfigurationId,
    /// What started it.
    pub event: EventId,
    /// The execution that it repeats.
    pub replay_of: Option<ExecutionId>,
    /// Where it stands.
    pub status: ExecutionStatus,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Its history.
    pub entries: Vec<Entry>,
}

/// Which events.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    /// Of this user.
    pub user: Option<ConnectedUserId>,
    /// Of this name.
    pub name: Option<String>,
}

/// Which executions.
#[derive(Clone, Debug, Default)]
pub struct ExecutionFilter {
    /// Of this user.
    pub user: Option<ConnectedUserId>,
    /// Of this workflow.
    pub workflow: Option<WorkflowId>,
    /// In this state.
    pub status: Option<ExecutionStatus>,
    /// With this trouble.
    pub failure: Option<String>,
    /// Of workflows of this integration.
    pub integration: Option<IntegrationId>,
    /// Begun at this moment or later.
    pub since: Option<Timestamp>,
    /// Begun before this moment.
    pub before: Option<Timestamp>,
}

/// What the overview counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OverviewCounts {
    /// Executions that are running.
    pub running: u64,
    /// Whether there is an active signing key.
    pub signing_key: bool,
    /// Whether an origin is allowed.
    pub origin: bool,
    /// Whether an integration is active.
    pub integration: bool,
    /// Whether a workflow is deployed.
    pub workflow: bool,
    /// Whether an account is connected.
    pub account: bool,
    /// Whether an event came in.
    pub event: bool,
    /// Whether an execution succeeded.
    pub success: bool,
    /// Accounts that are no longer accepted.
    pub invalid_accounts: u64,
}

/// An event whole, with its payload where it stands apart. A payload that is lost leaves the empty text, which is refused.
const EVENT: &str = "SELECT id, project_id, user_id, source, name, decisions, received_at, \
     COALESCE((SELECT bodies.text FROM bodies WHERE events.payload = '' \
     AND bodies.owner = events.id AND bodies.kind = 'payload' AND bodies.seq = 0), \
     events.payload) AS payload FROM events WHERE project_id = $1 AND id = $2";

/// The rows of a history, with the entries of those where they stand apart.
const HISTORY: &str = "SELECT COALESCE((SELECT bodies.text FROM bodies WHERE history.entries = '' \
     AND bodies.owner = history.execution_id AND bodies.kind = 'entries' \
     AND bodies.seq = history.seq), history.entries) AS entries FROM history \
     WHERE execution_id = $1 AND seq >= $2 ORDER BY seq";

fn event(row: &Columns<'_>) -> Result<StoredEvent, StorageError> {
    Ok(StoredEvent {
        id: row.parsed("id")?,
        project: row.parsed("project_id")?,
        user: row.parsed("user_id")?,
        source: row.parsed("source")?,
        name: row.text("name")?,
        payload: row.json("payload")?,
        decisions: row.json("decisions")?,
        received_at: row.at("received_at")?,
    })
}

fn execution(row: &Columns<'_>) -> Result<StoredExecution, StorageError> {
    Ok(StoredExecution {
        id: row.parsed("id")?,
        project: row.parsed("project_id")?,
        user: row.parsed("user_id")?,
        workflow: row.parsed("workflow_id")?,
        workflow_version: row.number("workflow_version")?,
        credential: row.parsed("credential_id")?,
        configuration: row.parsed("configuration_id")?,
        event: row.parsed("event_id")?,
        replay_of: row.maybe_parsed("replay_of")?,
        status: row.parsed("status")?,
        failure: row.maybe_json("failure")?,
        started_at: row.at("started_at")?,
        ended_at: row.maybe_at("ended_at")?,
        entries: Vec::new(),
    })
}

/// "Any" in a filter: both databases compare it as text.
const ANY: &str = "";
/// Greater than every id: the first page begins before it.
const LAST: &str = "~";

impl Store {
    /// An event by id.
    ///
    /// # Errors
    /// The database failed.
    pub async fn event(
        &self,
        project: ProjectId,
        id: EventId,
    ) -> Result<Option<StoredEvent>, StorageError> {
        let row = sqlx::query(EVENT)
            .bind(project.to_string())
            .bind(id.to_string())
            .fetch_optional(self.reads())
            .await?;
        one(row, event)
    }

    /// A page of events, newest first. Their payloads are not read.
    ///
    /// # Errors
    /// The database failed.
    pub async fn event_list(
        &self,
        project: ProjectId,
        filter: EventFilter,
        after: Option<EventId>,
        limit: usize,
    ) -> Result<Vec<EventSummary>, StorageError> {
        let rows = sqlx::query(
            "SELECT events.id, events.user_id, events.source, events.name, events.decisions, \
             events.received_at, connected_users.external_id FROM events \
             LEFT JOIN connected_users ON connected_users.id = events.user_id \
             WHERE events.project_id = $1 AND events.id < $2 AND ($3 = '' OR events.user_id = $3) \
             AND ($4 = '' OR events.name = $4) ORDER BY events.id DESC LIMIT $5",
        )
        .bind(project.to_string())
        .bind(after.map_or_else(|| LAST.to_owned(), |id| id.to_string()))
        .bind(filter.user.map_or_else(|| ANY.to_owned(), |id| id.to_string()))
        .bind(filter.name.unwrap_or_default())
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(self.reads())
        .await?;
        each(&rows, |row| {
            let decisions: Vec<Decision> = row.json("decisions")?;
            let started =
                |decision: &&Decision| matches!(decision.outcome, Outcome::Started { .. });
            Ok(EventSummary {
                id: row.parsed("id")?,
                user: row.maybe_text("external_id")?.unwrap_or_default(),
                user_id: row.parsed("user_id")?,
                received_at: row.at("received_at")?,
                started: decisions.iter().filter(started).count() as u64,
                considered: decisions.len() as u64,
                source: row.parsed("source")?,
                name: row.text("name")?,
            })
        })
    }

    /// An execution by id, with its history.
    ///
    /// # Errors
    /// The database failed.
    pub async fn execution(
        &self,
        project: ProjectId,
        id: ExecutionId,
    ) -> Result<Option<StoredExecution>, StorageError> {
        let row = sqlx::query("SELECT * FROM executions WHERE project_id = $1 AND id = $2")
            .bind(project.to_string())
            .bind(id.to_string())
            .fetch_optional(self.reads())
            .await?;
        let Some(mut found) = one(row, execution)? else { return Ok(None) };
        found.entries = self.history(id, 0).await?;
        Ok(Some(found))
    }

    /// The history of an execution from its `known`-th entry on; what is known ends where a commit
    /// did.
    ///
    /// # Errors
    /// The database failed.
    pub async fn history(&self, id: ExecutionId, known: i64) -> Result<Vec<Entry>, StorageError> {
        let rows =
            sqlx::query(HISTORY).bind(id.to_string()).bind(known).fetch_all(self.reads()).await?;
        Ok(each(&rows, |row| row.json::<Vec<Entry>>("entries"))?.into_iter().flatten().collect())
    }

    /// The newest executions that repeat one, newest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn replays_of(
        &self,
        id: ExecutionId,
        limit: usize,
    ) -> Result<Vec<ReplayLink>, StorageError> {
        let rows = sqlx::query(
            "SELECT id, status, started_at FROM executions WHERE replay_of = $1 \
             ORDER BY id DESC LIMIT $2",
        )
        .bind(id.to_string())
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(self.reads())
        .await?;
        each(&rows, |row| {
            Ok(ReplayLink {
                id: row.parsed("id")?,
                status: row.parsed("status")?,
                started_at: row.at("started_at")?,
            })
        })
    }

    /// The executions that belong together with one by what repeats what, without itself: what it repeats, and what
    /// repeats any of them. What is no longer kept is left out.
    ///
    /// # Errors
    /// The database failed.
    pub async fn replay_family(
        &self,
        project: ProjectId,
        id: ExecutionId,
    ) -> Result<Vec<ExecutionId>, StorageError> {
        let rows = sqlx::query(
            "WITH RECURSIVE up (id) AS (SELECT id FROM executions WHERE id = $2 UNION SELECT own.replay_of FROM executions AS own \
             JOIN up ON own.id = up.id WHERE own.replay_of IS NOT NULL), \
             family (id) AS (SELECT id FROM up UNION SELECT own.id FROM executions AS own \
             JOIN family ON own.replay_of = family.id) \
             SELECT executions.id FROM executions JOIN family ON family.id = executions.id \
             WHERE executions.project_id = $1 AND executions.id <> $2 ORDER BY executions.id",
        )
        .bind(project.to_string())
        .bind(id.to_string())
        .fetch_all(self.reads())
        .await?;
        each(&rows, |row| row.parsed("id"))
    }

    /// A page of executions, newest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn execution_list(
        &self,
        project: ProjectId,
        filter: ExecutionFilter,
        after: Option<ExecutionId>,
        limit: usize,
    ) -> Result<Vec<ExecutionSummary>, StorageError> {
        let rows = sqlx::query(
            "SELECT executions.*, workflows.name AS workflow_name, connected_users.external_id \
             FROM executions LEFT JOIN workflows ON workflows.id = executions.workflow_id \
             LEFT JOIN connected_users ON connected_users.id = executions.user_id \
             WHERE executions.project_id = $1 AND executions.id < $2 \
             AND ($3 = '' OR executions.user_id = $3) AND ($4 = '' OR executions.workflow_id = $4) \
             AND ($5 = '' OR executions.status = $5) AND ($6 = '' OR executions.failure_key = $6) \
             AND ($7 = '' OR workflows.integration_id = $7) \
             AND executions.started_at >= $8 AND executions.started_at < $9 \
             ORDER BY executions.id DESC LIMIT $10",
        )
        .bind(project.to_string())
        .bind(after.map_or_else(|| LAST.to_owned(), |id| id.to_string()))
        .bind(filter.user.map_or_else(|| ANY.to_owned(), |id| id.to_string()))
        .bind(filter.workflow.map_or_else(|| ANY.to_owned(), |id| id.to_string()))
        .bind(filter.status.map_or(ANY, ExecutionStatus::name))
        .bind(filter.failure.unwrap_or_default())
        .bind(filter.integration.map_or_else(|| ANY.to_owned(), |id| id.to_string()))
        .bind(filter.since.map_or(0, Timestamp::millis))
        .bind(filter.before.map_or(i64::MAX, Timestamp::millis))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(self.reads())
        .await?;
        each(&rows, |row| {
            let found = execution(row)?;
            Ok(ExecutionSummary {
                id: found.id,
                workflow_id: found.workflow,
                workflow: row.maybe_text("workflow_name")?.unwrap_or_default(),
                user: row.maybe_text("external_id")?.unwrap_or_default(),
                user_id: found.user,
                event_id: found.event,
                status: found.status,
                failure: found.failure,
                started_at: found.started_at,
                ended_at: found.ended_at,
            })
        })
    }

    /// What the overview counts.
    ///
    /// # Errors
    /// The database failed.
    pub async fn overview_counts(
        &self,
        project: ProjectId,
    ) -> Result<OverviewCounts, StorageError> {
        let row = sqlx::query(
            "SELECT \
             (SELECT COUNT(*) FROM executions WHERE project_id = $1 AND status = 'running') AS running, \
             (SELECT COUNT(*) FROM signing_keys WHERE project_id = $1 AND revoked_at IS NULL) AS keys, \
             (SELECT COUNT(*) FROM allowed_origins WHERE project_id = $1) AS origins, \
             (SELECT COUNT(*) FROM integrations WHERE project_id = $1 AND active = 1) AS integrations, \
             (SELECT COUNT(*) FROM workflows WHERE project_id = $1 \
              AND deployed_version IS NOT NULL) AS workflows, \
             (SELECT COUNT(*) FROM credentials WHERE project_id = $1 \
              AND disconnected_at IS NULL) AS accounts, \
             (SELECT COUNT(*) FROM credentials WHERE project_id = $1 AND disconnected_at IS NULL \
              AND status = 'INVALID') AS invalid_accounts, \
             (SELECT COUNT(*) FROM (SELECT 1 FROM events WHERE project_id = $1 LIMIT 1) AS first_one) AS any_event, \
             (SELECT COUNT(*) FROM (SELECT 1 FROM executions WHERE project_id = $1 \
              AND status = 'succeeded' LIMIT 1) AS first_one) AS any_success",
        )
        .bind(project.to_string())
        .fetch_one(self.reads())
        .await?;
        let row = Columns(&row);
        Ok(OverviewCounts {
            running: row.count("running")?,
            signing_key: row.flag("keys")?,
            origin: row.flag("origins")?,
            integration: row.flag("integrations")?,
            workflow: row.flag("workflows")?,
            account: row.flag("accounts")?,
            event: row.flag("any_event")?,
            success: row.flag("any_success")?,
            invalid_accounts: row.count("invalid_accounts")?,
        })
    }
}
