-- What starts workflows beside App Events. Equal in meaning to ../sqlite/0006_triggers.sql.

ALTER TABLE events ADD COLUMN source TEXT COLLATE "C" NOT NULL DEFAULT 'app_event'; -- app_event, request, schedule, integration, integration_enabled

-- Who has to be looked at because something was deployed, switched, connected since watches were made.
ALTER TABLE projects ADD COLUMN watched_revision BIGINT NOT NULL DEFAULT 1;        -- the routing_revision that watches follow
ALTER TABLE connected_users ADD COLUMN watched_revision BIGINT NOT NULL DEFAULT 1; -- the same, of the user
UPDATE projects SET watched_revision = 0;
CREATE INDEX projects_to_watch ON projects (id) WHERE watched_revision < routing_revision;
CREATE INDEX connected_users_to_watch ON connected_users (id) WHERE watched_revision < routing_revision;

-- One row for each workflow that is on under a configuration and that a clock or a poll starts.
CREATE TABLE watches (
  id TEXT COLLATE "C" PRIMARY KEY,
  project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES connected_users (id) ON DELETE CASCADE,
  credential_id TEXT COLLATE "C" NOT NULL REFERENCES credentials (id) ON DELETE CASCADE,
  configuration_id TEXT COLLATE "C" NOT NULL REFERENCES configurations (id) ON DELETE CASCADE,
  workflow_id TEXT COLLATE "C" NOT NULL REFERENCES workflows (id) ON DELETE CASCADE,
  kind TEXT COLLATE "C" NOT NULL,                          -- scheduler, integration, integration_enabled
  spec TEXT COLLATE "C" NOT NULL,                          -- JSON: the trigger as deployed; another one is another watch
  state TEXT COLLATE "C",                                  -- JSON: a poll's cursor and what it remembers
  due_at BIGINT,                               -- when it fires or is polled; null: it waits for the account, or is done
  revision BIGINT NOT NULL DEFAULT 1,          -- raised by every step: compare and swap, so that each is taken once
  failures BIGINT NOT NULL DEFAULT 0,          -- how many polls in a row came to nothing
  failure TEXT COLLATE "C",                                -- JSON: why the last one did
  done_at BIGINT,                              -- when it fired for the only time
  created_at BIGINT NOT NULL,
  UNIQUE (configuration_id, workflow_id)
);
CREATE INDEX watches_due ON watches (kind, due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX watches_by_user ON watches (user_id);
CREATE INDEX watches_by_project ON watches (project_id);
CREATE INDEX watches_by_credential ON watches (credential_id);

-- What providers send.
ALTER TABLE integrations ADD COLUMN signing_secret BYTEA; -- sealed
CREATE INDEX integrations_by_type ON integrations (type);
CREATE INDEX credentials_connected ON credentials (integration_id) WHERE disconnected_at IS NULL;

CREATE TABLE webhooks (
  integration_id TEXT COLLATE "C" PRIMARY KEY REFERENCES integrations (id) ON DELETE CASCADE,
  deliveries BIGINT NOT NULL,                  -- how many requests were believed
  delivered_at BIGINT,                         -- when the last one came
  strangers BIGINT NOT NULL,                   -- how many items were nobody's who is connected here
  refused BIGINT NOT NULL,                     -- how many requests were not believed
  refused_at BIGINT,
  refused_why TEXT COLLATE "C"                             -- missing, wrong, old, unreadable
);
