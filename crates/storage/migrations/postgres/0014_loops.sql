-- What the loops remember so that nobody's trouble is everybody's. Equal in meaning to ../sqlite/0014_loops.sql.

-- Work that was lost again and again is given up by its step, in words; none stands still for ever.
ALTER TABLE jobs ADD COLUMN lost_at BIGINT;                     -- when a worker first lost it or gave it back
ALTER TABLE jobs ADD COLUMN given_up BIGINT NOT NULL DEFAULT 0; -- 1: it is not tried again, its step fails
UPDATE jobs SET state = 'ready', given_up = 1, lost_at = created_at WHERE state = 'dead';
INSERT INTO tenants (id, served) SELECT DISTINCT tenant, 0 FROM jobs WHERE given_up = 1 ON CONFLICT DO NOTHING;
ALTER TABLE jobs DROP COLUMN reason;
ALTER TABLE jobs DROP COLUMN created_at;

-- Whoever cannot be brought in step is looked at later, and each project has its turn.
ALTER TABLE connected_users ADD COLUMN watch_at BIGINT NOT NULL DEFAULT 0; -- not before then
DROP INDEX connected_users_to_watch;
CREATE INDEX connected_users_to_watch ON connected_users (project_id, watch_at, id) WHERE watched_revision < routing_revision;

-- A few messages per destination at a time.
DROP INDEX deliveries_due;
CREATE INDEX deliveries_due ON deliveries (destination_id, due_at, message_id) WHERE due_at IS NOT NULL;
CREATE INDEX deliveries_held ON deliveries (destination_id, due_at) WHERE lease IS NOT NULL;

-- Each difference by itself; what differs is noted anew.
DELETE FROM event_drifts;
ALTER TABLE event_drifts RENAME COLUMN differences TO difference;

-- What an event's schema has refused.
CREATE TABLE event_refusals (
  app_event_id TEXT COLLATE "C" PRIMARY KEY REFERENCES app_events (id) ON DELETE CASCADE,
  count BIGINT NOT NULL,
  first_at BIGINT NOT NULL,
  last_at BIGINT NOT NULL,
  differences TEXT NOT NULL                    -- JSON: why the last one was refused
);
