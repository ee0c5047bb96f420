-- Secrets of a project that its workflows name. Equal in meaning to ../sqlite/0004_secrets.sql.

CREATE TABLE project_secrets (
  id TEXT COLLATE "C" PRIMARY KEY,                         -- another one with every value: what is sealed belongs to it
  project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  name TEXT COLLATE "C" NOT NULL,                          -- a slug: secrets.<name>
  sealed BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  UNIQUE (project_id, name)
);
