-- Watching and repairing what runs. Equal in meaning to ../postgres/0009_operations.sql.

-- Replays, and failures that are one trouble.
ALTER TABLE executions ADD COLUMN replay_of TEXT;   -- the execution that it repeats
ALTER TABLE executions ADD COLUMN failure_key TEXT; -- step:class:fields:code; null: it did not fail
CREATE INDEX executions_by_original ON executions (replay_of, id) WHERE replay_of IS NOT NULL;
CREATE INDEX executions_by_failure ON executions (project_id, workflow_id, failure_key, ended_at) WHERE failure_key IS NOT NULL;
CREATE INDEX executions_by_event ON executions (event_id);

-- What somebody said of a trouble.
CREATE TABLE failure_marks (
  project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  workflow_id TEXT NOT NULL REFERENCES workflows (id) ON DELETE CASCADE,
  failure_key TEXT NOT NULL,
  state TEXT NOT NULL,                         -- ignored, resolved
  at BIGINT NOT NULL,
  users BIGINT NOT NULL,                       -- how many users it concerned at that moment
  workflow_version BIGINT NOT NULL,            -- the newest version that had it at that moment
  PRIMARY KEY (project_id, workflow_id, failure_key)
);

-- Many replays at once.
CREATE TABLE replay_batches (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  beginning TEXT NOT NULL,                     -- start, failed_step
  version TEXT NOT NULL,                       -- original, deployed
  created_at BIGINT NOT NULL,
  ended_at BIGINT                              -- null: some still wait
);
CREATE INDEX replay_batches_by_project ON replay_batches (project_id, id);
CREATE INDEX replay_batches_open ON replay_batches (id) WHERE ended_at IS NULL;

CREATE TABLE replay_items (
  batch_id TEXT NOT NULL REFERENCES replay_batches (id) ON DELETE CASCADE,
  execution_id TEXT NOT NULL,                  -- the one that is repeated
  replay_id TEXT NOT NULL,                     -- the one that repeats it: known before, so that it begins once
  state TEXT NOT NULL,                         -- waiting, started, refused
  reason TEXT,                                 -- why it was refused, in words
  PRIMARY KEY (batch_id, execution_id)
);
CREATE INDEX replay_items_waiting ON replay_items (batch_id, execution_id) WHERE state = 'waiting';

-- Where a project's own systems hear of what happened.
CREATE TABLE destinations (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  url TEXT NOT NULL,
  kinds TEXT NOT NULL,                         -- ',execution.failed,credential.failed,'
  secret BLOB NOT NULL,                        -- sealed: what signs
  headers BLOB,                                -- sealed JSON: name to value
  header_names TEXT NOT NULL,                  -- JSON array, to be shown
  active BIGINT NOT NULL,
  failures BIGINT NOT NULL DEFAULT 0,          -- deliveries in a row that came to nothing
  reason TEXT,                                 -- why it was switched off, in words
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX destinations_by_project ON destinations (project_id, id);

CREATE TABLE deliveries (
  message_id TEXT NOT NULL,                    -- the same for every destination, and for every try
  destination_id TEXT NOT NULL REFERENCES destinations (id) ON DELETE CASCADE,
  project_id TEXT NOT NULL,
  kind TEXT NOT NULL,                          -- execution.failed
  subject TEXT NOT NULL,                       -- the id of what it is about
  happened_at BIGINT NOT NULL,
  state TEXT NOT NULL,                         -- waiting, delivered, failed
  attempts BIGINT NOT NULL DEFAULT 0,
  due_at BIGINT,                               -- null: nothing more is done
  lease TEXT,                                  -- who delivers it now
  body TEXT,                                   -- what is sent, since the first try
  status BIGINT,                               -- the last answer's
  problem TEXT,                                -- why the last try failed, in words
  tried_at BIGINT,
  PRIMARY KEY (destination_id, message_id)
);
CREATE INDEX deliveries_due ON deliveries (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX deliveries_by_age ON deliveries (happened_at);
CREATE INDEX deliveries_by_destination ON deliveries (destination_id, happened_at);
