-- Secrets of a project that its workflows name. Equal in meaning to ../postgres/0004_secrets.sql.

CREATE TABLE project_secrets (
  id TEXT PRIMARY KEY,                         -- another one with every value: what is sealed belongs to it
  project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  name TEXT NOT NULL,                          -- a slug: secrets.<name>
  sealed BLOB NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  UNIQUE (project_id, name)
);
