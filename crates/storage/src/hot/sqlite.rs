//! The hot path in SQLite's words. One process writes at a time, so nothing is locked here.

use super::sql::Sql;

/// The statements.
pub(super) const SQL: Sql = Sql {
    fresh: "
SELECT m.value ->> 'i' AS i
FROM json_each($1) AS m
JOIN projects AS p ON p.id = m.value ->> 'project'
JOIN connected_users AS u ON u.id = m.value ->> 'user' AND u.project_id = p.id
WHERE p.routing_revision = m.value ->> 'project_revision'
  AND u.routing_revision = m.value ->> 'user_revision'
  AND u.active = 1",

    take_keys: "
INSERT INTO idempotency_keys (project_id, actor, key, body_hash, event_id, created_at)
SELECT m.value ->> 'project', m.value ->> 'actor', m.value ->> 'key', m.value ->> 'body_hash',
       m.value ->> 'event', m.value ->> 'created_at'
FROM json_each($1) AS m
WHERE true
ORDER BY m.value ->> 'i'
ON CONFLICT DO NOTHING
RETURNING event_id",

    key_holders: "
SELECT m.value ->> 'i' AS i, k.event_id, k.body_hash
FROM json_each($1) AS m
JOIN idempotency_keys AS k
  ON k.project_id = m.value ->> 'project' AND k.actor = m.value ->> 'actor'
 AND k.key = m.value ->> 'key'",

    fence: "
SELECT m.value ->> 'i' AS i, e.user_id AS tenant, e.entries, j.crowd, j.serial
FROM json_each($1) AS m
JOIN executions AS e ON e.id = m.value ->> 'execution'
JOIN jobs AS j ON j.id = m.value ->> 'job' AND j.execution_id = e.id
WHERE j.state = 'leased' AND j.lease = m.value ->> 'lease'",

    store: &["
INSERT INTO events (id, project_id, user_id, source, name, payload, decisions, received_at)
SELECT m.value ->> 'id', m.value ->> 'project', m.value ->> 'user', m.value ->> 'source',
       m.value ->> 'name', m.value ->> 'payload', m.value ->> 'decisions',
       m.value ->> 'received_at'
FROM json_each($1) AS m;
INSERT INTO executions (id, project_id, user_id, workflow_id, workflow_version, credential_id,
                        configuration_id, event_id, status, failure, entries, started_at, ended_at,
                        failure_key, replay_of)
SELECT m.value ->> 'id', m.value ->> 'project', m.value ->> 'user', m.value ->> 'workflow',
       m.value ->> 'workflow_version', m.value ->> 'credential', m.value ->> 'configuration',
       m.value ->> 'event', m.value ->> 'status', m.value ->> 'failure', m.value ->> 'entries',
       m.value ->> 'started_at', m.value ->> 'ended_at', m.value ->> 'failure_key',
       m.value ->> 'replay_of'
FROM json_each($2) AS m;
INSERT INTO history (execution_id, seq, entries)
SELECT m.value ->> 'execution', m.value ->> 'seq', m.value ->> 'entries'
FROM json_each($3) AS m;
INSERT INTO tenants (id, served)
SELECT m.value ->> 'id', m.value ->> 'served'
FROM json_each($4) AS m
WHERE true
ON CONFLICT DO NOTHING;
UPDATE executions
SET status = m.value ->> 'status', failure = m.value ->> 'failure',
    entries = m.value ->> 'entries', ended_at = m.value ->> 'ended_at',
    failure_key = m.value ->> 'failure_key'
FROM json_each($6) AS m
WHERE executions.id = m.value ->> 'execution';
DELETE FROM jobs WHERE id IN (SELECT m.value ->> 'job' FROM json_each($6) AS m);
INSERT INTO jobs (id, tenant, kind, execution_id, path, attempt, run_at, state, lanes, crowd, serial)
SELECT m.value ->> 'id', m.value ->> 'tenant', 'call', m.value ->> 'execution',
       m.value ->> 'path', m.value ->> 'attempt', m.value ->> 'run_at', 'ready',
       m.value ->> 'lanes', m.value ->> 'crowd', m.value ->> 'serial'
FROM json_each($5) AS m;"],

    // The recursion's order makes rounds: every tenant's first job before any tenant's second.
    claim: "
WITH RECURSIVE
turn (tenant, served) AS MATERIALIZED (
  SELECT t.id, t.served
  FROM tenants AS t
  WHERE EXISTS (
    SELECT 1 FROM jobs AS j INDEXED BY jobs_ready
    WHERE j.tenant = t.id AND j.state = 'ready' AND j.run_at <= $1)
  ORDER BY t.served, t.id
  LIMIT $2
),
pick (round, served, tenant, run_at, id) AS (
  SELECT 1, turn.served, turn.tenant, j.run_at, j.id
  FROM turn
  JOIN jobs AS j ON j.id = (
    SELECT n.id FROM jobs AS n INDEXED BY jobs_ready
    WHERE n.tenant = turn.tenant AND n.state = 'ready' AND n.run_at <= $1
    ORDER BY n.run_at, n.id LIMIT 1)
  UNION ALL
  SELECT pick.round + 1, pick.served, pick.tenant, j.run_at, j.id
  FROM pick
  JOIN jobs AS j ON j.id = (
    SELECT n.id FROM jobs AS n INDEXED BY jobs_ready
    WHERE n.tenant = pick.tenant AND n.state = 'ready' AND n.run_at <= $1
      AND (n.run_at, n.id) > (pick.run_at, pick.id)
    ORDER BY n.run_at, n.id LIMIT 1)
  ORDER BY 1, 2, 3
  LIMIT $2
)
UPDATE jobs SET state = 'leased', lease = $3, lease_until = $4
WHERE id IN (SELECT id FROM pick)
RETURNING id, tenant, run_at, due_at, lanes",

    claimed: &["
DELETE FROM tenants
WHERE id IN (SELECT value FROM json_each($2))
  AND NOT EXISTS (SELECT 1 FROM jobs INDEXED BY jobs_ready
                  WHERE jobs.tenant = tenants.id AND jobs.state = 'ready');
UPDATE tenants SET served = max($3, served + 1) WHERE id IN (SELECT value FROM json_each($2));
SELECT r.*,
       CASE WHEN r.nth = 1 AND r.known = 0 THEN coalesce((
         SELECT b.text FROM bodies AS b
         WHERE v.payload = '' AND b.owner = v.id AND b.kind = 'payload' AND b.seq = 0),
         v.payload) END AS payload,
       CASE WHEN r.nth = 1 THEN (
         SELECT group_concat(coalesce((
           SELECT b.text FROM bodies AS b
           WHERE h.entries = '' AND b.owner = h.execution_id AND b.kind = 'entries'
             AND b.seq = h.seq),
           h.entries), ',' ORDER BY h.seq)
         FROM history AS h
         WHERE h.execution_id = r.execution_id AND h.seq >= r.known) END AS history
FROM (
  SELECT j.id, j.execution_id, j.path, j.attempt, j.losses, j.lost_at, j.given_up, j.lanes, j.due_at, j.waits_for,
         j.run_at, e.project_id, e.user_id, e.workflow_id, e.workflow_version, e.credential_id,
         e.configuration_id, e.event_id, coalesce(k.value ->> 'entries', 0) AS known,
         row_number() OVER (PARTITION BY e.id ORDER BY j.run_at, j.id) AS nth
  FROM json_each($1) AS m
  JOIN jobs AS j ON j.id = m.value
  JOIN executions AS e ON e.id = j.execution_id
  LEFT JOIN json_each($4) AS k ON k.value ->> 'execution' = e.id
) AS r
JOIN events AS v ON v.id = r.event_id
ORDER BY r.run_at, r.id"],

    extend: "
UPDATE jobs SET lease_until = $3
WHERE id IN (SELECT value FROM json_each($1)) AND state = 'leased' AND lease = $2
RETURNING id",

    reap: "
UPDATE jobs
SET state = 'ready', losses = losses + 1, lease = NULL, lease_until = NULL,
    given_up = CASE WHEN lost_at < $2 THEN 1 ELSE 0 END, lost_at = coalesce(lost_at, $1)
WHERE state = 'leased' AND lease_until < $1 AND given_up = 0
RETURNING given_up, tenant, crowd, serial",

    lock_lanes: "
SELECT key, next_us, line_us FROM lanes WHERE key IN (SELECT value FROM json_each($1))",

    keep_lanes: "
INSERT INTO lanes (key, next_us, line_us)
SELECT m.value ->> 'key', m.value ->> 'next_us', m.value ->> 'line_us'
FROM json_each($1) AS m
WHERE true
ON CONFLICT (key) DO UPDATE SET next_us = excluded.next_us, line_us = excluded.line_us",

    held: "
SELECT crowd AS key, count(*) AS jobs FROM jobs INDEXED BY jobs_in_crowd
WHERE state = 'leased' AND crowd IS NOT NULL AND crowd IN (SELECT value FROM json_each($1))
GROUP BY crowd
UNION ALL
SELECT serial AS key, count(*) AS jobs FROM jobs INDEXED BY jobs_in_series
WHERE state = 'leased' AND serial IS NOT NULL AND serial IN (SELECT value FROM json_each($1))
GROUP BY serial",

    held_by: "
SELECT CASE WHEN state = 'leased' THEN crowd END AS crowd,
       CASE WHEN state = 'leased' THEN serial END AS serial,
       CASE WHEN state = 'ready' THEN waits_for END AS waits_for
FROM jobs
WHERE execution_id IN (SELECT value FROM json_each($1)) AND lanes IS NOT NULL",

    put_back: "
UPDATE jobs
SET state = 'ready', lease = NULL, lease_until = NULL, run_at = m.value ->> 'run_at',
    waits_for = m.value ->> 'lane', due_at = m.value ->> 'due_at'
FROM json_each($1) AS m
WHERE jobs.id = m.value ->> 'id'",

    wake_waiting: "
UPDATE jobs SET run_at = $2
WHERE id IN (
  SELECT w.id
  FROM json_each($1) AS m
  JOIN jobs AS w ON w.id IN (
    SELECT n.id FROM jobs AS n INDEXED BY jobs_waiting
    WHERE n.state = 'ready' AND n.waits_for IS NOT NULL AND n.waits_for = m.value
      AND n.run_at > $2
    ORDER BY n.run_at, n.id LIMIT $3))
RETURNING id",

    move_waiting: "
UPDATE jobs INDEXED BY jobs_waiting SET run_at = run_at + (m.value ->> 'by_ms')
FROM json_each($1) AS m
WHERE jobs.state = 'ready' AND jobs.waits_for IS NOT NULL AND jobs.waits_for = m.value ->> 'lane'",

    shorten_lines: "
UPDATE lanes
SET line_us = max(next_us, 1000 * coalesce((
  SELECT max(run_at) FROM jobs
  WHERE state = 'ready' AND waits_for IS NOT NULL AND waits_for = lanes.key), 0))
WHERE key IN (SELECT value FROM json_each($1))",

    forget_lanes: "DELETE FROM lanes WHERE next_us < $1 AND line_us < $1 RETURNING key",

    tell_failed: "
INSERT INTO deliveries (message_id, destination_id, project_id, kind, subject, happened_at, state,
                        due_at)
SELECT m.value ->> 'execution', d.id, d.project_id, 'execution.failed', m.value ->> 'execution',
       m.value ->> 'at', 'waiting', m.value ->> 'at'
FROM json_each($1) AS m
JOIN destinations AS d ON d.project_id = m.value ->> 'project'
 AND d.active = 1 AND d.kinds LIKE '%,execution.failed,%'
WHERE true
ON CONFLICT DO NOTHING",

    announce: &[],

    line_up: &["
INSERT INTO tenants (id, served)
SELECT m.value ->> 'id', m.value ->> 'served'
FROM json_each($1) AS m
WHERE true
ON CONFLICT DO NOTHING"],

    hold_tenants: "SELECT id FROM tenants WHERE id IN (SELECT value FROM json_each($1))",

    forget_idle: "
DELETE FROM tenants
WHERE id IN (SELECT value FROM json_each($1))
  AND NOT EXISTS (SELECT 1 FROM jobs INDEXED BY jobs_ready
                  WHERE jobs.tenant = tenants.id AND jobs.state = 'ready')",

    running: "
SELECT id, project_id, user_id AS tenant FROM executions
WHERE credential_id = $1 AND status = 'running' ORDER BY id",

    // What runs is little; what ever ran may be much.
    running_of: "
SELECT id, project_id, user_id AS tenant FROM executions INDEXED BY executions_by_credential
WHERE status = 'running' AND workflow_id = $1 ORDER BY id",

    running_one: "
SELECT id, project_id, user_id AS tenant FROM executions
WHERE project_id = $1 AND id = $2 AND status = 'running'",

    end: &["
INSERT INTO history (execution_id, seq, entries)
SELECT e.id, e.entries, $2 FROM executions AS e
WHERE e.id IN (SELECT value FROM json_each($1));
DELETE FROM jobs WHERE execution_id IN (SELECT value FROM json_each($1));
UPDATE executions
SET status = $4, entries = entries + json_array_length($2), ended_at = $3,
    failure = nullif($5, ''), failure_key = nullif($6, '')
WHERE id IN (SELECT value FROM json_each($1));"],
};
