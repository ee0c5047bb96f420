-- What payloads of App Events are held to, and in what they differed.
-- Equal in meaning to ../sqlite/0005_portal_editor.sql.

ALTER TABLE app_events ADD COLUMN schema TEXT COLLATE "C";                             -- JSON Schema
ALTER TABLE app_events ADD COLUMN schema_check TEXT COLLATE "C" NOT NULL DEFAULT 'off'; -- off, warn, enforce

CREATE TABLE event_drifts (
  app_event_id TEXT COLLATE "C" NOT NULL REFERENCES app_events (id) ON DELETE CASCADE,
  key TEXT COLLATE "C" NOT NULL,                         -- a hash of the differences: each is told once
  differences TEXT COLLATE "C" NOT NULL,                 -- JSON
  event_id TEXT COLLATE "C" NOT NULL,                    -- the first that differed so
  first_at BIGINT NOT NULL,
  dismissed_at BIGINT,
  PRIMARY KEY (app_event_id, key)
);
