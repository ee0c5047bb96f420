-- The foundation. Equal in meaning to ../postgres/0001_foundation.sql: same tables, same columns.
-- Times are Unix milliseconds UTC (BIGINT), ids are 36 lower-case characters (TEXT), booleans are
-- 0/1 (BIGINT), structured values are JSON (TEXT), sealed values are bytes (BLOB).

CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL,
  sealed BLOB                                  -- the canary: shows at start whether the master key is the right one
);

-- People who sign in to the dashboard -----------------------------------------------------------

CREATE TABLE admins (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT NOT NULL UNIQUE,                  -- lower case
  password_hash TEXT NOT NULL,                 -- argon2id, PHC string
  created_at BIGINT NOT NULL
);

CREATE TABLE admin_links (
  token_hash TEXT PRIMARY KEY,                 -- SHA-256 of the token, hex
  admin_id TEXT REFERENCES admins (id) ON DELETE CASCADE, -- null: makes the first admin
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);

CREATE TABLE admin_sessions (
  token_hash TEXT PRIMARY KEY,
  admin_id TEXT NOT NULL REFERENCES admins (id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);

-- Projects ----------------------------------------------------------------------------------------

CREATE TABLE projects (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  settings TEXT NOT NULL DEFAULT '{}',         -- JSON: token life, event rates
  routing_revision BIGINT NOT NULL DEFAULT 1,  -- raised by deploy, undeploy, integration on/off
  created_at BIGINT NOT NULL
);

CREATE TABLE data_keys (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  wrapped BLOB NOT NULL,                       -- sealed by the master key
  created_at BIGINT NOT NULL
);
CREATE INDEX data_keys_by_project ON data_keys (project_id, created_at);

CREATE TABLE allowed_origins (
  project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  origin TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (project_id, origin)
);

CREATE TABLE signing_keys (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  kid TEXT NOT NULL,                           -- RFC 7638 thumbprint
  public_pem TEXT NOT NULL,                    -- SPKI PEM
  created_at BIGINT NOT NULL,
  last_used_at BIGINT,
  revoked_at BIGINT,
  UNIQUE (project_id, kid)
);

CREATE TABLE refusals (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  at BIGINT NOT NULL,
  reason TEXT NOT NULL,                        -- stable code: expired, unknown_key, wrong_audience ...
  detail TEXT NOT NULL                         -- in words, without the token
);
CREATE INDEX refusals_by_project ON refusals (project_id, at);

-- Integrations and workflows ------------------------------------------------------------------------

CREATE TABLE integrations (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  type TEXT NOT NULL,                          -- salesforce
  active BIGINT NOT NULL DEFAULT 0,
  client_id TEXT,
  client_secret BLOB,                          -- sealed
  scopes TEXT,                                 -- JSON array; null: the definition's own
  portal TEXT NOT NULL DEFAULT '{}',           -- JSON: description, overview, accent colour
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  UNIQUE (project_id, type)
);

CREATE TABLE app_events (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  example TEXT NOT NULL,                       -- JSON: an example payload
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  UNIQUE (project_id, name)
);

CREATE TABLE unknown_events (
  project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  count BIGINT NOT NULL,
  last_at BIGINT NOT NULL,
  PRIMARY KEY (project_id, name)
);

CREATE TABLE workflows (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  integration_id TEXT NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  draft TEXT NOT NULL,                         -- JSON: a workflow definition
  revision BIGINT NOT NULL DEFAULT 1,          -- of the draft: two editors notice each other
  deployed_version BIGINT,                     -- null: not deployed
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  UNIQUE (project_id, name)
);

CREATE TABLE workflow_versions (
  workflow_id TEXT NOT NULL REFERENCES workflows (id) ON DELETE CASCADE,
  number BIGINT NOT NULL,
  definition TEXT NOT NULL,                    -- JSON, canonical, immutable
  digests TEXT NOT NULL,                       -- JSON: integration type to the digest of its definition file
  created_at BIGINT NOT NULL,
  PRIMARY KEY (workflow_id, number)
);

-- Connected users and their accounts ----------------------------------------------------------------

CREATE TABLE connected_users (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  external_id TEXT NOT NULL,                   -- the host app's own id: JWT sub
  meta TEXT NOT NULL DEFAULT '{}',             -- JSON
  active BIGINT NOT NULL DEFAULT 1,            -- 0: every call is refused
  routing_revision BIGINT NOT NULL DEFAULT 1,  -- raised by every change of accounts, settings, switches
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  UNIQUE (project_id, external_id)
);

CREATE TABLE credentials (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  integration_id TEXT NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES connected_users (id) ON DELETE CASCADE,
  status TEXT NOT NULL,                        -- VALID, INVALID, PENDING
  account_type TEXT NOT NULL,                  -- default, sandbox
  connection TEXT NOT NULL DEFAULT '{}',       -- JSON, public: login_host, instance_url
  provider_id TEXT,                            -- the account's id at the provider
  provider_label TEXT,                         -- what a person reads: ada@acme.com
  provider_data TEXT NOT NULL DEFAULT '{}',    -- JSON, public facts of the account
  secret BLOB,                                 -- sealed tokens; null once disconnected
  token_version BIGINT NOT NULL DEFAULT 1,     -- raised by each refresh: compare and swap
  token_expires_at BIGINT,                     -- null where the provider does not tell
  refresh_lease TEXT,                          -- who refreshes now
  refresh_lease_until BIGINT,
  external_id TEXT,
  failure TEXT,                                -- JSON: why it is INVALID
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  refreshed_at BIGINT,
  disconnected_at BIGINT                       -- kept 30 days for a reconnect, then removed
);
CREATE INDEX credentials_by_user ON credentials (user_id, integration_id);

CREATE TABLE configurations (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  credential_id TEXT NOT NULL REFERENCES credentials (id) ON DELETE CASCADE,
  is_default BIGINT NOT NULL,
  external_id TEXT,
  shared_settings TEXT NOT NULL DEFAULT '{}',  -- JSON: setting key to value
  workflow_settings TEXT NOT NULL DEFAULT '{}',-- JSON: workflow id to {enabled, settings}
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX configurations_by_credential ON configurations (credential_id);

CREATE TABLE portal_sessions (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES connected_users (id) ON DELETE CASCADE,
  integration_id TEXT NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
  signing_key_id TEXT REFERENCES signing_keys (id) ON DELETE CASCADE, -- dies with the key
  origin TEXT NOT NULL,                        -- the one page that may frame it and hear from it
  options TEXT NOT NULL,                       -- JSON
  ticket_hash TEXT NOT NULL UNIQUE,
  ticket_expires_at BIGINT NOT NULL,
  ticket_used_at BIGINT,
  token_hash TEXT UNIQUE,                      -- null until the ticket is used
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL                   -- eight hours at most; idle life is counted from seen_at
);

CREATE TABLE authorizations (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  integration_id TEXT NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES connected_users (id) ON DELETE CASCADE,
  portal_session_id TEXT REFERENCES portal_sessions (id) ON DELETE CASCADE,
  credential_id TEXT REFERENCES credentials (id) ON DELETE CASCADE, -- a reconnect keeps its settings
  account_type TEXT NOT NULL,
  login_host TEXT NOT NULL,                    -- the one that is asked is the one that refreshes
  redirect_uri TEXT NOT NULL,                  -- repeated byte for byte in the token request
  status TEXT NOT NULL,                        -- pending, exchanging, connected, denied, failed, expired
  ticket_hash TEXT UNIQUE,                     -- the start ticket: 60 s, once
  ticket_expires_at BIGINT,
  state_hash TEXT UNIQUE,
  cookie_hash TEXT,                            -- of the browser that started
  verifier BLOB,                               -- sealed PKCE verifier
  message TEXT,                                -- what went wrong, in words
  result_credential_id TEXT,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX authorizations_by_user ON authorizations (user_id, created_at);

-- Events, executions, queue -------------------------------------------------------------------------

CREATE TABLE events (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  name TEXT NOT NULL,
  payload TEXT NOT NULL,                       -- JSON object
  decisions TEXT NOT NULL,                     -- JSON: the decision trace
  received_at BIGINT NOT NULL
);
CREATE INDEX events_by_project ON events (project_id, id);
CREATE INDEX events_by_user ON events (user_id, id);

CREATE TABLE idempotency_keys (
  project_id TEXT NOT NULL,
  actor TEXT NOT NULL,                         -- the connected user: keys of two users never meet
  key TEXT NOT NULL,
  body_hash TEXT NOT NULL,                     -- SHA-256 of the canonical body, hex
  event_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (project_id, actor, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

CREATE TABLE executions (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  workflow_id TEXT NOT NULL,
  workflow_version BIGINT NOT NULL,            -- it finishes on the version it began with
  credential_id TEXT NOT NULL,
  configuration_id TEXT NOT NULL,
  event_id TEXT NOT NULL,
  status TEXT NOT NULL,                        -- running, succeeded, failed, cancelled
  failure TEXT,                                -- JSON: why it failed
  entries BIGINT NOT NULL,                     -- how many entries its history has: the fence of the fold
  started_at BIGINT NOT NULL,
  ended_at BIGINT
);
CREATE INDEX executions_by_project ON executions (project_id, id);
CREATE INDEX executions_by_user ON executions (user_id, id);
CREATE INDEX executions_by_workflow ON executions (workflow_id, id);
CREATE INDEX executions_by_credential ON executions (credential_id, id) WHERE status = 'running';

CREATE TABLE history (
  execution_id TEXT NOT NULL,
  seq BIGINT NOT NULL,                         -- the number of the first entry in this row
  entries TEXT NOT NULL,                       -- JSON array, appended in one commit
  PRIMARY KEY (execution_id, seq)
) WITHOUT ROWID;

CREATE TABLE tenants (
  id TEXT PRIMARY KEY,                         -- whose work it is: the connected user
  served BIGINT NOT NULL                       -- when it was last given a turn: the smallest goes first
);

CREATE INDEX tenants_by_turn ON tenants (served, id);

CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL,
  kind TEXT NOT NULL,                          -- call
  execution_id TEXT NOT NULL,
  path TEXT NOT NULL,
  attempt BIGINT NOT NULL,
  run_at BIGINT NOT NULL,
  state TEXT NOT NULL,                         -- ready, leased, dead; finished work leaves the table
  lease TEXT,                                  -- the fence: who settles must hold it
  lease_until BIGINT,
  losses BIGINT NOT NULL DEFAULT 0,            -- how often a lease was lost
  reason TEXT,                                 -- why it is dead
  created_at BIGINT NOT NULL,
  UNIQUE (execution_id, path, attempt)
);
CREATE INDEX jobs_ready ON jobs (tenant, run_at, id) WHERE state = 'ready';
CREATE INDEX jobs_due ON jobs (run_at) WHERE state = 'ready';
CREATE INDEX jobs_leased ON jobs (lease_until) WHERE state = 'leased';
CREATE INDEX jobs_by_tenant ON jobs (tenant);
