//! The hot path in PostgreSQL's words. Several processes write, so every statement takes its locks
//! in one order, which is why none of them can wait for another in a circle:
//!
//! projects and connected users (shared), then watches, idempotency keys, executions, their jobs, tenants;
//! each sorted by its key. Whoever makes a job ready holds its tenant's row until the commit. A
//! claim and a reap skip what is locked. Lanes come last, all that a transaction needs in one
//! statement; what is done to jobs from then on skips what is locked.

use super::sql::Sql;

/// The channel on which processes wake each other.
pub(super) const CHANNEL: &str = "portico_jobs";
/// Where processes tell each other what changed.
pub(super) const CHANGES: &str = "portico_changes";

/// The statements.
pub(super) const SQL: Sql = Sql {
    // Shared locks: whoever raises a revision waits until what relied on it is committed.
    fresh: "
SELECT m.i
FROM jsonb_to_recordset($1::jsonb) AS m(
  i bigint, project text, \"user\" text, project_revision bigint, user_revision bigint)
JOIN projects AS p ON p.id = m.project
JOIN connected_users AS u ON u.id = m.\"user\" AND u.project_id = p.id
WHERE p.routing_revision = m.project_revision AND u.routing_revision = m.user_revision
  AND u.active = 1
ORDER BY p.id, u.id
FOR SHARE OF p, u",

    take_keys: "
INSERT INTO idempotency_keys (project_id, actor, key, body_hash, event_id, created_at)
SELECT m.project, m.actor, m.key, m.body_hash, m.event, m.created_at
FROM jsonb_to_recordset($1::jsonb) AS m(
  i bigint, project text, actor text, key text, body_hash text, event text, created_at bigint)
ORDER BY m.project, m.actor, m.key, m.i
ON CONFLICT DO NOTHING
RETURNING event_id",

    key_holders: "
SELECT m.i, k.event_id, k.body_hash
FROM jsonb_to_recordset($1::jsonb) AS m(i bigint, project text, actor text, key text)
JOIN idempotency_keys AS k
  ON k.project_id = m.project AND k.actor = m.actor AND k.key = m.key",

    fence: "
SELECT m.i, e.user_id AS tenant, e.entries, j.crowd, j.serial
FROM jsonb_to_recordset($1::jsonb) AS m(i bigint, job text, lease text, execution text)
JOIN executions AS e ON e.id = m.execution
JOIN jobs AS j ON j.id = m.job AND j.execution_id = e.id
WHERE j.state = 'leased' AND j.lease = m.lease
ORDER BY e.id, j.id
FOR UPDATE OF e, j",

    // The tenants' update changes nothing: it takes their locks, so that nobody who finds them
    // idle removes them meanwhile.
    store: &["
WITH
event AS (
  INSERT INTO events (id, project_id, user_id, source, name, payload, decisions, received_at)
  SELECT m.id, m.project, m.\"user\", m.source, m.name, m.payload, m.decisions, m.received_at
  FROM jsonb_to_recordset($1::jsonb) AS m(
    id text, project text, \"user\" text, source text, name text, payload text, decisions text,
    received_at bigint)
),
execution AS (
  INSERT INTO executions (id, project_id, user_id, workflow_id, workflow_version, credential_id,
                          configuration_id, event_id, status, failure, entries, started_at,
                          ended_at, failure_key, replay_of)
  SELECT m.id, m.project, m.\"user\", m.workflow, m.workflow_version, m.credential,
         m.configuration, m.event, m.status, m.failure, m.entries, m.started_at, m.ended_at,
         m.failure_key, m.replay_of
  FROM jsonb_to_recordset($2::jsonb) AS m(
    id text, project text, \"user\" text, workflow text, workflow_version bigint, credential text,
    configuration text, event text, status text, failure text, entries bigint, started_at bigint,
    ended_at bigint, failure_key text, replay_of text)
),
line AS (
  INSERT INTO history (execution_id, seq, entries)
  SELECT m.execution, m.seq, m.entries
  FROM jsonb_to_recordset($3::jsonb) AS m(execution text, seq bigint, entries text)
),
tenant AS (
  INSERT INTO tenants (id, served)
  SELECT m.id, m.served
  FROM jsonb_to_recordset($4::jsonb) AS m(id text, served bigint)
  ORDER BY m.id COLLATE \"C\"
  ON CONFLICT (id) DO UPDATE SET served = tenants.served
),
settled AS (
  UPDATE executions AS e
  SET status = m.status, failure = m.failure, entries = m.entries, ended_at = m.ended_at,
      failure_key = m.failure_key
  FROM jsonb_to_recordset($6::jsonb) AS m(
    execution text, status text, failure text, entries bigint, ended_at bigint, failure_key text)
  WHERE e.id = m.execution
),
done AS (
  DELETE FROM jobs USING jsonb_to_recordset($6::jsonb) AS m(job text) WHERE jobs.id = m.job
),
job AS (
  INSERT INTO jobs (id, tenant, kind, execution_id, path, attempt, run_at, state, lanes, crowd,
                    serial)
  SELECT m.id, m.tenant, 'call', m.execution, m.path, m.attempt, m.run_at, 'ready', m.lanes,
         m.crowd, m.serial
  FROM jsonb_to_recordset($5::jsonb) AS m(
    id text, tenant text, execution text, path text, attempt bigint, run_at bigint, lanes text,
    crowd text, serial text)
)
SELECT pg_notify('portico_jobs', '')::text WHERE jsonb_array_length($5::jsonb) > 0"],

    // A tenant gets a second job only if every tenant in turn has had its first: so none can get
    // more than what the others leave, which bounds how far each line is read.
    claim: "
WITH
turn AS MATERIALIZED (
  SELECT t.id, t.served
  FROM tenants AS t
  CROSS JOIN LATERAL (
    SELECT 1 FROM jobs AS j
    WHERE j.tenant = t.id AND j.state = 'ready' AND j.run_at <= $1
    ORDER BY j.run_at, j.id LIMIT 1) AS due
  ORDER BY t.served, t.id
  LIMIT $2
  FOR UPDATE OF t SKIP LOCKED
),
pick AS MATERIALIZED (
  SELECT line.id
  FROM turn
  CROSS JOIN LATERAL (
    SELECT j.id, row_number() OVER (ORDER BY j.run_at, j.id) AS round
    FROM jobs AS j
    WHERE j.tenant = turn.id AND j.state = 'ready' AND j.run_at <= $1
    ORDER BY j.run_at, j.id
    LIMIT $2 - (SELECT count(*) FROM turn) + 1) AS line
  ORDER BY line.round, turn.served, turn.id
  LIMIT $2
),
held AS MATERIALIZED (
  SELECT j.id FROM jobs AS j JOIN pick ON pick.id = j.id
  WHERE j.state = 'ready'
  FOR UPDATE OF j SKIP LOCKED
)
UPDATE jobs SET state = 'leased', lease = $3, lease_until = $4
FROM held WHERE jobs.id = held.id
RETURNING jobs.id, jobs.tenant, jobs.run_at, jobs.due_at, jobs.lanes",

    // The first statement sees what was committed before the claim got its tenants' locks.
    claimed: &[
        "
DELETE FROM tenants
WHERE id IN (SELECT jsonb_array_elements_text($2::jsonb))
  AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.tenant = tenants.id AND jobs.state = 'ready')",
        "
WITH turned AS (
  UPDATE tenants SET served = greatest($3, served + 1)
  WHERE id IN (SELECT jsonb_array_elements_text($2::jsonb))
)
SELECT r.*,
       CASE WHEN r.nth = 1 AND r.known = 0 THEN coalesce((
         SELECT b.text FROM bodies AS b
         WHERE v.payload = '' AND b.owner = v.id AND b.kind = 'payload' AND b.seq = 0),
         v.payload) END AS payload,
       CASE WHEN r.nth = 1 THEN (
         SELECT string_agg(coalesce((
           SELECT b.text FROM bodies AS b
           WHERE h.entries = '' AND b.owner = h.execution_id AND b.kind = 'entries'
             AND b.seq = h.seq),
           h.entries), ',' ORDER BY h.seq)
         FROM history AS h
         WHERE h.execution_id = r.execution_id AND h.seq >= r.known) END AS history
FROM (
  SELECT j.id, j.execution_id, j.path, j.attempt, j.losses, j.lost_at, j.given_up, j.lanes, j.due_at, j.waits_for,
         j.run_at, e.project_id, e.user_id, e.workflow_id, e.workflow_version, e.credential_id,
         e.configuration_id, e.event_id, coalesce(k.entries, 0) AS known,
         row_number() OVER (PARTITION BY e.id ORDER BY j.run_at, j.id) AS nth
  FROM jsonb_array_elements_text($1::jsonb) AS m(id)
  JOIN jobs AS j ON j.id = m.id
  JOIN executions AS e ON e.id = j.execution_id
  LEFT JOIN jsonb_to_recordset($4::jsonb) AS k(execution text, entries bigint)
    ON k.execution = e.id
) AS r
JOIN events AS v ON v.id = r.event_id
ORDER BY r.run_at, r.id",
    ],

    extend: "
WITH held AS MATERIALIZED (
  SELECT id FROM jobs
  WHERE id IN (SELECT jsonb_array_elements_text($1::jsonb)) AND state = 'leased' AND lease = $2
  ORDER BY id FOR UPDATE
)
UPDATE jobs SET lease_until = $3 FROM held WHERE jobs.id = held.id
RETURNING jobs.id",

    reap: "
WITH lost AS MATERIALIZED (
  SELECT id FROM jobs WHERE state = 'leased' AND lease_until < $1 AND given_up = 0
  ORDER BY id FOR UPDATE SKIP LOCKED
)
UPDATE jobs
SET state = 'ready', losses = losses + 1, lease = NULL, lease_until = NULL,
    given_up = CASE WHEN lost_at < $2 THEN 1 ELSE 0 END, lost_at = coalesce(lost_at, $1)
FROM lost WHERE jobs.id = lost.id
RETURNING jobs.given_up, jobs.tenant, jobs.crowd, jobs.serial",

    // The update changes nothing: it takes the locks, and answers what the last holder left.
    lock_lanes: "
INSERT INTO lanes (key, next_us, line_us)
SELECT m.key, 0, 0 FROM jsonb_array_elements_text($1::jsonb) AS m(key)
ORDER BY m.key COLLATE \"C\"
ON CONFLICT (key) DO UPDATE SET next_us = lanes.next_us
RETURNING key, next_us, line_us",

    keep_lanes: "
UPDATE lanes SET next_us = m.next_us, line_us = m.line_us
FROM jsonb_to_recordset($1::jsonb) AS m(key text, next_us bigint, line_us bigint)
WHERE lanes.key = m.key",

    held: "
SELECT crowd AS key, count(*) AS jobs FROM jobs
WHERE state = 'leased' AND crowd IS NOT NULL
  AND crowd IN (SELECT jsonb_array_elements_text($1::jsonb))
GROUP BY crowd
UNION ALL
SELECT serial AS key, count(*) AS jobs FROM jobs
WHERE state = 'leased' AND serial IS NOT NULL
  AND serial IN (SELECT jsonb_array_elements_text($1::jsonb))
GROUP BY serial",

    held_by: "
SELECT CASE WHEN state = 'leased' THEN crowd END AS crowd,
       CASE WHEN state = 'leased' THEN serial END AS serial,
       CASE WHEN state = 'ready' THEN waits_for END AS waits_for
FROM jobs
WHERE execution_id IN (SELECT jsonb_array_elements_text($1::jsonb)) AND lanes IS NOT NULL",

    put_back: "
UPDATE jobs
SET state = 'ready', lease = NULL, lease_until = NULL, run_at = m.run_at, waits_for = m.lane,
    due_at = m.due_at
FROM jsonb_to_recordset($1::jsonb) AS m(id text, run_at bigint, lane text, due_at bigint)
WHERE jobs.id = m.id",

    wake_waiting: "
WITH
chosen AS MATERIALIZED (
  SELECT w.id
  FROM jsonb_array_elements_text($1::jsonb) AS m(key)
  CROSS JOIN LATERAL (
    SELECT n.id FROM jobs AS n
    WHERE n.state = 'ready' AND n.waits_for IS NOT NULL AND n.waits_for = m.key AND n.run_at > $2
    ORDER BY n.run_at, n.id
    LIMIT $3
    FOR UPDATE SKIP LOCKED) AS w
),
woken AS (
  UPDATE jobs SET run_at = $2 FROM chosen WHERE jobs.id = chosen.id RETURNING jobs.id
)
SELECT pg_notify('portico_jobs', '')::text
FROM (SELECT count(*) AS jobs FROM woken) AS due WHERE due.jobs > 0",

    move_waiting: "
WITH chosen AS MATERIALIZED (
  SELECT j.id, m.by_ms
  FROM jsonb_to_recordset($1::jsonb) AS m(lane text, by_ms bigint)
  JOIN jobs AS j ON j.waits_for = m.lane
  WHERE j.state = 'ready' AND j.waits_for IS NOT NULL
  FOR UPDATE OF j SKIP LOCKED
)
UPDATE jobs SET run_at = run_at + chosen.by_ms FROM chosen WHERE jobs.id = chosen.id",

    shorten_lines: "
UPDATE lanes
SET line_us = greatest(next_us, 1000 * coalesce((
  SELECT max(run_at) FROM jobs
  WHERE state = 'ready' AND waits_for IS NOT NULL AND waits_for = lanes.key), 0))
WHERE key IN (SELECT jsonb_array_elements_text($1::jsonb))",

    forget_lanes: "
DELETE FROM lanes
WHERE key IN (
  SELECT key FROM lanes WHERE next_us < $1 AND line_us < $1 FOR UPDATE SKIP LOCKED)
RETURNING key",

    tell_failed: "
INSERT INTO deliveries (message_id, destination_id, project_id, kind, subject, happened_at, state,
                        due_at)
SELECT m.execution, d.id, d.project_id, 'execution.failed', m.execution, m.at, 'waiting', m.at
FROM jsonb_to_recordset($1::jsonb) AS m(project text, execution text, at bigint)
JOIN destinations AS d ON d.project_id = m.project
 AND d.active = 1 AND d.kinds LIKE '%,execution.failed,%'
ON CONFLICT DO NOTHING",

    announce: &["SELECT pg_notify('portico_changes', $1)::text"],

    line_up: &["
WITH tenant AS (
  INSERT INTO tenants (id, served)
  SELECT m.id, m.served
  FROM jsonb_to_recordset($1::jsonb) AS m(id text, served bigint)
  ORDER BY m.id COLLATE \"C\"
  ON CONFLICT (id) DO UPDATE SET served = tenants.served
)
SELECT pg_notify('portico_jobs', '')::text WHERE jsonb_array_length($1::jsonb) > 0"],

    hold_tenants: "
SELECT id FROM tenants WHERE id IN (SELECT jsonb_array_elements_text($1::jsonb))
ORDER BY id FOR UPDATE",

    forget_idle: "
DELETE FROM tenants
WHERE id IN (SELECT jsonb_array_elements_text($1::jsonb))
  AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.tenant = tenants.id AND jobs.state = 'ready')",

    running: "
SELECT id, project_id, user_id AS tenant FROM executions
WHERE credential_id = $1 AND status = 'running' ORDER BY id FOR UPDATE",

    running_of: "
SELECT id, project_id, user_id AS tenant FROM executions
WHERE status = 'running' AND workflow_id = $1 ORDER BY id FOR UPDATE",

    running_one: "
SELECT id, project_id, user_id AS tenant FROM executions
WHERE project_id = $1 AND id = $2 AND status = 'running' FOR UPDATE",

    end: &[
        "
WITH line AS (
  INSERT INTO history (execution_id, seq, entries)
  SELECT e.id, e.entries, $2 FROM executions AS e
  WHERE e.id IN (SELECT jsonb_array_elements_text($1::jsonb))
)
UPDATE executions
SET status = $4, entries = entries + jsonb_array_length($2::jsonb), ended_at = $3,
    failure = nullif($5, ''), failure_key = nullif($6, '')
WHERE id IN (SELECT jsonb_array_elements_text($1::jsonb))",
        "
WITH held AS MATERIALIZED (
  SELECT id FROM jobs
  WHERE execution_id IN (SELECT jsonb_array_elements_text($1::jsonb))
  ORDER BY id FOR UPDATE
)
DELETE FROM jobs USING held WHERE jobs.id = held.id",
    ],
};
